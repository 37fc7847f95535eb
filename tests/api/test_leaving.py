"""Leaving by API: the same figures, workings and reasons as on the pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import program
from tests.packages.buying.leaving_world import LEAVES, at, held, renewed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(shop: Any, server: Any) -> Any:
    product = shop.product("Plainsong Image", monthly="100.00", delivery_type="image")
    shop.connect(product, server.address())
    return product


@pytest.mark.req("B-UNS-T1", "B-UNS-001", "UI-GEN-04")
def test_a_month_is_given_back_as_its_preview_shows(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)
    at(LEAVES)
    api = program(ada)

    seen = api.get(f"/subscriptions/{subscription.public_id}/unsubscription-preview").json()

    assert [seen[name]["amount"] for name in ("paid", "consumed", "fee", "total")] == [
        "100.00", "45.38", "10.00", "44.62",
    ]  # fmt: skip
    assert seen["subscriptions"][0]["rule"] == "platform"
    assert seen["subscriptions"][0]["because"]["key"] == "image"
    assert [step["amount"]["amount"] for step in seen["terms"][0]["working"]] == ["-45.38", "-10.00", "44.62", "44.62"]
    assert "344 of 758 hours" in seen["terms"][0]["working"][0]["text"]
    assert seen["targets"] == [{"source": "cash", "means": "", "amount": {"amount": "44.62", "currency": "EUR"}}]

    body = {
        "subscriptions": [subscription.public_id], "digest": seen["digest"], "reason": "not_needed",
        "fee_accepted": True, "deletion_accepted": True,
    }  # fmt: skip
    made = api.post("/unsubscriptions", body, key="leave-1")
    again = api.post("/unsubscriptions", body, key="leave-1")

    assert (made.status_code, again.json()) == (201, made.json())
    told = made.json()["unsubscription"]
    assert (told["state"], told["total"]["amount"], told["terms"][0]["state"]) == ("completed", "44.62", "refunded")
    assert [each["id"] for each in api.get("/unsubscriptions").json()["items"]] == [told["id"]]
    assert api.get(f"/unsubscriptions/{told['id']}").json() == told


@pytest.mark.req("B-ORF-T1")
def test_renewals_are_given_back_alone(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "200.00")
    subscription = renewed(shop, ada, held(shop, ada, image))
    api = program(ada)

    seen = api.get(f"/subscriptions/{subscription.public_id}/unsubscription-preview?kind=2").json()

    assert (seen["total"]["amount"], seen["fee"]["amount"], seen["ends_at"]) == (
        "100.00",
        "0.00",
        "2027-06-01T15:59:59Z",
    )
    assert (seen["subscriptions"][0]["rule"], seen["deletes_data"]) == ("renewal", False)


@pytest.mark.req("UI-GEN-04", "B-UNS-T3")
def test_refusals_name_the_reason_and_both_figures(shop: Any, ada: Any, image: Any, desk: Any) -> None:
    desk.unsubscription_rule = "none"
    desk.save()
    shop.fund(ada, "149.00")
    rows = [held(shop, ada, image), held(shop, ada, desk)]
    at(LEAVES)
    api = program(ada)
    body = {"reason": "not_needed", "fee_accepted": True, "deletion_accepted": True}

    changed = api.post("/unsubscriptions", {**body, "subscriptions": [rows[0].public_id], "digest": "9900.x"}, key="1")
    never = api.post("/unsubscriptions", {**body, "subscriptions": [rows[1].public_id], "digest": "0.x"}, key="2")

    assert (changed.status_code, changed.json()["code"]) == (409, "REFUND_CHANGED")
    assert "99.00" in changed.json()["detail"]
    assert "44.62" in changed.json()["detail"]
    assert (never.status_code, never.json()["code"]) == (409, "NOT_UNSUBSCRIBABLE")
