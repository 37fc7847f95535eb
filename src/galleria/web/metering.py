"""What is counted, in words: a price is for "a page", a package has "25,000 pages".

Meters are named by sellers. The usual ones are said in the reader's language; any other is shown as it was written.
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise

METERS: Final[dict[str, tuple[Words, Words]]] = {
    "1000 characters": (pgettext_lazy("price", "for 1,000 characters"), _("thousands of characters")),
    "call": (pgettext_lazy("price", "a call"), _("calls")),
    "day": (pgettext_lazy("price", "a day"), _("days")),
    "document": (pgettext_lazy("price", "a document"), _("documents")),
    "gigabyte": (pgettext_lazy("price", "a gigabyte"), _("gigabytes")),
    "hour": (pgettext_lazy("price", "an hour"), _("hours")),
    "invoice": (pgettext_lazy("price", "an invoice"), _("invoices")),
    "mail": (pgettext_lazy("price", "a mail"), _("mails")),
    "message": (pgettext_lazy("price", "a message"), _("messages")),
    "minute": (pgettext_lazy("price", "a minute"), _("minutes")),
    "page": (pgettext_lazy("price", "a page"), _("pages")),
    "request": (pgettext_lazy("price", "a request"), _("requests")),
    "scan": (pgettext_lazy("price", "a scan"), _("scans")),
    "signature": (pgettext_lazy("price", "a signature"), _("signatures")),
    "ticket": (pgettext_lazy("price", "a ticket"), _("tickets")),
}
"""Meter: one of it behind a price, and several of it."""


def one(meter: str) -> str:
    """What a price by use is for; empty for a meter without usual words."""
    found = METERS.get(meter)
    return str(found[0]) if found else ""


def several(meter: str) -> str:
    """What is counted: "pages"."""
    found = METERS.get(meter)
    return str(found[1]) if found else meter


def amount(count: int, meter: str) -> str:
    """How many of it: "25,000 pages"."""
    return f"{count:,} {several(meter)}".strip()
