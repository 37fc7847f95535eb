"""Places in search results: a page's number, signed with what was asked for."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core import signing

from galleria.kit.idempotency import request_hash
from galleria.kit.pages import BadCursor

MOST_PAGES = 2000
_SALT = "galleria.api.results"


def cursor_of(number: int, asked: dict[str, Any]) -> str:
    """A cursor to a page of these results."""
    return _signed(number, asked)


def number_of(cursor: str, asked: dict[str, Any]) -> int:
    """The page of a cursor, 1 without one. Raises BadCursor, also for the cursor of another search."""
    if not cursor:
        return 1
    text = cursor.partition("-")[0]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= number <= MOST_PAGES or cursor != _signed(number, asked):
        raise BadCursor
    return number


def _signed(number: int, asked: dict[str, Any]) -> str:
    digest = hashlib.sha256(f"{number}:{request_hash(asked)}".encode()).hexdigest()
    mark = signing.Signer(salt=_SALT).signature(digest)
    return f"{number}-{mark[:20].replace('=', '')}"
