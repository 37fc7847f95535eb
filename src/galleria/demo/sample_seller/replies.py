"""What the server sends back: JSON to the marketplace, pages to people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json;charset=utf8"
    headers: tuple[tuple[str, str], ...] = ()


def as_json(value: Any, status: int = 200) -> Reply:
    """Compact JSON in UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Reply(status, text.encode("utf-8", "backslashreplace"))


def as_html(text: str, status: int = 200, *headers: tuple[str, str]) -> Reply:
    """A page that loads nothing and can be framed nowhere."""
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    safe = (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    )
    return Reply(status, text.encode(), "text/html; charset=utf-8", (*safe, *headers))


def see_other(path: str, *headers: tuple[str, str]) -> Reply:
    """Go and look there, after a form."""
    return Reply(303, b"", "text/plain", (("Location", path), *headers))
