"""Cards: what lists show of a product, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from galleria.publishing import selectors
from galleria.web import metering, words

UNITS = {
    "month": gettext_lazy("a month"),
    "year": gettext_lazy("a year"),
    "one_time": gettext_lazy("once"),
    "package": gettext_lazy("a package"),
    "exhaustible": gettext_lazy("a package"),
}


def unit_words(unit: str, of: str = "") -> str:
    """What a price is for: "a month", "a month for one seat", "a page"."""
    known = UNITS.get(unit)
    said = str(known) if known else metering.one(unit) or pgettext("price", "per %(unit)s") % {"unit": unit}
    return _("%(unit)s, per %(of)s") % {"unit": said, "of": of} if of else said


def card(
    kept: Mapping[str, Any],
    language: str,
    *,
    running: int = 0,
    is_saved: bool = False,
    lazy: bool = False,
) -> dict[str, Any]:
    """A kept card, ready for the macros. `running`: how many the reader has."""
    price = kept["price"]
    return {
        **kept,
        "name": selectors.in_language(kept["name"], language),
        "summary": selectors.in_language(kept["summary"], language),
        "promise": selectors.in_language(kept["promise"], language),
        "href": f"/products/{kept['slug']}",
        "delivery_name": words.DELIVERY_TYPES.get(kept["delivery"], kept["delivery"]),
        "published_on": date.fromisoformat(kept["published"]),
        "changed_on": date.fromisoformat(kept["changed"]),
        "price": price,
        "unit": unit_words(price["unit"], selectors.in_language(price["unit_name"], language)) if price else "",
        "trial": ngettext("%(count)d day free", "%(count)d days free", kept["trial_days"])
        % {"count": kept["trial_days"]}
        if kept["trial_days"]
        else "",
        "running": running,
        "is_saved": is_saved,
        "lazy": lazy,
    }


def cards(
    kept: Iterable[Mapping[str, Any]],
    language: str,
    *,
    running: Mapping[int, int] | None = None,
    saved: Collection[str] = (),
    eager: int = 4,
) -> list[dict[str, Any]]:
    """A list of cards; pictures past the first `eager` ones are loaded when they come into view."""
    mine = running or {}
    return [
        card(each, language, running=mine.get(each["pk"], 0), is_saved=each["slug"] in saved, lazy=place >= eager)
        for place, each in enumerate(kept)
    ]
