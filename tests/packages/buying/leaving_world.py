"""Subscriptions to leave: bought, delivered and renewed on a clock that the test turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from galleria.buying import leaving
from galleria.buying.models import Order
from galleria.buying.services import leaving as services
from galleria.buying.services import renewing
from galleria.kit import clock
from galleria.subscribing.models import Subscription
from tests.people import Person
from tests.shop import Shop

ZONE = timezone(timedelta(hours=8))
BOUGHT = datetime(2027, 5, 1, 2, 30, tzinfo=UTC)  # May 1, 10:30 of the billing zone
LEAVES = datetime(2027, 5, 15, 10, 40, tzinfo=UTC)  # May 15, 18:40: 344 of 758 hours
CONFIRMED: dict[str, Any] = {"reason": "not_needed", "fee_accepted": True, "deletion_accepted": True}


def at(instant: datetime) -> datetime:
    """Turn the clock."""
    clock.set_for_tests(instant)
    return instant


def held(shop: Shop, person: Person, product: Any, *, bought: datetime = BOUGHT, **chosen: Any) -> Subscription:
    """A subscription that was bought and delivered at that moment."""
    at(bought)
    order = shop.buy(person, product, **chosen)
    for _turn in range(3):
        shop.work()
    return Subscription.objects.select_related("account", "product").get(order_id=order.public_id)


def renewed(shop: Shop, person: Person, subscription: Subscription, times: int = 1) -> Subscription:
    """Renewed by hand so many times, paid from the balance."""
    for _each in range(times):
        orders = renewing.renew(person.actor, wishes=[renewing.Wish(subscription.public_id)], at=clock.now())
        shop.pay(person, *orders)
        shop.work()
    subscription.refresh_from_db()
    return subscription


def preview(person: Person, *held_ones: Subscription, **more: Any) -> leaving.Preview:
    ids = [each.public_id for each in held_ones]
    return leaving.preview(person.actor, subscription_ids=ids, at=clock.now(), **more)


def leave(person: Person, *held_ones: Subscription, **more: Any) -> Order:
    """Confirm what the preview shows."""
    asked = {name: more[name] for name in ("kind", "count") if name in more}
    seen = preview(person, *held_ones, **asked)
    values = {**CONFIRMED, "seen_digest": seen.digest, **more}
    left = services.leave(
        person.actor, subscription_ids=[each.public_id for each in held_ones], at=clock.now(), **values
    )
    return left.order  # type: ignore[return-value]
