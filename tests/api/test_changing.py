"""Changing a specification by API: targets with reasons, the preview, the order of exactly that."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from galleria.buying.models import Order
from galleria.subscribing.models import Subscription
from tests.packages.buying.changing_world import bought, days_before_expiry, make_house, seats

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row(shop: Any, ada: Any, server: Any) -> Subscription:
    found = bought(
        shop, ada, make_house(shop, server.address()).product, mode="period:month", attributes={"size": "basic"}
    )
    days_before_expiry(found, 15)
    return found


def call(person: Any, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
    """One call of a program with this person's key."""
    headers = {"HTTP_AUTHORIZATION": f"Bearer {person.api_key()}"}
    if method == "POST":
        headers["HTTP_IDEMPOTENCY_KEY"] = key or "k-1"
        return Client().post(f"/api/v1{path}", body, content_type="application/json", **headers)
    return Client().get(f"/api/v1{path}", body, **headers)


@pytest.mark.req("B-CHG-001", "B-CHG-T2")
def test_targets_say_for_each_whether_and_why_not(ada: Any, row: Subscription) -> None:
    told = call(ada, "GET", f"/subscriptions/{row.public_id}/change-targets").json()

    assert told["now"] == {"is_possible": True, "reason": "", "message": ""}
    assert [(each["sku"], each["now"]["reason"], each["with_renewal"]["reason"]) for each in told["targets"]] == [
        ("sku-basic", "present", "present"), ("sku-professional", "", ""),
    ]  # fmt: skip
    assert told["renewal_opens_at"] == "2027-03-02T15:59:59Z"


@pytest.mark.req("B-CHG-001", "UI-T10")
def test_the_order_costs_what_the_preview_showed_and_a_repeat_answers_the_same(
    shop: Any, ada: Any, row: Subscription
) -> None:
    path = f"/subscriptions/{row.public_id}"
    seen = call(ada, "GET", f"{path}/change-preview", {"mode": "now", "sku": "sku-professional"}).json()
    body = {
        "mode": "now", "sku": "sku-professional", "digest": seen["digest"],
        "agreements": {each["key"]: each["version"] for each in seen["agreements"]},
    }  # fmt: skip

    answers = [call(ada, "POST", f"{path}/changes", body, key="same") for _each in range(2)]

    assert (seen["due"]["amount"], seen["days_left"], seen["next"]["due"]["amount"]) == ("40.00", 15, "180.00")
    assert (seen["before"]["per_period"]["amount"], seen["after"]["per_period"]["amount"]) == ("100.00", "180.00")
    assert seen["before"]["ends_at"] == seen["after"]["ends_at"]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert (answers[0].json()["kind"], answers[0].json()["due"]["amount"]) == ("change", "40.00")
    assert Order.objects.filter(kind=3).count() == 1


@pytest.mark.req("A-V2K-002", "B-CHG-002")
def test_the_sellers_refusal_is_a_problem_with_the_reason(shop: Any, ada: Any, server: Any) -> None:
    row = bought(shop, ada, seats(shop, server, "linear"), attributes={"seats": "50"})
    days_before_expiry(row, 15)
    server.faults.add({"do": "in_use", "units": 40})
    path = f"/subscriptions/{row.public_id}"
    seen = call(ada, "GET", f"{path}/change-preview", {"mode": "renewal", "quantity": "30", "term": "month:3"}).json()
    body = {
        "mode": "renewal", "quantity": 30, "term": "month:3", "digest": seen["digest"],
        "agreements": {each["key"]: each["version"] for each in seen["agreements"]},
    }  # fmt: skip

    answer = call(ada, "POST", f"{path}/changes", body)

    assert (seen["asks_seller"], seen["is_less"], seen["due"]["amount"]) == (True, True, "450.00")
    assert (answer.status_code, answer.json()["code"]) == (409, "SELLER_REFUSES_CHANGE")
    assert answer.json()["reason"] == "40 are in use, the target allows 30"
    assert not Order.objects.filter(kind=2).exists()


@pytest.mark.req("B-CFG-T3", "B-CHG-T2")
def test_what_is_not_true_any_more_or_not_possible_is_a_problem_by_its_code(ada: Any, row: Subscription) -> None:
    path = f"/subscriptions/{row.public_id}"
    stale = {"mode": "now", "sku": "sku-professional", "digest": "0" * 64, "agreements": {}}

    assert call(ada, "POST", f"{path}/changes", stale).json()["code"] == "PRICE_CHANGED"
    refused = call(ada, "GET", f"{path}/change-preview", {"mode": "now", "sku": "sku-unknown"})
    assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (409, "NOT_CHANGEABLE", "no_pair")
    assert call(ada, "GET", f"{path}/change-preview", {"mode": "sometime"}).status_code == 422
