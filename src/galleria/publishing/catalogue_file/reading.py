"""Reads catalogue files and collects every problem before anybody touches the database."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any, Final, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from galleria.publishing import svg
from galleria.publishing.catalogue_file import checks, schema
from galleria.publishing.catalogue_file.phrases import phrase
from galleria.publishing.catalogue_file.words import with_words
from galleria.publishing.catalogue_file.yaml_text import MAX_BYTES, Document, Path, Problem, field_name, parse

E = TypeVar("E")

MOST_FILES: Final = 60
_CHECKS: Final[dict[str, Callable[[Any], Iterator[checks.Wrong]]]] = {
    "categories": checks.category,
    "agreements": checks.agreement,
    "products": checks.product,
    "discounts": checks.discount,
    "coupons": checks.coupon,
}
_NAMES: Final = {
    "categories": "path",
    "sellers": "slug",
    "agreements": "key",
    "products": "slug",
    "discounts": "key",
    "coupons": "code",
}


@dataclass(frozen=True, slots=True)
class Entry(Generic[E]):
    """A checked entry and where it was written."""

    value: E
    path: Path
    document: Document

    def problem(self, at: Path, message: str) -> Problem:
        """A problem of this entry that only the database could show."""
        path = (*self.path, *at)
        return Problem(self.document.file, self.document.line_of(path), field_name(path), message)


@dataclass(slots=True)
class Catalogue:
    """The entries of all files, the cleaned logos, and all problems: use it only when there are none."""

    categories: list[Entry[schema.Category]] = field(default_factory=list)
    sellers: list[Entry[schema.Seller]] = field(default_factory=list)
    agreements: list[Entry[schema.Agreement]] = field(default_factory=list)
    products: list[Entry[schema.Product]] = field(default_factory=list)
    popular: list[Entry[str]] | None = None
    discounts: list[Entry[schema.Discount]] = field(default_factory=list)
    coupons: list[Entry[schema.Coupon]] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)  # English: Chinese, for texts without their own
    logos: dict[tuple[str, str], bytes] = field(default_factory=dict)  # ("products", slug): SVG
    problems: list[Problem] = field(default_factory=list)


def read_catalogue(*, path: FilePath | str | None = None, text: str | None = None) -> Catalogue:
    """Read a file, a folder of `.yaml` files (as one catalogue), or a text.

    Nothing is raised for wrong content: `problems` lists everything that is wrong, sorted by place.
    """
    catalogue = Catalogue()
    if text is not None:
        _read_document(catalogue, parse(text, "catalogue"), None)
    else:
        for file in _files(catalogue, FilePath(path or ".")):
            _read_file(catalogue, file)
    catalogue.problems = sorted(set(catalogue.problems))
    for name in schema.LISTS:
        entries: list[Entry[Any]] = getattr(catalogue, name)
        entries[:] = [replace(entry, value=with_words(entry.value, catalogue.words)) for entry in entries]
    return catalogue


def _files(catalogue: Catalogue, path: FilePath) -> list[FilePath]:
    if path.is_dir():
        files = sorted(path.glob("*.yaml"))
        if not files:
            catalogue.problems.append(Problem(str(path), 1, "", "has no .yaml files; name the catalogue file"))
        if len(files) > MOST_FILES:
            catalogue.problems.append(Problem(str(path), 1, "", f"has more than {MOST_FILES} files; use fewer"))
            return []
        return files
    return [path]


def _read_file(catalogue: Catalogue, file: FilePath) -> None:
    name = _shown(file)
    try:
        if file.stat().st_size > MAX_BYTES:
            problem = f"is larger than {MAX_BYTES:,} bytes; split it into several files"
            catalogue.problems.append(Problem(name, 1, "", problem))
            return
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        catalogue.problems.append(Problem(name, 1, "", f"is not UTF-8 at byte {error.start}; save it as UTF-8"))
    except OSError as error:
        catalogue.problems.append(Problem(name, 1, "", f"cannot be read: {error.strerror or error}"))
    else:
        _read_document(catalogue, parse(text.removeprefix("\ufeff"), name), file.parent)


def _shown(file: FilePath) -> str:
    try:
        return str(file.resolve().relative_to(FilePath.cwd()))
    except ValueError:
        return str(file)


def _read_document(catalogue: Catalogue, document: Document, folder: FilePath | None) -> None:
    data = document.data
    if isinstance(data, dict):
        known = [*schema.LISTS, "popular", "words"]
        for name in data:
            if name not in known:
                document.problem((name,), f"is not known here; use one of {', '.join(known)}")
        for name, model in schema.LISTS.items():
            for entry in _entries(document, name, model):
                _add(catalogue, name, entry, folder)
        if "popular" in data:
            catalogue.popular = [*(catalogue.popular or []), *_popular(document)]
        catalogue.words.update(_words(document))
    elif not document.problems:
        document.problem((), f"has no entries; begin with one of {', '.join(schema.LISTS)}")
    catalogue.problems += document.problems


def _list(document: Document, name: str) -> list[Any]:
    value = document.data.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        document.problem((name,), "is not a list; begin every entry with a dash")
        return []
    return value


def _popular(document: Document) -> Iterator[Entry[str]]:
    for position, slug in enumerate(_list(document, "popular")):
        path = ("popular", position)
        if isinstance(slug, str):
            yield Entry(slug, path, document)
        else:
            document.problem(path, "is not a product's slug")


def _words(document: Document) -> Iterator[tuple[str, str]]:
    words = document.data.get("words") or {}
    if not isinstance(words, dict):
        document.problem(("words",), "is not a set of fields; write them as English: Chinese")
        return
    for english, chinese in words.items():
        if isinstance(chinese, str) and len(chinese) <= schema.LONGEST_WORD:
            yield english, chinese
        else:
            document.problem(("words", english), f"is not a text of at most {schema.LONGEST_WORD} characters")


def _entries(document: Document, name: str, model: type[BaseModel]) -> Iterator[Entry[Any]]:
    for position, item in enumerate(_list(document, name)):
        path: Path = (name, position)
        try:
            entry = Entry(model.model_validate(item), path, document)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                document.problem(_written(document, path, details), message_of(details, model))
            continue
        for inside, message in _CHECKS[name](entry.value) if name in _CHECKS else ():
            document.problem((*path, *inside), message)
        yield entry


def _add(catalogue: Catalogue, name: str, entry: Entry[Any], folder: FilePath | None) -> None:
    key = getattr(entry.value, _NAMES[name])
    entries: list[Entry[Any]] = getattr(catalogue, name)
    for other in entries:
        if getattr(other.value, _NAMES[name]) == key:
            there = f"{other.document.file}:{other.document.line_of(other.path)}"
            entry.document.problem((*entry.path, _NAMES[name]), f"{key} is already used in {there}; choose another")
            return
    logo = getattr(entry.value, "logo", "")
    if logo:
        try:
            catalogue.logos[(name, key)] = svg.clean(_logo(logo, folder))
        except svg.BadLogo as error:
            entry.document.problem((*entry.path, "logo"), str(error))
    entries.append(entry)


def _logo(logo: str, folder: FilePath | None) -> bytes:
    """The drawing: written in the file itself, or a file beside it."""
    if logo.lstrip().startswith("<svg"):
        return logo.encode()
    if folder is None:
        raise svg.BadLogo("is a file name, but this text has no folder; write the <svg> itself")
    file = (folder / logo).resolve()
    if file.suffix != ".svg" or not file.is_relative_to(folder.resolve()):
        raise svg.BadLogo("is not an .svg file in the folder of the catalogue file")
    try:
        if file.stat().st_size > svg.MAX_BYTES:
            raise svg.BadLogo(f"is {file.stat().st_size:,} bytes; a logo has at most {svg.MAX_BYTES:,}")
        return file.read_bytes()
    except OSError:
        raise svg.BadLogo(f"{logo[:80]} is not there; put the drawing beside the catalogue file") from None


# ----- words for what the schema found -----


def _written(document: Document, path: Path, details: ErrorDetails) -> Path:
    """The place of an error without the parts that nobody wrote (a plain text stands for `en`)."""
    full = (*path, *(part for part in details["loc"] if not str(part).startswith("function-")))
    if details["type"] in {"missing", "extra_forbidden"}:
        return full
    while len(full) > len(path) and full not in document.lines:
        full = full[:-1]
    return full


def _names_of(model: type[BaseModel], seen: set[type[BaseModel]] | None = None) -> set[str]:
    """Every field name below a model, for "did you mean"."""
    seen = set() if seen is None else seen
    seen.add(model)
    names = set(model.model_fields)
    for info in model.model_fields.values():
        for inner in _models_in(info.annotation):
            if inner not in seen:
                names |= _names_of(inner, seen)
    return names


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def message_of(details: ErrorDetails, model: type[BaseModel]) -> str:
    """What the schema found, in words that say what to do; a `Phrase` where values stand in them."""
    kind, context, value = details["type"], details.get("ctx", {}), details["input"]
    given = f"{value[:40]!r} " if isinstance(value, str) else ""
    said = {"given": given, "value": value[:40] if isinstance(value, str) else ""}
    match kind:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            close = difflib.get_close_matches(str(details["loc"][-1]), _names_of(model), n=1)
            if close:
                return phrase("is not a field; did you mean %(name)s?", name=close[0])
            return "is not a field; remove it"
        case "value_error":
            error = context.get("error")
            return error.args[0] if isinstance(error, ValueError) and error.args else str(error or details["msg"])
        case "literal_error":
            expected = str(context["expected"]).replace("'", "")
            plain = {**said, "given": given.replace("'", "")}
            return phrase("%(given)sis not possible; use one of %(expected)s", **plain, expected=expected)
        case "string_too_short":
            least = context["min_length"]
            words = "has %(count)s characters; at least %(least)s are allowed"
            return phrase(words, count=len(str(value)), least=least)
        case "string_too_long":
            most = context["max_length"]
            return phrase("has %(count)s characters; at most %(most)s are allowed", count=len(str(value)), most=most)
        case "string_pattern_mismatch":
            form = _FORMS.get(context["pattern"], context["pattern"])
            return phrase("%(given)sdoes not have the form of %(form)s", **said, form=form)
        case "too_long":
            count, most = context["actual_length"], context["max_length"]
            return phrase("has %(count)s entries; at most %(most)s are allowed", count=count, most=most)
        case "too_short":
            count, least = context["actual_length"], context["min_length"]
            return phrase("has %(count)s entries; at least %(least)s are allowed", count=count, least=least)
        case "greater_than_equal" | "greater_than":
            bound = "ge" if "ge" in context else "gt"
            words = "at least" if bound == "ge" else "more than"
            return phrase(f"%(given)sis out of range; it is {words} %(limit)s", **said, limit=context[bound])
        case "less_than_equal" | "less_than":
            bound = "le" if "le" in context else "lt"
            words = "at most" if bound == "le" else "less than"
            return phrase(f"%(given)sis out of range; it is {words} %(limit)s", **said, limit=context[bound])
    return phrase("%(given)s" + _TYPE_WORDS.get(kind, "%(message)s"), **said, message=details["msg"].lower())


_SLUG = "small letters and digits, with single hyphens between: northwind-desk"
_FORMS: Final = {
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$": "a time of day: 08:30",
    r"^\(GMT[+-](0[0-9]|1[0-4]):[0-5][0-9]\)$": "a time zone: (GMT+01:00)",
    r"^[a-z]{2}(-[A-Za-z]{2,4})?$": "a language code: en, sv or zh-Hans",
    r"^[A-Z]{3}$": "a currency: EUR",
    r"^[A-Z]{2}$": "a country: SE",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": _SLUG,
    r"^[a-z0-9-]+(/[a-z0-9-]+)?$": "a category: data/backup",
    r"^[a-z][a-z0-9_]{0,31}$": "a code of small letters, digits and _: site_name",
    r"^[A-Z][A-Z0-9_]{2,60}$": "capital letters, digits and _: AGR_EULA",
    r"^[A-Z0-9]{4,40}$": "capital letters and digits: AUTUMN26",
    r"^[^@\s]{1,64}@[A-Za-z0-9.-]{1,180}\.[a-z]{2,}$": "an e-mail address: help@example.com",
    r"^https://[a-z0-9.-]+(/[\w./%-]*)?$": "an address that begins with https://",
    r"^V[0-9]+(\.[0-9]+){1,3}$": "a version: V1.0",
}
"""What a pattern asks for, in words with an example."""

_TYPE_WORDS: Final = {
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "bool_parsing": "is not yes or no",
    "bool_type": "is not yes or no",
    "decimal_parsing": "is not a number",
    "decimal_type": "is not a number",
    "date_from_datetime_parsing": "is not a date; write it like 2026-11-30",
    "date_parsing": "is not a date; write it like 2026-11-30",
    "date_type": "is not a date; write it like 2026-11-30",
    "string_type": "is not a text",
    "list_type": "is not a list; begin every entry with a dash",
    "dict_type": "is not a set of fields; write them as name: value",
    "model_type": "is not a set of fields; write them as name: value",
    "model_attributes_type": "is not a set of fields; write them as name: value",
}
