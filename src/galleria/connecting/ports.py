"""What connecting needs from outside."""

from __future__ import annotations

from collections.abc import Callable

TxtResolver = Callable[[str], list[str]]
"""The texts of a name's TXT records; raises NotAnswered when nobody could tell."""


class NotAnswered(Exception):
    """No name server answered, or the name does not exist; the text says which."""
