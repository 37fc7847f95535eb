"""What the tests of pages share: texts of a page without its markup."""

from __future__ import annotations

import html
import re
from typing import Any


def words(response: Any) -> str:
    """The text of a page as a reader sees it, in one line."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def links(response: Any) -> list[str]:
    """Every address that a page leads to."""
    return [html.unescape(found) for found in re.findall(r'<a\b[^>]*\bhref="([^"]*)"', response.content.decode())]


def fields(response: Any, action: str) -> dict[str, str]:
    """Hidden fields of the first form with this action."""
    body = response.content.decode()
    start = body.index(f'action="{action}"')
    form = body[start : body.index("</form>", start)]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found}
