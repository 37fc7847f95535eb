"""Terms: added, changed, given back and undone. The caller has locked the subscription, priced and been paid.

Every stretch of time is a `Period`; the subscription itself holds what is in force and when it ends (B-REN, B-ORF).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, outbox, prepared
from galleria.kit.errors import NotAllowed
from galleria.kit.prepared import Prepared
from galleria.publishing.models import Price
from galleria.subscribing import events, rules, states
from galleria.subscribing.models import Period, Subscription
from galleria.subscribing.services import timing


class SubscriptionMoved(NotAllowed):
    """Somebody, or the clock, was quicker."""

    code = "SUBSCRIPTION_CHANGED"
    default_message = _("This subscription has changed meanwhile. Reload to see its current state.")


class ResourceReleased(NotAllowed):
    """It is gone (B-EXP-T2)."""

    code = "RESOURCE_RELEASED"
    default_message = _("This subscription has been released. Buy the product again to use it.")


@dataclass(frozen=True)
class Term:
    """What an order line adds to a subscription, as plain values; ids are row numbers, amounts in minor units.

    `extra_days`: days beyond the term, to reach one renewal date (B-URD-004), and `anchor_day`, the day that later
    renewals keep then; 0: as it is. `paid_minor`: after discount and coupon, before tax. `by_clock`: nobody ordered it.
    """

    order_id: str
    order_line_id: str
    period_type: str
    period_count: int
    specification_id: int
    sku_id: int
    price_id: int | None
    product_code: str
    quantity: int
    choices: dict[str, Any] = field(default_factory=dict)
    extra_days: int = 0
    anchor_day: int = 0
    official_minor: int = 0
    paid_minor: int = 0
    tax_minor: int = 0
    coupon_minor: int = 0
    by_clock: bool = False


_LAST = Prepared(lambda p: Period.objects.filter(subscription_id=p("subscription")).order_by("-number")[:1])
_OF_LINE = Prepared(lambda p: Period.objects.filter(order_line_id=p("line")))
_IN_FORCE = ("specification_id", "sku_id", "price_id", "product_code", "quantity", "choices", "period_type")


def renewed_until(subscription: Subscription, period_type: str, period_count: int, extra_days: int = 0) -> datetime:
    """The new expiry, counted from the old one, also when renewed in grace or retention (1.2, B-URD-002)."""
    if subscription.expires_at is None or subscription.anchor_day is None:
        raise NotAllowed(_("Only a subscription for a term can be renewed."))
    zone = clock.billing_zone()
    ends_at = rules.renewed_expiry(
        subscription.expires_at, period_count, cast(rules.PeriodType, period_type), subscription.anchor_day, zone
    )
    if extra_days:
        ends_at = rules.end_of_day(rules.last_day(ends_at, zone) + timedelta(days=extra_days), zone)
    return ends_at


def renew(subscription: Subscription, term: Term, *, at: datetime) -> Period:
    """Add a term after the present one: grace ends, what is frozen is thawed once the seller was told (B-REN-007).

    Once per order line. Raises SubscriptionMoved, ResourceReleased.
    """
    known = _OF_LINE.one(line=term.order_line_id)
    if known is not None:
        return known
    if subscription.state in {"closing", "released"}:
        raise ResourceReleased
    old = subscription.expires_at
    ends_at = renewed_until(subscription, term.period_type, term.period_count, term.extra_days)
    before = _before(subscription)
    updates: dict[str, Any] = {
        "expires_at": ends_at, "grace_ends_at": None, "retention_ends_at": None, "reminded_at": None,
    }  # fmt: skip
    if term.anchor_day or term.extra_days:  # the new date is kept from now on
        updates["anchor_day"] = term.anchor_day or _anchor_after(ends_at)
    _move(subscription, {"grace": "renew", "expired": "renew", "frozen": "unfreeze", "freezing": "unfreeze"}, updates)
    period = _keep(subscription, "renewal", term, cast(datetime, old), ends_at, before, at)
    if _is_same(subscription, term) and term.product_code == subscription.product_code:
        if (subscription.period_type, subscription.period_count) != (term.period_type, term.period_count):
            _set(subscription, {"period_type": term.period_type, "period_count": term.period_count})
    elif ends_at is not None and cast(datetime, old) <= at:
        put_in_force(subscription, period)
    timing.schedule(subscription, at=at)
    outbox.publish(
        events.SubscriptionRenewed(
            subscription.public_id, term.order_id, cast(datetime, old).isoformat(), ends_at.isoformat(), term.by_clock
        )
    )
    return period


def convert(subscription: Subscription, term: Term, *, at: datetime) -> Period:
    """A trial becomes a paid subscription, from now on; the rest of the trial is not added (B-T2C-001).

    Raises SubscriptionMoved, ResourceReleased.
    """
    known = _OF_LINE.one(line=term.order_line_id)
    if known is not None:
        return known
    if subscription.state in {"closing", "released"}:
        raise ResourceReleased
    zone = clock.billing_zone()
    ends_at = rules.first_expiry(at, term.period_count, cast(rules.PeriodType, term.period_type), zone)
    before = _before(subscription)
    updates = {
        "expires_at": ends_at, "anchor_day": rules.anchor_day_of(at, zone), "is_trial": False,
        "grace_ends_at": None, "retention_ends_at": None, "reminded_at": None, "billing_mode": "period",
    }  # fmt: skip
    _move(subscription, {"grace": "renew", "expired": "renew", "frozen": "unfreeze", "freezing": "unfreeze"}, updates)
    period = _keep(subscription, "conversion", term, at, ends_at, before, at)
    put_in_force(subscription, period)
    timing.schedule(subscription, at=at)
    outbox.publish(events.SubscriptionConverted(subscription.public_id, term.order_id, ends_at.isoformat()))
    return period


def change(subscription: Subscription, term: Term, *, at: datetime) -> Period:
    """Another configuration for the rest of the term; the expiry stays (B-CHG-001). Once per order line."""
    known = _OF_LINE.one(line=term.order_line_id)
    if known is not None:
        return known
    if subscription.state != "effective" or subscription.expires_at is None:
        raise SubscriptionMoved
    before = _before(subscription)
    period = _keep(subscription, "change", term, at, subscription.expires_at, before, at)
    _carry_into_terms_to_come(subscription, term, before, at)
    put_in_force(subscription, period)
    timing.schedule(subscription, at=at)
    outbox.publish(events.SubscriptionChanged(subscription.public_id, term.order_id))
    return period


def _carry_into_terms_to_come(subscription: Subscription, term: Term, before: dict[str, Any], at: datetime) -> None:
    """The fee of a change is for all the time that is paid: terms to come that were bought as what was held until now
    go on as the new one, each in its own rhythm."""
    same = {"sku_id": before["sku_id"], "quantity": before["quantity"]}
    coming = Period.objects.filter(subscription=subscription, state="paid", kind="renewal", starts_at__gte=at, **same)
    for period in coming:
        price = Price.objects.filter(
            sku_id=term.sku_id, billing_mode="period", period_type=period.period_type, currency=period.currency
        ).first()
        Period.objects.filter(pk=period.pk).update(
            specification_id=term.specification_id,
            sku_id=term.sku_id,
            quantity=term.quantity,
            choices=term.choices,
            price_id=price.pk if price else term.price_id,
            product_code=price.product_code if price else term.product_code,
        )


def put_in_force(subscription: Subscription, period: Period) -> None:
    """From now on the subscription has this period's configuration."""
    values = {name: getattr(period, name) for name in _IN_FORCE}
    if period.kind != "change":
        values["period_count"] = period.period_count
    else:
        del values["period_type"]  # a change keeps the rhythm of the term
    _set(subscription, values)


def begin_term(subscription: Subscription, *, at: datetime) -> None:
    """A paid term with another configuration begins: put it in force (B-CHG-002)."""
    period = (
        Period.objects.filter(subscription=subscription, state="paid", kind="renewal", starts_at__lte=at)
        .order_by("-number")
        .first()
    )
    if period is not None and any(getattr(period, name) != getattr(subscription, name) for name in _IN_FORCE):
        put_in_force(subscription, period)
        outbox.publish(events.SubscriptionChanged(subscription.public_id, period.order_id))


def not_begun(subscription: Subscription, *, at: datetime) -> list[Period]:
    """The renewed periods that have not begun, the last one first: what can be given back in full (B-ORF-001)."""
    rows = Period.objects.filter(subscription=subscription, state="paid", kind="renewal", starts_at__gte=at)
    return list(rows.order_by("-number"))


def give_back_period(subscription: Subscription, period: Period, *, refunded_minor: int, at: datetime) -> datetime:
    """Take the last renewed period away again, which has not begun; returns the expiry that holds now.

    Raises SubscriptionMoved when it is not the last one, or has begun meanwhile.
    """
    coming = not_begun(subscription, at=at)
    if not coming or coming[0].pk != period.pk:
        raise SubscriptionMoved
    _end(period, "given_back", refunded_minor)
    _restore_end(subscription, period)
    timing.schedule(subscription, at=at)
    return cast(datetime, subscription.expires_at)


def undo_renewal(subscription: Subscription, period: Period, *, refunded_minor: int = 0, at: datetime) -> None:
    """What was paid goes back in full, as if it had not been renewed: the seller refused it (A-V2R-003)."""
    if period.state != "paid":
        return
    if subscription.expires_at != period.ends_at:
        raise SubscriptionMoved
    _end(period, "undone", refunded_minor)
    _restore_end(subscription, period)
    if all(getattr(subscription, name) == getattr(period, name) for name in ("sku_id", "quantity", "product_code")):
        _set(subscription, {name: period.before[name] for name in (*_IN_FORCE, "period_count")})
    if subscription.expires_at is not None and subscription.expires_at <= at:
        # Its term is over again: back to where it was, and the clock goes on from there.
        was = period.before.get("state", "")
        if was == "grace" and subscription.state == "effective":
            states.SUBSCRIPTION.apply(subscription, "return_to_grace")
        elif was in {"frozen", "freezing"} and subscription.state == "unfreezing":
            states.SUBSCRIPTION.apply(subscription, "freeze_again")
    timing.schedule(subscription, at=at)


def periods_of(subscription: Subscription) -> list[Period]:
    """All periods of a subscription, the first one first."""
    return list(Period.objects.filter(subscription=subscription).order_by("number"))


# ----- small steps -----


def _is_same(subscription: Subscription, term: Term) -> bool:
    return (subscription.sku_id, subscription.quantity) == (term.sku_id, term.quantity)


def _before(subscription: Subscription) -> dict[str, Any]:
    instants = ("expires_at", "grace_ends_at", "retention_ends_at")
    return {
        "state": subscription.state,
        "anchor_day": subscription.anchor_day,
        "period_count": subscription.period_count,
        **{name: getattr(subscription, name) for name in _IN_FORCE},
        **{name: value.isoformat() if (value := getattr(subscription, name)) else None for name in instants},
    }


def _restore_end(subscription: Subscription, period: Period) -> None:
    """The end as it was before the period; what is in force stays, since the period had not begun."""
    before = period.before
    values: dict[str, Any] = {
        name: datetime.fromisoformat(before[name]) if before.get(name) else None
        for name in ("expires_at", "grace_ends_at", "retention_ends_at")
    }
    values["anchor_day"] = before["anchor_day"]
    if before["product_code"] == subscription.product_code:
        values["period_count"] = before["period_count"]
    _set(subscription, values)


def _end(period: Period, state: str, refunded_minor: int) -> None:
    changed = Period.objects.filter(pk=period.pk, state="paid").update(state=state, refunded_minor=refunded_minor)
    if not changed:
        raise SubscriptionMoved
    period.state, period.refunded_minor = state, refunded_minor


def _anchor_after(ends_at: datetime) -> int:
    zone = clock.billing_zone()
    day = rules.last_day(ends_at, zone)
    is_last = (day + timedelta(days=1)).day == 1
    return 31 if is_last and day.day < 31 else day.day


def _move(subscription: Subscription, verbs: dict[str, str], updates: dict[str, Any]) -> None:
    """One conditional update, by the state and the expiry that the caller saw."""
    seen = {"id": subscription.pk, "state": subscription.state, "expires_at": subscription.expires_at}
    verb = verbs.get(subscription.state)
    if verb is None and subscription.state != "effective":
        raise SubscriptionMoved
    target = states.SUBSCRIPTION.moves[verb].to if verb else subscription.state
    if prepared.update(Subscription, seen, {"state": target, **updates}) != 1:
        raise SubscriptionMoved
    for name, value in {"state": target, **updates}.items():
        setattr(subscription, name, value)


def _set(subscription: Subscription, values: dict[str, Any]) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(**values)
    for name, value in values.items():
        setattr(subscription, name, value)


def _keep(
    subscription: Subscription,
    kind: str,
    term: Term,
    starts_at: datetime,
    ends_at: datetime,
    before: dict[str, Any],
    at: datetime,
) -> Period:
    last = _LAST.one(subscription=subscription.pk)
    period = Period(
        subscription=subscription,
        number=(last.number if last else 0) + 1,
        kind=kind,
        order_id=term.order_id,
        order_line_id=term.order_line_id,
        starts_at=starts_at,
        ends_at=ends_at,
        period_type=term.period_type,
        period_count=term.period_count,
        extra_days=term.extra_days,
        specification_id=term.specification_id,
        sku_id=term.sku_id,
        price_id=term.price_id,
        product_code=term.product_code,
        quantity=term.quantity,
        choices=term.choices,
        currency=subscription.currency,
        official_minor=term.official_minor,
        paid_minor=term.paid_minor,
        tax_minor=term.tax_minor,
        coupon_minor=term.coupon_minor,
        before=before,
        created_at=at,
    )
    prepared.insert(period)
    return period
