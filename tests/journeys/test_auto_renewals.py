"""Renewing by itself: on which day, from what, how often, and what happens when it cannot be paid."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from galleria.buying import events, services
from galleria.buying.models import Deduction, Order
from galleria.buying.services import auto_renewing
from galleria.buying.services.renewing import Wish
from galleria.kit import clock
from galleria.kit.errors import NotAllowed
from galleria.kit.models import Job
from galleria.notifying.models import Message
from galleria.parties.models import Account
from galleria.publishing.models import Price, Product, Sku
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from galleria.subscribing.services import CannotRenewItself
from tests import till
from tests.shop import e10, euro
from tests.turning import local, turn_to, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox_cards")]
TOLD = (events.AutoRenewed, events.AutoRenewalFailed, events.RenewalPriceRises)


@pytest.fixture
def desk_of_ada(shop: Any, ada: Any, desk: Product) -> Subscription:
    """From 20 February 2028 for a month, 49.00 EUR: until 20 March 23:59:59; it renews by itself; nothing is left."""
    shop.fund(ada, "49.00")
    clock.set_for_tests(local("2028-02-20T10:00:00"))
    shop.buy(ada, desk, auto_renew=True)
    work()
    row = Subscription.objects.get()
    assert (row.expires_at, row.renewal) == (local("2028-03-20T23:59:59"), "auto")
    return row


def attempts(state: str = "") -> list[str]:
    """When it was tried, in billing time."""
    rows = Deduction.objects.order_by("tried_at")
    zone = clock.billing_zone()
    return [f"{each.tried_at.astimezone(zone):%m-%d %H:%M}" for each in rows if state in {"", each.state}]


@pytest.mark.req("B-ARN-T1", "B-ARN-003", "B-ARN-004")
def test_it_is_tried_daily_at_three_and_a_top_up_makes_the_next_one_succeed(shop, ada, desk_of_ada):
    turn_to("2028-03-15T12:00:00")
    assert attempts("failed") == ["03-13 03:00", "03-14 03:00", "03-15 03:00"]
    assert Order.objects.filter(kind=2).count() == 0  # a failed attempt leaves nothing behind
    failed = Deduction.objects.first()
    assert (failed.code, failed.reason) == ("NO_PAYMENT_MEANS", failed.reason)
    assert failed.reason
    shop.fund(ada, "60.00")

    turn_to("2028-03-16T02:59:00")
    desk_of_ada.refresh_from_db()
    assert desk_of_ada.expires_at == local("2028-03-20T23:59:59")
    turn_to("2028-03-16T03:00:00")

    desk_of_ada.refresh_from_db()
    order = Order.objects.get(kind=2)
    assert attempts("paid") == ["03-16 03:00"]
    assert (order.state, order.paid_by, order.paid_minor) == ("completed", "balance", 4900)
    assert order.creator_name == "operations system"
    assert desk_of_ada.expires_at == local("2028-04-20T23:59:59")
    assert shop.balance(ada) == euro("11.00")
    assert shop.is_balanced()


@pytest.mark.req("B-ARN-T3", "B-ARN-003")
def test_the_account_may_choose_the_day_of_expiry(shop, ada, desk_of_ada):
    subscribing.set_renewal_setting(ada.actor, offset_days=0, at=clock.now())

    turn_to("2028-03-21T12:00:00")

    assert attempts() == ["03-20 03:00"]
    desk_of_ada.refresh_from_db()
    assert desk_of_ada.state in {"freezing", "frozen"}  # SaaS has no grace


@pytest.mark.req("B-ARN-004")
def test_people_are_told_of_the_first_and_the_last_failure_and_daily_in_the_last_days(shop, ada, desk_of_ada):
    with till.listening(*TOLD) as heard:
        turn_to("2028-03-20T12:00:00")

    told = [(each.failures, each.next_at[:10]) for each in heard.of(events.AutoRenewalFailed)]
    # 13 March, then 18, 19 and 20 March; the next attempt in UTC.
    assert told == [(1, "2028-03-13"), (6, "2028-03-18"), (7, "2028-03-19"), (8, "")]
    assert len(attempts("failed")) == 8


@pytest.mark.req("B-EXP-001", "B-ARN-004")
def test_who_was_told_that_it_could_not_be_paid_is_not_told_to_do_nothing(shop, ada, desk_of_ada):
    turn_to("2028-03-20T12:00:00")

    rows = Message.objects.filter(key__in=("subscription.renews", "subscription.expires")).order_by("created_at")
    told = [(each.key.partition(".")[2], f"{each.created_at.astimezone(clock.billing_zone()):%m-%d}") for each in rows]
    # On 5 March nothing has failed yet; the deduction of 13 March fails.
    assert told == [
        ("renews", "03-05"), ("expires", "03-13"), ("expires", "03-17"), ("expires", "03-19"), ("expires", "03-20"),
    ]  # fmt: skip


@pytest.mark.req("B-ARN-005", "B-ARN-T2")
@pytest.mark.parametrize(
    ("at", "deducted"),
    [("2028-03-20T03:00:01", True), ("2028-03-20T02:00:00", False), ("2028-03-19T12:00:00", False)],
    ids=["(b) after three, it ends before three tomorrow", "before three on the last day", "a day before"],
)
def test_switched_on_too_late_for_a_daily_deduction_it_is_deducted_at_once(shop, ada, desk_of_ada, at, deducted):
    subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy="manual", at=clock.now())
    turn_to(at)
    shop.fund(ada, "49.00")

    subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy="auto", at=clock.now())
    work()

    assert len(attempts("paid")) == int(deducted)
    turn_to("2028-03-20T03:30:00")
    desk_of_ada.refresh_from_db()
    assert desk_of_ada.expires_at == local("2028-04-20T23:59:59")  # one way or the other, once
    assert len(attempts("paid")) == 1


@pytest.mark.req("B-ARN-005", "B-ARN-T2")
def test_before_three_it_is_deducted_at_once_when_it_ends_before_three_that_day(shop, ada, desk_of_ada):
    subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy="manual", at=clock.now())
    Subscription.objects.update(expires_at=local("2028-03-20T02:30:00"))
    clock.set_for_tests(local("2028-03-20T01:00:00"))
    shop.fund(ada, "49.00")

    subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy="auto", at=clock.now())
    work()

    assert attempts("paid") == ["03-20 01:00"]


@pytest.mark.req("B-ARN-006")
def test_after_a_renewal_by_hand_the_next_deduction_follows_the_new_expiry(shop, ada, desk_of_ada):
    shop.fund(ada, "98.00")
    turn_to("2028-03-10T12:00:00")
    wish = [Wish(desk_of_ada.public_id)]
    [order] = services.renew(ada.actor, wishes=wish, at=clock.now())
    shop.pay(ada, order)

    turn_to("2028-04-13T02:59:00")
    assert attempts() == []
    turn_to("2028-04-13T03:00:00")

    assert attempts("paid") == ["04-13 03:00"]


@pytest.mark.req("B-ARN-006", "B-REN-002")
def test_an_order_in_checkout_is_not_paid_twice_and_is_named_as_the_reason(shop, ada, desk_of_ada):
    shop.fund(ada, "200.00")
    turn_to("2028-03-13T02:59:00")
    [order] = services.renew(ada.actor, wishes=[Wish(desk_of_ada.public_id)], at=clock.now())

    turn_to("2028-03-13T03:00:00")
    failed = Deduction.objects.get()
    assert (failed.state, failed.code) == ("failed", "OPEN_ORDER_ON_SUBSCRIPTION")
    assert order.public_id in failed.reason
    shop.pay(ada, order)
    turn_to("2028-03-21T00:00:00")

    desk_of_ada.refresh_from_db()
    assert desk_of_ada.expires_at == local("2028-04-20T23:59:59")
    assert shop.balance(ada) == euro("151.00")


@pytest.mark.req("B-ARN-007", "B-RSL-T2")
def test_customers_of_a_reseller_that_are_frozen_cannot_switch_it_on_and_fail_with_a_message(
    shop, ada, rita, desk_of_ada
):
    Account.objects.filter(pk=ada.account.pk).update(
        sales_model="resale", reseller=rita.reseller, frozen_by_reseller=True
    )
    with till.listening(*TOLD) as heard:
        turn_to("2028-03-13T03:00:00")

    assert [each.code for each in heard.of(events.AutoRenewalFailed)] == ["FROZEN_BY_PARTNER"]
    subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy="manual", at=clock.now())
    with pytest.raises(CannotRenewItself):
        subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy="auto", at=clock.now())


@pytest.mark.req("B-ARN-007", "B-REN-003", "B-ARN-011")
@pytest.mark.parametrize("gone", [Product, Sku])
def test_what_was_taken_off_sale_goes_on_renewing_where_it_was_on_and_cannot_be_switched_on(
    shop, ada, desk_of_ada, gone
):
    shop.fund(ada, "49.00")
    key = desk_of_ada.product_id if gone is Product else desk_of_ada.sku_id
    gone.objects.filter(pk=key).update(state="removed")

    turn_to("2028-03-13T03:00:00")

    assert attempts("paid") == ["03-13 03:00"]
    subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy="none", at=clock.now())
    with pytest.raises(CannotRenewItself):
        subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy="auto", at=clock.now())


@pytest.mark.req("B-ARN-008", "B-ARN-002")
def test_the_number_of_renewals_counts_down_and_ends_in_renewal_by_hand(shop, ada, desk_of_ada):
    shop.fund(ada, "500.00")
    subscribing.set_renewal(
        ada.actor, subscription_id=desk_of_ada.public_id, policy="auto", period_type="month", period_count=1,
        times=2, at=clock.now(),
    )  # fmt: skip

    turn_to("2028-03-13T04:00:00")
    desk_of_ada.refresh_from_db()
    assert (desk_of_ada.renewal, desk_of_ada.renewals_left) == ("auto", 1)
    turn_to("2028-04-13T04:00:00")
    desk_of_ada.refresh_from_db()
    assert desk_of_ada.renewal == "manual"
    turn_to("2028-05-25T00:00:00")

    assert attempts("paid") == ["03-13 03:00", "04-13 03:00"]
    desk_of_ada.refresh_from_db()
    assert desk_of_ada.state == "frozen"


@pytest.mark.req("B-ARN-002")
def test_the_term_that_it_buys_can_be_another_one(shop, ada, desk_of_ada):
    shop.fund(ada, "500.00")
    subscribing.set_renewal(
        ada.actor, subscription_id=desk_of_ada.public_id, policy="auto", period_type="year", period_count=1,
        at=clock.now(),
    )  # fmt: skip

    turn_to("2028-03-13T04:00:00")

    desk_of_ada.refresh_from_db()
    assert (desk_of_ada.expires_at, shop.balance(ada)) == (local("2029-03-20T23:59:59"), euro("10.00"))


@pytest.mark.req("B-ARN-009")
def test_a_higher_price_is_told_three_days_before_and_charged_as_told(shop, ada, desk_of_ada):
    shop.fund(ada, "100.00")
    Price.objects.filter(sku=desk_of_ada.sku, period_type="month").update(unit_price_e10=e10("55.00"))

    with till.listening(*TOLD) as heard:
        turn_to("2028-03-10T02:59:00")
        assert heard.events == []
        turn_to("2028-03-13T04:00:00")

    [told] = heard.of(events.RenewalPriceRises)
    assert (told.was_minor, told.now_minor, told.due_minor) == (4900, 5500, 5500)
    assert told.deduct_at == "2028-03-12T19:00:00+00:00"
    [done] = heard.of(events.AutoRenewed)
    assert (done.due_minor, done.left) == (5500, -1)


@pytest.mark.req("B-ARN-009")
def test_a_lower_price_is_not_told(shop, ada, desk_of_ada):
    shop.fund(ada, "100.00")
    Price.objects.filter(sku=desk_of_ada.sku, period_type="month").update(unit_price_e10=e10("45.00"))
    with till.listening(*TOLD) as heard:
        turn_to("2028-03-13T04:00:00")
    assert heard.of(events.RenewalPriceRises) == []


@pytest.mark.req("B-ARN-003", "B-CPN-001")
def test_cash_and_discount_coupons_are_used(shop, ada, desk_of_ada):
    shop.fund(ada, "39.00")
    coupon = shop.coupon(ada, "RENEW10", "10.00", limits={"order_types": ["renewal"]})
    type(coupon).objects.filter(pk=coupon.pk).update(expires_at=local("2029-01-01T00:00:00"))

    turn_to("2028-03-13T04:00:00")

    order = Order.objects.get(kind=2)
    assert (order.coupon_minor, order.paid_minor, shop.balance(ada)) == (1000, 3900, euro("0.00"))


@pytest.mark.req("B-ARN-003")
def test_a_card_is_charged_when_the_balance_is_not_enough(shop, ada, desk_of_ada):
    till.card(ada)

    turn_to("2028-03-13T04:00:00")

    order = Order.objects.get(kind=2)
    assert (order.state, order.paid_by) == ("completed", "card")
    assert attempts("paid") == ["03-13 03:00"]


@pytest.mark.req("B-ARN-004")
@pytest.mark.parametrize("number", [till.DECLINES, till.ASKS], ids=["declined", "the bank would ask"])
def test_a_card_that_fails_leaves_a_canceled_order_that_is_in_nobodys_way(shop, ada, desk_of_ada, number):
    till.card(ada, number)

    turn_to("2028-03-13T04:00:00")

    failed = Deduction.objects.get()
    assert (failed.state, bool(failed.reason)) == ("failed", True)
    order = Order.objects.get(kind=2)
    assert order.state == "canceled"
    told = set(Message.objects.filter(parameters__order=order.public_id).values_list("key", flat=True))
    assert told & {"order.to_pay", "order.canceled_by_system"} == set()
    assert Message.objects.filter(key="renewal.failed").exists()
    shop.fund(ada, "49.00")
    turn_to("2028-03-14T04:00:00")
    assert attempts("paid") == ["03-14 03:00"]


def test_a_deduction_takes_few_queries_and_leaves_one_message_to_be_sent(
    shop, ada, desk_of_ada, django_assert_max_num_queries
):
    shop.fund(ada, "60.00")
    at = local("2028-03-13T03:00:00")
    clock.set_for_tests(at)
    with django_assert_max_num_queries(71):
        auto_renewing.deduct_for(desk_of_ada.public_id, desk_of_ada.expires_at, at, at=at)
    assert attempts("paid") == ["03-13 03:00"]
    told = Job.objects.filter(lane="messages").values_list("task", flat=True)
    assert list(told) == ["AutoRenewed>notifying.renewals.on_auto_renewed"]


def test_run_twice_for_one_day_it_is_charged_once(shop, ada, desk_of_ada):
    shop.fund(ada, "500.00")
    clock.set_for_tests(local("2028-03-13T03:00:00"))
    ends, planned = desk_of_ada.expires_at, clock.now()

    for _each in range(3):
        auto_renewing.deduct_for(desk_of_ada.public_id, ends, planned, at=clock.now())

    assert (Order.objects.filter(kind=2).count(), shop.balance(ada)) == (1, euro("451.00"))


def test_killed_before_the_card_was_charged_it_goes_on_with_the_same_order(shop, ada, desk_of_ada):
    till.card(ada)
    clock.set_for_tests(local("2028-03-13T03:00:00"))
    from django.db import transaction

    with transaction.atomic():
        auto_renewing._begin(desk_of_ada.public_id, desk_of_ada.expires_at, clock.now(), clock.now())
    # ... and here the process died.
    assert Deduction.objects.get().state == "paying"

    turn_to("2028-03-13T03:05:00")

    assert Order.objects.get(kind=2).state == "completed"
    assert Deduction.objects.get().state == "paid"


@pytest.mark.req("B-ARN-011")
def test_renewal_canceled_means_it_ends_and_it_can_be_taken_back(shop, ada, desk_of_ada):
    shop.fund(ada, "500.00")
    for policy in ("none", "manual", "auto", "none"):
        subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy=policy, at=clock.now())

    turn_to("2028-03-20T12:00:00")
    assert attempts() == []
    turn_to("2028-04-06T12:00:00")

    desk_of_ada.refresh_from_db()
    assert desk_of_ada.state == "released"


@pytest.mark.req("B-ARN-010")
def test_what_has_a_price_by_use_goes_on_by_use_after_its_end(shop, ada, server):
    meter = shop.product("Meter", monthly="10.00", hourly="0.05")
    shop.connect(meter, server.address())
    shop.fund(ada, "100.00")
    clock.set_for_tests(local("2028-02-20T10:00:00"))
    shop.buy(ada, meter)
    work()
    row = Subscription.objects.get()
    subscribing.set_renewal(ada.actor, subscription_id=row.public_id, policy="to_pay_per_use", at=clock.now())

    turn_to("2028-03-21T00:30:00")

    row.refresh_from_db()
    assert (row.state, row.billing_mode, row.expires_at) == ("effective", "pay_per_use", None)


def test_a_partner_pays_for_its_customers(shop, ada, rita, desk_of_ada):
    Account.objects.filter(pk=ada.account.pk).update(sales_model="resale", reseller=rita.reseller)

    turn_to("2028-03-13T04:00:00")

    assert attempts("paid") == ["03-13 03:00"]
    assert Order.objects.get(kind=2).paid_by == "reseller"


def test_two_runs_beside_a_renewal_by_hand_add_up(shop, ada, desk_of_ada):
    """What the clock and a person do in one night is charged for two terms, and no third."""
    shop.fund(ada, "500.00")
    turn_to("2028-03-13T03:00:00")
    [order] = services.renew(ada.actor, wishes=[Wish(desk_of_ada.public_id)], at=clock.now())
    shop.pay(ada, order, token=str(uuid.uuid4()))
    turn_to(clock.now() + timedelta(days=10))

    desk_of_ada.refresh_from_db()
    assert (desk_of_ada.expires_at, shop.balance(ada)) == (local("2028-05-20T23:59:59"), euro("402.00"))


@pytest.mark.req("B-ARN-001")
@pytest.mark.parametrize("mode", ["one_time", "pay_per_use", "trial"])
def test_what_has_no_term_cannot_renew_itself(shop, ada, server, mode):
    product = shop.product("Other", monthly="9.00", once="99.00", hourly="0.05", trial_days=14)
    shop.connect(product, server.address())
    shop.fund(ada, "200.00")
    shop.buy(ada, product, mode=mode)
    work()
    row = Subscription.objects.get()

    with pytest.raises(NotAllowed):
        subscribing.set_renewal(ada.actor, subscription_id=row.public_id, policy="auto", at=clock.now())

    row.refresh_from_db()
    assert row.renewal == "manual"
