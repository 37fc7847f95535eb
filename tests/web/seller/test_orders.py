"""S8: a seller sees the orders of its own products, and of the buyer only what the buyer agreed to."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.buying.models import Order
from galleria.paying.models import Refund
from tests.people import make_seller
from tests.shop import Shop
from tests.web.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(shop: Shop, ada: Any, desk: Any) -> Any:
    """Ada bought a month for 49.00 EUR; it waits for Bruno's hands."""
    shop.fund(ada, "500.00")
    bought = shop.buy(ada, desk)
    shop.work()
    bought.refresh_from_db()
    return bought


def test_the_list_shows_amount_and_share_before_tax(bruno: Any, order: Any) -> None:
    page = read(bruno.client.get("/seller/orders"))
    assert order.public_id in page.text
    assert "49.00 EUR" in page.text
    assert "41.65 EUR" in page.text  # 15 % platform fee of 49.00 is 7.35
    assert "1 line, 49.00 EUR before tax." in page.text


def test_a_seller_without_orders_reads_what_will_be_here(bruno: Any) -> None:
    page = read(bruno.client.get("/seller/orders"))
    assert "No orders yet" in page.text
    assert 'href="/seller/products"' in page.html


def test_an_order_of_another_seller_is_not_found(order: Any) -> None:
    eve = make_seller("Eve", slug="eve", seller_name="Eve Tools")
    assert order.public_id not in read(eve.client.get("/seller/orders")).text
    assert eve.client.get(f"/seller/orders/{order.public_id}").status_code == 404
    assert order.public_id not in b"".join(eve.client.get("/seller/orders.csv").streaming_content).decode()


def test_buyers_and_strangers_have_no_seller_pages(order: Any, ada: Any, xavier: Any, client: Any) -> None:
    assert client.get("/seller/orders").status_code == 302
    for person in (ada, xavier):
        assert person.client.get("/seller/orders").status_code == 403
        assert person.client.get(f"/seller/orders/{order.public_id}").status_code == 403


def test_contact_data_are_shown_only_when_the_buyer_agreed(bruno: Any, order: Any) -> None:
    page = read(bruno.client.get(f"/seller/orders/{order.public_id}"))
    assert "The buyer gave no contact data with this order." in page.text
    assert "ada@example.com" not in page.text
    order.consent = {"values": {"email": "ada@example.com"}, "at": "2027-03-01T09:00:00+00:00", "login": "Ada"}
    order.save()
    page = read(bruno.client.get(f"/seller/orders/{order.public_id}"))
    assert "ada@example.com" in page.text


def test_of_an_order_of_two_sellers_each_sees_what_became_of_its_own_lines(
    bruno: Any, ada: Any, order: Any, at: Any
) -> None:
    """Bruno's line was delivered, Eve's was not; 49.00 EUR went back for hers."""
    eve = make_seller("Eve", slug="eve", seller_name="Eve Tools")
    product = Shop(eve).product("Backup", monthly="49.00")
    line = order.lines.get()
    order.lines.update(delivery_state="done")
    line.pk, line.public_id, line.product, line.delivery_state = None, f"{order.public_id}-000002", product, "failed"
    line.product_name, line.subscription, line.refunded_minor = "Backup", None, 4900
    line.save()
    Order.objects.filter(pk=order.pk).update(state="refunding", state_reason="No room at Eve Tools")
    Refund.objects.create(
        account=ada.account, order_id=order.public_id, reference="undelivered", currency="EUR", amount_minor=4900,
        target="balance", state="succeeded", created_at=at,
    )  # fmt: skip

    his, hers = (read(person.client.get(f"/seller/orders/{order.public_id}")) for person in (bruno, eve))

    assert "49.00 EUR Refunded" in hers.text
    assert "It could not be delivered" in hers.text
    assert "No room at Eve Tools" in hers.text
    assert "Refunded" not in his.text
    assert "Delivered. It counts on your next bill." in his.text
    assert "No room" not in his.text
    assert "Backup" not in his.text


def test_the_order_page_says_what_it_brings_and_what_happened(bruno: Any, order: Any) -> None:
    page = read(bruno.client.get(f"/seller/orders/{order.public_id}"))
    assert "41.65 EUR" in page.text
    assert "−7.35 EUR" in page.text
    assert "It was paid" in page.text
    assert "It waits for you: deliver it, then confirm." in page.text


def test_filters_and_views_narrow_the_list_and_the_export_alike(bruno: Any, order: Any) -> None:
    assert order.public_id in read(bruno.client.get("/seller/orders?view=to_deliver")).text
    assert "No order is in this state now." in read(bruno.client.get("/seller/orders?view=canceled")).text
    assert "Nothing fits these filters" in read(bruno.client.get("/seller/orders?q=zzz")).text
    assert order.public_id in read(bruno.client.get("/seller/orders", {"q": order.account.name})).text
    rows = b"".join(bruno.client.get("/seller/orders.csv?q=Plainsong").streaming_content).decode().splitlines()
    assert len(rows) == 2
    assert order.public_id in rows[1]
    assert "41.65" in rows[1]
    assert len(b"".join(bruno.client.get("/seller/orders.csv?q=zzz").streaming_content).decode().splitlines()) == 1


def test_a_wrong_date_is_said_beside_its_field(bruno: Any, order: Any) -> None:
    answer = bruno.client.get("/seller/orders?from=yesterday")
    assert answer.status_code == 422
    assert "Give a date as 2027-01-31." in read(answer).text


def test_the_number_of_queries_does_not_grow(bruno: Any, ada: Any, shop: Shop, order: Any) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert bruno.client.get("/seller/orders").status_code == 200
        return len(caught)

    count()  # the first page reads what is kept in memory afterwards
    few = count()
    for number in range(6):
        shop.buy(ada, shop.product(f"Tool {number}", monthly="5.00"))
    assert count() == few
    assert few <= 10


def test_the_seller_confirms_what_it_delivers_by_hand(bruno: Any, order: Any, ada: Any) -> None:
    here = f"/seller/orders/{order.public_id}"
    form = read(bruno.client.get(here)).form(f"{here}/confirm")
    eve = make_seller("Eve", slug="eve", seller_name="Eve Tools")
    assert eve.client.post(f"{here}/confirm", form.fields).status_code == 404
    assert ada.client.post(f"{here}/confirm", form.fields).status_code == 403
    assert bruno.client.post(f"{here}/confirm", {"delivery": "dlv_other"}).status_code == 404
    assert form.send(bruno.client).status_code == 302
    order.refresh_from_db()
    assert order.state == "completed"
    page = read(bruno.client.get(here))
    assert page.has("Delivered. It counts on your next bill.")
    assert "I have delivered it" not in page.text
    assert form.send(bruno.client).status_code == 409
