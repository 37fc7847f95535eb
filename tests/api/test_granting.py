"""Offers and coupons by program: exact figures, who sees what, repeating."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.pricing.models import Offer
from galleria.publishing import services as publishing
from tests.api.conftest import Program, order_of, program
from tests.people import Person
from tests.shop import Shop

END = "2027-03-31T00:00:00Z"


@pytest.fixture
def suite(shop: Shop, ada: Person) -> Any:
    product = shop.product("Suite", monthly="100.00")
    publishing.reindex_all()
    shop.fund(ada, "900.00")
    return product


def offer_in(product: Any, person: Person, **line: Any) -> dict[str, Any]:
    sku = product.specifications.get().skus.get().code
    return {
        "name": "Spring", "accounts": [person.account.public_id], "ends_at": END,
        "lines": [{"product": product.public_id, "sku": sku, **line}],
    }  # fmt: skip


@pytest.mark.req("S-OFR-001", "S-OFR-T2", "S-OFR-T4", "B-OFR-001")
def test_a_seller_offers_and_the_named_buyer_orders(
    bruno: Person, ada: Person, xavier: Person, api: Program, suite: Any
) -> None:
    seller = program(bruno)
    body = offer_in(suite, ada, mode="period:month", periods=3, price="240.00")
    made = seller.post("/seller/offers", body)
    assert made.status_code == 201, made.content
    draft = made.json()
    assert (draft["state"], draft["actions"]) == ("draft", ["submit", "delete"])
    (line,) = draft["lines"]
    assert (line["official"]["amount"], line["amount"]["amount"], line["saving"]["amount"], line["percent_e2"]) == (
        "300.00", "240.00", "60.00", 2000,
    )  # fmt: skip
    sent = seller.post(f"/seller/offers/{draft['id']}/submit", {})
    assert (sent.json()["state"], sent.json()["actions"]) == ("effective", ["invalidate"])

    (mine,) = api.get("/offers?open=true").json()["items"]
    assert (mine["id"], mine["state"], mine["granted_by"]) == (draft["id"], "open", "Fernwerk")
    assert program(xavier).get("/offers").json()["items"] == []
    refused = program(xavier).get(f"/offers/{draft['id']}")
    assert (refused.status_code, refused.json()["code"]) == (403, "OFFER_NOT_AVAILABLE")

    configuration = mine["lines"][0]["configuration"]
    quote = api.post("/quotes", {"product": suite.slug, **configuration, "offer": draft["id"]}).json()
    assert (quote["due"]["amount"], quote["discount"]["amount"], quote["offer"]) == ("240.00", "60.00", draft["id"])
    order = api.post("/orders", order_of(quote)).json()
    assert order["due"]["amount"] == "240.00"
    assert seller.get(f"/seller/offers/{draft['id']}").json()["orders"] == [order["id"]]


@pytest.mark.req("S-OFR-T2", "S-OFR-T5")
def test_beyond_the_range_it_wants_a_confirmation_and_can_be_withdrawn(bruno: Person, ada: Person, suite: Any) -> None:
    seller = program(bruno)
    draft = seller.post("/seller/offers", offer_in(suite, ada, percent="60")).json()

    refused = seller.post(f"/seller/offers/{draft['id']}/submit", {})
    assert (refused.status_code, refused.json()["code"]) == (422, "OFFER_BEYOND_AUTHORISED")
    assert refused.json()["authorised_percent"] == 30
    assert seller.post(f"/seller/offers/{draft['id']}/submit", {"confirmed": True}).json()["state"] == "in_approval"
    assert seller.put(f"/seller/offers/{draft['id']}", offer_in(suite, ada, percent="5")).status_code == 409
    assert seller.post(f"/seller/offers/{draft['id']}/withdraw", {}).json()["state"] == "withdrawn"
    assert Offer.objects.get().state == "withdrawn"


@pytest.mark.req("S-OFR-001")
def test_every_wrong_field_is_named(bruno: Person, ada: Person, suite: Any) -> None:
    body = {**offer_in(suite, ada, price="1.00"), "accounts": ["acc_nobody"], "ends_at": "2027-02-30T00:00:00Z"}
    told = program(bruno).post("/seller/offers", body)
    assert (told.status_code, set(told.json()["fields"])) == (422, {"ends_at"})
    told = program(bruno).post("/seller/offers", {**body, "ends_at": END, "starts_at": "2027-02-01T00:00:00Z"})
    assert set(told.json()["fields"]) == {"accounts", "starts_at", "lines.0.periods"}


@pytest.mark.req("S-CPN-001", "B-CPN-003", "S-CPN-T2")
def test_coupons_are_made_claimed_redeemed_used_and_voided(
    bruno: Person, ada: Person, api: Program, suite: Any
) -> None:
    seller = program(bruno)
    common = {"face": "30.00", "quantity": 2, "expires_at": END, "products": [suite.public_id]}
    public = seller.post("/seller/coupons", {"name": "Public", "claim": "public", **common}).json()
    printed = seller.post("/seller/coupons", {"name": "Printed", "claim": "code", **common}).json()
    (first, _second) = seller.get(f"/seller/coupons/{printed['id']}/codes").json()["items"]

    assert [each["id"] for each in api.get("/coupon-batches").json()["items"]] == [public["id"]]
    claimed = api.post(f"/coupon-batches/{public['id']}/claim", key="once")
    again = api.post(f"/coupon-batches/{public['id']}/claim", key="once")
    assert (claimed.status_code, again.json()) == (201, claimed.json())
    gone = api.post(f"/coupon-batches/{public['id']}/claim")
    assert (gone.status_code, gone.json()["code"]) == (409, "COUPONS_GONE")
    redeemed = api.post("/coupon-codes", {"code": first["code"].lower()})
    assert (redeemed.status_code, redeemed.json()["obtained_by"], redeemed.json()["face"]["amount"]) == (
        201, "redeemed", "30.00",
    )  # fmt: skip

    order = api.order(suite, coupon=redeemed.json()["code"])
    assert (order["coupon"]["amount"], order["due"]["amount"]) == ("30.00", "70.00")
    assert api.pay(order).status_code == 201
    used = api.get(f"/coupons/{redeemed.json()['id']}").json()
    assert (used["state"], [(each["order"], each["amount"]["amount"]) for each in used["uses"]]) == (
        "used", [(order["id"], "30.00")],
    )  # fmt: skip
    figures = seller.post(f"/seller/coupons/{printed['id']}/void", {"reason": "Over"}).json()
    assert (figures["state"], figures["used"], figures["issued"], figures["paid"]["amount"]) == (
        "void", 1, 1, "30.00",
    )  # fmt: skip
    seller.post(f"/seller/coupons/{public['id']}/void", {})
    assert api.get(f"/coupons/{claimed.json()['id']}").json()["is_void"] is True
