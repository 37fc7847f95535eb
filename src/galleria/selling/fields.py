"""The fields of forms about sellers: labels, limits, when they are needed. Pages, checks and dossiers read these."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from galleria.kit import texts
from galleria.kit.errors import Invalid, Text
from galleria.kit.files import MB, Picture
from galleria.kit.money import BadAmount, Money
from galleria.parties import checks, countries
from galleria.selling import rules

Kind = Literal["text", "lines", "url", "choice", "yes", "amount", "phone", "email", "file", "country", "date", "tins",
               "number", "hours", "currency", "files"]  # fmt: skip
Data = Mapping[str, Any]
LONGEST = 8000
"""What is kept of a draft's text at most, so that nothing typed is lost before it is checked."""
EU = (
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
    "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file must be."""

    types: tuple[str, ...]
    most_bytes: int
    is_public: bool = False
    picture: Picture | None = None
    most_files: int = 1


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `when` says for which data it is asked; it is needed then unless `optional`."""

    key: str
    label: Text
    kind: Kind = "text"
    limit: int = 200
    optional: bool = False
    help: Text = ""
    options: tuple[tuple[str, Text], ...] = ()
    upload: Upload | None = None
    when: Callable[[Data], bool] | None = None
    read_only: bool = False
    least: int = 0

    def is_asked(self, data: Data) -> bool:
        return self.when is None or self.when(data)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together: a step of a form, a section of a dossier."""

    key: str
    label: Text
    fields: tuple[Field, ...]
    note: Text = ""


PROOF = Upload(("jpg", "png", "pdf"), 10 * MB)
LOGO = Upload(("jpg", "png"), 5 * MB, is_public=True)


# ----- keeping what was typed -----


def kept(fields: Iterable[Field], typed: Mapping[str, Any], before: Data) -> dict[str, Any]:
    """The data with what was typed, unchecked but bounded; files and read-only fields stay as they were."""
    data = dict(before)
    for field in fields:
        if field.read_only or field.kind in {"file", "files"}:
            continue
        if field.kind == "tins":
            data[field.key] = _typed_tins(typed.get(field.key, before.get(field.key, [])))
        elif field.kind == "yes":
            data[field.key] = _yes(typed[field.key]) if field.key in typed else data.get(field.key, "")
        elif field.key in typed:
            data[field.key] = _plain(str(typed[field.key] or ""))
    return data


def _plain(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()[:LONGEST]


def _yes(value: Any) -> str:
    text = str(value).lower()
    return "yes" if text in {"yes", "true", "1", "on"} else ("no" if text in {"no", "false", "0"} else "")


def _typed_tins(value: Any) -> list[dict[str, str]]:
    rows = value if isinstance(value, list) else []
    found = [
        {"country": str(row.get("country", ""))[:2], "number": _plain(str(row.get("number", "")))[:40]}
        for row in rows
        if isinstance(row, dict)
    ]
    return [row for row in found if row["country"] or row["number"]][:30]


# ----- checking -----


def checked(fields: Iterable[Field], data: Data, at: datetime) -> dict[str, Any]:
    """The data in their final form. Raises one Invalid with every field that is wrong."""
    wrong = problems(fields, data, at)
    if wrong:
        raise Invalid(fields=wrong)
    return {field.key: data.get(field.key, "") for field in fields if field.is_asked(data)}


def problems(fields: Iterable[Field], data: Data, at: datetime) -> dict[str, Text]:
    """Field to what is wrong with it, in the order of the form; fields that are not asked are left alone."""
    found: dict[str, Text] = {}
    for field in fields:
        if not field.is_asked(data):
            continue
        value = data.get(field.key)
        if not value:
            if not field.optional:
                found[field.key] = _NEEDED.get(field.kind, _("This is needed."))
            continue
        try:
            _CHECKS[field.kind](field, value, at)
        except Invalid as refusal:
            found[field.key] = next(iter(refusal.fields.values()), refusal.message)
    return found


_NEEDED: dict[str, Text] = {
    "choice": _("Choose one."), "yes": _("Choose yes or no."), "file": _("Choose a file."),
    "files": _("Choose a file."), "tins": _("Add the number of at least one country."),
    "country": _("Choose a country."),
}  # fmt: skip


def _wrong(field: Field, text: Text) -> Invalid:
    return Invalid(fields={field.key: text})


def _text(field: Field, value: Any, at: datetime) -> None:
    text = checks.text(field.key, str(value), field.limit, lines=field.kind == "lines")
    texts.refuse_hidden(field.key, text)
    if len(text) < field.least:
        raise _wrong(field, _("At least %(least)s characters.") % {"least": field.least})


_URL = re.compile(r"^https?://[^\s/?#]+\.[^\s/?#]{2,}([/?#]\S*)?$|^https?://(localhost|[0-9.]+)(:\d+)?(/\S*)?$", re.I)


def _url(field: Field, value: Any, at: datetime) -> None:
    text = str(value)
    if not text.lower().startswith(("http://", "https://")):
        raise _wrong(field, _("Begin the address with https:// or http://."))
    if len(text) > 200 or not _URL.match(text):
        raise _wrong(field, _("Give the address of a page, such as https://www.example.com."))


def _choice(field: Field, value: Any, at: datetime) -> None:
    if value not in {key for key, _label in field.options}:
        raise _wrong(field, _("Choose one."))


def _yes_or_no(field: Field, value: Any, at: datetime) -> None:
    if value not in {"yes", "no"}:
        raise _wrong(field, _("Choose yes or no."))


def _amount(field: Field, value: Any, at: datetime) -> None:
    """A figure with up to two places; its currency is a field of its own."""
    try:
        amount = Money.parse(str(value).replace(",", "").replace(" ", ""), "EUR")
    except BadAmount:
        raise _wrong(field, _("Give the figure as 500000.00.")) from None
    if amount.minor <= 0:
        raise _wrong(field, _("Give the true figure; it is more than nothing."))


def _number(field: Field, value: Any, at: datetime) -> None:
    if not (str(value).isascii() and str(value).isdigit() and field.least <= int(value) <= field.limit):
        raise _wrong(
            field, _("Give a whole number from %(least)s to %(most)s.") % {"least": field.least, "most": field.limit}
        )


_E164 = re.compile(r"^\+[1-9][0-9]{6,14}$", re.ASCII)


def _phone(field: Field, value: Any, at: datetime) -> None:
    if not _E164.match(re.sub(r"[ ().-]", "", str(value))):
        raise _wrong(field, _("Give the number with + and the country code, such as +46 70 123 45 67."))


def _email(field: Field, value: Any, at: datetime) -> None:
    checks.email(str(value), field.key)


def _file(field: Field, value: Any, at: datetime) -> None:
    """Files were checked when they were stored."""


def _country(field: Field, value: Any, at: datetime) -> None:
    if value not in countries.open_for_registration():
        raise _wrong(field, _("Choose a country."))


def _date(field: Field, value: Any, at: datetime) -> None:
    if day_of(value) is None:
        raise _wrong(field, _("Give a date as 2027-01-31."))


def _hours(field: Field, value: Any, at: datetime) -> None:
    _text(field, value, at)


def _tins(field: Field, value: Any, at: datetime) -> None:
    rows = value if isinstance(value, list) else []
    if not rows:
        raise _wrong(field, _NEEDED["tins"])
    for row in rows:
        if row.get("country") not in EU:
            raise _wrong(field, _("Choose the country of each number."))
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ./-]{2,38}", str(row.get("number", ""))):
            raise _wrong(
                field, _("Give the tax number of %(country)s.") % {"country": countries.name_of(row["country"])}
            )
    if len({row["country"] for row in rows}) != len(rows):
        raise _wrong(field, _("Name each country once."))


def _currency(field: Field, value: Any, at: datetime) -> None:
    if not re.fullmatch(r"[A-Z]{3}", str(value)):
        raise _wrong(field, _("Give the three letters of the currency, such as EUR."))


_CHECKS: dict[str, Callable[[Field, Any, datetime], None]] = {
    "text": _text, "lines": _text, "url": _url, "choice": _choice, "yes": _yes_or_no, "amount": _amount,
    "number": _number, "phone": _phone, "email": _email, "file": _file, "files": _file, "country": _country,
    "date": _date, "tins": _tins, "hours": _hours, "currency": _currency,
}  # fmt: skip


def day_of(value: Any) -> date | None:
    """A typed date, or None."""
    try:
        return parse_date(str(value))
    except ValueError:
        return None


def support_minutes(text: str) -> dict[str, int]:
    """Minutes of support by day. Raises Invalid in words when the text cannot be read or is too little (S-TCK-T1)."""
    try:
        minutes = rules.hours_by_day(text)
    except rules.HoursUnreadable:
        raise Invalid(
            fields={"ticket_hours": _("Write days and times such as Mon-Fri 09:00-17:00 (CET), or 24/7.")}
        ) from None
    if not rules.are_enough(minutes):
        raise Invalid(fields={"ticket_hours": _("At least 8 hours on 5 days a week are needed, 40 hours together.")})
    return minutes
