"""What sellers are told when a term ends: frozen at expiry or after grace, thawed by a renewal, deleted at the end.

The marketplace's own state goes on whether the seller answers or not (B-EXP-005): what could not be told within the
hour stays as an exception that can be called again by hand.
"""

from __future__ import annotations

from datetime import datetime

from galleria.delivering.models import Delivery, ProductInterface
from galleria.delivering.services.requesting import request_delivery
from galleria.kit.errors import NotAllowed
from galleria.kit.prepared import Prepared
from galleria.publishing.models import Price
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from galleria.subscribing.rules.plan import LEAST_NOTICE, Planned, release_may_begin

_INTERFACE: Prepared[int] = Prepared(
    lambda p: ProductInterface.objects.filter(product_id=p("product")).values_list("pk", flat=True)
)


def expire(subscription: Subscription, planned: Planned, *, at: datetime) -> datetime | None:
    """The term is over; a runner. What was renewed or closed in this very moment is left alone."""
    try:
        if planned.value == "pay_per_use":
            _charge_by_use(subscription, at)
            return None
        became = subscribing.end_term(subscription, at=at)
    except NotAllowed:
        return None
    _tell_ended(subscription, became, at)
    return None


def _tell_ended(subscription: Subscription, became: str, at: datetime) -> None:
    if became == "freezing":
        _tell_frozen(subscription, at)
    elif became == "closing":
        _tell_released(subscription, at)


def freeze(subscription: Subscription, planned: Planned, *, at: datetime) -> datetime | None:
    """Grace is over; a runner (A-V2S-001)."""
    try:
        subscribing.freeze(subscription)
    except NotAllowed:
        return None
    _tell_frozen(subscription, at)
    return None


def release(subscription: Subscription, planned: Planned, *, at: datetime) -> datetime | None:
    """Retention is over; a runner (A-V2D-001). Nothing is deleted sooner than a day after a reminder (B-EXP-004)."""
    if subscription.reminded_at is None:
        subscribing.remind(subscription, Planned(at, "remind", "B-EXP-004", value="release"), at=at)
        return at + LEAST_NOTICE
    earliest = release_may_begin(at, subscription.reminded_at)
    if earliest > at:
        return earliest
    try:
        subscribing.close(subscription, at=at)
    except NotAllowed:
        return None
    _tell_released(subscription, at)
    return None


def tell_thawed(subscription: Subscription, *, at: datetime) -> None:
    """After the seller has heard of the renewal: the instance can be used again (A-V2S-003)."""
    if subscription.state != "unfreezing":
        return
    if not has_interface(subscription):
        subscribing.confirm_unfreeze(subscription, at=at)
        return
    request_delivery(subscription, activity="updateInstanceStatus", parameters={"status": "UNFREEZE"}, at=at)


def close(subscription: Subscription, *, order_id: str = "", order_line_id: str = "", at: datetime) -> None:
    """Close a subscription for its buyer and have the seller delete it; with the ids of an unsubscription order
    when there is one. Raises NotAllowed when it is not held any more.
    """
    subscribing.close(subscription, at=at)
    _tell_released(subscription, at, order_id=order_id, order_line_id=order_line_id)


def _tell_frozen(subscription: Subscription, at: datetime) -> None:
    if has_interface(subscription):
        request_delivery(subscription, activity="updateInstanceStatus", parameters={"status": "FREEZE"}, at=at)
    else:
        subscribing.confirm_freeze(subscription, at=at)


def _tell_released(subscription: Subscription, at: datetime, *, order_id: str = "", order_line_id: str = "") -> None:
    if has_interface(subscription):
        request_delivery(
            subscription, activity="releaseInstance", order_id=order_id, order_line_id=order_line_id, at=at
        )
    else:
        subscribing.release(subscription, at=at)


def has_interface(subscription: Subscription) -> bool:
    """Whether a seller's server is told of what happens to it."""
    return bool(subscription.instance_id and _INTERFACE.one(product=subscription.product_id) is not None)


def _charge_by_use(subscription: Subscription, at: datetime) -> None:
    price = (
        Price.objects.filter(sku_id=subscription.sku_id, billing_mode="pay_per_use", currency=subscription.currency)
        .order_by("pk")
        .first()
    )
    if price is None:  # not sold by use any more: it ends like any other
        _tell_ended(subscription, subscribing.end_term(subscription, at=at), at)
        return
    subscribing.become_pay_per_use(subscription, product_code=price.product_code, price_pk=price.pk, at=at)


def still_wanted(delivery: Delivery) -> bool:
    """Whether a freeze, thaw or release is still what the marketplace wants: a renewal may have come in between."""
    if delivery.activity != "updateInstanceStatus":
        return True
    wanted = {"FREEZE": ("freezing", "frozen"), "UNFREEZE": ("unfreezing", "effective")}
    return delivery.subscription.state in wanted.get(str(delivery.parameters.get("status")), ())


_ENDS = ("updateInstanceStatus", "releaseInstance", "refreshInstance")


def record_end(delivery: Delivery, *, at: datetime) -> None:
    """A freeze, thaw, release or refresh has ended, done or given up: the subscription goes on (B-EXP-005)."""
    if delivery.activity not in _ENDS:
        return
    subscription = Subscription.objects.select_related("product__seller", "account").get(pk=delivery.subscription_id)
    if delivery.activity == "updateInstanceStatus":
        status = delivery.parameters.get("status")
        if status == "FREEZE" and subscription.state == "freezing":
            subscribing.confirm_freeze(subscription, at=at)
        elif status == "UNFREEZE" and subscription.state == "unfreezing":
            subscribing.confirm_unfreeze(subscription, at=at)
    elif delivery.activity == "releaseInstance" and subscription.state == "closing":
        subscribing.release(subscription, at=at)
    elif delivery.activity == "refreshInstance" and subscription.state == "unfreezing":
        tell_thawed(subscription, at=at)
