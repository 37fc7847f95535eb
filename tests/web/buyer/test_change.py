"""B6, *Change specification*, without scripts: what it shows, what it refuses, what it orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.buying.models import Order
from galleria.kit import clock
from galleria.publishing.models import Price
from galleria.subscribing.models import Subscription
from tests.packages.buying.changing_world import accepted, bought, days_before_expiry, e10, make_house, preview, seats
from tests.shop import Shop, euro
from tests.web.reading import read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(shop: Shop, ada: Any, server: Any) -> Subscription:
    """Ada's Basic for a month, with 15 days left."""
    house = make_house(shop, server.address())
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 15)
    return row


def path(row: Subscription, query: str = "") -> str:
    return f"/buyer/subscriptions/{row.public_id}/change" + (f"?{query}" if query else "")


def form(ada: Any, row: Subscription, mode: str = "now", **wish: Any) -> dict[str, str]:
    """What the page's form sends."""
    seen = preview(ada, row, mode, **wish)
    ticks = {f"agree.{key}": version for key, version in accepted(ada, row).items()}
    chosen = {"mode": mode, **{name: str(value) for name, value in wish.items()}}
    return {**chosen, **ticks, "seen": seen.digest, "seen_due": str(seen.due.minor), "means": "balance", "token": "t-1"}


@pytest.mark.req("B-CHG-001", "UI-GEN-04", "UI-GEN-05")
def test_the_page_shows_now_and_after_the_fee_with_its_working_and_the_next_amount(
    ada: Any, held: Subscription
) -> None:
    page = read(ada.client.get(path(held)))

    assert page.has(
        "Change specification", "At once", "With a renewal", "You have this", "Now and after", "Basic", "Professional",
        "for 15 days", "40.00", "Change and pay 40.00 EUR", "Then, at today’s price", "180.00",
        "New configuration: 180.00 EUR per period ÷ 30 days × 15 days left = 90",
        "Present configuration: 100.00 EUR per period ÷ 30 days × 15 days left = 50",
        "If the seller has not made it within 3 hours, everything comes back, coupon included.",
    )  # fmt: skip


@pytest.mark.req("B-CHG-001", "UI-T05")
def test_one_click_orders_pays_and_leads_to_the_result(shop: Shop, ada: Any, held: Subscription) -> None:
    before = shop.balance(ada)

    answer = ada.client.post(path(held), form(ada, held, sku="sku-professional"))
    shop.work()

    order = Order.objects.get(kind=3)
    assert (answer.status_code, order.state) == (302, "completed")
    assert before - shop.balance(ada) == euro("40.00")
    assert read(ada.client.get(answer["Location"])).has("Changed", "The new configuration is in force.")
    held.refresh_from_db()
    assert held.sku.code == "sku-professional"


def test_what_is_not_ticked_is_named_and_nothing_is_ordered(ada: Any, held: Subscription) -> None:
    sent = {key: value for key, value in form(ada, held, sku="sku-professional").items() if key[:6] != "agree."}

    answer = ada.client.post(path(held), {**sent, "means": "nothing"})

    assert answer.status_code == 422
    assert read(answer).has("3 things to solve", "Choose how to pay.", "without it nothing can be ordered")
    assert not Order.objects.filter(kind=3).exists()


@pytest.mark.req("UI-GEN-04", "B-CFG-T3")
def test_a_price_that_changed_shows_both_figures_and_orders_nothing(ada: Any, held: Subscription) -> None:
    sent = form(ada, held, sku="sku-professional")
    Price.objects.filter(sku__code="sku-professional", period_type="month").update(unit_price_e10=e10("200.00"))

    answer = ada.client.post(path(held), sent)

    assert answer.status_code == 409
    assert read(answer).has("from 40.00 EUR to 50.00 EUR", "Change and pay 50.00 EUR")
    assert not Order.objects.filter(kind=3).exists()


@pytest.mark.req("B-CHG-002", "A-V2K-002")
def test_the_sellers_reason_stands_on_the_page(shop: Shop, ada: Any, server: Any) -> None:
    row = bought(shop, ada, seats(shop, server, "linear"), attributes={"seats": "50"})
    days_before_expiry(row, 15)
    server.faults.add({"do": "in_use", "units": 40})

    page = read(ada.client.get(path(row, "mode=renewal&quantity=30")))
    answer = ada.client.post(path(row), form(ada, row, "renewal", quantity=30))

    assert page.has("is asked first", "50", "30", "Change and pay 150.00 EUR")
    assert answer.status_code == 409
    assert read(answer).has("does not allow this change: 40 are in use, the target allows 30")
    assert not Order.objects.filter(kind=2).exists()


@pytest.mark.req("B-CHG-T2", "UI-GEN-08")
def test_what_cannot_be_changed_says_why_and_a_colleague_without_the_right_sees_what_is_missing(
    shop: Shop, ada: Any, xavier: Any, held: Subscription
) -> None:
    ben = ada.colleague("Ben", "BuyerFinance")
    assert read(ben.client.get(path(held))).has("You need the permission gallery:subscription:change.")
    assert xavier.client.get(path(held)).status_code == 404
    assert read(ada.client.get(path(held, "mode=now&sku=nothing"))).has("The seller does not offer this change.")

    ada.client.post(path(held), {**form(ada, held, sku="sku-professional"), "means": "balance"})
    order = Order.objects.get(kind=3)
    page = read(ada.client.get(path(held)))
    assert page.has(f"Order {order.public_id} of this subscription is not finished", "See the order")
    shop.work()
    clock.set_for_tests(clock.now() + timedelta(days=16))
    assert read(ada.client.get(path(held))).has("Its term is over. Renew it first, then change it.")


@pytest.mark.parametrize(
    "query",
    ["mode=x", "mode=now&quantity=0", "mode=renewal&term=month:99999", "coupon=NONE",
     "mode=now&quantity=999999999&sku=%27%22%3Cb%3E", "mode=renewal&term=week:1"],
)  # fmt: skip
def test_odd_addresses_are_answered_with_the_page(ada: Any, held: Subscription, query: str) -> None:
    assert ada.client.get(path(held, query)).status_code == 200


def test_the_page_asks_the_database_a_fixed_number_of_times(ada: Any, held: Subscription) -> None:
    ada.client.get(path(held))
    with CaptureQueriesContext(connection) as asked:
        ada.client.get(path(held))
    assert len(asked) <= 30


@pytest.mark.req("S-ORD-003", "B-CHG-001")
def test_buyer_and_seller_read_in_the_order_what_was_changed(
    shop: Shop, ada: Any, bruno: Any, held: Subscription
) -> None:
    ada.client.post(path(held), form(ada, held, sku="sku-professional"))
    order = Order.objects.get(kind=3)
    page = read(bruno.client.get(f"/seller/orders/{order.public_id}"))
    assert page.has(
        "Change", "Your interface is asked to make the change", "Professional", "Before the change", "Basic"
    )
    shop.work()

    assert read(bruno.client.get(f"/seller/orders/{order.public_id}")).has("Changed. It counts on your next bill.")
    assert read(bruno.client.get("/seller/orders?kind=3")).has(order.public_id)
    assert read(ada.client.get(f"/buyer/orders/{order.public_id}")).has("Before the change", "Basic", "Professional")


@pytest.mark.req("UI-GEN-09")
def test_the_timeline_of_the_subscription_tells_who_changed_it_and_what_it_cost(
    shop: Shop, ada: Any, held: Subscription
) -> None:
    ada.client.post(path(held), form(ada, held, sku="sku-professional"))
    shop.work()

    page = read(ada.client.get(f"/buyer/subscriptions/{held.public_id}"))

    assert page.has("Ada Byron ordered: Change", "40.00", "Professional")
