"""The end of a term: grace, retention, release (B-EXP). What the seller is told is `delivering`'s."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from galleria.audit import services as audit
from galleria.kit import outbox, prepared
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import NotAllowed
from galleria.subscribing import events, states
from galleria.subscribing.models import AppInfo, Subscription
from galleria.subscribing.rules import plan as plans
from galleria.subscribing.rules.plan import Planned
from galleria.subscribing.services import timing


def remind(subscription: Subscription, planned: Planned, *, at: datetime) -> datetime | None:
    """Tell the account that the end, or the release, is near; a runner (B-EXP-001, B-TRI-004)."""
    if subscription.reminded_at is None:
        prepared.update(Subscription, {"id": subscription.pk}, {"reminded_at": at})
        subscription.reminded_at = at
    ends_at = subscription.retention_ends_at if planned.value == "release" else subscription.expires_at
    told = events.SubscriptionReminded(
        subscription.public_id, planned.value, ends_at.isoformat() if ends_at is not None else ""
    )
    outbox.publish(told)
    return None


def end_term(subscription: Subscription, *, at: datetime) -> str:
    """The term is over: grace begins, or the subscription is to be frozen, or it simply ends. Returns which:
    `grace`, `freezing`, `closing`. The dates of the phases are kept with the settings of this moment (B-GEN-002).

    Raises NotAllowed when it was renewed meanwhile.
    """
    if subscription.expires_at is None or subscription.expires_at > at:
        raise NotAllowed
    settings = timing.settings_for(subscription, at=at)
    ends = plans.ends_of(subscription.expires_at, settings)
    dates: dict[str, Any] = {"grace_ends_at": ends.grace_ends_at, "retention_ends_at": ends.retention_ends_at}
    if settings.grace.value:
        states.SUBSCRIPTION.apply(subscription, "enter_grace", **dates)
        outbox.publish(events.GraceBegan(subscription.public_id, ends.grace_ends_at.isoformat()))
        audit.record(SYSTEM, "subscription.grace_began", subscription, at=at, account_id=_account(subscription))
        return "grace"
    if settings.retention.value:
        states.SUBSCRIPTION.apply(subscription, "freeze", **dates)
        return "freezing"
    states.SUBSCRIPTION.apply(subscription, "close", **dates)
    return "closing"


def freeze(subscription: Subscription) -> None:
    """Grace is over: the seller is being told. Raises NotAllowed when it was renewed meanwhile."""
    states.SUBSCRIPTION.apply(subscription, "freeze")


def confirm_freeze(subscription: Subscription, *, at: datetime) -> None:
    """Frozen: the data is kept for the time of retention (B-EXP-005: also when the seller could not be told)."""
    states.SUBSCRIPTION.apply(subscription, "confirm_freeze")
    ends_at = subscription.retention_ends_at
    outbox.publish(events.SubscriptionFrozen(subscription.public_id, ends_at.isoformat() if ends_at else ""))
    audit.record(SYSTEM, "subscription.frozen", subscription, at=at, account_id=_account(subscription))


def confirm_unfreeze(subscription: Subscription, *, at: datetime) -> None:
    """It can be used again; its plan begins anew."""
    states.SUBSCRIPTION.apply(subscription, "confirm_unfreeze")
    timing.schedule(subscription, at=at)
    outbox.publish(events.SubscriptionUnfrozen(subscription.public_id))
    audit.record(SYSTEM, "subscription.unfrozen", subscription, at=at, account_id=_account(subscription))


def close(subscription: Subscription, *, at: datetime) -> None:
    """On its way out: the seller is being told to delete it. Raises NotAllowed when it is not held any more."""
    states.SUBSCRIPTION.apply(subscription, "close")
    if subscription.expires_at is not None:
        timing.schedule(subscription, at=at)


def release(subscription: Subscription, *, at: datetime) -> None:
    """Gone at the seller; the password is forgotten here too."""
    states.SUBSCRIPTION.apply(subscription, "release", released_at=at)
    AppInfo.objects.filter(subscription=subscription).update(password="")
    outbox.publish(events.SubscriptionReleased(subscription.public_id))
    audit.record(SYSTEM, "subscription.released", subscription, at=at, account_id=_account(subscription))


def become_pay_per_use(subscription: Subscription, *, product_code: str, price_pk: int, at: datetime) -> None:
    """The term is over and use is charged from now on (B-ARN-010). Raises NotAllowed when it was renewed meanwhile."""
    changed = Subscription.objects.filter(
        pk=subscription.pk, state="effective", renewal="to_pay_per_use", expires_at__lte=at
    ).update(
        billing_mode="pay_per_use", period_type="", period_count=0, expires_at=None, renewal="manual",
        product_code=product_code, price_id=price_pk,
    )  # fmt: skip
    if not changed:
        raise NotAllowed
    subscription.refresh_from_db()
    audit.record(SYSTEM, "subscription.pay_per_use", subscription, at=at, account_id=_account(subscription))


def _account(subscription: Subscription) -> str:
    return subscription.account.public_id
