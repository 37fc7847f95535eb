"""*Purchased Apps* and the page of one subscription (screens B4, B5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from galleria.audit import selectors as audit
from galleria.audit.models import AuditRecord
from galleria.buying.models import Order, OrderLine
from galleria.delivering import selectors as delivering
from galleria.delivering.models import Delivery, ProductInterface
from galleria.kit.actor import Actor
from galleria.kit.money import Money, divide_half_up
from galleria.publishing.models import Product
from galleria.subscribing import selectors
from galleria.subscribing.models import AppInfo, Subscription
from galleria.subscribing.selectors import ENDED, IN_USE, SubscriptionFilter

MONTHS = {"month": 1, "year": 12}
_TERMS = ("new", "trial", "renewal", "conversion")
EXPORT_MOST = 10_000


def rows(actor: Actor, narrowed: SubscriptionFilter, *, at: datetime) -> QuerySet[Subscription]:
    """The account's subscriptions with what a row shows: product, specification, its order line. Two queries more."""
    lines = OrderLine.objects.select_related("order").order_by("-id")
    return selectors.subscriptions_of(actor, narrowed, at=at).prefetch_related(Prefetch("order_lines", lines))


def order_line_of(subscription: Subscription) -> OrderLine | None:
    """The line that made it, from a prefetched row."""
    made = [line for line in subscription.order_lines.all() if line.public_id == subscription.order_line_id]
    return made[0] if made else None


def tallies(actor: Actor, *, at: datetime) -> dict[str, int]:
    """How many subscriptions each view has; one query."""
    soon = Q(state__in=IN_USE, expires_at__lte=at + timedelta(days=30))
    return dict(
        selectors.subscriptions_of(actor)
        .order_by()
        .aggregate(
            active=Count("pk", filter=Q(state__in=("initializing", "effective", "grace"))),
            expiring=Count("pk", filter=soon),
            trials=Count("pk", filter=Q(is_trial=True)),
            frozen=Count("pk", filter=Q(state__in=("frozen", "freezing", "expired"))),
            ended=Count("pk", filter=Q(state__in=ENDED)),
            all=Count("pk"),
        )
    )


def monthly_cost(actor: Actor) -> list[Money]:
    """What the terms in use cost a month before tax, per currency; one-time and metered things are left out."""
    groups = (
        selectors.subscriptions_of(actor)
        .order_by()
        .filter(state__in=("initializing", "effective", "grace"), billing_mode="period", is_trial=False)
        .values_list("currency", "period_type", "period_count")
        .annotate(paid=Sum("paid_minor"))
    )
    sums: dict[str, int] = {}
    for currency, period, count, paid in groups:
        months = MONTHS.get(period, 0) * count
        if months:
            sums[currency] = sums.get(currency, 0) + divide_half_up(paid, months)
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]


def coming(actor: Actor, *, at: datetime, days: int = 90, most: int = 4) -> list[Subscription]:
    """The next terms that end or renew, soonest first; one query."""
    return list(
        selectors.subscriptions_of(actor)
        .filter(state__in=IN_USE, expires_at__gte=at, expires_at__lte=at + timedelta(days=days))
        .order_by("expires_at", "id")[:most]
    )


@dataclass(frozen=True)
class SubscriptionPage:
    """Everything that the page of one subscription shows. `can_ask`: the seller has a server that can be asked;
    `term`: the line that was paid for the term in force, which after a renewal is another one than made it."""

    subscription: Subscription
    line: OrderLine | None
    term: OrderLine | None
    orders: list[Order]
    info: AppInfo | None
    deliveries: list[Delivery]
    records: list[AuditRecord]
    can_ask: bool

    @property
    def order(self) -> Order | None:
        """The order that made it."""
        return self.line.order if self.line else None

    @property
    def product(self) -> Product:
        return self.subscription.product

    @property
    def paid(self) -> Money:
        return Money(self.subscription.paid_minor, self.subscription.currency)


def subscription_page(actor: Actor, subscription_id: str, *, at: datetime) -> SubscriptionPage:
    """One subscription with its orders, deliveries and history. Raises NotFound."""
    subscription = selectors.subscription_of(actor, subscription_id)
    lines = list(OrderLine.objects.select_related("order").filter(subscription=subscription).order_by("-id"))
    line = next((each for each in lines if each.public_id == subscription.order_line_id), None)
    return SubscriptionPage(
        subscription=subscription,
        line=line,
        term=_term_in_force(subscription, lines, at) or line,
        orders=list({each.order_id: each.order for each in lines}.values()),
        info=AppInfo.objects.filter(subscription=subscription).first(),
        deliveries=list(delivering.deliveries_of(actor).filter(subscription=subscription).order_by("-id")[:20]),
        records=list(
            audit.records(actor, object_type="subscribing.subscription", object_id=subscription.public_id).order_by(
                "-id"
            )[:50]
        ),
        can_ask=ProductInterface.objects.filter(product_id=subscription.product_id).exists(),
    )


def _term_in_force(subscription: Subscription, lines: list[OrderLine], at: datetime) -> OrderLine | None:
    """The line of the latest term that has begun; what was changed inside it has lines of its own."""
    begun = subscription.periods.filter(kind__in=_TERMS, state="paid", starts_at__lte=at).order_by("-starts_at", "-pk")
    paid = begun.values_list("order_line_id", flat=True).first()
    return next((each for each in lines if each.public_id == paid), None)
