"""What every page of the editor knows of one release: document, findings, sections, who else edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from galleria.kit import clock, files
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed
from galleria.releasing import selectors, services
from galleria.reviewing import selectors as reviewing
from galleria.web import words
from galleria.web.access import actor_of
from galleria.web.seller import editor_fields, editor_form, editor_sections
from galleria.web.seller.editor_fields import Section, Surroundings
from galleria.web.seller.editor_form import Document

RELEASE = "seller:product:release"
VIEW = "seller:product:view"
EDITABLE = frozenset({"draft", "rejected"})
LATELY = timedelta(minutes=10)
TRIES = 3
ALIASES = {
    "agreement": "licence", "after_sales": "after_sales.time_zone", "interface": "interface.address",
    "copyright": "copyright.certificate", "letter": "letter.owner", "image": "image.pricing",
    "private_certificate": "private_certificate.certificate", "contact": "contact.email",
    "purchase_limit": "purchase_limit.per_account", "seo": "seo.title", "papers": "agreements",
}  # fmt: skip
"""Findings about a whole group stand beside the field with which it begins."""


@dataclass(frozen=True)
class Notes:
    """Findings of the checks and remarks of reviewers, by place in the document."""

    findings: Sequence[Any]
    said: Mapping[str, Sequence[str]]

    def of(self, name: str, exactly: bool = False) -> list[Any]:
        """The findings of a field; with `exactly` without those of what is inside of it."""
        return [
            each for each in self.findings if each.path == name or (not exactly and each.path.startswith(f"{name}."))
        ]

    def remarks(self, name: str, exactly: bool = False) -> list[str]:
        """What reviewers said about this field, or about a section."""
        return [
            text
            for place, texts in self.said.items()
            if place == name or (not exactly and place.startswith(f"{name}."))
            for text in texts
        ]


@dataclass(frozen=True)
class Mark:
    """A section in the navigation of the editor. `errors`: what is left to do there."""

    section: Section
    href: str
    errors: int
    remarks: int
    is_current: bool

    @property
    def is_done(self) -> bool:
        return not self.errors and not self.remarks


@dataclass
class Desk:
    """One release on somebody's desk."""

    actor: Actor
    release: Any
    at: datetime

    @classmethod
    def of(cls, request: HttpRequest, release_id: str) -> Desk:
        """Raises NotFound, also for a release of another seller."""
        actor = actor_of(request)
        return cls(actor, selectors.release_of(actor, release_id), clock.now())

    @property
    def document(self) -> Document:
        return dict(self.release.document)

    @property
    def method(self) -> str:
        return str(self.release.delivery)

    @property
    def method_word(self) -> str:
        return str(words.DELIVERY_TYPES.get(self.method, self.method))

    @property
    def base(self) -> str:
        """The address below which the editor works on this release."""
        return f"/seller/products/{self.release.public_id}"

    @property
    def is_editable(self) -> bool:
        return self.release.state in EDITABLE and self.actor.may(RELEASE)

    @property
    def is_released(self) -> bool:
        return bool(self.release.base)

    @property
    def name(self) -> str:
        return self.release.title or _("New product")

    @cached_property
    def sections(self) -> list[Section]:
        return editor_sections.sections_for(self.method)

    @cached_property
    def surroundings(self) -> Surroundings:
        return Surroundings(self.actor, self.release.seller_id, self.method, self.at)

    @cached_property
    def findings(self) -> list[Any]:
        """Everything that is wrong or doubtful, errors first; the same as submission, reviewers and the API see."""
        found = services.check(self.actor, release_id=self.release.public_id, at=self.at)
        return [replace(each, path=ALIASES.get(each.path, each.path)) for each in found]

    @cached_property
    def latest(self) -> Any:
        """The last round of the review, or None."""
        return reviewing.latest(self.actor.account_pk or 0, kind="release", subject=self.release.public_id)

    @cached_property
    def notes(self) -> Notes:
        said: dict[str, list[str]] = {}
        if self.release.state == "rejected" and self.latest is not None:
            for field, remarks in reviewing.remarks_by_field(self.latest).items():
                said.setdefault(ALIASES.get(field, field), []).extend(remark.text for remark in remarks)
        return Notes(self.findings, said)

    @property
    def blocking(self) -> list[Any]:
        return [each for each in self.findings if each.level == "error"]

    @property
    def doubts(self) -> list[Any]:
        return [each for each in self.findings if each.level != "error"]

    def section(self, key: str) -> Section | None:
        """A section of this delivery method by its key."""
        return next((each for each in self.sections if each.key == key), None)

    def marks(self, current: str = "") -> list[Mark]:
        """All sections with what is left to do in each."""
        counts: dict[str, int] = {}
        for each in self.blocking:
            section = editor_fields.section_of(each.path, self.sections)
            if section is not None:
                counts[section.key] = counts.get(section.key, 0) + 1
        remarks: dict[str, int] = {}
        for field, texts in self.notes.said.items():
            section = editor_fields.section_of(field, self.sections) or self.section(field)
            if section is not None:
                remarks[section.key] = remarks.get(section.key, 0) + len(texts)
        return [
            Mark(each, f"{self.base}/edit/{each.key}", counts.get(each.key, 0), remarks.get(each.key, 0),
                 each.key == current)
            for each in self.sections
        ]  # fmt: skip

    def place_of(self, path: str) -> tuple[str, str]:
        """Where a path of the document is edited: the address with its anchor, and the words for it."""
        path = ALIASES.get(path, path)
        section = editor_fields.section_of(path, self.sections) or self.section(path)
        if section is None:
            return "", ""
        if path == section.key and path not in section.keys:
            return f"{self.base}/edit/{section.key}#top", str(section.label)
        if section.key == "specifications":
            return self._priced(path)
        field = next((each for each in section.fields if path == each.key or path.startswith(f"{each.key}.")), None)
        where = path if field is None or field.fields else field.key
        label = str(field.label) if field is not None else ""
        if field is not None and field.fields:
            number = path.removeprefix(f"{field.key}.").partition(".")[0]
            label = f"{label} {int(number) + 1}" if number.isdecimal() else label
        return f"{self.base}/edit/{section.key}#{editor_form.anchor(where)}", label or str(section.label)

    def _priced(self, path: str) -> tuple[str, str]:
        parts = path.split(".")
        if len(parts) < 2 or not parts[1].isdecimal():
            return f"{self.base}/edit/specifications", _("Specifications and prices")
        number = int(parts[1])
        name = editor_form.get(self.document, f"specifications.{number}.name")
        said = name.get("en", "") if isinstance(name, Mapping) else str(name or "")
        words_ = said or _("Specification %(number)s") % {"number": number + 1}
        target = editor_form.anchor(".".join(parts[:3])) if len(parts) > 2 else "top"
        return f"{self.base}/edit/specifications/{number}#{target}", words_

    def checks(self, found: Iterable[Any], most: int = 0) -> list[dict[str, Any]]:
        """Findings with the place where each is put right."""
        rows = []
        for each in found:
            href, where = self.place_of(each.path)
            rows.append({"message": each.message, "href": href, "where": where, "level": each.level})
        return rows[:most] if most else rows

    @cached_property
    def other(self) -> Any:
        """Who else saved this lately, or None."""
        who = self.release.changed_by
        if who is None or who.pk == self.actor.user_pk or self.at - self.release.changed_at > LATELY:
            return None
        return who

    def files_in(self, document: Any) -> dict[str, Any]:
        """The stored files that a document names, in one query."""
        found: set[str] = set()

        def look(value: Any) -> None:
            if isinstance(value, Mapping):
                for each in value.values():
                    look(each)
            elif isinstance(value, list):
                for each in value:
                    look(each)
            elif isinstance(value, str) and value.startswith("fil_"):
                found.add(value)

        look(document)
        return files.files_of(self.actor, found) if found else {}

    def save(self, change: Callable[[Document], Document]) -> None:
        """Store a change of the document, again when somebody else saved another part in between.

        Raises NotAllowed when that happens over and over, and what the service refuses.
        """
        for attempt in range(TRIES):
            try:
                self.release = services.save(
                    self.actor, release_id=self.release.public_id, document=change(self.document),
                    version=self.release.version, at=clock.now(),
                )  # fmt: skip
            except NotAllowed:
                if attempt == TRIES - 1:
                    raise
                self.release = selectors.release_of(self.actor, self.release.public_id)
            else:
                break
        self.__dict__.pop("findings", None)
        self.__dict__.pop("notes", None)
