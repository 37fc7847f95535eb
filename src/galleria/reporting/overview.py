"""What waits for a buyer, and what happened lately (screen B3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from galleria.audit import selectors as audit
from galleria.audit.models import AuditRecord
from galleria.buying import selectors as buying
from galleria.buying.models import Order, OrderLine
from galleria.buying.states import UNPAID
from galleria.kit.actor import Actor
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.parties.models import Account
from galleria.reporting import spending, subscriptions
from galleria.subscribing.models import Subscription
from galleria.subscribing.selectors import IN_USE

EXPIRING = timedelta(days=30)
LATELY = timedelta(days=14)
MOST = 20


@dataclass(frozen=True)
class Overview:
    """What waits, by what one does about it; figures; recent activity; spending by month."""

    account: Account
    to_pay: list[Order]
    to_approve: list[Order]
    to_accept: list[OrderLine]
    expiring: list[Subscription]
    failed: list[Order]
    counts: dict[str, int]
    months: list[spending.Month]
    forecast: Money
    monthly: list[Money]
    activity: list[AuditRecord]

    @property
    def waiting(self) -> int:
        return sum(len(each) for each in (self.to_pay, self.to_approve, self.to_accept, self.expiring, self.failed))

    @property
    def spent(self) -> Money:
        return self.months[-1].spent


def overview(actor: Actor, *, at: datetime) -> Overview:
    """The buyer's overview in nine queries."""
    account = parties.account_of(actor)
    waiting = _waiting_orders(actor, at)
    months = spending.by_month(actor, currency=account.currency, at=at)
    lines = OrderLine.objects.select_related("order", "product__seller", "product__category")
    return Overview(
        account=account,
        to_pay=[order for order in waiting if order.state == "pending_payment"],
        to_approve=[order for order in waiting if order.state in {"pending_approval", "pending_confirmation"}],
        to_accept=list(
            lines.filter(order__account_id=actor.account_pk or 0, delivery_state="delivered").order_by("-id")[:MOST]
        ),
        expiring=_expiring(actor, at),
        failed=[order for order in waiting if order.state not in UNPAID],
        counts=subscriptions.tallies(actor, at=at),
        months=months,
        forecast=spending.forecast(months[-1], at),
        monthly=subscriptions.monthly_cost(actor),
        activity=list(audit.records(actor).order_by("-id")[:10]),
    )


def _expiring(actor: Actor, at: datetime) -> list[Subscription]:
    """Terms that end within thirty days and do not renew by themselves."""
    return list(
        Subscription.objects.select_related("product__seller", "product__category", "specification")
        .filter(
            account_id=actor.account_pk or 0,
            state__in=IN_USE,
            renewal__in=("manual", "to_pay_per_use", "none"),
            expires_at__lte=at + EXPIRING,
            expires_at__gt=at,
        )
        .order_by("expires_at", "id")[:MOST]
    )


def _waiting_orders(actor: Actor, at: datetime) -> list[Order]:
    """Orders that a person must do something about, and those that lately could not be delivered; two queries."""
    failed = Q(lines__delivery_state="failed", created_at__gte=at - LATELY)
    return list(buying.orders_of(actor).filter(Q(state__in=UNPAID) | failed).distinct()[: 2 * MOST])
