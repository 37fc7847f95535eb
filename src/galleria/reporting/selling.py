"""What a seller reads of its trade: orders of its products, one order, the figures of its overview (S2, S8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from galleria.buying.models import Order, OrderLine
from galleria.buying.states import UNPAID
from galleria.delivering.models import Delivery
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.money import Money
from galleria.paying import selectors as paying
from galleria.reporting.spending import begin_of
from galleria.selling import selectors as selling

VIEW = "seller:order:view"
EXPORT = "seller:order:export"
EXPORT_MOST = 10_000
MONTH = timedelta(days=30)
SLOW = timedelta(hours=1)

VIEWS = {
    "to_deliver": Q(order__state="processing"),
    "done": Q(order__state="completed"),
    "refunding": Q(order__state="refunding"),
    "unpaid": Q(order__state__in=UNPAID),
    "canceled": Q(order__state="canceled"),
}


@dataclass(frozen=True)
class LineFilter:
    """What a seller's list of orders can be narrowed by. Empty values do not narrow."""

    view: str = ""
    words: str = ""
    product: str = ""
    kind: int | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None


def _mine(actor: Actor) -> QuerySet[OrderLine]:
    """Lines of the products that this actor looks after. Raises PermissionMissing."""
    actor.require(VIEW)
    rows = OrderLine.objects.filter(product__seller__account_id=actor.account_pk or 0)
    scope = selling.product_scope(actor)
    return rows if scope is None else rows.filter(product__public_id__in=scope)


def orders_of(actor: Actor, narrowed: LineFilter | None = None) -> QuerySet[OrderLine]:
    """Order lines of the seller's products, the latest first; a row is a line."""
    rows = (
        _mine(actor)
        .select_related("order__account", "product__category", "specification", "subscription")
        .order_by("-pk")
    )
    return _narrow(rows, narrowed) if narrowed else rows


def _narrow(rows: QuerySet[OrderLine], narrowed: LineFilter) -> QuerySet[OrderLine]:
    if narrowed.view in VIEWS:
        rows = rows.filter(VIEWS[narrowed.view])
    if narrowed.words:
        words = narrowed.words
        rows = rows.filter(
            Q(order__public_id__istartswith=words)
            | Q(order__account__name__icontains=words)
            | Q(product_name__icontains=words)
        )
    if narrowed.product:
        rows = rows.filter(product__public_id=narrowed.product)
    if narrowed.kind is not None:
        rows = rows.filter(order__kind=narrowed.kind)
    if narrowed.placed_from:
        rows = rows.filter(order__created_at__gte=narrowed.placed_from)
    if narrowed.placed_to:
        rows = rows.filter(order__created_at__lt=narrowed.placed_to)
    return rows


def tallies(actor: Actor) -> dict[str, int]:
    """How many lines each view has, and all together; one query."""
    counts = {name: Count("pk", filter=condition) for name, condition in VIEWS.items()}
    return dict(_mine(actor).order_by().aggregate(all=Count("pk"), **counts))


def totals(actor: Actor, narrowed: LineFilter) -> tuple[int, list[Money]]:
    """How many lines the filters leave and what buyers pay for them before tax, per currency; one query.

    Canceled orders cost nothing and are not summed up.
    """
    rows = _narrow(_mine(actor), narrowed).order_by().values_list("order__currency")
    summed = rows.annotate(count=Count("pk"), paid=Sum("payable_minor", filter=~Q(order__state="canceled"))).order_by(
        "order__currency"
    )
    found = list(summed)
    return sum(count for _currency, count, _paid in found), [
        Money(paid or 0, currency) for currency, _count, paid in found
    ]


@dataclass(frozen=True)
class Returned:
    """Money that went back to the buyer, tax included, or is on its way (`state` of the refund)."""

    amount: Money
    state: str
    at: datetime


@dataclass(frozen=True)
class SellerOrder:
    """One order as a seller sees it: only its own lines, and of the buyer what the buyer let it know.

    `contact`: name to value, empty when the buyer was not asked or gave nothing (B-SAA-002).
    """

    order: Order
    lines: list[OrderLine]
    deliveries: list[Delivery]
    refunds: list[Returned]
    contact: dict[str, str]
    consent_at: str

    @property
    def amount(self) -> Money:
        """What the buyer pays for these lines, before tax."""
        return Money(sum(line.payable_minor for line in self.lines), self.order.currency)

    @property
    def is_undelivered(self) -> bool:
        """Whether a line of these failed."""
        return any(line.delivery_state == "failed" for line in self.lines)

    @property
    def reason(self) -> str:
        """Why the order is where it is, as far as it is about these lines."""
        return self.order.state_reason if self.is_undelivered or not self.order.paid_at else ""


def order_page(actor: Actor, order_id: str) -> SellerOrder:
    """Raises PermissionMissing; NotFound when no line of the order is the seller's."""
    lines = list(orders_of(actor).filter(order__public_id=order_id).order_by("public_id"))
    if not lines:
        raise NotFound
    order = lines[0].order
    consent: dict[str, Any] = order.consent or {}
    wanted = [line.public_id for line in lines]
    deliveries = Delivery.objects.filter(order_id=order_id, order_line_id__in=wanted).order_by("order_line_id", "id")
    return SellerOrder(
        order=order,
        lines=lines,
        deliveries=list(deliveries),
        refunds=_returned(order, lines),
        contact=dict(consent.get("values") or {}) if order.paid_at else {},
        consent_at=str(consent.get("at", "")),
    )


def _returned(order: Order, lines: list[OrderLine]) -> list[Returned]:
    """What went back for these lines. A refund is for all lines of an order that failed, of whatever seller."""
    refunds = paying.refunds_of_order(order.public_id)
    if refunds and order.lines.count() > len(lines):
        own = Money(sum(line.refunded_minor for line in lines), order.currency)
        latest = refunds[-1]
        return [Returned(own, latest.state, latest.finished_at or latest.created_at)] if own else []
    return [
        Returned(Money(row.amount_minor, row.currency), row.state, row.finished_at or row.created_at) for row in refunds
    ]


@dataclass(frozen=True)
class Trade:
    """The figures of a seller's overview. `success`: share of deliveries of thirty days that went well, or None."""

    sold: list[Money]
    sold_before: list[Money]
    orders: int
    delivered: int
    failed: int
    waiting: list[Delivery]
    waiting_count: int
    latest: list[OrderLine]

    @property
    def success_e2(self) -> int | None:
        finished = self.delivered + self.failed
        return round(10_000 * self.delivered / finished) if finished else None


def trade(actor: Actor, *, at: datetime) -> Trade:
    """Sales of this month and of the month before, deliveries, what is stuck; four queries."""
    today = clock.billing_date(at)
    this_month = begin_of(today.replace(day=1))
    month_before = begin_of((today.replace(day=1) - timedelta(days=1)).replace(day=1))
    lines = _mine(actor).filter(order__paid_at__gte=month_before).exclude(order__state="canceled").order_by()
    sums = list(
        lines.values_list("order__currency")
        .annotate(
            now=Sum(F("payable_minor"), filter=Q(order__paid_at__gte=this_month)),
            before=Sum(F("payable_minor"), filter=Q(order__paid_at__lt=this_month)),
            orders=Count("order_id", filter=Q(order__paid_at__gte=this_month), distinct=True),
        )
        .order_by("order__currency")
    )
    mine = Delivery.objects.filter(subscription__product__in=_products(actor))
    needs_hands = Q(state__in=("retrying", "waiting_seller")) | Q(state="provisioning", requested_at__lte=at - SLOW)
    lately = Q(finished_at__gte=at - MONTH)
    counted = mine.aggregate(
        delivered=Count("pk", filter=lately & Q(state="succeeded")),
        failed=Count("pk", filter=lately & Q(state="failed")),
        waiting=Count("pk", filter=needs_hands),
    )
    related = ("subscription__product__category", "subscription__account")
    waiting = mine.filter(needs_hands).select_related(*related).order_by("requested_at")
    return Trade(
        sold=[Money(now, currency) for currency, now, _before, _orders in sums if now is not None],
        sold_before=[Money(before, currency) for currency, _now, before, _orders in sums if before is not None],
        orders=sum(orders for _currency, _now, _before, orders in sums),
        delivered=counted["delivered"],
        failed=counted["failed"],
        waiting=list(waiting[:5]),
        waiting_count=counted["waiting"],
        latest=list(orders_of(actor)[:5]),
    )


def _products(actor: Actor) -> QuerySet[Any]:
    from galleria.publishing.models import Product

    rows = Product.objects.filter(seller__account_id=actor.account_pk or 0)
    scope = selling.product_scope(actor)
    return (rows if scope is None else rows.filter(public_id__in=scope)).values("pk")


def holders(actor: Actor, product_id: str) -> tuple[int, str]:
    """How many subscriptions of a product run, and the date of the first renewal to come; one query."""
    from galleria.subscribing.models import Subscription

    found = Subscription.objects.filter(
        product__public_id=product_id,
        product__seller__account_id=actor.account_pk or 0,
        state__in=("effective", "expiring", "grace"),
    ).aggregate(count=Count("pk"), first=Min("expires_at"))
    first = found["first"]
    return found["count"], first.date().isoformat() if first else ""
