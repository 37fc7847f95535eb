"""The operator's data for reviewing: days off and ready-made reasons."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Text
from galleria.reviewing import ports
from galleria.reviewing.models import Holiday, ReasonTemplate

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


# ----- ready-made reasons -----


def reason(actor: Actor, reason_id: str) -> ReasonTemplate:
    """One of them. Raises NotFound, PermissionMissing."""
    actor.require(SETTINGS)
    row = ReasonTemplate.objects.filter(public_id=reason_id).first()
    if row is None:
        raise NotFound
    return row


def all_reasons(actor: Actor) -> list[ReasonTemplate]:
    """All of them: those for every kind last."""
    actor.require(SETTINGS)
    return sorted(ReasonTemplate.objects.order_by("position", "pk"), key=lambda row: (not row.kind, row.kind))


@transaction.atomic
def save_reason(
    actor: Actor, *, reason_id: str = "", kind: str, titles: dict[str, str], texts: dict[str, str], at: datetime
) -> ReasonTemplate:
    """Add a sentence that reviewers use often, or change one; `titles` and `texts` by language: `en`, `zh_hans`.

    An empty `kind` is for every kind. Raises Invalid with the fields `title_en` and so on, NotFound.
    """
    actor.require(SETTINGS)
    row = reason(actor, reason_id) if reason_id else ReasonTemplate(position=ReasonTemplate.objects.count())
    values = {f"title_{code}": " ".join(text.split())[:80] for code, text in titles.items()}
    values |= {f"text_{code}": text.strip()[:1000] for code, text in texts.items()}
    wrong: dict[str, Text] = {name: _("Write it in both languages.") for name, value in values.items() if not value}
    if kind and kind not in ports.KINDS:
        wrong["kind"] = _("Choose one of the kinds.")
    if wrong:
        raise Invalid(fields=wrong)
    before = None if row.pk is None else {"kind": row.kind, **{name: getattr(row, name) for name in values}}
    row.kind = kind
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    subject = audit.Subject("reviewing.reasontemplate", row.public_id, values["title_en"])
    audit.record(actor, "reason.saved", subject, at=at, before=before, after={"kind": kind, **values})
    return row


@transaction.atomic
def remove_reason(actor: Actor, *, reason_id: str, at: datetime) -> None:
    """No longer offered; decisions that used it keep their words. Raises NotFound."""
    row = reason(actor, reason_id)
    subject = audit.Subject("reviewing.reasontemplate", row.public_id, row.title)
    audit.record(actor, "reason.removed", subject, at=at, before={"kind": row.kind, "text": row.text})
    row.delete()
