"""From form fields to a product's document and back, for every section of the editor.

A `Field` says where in the document a value is and how it is asked for; `read` turns a sent form into the changed
part of the document, `shown` prepares the same part for the templates. Nothing is refused here: what does not fit is
kept as it was typed and the checks of the release say so (UI-GEN-14).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Text = str | Promise
Options = Sequence[tuple[str, Text]]
Document = dict[str, Any]

LANGUAGES = ("en", "zh")
LONGEST = 40_000
MOST_ROWS = 60
_EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Field:
    """One value of the document, or with `fields` a list of entries.

    `look`: line, area, markdown, bullets (a line each), number, date, select, choice, check, countries, file, files,
    rows, pairs ("name: value", a line each). `most`: characters, for the counter. `methods`: only for these delivery
    methods. `fixed`: cannot be changed once released.
    """

    key: str
    label: Text
    look: str = "line"
    help: Text = ""
    translated: bool = False
    most: int = 0
    lines: int = 5
    options: Options | Callable[[Any], Options] = ()
    fields: tuple[Field, ...] = ()
    item: Text = ""
    most_rows: int = MOST_ROWS
    methods: frozenset[str] | None = None
    fixed: bool = False
    accept: str = ""
    required: bool = False
    wide: bool = True

    @property
    def top(self) -> str:
        """The first part of its place in the document."""
        return self.key.partition(".")[0]


@dataclass(frozen=True)
class Shown:
    """A field with what it has now, ready for the template. `name` is its place in the whole document."""

    field: Field
    name: str
    value: Any
    options: Options = ()
    rows: list[list[Shown]] = dataclasses.field(default_factory=list)
    read_only: bool = False
    files: list[Any] = dataclasses.field(default_factory=list)

    @property
    def id(self) -> str:
        return anchor(self.name)

    def text(self, language: str = "en") -> Any:
        """One language of a translated value; English is what a plain text is in."""
        if isinstance(self.value, Mapping):
            return self.value.get(language, "")
        return self.value if language == "en" and self.value is not None else ""


def anchor(path: str) -> str:
    """The id of the place where a path of the document is edited."""
    return "at-" + path.replace(".", "-").replace("_", "-")


# --- places in the document ---------------------------------------------------------------------------------
def get(document: Any, path: str, default: Any = None) -> Any:
    """The value at a dotted path; numbers are positions in lists."""
    for part in path.split(".") if path else ():
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return default
    return default if document is None else document


def put(document: Document, path: str, value: Any) -> None:
    """Set a value at a dotted path of mappings; an empty one is taken away, with parents that become empty."""
    *parents, last = path.split(".")
    trail: list[tuple[Document, str]] = []
    here: Any = document
    for part in parents:
        following = here.get(part)
        if not isinstance(following, dict):
            following = here[part] = {}
        trail.append((here, part))
        here = following
    if value in _EMPTY:
        here.pop(last, None)
    else:
        here[last] = value
    for parent, part in reversed(trail):
        if not parent[part]:
            del parent[part]


def digest(document: Mapping[str, Any], keys: Iterable[str]) -> str:
    """What a part of the document is now, as a short word: two people changed it when the words differ."""
    part = {key: document.get(key) for key in sorted(set(keys))}
    text = json.dumps(part, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# --- reading a sent form ------------------------------------------------------------------------------------
def read(fields: Iterable[Field], data: Mapping[str, Any], document: Document, prefix: str = "") -> Document:
    """The document with what the form says about these fields. Fields that the form did not have stay."""
    after = deepcopy(document)
    for each in fields:
        name = f"{prefix}{each.key}"
        if f"{name}.here" not in data or each.look in {"file", "files"}:
            continue
        put(after, each.key, _value(each, data, name, get(document, each.key)))
    return after


def _value(each: Field, data: Mapping[str, Any], name: str, before: Any) -> Any:
    match each.look:
        case "rows":
            return _rows(each, data, name, before)
        case "check":
            return True if _text(data, name) else None
        case "number":
            return _number(_text(data, name))
        case "countries":
            getlist = getattr(data, "getlist", None)
            return sorted(set(getlist(name))) if getlist and _text(data, f"{name}.only") else None
    if each.translated:
        return _words(each, data, name)
    typed = _text(data, name)
    if each.look == "bullets":
        return _lines(typed)
    return _number(typed) if each.look == "days" else typed


def _words(each: Field, data: Mapping[str, Any], name: str) -> Any:
    """A text in its languages: the plain text as long as there is no translation."""
    found: dict[str, Any] = {}
    for language in LANGUAGES:
        typed = _text(data, f"{name}.{language}")
        value: Any = typed
        if each.look == "bullets":
            value = _lines(typed)
        elif each.look == "pairs":
            value = _pairs(typed)
        if value not in _EMPTY:
            found[language] = value
    if found and "en" not in found:
        found["en"] = [] if each.look == "bullets" else {} if each.look == "pairs" else ""
    return found


def _rows(each: Field, data: Mapping[str, Any], name: str, before: Any) -> list[Document]:
    rows = []
    known = before if isinstance(before, list) else []
    for position in range(min(_number(_text(data, f"{name}.rows")) or 0, MOST_ROWS)):
        start = known[position] if position < len(known) and isinstance(known[position], dict) else {}
        row = read(each.fields, data, start, f"{name}.{position}.")
        if any(get(row, inner.key) not in _EMPTY for inner in each.fields if inner.look != "choice"):
            rows.append(row)
    return rows


def _text(data: Mapping[str, Any], name: str) -> str:
    value = str(data.get(name, ""))[:LONGEST]
    return value.replace("\x00", "").replace("\r\n", "\n").strip()


def _number(text: str) -> Any:
    """A whole number, or what was typed when it is none: the checks say so."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _pairs(text: str) -> dict[str, str]:
    found = {}
    for line in _lines(text):
        name, colon, value = line.partition(":" if ":" in line else "\uff1a")
        found[name.strip()] = value.strip() if colon else ""
    return found


def change_rows(document: Document, act: str) -> tuple[Document, str]:
    """Take away or move an entry of a list: `remove cases 1`, `up cases 1`. The changed document, and where it was."""
    verb, _space, place = act.partition(" ")
    path, _dot, number = place.rpartition(".")
    after = deepcopy(document)
    rows = get(after, path)
    if not isinstance(rows, list) or not number.isdecimal() or int(number) >= len(rows):
        return after, path
    position = int(number)
    if verb == "remove":
        del rows[position]
        if not rows and "." not in path:
            put(after, path, None)
    elif verb == "up" and position:
        rows[position - 1], rows[position] = rows[position], rows[position - 1]
    return after, path


# --- showing ------------------------------------------------------------------------------------------------
def shown(
    fields: Iterable[Field],
    document: Mapping[str, Any],
    context: Any,
    *,
    prefix: str = "",
    method: str = "",
    is_released: bool = False,
    more: str = "",
) -> list[Shown]:
    """The fields with their values. `more`: the list that gets an empty entry at its end."""
    found = []
    for each in fields:
        if each.methods is not None and method not in each.methods:
            continue
        name = f"{prefix}{each.key}"
        value = get(document, each.key)
        options = each.options(context) if callable(each.options) else each.options
        rows: list[list[Shown]] = []
        if each.look == "rows":
            entries = [row for row in value or [] if isinstance(row, Mapping)]
            if more == name or (not entries and each.required):
                entries.append({})
            rows = [
                shown(each.fields, row, context, prefix=f"{name}.{position}.", method=method, more=more)
                for position, row in enumerate(entries)
            ]
        found.append(Shown(each, name, value, options, rows, read_only=each.fixed and is_released))
    return found


def everything(fields: Iterable[Shown]) -> Iterator[Shown]:
    """All fields, those inside of entries too."""
    for each in fields:
        yield each
        for row in each.rows:
            yield from everything(row)
