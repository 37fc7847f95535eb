"""What a seller delivers by hand or under supervision: the queue, and one delivery with its order (S8).

A delivery is here when people take part in it: its product has no interface, or the buyer accepts it. Proofs, stages
and appeals of supervised deliveries are not part of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from galleria.buying.models import OrderLine
from galleria.delivering.models import Delivery
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.selling import selectors as selling

VIEW = "seller:delivery:view"

VIEWS = {
    "": Q(state="waiting_seller"),
    "acceptance": Q(state="succeeded", subscription__state="initializing"),
    "stuck": Q(state__in=("retrying", "failed")),
    "done": Q(state="succeeded") & ~Q(subscription__state="initializing"),
}
"""To deliver, waits for the buyer's acceptance, an interface that fails, delivered."""


@dataclass(frozen=True)
class QueueFilter:
    """What the queue can be narrowed by. Empty values do not narrow."""

    view: str = ""
    words: str = ""
    product: str = ""


def _mine(actor: Actor) -> QuerySet[Delivery]:
    actor.require(VIEW)
    rows = Delivery.objects.filter(subscription__product__seller__account_id=actor.account_pk or 0)
    rows = rows.filter(Q(means="manual") | Q(subscription__product__is_supervised=True))
    scope = selling.product_scope(actor)
    return rows if scope is None else rows.filter(subscription__product__public_id__in=scope)


def service_orders_of(actor: Actor, narrowed: QueueFilter) -> QuerySet[Delivery]:
    """The deliveries of a view; the oldest first while something is to be done, else the latest first."""
    related = ("subscription__account", "subscription__product__category", "subscription__specification")
    rows = _narrowed(_mine(actor), narrowed).filter(VIEWS[narrowed.view]).select_related(*related)
    return rows.order_by(sort_of(narrowed.view), "pk")


def sort_of(view: str) -> str:
    """The column by which a view is sorted."""
    return "-requested_at" if view == "done" else "requested_at"


def _narrowed(rows: QuerySet[Delivery], narrowed: QueueFilter) -> QuerySet[Delivery]:
    if narrowed.product:
        rows = rows.filter(subscription__product__public_id=narrowed.product)
    if narrowed.words:
        rows = rows.filter(
            Q(order_id__istartswith=narrowed.words)
            | Q(subscription__account__name__icontains=narrowed.words)
            | Q(subscription__product__name__icontains=narrowed.words)
        )
    return rows


def tallies(actor: Actor) -> dict[str, int]:
    """How many each view has, and all together; one query."""
    counts = {name or "all": Count("pk", filter=condition) for name, condition in VIEWS.items()}
    return dict(_mine(actor).order_by().aggregate(everything=Count("pk"), **counts))


def due_at(delivery: Delivery) -> datetime | None:
    """Until when the product's promise wants it delivered; None where nothing is promised in days."""
    days = delivery.subscription.product.delivery_days
    return delivery.requested_at + timedelta(days=days) if days else None


@dataclass(frozen=True)
class ServiceOrder:
    """One delivery with its order line and, of the buyer, what the buyer let the seller know (B-SAA-002).

    `following`: the next one that waits for the seller, or None.
    """

    delivery: Delivery
    line: OrderLine | None
    contact: dict[str, str]
    others: list[Delivery]
    following: Delivery | None


def service_order(actor: Actor, delivery_id: str) -> ServiceOrder:
    """Raises PermissionMissing; NotFound for what is not in the seller's queue."""
    related = ("subscription__account", "subscription__product__category", "subscription__specification")
    delivery = _mine(actor).select_related(*related).filter(public_id=delivery_id).first()
    if delivery is None:
        raise NotFound
    line = (
        OrderLine.objects.select_related("order")
        .filter(public_id=delivery.order_line_id, product_id=delivery.subscription.product_id)
        .first()
    )
    consent: dict[str, Any] = (line.order.consent or {}) if line is not None and line.order.paid_at else {}
    others = Delivery.objects.filter(subscription=delivery.subscription).exclude(pk=delivery.pk)
    following = _mine(actor).filter(VIEWS[""]).exclude(pk=delivery.pk).order_by("requested_at", "pk").first()
    return ServiceOrder(
        delivery, line, dict(consent.get("values") or {}), list(others.order_by("-requested_at")[:10]), following
    )
