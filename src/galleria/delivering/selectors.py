"""What pages and endpoints read of deliveries and calls."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from galleria.delivering.models import Delivery, SellerCall
from galleria.delivering.states import OPEN
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound

_RELATED = ("subscription__product__seller", "subscription__specification", "subscription__account")


def deliveries_of(actor: Actor) -> QuerySet[Delivery]:
    """All for the operator, those of their own account for buyers; a stranger has none."""
    rows = Delivery.objects.select_related(*_RELATED)
    if actor.is_operator or actor.is_system:
        return rows
    return rows.filter(subscription__account__public_id=actor.account_id or "")


def delivery_of(actor: Actor, delivery_id: str) -> Delivery:
    """One delivery for this actor. Raises NotFound."""
    delivery = deliveries_of(actor).filter(public_id=delivery_id).first()
    if delivery is None:
        raise NotFound
    return delivery


def stuck_deliveries(actor: Actor, at: datetime) -> QuerySet[Delivery]:
    """Open deliveries that need a look: a call failed, they are overdue, or a person must act; oldest first."""
    actor.require("operator:order:view")
    return deliveries_of(actor).filter(state__in=OPEN).exclude(state="requested", attempts=0).order_by("requested_at")


def deliveries_of_order(actor: Actor, order_id: str) -> QuerySet[Delivery]:
    """The deliveries that an order asked for."""
    return deliveries_of(actor).filter(order_id=order_id).order_by("order_line_id", "id")


def calls_of(actor: Actor, delivery: Delivery) -> QuerySet[SellerCall]:
    """The message log of a delivery, newest first; for the operator only."""
    actor.require("operator:order:view")
    return delivery.calls.order_by("-id")
