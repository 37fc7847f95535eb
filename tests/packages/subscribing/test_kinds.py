"""What holds for kinds of products: who may renew by itself, what a renewal does not begin, what a trial shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.buying.models import Order
from galleria.buying.services import renewing
from galleria.delivering.models import Delivery
from galleria.kit import clock
from galleria.kit.errors import NotAllowed
from galleria.subscribing import services
from galleria.subscribing.models import Subscription
from tests.people import NOW
from tests.timeline import go_to

pytestmark = pytest.mark.django_db(transaction=True)


def held(shop: Any, ada: Any, product: Any, **chosen: Any) -> Subscription:
    """Bought, and delivered by people."""
    shop.fund(ada, "500.00")
    order = shop.buy(ada, product, **chosen)
    Delivery.objects.filter(order_id=order.public_id).update(state="succeeded")
    row = Subscription.objects.select_related("product__seller", "account").get(order_id=order.public_id)
    services.activate(row, effective_at=NOW)
    return row


@pytest.mark.req("B-ARN-001")
@pytest.mark.parametrize("delivery_type", ["license", "professional", "image", "saas"])
def test_what_has_a_term_renews_by_itself(shop: Any, ada: Any, delivery_type: str) -> None:
    row = held(shop, ada, shop.product("Thing", monthly="20.00", delivery_type=delivery_type))
    changed = services.set_renewal(ada.actor, subscription_id=row.public_id, policy="auto", at=NOW)
    assert changed.renewal == "auto"


@pytest.mark.req("B-ARN-001")
@pytest.mark.parametrize(("price", "mode"), [("once", "one_time"), ("hourly", "pay_per_use")])
def test_what_has_none_does_not(shop: Any, ada: Any, price: str, mode: str) -> None:
    row = held(shop, ada, shop.product("Thing", **{price: "20.00"}), mode=mode)
    with pytest.raises(NotAllowed):
        services.set_renewal(ada.actor, subscription_id=row.public_id, policy="auto", at=NOW)


@pytest.mark.req("S-BLM-006", "B-SVC-018", "B-LIC-002", "B-REN-008")
def test_a_renewal_of_what_people_deliver_begins_no_new_delivery(shop: Any, ada: Any) -> None:
    row = held(shop, ada, shop.product("Licence", monthly="20.00", delivery_type="license", is_supervised=True))
    before, end = Delivery.objects.count(), row.expires_at
    shop.pay(ada, *renewing.renew(ada.actor, wishes=[renewing.Wish(row.public_id)], at=clock.now()))
    row.refresh_from_db()
    assert Delivery.objects.count() == before
    assert Order.objects.get(kind=2).state == "completed"
    assert end is not None
    assert row.expires_at is not None
    assert row.expires_at > end


@pytest.mark.req("B-TRI-003")
def test_a_trial_shows_its_remaining_days_and_its_configuration(shop: Any, ada: Any, desk: Any, server: Any) -> None:
    desk.trial_days = 14
    desk.save(update_fields=["trial_days"])
    order = shop.order(ada, desk, mode="trial")
    shop.work()
    row = Subscription.objects.get(order_id=order.public_id)
    clock.travel_to(NOW + timedelta(days=4))
    page = ada.client.get(f"/buyer/subscriptions/{row.public_id}").content.decode()
    assert "10 days left" in page
    assert "Convert to a paid subscription" in page
    assert "Specification and price" in page


@pytest.mark.req("B-EXP-T2")
def test_an_order_for_what_was_released_meanwhile_is_canceled(shop: Any, ada: Any, desk: Any, server: Any) -> None:
    shop.fund(ada, "500.00")
    shop.buy(ada, desk)
    shop.work()
    row = Subscription.objects.get()
    assert row.expires_at is not None
    go_to(row.expires_at + timedelta(days=14))
    (order,) = renewing.renew(ada.actor, wishes=[renewing.Wish(row.public_id)], at=clock.now())
    assert order.state == "pending_payment"
    go_to(row.expires_at + timedelta(days=16))
    order.refresh_from_db()
    row.refresh_from_db()
    assert (row.state, order.state, order.state_reason) == ("released", "canceled", "The subscription was released")
