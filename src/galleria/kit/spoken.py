"""Sentences of ours that are stored: kept in English, shown in the language of whoever reads them.

A reason may be our own sentence or what a person wrote. Ours is kept as it stands in the source, so that a buyer who
reads Chinese and an operator who reads English each see their own; a person's words stay as they are.
"""

from __future__ import annotations

from django.utils import translation

from galleria.kit.errors import Text


def stored(text: Text) -> str:
    """The sentence as it is kept. Give it a lazy one: an already translated text cannot be turned back."""
    with translation.override("en"):
        return str(text)


def spoken(text: str) -> str:
    """A kept sentence in the active language; what is no sentence of ours comes back unchanged."""
    return translation.gettext(text) if text else ""
