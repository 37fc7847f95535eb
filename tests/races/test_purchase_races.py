"""Two buyers' browsers at once, and processes that die at any line: one charge, one order, nothing half done."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from galleria.buying import services
from galleria.buying.models import Order
from galleria.delivering.models import Delivery
from galleria.kit import clock
from galleria.ledger.models import LedgerTransaction
from galleria.pricing.models import Coupon
from galleria.subscribing.models import Subscription
from tests.races.together import at_once
from tests.shop import euro

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.req("B-PAY-T1")
def test_one_order_paid_from_two_browsers_is_charged_once(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    order = shop.order(ada, desk)

    results = at_once([lambda: shop.pay(ada, order) for _each in range(4)])

    assert sum(isinstance(result, services.Paid) for result in results) == 1
    assert shop.balance(ada) == euro("451.00")
    assert LedgerTransaction.objects.filter(kind="order_payment").count() == 1
    assert Subscription.objects.count() == Delivery.objects.count() == 1


@pytest.mark.req("B-PAY-003")
def test_one_token_from_two_threads_is_one_payment(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    order = shop.order(ada, desk)

    results = at_once([lambda: shop.pay(ada, order, token="same") for _each in range(3)])

    assert {result.payment.public_id for result in results} == {results[0].payment.public_id}
    assert shop.balance(ada) == euro("451.00")


def test_one_page_submitted_from_two_threads_is_one_order(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    kept = services.keep_quote(ada.actor, product_slug=desk.slug, configuration={}, at=clock.now())
    accepted = shop.accepted(ada, desk)

    results = at_once(
        [
            lambda: (
                services.place_order(ada.actor, quote_id=kept.public_id, agreements=accepted, at=clock.now()).public_id
            )
            for _each in range(3)
        ]
    )

    assert len(set(results)) == 1
    assert Order.objects.count() == 1


@pytest.mark.req("B-CPN-002")
def test_a_coupon_used_in_two_orders_at_once_pays_one(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    shop.coupon(ada, "TWENTY", "20.00")
    quotes = [
        services.keep_quote(ada.actor, product_slug=desk.slug, configuration={}, coupon_code="TWENTY", at=clock.now())
        for _each in range(2)
    ]
    accepted = shop.accepted(ada, desk)

    results = at_once(
        [
            lambda kept=kept: services.place_order(
                ada.actor, quote_id=kept.public_id, agreements=accepted, at=clock.now()
            )
            for kept in quotes
        ]
    )

    placed = [result for result in results if isinstance(result, Order)]
    assert len(placed) == 1
    assert Order.objects.count() == 1
    assert Coupon.objects.get().locked_by == placed[0].public_id


def test_canceling_and_paying_at_once_does_exactly_one(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    order = shop.order(ada, desk)

    at_once(
        [
            lambda: shop.pay(ada, order),
            lambda: services.cancel_order(ada.actor, order_id=order.public_id, at=clock.now()),
        ]
    )

    order.refresh_from_db()
    paid = shop.balance(ada) == euro("451.00")
    assert (order.state, paid) in {("processing", True), ("canceled", False)}
    assert Subscription.objects.count() == (1 if paid else 0)
    assert shop.is_balanced()


def test_two_orders_and_money_for_one(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "60.00")
    first, second = shop.order(ada, desk), shop.order(ada, desk)

    results = at_once([lambda: shop.pay(ada, first), lambda: shop.pay(ada, second)])

    assert sum(isinstance(result, services.Paid) for result in results) == 1
    assert shop.balance(ada) == euro("11.00")
    assert sorted(Order.objects.values_list("state", flat=True)) == ["pending_payment", "processing"]


@pytest.mark.req("S-CFG-001")
def test_a_limit_of_one_holds_for_two_orders_at_once(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    desk.purchase_limit = {"per_account": 1}
    desk.save()
    kept = [
        services.keep_quote(ada.actor, product_slug=desk.slug, configuration={}, at=clock.now()) for _each in range(3)
    ]
    accepted = shop.accepted(ada, desk)
    priced = [services.priced_to_place(ada.actor, quote_id=each.public_id, at=clock.now()) for each in kept]

    def place(number: int) -> str:
        order = services.place_order(
            ada.actor, quote_id=kept[number].public_id, agreements=accepted, priced=priced[number], at=clock.now()
        )
        return str(order.public_id)

    results = at_once([partial(place, number) for number in range(3)])

    assert Order.objects.count() == 1
    refused = [each for each in results if not isinstance(each, str)]
    assert [type(each).__name__ for each in refused] == ["PurchaseLimitReached"] * 2
