"""Changing a specification: the five amounts, the seller's part, and everything that may come in between."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.api.openapi.orders import order_info
from galleria.buying import services as buying
from galleria.buying import told_to_sellers
from galleria.buying.changeable import NotChangeable
from galleria.buying.limits import QuantityOutOfRange
from galleria.buying.models import Order
from galleria.buying.renewable import Term
from galleria.buying.services import changing
from galleria.buying.services.changing import Wish
from galleria.buying.services.guarding import ChangeUnderWay, OpenOrderOnSubscription
from galleria.buying.services.ordering import PriceChanged
from galleria.connecting.models import DebugCase
from galleria.delivering.models import Delivery, SellerCall
from galleria.delivering.services.checking_changes import CheckNotAnswered, SellerRefusesChange
from galleria.kit import clock, jobs
from galleria.kit.errors import NotFound, PermissionMissing, TooManyRequests
from galleria.kit.money import Money
from galleria.notifying.models import Message
from galleria.parties.services.agreements import AgreementNotAccepted
from galleria.pricing.models import Coupon, Discount
from galleria.publishing.models import Price, Sku, UpgradeRule
from galleria.subscribing.models import Period, Subscription
from tests.packages.buying.changing_world import (
    House,
    accepted,
    bought,
    days_before_expiry,
    e10,
    make_house,
    order,
    preview,
    seats,
)  # fmt: skip
from tests.people import NOW
from tests.shop import EUR, Shop, euro

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def house(shop: Shop, server: Any) -> House:
    return make_house(shop, server.address())


def reason_of(call: Any) -> str:
    with pytest.raises(NotChangeable) as refused:
        call()
    return str(refused.value.extra["reason"])


# ----- the five amounts (B-CHG-T1) -----


@pytest.mark.req("B-CHG-T1", "B-CHG-001", "S-UPG-002", "S-UPG-005", "A-V2U-001", "S-UPG-T5")
@pytest.mark.parametrize(("off_e2", "fee"), [(0, "652.05"), (1000, "586.85")])
def test_1_and_2_a_yearly_basic_becomes_professional_with_200_days_left(
    shop: Shop, ada: Any, house: House, server: Any, off_e2: int, fee: str
) -> None:
    row = bought(shop, ada, house.product, mode="period:year", attributes={"size": "basic"})
    if off_e2:
        Discount.objects.create(name="Commercial", kind="commercial", percent_e2=off_e2, starts_at=NOW, state="active")
    days_before_expiry(row, 200)
    before = shop.balance(ada)

    seen = preview(ada, row, sku="sku-professional")
    placed = order(ada, row, sku="sku-professional")
    shop.pay(ada, placed)
    shop.work()

    assert (seen.days_left, seen.due) == (200, euro(fee))
    assert seen.quote.official == euro("652.05")
    assert [str(step.exact) for step in seen.quote.working if step.text.endswith("_remaining")] == ["1200", "40000/73"]
    placed.refresh_from_db()
    assert (placed.kind, placed.state, placed.due_minor) == (3, "completed", euro(fee).minor)
    assert before - shop.balance(ada) == euro(fee)
    expiry = row.expires_at
    row.refresh_from_db()
    assert (row.sku.code, row.expires_at, row.period_type, row.period_count) == ("sku-professional", expiry, "year", 1)
    assert (row.choices["size"], row.price.period_type) == ("professional", "year")
    change = Period.objects.get(subscription=row, kind="change")
    assert (change.ends_at, change.paid_minor, change.official_minor) == (expiry, euro(fee).minor, 65205)
    call = json.loads(SellerCall.objects.get(activity="upgradeInstance").request_body)
    assert call == {
        "activity": "upgradeInstance", "instanceId": row.instance_id, "orderId": placed.public_id,
        "orderLineId": f"{placed.public_id}-000001",
    }  # fmt: skip
    assert shop.is_balanced()


@pytest.mark.req("B-CHG-T1", "S-UPG-003", "A-V2C-006")
@pytest.mark.parametrize(("model", "fee"), [("linear", "450.00"), ("tiered", "300.00"), ("volume", "360.00")])
def test_3_to_5_from_20_to_50_users_with_three_months_left(
    shop: Shop, ada: Any, server: Any, model: str, fee: str
) -> None:
    row = bought(shop, ada, seats(shop, server, model), attributes={"seats": "20"}, term=6)
    days_before_expiry(row, 90)

    seen = preview(ada, row, quantity=50)
    placed = order(ada, row, quantity=50)
    shop.pay(ada, placed)
    shop.work()

    assert (seen.days_left, seen.due) == (90, euro(fee))
    code, expiry = row.product_code, row.expires_at
    row.refresh_from_db()
    assert (row.quantity, row.choices["seats"], row.product_code, row.expires_at) == (50, "50", code, expiry)
    assert (row.period_type, row.period_count) == ("month", 6)


@pytest.mark.req("A-V2C-006", "S-UPG-T5")
def test_more_of_the_same_keeps_sku_and_product_and_another_sku_changes_both(
    shop: Shop, ada: Any, house: House, server: Any
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 10)
    placed = order(ada, row, sku="sku-professional")
    line = placed.lines.get()

    assert line.product_code == Price.objects.get(sku__code="sku-professional", period_type="month").product_code
    assert line.product_code != row.product_code
    assert (line.period_type, line.period_count) == ("month", 1)


# ----- when, and into what -----


@pytest.mark.req("B-CHG-T2")
def test_a_downgrade_is_offered_only_in_the_last_thirty_days_and_only_with_a_renewal(
    shop: Shop, ada: Any, house: House
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", term=3, attributes={"size": "professional"})

    def offered(mode: Any) -> list[str]:
        found = changing.targets(ada.actor, subscription_id=row.public_id, at=clock.now())
        return [each.sku.code for each in found.possible(mode)]

    days_before_expiry(row, 31)
    assert (offered("now"), offered("renewal")) == ([], [])
    assert reason_of(lambda: preview(ada, row, "renewal", sku="sku-basic")) == "too_early"
    days_before_expiry(row, 29)
    assert (offered("now"), offered("renewal")) == ([], ["sku-basic"])
    assert reason_of(lambda: preview(ada, row, "now", sku="sku-basic")) == "downgrade"


@pytest.mark.req("B-CHG-T3", "S-UPG-T4")
def test_a_target_that_leaves_the_catalogue_is_no_target_at_once(shop: Shop, ada: Any, house: House) -> None:
    row = bought(shop, ada, house.product, attributes={"size": "basic"})
    days_before_expiry(row, 10)
    seen = preview(ada, row, sku="sku-professional")
    Sku.objects.filter(code="sku-professional").update(state="removed")

    found = changing.targets(ada.actor, subscription_id=row.public_id, at=clock.now())

    assert [(each.sku.code, each.now) for each in found.targets] == [
        ("sku-basic", "present"), ("sku-professional", "target_removed"),
    ]  # fmt: skip
    wish = Wish(row.public_id, "now", sku="sku-professional")
    assert (
        reason_of(lambda: changing.change(ada.actor, wish=wish, seen_digest=seen.digest, agreements={}, at=clock.now()))
        == "target_removed"
    )
    assert not Order.objects.filter(kind=3).exists()


@pytest.mark.req("S-UPG-T4", "S-UPG-001")
def test_a_rule_that_does_not_hold_hides_the_change(shop: Shop, ada: Any, house: House) -> None:
    row = bought(shop, ada, house.product, attributes={"size": "basic"})
    UpgradeRule.objects.update(state="invalid", reason="price")

    found = changing.targets(ada.actor, subscription_id=row.public_id, at=clock.now())

    assert (found.why_not_now, found.possible("now")) == ("no_rule", [])
    assert found.targets[1].now == "price"


@pytest.mark.req("S-UPG-T4")
def test_a_target_that_is_not_dearer_any_more_is_none_even_before_the_rule_was_looked_at(
    shop: Shop, ada: Any, house: House
) -> None:
    row = bought(shop, ada, house.product, attributes={"size": "basic"})
    Price.objects.filter(sku__code="sku-professional", period_type="year").update(unit_price_e10=e10("1000.00"))

    found = changing.targets(ada.actor, subscription_id=row.public_id, at=clock.now())

    assert [each.now for each in found.targets] == ["present", "price"]


@pytest.mark.req("B-CHG-001")
@pytest.mark.parametrize(("times", "state", "quantity"), [(0, "completed", 21), (9, "canceled", 20)])
def test_a_change_that_costs_nothing_is_made_without_payment_or_undone_without_refund(
    shop: Shop, ada: Any, server: Any, times: int, state: str, quantity: int
) -> None:
    row = bought(shop, ada, seats(shop, server, "tiered"), attributes={"seats": "20"})
    at, before = days_before_expiry(row, 10), shop.balance(ada)
    if times:
        server.faults.add({"do": "code", "code": "000005", "activity": "upgradeInstance", "times": times})

    placed = order(ada, row, quantity=21)
    jobs.run_due(until=at + timedelta(hours=3, minutes=1))

    placed.refresh_from_db()
    row.refresh_from_db()
    assert (placed.due_minor, placed.state, row.quantity, shop.balance(ada)) == (0, state, quantity, before)


@pytest.mark.req("B-CHG-003")
def test_on_the_last_day_an_upgrade_is_refused(shop: Shop, ada: Any, house: House) -> None:
    row = bought(shop, ada, house.product, attributes={"size": "basic"})
    assert row.expires_at is not None

    clock.set_for_tests(row.expires_at - DAY)
    assert preview(ada, row, sku="sku-professional").due == euro("2.67")
    clock.set_for_tests(row.expires_at - DAY + timedelta(seconds=1))
    assert reason_of(lambda: preview(ada, row, sku="sku-professional")) == "last_day"


@pytest.mark.req("B-CHG-001")
def test_nobody_changes_what_is_not_theirs_or_without_the_right(
    shop: Shop, ada: Any, xavier: Any, house: House
) -> None:
    row = bought(shop, ada, house.product, attributes={"size": "basic"})
    ben = ada.colleague("Ben", "BuyerFinance")
    seen = preview(ben, row, sku="sku-professional")
    wish = Wish(row.public_id, "now", sku="sku-professional")

    with pytest.raises(NotFound):
        preview(xavier, row, sku="sku-professional")
    with pytest.raises(PermissionMissing, match="gallery:subscription:change"):
        changing.change(ben.actor, wish=wish, seen_digest=seen.digest, agreements={}, at=NOW)


def test_a_quantity_that_is_not_sold_is_refused_with_the_limits(shop: Shop, ada: Any, server: Any) -> None:
    row = bought(shop, ada, seats(shop, server, "tiered"), attributes={"seats": "20"})

    with pytest.raises(QuantityOutOfRange, match="Choose 1 to 100, in steps of 1"):
        preview(ada, row, quantity=101)
    assert reason_of(lambda: preview(ada, row, quantity=20)) == "nothing"
    assert reason_of(lambda: preview(ada, row, quantity=19)) == "fewer"


def test_without_a_rule_or_a_proven_upgrade_there_is_no_change(shop: Shop, ada: Any, server: Any) -> None:
    row = bought(shop, ada, seats(shop, server, "linear"), attributes={"seats": "20"})
    DebugCase.objects.all().delete()

    assert reason_of(lambda: preview(ada, row, quantity=50)) == "no_rule"


def test_a_preview_asks_the_database_at_most_twelve_times(shop: Shop, ada: Any, house: House) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 10)
    actor, at = ada.actor, clock.now()
    for mode in ("now", "renewal"):
        wish = Wish(row.public_id, mode, sku="sku-professional")  # type: ignore[arg-type]
        changing.preview_change(actor, wish=wish, at=at)
        with CaptureQueriesContext(connection) as asked:
            changing.preview_change(actor, wish=wish, at=at)
        assert len(asked) <= 12


# ----- the seller's part -----


@pytest.mark.req("B-CHG-001", "A-V2U-002", "A-RET-007", "B-ORD-016")
def test_a_seller_who_fails_for_three_hours_costs_nothing_and_changes_nothing(
    shop: Shop, ada: Any, house: House, server: Any
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    at = days_before_expiry(row, 10)
    coupon = shop.coupon(ada, "TEN", "10.00", limits={"order_types": ["change"]})
    Coupon.objects.filter(pk=coupon.pk).update(expires_at=at + 30 * DAY)
    before = shop.balance(ada)
    server.faults.add({"do": "code", "code": "000005", "activity": "upgradeInstance"})

    placed = order(ada, row, sku="sku-professional", coupon="TEN")
    shop.pay(ada, placed)
    assert (placed.due_minor, before - shop.balance(ada)) == (1667, euro("16.67"))
    jobs.run_due(until=at + timedelta(hours=3, minutes=1))

    placed.refresh_from_db()
    assert (placed.state, placed.refunded_minor) == ("canceled", 1667)
    assert "000005" in placed.state_reason
    assert shop.balance(ada) == before
    coupon.refresh_from_db()
    assert (coupon.state, coupon.balance_minor, coupon.locked_by) == ("unused", 1000, "")
    row.refresh_from_db()
    assert (row.sku.code, row.state) == ("sku-basic", "effective")
    assert not Period.objects.filter(subscription=row, kind="change").exists()
    calls = SellerCall.objects.filter(activity="upgradeInstance").order_by("pk")
    assert [(call.called_at - at) // timedelta(minutes=59) for call in calls] == [0, 1, 2, 3]
    assert shop.is_balanced()


@pytest.mark.req("A-V2U-003", "A-V2C-T2")
def test_a_seller_who_answers_too_late_is_asked_again_and_upgrades_once(
    shop: Shop, ada: Any, house: House, server: Any
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    at = days_before_expiry(row, 10)
    server.faults.add({"do": "status", "status": 500, "activity": "upgradeInstance", "times": 2})

    placed = order(ada, row, sku="sku-professional")
    shop.pay(ada, placed)
    jobs.run_due(until=at + timedelta(hours=2, minutes=1))

    placed.refresh_from_db()
    assert placed.state == "completed"
    assert SellerCall.objects.filter(activity="upgradeInstance").count() == 3
    assert [each["activity"] for each in server.store.changes()] == ["upgradeInstance"]
    assert Period.objects.filter(subscription=row, kind="change").count() == 1


@pytest.mark.req("B-ORD-012")
def test_while_the_seller_makes_a_change_nothing_else_is_ordered(
    shop: Shop, ada: Any, house: House, server: Any
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 10)
    placed = order(ada, row, sku="sku-professional")
    assert reason_of(lambda: preview(ada, row, sku="sku-professional")) == "open_order"
    with pytest.raises(OpenOrderOnSubscription, match=placed.public_id):
        buying.require_free(row.public_id)

    shop.pay(ada, placed)
    with pytest.raises(ChangeUnderWay, match=placed.public_id):
        buying.require_free(row.public_id)
    assert reason_of(lambda: preview(ada, row, sku="sku-professional")) == "open_order"
    shop.work()

    buying.require_free(row.public_id)


def test_an_order_that_is_paid_after_the_end_of_the_term_gives_everything_back(
    shop: Shop, ada: Any, house: House, server: Any
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 2)
    placed = order(ada, row, sku="sku-professional")
    before = shop.balance(ada)
    assert row.expires_at is not None
    jobs.run_due(until=row.expires_at + timedelta(hours=1))
    clock.set_for_tests(row.expires_at + timedelta(hours=1))

    shop.pay(ada, placed)
    shop.work()

    placed.refresh_from_db()
    assert (placed.state, shop.balance(ada)) == ("canceled", before)
    assert not Delivery.objects.filter(activity="upgradeInstance").exists()


# ----- with a renewal -----


@pytest.mark.req("B-CHG-002", "A-V2K-001", "A-V2R-001", "A-V2R-002", "A-V2C-006")
def test_a_downgrade_with_a_renewal_costs_the_new_term_and_begins_with_it(
    shop: Shop, ada: Any, house: House, server: Any
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "professional"})
    days_before_expiry(row, 20)
    before, expiry = shop.balance(ada), row.expires_at
    assert expiry is not None

    seen = preview(ada, row, "renewal", sku="sku-basic", term=Term("month", 3))
    placed = order(ada, row, "renewal", sku="sku-basic", term=Term("month", 3))
    shop.pay(ada, placed)
    shop.work()

    assert (seen.due, seen.begins_at, seen.is_less) == (euro("300.00"), expiry, True)
    assert before - shop.balance(ada) == euro("300.00")
    placed.refresh_from_db()
    assert (placed.kind, placed.state) == (2, "completed")
    row.refresh_from_db()
    assert (row.sku.code, row.expires_at) == ("sku-professional", datetime(2027, 7, 1, 15, 59, 59, tzinfo=UTC))
    assert row.expires_at == seen.after.ends_at
    check, refresh = (
        json.loads(SellerCall.objects.get(activity=name).request_body)
        for name in ("changeInstanceCheck", "refreshInstance")
    )
    target = Price.objects.get(sku__code="sku-basic", period_type="month")
    assert check["productInfo"] == {"productId": target.product_code, "skuCode": "sku-basic"}
    assert (refresh["scene"], refresh["productId"]) == ("RENEWAL_CHANGE", target.product_code)
    assert (refresh["orderId"], refresh["expireTime"]) == (placed.public_id, "20270701155959")

    jobs.run_due(until=expiry + timedelta(minutes=1))
    row.refresh_from_db()
    assert (row.sku.code, row.state, row.product_code) == ("sku-basic", "effective", target.product_code)
    assert shop.is_balanced()


@pytest.mark.req("B-CHG-002", "A-V2K-001", "A-V2K-002")
def test_the_sellers_reason_is_shown_and_nothing_is_ordered(shop: Shop, ada: Any, server: Any) -> None:
    row = bought(shop, ada, seats(shop, server, "linear"), attributes={"seats": "50"})
    days_before_expiry(row, 20)
    server.faults.add({"do": "in_use", "units": 40})

    with pytest.raises(SellerRefusesChange, match="40 are in use, the target allows 30") as refused:
        order(ada, row, "renewal", quantity=30)

    assert refused.value.extra == {"reason": "40 are in use, the target allows 30", "result_code": "000005"}
    assert not Order.objects.filter(kind=2).exists()
    call = SellerCall.objects.get(activity="changeInstanceCheck")
    assert (call.verdict, call.failure, call.subscription_id) == (
        "refused", "40 are in use, the target allows 30", row.pk,
    )  # fmt: skip
    assert json.loads(call.request_body)["productInfo"]["linearValue"] == 30
    assert order(ada, row, "renewal", quantity=40).state == "pending_payment"


@pytest.mark.req("A-V2K-001", "A-RET-009")
def test_a_seller_who_does_not_answer_is_asked_once_and_nothing_is_ordered(
    shop: Shop, ada: Any, house: House, server: Any
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "professional"})
    days_before_expiry(row, 20)
    server.faults.add({"do": "down", "activity": "changeInstanceCheck"})

    for _each in range(6):
        with pytest.raises(CheckNotAnswered):
            order(ada, row, "renewal", sku="sku-basic")
    with pytest.raises(TooManyRequests):
        order(ada, row, "renewal", sku="sku-basic")

    assert SellerCall.objects.filter(activity="changeInstanceCheck", verdict="failure").count() == 6
    assert not Order.objects.filter(kind=2).exists()


@pytest.mark.req("A-V2R-003", "B-CHG-002")
def test_a_seller_who_does_not_know_the_scene_undoes_the_renewal(
    shop: Shop, ada: Any, house: House, server: Any
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "professional"})
    at = days_before_expiry(row, 20)
    before, expiry = shop.balance(ada), row.expires_at
    server.faults.add({"do": "code", "code": "000002", "scene": "RENEWAL_CHANGE"})

    placed = order(ada, row, "renewal", sku="sku-basic")
    shop.pay(ada, placed)
    row.refresh_from_db()
    assert row.expires_at != expiry
    jobs.run_due(until=at + timedelta(hours=1, minutes=5))

    placed.refresh_from_db()
    row.refresh_from_db()
    assert (placed.state, shop.balance(ada)) == ("canceled", before)
    assert (row.expires_at, row.sku.code, row.state) == (expiry, "sku-professional", "effective")
    assert Period.objects.get(order_id=placed.public_id).state == "undone"
    assert preview(ada, row, "renewal", sku="sku-basic").due == euro("100.00")


def test_what_is_paid_for_the_next_term_rules_out_another_change(
    shop: Shop, ada: Any, house: House, server: Any
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "professional"})
    days_before_expiry(row, 20)
    shop.pay(ada, order(ada, row, "renewal", sku="sku-basic"))
    shop.work()

    found = changing.targets(ada.actor, subscription_id=row.public_id, at=clock.now())

    assert (found.why_not_now, found.why_not_renewal) == ("planned", "planned")
    assert found.planned is not None
    assert found.planned.sku.code == "sku-basic"


@pytest.mark.req("A-V2U-001", "A-ORQ-002", "A-V2C-006", "S-UPG-T5")
def test_the_order_query_tells_the_seller_what_was_changed(
    shop: Shop, ada: Any, bruno: Any, server: Any, house: House
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 15)
    placed = order(ada, row, sku="sku-professional")
    shop.pay(ada, placed)

    def told(order_id: str) -> Any:
        lines = told_to_sellers.lines_of_order(order_id)
        return order_info(lines, told_to_sellers.attributes_of(lines), at=clock.now())

    found = told(placed.public_id)
    line = found["orderLine"][0]
    target = Price.objects.get(sku__code="sku-professional", period_type="month")
    assert found["orderType"] == "CHANGE"
    assert (line["chargingMode"], line["periodType"], line["periodNumber"]) == ("PERIOD", "month", 1)
    assert line["expireTime"] == "20270401155959"
    assert (line["productInfo"][0]["productId"], line["productInfo"][0]["skuCode"]) == (
        target.product_code, "sku-professional",
    )  # fmt: skip
    assert {"name": "size", "value": "professional"} in line["extendParams"]
    assert (line["currency"], line["currencyAfterDiscount"]) == ("40", "40")
    shop.work()
    renewal = order(ada, row_of(row), "renewal", sku="sku-basic")
    shop.pay(ada, renewal)
    line = told(renewal.public_id)["orderLine"][0]
    assert (line["expireTime"], line["productInfo"][0]["skuCode"]) == ("20270501155959", "sku-basic")


def row_of(row: Subscription) -> Subscription:
    return Subscription.objects.get(pk=row.pk)


@pytest.mark.req("A-V2R-003", "B-CHG-001")
def test_the_buyer_is_told_what_became_of_a_change(shop: Shop, ada: Any, house: House, server: Any) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    at = days_before_expiry(row, 15)
    server.faults.add({"do": "code", "code": "000005", "message": "No room", "activity": "upgradeInstance", "times": 4})
    shop.pay(ada, order(ada, row, sku="sku-professional"))
    jobs.run_due(until=at + timedelta(hours=3, minutes=1))
    shop.pay(ada, order(ada, row, sku="sku-professional"))
    jobs.run_due(until=at + timedelta(hours=4))

    told = list(Message.objects.filter(user=ada.user).order_by("pk").values_list("key", flat=True))
    assert [key for key in told if key in {"change.refunded", "subscription.changed"}] == [
        "change.refunded", "subscription.changed",
    ]  # fmt: skip


# ----- what may come between preview and payment -----


@pytest.mark.req("B-CHG-001", "B-CFG-T3")
def test_a_price_that_changes_after_the_preview_is_refused_with_both_amounts(
    shop: Shop, ada: Any, house: House
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 15)
    seen = preview(ada, row, sku="sku-professional")
    Price.objects.filter(sku__code="sku-professional", period_type="month").update(unit_price_e10=e10("200.00"))

    with pytest.raises(PriceChanged) as refused:
        changing.change(
            ada.actor, wish=Wish(row.public_id, "now", sku="sku-professional"), seen_digest=seen.digest,
            seen_due=seen.due, agreements=accepted(ada, row), at=clock.now(),
        )  # fmt: skip

    assert refused.value.extra == {"before": "40.00", "now": "50.00", "currency": "EUR"}
    assert not Order.objects.filter(kind=3).exists()


def test_a_day_that_passes_after_the_preview_is_a_price_that_changed(shop: Shop, ada: Any, house: House) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 15)
    seen = preview(ada, row, sku="sku-professional")
    days_before_expiry(row, 14)

    with pytest.raises(PriceChanged):
        changing.change(
            ada.actor, wish=Wish(row.public_id, "now", sku="sku-professional"), seen_digest=seen.digest,
            agreements=accepted(ada, row), at=clock.now(),
        )  # fmt: skip


@pytest.mark.req("B-CHG-T3")
def test_a_price_or_sku_that_goes_while_the_seller_is_asked_is_noticed(
    shop: Shop, ada: Any, house: House, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "professional"})
    days_before_expiry(row, 20)
    asked = changing.ask_seller

    def remove_meanwhile(seen: changing.Preview, *, at: datetime) -> None:
        asked(seen, at=at)
        Sku.objects.filter(code="sku-basic").update(state="removed")

    monkeypatch.setattr(changing, "ask_seller", remove_meanwhile)

    assert reason_of(lambda: order(ada, row, "renewal", sku="sku-basic")) == "target_removed"
    assert not Order.objects.filter(kind=2).exists()


@pytest.mark.req("B-CHG-001", "B-TRM-001")
def test_the_terms_are_accepted_with_the_change_and_frozen_in_its_order(shop: Shop, ada: Any, house: House) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 15)
    seen = preview(ada, row, sku="sku-professional")
    wish = Wish(row.public_id, "now", sku="sku-professional")

    with pytest.raises(AgreementNotAccepted):
        changing.change(ada.actor, wish=wish, seen_digest=seen.digest, agreements={}, at=clock.now())

    assert order(ada, row, sku="sku-professional").agreements.count() == 2


@pytest.mark.req("B-PAY-003")
def test_a_page_that_is_sent_twice_is_one_order(shop: Shop, ada: Any, house: House) -> None:
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 15)
    seen, given = preview(ada, row, sku="sku-professional"), accepted(ada, row)
    wish = Wish(row.public_id, "now", sku="sku-professional")

    made = [
        changing.change(
            ada.actor, wish=wish, seen_digest=seen.digest, agreements=given, token="form-1", at=clock.now()
        ).public_id
        for _each in range(2)
    ]

    assert made[0] == made[1]


def test_tax_and_the_next_amount_are_shown_before_anything_is_paid(shop: Shop, ada: Any, house: House) -> None:
    shop.tax(2500)
    row = bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    days_before_expiry(row, 15)

    seen = preview(ada, row, sku="sku-professional")

    assert (seen.quote.net, seen.quote.tax, seen.due) == (euro("40.00"), euro("10.00"), euro("50.00"))
    assert (seen.then_due, seen.then_at) == (euro("225.00"), row.expires_at)
    assert (seen.before.per_period, seen.after.per_period) == (Money(10000, EUR), Money(18000, EUR))
