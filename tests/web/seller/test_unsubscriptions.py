"""S8: the seller sees who left, what came back and whether the instance is deleted."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.notifying.models import Message
from tests.packages.buying.leaving_world import LEAVES, at, held, leave, renewed
from tests.web.reading import read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(shop: Any, server: Any) -> Any:
    product = shop.product("Plainsong Image", monthly="100.00", delivery_type="image")
    shop.connect(product, server.address())
    return product


@pytest.mark.req("S-ORD-003", "S-RFD-006", "A-V2D-001")
def test_the_seller_sees_what_came_back_before_tax_and_that_the_server_was_told(
    shop: Any, ada: Any, bruno: Any, image: Any
) -> None:
    shop.tax(2500)
    shop.fund(ada, "125.00")
    subscription = held(shop, ada, image)
    at(LEAVES)
    order = leave(ada, subscription, reason="hard_to_use", comment="Too many buttons.")
    shop.work()

    rows = read(bruno.client.get("/seller/unsubscriptions"))
    one = read(bruno.client.get(f"/seller/unsubscriptions/{order.public_id}-000001"))
    orders = read(bruno.client.get(f"/seller/orders/{order.public_id}"))

    assert rows.has(order.public_id, "44.62", "The marketplace’s rule")
    assert one.has("The instance is deleted.", "44.62", "344 of 758 hours", "It is hard to use", "Too many buttons.")
    assert orders.has("The buyer left. What came back is taken from your next bill.")


@pytest.mark.req("S-RFD-006")
def test_others_see_nothing_of_it(shop: Any, ada: Any, xavier: Any, image: Any) -> None:
    shop.fund(ada, "100.00")
    order = leave(ada, held(shop, ada, image))

    for person in (ada, xavier):
        assert person.client.get("/seller/unsubscriptions").status_code == 403
        assert person.client.get(f"/seller/unsubscriptions/{order.public_id}-000001").status_code == 403


@pytest.mark.req("B-MSG-003", "B-UNS-006")
def test_who_asked_finance_and_the_seller_are_told_once(shop: Any, ada: Any, bruno: Any, image: Any) -> None:
    shop.fund(ada, "200.00")
    subscription = renewed(shop, ada, held(shop, ada, image))
    leave(ada, subscription, kind=2)
    at(LEAVES)
    order = leave(ada, subscription)
    for _turn in range(2):
        shop.work()

    told = list(Message.objects.filter(key__contains="unsubscri").order_by("pk").values_list("key", "user__name"))
    assert told.count(("unsubscription.renewals", ada.user.name)) == 1
    assert told.count(("unsubscription.asked", ada.user.name)) == 1
    assert told.count(("unsubscription.completed", ada.user.name)) == 2
    assert told.count(("seller.unsubscribed", bruno.user.name)) == 1
    assert Message.objects.filter(key="seller.renewal_given_back", user=bruno.user).count() == 1
    shown = read(ada.client.get("/account/messages"))
    assert shown.has(f"Unsubscription {order.public_id} of Plainsong Image, Standard")
