"""YAML with line numbers, and without everything that a file from outside can do harm with.

Every scalar stays the text that was written (`version: 1.10` is "1.10", `country: NO` is "NO"); the schema
decides what it is. Aliases, anchors, tags and merge keys are refused, so that a small file cannot grow into
a large one; so are invisible and direction-changing characters, which make a text look like another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

Path = tuple[str | int, ...]

MAX_BYTES: Final = 4_000_000  # of one file
MAX_DEPTH: Final = 16
MAX_VALUES: Final = 200_000
MAX_SCALAR: Final = 60_000
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a catalogue file: where, and what to do about it."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


@dataclass(slots=True)
class Document:
    """A parsed file: plain data, and the line on which every value of it begins."""

    file: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it that was written."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def problem(self, path: Path, message: str, *, line: int | None = None) -> None:
        """Note that something is wrong there."""
        where = self.line_of(path) if line is None else line
        self.problems.append(Problem(self.file, where, field_name(path), message))


def field_name(path: Path) -> str:
    """A path as people write it: `products[3].specifications[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def hidden_characters(text: str) -> list[str]:
    """The code points in a text that cannot be seen or that turn the direction of writing."""
    return sorted(
        f"U+{ord(character):04X}"
        for character in set(text)
        if character != "\n" and unicodedata.category(character) in _REFUSED_CATEGORIES
    )


def parse(text: str, file: str) -> Document:
    """Read a YAML text. What is wrong is collected in `problems`; `data` is then as much as could be read."""
    document = Document(file)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        document.problem((), f"is larger than {MAX_BYTES:,} bytes; split it into several files")
        return document
    try:
        _Builder(document, yaml.parse(text, Loader=_LOADER)).build()
    except _TooMuch as error:
        document.problem((), str(error), line=error.line)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        words = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
        line = mark.line + 1 if mark else _line_of_position(text, getattr(error, "position", 0))
        document.problem((), f"is not YAML: {words}; look at this line and the one above", line=line)
    except RecursionError:  # the scanner's own, for hostile nesting
        document.problem((), f"is nested more than {MAX_DEPTH} deep")
    return document


def _line_of_position(text: str, position: object) -> int:
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


class _TooMuch(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Builder:
    """Makes plain data from parser events, one event at a time, so that nothing is ever expanded."""

    def __init__(self, document: Document, events: Iterator[Any]) -> None:
        self.document = document
        self.events = events
        self.values = 0

    def build(self) -> None:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self.values:
                    self.document.problem((), "has a second document; use one file for it", line=_line(event))
                    return
                self.document.data = self._value(next(self.events), ())

    def _value(self, event: Any, path: Path) -> Any:
        line = _line(event)
        self.document.lines[path] = line
        self.values += 1
        if self.values > MAX_VALUES:
            raise _TooMuch(f"has more than {MAX_VALUES:,} values; split it into several files", line)
        if len(path) > MAX_DEPTH:
            raise _TooMuch(f"is nested more than {MAX_DEPTH} deep", line)
        if isinstance(event, yaml.AliasEvent):
            self.document.problem(path, "is an alias (*name); write the value out")
            return None
        if event.anchor is not None:
            self.document.problem(path, "has an anchor (&name); write the value out where it is needed")
        if event.tag is not None:
            self.document.problem(path, f"has the tag {event.tag[:40]}; remove it, plain text is enough")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.document.problem(path, "has a key that is not a text", line=_line(event))
                self._skip(event)
                self._value(next(self.events), (*path, "?"))
                continue
            key = str(self._scalar(event, path) or "")
            if key in mapping:
                self.document.problem((*path, key), "is written twice; keep one of them", line=_line(event))
            if key == "<<":
                self.document.problem(path, "has a merge key (<<); write the fields out", line=_line(event))
            mapping[key] = self._value(next(self.events), (*path, key))
            if not isinstance(mapping[key], dict | list):
                self.document.lines[(*path, key)] = _line(event)
        return mapping

    def _skip(self, event: Any) -> None:
        depth = 1 if isinstance(event, yaml.CollectionStartEvent) else 0
        while depth:
            event = next(self.events)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)

    def _scalar(self, event: Any, path: Path) -> str | None:
        text = unicodedata.normalize("NFC", event.value)
        if len(text) > MAX_SCALAR:
            self.document.problem(path, f"has {len(text):,} characters; at most {MAX_SCALAR:,} are allowed")
            return text[:100]
        if hidden := hidden_characters(text):
            self.document.problem(
                path, f"has invisible characters ({', '.join(hidden[:5])}); remove them", line=_line(event)
            )
        if event.style is None and text in {"", "~", "null"}:
            return None
        return text.strip()


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
