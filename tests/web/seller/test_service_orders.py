"""S8: what people deliver stands in one queue, oldest first; one delivery says what is to be done and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.delivering.models import Delivery
from galleria.publishing.models import Product
from tests.people import NOW, make_seller
from tests.web.reading import read

pytestmark = pytest.mark.django_db
HERE = "/seller/service-orders"


@pytest.fixture
def licence(shop: Any) -> Product:
    """A licence for 90.00 EUR, supervised, promised in five days."""
    product: Product = shop.product(
        "Counting House", once="90.00", delivery_type="license", is_supervised=True, delivery_days=5,
        acceptance_criteria="The key opens the program.",
    )  # fmt: skip
    return product


def bought(shop: Any, ada: Any, product: Product) -> Delivery:
    shop.fund(ada, "500.00")
    order = shop.buy(ada, product, mode="one_time")
    shop.work()
    return Delivery.objects.get(order_id=order.public_id)


def test_without_deliveries_by_hand_the_page_says_what_will_be_here(bruno: Any) -> None:
    assert read(bruno.client.get(HERE)).has("No service orders yet", "Licences, professional services")


@pytest.mark.req("S-LIC-001")
def test_a_supervised_purchase_waits_with_its_promise_and_is_late_after_it(
    bruno: Any, ada: Any, shop: Any, licence: Product
) -> None:
    delivery = bought(shop, ada, licence)
    page = read(bruno.client.get(HERE))
    assert page.has("One delivery waits for you.", "Counting House", "Waits for you", delivery.order_id)
    assert "late" not in page.text
    Delivery.objects.update(requested_at=NOW - timedelta(days=5, seconds=1))
    assert read(bruno.client.get(HERE)).has("One is late.", "Late")
    assert read(bruno.client.get(f"{HERE}/{delivery.public_id}")).has("It is late: deliver it now, then confirm.")


@pytest.mark.req("S-ORD-004", "B-SAA-002")
def test_one_delivery_shows_what_was_asked_and_only_agreed_contact_data(
    bruno: Any, ada: Any, shop: Any, licence: Product
) -> None:
    from galleria.buying.models import Order

    delivery = bought(shop, ada, licence)
    here = f"{HERE}/{delivery.public_id}"
    page = read(bruno.client.get(here))
    assert page.has("The key opens the program.", "The buyer gave no contact data", "I have delivered it")
    assert "ada@example.com" not in page.text
    Order.objects.update(consent={"values": {"email": "ada@example.com"}, "at": NOW.isoformat(), "login": "Ada"})
    assert read(bruno.client.get(here)).has("ada@example.com")
    Order.objects.update(paid_at=None)
    assert "ada@example.com" not in read(bruno.client.get(here)).text


@pytest.mark.req("S-LIC-001")
def test_confirming_leads_to_the_next_one_and_the_buyer_accepts(
    bruno: Any, ada: Any, shop: Any, licence: Product, desk: Product
) -> None:
    first = bought(shop, ada, licence)
    second = bought(shop, ada, licence)
    Delivery.objects.filter(pk=first.pk).update(requested_at=NOW - timedelta(days=1))
    answer = bruno.client.post(f"{HERE}/{first.public_id}/confirm")
    assert answer["Location"] == f"{HERE}/{second.public_id}"
    assert read(bruno.client.get(answer["Location"])).has("Confirmed: Counting House.", "This is the next one.")
    shop.work()
    page = read(bruno.client.get(f"{HERE}/{first.public_id}"))
    assert page.has("Waits for the buyer's acceptance", "Acceptance")
    assert read(bruno.client.get(f"{HERE}?view=acceptance")).has(first.order_id)
    _accept(ada, first.order_id)
    assert read(bruno.client.get(f"{HERE}?view=done")).has(first.order_id)
    assert read(bruno.client.get(f"{HERE}/{first.public_id}")).has("Done. It counts on the bill")
    assert bruno.client.post(f"{HERE}/{second.public_id}/confirm")["Location"] == HERE
    assert bruno.client.post(f"{HERE}/{second.public_id}/confirm").status_code == 409


def _accept(ada: Any, order_id: str) -> None:
    from galleria.buying import services as buying

    buying.accept_delivery(ada.actor, order_id=order_id, at=NOW)


def test_the_queue_is_filtered_by_words_and_product(bruno: Any, ada: Any, shop: Any, licence: Product) -> None:
    delivery = bought(shop, ada, licence)
    for words in (delivery.order_id, "counting", ada.account.name[:6]):
        assert read(bruno.client.get(HERE, {"q": words})).has("Counting House")
    assert read(bruno.client.get(HERE, {"q": "zzz"})).has("Nothing fits these filters")
    assert read(bruno.client.get(HERE, {"product": licence.public_id})).has("Counting House")
    assert read(bruno.client.get(HERE, {"view": "stuck"})).has("Nothing here")


@pytest.mark.req("S-ORD-T3", "UI-T08")
def test_deliveries_of_others_and_of_other_products_are_not_found(
    bruno: Any, ada: Any, shop: Any, licence: Product, desk: Product
) -> None:
    delivery = bought(shop, ada, licence)
    other = make_seller("xenia")
    assert delivery.order_id not in read(other.client.get(HERE)).text
    for path in ("", "/confirm", "/call"):
        send = other.client.post if path else other.client.get
        assert send(f"{HERE}/{delivery.public_id}{path}").status_code == 404
    assert ada.client.get(HERE).status_code == 403
    assert Delivery.objects.get(pk=delivery.pk).state == "waiting_seller"


def test_the_queue_asks_a_fixed_number_of_questions(bruno: Any, ada: Any, shop: Any, licence: Product) -> None:
    counts = []
    for _round in range(2):
        for _purchase in range(3):
            bought(shop, ada, licence)
        bruno.client.get(HERE)
        with CaptureQueriesContext(connection) as caught:
            bruno.client.get(HERE)
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 12
