"""What is kept of automatic renewals: each attempt, what it led to, and why it failed (B-ARN-004)."""

from __future__ import annotations

from datetime import datetime, time

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.buying import events, models
from galleria.kit import clock, outbox, parameters, prepared
from galleria.kit.actor import SYSTEM
from galleria.kit.prepared import Prepared
from galleria.kit.spoken import stored
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from galleria.subscribing.rules import plan
from galleria.subscribing.rules.calendar import local_date

LAST_DAYS = 3

_OF_ORDER = Prepared(lambda p: models.Deduction.objects.filter(order_id=p("order"), state="paying"))
_OF_PLAN_OR_OPEN = Prepared(
    lambda p: models.Deduction.objects.filter(
        Q(planned_at=p("planned_at")) | Q(state="paying"), subscription_id=p("subscription"), expires_at=p("expires_at")
    )
)


def note_paid(order: models.Order, subscription: Subscription, *, at: datetime) -> None:
    """An automatic renewal was paid, in the payment's transaction: one fewer is left (B-ARN-008).

    Renewals by hand have no attempt and change nothing here.
    """
    attempt = paying_attempt(order.public_id)
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
    return next((each for each in _made_or_open(subscription, planned_at) if each.planned_at == planned_at), None)


def attempt_in_the_way(subscription: Subscription, planned_at: datetime) -> models.Deduction | None:
    """The planned attempt if it was made already, else one for the present end whose card payment has not ended yet."""
    rows = _made_or_open(subscription, planned_at)
    return min(rows, key=lambda each: each.planned_at != planned_at, default=None)


def _made_or_open(subscription: Subscription, planned_at: datetime) -> list[models.Deduction]:
    return _OF_PLAN_OR_OPEN.all(subscription=subscription.pk, expires_at=subscription.expires_at, planned_at=planned_at)


def paying_attempt(order_id: str) -> models.Deduction | None:
    """The attempt that waits for this order to be paid."""
    return _OF_ORDER.one(order=order_id)


# ----- failures -----


def note_canceled(order_id: str, *, at: datetime) -> None:
    """The order of an attempt is canceled, by whomever: the attempt is over with it, in the same transaction."""
    attempt = paying_attempt(order_id)
    if attempt is not None:
        fail_attempt(attempt, "ORDER_CANCELED", stored(_("The order of the renewal was canceled.")), at)


def fail_attempt(attempt: models.Deduction, code: str, reason: str, at: datetime) -> None:
    """An attempt has failed; told once, and not when it was paid meanwhile."""
    with transaction.atomic():
        changed = models.Deduction.objects.filter(pk=attempt.pk, state="paying").update(
            state="failed", code=code[:40], reason=reason[:300], finished_at=at
        )
        if changed:
            tell_failure(attempt.subscription, attempt.expires_at, attempt.planned_at, code, reason, at)


def tell_failure(
    row: Subscription, expires_at: datetime, planned_at: datetime, code: str, reason: str, at: datetime
) -> None:
    """After the first and the last failure, and daily in the last three days (B-ARN-004)."""
    zone = clock.billing_zone()
    offset, _day = subscribing.renewal_setting_of(row.account_id, at=at)
    when = time.fromisoformat(str(parameters.get("renewal.deduct_time", at=at)))
    coming = [each for each in plan.deduction_times(expires_at, offset, when, zone) if each > planned_at]
    failures = models.Deduction.objects.filter(subscription=row, expires_at=expires_at, state="failed").count()
    days_left = (local_date(expires_at, zone) - local_date(at, zone)).days
    audit.record(
        SYSTEM, "subscription.renewal_failed", row, at=at, reason=reason, account_id=row.account.public_id,
        after={"code": code},
    )  # fmt: skip
    if failures > 1 and coming and days_left >= LAST_DAYS:
        return
    outbox.publish(
        events.AutoRenewalFailed(
            row.public_id, code, reason, expires_at.isoformat(), coming[0].isoformat() if coming else "", failures
        )
    )
