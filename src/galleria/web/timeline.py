"""The timeline of an object: deeds of the audit record and what the system did, the latest first (UI-GEN-09)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy
from markupsafe import Markup, escape

from galleria.audit import selectors as audit
from galleria.subscribing import selectors as subscribing
from galleria.web.formats import moment

KINDS = {
    "": gettext_lazy("All"),
    "people": gettext_lazy("People"),
    "money": gettext_lazy("Money"),
    "system": gettext_lazy("System"),
}
_SAID = frozenset({"auto_renew", "renewal"})
"""What the sentence itself says; the words of the database beside it would only repeat it."""
_MONEY = ("order.", "coupon.", "top_up.", "refund.", "payment.", "subscription.auto_renewal")


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `kind`: people, money, system."""

    at: datetime
    text: Markup
    kinds: frozenset[str]
    phase: str = "done"


def of_records(records: Iterable[Any], *, names: Mapping[str, str] | None = None) -> list[Entry]:
    """Audit records as sentences, with what changed. `names` replace blanks in all of them."""
    records = list(records)
    called = {} if names and "object" in names else objects_of(records)
    found = []
    for record in records:
        text = escape(audit.sentence_of(record, names={**called.get(record.object_id, {}), **(names or {})}))
        changes = [
            f"{old} → {new}"
            for name, old, new in audit.changes_of(record)
            if old is not None and new is not None and name not in _SAID and not isinstance(new, bool)
        ]
        if changes:
            text = Markup("{} <small>{}</small>").format(text, ", ".join(changes))
        kinds = {"system" if record.channel == "system" else "people"}
        if record.sentence.startswith(_MONEY):
            kinds.add("money")
        found.append(Entry(record.at, text, frozenset(kinds)))
    return found


def objects_of(records: Iterable[Any]) -> dict[str, dict[str, str]]:
    """The blank of each object that is written down by its id alone: subscriptions, which products name."""
    ids = {each.object_id for each in records if each.object_type == "subscribing.subscription"}
    return {id_: {"object": name} for id_, name in subscribing.names_of(ids).items()} if ids else {}


def event(at: datetime | None, text: Any, *kinds: str, phase: str = "done") -> list[Entry]:
    """Something that the system did; nothing when it has no time yet."""
    return [Entry(at, escape(text), frozenset(kinds or ("system",)), phase)] if at is not None else []


def rail(entries: Iterable[Entry], *, kind: str = "") -> list[dict[str, Any]]:
    """Entries for the `rail` component, the latest first, of one kind if asked."""
    chosen = [each for each in entries if not kind or kind in each.kinds]
    chosen.sort(key=lambda each: each.at, reverse=True)
    return [
        {"phase": each.phase, "title": "", "text": Markup("{} · {}").format(moment(each.at), each.text)}
        for each in chosen
    ]


def kinds(entries: Iterable[Entry], chosen: str) -> list[tuple[str, str, bool]]:
    """The filters that have something to show: key, word, whether it is on."""
    there = {kind for each in entries for kind in each.kinds}
    return [(key, str(word), key == chosen) for key, word in KINDS.items() if not key or key in there] if there else []
