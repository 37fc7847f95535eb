"""What list pages have in common: filters, their addresses, pages, options of selects (UI-GEN-07, UI-GEN-13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from galleria.kit.errors import Invalid
from galleria.web.formats import number
from galleria.web.jinja import query_string

Text = str | Promise
_LONGEST = 100


@dataclass(frozen=True)
class View:
    """One of the views of a list, as the `views` component wants it."""

    text: Text
    href: str
    count: str | None
    current: bool


def views(request: HttpRequest, named: Mapping[str, Text], counts: Mapping[str, int], *, current: str) -> list[View]:
    """The views with their counts; each drops the filters. The one named "" or "all" is the plain address."""
    return [
        View(text, query_string({}, view=None if name in {"", "all"} else name), number(counts.get(name or "all", 0)),
             name == current)
        for name, text in named.items()
    ]  # fmt: skip


def text_of(data: QueryDict, name: str, most: int = _LONGEST) -> str:
    """What was typed into a filter, without blanks around it and not longer than makes sense."""
    return data.get(name, "").replace("\x00", "").strip()[:most]


def one_of(data: QueryDict, name: str, known: Iterable[str]) -> str:
    """A filter's value if it is one of the offered ones, else nothing."""
    value = data.get(name, "")
    return value if value in set(known) else ""


def options(first: Text, table: Mapping[str, Text], only: Iterable[str] = ()) -> list[tuple[str, Text]]:
    """The options of a select: everything, then each value with its word."""
    wanted = list(only)
    return [("", first), *((key, word) for key, word in table.items() if not wanted or key in wanted)]


def day_of(data: QueryDict, name: str, zone: object, *, end: bool = False) -> datetime | None:
    """A date of a filter as the instant at which that day begins, or ends, for the reader. Raises Invalid."""
    text = data.get(name, "").strip()
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Invalid(fields={name: _("Give a date as 2027-01-31.")})
    begin = datetime.combine(day, time(0), tzinfo=zone)  # type: ignore[arg-type]
    return begin + timedelta(days=1) if end else begin


def without(data: QueryDict, *names: str) -> str:
    """The address of the list without these filters, from the first page."""
    return query_string(data, **dict.fromkeys((*names, "cursor", "undo"), None))


def at_page(data: QueryDict, cursor: str | None) -> str:
    """The address of another page of the list; empty when there is none."""
    return query_string(data, cursor=cursor, undo=None) if cursor else ""


def are_on(data: QueryDict, names: Iterable[str]) -> bool:
    """Whether any of the filters narrows the list."""
    return any(data.get(name, "").strip() for name in names)
