"""The fields of a submission as its reviewer reads them: beside what is live now, with what was said about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from galleria.kit.actor import Actor
from galleria.kit.files import readable_files
from galleria.kit.money import Money
from galleria.reviewing.ports import Dossier, Fact
from galleria.web import differences
from galleria.web.formats import media, moment, money, money_text
from galleria.web.markdown import to_html

_FILE = re.compile(r"(?:/files/)?(fil_[a-z0-9]+)")


@dataclass(frozen=True)
class Said:
    """A remark on a field: of this round, or of an earlier one."""

    pk: int
    text: str
    who: str
    round: int
    is_now: bool


@dataclass(frozen=True)
class Field:
    """One fact. `before` is markup of what is live, where it differs."""

    key: str
    label: Any
    value: Markup
    before: Markup | None
    href: str
    said: list[Said]
    typed: str
    error: str

    @property
    def anchor(self) -> str:
        return "f-" + "".join(each if each.isalnum() else "-" for each in self.key)

    @property
    def is_changed(self) -> bool:
        return self.before is not None


@dataclass(frozen=True)
class Part:
    """A section with its fields; a remark can be on the section as a whole."""

    head: Field
    fields: list[Field]

    @property
    def changed(self) -> list[Field]:
        return [each for each in self.fields if each.is_changed]

    @property
    def remarks(self) -> int:
        return sum(sum(said.is_now for said in each.said) for each in (self.head, *self.fields))


def parts(
    actor: Actor, dossier: Dossier, said: Mapping[str, list[Said]], typed: Mapping[str, str], errors: Mapping[str, Any]
) -> list[Part]:
    """Sections with fields as pages show them. `typed` and `errors` are named `text:` and the key."""
    files = _files(actor, dossier)

    def made(key: str, label: Any, value: Markup, before: Markup | None = None, href: str = "") -> Field:
        name = f"text:{key}"
        return Field(key, label, value, before, href, said.get(key, []), typed.get(name, ""), str(errors.get(name, "")))

    found = []
    for section in dossier.sections:
        fields = []
        for fact in section.facts:
            fact = _with_file_names(fact, files)  # noqa: PLW2901
            before, value = _both(fact) if fact.is_changed else (None, shown(fact.value, fact.look, fact.href))
            # a picture is its own link
            fields.append(made(fact.key, fact.label, value, before, "" if fact.look == "picture" else fact.href))
        found.append(Part(made(section.key, section.label, Markup("")), fields))
    return found


def _files(actor: Actor, dossier: Dossier) -> dict[str, str]:
    """The names of all files that facts lead to, in one query."""
    texts = (text for part in dossier.sections for fact in part.facts for text in (fact.href, *_texts(fact.value),
                                                                                   *_texts(fact.before)))  # fmt: skip
    ids = {found[1] for text in texts if (found := _FILE.fullmatch(text))}
    return {key: row.name for key, row in readable_files(actor, ids).items()} if ids else {}


def _texts(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list | tuple) else [value]) if isinstance(each, str)]


def _with_file_names(fact: Fact, names: Mapping[str, str]) -> Fact:
    """A file is called by its name, not by its number; pictures show themselves."""
    if fact.look == "picture" or not names:
        return fact

    def named(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [named(each) for each in value]
        found = _FILE.fullmatch(value) if isinstance(value, str) else None
        return names.get(found[1], value) if found else value

    is_one = isinstance(fact.value, str) and _FILE.fullmatch(fact.value) is not None
    href = fact.href or (str(fact.value) if is_one and str(fact.value).startswith("/") else "")
    return replace(fact, value=named(fact.value), before=named(fact.before), href=href)


def _both(fact: Fact) -> tuple[Markup, Markup]:
    old, new = fact.before, fact.value
    if fact.look == "list" or (isinstance(old, list | tuple) and isinstance(new, list | tuple)):
        return differences.items([_plain(each) for each in old or ()], [_plain(each) for each in new or ()])
    if fact.look == "picture":
        # of what is live a seller's form may know the name only
        return shown(old, "text" if fact.href else fact.look), shown(new, fact.look, fact.href)
    if fact.look == "money":
        return differences.whole(_plain(old), _plain(new))
    left, right = differences.words(_plain(old), _plain(new))
    if fact.look in {"markdown", "code"} or "\n" in _plain(new):
        wrap = Markup('<div class="prewrap">{}</div>')
        return wrap.format(left), wrap.format(right)
    return left or _nothing(), right or _nothing()


def _nothing() -> Markup:
    return Markup('<span class="muted">–</span>')


def _plain(value: Any) -> str:
    """A value as a text that can be compared and read."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Money):
        return money_text(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(_plain(each) for each in value)
    return str(value)


def shown(value: Any, look: str = "text", href: str = "") -> Markup:
    """A value as markup, in the way that the fact asks for."""
    if value is None or value in ("", [], {}):
        return _nothing()
    if look == "markdown":
        return Markup('<div class="prose">{}</div>').format(to_html(str(value), top=4))
    if look == "picture":
        return _picture(value, href)
    if look == "code":
        return Markup('<pre class="logwords" tabindex="0">{}</pre>').format(_plain(value))
    if isinstance(value, Money):
        return money(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return moment(value, "date")
    if isinstance(value, Mapping):
        rows = Markup("").join(
            Markup("<dt>{}</dt><dd>{}</dd>").format(name, shown(each)) for name, each in value.items()
        )
        return Markup('<dl class="facts">{}</dl>').format(rows)
    if isinstance(value, list | tuple):
        return Markup('<ul class="items">{}</ul>').format(
            Markup("").join(Markup("<li>{}</li>").format(shown(each)) for each in value)
        )
    text = _plain(value)
    return Markup('<div class="prewrap">{}</div>').format(text) if "\n" in text else escape(text)


def _picture(value: Any, href: str = "") -> Markup:
    """Pictures by their addresses; a name with the file's address beside it shows that file."""
    if href:
        return _image(href, str(value))
    pictures: Iterable[Any] = value if isinstance(value, list | tuple) else [value]
    return Markup("").join(
        _image(media(str(each)), _("Open the picture")) if "." in str(each) or "/" in str(each) else escape(each)
        for each in pictures
        if each
    )


def _image(address: str, name: str) -> Markup:
    return Markup(
        '<a class="evidence" href="{0}"><img src="{0}" alt="{1}" loading="lazy" width="240" height="180"></a>'
    ).format(address, name)
