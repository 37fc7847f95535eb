"""Trade across all sellers, for the operator: what is stuck and why, orders, subscriptions, deliveries (screen O6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from galleria.audit import selectors as audit
from galleria.audit.models import AuditRecord
from galleria.buying import selectors as buying
from galleria.buying.models import Order
from galleria.delivering import selectors as delivering
from galleria.delivering.models import Delivery, SellerCall
from galleria.delivering.states import OPEN
from galleria.kit.actor import Actor
from galleria.paying import selectors as paying
from galleria.paying.models import Refund
from galleria.reporting import orders as order_pages
from galleria.reporting.orders import OrderPage
from galleria.subscribing import selectors as subscribing
from galleria.subscribing.models import Subscription

VIEW = "operator:order:view"
SLOW = timedelta(hours=1)
_DELIVERY_RELATED = ("subscription__product__category", "subscription__product__seller", "subscription__account")


@dataclass(frozen=True)
class Stuck:
    """How much is stuck and since when; for the overview and the head of the trade desk."""

    failing: int
    slow: int
    by_hand: int
    refunds: int
    oldest_at: datetime | None

    @property
    def count(self) -> int:
        return self.failing + self.slow + self.by_hand + self.refunds


def stuck(actor: Actor, *, at: datetime) -> Stuck:
    """Open deliveries whose calls fail, that take too long, or that a person must confirm; two queries."""
    actor.require(VIEW)
    found = Delivery.objects.filter(state__in=OPEN).aggregate(
        failing=Count("pk", filter=Q(state="retrying")),
        slow=Count("pk", filter=Q(state="provisioning", requested_at__lte=at - SLOW)),
        by_hand=Count("pk", filter=Q(state="waiting_seller")),
        oldest_at=Min(
            "requested_at",
            filter=Q(state__in=("retrying", "waiting_seller")) | Q(state="provisioning", requested_at__lte=at - SLOW),
        ),
    )
    return Stuck(refunds=paying.failed_refunds().count(), **found)


def stuck_deliveries(actor: Actor, *, at: datetime, words: str = "") -> QuerySet[Delivery]:
    """What needs a look: failing calls, provisioning that takes longer than an hour, deliveries by hand."""
    actor.require(VIEW)
    late = Q(state__in=("retrying", "waiting_seller")) | Q(state="provisioning", requested_at__lte=at - SLOW)
    return _found(_deliveries(actor).filter(late), words)


def deliveries(actor: Actor, *, words: str = "", state: str = "") -> QuerySet[Delivery]:
    """All deliveries, the latest first."""
    actor.require(VIEW)
    rows = _deliveries(actor)
    return _found(rows.filter(state=state) if state else rows, words)


def _deliveries(actor: Actor) -> QuerySet[Delivery]:
    return delivering.deliveries_of(actor).select_related(*_DELIVERY_RELATED)


def _found(rows: QuerySet[Delivery], words: str) -> QuerySet[Delivery]:
    if not words:
        return rows
    return rows.filter(
        Q(public_id=words)
        | Q(order_id__istartswith=words)
        | Q(instance_id=words)
        | Q(subscription__public_id=words)
        | Q(subscription__product__name__icontains=words)
        | Q(subscription__product__seller__name__icontains=words)
        | Q(subscription__account__name__icontains=words)
    )


def orders(actor: Actor, *, words: str = "", state: str = "") -> QuerySet[Order]:
    """Orders of all accounts by number, buyer or product."""
    actor.require(VIEW)
    rows = buying.orders_of(actor)
    if state:
        rows = rows.filter(state=state)
    if words:
        about = (
            Q(public_id__istartswith=words)
            | Q(account__name__icontains=words)
            | Q(account__public_id=words)
            | Q(lines__product_name__icontains=words)
        )
        rows = rows.filter(about).distinct()
    return rows


def subscriptions(actor: Actor, *, words: str = "", state: str = "") -> QuerySet[Subscription]:
    """Subscriptions of all accounts by number, buyer, product or seller."""
    actor.require(VIEW)
    rows = subscribing.subscriptions_of(actor)
    if state:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(
            Q(public_id=words)
            | Q(order_id__istartswith=words)
            | Q(instance_id=words)
            | Q(account__name__icontains=words)
            | Q(product__name__icontains=words)
            | Q(product__seller__name__icontains=words)
        )
    return rows


def failed_refunds(actor: Actor) -> list[Refund]:
    """Refunds that the card gateway refused for good."""
    actor.require(VIEW)
    return list(paying.failed_refunds()[:50])


@dataclass(frozen=True)
class DeliveryPage:
    """One delivery with its message log and history."""

    delivery: Delivery
    order: Order | None
    calls: list[SellerCall]
    records: list[AuditRecord]


def delivery_page(actor: Actor, delivery_id: str) -> DeliveryPage:
    """Raises PermissionMissing, NotFound."""
    actor.require(VIEW)
    delivery = delivering.delivery_of(actor, delivery_id)
    order = buying.orders_of(actor).filter(public_id=delivery.order_id).first() if delivery.order_id else None
    return DeliveryPage(
        delivery=delivery,
        order=order,
        calls=list(delivering.calls_of(actor, delivery)[:100]),
        records=list(
            audit.records(actor, object_type="delivering.delivery", object_id=delivery.public_id).order_by("-id")[:50]
        ),
    )


@dataclass(frozen=True)
class TradeOrder:
    """One order as the operator sees it."""

    page: OrderPage
    deliveries: list[Delivery]

    @property
    def order(self) -> Order:
        return self.page.order


def trade_order(actor: Actor, order_id: str) -> TradeOrder:
    """Raises PermissionMissing, NotFound."""
    actor.require(VIEW)
    page = order_pages.order_page(actor, order_id)
    rows = delivering.deliveries_of_order(actor, page.order.public_id).select_related(*_DELIVERY_RELATED)
    return TradeOrder(page, list(rows))


def failing_sellers(*, since: datetime) -> list[tuple[str, int, int, str]]:
    """Sellers whose server failed lately: name, failed calls, all calls, the slug; the worst first; one query."""
    rows = (
        SellerCall.objects.filter(called_at__gte=since)
        .values_list("seller__name", "seller__slug")
        .annotate(failed=Count("pk", filter=Q(verdict="failure")), calls=Count("pk"))
        .filter(failed__gt=0)
        .order_by("-failed", "seller__name")[:8]
    )
    return [(name, failed, calls, slug) for name, slug, failed, calls in rows]


def first_try(*, since: datetime) -> tuple[int, int]:
    """How many deliveries succeeded at the first call, and how many succeeded in all; one query."""
    found = Delivery.objects.filter(finished_at__gte=since, state="succeeded", means="saas_v2").aggregate(
        first=Count("pk", filter=Q(attempts__lte=1)), all=Count("pk")
    )
    return found["first"], found["all"]
