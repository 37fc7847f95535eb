"""Messages about changes of a specification: made by the seller, or begun with a new term (B-CHG)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.buying import selectors as orders
from galleria.buying.states import CHANGE, RENEWAL
from galleria.kit import clock, jobs, outbox
from galleria.kit.actor import SYSTEM
from galleria.notifying import services
from galleria.notifying.sentences import Sentence, register
from galleria.subscribing import events, selectors

UNDONE = (RENEWAL, CHANGE)
"""Kinds whose refund means that the seller did not make a change: what is held stays."""

SENTENCES = {
    "subscription.changed": Sentence(
        "product",
        _("{product} is changed"),
        _("The seller has made the change of order {order}: quantity {quantity}. It ends at {end} as before."),
        _("See the subscription"),
    ),
    "change.refunded": Sentence(
        "finance",
        _("{product} was not changed; {amount} comes back to you"),
        _("The change of order {order} was not made: {reason} What you have stays as it was; coupons are back."),
        _("See the order"),
    ),
    "subscription.term_changed": Sentence(
        "product",
        _("{product}: the new term has begun"),
        _("With it the configuration of order {order} is in force: quantity {quantity}. It ends at {end}."),
        _("See the subscription"),
    ),
}


def connect() -> None:
    """Called by the wiring."""
    register(SENTENCES)
    outbox.subscribe(events.SubscriptionChanged, on_changed, lane=services.lane, priority=jobs.LATER)


def on_changed(event: events.SubscriptionChanged) -> None:
    """Everybody of the account who may see what it has bought."""
    subscription = selectors.subscription_of(SYSTEM, event.subscription_id)
    order = orders.order_of(SYSTEM, event.order_id)
    key = "subscription.changed" if order.kind == CHANGE else "subscription.term_changed"
    services.notify_account(
        subscription.account_id,
        key,
        permission="gallery:subscription:change",
        at=clock.now(),
        dedupe=f"{key}:{event.order_id}",
        link=f"/buyer/subscriptions/{subscription.public_id}",
        product=subscription.product.name,
        order=order.public_id,
        quantity=subscription.quantity,
        end=subscription.expires_at,
    )
