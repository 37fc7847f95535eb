"""Reading the records, as rows and as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

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


def beginning_with(rows: QuerySet[AuditRecord], beginnings: Iterable[str]) -> QuerySet[AuditRecord]:
    """Of the records those whose sentence keys begin with one of these: `order.`, `user.` …"""
    wanted = Q()
    for beginning in beginnings:
        wanted |= Q(sentence__startswith=beginning)
    return rows.filter(wanted)
