"""Reading the records, as rows and as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from galleria.audit.models import AuditRecord
from galleria.audit.sentences import sentences
from galleria.kit.actor import Actor
from galleria.kit.jsonable import unpack
from galleria.kit.spoken import spoken


class _Blanks(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _name_of(record: AuditRecord) -> str:
    """Who did it; jobs have a name of ours, people their own."""
    if record.channel == "system":
        return spoken(record.actor_name or record.channel)
    return record.actor_name or record.actor_user_id or record.channel


def sentence_of(record: AuditRecord, *, names: Mapping[str, str] | None = None) -> str:
    """The record as a sentence in the active language. `names` may replace blanks, with links for instance."""
    text = str(sentences.get(record.sentence, "{actor}: " + record.sentence + " {object}"))
    blanks = {
        "actor": _name_of(record),
        "object": record.object_name or record.object_id,
        "reason": spoken(record.reason),
    }
    return text.format_map(_Blanks({**blanks, **(names or {})}))


def changes_of(record: AuditRecord) -> list[tuple[str, Any, Any]]:
    """What is different between before and after: field, old, new; by field."""
    before, after = unpack(record.before), unpack(record.after)
    if not isinstance(before, dict) and not isinstance(after, dict):
        return [] if before == after else [("", before, after)]
    old = before if isinstance(before, dict) else {}
    new = after if isinstance(after, dict) else {}
    # Sorted, since not every database keeps the order of the fields.
    names = sorted({*old, *new})
    return [(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def records(
    actor: Actor,
    *,
    account_id: str | None = None,
    object_type: str | None = None,
    object_id: str | None = None,
    user_id: str | None = None,
    sentence: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditRecord]:
    """The records this actor may see, the operator all and an account its own; page with `sort="-pk"`."""
    rows = AuditRecord.objects.all()
    if not (actor.is_operator or actor.is_system):
        rows = rows.filter(account_id=actor.account_id) if actor.account_id else rows.none()
    wanted = {
        "account_id": account_id, "object_type": object_type, "object_id": object_id,
        "actor_user_id": user_id, "sentence": sentence, "at__gte": since, "at__lt": until,
    }  # fmt: skip
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for in the whole record. Empty: everything.

    `user_ids`: who did it; `name`: who, where no user is known any more. `about`: an object's id, or words of its
    name. `deeds`: beginnings of sentence keys. `address` and `channel`: from where.
    """

    user_ids: Sequence[str] = ()
    name: str = ""
    about: str = ""
    deeds: Sequence[str] = ()
    account_id: str = ""
    address: str = ""
    channel: str = ""
    since: datetime | None = None
    until: datetime | None = None


def search(actor: Actor, wanted: Search) -> QuerySet[AuditRecord]:
    """The operator's view of all records; page with `sort="-pk"`. Raises PermissionMissing."""
    actor.require("operator:audit:view")
    rows = records(actor, since=wanted.since, until=wanted.until, account_id=wanted.account_id or None)
    if wanted.user_ids:
        rows = rows.filter(actor_user_id__in=wanted.user_ids)
    elif wanted.name:
        rows = rows.filter(actor_name__icontains=wanted.name)
    if wanted.about:
        rows = rows.filter(_about(wanted.about))
    if wanted.address:
        rows = rows.filter(address=wanted.address)
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    return beginning_with(rows, wanted.deeds) if wanted.deeds else rows


def _about(text: str) -> Q:
    """An id is looked up by the index on kind and id; everything else among the names."""
    kind = _kinds_by_prefix().get(text.partition("_")[0]) if "_" in text else None
    if kind is not None:
        return Q(object_type=kind, object_id=text)
    return Q(object_id=text) | Q(object_name__icontains=text)


@cache
def _kinds_by_prefix() -> dict[str, str]:
    """The kind of object that an id belongs to, by the letters in front: "sub" is a subscription."""
    found: dict[str, str] = {}
    for model in apps.get_models():
        name = next((each for each in model._meta.fields if each.name == "public_id"), None)
        if name is not None and name.has_default():
            found[str(name.get_default()).partition("_")[0]] = model._meta.label_lower
    return found


def beginning_with(rows: QuerySet[AuditRecord], beginnings: Iterable[str]) -> QuerySet[AuditRecord]:
    """Of the records those whose sentence keys begin with one of these: `order.`, `user.` …"""
    wanted = Q()
    for beginning in beginnings:
        wanted |= Q(sentence__startswith=beginning)
    return rows.filter(wanted)
