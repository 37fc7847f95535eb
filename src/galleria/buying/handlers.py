"""What buying does when paying, delivering and the clock tell it something."""

from __future__ import annotations

from galleria.buying import events, models, refund_reviews, services
from galleria.buying.services import auto_renewing, leaving
from galleria.delivering.events import DeliveryFailed, DeliverySucceeded
from galleria.kit import clock, outbox
from galleria.kit.prepared import Prepared
from galleria.paying.events import PaymentFailed, PaymentSucceeded, RefundSucceeded
from galleria.paying.models import Payment
from galleria.reviewing import ports as reviewing
from galleria.subscribing import ports
from galleria.subscribing.events import RenewalPolicyChanged, SubscriptionReleased


def on_payment_succeeded(event: PaymentSucceeded) -> None:
    """In the payment's transaction: every order moves on, or the payment is undone."""
    at = clock.now()
    payment = _PAYMENT.one(public_id=event.payment_id)
    for number in sorted(event.order_ids):
        order = _ORDER.one(number=number)
        if payment is not None and order is not None:
            services.start_fulfilment(order, payment, at=at)


_PAYMENT = Prepared(lambda p: Payment.objects.filter(public_id=p("public_id")))
_ORDER = Prepared(lambda p: models.Order.objects.filter(public_id=p("number")))


def on_payment_failed(event: PaymentFailed) -> None:
    for order_id in event.order_ids:
        outbox.publish(events.OrderPaymentFailed(order_id, event.code, event.text[:300]))
        auto_renewing.give_up_order(order_id, event.code, event.text, at=clock.now())


# A release is asked for by an unsubscription too, whose money does not wait for it (A-V2D-003).
_ORDERED = ("newInstance", "refreshInstance", "upgradeInstance")


def on_delivery_succeeded(event: DeliverySucceeded) -> None:
    if event.activity in _ORDERED and event.order_line_id:
        services.finish_delivered_line(event.order_line_id, at=clock.now())


def on_delivery_failed(event: DeliveryFailed) -> None:
    if event.activity in _ORDERED and event.order_line_id:
        services.finish_failed_line(event.order_line_id, reason=event.reason, at=clock.now())


def on_refund_succeeded(event: RefundSucceeded) -> None:
    if event.reference.endswith(":undelivered"):
        services.finish_refund(event.order_id, at=clock.now())
    elif event.reference.startswith(leaving.PREFIX):
        leaving.note_refund(event.reference, at=clock.now())


def on_renewal_policy_changed(event: RenewalPolicyChanged) -> None:
    if event.policy == "auto":
        auto_renewing.deduct_at_once_if_due(event.subscription_id, at=clock.now())


def on_subscription_released(event: SubscriptionReleased) -> None:
    """Nobody pays for a term of what is gone."""
    services.cancel_orders_on(event.subscription_id, at=clock.now())


def connect() -> None:
    """Subscribe; money, rights and states change in the transaction of the event. What is reviewed is made known."""
    reviewing.register(refund_reviews.KIND)
    ports.register("deduct", auto_renewing.deduct, outside=True)
    ports.register("price_notice", auto_renewing.announce_price, only_tells=True)
    for event, handler in (
        (PaymentSucceeded, on_payment_succeeded),
        (PaymentFailed, on_payment_failed),
        (DeliverySucceeded, on_delivery_succeeded),
        (DeliveryFailed, on_delivery_failed),
        (RefundSucceeded, on_refund_succeeded),
        (RenewalPolicyChanged, on_renewal_policy_changed),
        (SubscriptionReleased, on_subscription_released),
    ):
        outbox.subscribe(event, handler, in_transaction=True)  # type: ignore[arg-type]
