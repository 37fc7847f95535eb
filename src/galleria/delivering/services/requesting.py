"""Asking for a delivery: the row and its job, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from galleria.delivering import states
from galleria.delivering.models import Delivery, ProductInterface, ProductionAddress
from galleria.kit import jobs
from galleria.publishing.models import Product
from galleria.subscribing.models import Subscription


def bind_product(product: Product, address: ProductionAddress) -> ProductInterface:
    """Deliver a product through an address; one product uses one address for every activity (A-FAM-001)."""
    binding, _created = ProductInterface.objects.update_or_create(product=product, defaults={"address": address})
    return binding


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
    has_interface = ProductInterface.objects.filter(product_id=subscription.product_id).exists()
    values = {
        "subscription": subscription,
        "order_id": order_id,
        "parameters": parameters or {},
        "means": "saas_v2" if has_interface else "manual",
        "requested_at": at,
        "next_attempt_at": at if has_interface else None,
        "instance_id": subscription.instance_id,
    }
    if order_line_id:
        delivery, created = Delivery.objects.get_or_create(
            activity=activity, order_line_id=order_line_id, scene=scene, defaults=values
        )
    else:
        delivery, created = Delivery.objects.create(activity=activity, scene=scene, **values), True
    if not created:
        return delivery
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
