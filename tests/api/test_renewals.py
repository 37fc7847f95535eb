"""Renewals and conversions by API: previews, orders of exactly what was previewed, how things go on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from galleria.publishing.models import Price
from galleria.subscribing.models import Subscription
from tests.shop import e10
from tests.turning import work

pytestmark = pytest.mark.django_db(transaction=True)


class Api:
    """A program of Ada's."""

    def __init__(self, person: Any) -> None:
        from django.test import Client

        self.client, self.key, self.count = Client(), person.api_key(), 0

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        self.count += 1
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": f"key-{self.count}"}
        call = getattr(self.client, method.lower())
        more = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        return call(f"/api/v1{path}", headers=headers, **more)


@pytest.fixture
def api(ada: Any) -> Api:
    return Api(ada)


@pytest.fixture
def held(shop: Any, ada: Any, server: Any) -> Subscription:
    shop.fund(ada, "500.00")
    product = shop.product("Plainsong", monthly="49.00")
    shop.connect(product, server.address())
    shop.buy(ada, product)
    work()
    return Subscription.objects.get()


@pytest.mark.req("B-REN-005", "B-REN-006")
def test_a_preview_is_ordered_with_its_digest(api, held):
    shown = api("GET", f"/subscriptions/{held.public_id}/renewal-preview?term=month:3").json()

    one = shown["renewals"][0]
    assert (one["term"], one["due"]["amount"], shown["due"]["amount"]) == ("month:3", "147.00", "147.00")
    assert (one["ends_now"], one["ends_then"]) == ("2027-04-01T15:59:59Z", "2027-07-01T15:59:59Z")
    assert one["working"][-1]["amount"]["minor"] == 14700
    made = api("POST", "/renewals", {"subscriptions": [held.public_id], "term": "month:3", "digest": shown["digest"]})
    assert made.status_code == 201
    order = made.json()["orders"][0]
    assert (order["kind"], order["due"]["amount"], order["state"]) == ("renewal", "147.00", "pending_payment")
    again = api("GET", f"/subscriptions/{held.public_id}/renewal-preview")
    assert (again.status_code, again.json()["code"]) == (409, "OPEN_ORDER_ON_SUBSCRIPTION")
    pending = api("GET", "/renewals").json()["items"][0]
    assert (pending["open_order"], pending["due"]) == (order["id"], None)


@pytest.mark.req("B-REN-006")
def test_another_price_than_the_one_previewed_is_refused_with_the_new_one(api, held):
    shown = api("GET", f"/subscriptions/{held.public_id}/renewal-preview").json()
    Price.objects.filter(sku=held.sku, period_type="month").update(unit_price_e10=e10("59.00"))

    refused = api("POST", "/renewals", {"subscriptions": [held.public_id], "digest": shown["digest"]})

    assert (refused.status_code, refused.json()["code"]) == (409, "PRICE_CHANGED")
    now = api("GET", f"/subscriptions/{held.public_id}/renewal-preview").json()["renewals"][0]
    assert now["price_change"] == {
        "term": "month:1",
        "was": {"amount": "49.00", "currency": "EUR"},
        "now": {"amount": "59.00", "currency": "EUR"},
    }


@pytest.mark.req("B-REN-001")
def test_ten_together_and_not_eleven(api, held):
    ids = [f"sub_{number}" for number in range(11)]
    refused = api("POST", "/renewals", {"subscriptions": ids, "digest": "0" * 64})
    assert refused.status_code == 422
    assert api("GET", f"/renewals/preview?subscriptions={','.join(ids)}").status_code == 422


@pytest.mark.req("B-ARN-002", "B-ARN-008", "B-ARN-010", "B-ARN-011")
def test_how_it_goes_on_is_set_with_term_and_number(api, held):
    path = f"/subscriptions/{held.public_id}/renewal-policy"
    assert api("GET", path).json()["policy"] == "manual"
    found = api("PUT", path, {"policy": "auto", "term": "month:3", "times": 2}).json()
    assert (found["policy"], found["term"], found["renewals_left"]) == ("auto", "month:3", 2)
    assert found["deduct_at"] == "2027-03-24T19:00:00Z"  # 25 March, 03:00 in the billing zone
    assert api("PUT", path, {"policy": "auto", "term": "month:11"}).status_code == 422
    assert api("PUT", path, {"policy": "none"}).json()["deduct_at"] is None
    assert api("PUT", path, {"policy": "manual"}).json()["policy"] == "manual"
    assert api("PUT", path, {"policy": "to_pay_per_use"}).status_code == 409  # it has no price by use


@pytest.mark.req("B-URD-001", "B-ARN-003")
def test_the_setting_of_the_account(api, held):
    assert api("GET", "/renewal-setting").json() == {"deduct_days_before": 7, "renewal_day": 1}
    assert api("PUT", "/renewal-setting", {"renewal_day": 31}).json() == {"deduct_days_before": 7, "renewal_day": 31}
    assert api("PUT", "/renewal-setting", {"renewal_day": 30}).status_code == 422
    assert api("PUT", "/renewal-setting", {"deduct_days_before": 0}).json()["deduct_days_before"] == 0
    aligned = api("GET", f"/subscriptions/{held.public_id}/renewal-preview?is_aligned=true").json()["renewals"][0]
    # 1 May, then 30 days to the last one: 49.00 + 30 × 49.00 ÷ 30.
    assert (aligned["extra_days"], aligned["due"]["amount"]) == (30, "98.00")


@pytest.mark.req("B-T2C-001")
def test_a_trial_is_converted_as_previewed(api, shop, ada, server):
    product = shop.product("Helpdesk", monthly="49.00", yearly="490.00", trial_days=30)
    shop.connect(product, server.address())
    shop.buy(ada, product, mode="trial")
    work()
    row = Subscription.objects.get()
    shown = api("GET", f"/subscriptions/{row.public_id}/conversion-preview?term=year:1").json()
    assert (shown["due"]["amount"], shown["lost_days"]) == ("490.00", 30)
    shop.fund(ada, "500.00")

    made = api("POST", f"/subscriptions/{row.public_id}/conversion", {"term": "year:1", "digest": shown["digest"]})

    assert (made.status_code, made.json()["kind_number"]) == (201, 14)
