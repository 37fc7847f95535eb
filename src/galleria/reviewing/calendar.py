"""The operator's data for reviewing: days off and ready-made reasons."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid
from galleria.reviewing.models import Holiday

SETTINGS = "operator:setting:manage"


@transaction.atomic
def add_holiday(actor: Actor, *, day: date, name: str, at: datetime) -> Holiday:
    """A day off; due times worked out from now on skip it. Raises Invalid without a name, PermissionMissing."""
    actor.require(SETTINGS)
    words = " ".join(name.split())[:80]
    if not words:
        raise Invalid(fields={"name": _("Name the holiday.")})
    row, _made = Holiday.objects.update_or_create(date=day, defaults={"name": words})
    audit.record(actor, "holiday.added", audit.Subject("reviewing.holiday", day.isoformat(), f"{words}, {day}"), at=at)
    return row


@transaction.atomic
def remove_holiday(actor: Actor, *, day: date, at: datetime) -> None:
    """No day off any more; promises that were made keep their time."""
    actor.require(SETTINGS)
    row = Holiday.objects.filter(date=day).first()
    if row is None:
        return
    row.delete()
    subject = audit.Subject("reviewing.holiday", day.isoformat(), f"{row.name}, {day}")
    audit.record(actor, "holiday.removed", subject, at=at)
