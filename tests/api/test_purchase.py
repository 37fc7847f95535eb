"""The whole purchase by API, and what can go wrong on the way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import order_of


@pytest.mark.req("B-PUR-001", "B-PUR-009", "B-PUR-017")
def test_a_program_finds_orders_and_pays(api: Any, desk: Any, shop: Any, ada: Any) -> None:
    found = api.get("/products?q=helpdesk").json()
    assert (found["total"], found["items"][0]["slug"]) == (1, "helpdesk")
    product = api.get(f"/products/{found['items'][0]['slug']}").json()
    quote = api.post(
        "/quotes",
        {"product": "helpdesk", "specification": product["specifications"][0]["id"], "mode": "period:month", "term": 1},
    ).json()
    assert (quote["official"], quote["due"]) == (
        {"amount": "49.00", "currency": "EUR"},
        {"amount": "49.00", "currency": "EUR"},
    )

    order = api.post("/orders", order_of(quote)).json()
    paid = api.pay(order)

    assert (order["state"], order["state_number"]) == ("pending_payment", 6)
    assert (order["kind"], order["kind_number"]) == ("new", 1)
    assert (paid.status_code, paid.json()["state"], paid.json()["amount"]["amount"]) == (201, "succeeded", "49.00")
    assert api.get(f"/orders/{order['id']}").json()["state"] == "processing"
    assert shop.balance(ada).text == "451.00"
    assert shop.is_balanced()
