"""S2: what waits for the seller, the figures of the month, and the steps until the first sale."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.releasing import services
from tests.people import NOW
from tests.web.reading import read

pytestmark = pytest.mark.django_db


def test_a_new_seller_reads_what_is_left_and_why(bruno: Any) -> None:
    bruno.seller.support_hours = ""
    bruno.seller.save()
    page = read(bruno.client.get("/seller/"))
    assert page.has("Getting started", "steps done", "Say when customer service answers", "Do it")
    assert page.html.count("btn--primary") <= 2


def test_sales_of_the_month_and_deliveries_that_wait(bruno: Any, ada: Any, shop: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    shop.buy(ada, desk)
    shop.work()
    page = read(bruno.client.get("/seller/"))
    assert page.has("49.00 EUR", "Paid orders this month 1", "Deliveries that need you", "Latest orders")
    assert "One thing waits for you." in page.text


def test_problems_wait_on_the_overview(bruno: Any, olga: Any, desk: Any) -> None:
    services.send_notice(olga.actor, product_id=desk.public_id, text="The guide is empty.", at=NOW)
    page = read(bruno.client.get("/seller/"))
    assert page.has("Problems to answer", "The guide is empty.", "One thing waits for you.")


def test_only_sellers_have_an_overview(ada: Any, client: Any) -> None:
    assert ada.client.get("/seller/").status_code == 403
    assert client.get("/seller/").status_code == 302
