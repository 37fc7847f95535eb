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

from galleria.publishing.catalogue_file import plain

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

    `look`: line, area, markdown, bullets (a line each), pairs ("name: value", a line each), number, date, time, select,
    choice, check, days (of the week), countries, file, files, rows. `most`: characters, for the counter. `methods`:
    only for these delivery methods. `fixed`: cannot be changed once released. `tight`: entries in one line each.
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
    tight: bool = False
    narrow: bool = False

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

    def text(self, language: str = "en") -> str:
        """One language of a value as its field shows it; a plain value is English."""
        value = self.value
        if self.field.translated and isinstance(value, Mapping) and value.keys() <= {"en", "zh"}:
            value = value.get(language)
        elif language != "en":
            return ""
        if isinstance(value, Mapping):
            return "\n".join(f"{name}: {worth}" for name, worth in value.items())
        if isinstance(value, list):
            return "\n".join(str(line) for line in value)
        return "" if value is None else str(value)

    @property
    def has_translation(self) -> bool:
        return self.field.translated and bool(self.text("zh"))


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
    """The document with what the form says about these fields. Fields that the form did not have stay.

    The form names its fields in `here`; the fields of an entry are all there.
    """
    after = deepcopy(document)
    here = None if prefix else set(_text(data, "here").split())
    for each in fields:
        name = f"{prefix}{each.key}"
        if each.look in {"file", "files"} or (here is not None and name not in here):
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
        case "days":
            return sorted({int(day) for day in _several(data, name) if day in set("1234567")})
        case "countries":
            return sorted(set(_several(data, name))) if _text(data, f"{name}.only") else None
    if each.translated:
        return _words(each, data, name)
    typed = _text(data, name)
    if each.look == "bullets":
        return _lines(typed)
    return typed


def _several(data: Mapping[str, Any], name: str) -> list[str]:
    getlist = getattr(data, "getlist", None)
    return [str(value) for value in getlist(name)] if getlist else []


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
    if "zh" not in found:
        return plain.text_of(found["en"], None) if found else None
    return {"en": found.get("en") or ([] if each.look == "bullets" else {} if each.look == "pairs" else ""), **found}


def _rows(each: Field, data: Mapping[str, Any], name: str, before: Any) -> list[Document]:
    known = before if isinstance(before, list) else []
    sent = _number(_text(data, f"{name}.rows") or "0")
    if not isinstance(sent, int):
        return known  # no form of ours: nothing that was there is lost
    rows = []
    for position in range(min(sent, max(MOST_ROWS, len(known)))):
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
            if more == name or (not entries and each.required) or each.tight:
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
