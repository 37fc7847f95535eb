"""Shared translations: short texts that come back in many products are translated once, under `words`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from galleria.publishing.catalogue_file.values import Features, Lines, Text

M = TypeVar("M", bound=BaseModel)


def with_words(value: M, words: Mapping[str, str]) -> M:
    """The same entry, with the shared Chinese wherever a text has none of its own."""
    changes: dict[str, Any] = {}
    for name in type(value).model_fields:
        old = getattr(value, name)
        new = _filled(old, words)
        if new is not old:
            changes[name] = new
    return value.model_copy(update=changes) if changes else value


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    match value:
        case Text():
            return value if value.zh or value.en not in words else Text(en=value.en, zh=words[value.en])
        case Features():
            return _features(value, words)
        case Lines():
            if value.zh or not value.en or not all(line in words for line in value.en):
                return value
            return Lines(en=value.en, zh=[words[line] for line in value.en])
        case BaseModel():
            return with_words(value, words)
        case list():
            new = [_filled(item, words) for item in value]
            return new if any(a is not b for a, b in zip(new, value, strict=True)) else value
    return value


def _features(value: Features, words: Mapping[str, str]) -> Features:
    """Names and values are translated each by itself; "5 TB" needs no translation."""
    if value.zh or not any(text in words for pair in value.en.items() for text in pair):
        return value
    return Features(en=value.en, zh={words.get(k, k): words.get(v, v) for k, v in value.en.items()})
