"""Asking for a delivery: the row and its job, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from galleria.delivering import states
from galleria.delivering.models import Delivery, ProductInterface, ProductionAddress
from galleria.kit import jobs, prepared
from galleria.kit.prepared import Prepared
from galleria.publishing.models import Product
from galleria.subscribing.models import Subscription


def bind_product(product: Product, address: ProductionAddress) -> ProductInterface:
    """Deliver a product through an address; one product uses one address for every activity (A-FAM-001)."""
    binding, _created = ProductInterface.objects.update_or_create(product=product, defaults={"address": address})
    return binding


_INTERFACE: Prepared[int] = Prepared(
    lambda p: ProductInterface.objects.filter(product_id=p("product")).values_list("pk", flat=True)
)
_KNOWN = Prepared(lambda p: Delivery.objects.filter(activity=p("activity"), order_line_id=p("line"), scene=p("scene")))


def lane_of(seller_public_id: str) -> str:
    """Jobs of one seller share a lane, so that a slow server keeps only a few threads waiting."""
    return f"seller:{seller_public_id}"


def request_delivery(
    subscription: Subscription,
    *,
    activity: str,
    order_id: str = "",
    order_line_id: str = "",
    scene: str = "",
    parameters: dict[str, Any] | None = None,
    at: datetime,
) -> Delivery:
    """Ask the seller of a subscription for an activity; asked twice for one order line it is one delivery.

    Products without an interface are delivered by people: the delivery then waits for the seller.
    """
    has_interface = _INTERFACE.one(product=subscription.product_id) is not None
    values = {
        "subscription": subscription,
        "order_id": order_id,
        "parameters": parameters or {},
        "means": "saas_v2" if has_interface else "manual",
        "requested_at": at,
        "next_attempt_at": at if has_interface else None,
        "instance_id": subscription.instance_id,
    }
    known = _KNOWN.one(activity=activity, line=order_line_id, scene=scene) if order_line_id else None
    if known is not None:
        return known
    delivery = Delivery(activity=activity, order_line_id=order_line_id, scene=scene, **values)
    prepared.insert(delivery)
    if has_interface:
        jobs.enqueue(
            "delivering.work_on",
            lane=lane_of(subscription.product.seller.public_id),
            delivery_id=delivery.public_id,
            attempt=1,
        )
    else:
        states.DELIVERY.apply(delivery, "wait_for_seller")
    return delivery
