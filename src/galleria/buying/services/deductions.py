"""What is kept of automatic renewals: each attempt, what it led to, and why it failed (B-ARN-004)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from galleria.buying import events, models
from galleria.kit import outbox, prepared
from galleria.kit.prepared import Prepared
from galleria.subscribing.models import Subscription

_OF_ORDER = Prepared(lambda p: models.Deduction.objects.filter(order_id=p("order"), state="paying"))
_OPEN = Prepared(lambda p: models.Deduction.objects.filter(subscription_id=p("subscription"), state="paying"))
_OF_PLAN = Prepared(
    lambda p: models.Deduction.objects.filter(
        subscription_id=p("subscription"), expires_at=p("expires_at"), planned_at=p("planned_at")
    )
)


def note_paid(order: models.Order, subscription: Subscription, *, at: datetime) -> None:
    """An automatic renewal was paid, in the payment's transaction: one fewer is left (B-ARN-008).

    Renewals by hand have no attempt and change nothing here.
    """
    attempt = _OF_ORDER.one(order=order.public_id)
    if attempt is None:
        return
    prepared.update(models.Deduction, {"id": attempt.pk}, {"state": "paid", "finished_at": at})
    if subscription.renewals_left:
        count_down(subscription)
    ends_at = subscription.expires_at
    outbox.publish(
        events.AutoRenewed(
            subscription.public_id,
            order.public_id,
            order.due_minor,
            order.currency,
            ends_at.isoformat() if ends_at else "",
            subscription.renewals_left if subscription.renewals_left is not None else -1,
        )
    )


def count_down(subscription: Subscription) -> None:
    """One renewal fewer; with the last one the subscription is renewed by hand again (B-ARN-008)."""
    left = (subscription.renewals_left or 1) - 1
    rows = Subscription.objects.filter(pk=subscription.pk, renewals_left__gt=0)
    if left:
        rows.update(renewals_left=F("renewals_left") - 1)
        subscription.renewals_left = left
    else:
        rows.filter(renewal="auto").update(renewal="manual", renewals_left=None)
        subscription.renewal, subscription.renewals_left = "manual", 0


def attempt_of(subscription: Subscription, planned_at: datetime) -> models.Deduction | None:
    """What became of a planned attempt; None while it was not made."""
    return _OF_PLAN.one(subscription=subscription.pk, expires_at=subscription.expires_at, planned_at=planned_at)


def open_attempt(subscription: Subscription) -> models.Deduction | None:
    """An attempt whose card payment has not ended yet."""
    return _OPEN.one(subscription=subscription.pk)
