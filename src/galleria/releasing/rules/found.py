"""What a rule finds, and how rules read a document that may be incomplete or wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True)
class Wrong:
    """One finding. `code` and `values` make the sentence (`releasing.wording`); an error keeps it from review."""

    path: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    level: Level = "error"


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """The languages of a text that may be written plainly or per language: (path suffix, text)."""
    if isinstance(value, str):
        yield "", value
    elif isinstance(value, dict):
        for language in ("en", "zh"):
            each = value.get(language)
            if isinstance(each, str) and each:
                yield f".{language}", each


def english(value: Any) -> str:
    """The English of a text, empty without one."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict) and isinstance(value.get("en"), str):
        return str(value["en"]).strip()
    return ""


def lines(value: Any) -> list[str]:
    """The English lines of a list that may be written plainly or per language."""
    if isinstance(value, dict):
        value = value.get("en")
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def part(document: Any, name: str) -> dict[str, Any]:
    """A field that is a set of fields; an empty one where it is something else."""
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, dict) else {}


def items(document: Any, name: str) -> list[dict[str, Any]]:
    """The sets of fields of a list, in order; what is something else is an empty one."""
    value = document.get(name) if isinstance(document, dict) else None
    return [each if isinstance(each, dict) else {} for each in value] if isinstance(value, list) else []


def word(value: Any) -> str:
    """A plain text value, empty where it is something else."""
    return value.strip() if isinstance(value, str) else ""


def every_text(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from every_text(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from every_text(each, f"{path}.{place}")
