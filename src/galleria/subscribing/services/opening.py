"""From a paid order line to a subscription in use, or to one that never came to be."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from galleria.kit import clock, outbox, prepared
from galleria.kit.prepared import Prepared
from galleria.subscribing import events, rules, states
from galleria.subscribing.models import Period, Subscription
from galleria.subscribing.services import timing


@dataclass(frozen=True)
class Bought:
    """What an order line bought, as plain values; ids are row numbers, amounts in minor units."""

    account_id: int
    product_id: int
    specification_id: int
    sku_id: int
    price_id: int | None
    order_id: str
    order_line_id: str
    product_code: str
    billing_mode: str
    period_type: str
    period_count: int
    quantity: int
    choices: dict[str, Any]
    extra: dict[str, Any]
    region: str
    currency: str
    paid_minor: int
    official_minor: int
    is_trial: bool
    trial_days: int
    auto_renew: bool


_NOT_COLUMNS = {"order_line_id", "trial_days", "auto_renew"}


def open_subscription(bought: Bought, *, at: datetime) -> Subscription:
    """What the buyer holds from payment on; initializing until it is delivered. Once per order line."""
    values = {each.name: getattr(bought, each.name) for each in fields(bought) if each.name not in _NOT_COLUMNS}
    if bought.is_trial:
        values["period_type"], values["period_count"] = "day", bought.trial_days
    known = _OF_LINE.one(line=bought.order_line_id)
    if known is not None:
        return known
    renewal = "auto" if bought.auto_renew and not bought.is_trial else "manual"
    subscription = Subscription(order_line_id=bought.order_line_id, created_at=at, renewal=renewal, **values)
    prepared.insert(subscription)
    return subscription


_OF_LINE = Prepared(lambda p: Subscription.objects.filter(order_line_id=p("line")))


def name_instance(subscription: Subscription, instance_id: str) -> None:
    """Keep the seller's id; the first one stays for ever (A-V2N-005)."""
    unnamed = {"id": subscription.pk, "instance_id": ""}
    if prepared.update(Subscription, unnamed, {"instance_id": instance_id}):
        subscription.instance_id = instance_id


def activate(
    subscription: Subscription, *, effective_at: datetime, tax_minor: int = 0, coupon_minor: int = 0
) -> Subscription:
    """The delivery is done: the first period begins (B-TIM-002, B-TIM-003), and with it what the clock will do."""
    updates: dict[str, Any] = {"effective_at": effective_at}
    zone = clock.billing_zone()
    if subscription.billing_mode == "period" and subscription.period_type in {"month", "year"}:
        updates["anchor_day"] = rules.anchor_day_of(effective_at, zone)
        updates["expires_at"] = rules.first_expiry(
            effective_at, subscription.period_count, cast(rules.PeriodType, subscription.period_type), zone
        )
    elif subscription.period_type == "day":
        updates["expires_at"] = rules.trial_expiry(effective_at, subscription.period_count, zone)
    states.SUBSCRIPTION.apply(subscription, "activate", **updates)
    prepared.insert(_first_period(subscription, tax_minor, coupon_minor, effective_at))
    if subscription.expires_at is not None:
        timing.schedule(subscription, at=effective_at, is_new=True)
    outbox.publish(
        events.SubscriptionActivated(subscription.public_id, subscription.order_id, subscription.order_line_id)
    )
    return subscription


def _first_period(subscription: Subscription, tax_minor: int, coupon_minor: int, at: datetime) -> Period:
    return Period(
        subscription=subscription,
        number=1,
        kind="trial" if subscription.is_trial else "new",
        order_id=subscription.order_id,
        order_line_id=subscription.order_line_id,
        starts_at=at,
        ends_at=subscription.expires_at,
        period_type=subscription.period_type,
        period_count=subscription.period_count,
        specification_id=subscription.specification_id,
        sku_id=subscription.sku_id,
        price_id=subscription.price_id,
        product_code=subscription.product_code,
        quantity=subscription.quantity,
        choices=subscription.choices,
        currency=subscription.currency,
        official_minor=subscription.official_minor,
        paid_minor=subscription.paid_minor,
        tax_minor=tax_minor,
        coupon_minor=coupon_minor,
        created_at=at,
    )


def fail(subscription: Subscription, *, reason: str, at: datetime) -> Subscription:
    """The delivery failed for good: the buyer holds nothing, and is told why."""
    states.SUBSCRIPTION.apply(subscription, "fail", state_reason=reason[:300], released_at=at)
    return subscription
