"""B3, B8 and B9: the overview, the list of orders, and one order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.buying import services
from galleria.buying.models import Order
from galleria.delivering import services as delivering
from galleria.delivering.models import Delivery
from galleria.kit import clock
from galleria.parties.models import Membership
from galleria.pricing.models import Coupon
from galleria.subscribing.models import Subscription
from tests.people import NOW
from tests.shop import Shop
from tests.web.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _money(shop: Shop, ada: Any) -> None:
    """Ada can pay what she orders."""
    shop.fund(ada, "9000.00")


def queries_of(person: Any, address: str) -> int:
    person.client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert person.client.get(address).status_code == 200
    return len(caught)


# ----- the list -----


@pytest.mark.req("B-ORD-011", "B-ORD-020")
def test_unpaid_orders_show_when_they_expire_and_can_be_paid(shop: Shop, ada: Any, desk: Any) -> None:
    order = shop.order(ada, desk)
    page = read(ada.client.get("/buyer/orders?view=unpaid"))
    assert page.has("Unpaid Orders", order.public_id, "To pay", "until 8 Mar 2027, 09:00", "49.00 EUR", "Ada Byron")
    assert page.link(f"Pay {order.public_id}") == f"/buyer/pay?orders={order.public_id}"


@pytest.mark.req("B-ORD-020", "B-ORD-021")
def test_orders_are_filtered_by_number_product_type_kind_status_and_time(shop: Shop, ada: Any, desk: Any) -> None:
    one = shop.buy(ada, desk)
    trial = shop.buy(ada, shop.product("Sluice", monthly="9.00", trial_days=14), mode="trial")
    other = shop.order(ada, shop.product("Tidemark Backup", once="20.00", delivery_type="license"), mode="one_time")

    def found(query: str) -> set[str]:
        page = read(ada.client.get(f"/buyer/orders?{query}"))
        return {each.public_id for each in (one, other, trial) if page.has(each.public_id)}

    assert found("") == {one.public_id, other.public_id, trial.public_id}
    assert found(f"q={one.public_id}") == {one.public_id}
    assert found("product=tidemark") == {other.public_id}
    assert found("type=license") == {other.public_id}
    assert found("kind=13") == {trial.public_id}
    assert found("state=pending_payment") == {other.public_id}
    assert found("view=running") == {one.public_id, trial.public_id}
    assert found("from=2027-03-01&to=2027-03-01") == {one.public_id, other.public_id, trial.public_id}
    assert found("to=2027-02-28") == set()


@pytest.mark.req("B-ORD-021")
def test_a_span_of_more_than_a_year_is_refused_beside_the_field(shop: Shop, ada: Any, desk: Any) -> None:
    shop.order(ada, desk)
    answer = ada.client.get("/buyer/orders?from=2025-01-01&to=2027-01-01")
    assert answer.status_code == 422
    assert read(answer).has("Choose a span of at most one year.")
    assert ada.client.get("/buyer/orders?from=2027-99-99").status_code == 422


@pytest.mark.req("B-ORD-022", "B-ORD-T2")
def test_thirty_one_orders_cannot_be_paid_together(shop: Shop, ada: Any, desk: Any) -> None:
    orders = [shop.order(ada, desk).public_id for _each in range(31)]
    answer = ada.client.post("/buyer/orders/act", {"orders": orders, "act": "pay"}, follow=True)
    assert read(answer).has("At most 30 orders can be paid together; you chose 31.")
    allowed = ada.client.post("/buyer/orders/act", {"orders": orders[:30], "act": "pay"})
    assert allowed["Location"] == f"/buyer/pay?orders={','.join(orders[:30])}"


@pytest.mark.req("B-ORD-023", "B-CPN-002")
def test_cancelling_asks_once_and_frees_the_coupon_at_once(shop: Shop, ada: Any, desk: Any) -> None:
    shop.coupon(ada, "WELCOME20", "20.00")
    order = shop.order(ada, desk, coupon="WELCOME20")
    assert Coupon.objects.get().locked_by == order.public_id

    asked = read(ada.client.post("/buyer/orders/act", {"orders": order.public_id, "act": "cancel"}))
    assert asked.has("Cancel this order?", "A canceled order cannot be restored.")
    order.refresh_from_db()
    assert order.state == "pending_payment"
    answer = asked.form("/buyer/orders/cancel").send(ada.client, reason="Too early")

    order.refresh_from_db()
    assert (order.state, order.state_reason, Coupon.objects.get().locked_by) == ("canceled", "Too early", "")
    page = read(ada.client.get(answer["Location"]))
    assert page.has("1 order canceled. Its coupon is free again.", "Canceled", "Too early")


def test_where_no_coupon_was_used_none_is_spoken_of(shop: Shop, ada: Any, desk: Any) -> None:
    order = shop.order(ada, desk)

    answer = ada.client.post("/buyer/orders/cancel", {"orders": order.public_id})

    page = read(ada.client.get(answer["Location"]))
    assert page.has("1 order canceled.")
    assert not page.has("coupon is free")


def test_the_list_keeps_its_budget(shop: Shop, ada: Any, desk: Any) -> None:
    shop.order(ada, desk)
    few = queries_of(ada, "/buyer/orders")
    for _each in range(5):
        shop.order(ada, desk)
    assert queries_of(ada, "/buyer/orders") == few <= 10


@pytest.mark.req("B-ORD-020")
def test_the_export_has_exactly_the_filtered_orders(shop: Shop, ada: Any, desk: Any) -> None:
    order = shop.order(ada, desk)
    shop.order(ada, shop.product("Tidemark Backup", once="20.00"), mode="one_time")
    answer = ada.client.get("/buyer/orders.csv?product=plainsong")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f"{order.public_id},{order.public_id}-000001,New subscription,")
    assert lines[1].endswith(",49.00,0.00,0.00,0.00,49.00,0.00,EUR")
    reader = ada.colleague("Ben", "BuyerReadOnly")
    assert reader.client.get("/buyer/orders.csv").status_code == 403


def test_who_has_no_orders_reads_what_will_be_here(ada: Any) -> None:
    assert read(ada.client.get("/buyer/orders")).has("No orders yet", "Find software")


# ----- one order -----


@pytest.mark.req("B-ORD-001", "B-ORD-002", "B-TRM-002", "B-SAA-002", "B-ORD-021")
def test_an_order_shows_lines_amounts_agreements_and_consent_as_frozen(shop: Shop, ada: Any) -> None:
    shop.tax(2500)
    product = shop.product("Choir", monthly="9.00", seats=(1, 500, 1), model="linear", needs_contact_consent=True)
    order = shop.buy(ada, product, attributes={"seats": "12"}, term=3)
    shop.agreement("AGR_PARTNER_USER", "platform", "Partner Product User Agreement", version="2")

    page = read(ada.client.get(f"/buyer/orders/{order.public_id}"))

    assert page.has(order.public_id, f"{order.public_id}-000001", "Choir, Standard", "3 months", "Seats: 12")
    assert page.has("324.00 EUR", "Tax 25 %", "81.00 EUR", "405.00 EUR", "Unit price 9.00 EUR × 12 units × 3 periods")
    assert page.has("Partner Product User Agreement , version 1", "Choir licence", "Contact data given to the seller")
    assert page.has("ada.byron@example.com", "+46 70 123 45 67", "The seller is delivering it.", "Balance")
    assert not page.has("version 2")


@pytest.mark.req("B-ORD-014", "B-SVC-013")
def test_a_supervised_delivery_is_accepted_by_a_person_and_the_term_begins_then(
    shop: Shop, ada: Any, olga: Any
) -> None:
    order = shop.buy(ada, shop.product("Audit", monthly="90.00", is_supervised=True, acceptance_criteria="A report."))
    delivering.confirm_by_hand(olga.actor, delivery_id=Delivery.objects.get().public_id, at=clock.now())
    address = f"/buyer/orders/{order.public_id}"
    page = read(ada.client.get(address))
    assert page.has("Accept the delivery; then your term begins.", "A report.", "Accepting is final.")
    clock.advance(timedelta(days=2))

    unsure = page.form(f"{address}/accept").send(ada.client)
    assert unsure.status_code == 422
    assert read(unsure).has("Tick that you checked the delivery.")
    page.form(f"{address}/accept").send(ada.client, sure="yes")

    order.refresh_from_db()
    assert order.state == "completed"
    assert Subscription.objects.get().effective_at == NOW + timedelta(days=2)
    assert read(ada.client.get(address)).has("Ada Byron accepted the delivery of order")


@pytest.mark.req("B-PRM-002", "B-ORD-022")
def test_an_order_above_the_limit_is_approved_or_refused_by_somebody_else(shop: Shop, ada: Any, desk: Any) -> None:
    ben = ada.colleague("Ben", "BuyerPurchaser")
    Membership.objects.filter(user=ben.user).update(order_limit_minor=1000)
    first, second = shop.order(ben, desk), shop.order(ben, desk)
    assert first.state == "pending_approval"
    assert read(ben.client.get(f"/buyer/pay?orders={first.public_id},{second.public_id}")).has(
        "It waits for approval and cannot be paid yet."
    )
    address = f"/buyer/orders/{first.public_id}"
    assert not read(ben.client.get(address)).has("Decide")
    assert ben.client.post(f"{address}/approve").status_code == 403
    page = read(ada.client.get(address))
    assert page.has("Decide", "Ben asks for 49.00 EUR.", "Approve 49.00 EUR")

    approved = page.form(f"{address}/approve").send(ada.client)
    assert approved["Location"] == f"/buyer/pay?orders={first.public_id}"
    silent = ada.client.post(f"/buyer/orders/{second.public_id}/reject", {"reason": ""})
    assert silent.status_code == 422
    ada.client.post(f"/buyer/orders/{second.public_id}/reject", {"reason": "We have one."})

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.state_reason) == ("pending_payment", "canceled", "We have one.")


@pytest.mark.req("B-ORD-015", "B-ORD-016")
def test_an_order_that_could_not_be_delivered_shows_why_and_what_came_back(
    shop: Shop, ada: Any, olga: Any, desk: Any
) -> None:
    order = shop.buy(ada, desk)
    services.refund_order(olga.actor, order_id=order.public_id, reason="The seller closed.", at=clock.now())
    page = read(ada.client.get(f"/buyer/orders/{order.public_id}"))
    assert page.has("It could not be delivered. Everything was given back.", "The seller closed.", "Refunded in full")
    assert page.has("Refund to", "−49.00 EUR", "Given back")


def test_one_order_keeps_its_budget(shop: Shop, ada: Any, desk: Any) -> None:
    order = shop.buy(ada, desk)
    assert queries_of(ada, f"/buyer/orders/{order.public_id}") <= 22


def test_a_stranger_finds_no_order_and_can_do_nothing_to_it(
    shop: Shop, ada: Any, xavier: Any, olga: Any, desk: Any
) -> None:
    order = shop.order(ada, desk)
    address = f"/buyer/orders/{order.public_id}"
    assert xavier.client.get(address).status_code == 404
    for act in ("accept", "approve", "reject"):
        assert xavier.client.post(f"{address}/{act}", {"reason": "x", "sure": "yes"}).status_code == 404
    assert xavier.client.post("/buyer/orders/cancel", {"orders": order.public_id}).status_code == 404
    assert olga.client.get(address).status_code == 403
    assert Order.objects.get().state == "pending_payment"


@pytest.mark.req("B-PRM-001")
def test_who_may_see_orders_but_do_nothing_sees_no_acts(shop: Shop, ada: Any, desk: Any) -> None:
    order = shop.order(ada, desk)
    ben = ada.colleague("Ben", "BuyerBillingOperator")
    page = read(ben.client.get(f"/buyer/orders/{order.public_id}"))
    assert page.has("It waits for payment of 49.00 EUR.")
    assert not page.has("Cancel …")
    assert ben.client.post("/buyer/orders/cancel", {"orders": order.public_id}).status_code == 403
    answer = ben.client.post("/buyer/pay", {"orders": order.public_id, "means": "balance", "token": "t"})
    assert answer.status_code == 403
    assert read(answer).has("billing:order:pay")


# ----- overview -----


@pytest.mark.req("B-SUP-003")
def test_the_overview_lists_what_waits_with_one_act_each(shop: Shop, ada: Any, olga: Any, desk: Any) -> None:
    waiting = shop.order(ada, desk)
    shop.buy(ada, shop.product("Audit", monthly="90.00", is_supervised=True))
    delivering.confirm_by_hand(olga.actor, delivery_id=Delivery.objects.get().public_id, at=clock.now())
    ending = shop.buy(ada, desk)
    delivery = Delivery.objects.get(order_id=ending.public_id)
    delivering.confirm_by_hand(olga.actor, delivery_id=delivery.public_id, at=clock.now())
    clock.advance(timedelta(days=3))

    page = read(ada.client.get("/buyer/"))

    assert page.has(
        "3 things wait for you.", "To pay", "To accept", "Ending within 30 days", "Spent this month", "139.00 EUR"
    )
    assert page.link(f"Pay {waiting.public_id}") == f"/buyer/pay?orders={waiting.public_id}"
    assert page.has("Ada Byron placed order")
    assert len(page.html) < 60_000
    assert queries_of(ada, "/buyer/") <= 14


def test_the_overview_of_a_new_account_says_what_will_be_here(ada: Any) -> None:
    page = read(ada.client.get("/buyer/"))
    assert page.has("Nothing waits.", "Nothing bought yet", "Find software")
