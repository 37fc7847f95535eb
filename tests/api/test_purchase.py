"""The whole purchase by API, and what can go wrong on the way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from galleria.buying.models import Order
from galleria.demo.sample_seller.server import SampleSeller, Settings
from galleria.kit import clock
from galleria.publishing.models import Price
from galleria.subscribing.models import Subscription
from tests.api.conftest import order_of, program
from tests.shop import KEY, Shop, euro


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("B-PUR-001", "B-ORD-021")
def test_the_program_sees_the_delivery_and_uses_what_it_bought(api: Any, shop: Any, desk: Any, tmp_path: Path) -> None:
    seller = SampleSeller(Settings(state=tmp_path / "seller", key=KEY)).start()
    shop.connect(desk, seller.address())
    order = api.order(desk)
    api.pay(order)
    shop.work()
    seller.stop()

    done = api.get(f"/orders/{order['id']}").json()
    assert (done["state"], done["state_number"], done["paid_by"]) == ("completed", 5, "balance")
    assert [each["state"] for each in done["deliveries"]] == ["succeeded"]
    assert [each["key"] for each in done["agreements"]] == ["AGR_PARTNER_USER", f"product:{desk.public_id}"]
    subscription = api.get(f"/subscriptions/{done['lines'][0]['subscription']}").json()
    assert (subscription["state"], subscription["state_number"], subscription["order"]) == (
        "effective", 2, order["id"],
    )  # fmt: skip
    info = api.get(f"/subscriptions/{subscription['id']}/app-info").json()
    assert info["front_end_url"] and info["has_password"]
    assert "password" not in info
    assert api.post(f"/subscriptions/{subscription['id']}/password").json()["password"]


@pytest.mark.req("B-CFG-T3", "B-CFG-001")
def test_a_price_that_changed_is_told_with_both_amounts(api: Any, desk: Any) -> None:
    quote = api.quote(desk)
    Price.objects.update(unit_price_e10=550_000_000_000)

    answer = api.post("/orders", order_of(quote))

    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "PRICE_CHANGED")
    assert (told["before"], told["now"], told["currency"]) == ("49.00", "55.00", "EUR")
    assert Order.objects.count() == 0
    again = api.get(f"/quotes/{quote['id']}").json()
    assert (again["is_current"], again["due"]["amount"]) == (False, "55.00")


@pytest.mark.req("B-TRM-T2", "B-PUR-017")
def test_agreements_are_accepted_in_the_version_in_force(api: Any, desk: Any, shop: Any) -> None:
    quote = api.quote(desk)
    none = api.post("/orders", {"quote": quote["id"], "agreements": {}})
    assert (none.status_code, none.json()["code"]) == (409, "AGREEMENT_NOT_ACCEPTED")
    assert none.json()["missing"] == ["AGR_PARTNER_USER", f"product:{desk.public_id}"]

    shop.agreement("AGR_PARTNER_USER", "platform", "Partner Product User Agreement", version="2")
    old = api.post("/orders", order_of(quote))
    assert (old.status_code, old.json()["code"]) == (409, "AGREEMENT_VERSION_CHANGED")
    assert old.json()["changed"] == {"AGR_PARTNER_USER": "2"}

    text = api.get("/agreements/AGR_PARTNER_USER").json()
    assert (text["version"], text["text"]) == ("2", "Partner Product User Agreement, version 2")
    assert api.get("/agreements/AGR_PARTNER_USER?version=1").json()["version"] == "1"
    fresh = api.get(f"/quotes/{quote['id']}").json()
    assert api.post("/orders", order_of(fresh)).status_code == 201


@pytest.mark.req("B-SAA-001", "B-CFG-T2")
def test_contact_data_goes_out_only_with_consent(api: Any, shop: Any, ada: Any) -> None:
    product = shop.product("Choir", monthly="9.00", needs_contact_consent=True)
    shop.fund(ada, "50.00")
    quote = api.quote(product)
    assert quote["needs_consent"] is True

    answer = api.post("/orders", order_of(quote, consent=False))

    assert (answer.status_code, answer.json()["code"]) == (422, "CONSENT_REQUIRED")
    assert set(answer.json()["fields"]) == {"consent"}
    order = api.post("/orders", order_of(quote)).json()
    assert api.get(f"/orders/{order['id']}").json()["consent_given"] is True


@pytest.mark.req("B-CFG-005")
def test_the_sellers_questions_are_asked_and_checked(api: Any, shop: Any, ada: Any) -> None:
    product = shop.product(
        "Domains", monthly="9.00", extra_parameters=[{"key": "domain", "label": "Your domain", "required": True}]
    )
    shop.fund(ada, "50.00")
    quote = api.quote(product)
    assert quote["extra_parameters"] == [
        {"key": "domain", "label": "Your domain", "kind": "text", "is_required": True, "options": []}
    ]

    answer = api.post("/orders", order_of(quote))

    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"x.domain"})
    order = api.post("/orders", order_of(quote, extra={"domain": "byron.example"})).json()
    assert order["lines"][0]["extra"] == {"domain": "byron.example"}


@pytest.mark.req("B-PAY-T3", "B-BAL-002")
def test_a_balance_that_is_not_enough_says_how_much_there_is(api: Any, shop: Any, ada: Any) -> None:
    product = shop.product("Archive", monthly="90.00")
    shop.fund(ada, "100.00")
    first, second = api.order(product), api.order(product)
    assert api.pay(first).status_code == 201

    answer = api.pay(second)

    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "INSUFFICIENT_BALANCE")
    assert (told["available"], told["needed"], told["currency"]) == ("10.00", "90.00", "EUR")
    assert api.get(f"/orders/{second['id']}").json()["state"] == "pending_payment"
    ways = api.get(f"/payments/options?orders={second['id']}").json()
    assert ways["due"] == {"amount": "90.00", "currency": "EUR"}
    assert [(each["method"], each["is_available"]) for each in ways["items"]] == [("balance", False)]
    assert "80.00" in ways["items"][0]["reason"]
    assert shop.is_balanced()


@pytest.mark.req("B-PAY-T1")
def test_an_order_is_paid_once(api: Any, desk: Any, shop: Any, ada: Any) -> None:
    order = api.order(desk)
    assert api.pay(order).status_code == 201

    again = api.pay(order)

    assert (again.status_code, again.json()["code"]) == (409, "ORDER_STATUS_CHANGED")
    assert shop.balance(ada) == euro("451.00")


@pytest.mark.req("B-ORD-022", "B-ORD-T2")
def test_several_orders_are_paid_together_and_what_changed_is_left_out(api: Any, desk: Any) -> None:
    first, second, third = api.order(desk), api.order(desk), api.order(desk)
    api.post(f"/orders/{second['id']}/cancel", {"reason": "not needed"})

    paid = api.pay(first, second, third).json()

    assert sorted(paid["orders"]) == sorted([first["id"], third["id"]])
    assert paid["skipped"] == [{"id": second["id"], "state": "canceled"}]
    assert paid["amount"]["amount"] == "98.00"
    too_many = api.post("/payments", {"orders": [f"GA{number}" for number in range(31)], "method": "balance"})
    assert (too_many.status_code, set(too_many.json()["fields"])) == (422, {"orders"})


@pytest.mark.req("B-ORD-011")
def test_an_order_whose_time_is_over_cannot_be_paid(api: Any, desk: Any) -> None:
    order = api.order(desk)
    clock.advance(timedelta(hours=169))

    answer = api.pay(order)

    assert (answer.status_code, answer.json()["code"]) == (409, "ORDER_EXPIRED")


@pytest.mark.req("B-ORD-023", "B-CPN-002")
def test_a_coupon_pays_a_part_and_is_free_again_after_canceling(api: Any, desk: Any, shop: Any, ada: Any) -> None:
    shop.coupon(ada, "WELCOME20", "20.00")
    quote = api.quote(desk, coupon="WELCOME20")
    assert (quote["coupon"]["amount"], quote["due"]["amount"]) == ("20.00", "29.00")
    order = api.post("/orders", order_of(quote)).json()
    assert api.get("/coupons").json()["items"][0]["locked_by"] == order["id"]
    other = api.post("/orders", order_of(api.quote(desk), coupon="WELCOME20"))
    assert (other.status_code, other.json()["code"]) in {(409, "PRICE_CHANGED"), (422, "COUPON_NOT_USABLE")}

    canceled = api.post(f"/orders/{order['id']}/cancel", {"reason": "not needed"}).json()

    assert (canceled["state"], canceled["state_number"], canceled["state_reason"]) == ("canceled", 4, "not needed")
    coupon = api.get("/coupons?state=unused").json()["items"][0]
    assert (coupon["locked_by"], coupon["kind_number"], coupon["state_number"]) == ("", 1, 2)


def test_an_unknown_coupon_is_told_in_the_quote(api: Any, desk: Any) -> None:
    assert api.quote(desk, coupon="NONSENSE")["coupon_problems"] == ["unknown"]


@pytest.mark.req("B-PRM-001", "B-PRM-002")
def test_an_order_above_the_limit_waits_for_approval(api: Any, ada: Any, desk: Any) -> None:
    from galleria.parties.models import Membership

    ben = ada.colleague("Ben", "BuyerPurchaser")
    Membership.objects.filter(user=ben.user).update(order_limit_minor=1000)
    order = program(ben).order(desk)
    assert (order["state"], order["state_number"]) == ("pending_approval", 1)
    early = api.pay(order)
    assert (early.status_code, early.json()["code"]) == (409, "ORDER_STATUS_CHANGED")

    approved = api.post(f"/orders/{order['id']}/approve").json()

    assert (approved["state"], approved["state_number"]) == ("pending_payment", 6)
    assert api.pay(order).status_code == 201
    second = program(ben).order(desk)
    refused = api.post(f"/orders/{second['id']}/reject", {"reason": "not this year"}).json()
    assert (refused["state"], refused["state_reason"]) == ("canceled", "not this year")


@pytest.mark.req("B-TRI-002", "B-FRE-002")
def test_a_trial_is_an_order_with_nothing_due(api: Any, shop: Any) -> None:
    product = shop.product("Try me", monthly="30.00", trial_days=14)
    quote = api.quote(product, mode="trial")
    assert (quote["due"]["amount"], quote["is_trial"], quote["trial_days"]) == ("0.00", True, 14)

    order = api.post("/orders", order_of(quote)).json()

    assert (order["kind"], order["kind_number"]) == ("trial", 13)
    assert (order["state"], order["paid_by"]) == ("processing", "none")
    again = api.post("/orders", order_of(api.quote(product, mode="trial")))
    assert (again.status_code, again.json()["code"]) == (409, "TRIAL_USED")


@pytest.mark.req("B-ORD-014")
def test_a_supervised_delivery_is_accepted(api: Any, shop: Any, ada: Any, olga: Any) -> None:
    from galleria.delivering import services
    from galleria.delivering.models import Delivery

    product = shop.product("Onboarded", monthly="30.00", is_supervised=True)
    shop.fund(ada, "50.00")
    order = api.order(product)
    api.pay(order)
    delivery = Delivery.objects.get(order_id=order["id"])
    services.confirm_by_hand(olga.actor, delivery_id=delivery.public_id, at=clock.now())
    assert api.get(f"/orders/{order['id']}").json()["lines"][0]["delivery_state"] == "delivered"

    accepted = api.post(f"/orders/{order['id']}/accept").json()

    assert (accepted["state"], accepted["lines"][0]["delivery_state"]) == ("completed", "done")
    assert Subscription.objects.get().state == "effective"


def test_automatic_renewal_is_switched(api: Any, desk: Any, shop: Any, ada: Any) -> None:
    shop.buy(ada, desk)
    path = f"/subscriptions/{Subscription.objects.get().public_id}/auto-renewal"

    assert api.get(path).json() == {"is_on": False, "is_possible": True, "expires_at": None}
    assert api.put(path, {"is_on": True}).json()["is_on"] is True
    assert Subscription.objects.get().auto_renew is True


def test_nothing_to_refresh_is_said(api: Any, desk: Any, shop: Any, ada: Any) -> None:
    shop.buy(ada, desk)
    answer = api.post(f"/subscriptions/{Subscription.objects.get().public_id}/app-info/refresh")

    assert (answer.status_code, answer.json()["code"]) == (409, "NOTHING_TO_REFRESH")


@pytest.mark.req("B-PAY-T1")
def test_a_card_that_asks_the_person_is_confirmed_afterwards(api: Any, desk: Any, ada: Any, settings: Any) -> None:
    from tests import till

    settings.GALLERIA_SANDBOX_CARDS = True
    means = till.card(ada, till.ASKS)
    order = api.order(desk)

    paid = api.post("/payments", {"orders": [order["id"]], "method": "card", "means": means.public_id})

    assert (paid.status_code, paid.json()["state"]) == (201, "needs_action")
    assert paid.json()["action_url"]
    busy = api.pay(order)
    assert (busy.status_code, busy.json()["code"]) == (409, "PAYMENT_IN_PROGRESS")
    assert busy.json()["payment_id"] == paid.json()["id"]
    assert api.get("/payment-means").json()["items"][0]["last4"] == means.last4


@pytest.mark.req("B-PAY-T1")
def test_a_card_that_is_declined_leaves_the_order_to_be_paid(api: Any, desk: Any, ada: Any, settings: Any) -> None:
    from tests import till

    settings.GALLERIA_SANDBOX_CARDS = True
    means = till.card(ada, till.DECLINES)
    order = api.order(desk)

    paid = api.post("/payments", {"orders": [order["id"]], "method": "card", "means": means.public_id}).json()

    assert (paid["state"], bool(paid["failure_code"])) == ("failed", True)
    assert api.get(f"/orders/{order['id']}").json()["state"] == "pending_payment"
    assert api.get(f"/payments/{paid['id']}").json()["state"] == "failed"
    assert api.pay(order).json()["state"] == "succeeded"


@pytest.mark.req("B-RSL-T1")
def test_a_resellers_customer_orders_and_pays_nothing_here(shop: Any, rita: Any, desk: Any) -> None:
    from tests.people import make_person

    tiago = make_person("Tiago", sales_model="resale", reseller=rita.reseller)
    caller = program(tiago)

    order = caller.order(desk)

    assert (order["state"], order["paid_by"]) == ("processing", "reseller")
    assert caller.pay(order).status_code == 409


def test_a_product_that_is_gone_cannot_be_quoted(api: Any, desk: Any, shop: Any) -> None:
    type(desk).objects.filter(pk=desk.pk).update(state="removed")
    gone = api.post("/quotes", {"product": "helpdesk"})
    unknown = api.post("/quotes", {"product": "never-was"})

    assert (gone.status_code, gone.json()["code"]) == (410, "PRODUCT_UNAVAILABLE")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.req("B-CFG-004")
def test_quantities_outside_the_limits_are_refused(api: Any, bruno: Any, ada: Any) -> None:
    product = Shop(bruno).product("Seats", monthly="4.00", seats=(5, 50, 5), model="linear")
    body = {"product": product.slug, "mode": "period:month"}

    for seats, status in (("4", 422), ("7", 422), ("55", 422), ("x", 422), ("10", 201)):
        answer = api.post("/quotes", {**body, "attributes": {"seats": seats}})
        assert answer.status_code == status, seats
    assert answer.json()["due"]["amount"] == "40.00"


def test_the_client_of_the_demo_can_buy(desk: Any, ada: Any, live_server: Any, transactional_db: None) -> None:
    """The purchase that the demo shows is made by this client; its paths and names are a promise."""
    from galleria.demo import purchase

    buyer = purchase.Buyer(live_server.url, ada.api_key())
    found = buyer.ask("GET", "/products?q=helpdesk")
    product = buyer.ask("GET", f"/products/{found['items'][0]['slug']}")
    quote = buyer.ask("POST", "/quotes", purchase._configuration(product))
    order = buyer.ask("POST", "/orders", purchase._order(quote))
    paid = buyer.ask("POST", "/payments", {"orders": [order["id"]], "method": "balance"})

    assert (found["total"], product["trial_days"], quote["official"]["amount"]) == (1, 0, "49.00")
    assert (paid["state"], paid["amount"]["amount"], paid["amount"]["currency"]) == ("succeeded", "49.00", "EUR")
    with pytest.raises(purchase.PurchaseFailed, match="NOT_FOUND"):
        buyer.ask("GET", "/orders/GA0")
