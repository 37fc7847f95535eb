"""Violations and what follows from them; levels (S-VIO, S-BEN)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import clock, locks, outbox, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.parties import checks
from galleria.parties.models import Seller
from galleria.reviewing import rules as working_days
from galleria.reviewing import selectors as reviewing
from galleria.selling import events, ports, selectors, states
from galleria.selling.models import Sanction, Violation
from galleria.selling.selectors import sanctions as table
from galleria.selling.selectors.sellers import FOREVER
from galleria.selling.services.standing import change_standing, profile_for_update

PERMISSION = "operator:seller:sanction"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sanction as the operator chose it. `products` empty: all of the seller."""

    kind: str
    until: datetime | None = None
    products: tuple[str, ...] = ()


@transaction.atomic
def decide(
    actor: Actor, *, seller_id: str, conduct: str, reason: str, sanctions: Sequence[Wanted], points: int | None = None,
    evidence: str = "", product_id: str = "", order_id: str = "", is_published: bool = False, at: datetime,
) -> Violation:  # fmt: skip
    """Record a violation and put its sanctions in force; the seller is told and can appeal.

    With the limit of points the cooperation ends, whether it was asked for or not. Raises Invalid.
    """
    actor.require(PERMISSION)
    seller = selectors.seller_by_id(seller_id)
    locks.hold(f"seller:{seller.public_id}")
    seller.refresh_from_db()
    values = _values(seller, conduct, reason, sanctions, points, product_id, at)
    limit = parameters.get("violation.points_limit")
    chosen = list(sanctions)
    has_end = any(each.kind == "termination" for each in chosen)
    if not has_end and table.points_of(seller.pk, at) + values["points"] >= limit:
        chosen.append(Wanted("termination"))
    days = parameters.get("violation.appeal_days")
    local = at.astimezone(clock.billing_zone())  # working days are those of the operator
    row = Violation.objects.create(
        seller=seller, product_id=product_id, order_id=order_id.strip()[:64], conduct=conduct,
        evidence=checks.text("evidence", evidence, 4000, lines=True), is_published=is_published,
        decided_by=actor.user_name[:200], decided_at=at,
        appeal_until=working_days.due(local, days, reviewing.holidays(local.date())), **values,
    )  # fmt: skip
    Sanction.objects.bulk_create(
        Sanction(
            violation=row, seller=seller, kind=each.kind, products=list(each.products or ([product_id] if
            product_id and each.kind == "product_takedown" else [])), starts_at=at, until=each.until,
        )
        for each in chosen
    )  # fmt: skip
    _put_in_force(seller, row, at)
    audit.record(
        actor, "seller.sanctioned", seller, at=at, reason=values["reason"], account_id=seller.account.public_id,
        after={"conduct": conduct, "points": values["points"], "sanctions": [each.kind for each in chosen]},
    )  # fmt: skip
    outbox.publish(events.ViolationDecided(row.public_id, "decided"))
    return row


def _values(
    seller: Seller, conduct: str, reason: str, sanctions: Sequence[Wanted], points: int | None, product_id: str,
    at: datetime,
) -> dict[str, Any]:  # fmt: skip
    wrong: dict[str, Any] = {}
    if conduct not in table.CONDUCTS:
        wrong["conduct"] = _("Choose what was done.")
    text = reason.strip()
    if not 10 <= len(text) <= 1000:
        wrong["reason"] = _("Give the reason in 10 to 1,000 characters; the seller reads it.")
    if not sanctions:
        wrong["sanctions"] = _("Choose at least one sanction.")
    known = {public_id for public_id, _name in ports.products(seller.pk)}
    for each in sanctions:
        if each.kind not in table.SANCTIONS:
            wrong["sanctions"] = _("Choose at least one sanction.")
        elif each.kind in table.WITH_END and (each.until is None or each.until <= at):
            wrong[f"until_{each.kind}"] = _("Give the day on which it ends.")
        if set(each.products) - known:
            wrong["products"] = _("Choose products of this seller.")
    if product_id and product_id not in known:
        wrong["product_id"] = _("Choose a product of this seller.")
    limit = parameters.get("violation.points_limit")
    number = points if points is not None else (table.CONDUCTS[conduct].points if conduct in table.CONDUCTS else 0)
    if not 0 <= number <= limit:
        wrong["points"] = _("Give 0 to %(limit)s points.") % {"limit": limit}
    if wrong:
        raise Invalid(fields=wrong)
    return {"reason": text, "points": number}


def _put_in_force(seller: Seller, row: Violation, at: datetime) -> None:
    """Every sanction of a violation takes effect; packages above hear of each."""
    found = list(row.sanctions.all())
    _refresh_trade_stop(seller, at)
    if any(each.kind == "termination" for each in found) and seller.state == "active":
        profile = profile_for_update(seller)
        profile.terminated_at = at
        profile.save(update_fields=["terminated_at"])
        change_standing(seller, state="suspended")
    for each in found:
        until = each.until.isoformat() if each.until else ""
        outbox.publish(events.SanctionImposed(seller.public_id, row.public_id, each.kind, tuple(each.products), until))


def _refresh_trade_stop(seller: Seller, at: datetime) -> None:
    """What product pages and orders ask is kept on the seller's row: until when, for which products."""
    rows = Sanction.objects.filter(seller=seller, kind="trade_restriction", lifted_at=None)
    held = [row for row in rows if row.until is None or row.until > at]
    until = max((row.until or FOREVER for row in held), default=None)
    everything = any(not row.products for row in held)
    products = [] if everything else sorted({product for row in held for product in row.products})
    if (seller.trade_stop_until, seller.trade_stop_products) != (until, products):
        change_standing(seller, trade_stop_until=until, trade_stop_products=products)


def _for_operator(actor: Actor, violation_id: str) -> Violation:
    actor.require(PERMISSION)
    row = Violation.objects.select_related("seller__account").filter(public_id=violation_id).first()
    if row is None:
        raise NotFound
    return row


@transaction.atomic
def appeal(actor: Actor, *, violation_id: str, text: str, at: datetime) -> Violation:
    """The seller's words against a decision, within ten working days. Raises Invalid, NotAllowed, NotFound."""
    actor.require("seller:info:manage")
    row = table.violation_of(actor, violation_id)
    words = checks.text("appeal", text, 4000, required=True, lines=True)
    if at > row.appeal_until:
        raise NotAllowed(_("The time for an appeal is over."))
    states.VIOLATION.apply(row, "appeal", appeal=words, appealed_at=at)
    audit.record(actor, "seller.appealed", _subject(row), at=at)
    outbox.publish(events.ViolationDecided(row.public_id, "appealed"))
    return row


@transaction.atomic
def confirm(actor: Actor, *, violation_id: str, answer: str, at: datetime) -> Violation:
    """The appeal changes nothing; the answer says why."""
    row = _for_operator(actor, violation_id)
    words = checks.text("answer", answer, 4000, required=True, lines=True)
    states.VIOLATION.apply(row, "confirm", answer=words, answered_at=at)
    account_id = row.seller.account.public_id
    audit.record(actor, "seller.sanction_confirmed", _subject(row), at=at, reason=words, account_id=account_id)
    outbox.publish(events.ViolationDecided(row.public_id, "confirmed"))
    return row


@transaction.atomic
def revoke(actor: Actor, *, violation_id: str, answer: str, at: datetime) -> Violation:
    """The decision is taken back: its sanctions are lifted, its points gone."""
    row = _for_operator(actor, violation_id)
    locks.hold(f"seller:{row.seller.public_id}")
    row.seller.refresh_from_db()
    words = checks.text("answer", answer, 4000, required=True, lines=True)
    states.VIOLATION.apply(row, "revoke", answer=words, answered_at=at, points=0)
    held = list(row.sanctions.filter(lifted_at=None))
    row.sanctions.filter(lifted_at=None).update(lifted_at=at)
    _refresh_trade_stop(row.seller, at)
    ended = Sanction.objects.filter(seller=row.seller, kind="termination", lifted_at=None).exists()
    if row.seller.state == "suspended" and not ended:
        profile = profile_for_update(row.seller)
        profile.terminated_at = None
        profile.save(update_fields=["terminated_at"])
        change_standing(row.seller, state="active")
    for each in held:
        outbox.publish(events.SanctionLifted(row.seller.public_id, row.public_id, each.kind, tuple(each.products)))
    account_id = row.seller.account.public_id
    audit.record(actor, "seller.sanction_revoked", _subject(row), at=at, reason=words, account_id=account_id)
    outbox.publish(events.ViolationDecided(row.public_id, "revoked"))
    return row


@transaction.atomic
def set_level(actor: Actor, *, seller_id: str, level: str, at: datetime) -> Seller:
    """The operator's choice; nothing is promoted by itself. Raises Invalid, NotAllowed while the level is frozen."""
    actor.require(PERMISSION)
    seller = selectors.seller_by_id(seller_id)
    order = list(table.LEVELS)
    if level not in order:
        raise Invalid(fields={"level": _("Choose a level.")})
    if order.index(level) > order.index(seller.level) and (until := frozen_until(seller.pk, at)):
        raise NotAllowed(_("The level is frozen until %(day)s.") % {"day": until.date().isoformat()})
    before = seller.level
    change_standing(seller, level=level)
    account_id = seller.account.public_id
    audit.record(
        actor, "seller.level_changed", seller, at=at, before={"level": before}, after={"level": level},
        account_id=account_id,
    )  # fmt: skip
    return seller


def frozen_until(seller_pk: int, at: datetime) -> datetime | None:
    """Until when the level cannot rise; None when it can."""
    rows = Sanction.objects.filter(
        seller_id=seller_pk, kind="level_freeze", lifted_at=None, starts_at__lte=at, until__gt=at
    )
    return max((row.until for row in rows if row.until), default=None)


def _subject(row: Violation) -> audit.Subject:
    return audit.Subject("selling.violation", row.public_id, str(table.CONDUCTS[row.conduct].label))
