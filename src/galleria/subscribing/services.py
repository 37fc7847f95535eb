"""What happens to a subscription: opened by a paid order, activated by its delivery, read, set, released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import clock, outbox, prepared
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed
from galleria.kit.prepared import Prepared
from galleria.subscribing import events, rules, selectors, states
from galleria.subscribing.models import AppInfo, Subscription


@dataclass(frozen=True)
class Bought:
    """What an order line bought, as plain values; ids are row numbers."""

    account_id: int
    product_id: int
    specification_id: int
    sku_id: int
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


def open_subscription(bought: Bought, *, at: datetime) -> Subscription:
    """What the buyer holds from payment on; initializing until it is delivered. Once per order line."""
    values = {
        name: getattr(bought, name)
        for name in Bought.__dataclass_fields__
        if name not in {"order_line_id", "trial_days"}
    }
    if bought.is_trial:
        values["period_type"], values["period_count"] = "day", bought.trial_days
    known = _OF_LINE.one(line=bought.order_line_id)
    if known is not None:
        return known
    subscription = Subscription(order_line_id=bought.order_line_id, created_at=at, **values)
    prepared.insert(subscription)
    return subscription


_OF_LINE = Prepared(lambda p: Subscription.objects.filter(order_line_id=p("line")))


def name_instance(subscription: Subscription, instance_id: str) -> None:
    """Keep the seller's id; the first one stays for ever (A-V2N-005)."""
    changed = Subscription.objects.filter(pk=subscription.pk, instance_id="").update(instance_id=instance_id)
    if changed:
        subscription.instance_id = instance_id


def activate(subscription: Subscription, *, effective_at: datetime) -> Subscription:
    """The delivery is done: the period begins (B-TIM-002, B-TIM-003)."""
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
    outbox.publish(
        events.SubscriptionActivated(subscription.public_id, subscription.order_id, subscription.order_line_id)
    )
    return subscription


def fail(subscription: Subscription, *, reason: str, at: datetime) -> Subscription:
    """The delivery failed for good: the buyer holds nothing, and is told why."""
    states.SUBSCRIPTION.apply(subscription, "fail", state_reason=reason[:300], released_at=at)
    return subscription


def record_app_info(
    subscription: Subscription,
    *,
    front_end_url: str,
    admin_url: str,
    user_name: str,
    password: str,
    memo: str,
    usage: list[dict[str, Any]],
    at: datetime,
) -> AppInfo:
    """Keep what the seller told; the password is encrypted by its field."""
    info, _created = AppInfo.objects.update_or_create(
        subscription=subscription,
        defaults={
            "front_end_url": front_end_url,
            "admin_url": admin_url,
            "user_name": user_name,
            "password": password,
            "memo": memo,
            "usage": usage,
            "refreshed_at": at,
            "last_error": "",
        },
    )
    return info


def note_refresh(subscription: Subscription, *, at: datetime, least_distance: timedelta) -> bool:
    """Whether the seller may be asked now; notes the time, so that of two askers one is told no (B-USE-003)."""
    AppInfo.objects.get_or_create(subscription=subscription)
    may = Q(tried_at__isnull=True) | Q(tried_at__lte=at - least_distance)
    return bool(AppInfo.objects.filter(may, subscription=subscription).update(tried_at=at))


def note_refresh_failure(subscription: Subscription, problem: str) -> None:
    """Say beside the last known information why it could not be refreshed (B-USE-002)."""
    AppInfo.objects.filter(subscription=subscription).update(last_error=problem[:300])


@transaction.atomic
def reveal_password(actor: Actor, *, subscription_id: str, at: datetime) -> str:
    """The initial password, with a record of who looked (B-USE-001).

    Raises NotFound, PermissionMissing (`gallery:credential:view`), NotAllowed when there is none.
    """
    actor.require("gallery:credential:view")
    subscription = selectors.subscription_of(actor, subscription_id)
    info = AppInfo.objects.filter(subscription=subscription).first()
    if info is None or not info.password:
        raise NotAllowed(_("The seller has not sent a password for this subscription."))
    audit.record(actor, "subscription.password_revealed", subscription, at=at)
    outbox.publish(events.CredentialRevealed(subscription.public_id, actor.user_id or ""))
    return str(info.password)


@transaction.atomic
def set_auto_renewal(actor: Actor, *, subscription_id: str, is_on: bool, at: datetime) -> Subscription:
    """Switch renewing by itself on or off; possible while a period subscription is in use."""
    actor.require("billing:subscription:autorenew")
    subscription = selectors.subscription_of(actor, subscription_id)
    changed = Subscription.objects.filter(
        pk=subscription.pk,
        billing_mode="period",
        is_trial=False,
        state__in=("initializing", "effective", "grace"),
    ).update(auto_renew=is_on)
    if not changed:
        raise NotAllowed(_("Only a subscription for a term that is in use can renew by itself."))
    before, subscription.auto_renew = subscription.auto_renew, is_on
    audit.record(
        actor,
        "subscription.auto_renewal_on" if is_on else "subscription.auto_renewal_off",
        subscription,
        at=at,
        before={"auto_renew": before},
        after={"auto_renew": is_on},
    )
    return subscription


def expire(subscription: Subscription, *, at: datetime) -> None:
    """The term is over: the seller is being told to freeze it. Raises NotAllowed when it was renewed meanwhile."""
    if subscription.expires_at is None or subscription.expires_at > at:
        raise NotAllowed
    states.SUBSCRIPTION.apply(subscription, "freeze")


def confirm_freeze(subscription: Subscription) -> None:
    """Frozen: the data is kept for the time of retention."""
    states.SUBSCRIPTION.apply(subscription, "confirm_freeze")


def close(subscription: Subscription) -> None:
    """On its way out: the seller is being told to delete it."""
    states.SUBSCRIPTION.apply(subscription, "close")


def release(subscription: Subscription, *, at: datetime) -> None:
    """Gone at the seller; the password is forgotten here too."""
    states.SUBSCRIPTION.apply(subscription, "release", released_at=at)
    AppInfo.objects.filter(subscription=subscription).update(password="")
