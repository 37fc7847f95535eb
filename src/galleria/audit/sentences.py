"""The sentences of the audit log: one a deed, registered by the package that does it."""

from __future__ import annotations

from collections.abc import Mapping

from galleria.kit.errors import Text

sentences: dict[str, Text] = {}
"""Key to sentence, with the blanks `{actor}`, `{object}`, `{reason}`."""


class UnknownSentence(LookupError):
    """The key was not registered: a bug."""


def register(new: Mapping[str, Text]) -> None:
    """Add sentences: `{"order.paid": _("{actor} paid order {object}")}`. The same key cannot mean two things."""
    for key, text in new.items():
        if key in sentences and str(sentences[key]) != str(text):
            raise ValueError(f"two sentences want to be {key!r}")
        sentences[key] = text
