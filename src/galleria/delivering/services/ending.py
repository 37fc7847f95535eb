"""The end of a term: the seller freezes the instance at expiry and deletes it after the time of retention.

Renewal and leaving early build on this; here is only what the clock does by itself (buyer-guide 7, point 4).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from galleria.delivering.models import Delivery, ProductInterface
from galleria.delivering.services.requesting import request_delivery
from galleria.kit import parameters
from galleria.kit.errors import NotAllowed
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription

BATCH = 200


def freeze_expired(at: datetime) -> int:
    """Subscriptions whose term is over: frozen at the seller (A-V2S-001). Returns how many were found."""
    rows = Subscription.objects.filter(state="effective", expires_at__lte=at, billing_mode="period")
    return sum(_freeze(row, at) for row in rows.select_related("product__seller").order_by("expires_at")[:BATCH])


@transaction.atomic
def _freeze(subscription: Subscription, at: datetime) -> bool:
    try:
        subscribing.expire(subscription, at=at)
    except NotAllowed:
        return False  # renewed or closed in this very moment
    if _has_interface(subscription):
        request_delivery(subscription, activity="updateInstanceStatus", parameters={"status": "FREEZE"}, at=at)
    else:
        subscribing.confirm_freeze(subscription)
    return True


def release_retained(at: datetime) -> int:
    """Frozen ones whose time of retention is over: deleted at the seller (A-V2D-001)."""
    days = int(parameters.get("expiry.retention_days", at=at))
    rows = Subscription.objects.filter(
        state__in=("frozen", "freezing"), expires_at__lte=at - timedelta(days=days), billing_mode="period"
    )
    return sum(_release(row, at) for row in rows.select_related("product__seller").order_by("expires_at")[:BATCH])


@transaction.atomic
def _release(subscription: Subscription, at: datetime) -> bool:
    try:
        subscribing.close(subscription)
    except NotAllowed:
        return False
    if _has_interface(subscription):
        request_delivery(subscription, activity="releaseInstance", at=at)
    else:
        subscribing.release(subscription, at=at)
    return True


def _has_interface(subscription: Subscription) -> bool:
    return bool(
        subscription.instance_id and ProductInterface.objects.filter(product_id=subscription.product_id).exists()
    )


def record_end(delivery: Delivery, *, at: datetime) -> None:
    """The seller confirmed a freeze or a release."""
    subscription = delivery.subscription
    if delivery.activity == "updateInstanceStatus" and delivery.parameters.get("status") == "FREEZE":
        if subscription.state == "freezing":
            subscribing.confirm_freeze(subscription)
    elif delivery.activity == "releaseInstance" and subscription.state == "closing":
        subscribing.release(subscription, at=at)
