"""The order query: what a seller is told of real orders and of the nine mock orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.api.openapi import mocks, orders
from galleria.buying import states
from galleria.buying.models import OrderLine
from galleria.kit import clock
from galleria.publishing.models import Price, SkuAttribute
from galleria.selling.services import people as selling
from tests.people import NOW, Person, make_seller
from tests.shop import Shop, e10
from tests.wire.open_api import Program, program


@pytest.fixture
def isv(bruno: Person) -> Program:
    """Bruno's server."""
    return program(bruno)


@pytest.fixture(autouse=True)
def _funded(shop: Shop, ada: Person) -> None:
    """Ada can pay for everything here."""
    shop.fund(ada, "5000.00")


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """The order information of a good answer."""
    assert (answer["resultCode"], answer["resultMsg"]) == ("MKT.0000", "Success")
    return dict(answer["orderInfo"])


# ---- real orders -----------------------------------------------------------------------------------------


@pytest.mark.req("A-ORQ-001", "A-ORQ-002", "A-ORQ-003", "A-DEC-013", "A-OPN-001")
def test_a_yearly_order_is_told_in_full(shop: Shop, desk: Any, ada: Person, isv: Program) -> None:
    order = shop.buy(ada, desk, mode="period:year")
    line = OrderLine.objects.select_related("sku").get(order=order)

    answer = isv.order(order.public_id)

    assert answer == {
        "resultCode": "MKT.0000",
        "resultMsg": "Success",
        "orderInfo": {
            "orderId": order.public_id,
            "orderType": "NEW",
            "createTime": "20270301090000",
            "orderLine": [
                {
                    "orderLineId": f"{order.public_id}-000001",
                    "chargingMode": "PERIOD",
                    "periodType": "year",
                    "periodNumber": 1,
                    "expireTime": "20280301155959",
                    "productInfo": [
                        {
                            "productId": line.product_code,
                            "skuCode": line.sku.code,
                            "linearValue": None,
                            "productName": "Plainsong Helpdesk,Standard,Yearly/Monthly",
                        }
                    ],
                    "extendParams": [],
                    "currency": "490",
                    "currencyAfterDiscount": "490",
                }
            ],
            "buyerInfo": {
                "mobilePhone": None,
                "email": None,
                "customerId": ada.account.public_id,
                "customerName": "Byron Analytics AB",
                "customerRealName": None,
                "customerType": 1,
                "userId": None,
                "userName": None,
            },
            "extendParams": [],
        },
    }


@pytest.mark.req("A-ORQ-002", "A-V2C-005", "B-CFG-005")
def test_attributes_answers_and_the_linear_value_are_told(shop: Shop, ada: Person, isv: Program) -> None:
    product = shop.product(
        "Mail", monthly="3.25", seats=(10, 100, 10), model="linear",
        extra_parameters=[{"key": "emailDomainName", "label": "Domain", "kind": "text", "required": True}],
    )  # fmt: skip
    specification = product.specifications.get()
    sku = specification.skus.get()
    SkuAttribute.objects.create(
        specification=specification, key="edition", name="Edition", kind="choice", position=1,
        options=[{"key": "basic", "name": "Basic"}, {"key": "plus", "name": "Plus"}],
    )  # fmt: skip
    sku.choices = {"edition": "basic"}
    sku.save()
    order = shop.buy(
        ada, product, attributes={"seats": "50", "edition": "basic"}, extra={"emailDomainName": "test.example.com"}
    )

    line = told(isv.order(order.public_id))["orderLine"][0]

    assert line["productInfo"][0]["linearValue"] == 50
    assert line["productInfo"][0]["productName"] == "Mail,Standard,Basic,Yearly/Monthly"
    assert line["extendParams"] == [
        {"name": "emailDomainName", "value": "test.example.com"},
        {"name": "edition", "value": "basic"},
    ]
    assert (line["currency"], line["currencyAfterDiscount"]) == ("162.50", "162.50")


@pytest.mark.req("A-ORQ-002")
def test_the_amounts_are_before_and_after_discounts(shop: Shop, desk: Any, ada: Person, isv: Program) -> None:
    order = shop.order(ada, desk)
    OrderLine.objects.filter(order=order).update(official_minor=10_000, discount_minor=1_050)

    line = told(isv.order(order.public_id))["orderLine"][0]

    assert (line["currency"], line["currencyAfterDiscount"]) == ("100", "89.50")


@pytest.mark.req("A-ORQ-002", "A-V2C-004")
def test_a_trial_is_a_period_of_days(shop: Shop, ada: Person, isv: Program) -> None:
    product = shop.product("Tryable", monthly="9.00", trial_days=14)
    order = shop.buy(ada, product, mode="trial")

    info = told(isv.order(order.public_id))
    line = info["orderLine"][0]

    assert info["orderType"] == "TRIAL"
    assert (line["chargingMode"], line["periodType"], line["periodNumber"]) == ("PERIOD", "day", 14)
    assert line["expireTime"] == "20270315155959"
    assert line["productInfo"][0]["productName"] == "Tryable,Standard,Trial"


@pytest.mark.req("A-ORQ-002")
@pytest.mark.parametrize(
    ("sold", "mode", "charging_mode", "words"),
    [
        ({"once": "9.00"}, "one_time", "ONE_TIME", "One-time"),
        ({"hourly": "0.01"}, "pay_per_use", "ON_DEMAND", "Pay-per-use"),
    ],
)
def test_what_has_no_term_has_no_period_and_no_end(
    shop: Shop, ada: Person, isv: Program, sold: dict[str, Any], mode: str, charging_mode: str, words: str
) -> None:
    order = shop.buy(ada, shop.product("Thing", **sold), mode=mode)

    line = told(isv.order(order.public_id))["orderLine"][0]

    assert (line["chargingMode"], line["periodType"], line["periodNumber"], line["expireTime"]) == (
        charging_mode, None, None, None,
    )  # fmt: skip
    assert line["productInfo"][0]["productName"] == f"Thing,Standard,{words}"


@pytest.mark.req("A-ORQ-002")
@pytest.mark.parametrize("mode", ["package", "exhaustible"])
def test_packages_are_told_as_packages(shop: Shop, ada: Person, isv: Program, mode: str) -> None:
    product = shop.product("Minutes")
    sku = product.specifications.get().skus.get()
    Price.objects.create(
        sku=sku, product_code="OFFI7", billing_mode=mode, currency="EUR", unit_price_e10=e10("5.00"), included=100
    )
    order = shop.buy(ada, product, mode=mode)

    line = told(isv.order(order.public_id))["orderLine"][0]

    assert (line["chargingMode"], line["periodType"]) == ("ON_DEMAND_PKG", None)
    assert line["productInfo"][0]["productId"] == "OFFI7"


@pytest.mark.req("B-SAA-001", "B-SAA-002", "A-ORQ-002")
def test_contact_data_is_told_only_if_the_product_asks_and_the_buyer_agreed(
    shop: Shop, ada: Person, isv: Program
) -> None:
    ada.user.phone = "+46 70 123 45 67"
    ada.user.save()
    asking = shop.product("Asking", monthly="9.00", needs_contact_consent=True)
    quiet = shop.product("Quiet", monthly="9.00")

    agreed = told(isv.order(shop.buy(ada, asking).public_id))["buyerInfo"]
    other = told(isv.order(shop.buy(ada, quiet).public_id))["buyerInfo"]

    assert (agreed["mobilePhone"], agreed["email"], agreed["userId"], agreed["userName"]) == (
        "+46 70 123 45 67", "ada.byron@example.com", ada.user.public_id, "Ada Byron",
    )  # fmt: skip
    assert [other[name] for name in ("mobilePhone", "email", "userId", "userName")] == [None] * 4


@pytest.mark.req("B-SAA-002")
def test_contact_data_is_told_after_the_payment_only(shop: Shop, ada: Person, isv: Program) -> None:
    asking = shop.product("Asking", monthly="9.00", needs_contact_consent=True)
    shop.fund(ada, "50.00")
    order = shop.order(ada, asking)
    names = ("mobilePhone", "email", "userId", "userName")

    before = told(isv.order(order.public_id))["buyerInfo"]
    shop.pay(ada, order)
    after = told(isv.order(order.public_id))["buyerInfo"]

    assert [before[name] for name in names] == [None] * 4
    assert after["email"] == "ada.byron@example.com"


@pytest.mark.req("B-SAA-002")
def test_what_was_agreed_is_told_even_when_the_profile_changed_since(shop: Shop, ada: Person, isv: Program) -> None:
    ada.user.phone = "+46 70 123 45 67"
    ada.user.save()
    order = shop.buy(ada, shop.product("Asking", monthly="9.00", needs_contact_consent=True))
    ada.user.phone = "+46 8 99"
    ada.user.save()

    assert told(isv.order(order.public_id))["buyerInfo"]["mobilePhone"] == "+46 70 123 45 67"


@pytest.mark.req("A-ORQ-002")
def test_a_person_and_a_verified_company_are_told_apart(
    shop: Shop, desk: Any, xavier: Person, ada: Person, isv: Program
) -> None:
    ada.account.verified_name = "Byron Analytics Aktiebolag"
    ada.account.name = "B" * 100
    ada.account.save()
    shop.fund(xavier, "500.00")

    person = told(isv.order(shop.buy(xavier, desk).public_id))["buyerInfo"]
    company = told(isv.order(shop.order(ada, desk).public_id))["buyerInfo"]

    assert (person["customerType"], person["customerRealName"]) == (0, None)
    assert (company["customerType"], company["customerRealName"]) == (1, "Byron Analytics Aktiebolag")
    assert company["customerName"] == "B" * 64


@pytest.mark.req("A-ORQ-002", "B-TIM-002", "B-TIM-003")
def test_before_delivery_the_end_is_that_of_a_period_that_begins_now_and_afterwards_it_stays(
    shop: Shop, desk: Any, ada: Person, isv: Program
) -> None:
    def end() -> str:
        return str(told(isv.order(order.public_id))["orderLine"][0]["expireTime"])

    order = shop.buy(ada, desk)
    at_once = end()
    clock.advance(timedelta(days=2))
    two_days_late = end()
    shop.work()
    clock.advance(timedelta(days=20))

    assert (at_once, two_days_late) == ("20270401155959", "20270403155959")
    assert end() == "20270403155959"


@pytest.mark.req("A-ORQ-002")
def test_the_end_of_an_older_order_stays_when_the_subscription_is_prolonged(
    shop: Shop, desk: Any, ada: Person, isv: Program
) -> None:
    order = shop.buy(ada, desk)
    shop.work()
    line = order.lines.select_related("subscription").get()
    assert line.subscription is not None
    line.subscription.expires_at = NOW + timedelta(days=900)
    line.subscription.save()
    first = told(isv.order(order.public_id))["orderLine"][0]["expireTime"]
    order.kind = 2  # as if this order were the renewal
    order.save()

    renewal = told(isv.order(order.public_id))

    assert first == "20270401155959"
    assert (renewal["orderType"], renewal["orderLine"][0]["expireTime"]) == ("RENEW", "20290817090000")


@pytest.mark.req("A-ORQ-002")
def test_every_kind_of_order_and_every_billing_mode_has_a_word_of_the_contract() -> None:
    assert set(orders.ORDER_TYPES) == set(states.KINDS.values())
    assert set(orders.ORDER_TYPES.values()) == {
        "NEW", "TRIAL", "TRIAL_TO_FORMAL", "UNSUBSCRIBE", "RENEW", "CHANGE",
    }  # fmt: skip
    assert {mode for mode, _words in orders.CHARGING_MODES.values()} == {
        "ON_DEMAND", "ONE_TIME", "PERIOD", "ON_DEMAND_PKG",
    }  # fmt: skip


@pytest.mark.req("A-ORQ-002")
def test_long_product_names_are_cut_to_the_contracts_length(shop: Shop, ada: Person, isv: Program) -> None:
    order = shop.buy(ada, shop.product("A name that goes on and on until nobody wants to read it", monthly="9.00"))

    name = told(isv.order(order.public_id))["orderLine"][0]["productInfo"][0]["productName"]

    assert name == "A name that goes on and on until nobody wants to read it,Standar"
    assert len(name) == 64


@pytest.mark.req("A-ORQ-001")
def test_one_line_of_several_can_be_asked_for(shop: Shop, desk: Any, ada: Person, isv: Program) -> None:
    order = shop.order(ada, desk)
    line = order.lines.get()
    line.pk, line.public_id = None, f"{order.public_id}-000002"
    line.save()

    both = told(isv.order(order.public_id))["orderLine"]
    second = told(isv.order(order.public_id, f"{order.public_id}-000002"))["orderLine"]

    assert [each["orderLineId"][-6:] for each in both] == ["000001", "000002"]
    assert [each["orderLineId"] for each in second] == [f"{order.public_id}-000002"]


@pytest.mark.req("A-ORQ-001", "A-OPN-002")
def test_the_number_of_queries_is_fixed(
    shop: Shop, desk: Any, ada: Person, isv: Program, django_assert_num_queries: Any
) -> None:
    order = shop.buy(ada, desk)
    isv.order(order.public_id)  # notes the use of the key

    with django_assert_num_queries(2):
        isv.order(order.public_id)
    with django_assert_num_queries(1):
        isv.order("MOCKONDEMAND")


@pytest.mark.req("A-OPN-002", "S-SUB-T2", "S-SUB-T3")
def test_a_pair_sees_the_products_that_its_user_looks_after(
    shop: Shop, desk: Any, ada: Person, bruno: Person, at: Any, django_assert_num_queries: Any
) -> None:
    order = shop.buy(ada, desk)
    user = bruno.colleague("Dag", "BuyerAdmin", "SellerDelivery")
    server = program(user)

    def may_see(*products: str) -> str:
        selling.set_user(bruno.actor, user_id=user.user.public_id, roles=["SellerDelivery"], products=products, at=at)
        return str(server.order(order.public_id)["resultCode"])

    assert [may_see(), may_see(desk.public_id), may_see()] == ["CBC.0150", "MKT.0000", "CBC.0150"]
    with django_assert_num_queries(3):
        server.order(order.public_id)


# ---- refusals --------------------------------------------------------------------------------------------


@pytest.mark.req("A-OPN-002", "A-OPN-T4", "A-ERR-001")
def test_the_order_of_another_seller_is_an_illegal_operation(shop: Shop, desk: Any, ada: Person) -> None:
    order = shop.order(ada, desk)
    other = program(make_seller("Mallory", slug="mallory"))

    answer = other.ask({"orderId": order.public_id})

    assert (answer.status_code, answer.json()) == (
        401,
        {
            "resultCode": "CBC.0150",
            "resultMsg": "Illegal operation. The order is not of a product of yours.",
            "extra_info": "The order is not of a product of yours.",
        },
    )


@pytest.mark.req("A-ERR-001", "A-ORQ-001")
@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "CBC.0199"),
        ("orderId=", 400, "CBC.0199"),
        ("orderLineId=GA1-000001", 400, "CBC.0199"),
        ("orderId=NOBODY", 400, "CBC.0101"),
        ("orderId=" + "x" * 64, 400, "CBC.0101"),
        ("orderId=" + "x" * 65, 500, "CBC.0100"),
        ("orderId=MOCKONDEMAND&orderLineId=" + "x" * 65, 500, "CBC.0100"),
        ("orderId=A&orderId=B", 500, "CBC.0100"),
        ("orderId=a%00b", 500, "CBC.0100"),
        ("orderId=%ff", 400, "CBC.0101"),
        ("orderId=MOCKONDEMAND&orderLineId=MOCKONDEMAND-000002", 400, "CBC.0101"),
        ("orderId=mockondemand", 400, "CBC.0101"),
        ("orderId=MOCKONDEMAND&more=1", 200, "MKT.0000"),
        ("orderId=MOCKONDEMAND&orderLineId=", 200, "MKT.0000"),
    ],
)
def test_wrong_parameters_are_told_with_their_codes(isv: Program, query: str, status: int, code: str) -> None:
    answer = isv.ask(query)

    assert (answer.status_code, answer.json()["resultCode"]) == (status, code)


@pytest.mark.req("A-ERR-001", "A-ORQ-001")
def test_an_unknown_line_of_an_own_order_is_an_invalid_parameter(
    shop: Shop, desk: Any, ada: Person, isv: Program
) -> None:
    order = shop.order(ada, desk)

    answer = isv.ask({"orderId": order.public_id, "orderLineId": f"{order.public_id}-000009"})

    assert (answer.status_code, answer.json()["resultCode"]) == (400, "CBC.0101")


# ---- mock orders -----------------------------------------------------------------------------------------

MOCKS = [
    ("MOCKPERIODYEARNEW", "NEW", "PERIOD", "year", 1, "20280301235959"),
    ("MOCKONETIMENEW", "NEW", "ONE_TIME", None, None, None),
    ("MOCKONDEMAND", "NEW", "ON_DEMAND", None, None, None),
    ("MOCKONDEMANDPKG", "NEW", "ON_DEMAND_PKG", None, None, "20280301235959"),
    ("MOCKPERIODDAYTRIAL", "TRIAL", "PERIOD", "day", 7, "20270308235959"),
    ("MOCKMONTYTRIALTOFORMAL", "TRIAL_TO_FORMAL", "PERIOD", "month", 1, "20270401235959"),
    ("MOCKMONTYUNSUBSCRIBE", "UNSUBSCRIBE", "PERIOD", "month", 1, "20270401235959"),
    ("MOCKMONTYRENEW", "RENEW", "PERIOD", "month", 1, "20270401235959"),
    ("MOCKMONTYCHANGE", "CHANGE", "PERIOD", "month", 1, "20270401235959"),
]


@pytest.mark.req("A-MOK-001", "A-OPN-T5", "A-DBG-002")
@pytest.mark.parametrize(("order_id", "kind", "mode", "period", "number", "end"), MOCKS, ids=[m[0] for m in MOCKS])
def test_each_mock_order_has_its_scenario_and_is_stable_but_for_its_times(
    isv: Program, order_id: str, kind: str, mode: str, period: str | None, number: int | None, end: str | None
) -> None:
    info = told(isv.order(order_id))
    one_line = told(isv.order(order_id, f"{order_id}-000001"))
    line = info["orderLine"][0]
    clock.advance(timedelta(days=40))
    later = told(isv.order(order_id))

    assert (info["orderId"], info["orderType"], line["orderLineId"]) == (order_id, kind, f"{order_id}-000001")
    assert (line["chargingMode"], line["periodType"], line["periodNumber"]) == (mode, period, number)
    assert (info["createTime"], line["expireTime"]) == ("20270301090000", end)
    assert one_line == info
    assert later["createTime"] == "20270410090000"
    for each in (info, later):
        each.pop("createTime")
        each["orderLine"][0].pop("expireTime")
    assert later == info


@pytest.mark.req("A-MOK-001")
def test_the_content_of_a_mock_order_is_the_recorded_one(isv: Program) -> None:
    info = told(isv.order("MOCKPERIODYEARNEW"))
    line, buyer = info["orderLine"][0], info["buyerInfo"]

    assert set(mocks.MOCKS) == {each[0] for each in MOCKS}
    assert line["productInfo"][0]["linearValue"] == 50
    assert [each["name"] for each in line["extendParams"]] == ["emailDomainName", "ip"]
    assert (line["currency"], line["currencyAfterDiscount"]) == ("100", "100")
    assert buyer["mobilePhone"]
    assert (buyer["email"], buyer["userId"], buyer["userName"], buyer["customerType"]) == (None, None, None, 0)
    assert info["extendParams"] == []


@pytest.mark.req("A-MOK-001")
def test_a_mock_order_of_the_last_day_of_a_month_ends_on_a_day_that_exists(isv: Program) -> None:
    clock.travel_to(NOW.replace(month=1, day=31))

    assert told(isv.order("MOCKMONTYRENEW"))["orderLine"][0]["expireTime"] == "20270228235959"


@pytest.mark.req("A-MOK-001", "A-OPN-002")
def test_mock_orders_are_for_sellers_only(ada: Person) -> None:
    assert program(ada).order("MOCKPERIODYEARNEW")["resultCode"] == "CBC.0151"
