"""Leaving: the worked cases through order, payment and refund; what is closed, told and given back where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.buying import events, leaving, states
from galleria.buying import services as buying
from galleria.buying.models import Order, UnsubscribedTerm
from galleria.buying.services import guarding, renewing
from galleria.buying.services import leaving as services
from galleria.delivering.models import Delivery
from galleria.kit import clock, parameters
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.ledger import selectors as ledger
from galleria.parties.models import Account
from galleria.paying import services as paying
from galleria.paying import states as paying_states
from galleria.paying.models import Refund
from galleria.pricing.models import Coupon
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Period, Subscription
from tests.packages.buying import changing_world as changing
from tests.packages.buying.leaving_world import BOUGHT, CONFIRMED, LEAVES, at, held, leave, preview, renewed
from tests.people import make_person
from tests.shop import euro
from tests.till import card, listening

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(shop: Any, server: Any) -> Any:
    """An image for 100.00 a month, which the marketplace's rule is for."""
    product = shop.product("Plainsong Image", monthly="100.00", yearly="1000.00", delivery_type="image")
    shop.connect(product, server.address())
    return product


def switch(key: str, value: Any) -> None:
    parameters.change(SYSTEM, key, value, at=BOUGHT - timedelta(days=9))


# --- the marketplace's rule -----------------------------------------------------------------------------
@pytest.mark.req("B-UNS-T1", "B-UNS-001", "B-UNS-004", "B-UNS-006")
def test_a_month_is_given_back_by_the_hour_less_the_fee(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)
    at(LEAVES)

    seen = preview(ada, subscription)
    assert (seen.paid, seen.consumed, seen.fee, seen.total) == (
        euro("100.00"), euro("45.38"), euro("10.00"), euro("44.62"),
    )  # fmt: skip
    assert [(each.source, each.amount) for each in seen.targets] == [("cash", euro("44.62"))]
    with listening(events.UnsubscriptionAsked, events.UnsubscriptionCompleted) as heard:
        order = leave(ada, subscription)

    order.refresh_from_db()
    assert (order.kind, states.KINDS[order.kind], order.state) == (4, "unsubscription", "completed")
    assert (order.due_minor, order.refunded_minor) == (0, 4462)
    assert shop.balance(ada) == euro("44.62")
    assert Order.objects.get(public_id=subscription.order_id).refunded_minor == 4462
    assert len(heard.of(events.UnsubscriptionAsked)) == len(heard.of(events.UnsubscriptionCompleted)) == 1
    assert shop.is_balanced()


@pytest.mark.req("B-UNS-T1")
def test_what_is_nearly_used_up_comes_back_with_nothing_and_is_closed_all_the_same(
    shop: Any, ada: Any, image: Any
) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)
    at(BOUGHT - timedelta(minutes=30) + timedelta(hours=700))

    order = leave(ada, subscription)

    order.refresh_from_db()
    subscription.refresh_from_db()
    assert (order.state, order.refunded_minor, subscription.state) == ("completed", 0, "closing")
    assert not Refund.objects.exists()


@pytest.mark.req("B-UNS-T1", "B-UNS-006")
def test_what_a_cash_coupon_paid_does_not_come_back(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "70.00")
    coupon = shop.coupon(ada, "LESS30", "30.00")
    coupon.expires_at = BOUGHT + timedelta(days=60)
    coupon.save()
    subscription = held(shop, ada, image, coupon="LESS30")
    at(LEAVES)

    seen = preview(ada, subscription)
    leave(ada, subscription)

    coupon.refresh_from_db()
    assert (seen.paid, seen.consumed, seen.fee, seen.total, seen.coupon) == (
        euro("70.00"), euro("31.77"), euro("7.00"), euro("31.23"), euro("0.00"),
    )  # fmt: skip
    assert (shop.balance(ada), coupon.state, coupon.balance_minor) == (euro("31.23"), "used", 0)
    assert shop.is_balanced()


@pytest.mark.req("B-UNS-T1")
def test_three_years_are_given_back_with_the_fee_of_the_second_year(shop: Any, ada: Any, server: Any) -> None:
    product = shop.product("Plainsong Archive", yearly="1200.00", delivery_type="image")
    shop.connect(product, server.address())
    shop.fund(ada, "3600.00")
    bought = BOUGHT.replace(year=2028, month=3, day=1, hour=16, minute=30) - timedelta(days=1)  # March 1, 00:30
    subscription = held(shop, ada, product, bought=bought, mode="period:year", term=3)
    at(bought - timedelta(minutes=30) + timedelta(hours=9600))

    seen = preview(ada, subscription)

    assert (seen.consumed, seen.fee, seen.total) == (euro("1313.87"), euro("360.00"), euro("1926.13"))


@pytest.mark.req("B-UNS-007")
def test_tax_comes_back_in_proportion(shop: Any, ada: Any, image: Any) -> None:
    shop.tax(1500)
    shop.fund(ada, "115.00")
    subscription = held(shop, ada, image)
    at(LEAVES)

    seen = preview(ada, subscription)
    leave(ada, subscription)

    assert (seen.cash, seen.tax, seen.total) == (euro("44.62"), euro("6.69"), euro("51.31"))
    assert shop.balance(ada) == euro("51.31")
    assert shop.is_balanced()


@pytest.mark.req("A-V2D-001", "A-V2D-003", "B-UNS-004")
def test_the_seller_deletes_it_with_the_ids_of_the_unsubscription_and_the_money_does_not_wait(
    shop: Any, ada: Any, image: Any, server: Any
) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)
    at(LEAVES)

    order = leave(ada, subscription)
    order.refresh_from_db()
    subscription.refresh_from_db()
    assert (order.state, subscription.state) == ("completed", "closing")

    shop.work()

    subscription.refresh_from_db()
    delivery = Delivery.objects.get(activity="releaseInstance")
    assert (subscription.state, delivery.state) == ("released", "succeeded")
    assert (delivery.order_id, delivery.order_line_id) == (order.public_id, f"{order.public_id}-000001")
    sent = delivery.calls.get().request_body
    assert f'"orderId":"{order.public_id}"' in sent.replace(" ", "")


# --- renewals -------------------------------------------------------------------------------------------
@pytest.mark.req("B-ORF-T1", "B-ORF-001", "A-V2R-001", "A-DEC-014")
def test_the_last_renewal_is_given_back_in_full_and_the_expiry_moves_back_a_month(
    shop: Any, ada: Any, server: Any
) -> None:
    product = shop.product("Plainsong Notes", monthly="50.00", unsubscription_rule="none")
    shop.connect(product, server.address())
    shop.fund(ada, "150.00")
    subscription = renewed(shop, ada, held(shop, ada, product), 2)
    before = subscription.expires_at
    at(LEAVES)

    seen = preview(ada, subscription, kind=leaving.RENEWALS)
    assert (seen.total, seen.fee, seen.ends_at.isoformat()) == (
        euro("50.00"),
        euro("0.00"),
        "2027-07-01T15:59:59+00:00",
    )
    order = leave(ada, subscription, kind=leaving.RENEWALS)
    shop.work()

    order.refresh_from_db()
    subscription.refresh_from_db()
    assert (before.isoformat(), subscription.expires_at.isoformat()) == (
        "2027-08-01T15:59:59+00:00", "2027-07-01T15:59:59+00:00",
    )  # fmt: skip
    assert (order.state, shop.balance(ada), subscription.state) == ("completed", euro("50.00"), "effective")
    told = Delivery.objects.get(scene="UNSUBSCRIBE_RENEWAL_PERIOD")
    assert (told.activity, told.state, told.order_id) == ("refreshInstance", "succeeded", order.public_id)
    assert '"expireTime":"20270701155959"' in told.calls.get().request_body.replace(" ", "")


@pytest.mark.req("B-ORF-001", "B-ORF-002")
def test_only_renewals_that_have_not_begun_are_given_back_the_last_first(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "300.00")
    subscription = renewed(shop, ada, held(shop, ada, image), 2)
    at(BOUGHT + timedelta(days=45))  # in the second month

    seen = preview(ada, subscription, kind=leaving.RENEWALS, count=5)
    assert [part.period.number for part in seen.parts] == [3]
    with pytest.raises(Invalid):
        leave(ada, subscription, kind=leaving.RENEWALS, count=2)
    leave(ada, subscription, kind=leaving.RENEWALS)

    with pytest.raises(services.NotUnsubscribable) as refused:
        leave(ada, subscription, kind=leaving.RENEWALS)
    assert refused.value.extra["reasons"] == {subscription.public_id: "no_renewal"}
    assert shop.balance(ada) == euro("100.00")


@pytest.mark.req("B-UNS-002")
def test_leaving_altogether_gives_the_renewals_to_come_back_in_full(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "300.00")
    subscription = renewed(shop, ada, held(shop, ada, image), 2)
    at(LEAVES)

    seen = preview(ada, subscription)
    order = leave(ada, subscription)

    assert [(part.timing, part.back.total) for part in seen.parts] == [
        ("to_come", euro("100.00")), ("to_come", euro("100.00")), ("running", euro("44.62")),
    ]  # fmt: skip
    assert shop.balance(ada) == euro("244.62")
    assert [row.source.kind for row in UnsubscribedTerm.objects.filter(unsubscription__order=order)] == [2, 2, 1]
    assert sorted(Period.objects.values_list("state", flat=True)) == ["given_back", "given_back", "paid"]
    assert sum(row.refunded_minor for row in Order.objects.exclude(kind=4)) == 24462
    assert shop.is_balanced()


@pytest.mark.req("B-UNS-002", "B-UNS-T1")
def test_in_a_renewed_month_only_its_own_hours_and_money_count(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "200.00")
    subscription = renewed(shop, ada, held(shop, ada, image))
    at(BOUGHT.replace(month=6, day=16, hour=16, minute=5))  # June 17, 00:05: 15 days of June 2 to July 1, 720 h

    seen = preview(ada, subscription)

    running = seen.parts[0].back
    assert len(seen.parts) == 1
    assert running.steps[0].inputs["used"] == 360
    assert running.steps[0].inputs["total"] == 720
    assert (seen.consumed, seen.fee, seen.total) == (euro("50.00"), euro("10.00"), euro("40.00"))


# --- new purchases: cooling-off as a setting --------------------------------------------------------------
@pytest.mark.req("B-UNS-T2")
def test_on_day_3_all_comes_back_with_the_coupon_and_on_day_6_it_does_not(shop: Any, ada: Any, image: Any) -> None:
    switch("refund.unconditional_enabled", True)
    shop.fund(ada, "140.00")
    for code in ("FIRST30", "SECOND30"):
        row = shop.coupon(ada, code, "30.00")
        row.expires_at = BOUGHT + timedelta(days=60)
        row.save()
    first = held(shop, ada, image, coupon="FIRST30")
    second = held(shop, ada, image, coupon="SECOND30")

    at(BOUGHT + timedelta(days=3))
    day_3 = preview(ada, first)
    leave(ada, first)
    at(BOUGHT + timedelta(days=5, seconds=1))
    day_6 = preview(ada, second)

    assert (day_3.situations[0].ruling.rule, day_3.total, day_3.coupon, day_3.fee) == (
        "unconditional", euro("70.00"), euro("30.00"), euro("0.00"),
    )  # fmt: skip
    assert (day_6.situations[0].ruling.rule, day_6.coupon, day_6.fee) == ("platform", euro("0.00"), euro("7.00"))
    assert day_6.situations[0].ruling.notes == ("unconditional_over",)
    coupon = Coupon.objects.get(code="FIRST30")
    assert (coupon.state, coupon.balance_minor, coupon.expires_at) == ("unused", 3000, BOUGHT + timedelta(days=60))
    assert shop.balance(ada) == euro("70.00")
    assert shop.is_balanced()


@pytest.mark.req("S-RFD-T3", "B-UNS-T2")
def test_an_account_returns_as_many_new_purchases_a_year_as_the_setting_says(shop: Any, ada: Any, image: Any) -> None:
    switch("refund.unconditional_enabled", True)
    switch("refund.unconditional_per_year", 2)
    shop.fund(ada, "300.00")
    rows = [held(shop, ada, image) for _each in range(3)]
    at(BOUGHT + timedelta(days=1))

    for row in rows[:2]:
        leave(ada, row)
    third = preview(ada, rows[2])

    assert leaving.returns_used(ada.account.pk, clock.now()) == 2
    assert (third.situations[0].ruling.rule, third.situations[0].ruling.notes) == (
        "platform", ("unconditional_used_up",),
    )  # fmt: skip
    assert "2" in third.situations[0].said("unconditional_used_up")


# --- the law ---------------------------------------------------------------------------------------------
@pytest.mark.req("UI-GEN-17")
def test_consumers_in_europe_withdraw_within_14_days_without_reason_or_fee(shop: Any, server: Any, at: Any) -> None:
    product = shop.product("Plainsong Diary", monthly="10.00", unsubscription_rule="none")
    shop.connect(product, server.address())
    ida = make_person("Ida", kind="individual")
    shop.fund(ida, "10.00")
    subscription = held(shop, ida, product)
    clock.set_for_tests(BOUGHT + timedelta(days=14))

    seen = preview(ida, subscription)
    left = services.leave(ida.actor, subscription_ids=[subscription.public_id], seen_digest=seen.digest, at=clock.now())

    assert seen.situations[0].ruling.rule == "withdrawal"
    assert left.order.unsubscription.is_withdrawal
    assert shop.balance(ida) == euro("10.00")


@pytest.mark.req("UI-GEN-17")
def test_the_right_to_withdraw_is_for_consumers_in_the_countries_of_the_setting_and_ends(
    shop: Any, ada: Any, server: Any
) -> None:
    product = shop.product("Plainsong Diary", monthly="10.00", unsubscription_rule="none")
    shop.connect(product, server.address())
    people = [ada, make_person("Ida", kind="individual"), make_person("Ian", kind="individual", country="GB")]
    rows = []
    for each in people:
        shop.fund(each, "10.00")
        rows.append(held(shop, each, product))
    at(BOUGHT + timedelta(days=13))

    found = [preview(each, row).situations[0].ruling.rule for each, row in zip(people, rows, strict=True)]
    at(BOUGHT + timedelta(days=15))

    assert found == ["none", "withdrawal", "none"]
    assert preview(people[1], rows[1]).situations[0].ruling.rule == "none"


# --- what stands in the way -------------------------------------------------------------------------------
@pytest.mark.req("B-UNS-T3")
def test_an_invoiced_order_is_not_given_back_until_the_invoice_is_returned(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)
    services.note_invoice(order_id=subscription.order_id, by="seller")

    with pytest.raises(services.NotUnsubscribable) as refused:
        leave(ada, subscription)
    assert refused.value.extra["reasons"] == {subscription.public_id: "invoiced"}
    assert "invoice" in refused.value.message

    services.note_invoice(order_id=subscription.order_id, by="")
    assert preview(ada, subscription).is_possible


@pytest.mark.req("B-UNS-001")
def test_somebody_who_may_not_a_stranger_and_a_frozen_account_leave_nothing(
    shop: Any, ada: Any, xavier: Any, image: Any
) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)
    reader = ada.colleague("Ben")

    with pytest.raises(PermissionMissing):
        services.leave(reader.actor, subscription_ids=[subscription.public_id], seen_digest="", at=clock.now())
    with pytest.raises(NotFound):
        preview(xavier, subscription)
    ada.account.state = "frozen"
    ada.account.save()
    with pytest.raises(services.NotUnsubscribable, match="frozen"):
        leave(ada, subscription)
    subscription.refresh_from_db()
    assert subscription.state == "effective"


def test_nothing_happens_without_ticks_and_reason(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)

    with pytest.raises(Invalid) as refused:
        leave(ada, subscription, reason="", fee_accepted=False, deletion_accepted=False)

    assert set(refused.value.fields) == {"reason", "fee_accepted", "deletion_accepted"}
    assert not Order.objects.filter(kind=4).exists()


@pytest.mark.req("UI-GEN-04", "B-UNS-001")
def test_a_refund_that_differs_from_what_was_shown_is_refused_with_both_figures(
    shop: Any, ada: Any, image: Any
) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)
    at(LEAVES)
    seen = preview(ada, subscription)
    at(LEAVES + timedelta(hours=1))

    with pytest.raises(services.RefundChanged) as refused:
        leave(ada, subscription, seen_digest=seen.digest)

    assert (refused.value.extra["before"], refused.value.extra["now"]) == ("44.62", "44.49")
    assert not Order.objects.filter(kind=4).exists()


@pytest.mark.req("B-UNS-001", "B-ORD-012")
def test_while_a_renewal_is_unpaid_nothing_is_given_back(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "200.00")
    subscription = held(shop, ada, image)
    waiting = renewing.renew(ada.actor, wishes=[renewing.Wish(subscription.public_id)], at=clock.now())[0]

    with pytest.raises(services.NotUnsubscribable) as refused:
        leave(ada, subscription)

    assert waiting.public_id in refused.value.message


# --- several at once, large ones ----------------------------------------------------------------------------
@pytest.mark.req("B-UNS-001", "B-UNS-003")
def test_several_are_one_order_with_a_line_each(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "200.00")
    rows = [held(shop, ada, image) for _each in range(2)]
    at(LEAVES)

    order = leave(ada, *rows)

    order.refresh_from_db()
    assert [line.refunded_minor for line in order.lines.all()] == [4462, 4462]
    assert (order.refunded_minor, shop.balance(ada)) == (8924, euro("89.24"))


@pytest.fixture
def large(shop: Any, ada: Any, server: Any) -> Any:
    """A year for 10,000.00, left after a day: more than the operator lets go without a look."""
    product = shop.product("Plainsong Plant", yearly="10000.00", delivery_type="image")
    shop.connect(product, server.address())
    shop.fund(ada, "10000.00")
    subscription = held(shop, ada, product, mode="period:year")
    at(BOUGHT + timedelta(days=1))
    return subscription


@pytest.mark.req("B-UNS-005")
def test_a_large_refund_waits_for_the_operator_and_then_goes_as_it_was_confirmed(
    shop: Any, ada: Any, olga: Any, large: Any
) -> None:
    seen = preview(ada, large)
    order = leave(ada, large)
    assert (seen.needs_review, order.state, shop.balance(ada)) == (True, "pending_approval", euro("0.00"))
    row = Submission.objects.get(kind="refund", subject=order.public_id)
    assert (row.state, row.due_at.date().isoformat()) == ("pending", "2027-05-05")  # 3 working days after a Sunday

    at(BOUGHT + timedelta(days=3))
    with pytest.raises(guarding.OpenOrderOnSubscription):
        guarding.require_free(large.public_id)
    reviewing.approve(olga.actor, submission_id=row.public_id, at=clock.now())

    order.refresh_from_db()
    large.refresh_from_db()
    assert (order.state, large.state) == ("completed", "closing")
    assert shop.balance(ada) == seen.total
    assert shop.is_balanced()


@pytest.mark.req("B-UNS-005")
def test_a_large_refund_that_is_returned_or_withdrawn_changes_nothing(
    shop: Any, ada: Any, olga: Any, large: Any
) -> None:
    first = leave(ada, large)
    services.take_back(ada.actor, order_id=first.public_id, at=clock.now())
    second = leave(ada, large)
    row = Submission.objects.get(kind="refund", subject=second.public_id)
    reviewing.give_back(olga.actor, submission_id=row.public_id, note="The card was reported stolen.", at=clock.now())

    first.refresh_from_db()
    second.refresh_from_db()
    large.refresh_from_db()
    assert (first.state, second.state, large.state) == ("canceled", "canceled", "effective")
    assert second.state_reason == "The card was reported stolen."
    with pytest.raises(NotAllowed):
        services.take_back(ada.actor, order_id=second.public_id, at=clock.now())
    guarding.require_free(large.public_id)


# --- released without an order ------------------------------------------------------------------------------
@pytest.mark.req("B-EXP-003", "B-ARR-005")
@pytest.mark.parametrize("what", ["trial", "free", "by use", "expired"])
def test_what_has_nothing_to_give_back_is_released(shop: Any, ada: Any, server: Any, what: str) -> None:
    prices = {"by use": {"hourly": "0.50"}, "free": {"monthly": "0.00"}}.get(what, {"monthly": "20.00"})
    product = shop.product("Plainsong Tasks", trial_days=14, unsubscription_rule="none", **prices)
    shop.connect(product, server.address())
    shop.fund(ada, "20.00")
    mode = {"trial": "trial", "by use": "pay_per_use"}.get(what, "period:month")
    subscription = held(shop, ada, product, mode=mode)
    if what == "expired":
        at(BOUGHT + timedelta(days=40))
        shop.work()
        subscribing.run_due(at=clock.now())
        shop.work()
    subscription.refresh_from_db()

    seen = preview(ada, subscription)
    assert (seen.situations[0].ruling.rule, seen.situations[0].ruling.because) == (
        "release", {"by use": "pay_per_use"}.get(what, what),
    )  # fmt: skip
    order = leave(ada, subscription)
    shop.work()

    subscription.refresh_from_db()
    delivery = Delivery.objects.get(activity="releaseInstance")
    assert (order, subscription.state, delivery.order_id) == (None, "released", "")


# --- where the money came from -------------------------------------------------------------------------------
@pytest.mark.req("B-UNS-006")
def test_money_goes_back_to_the_card_that_paid_and_a_card_that_is_gone_ends_with_the_operator(
    shop: Any, ada: Any, olga: Any, image: Any, settings: Any
) -> None:
    settings.GALLERIA_SANDBOX_CARDS = True
    at(BOUGHT)
    means = card(ada)
    order = shop.order(ada, image)
    paid = shop.pay(ada, order, method="card", means_id=means.public_id)
    buying.confirm_card_payment(ada.actor, payment_id=paid.payment.public_id, at=clock.now())
    for _turn in range(3):
        shop.work()
    subscription = Subscription.objects.get(order_id=order.public_id)
    at(LEAVES)

    seen = preview(ada, subscription)
    assert [(each.source, each.means) for each in seen.targets] == [("card", "Visa •••• 4242")]
    asked = leave(ada, subscription)
    asked.refresh_from_db()
    assert asked.state == "refunding"
    refund = Refund.objects.get()
    paying_states.REFUND.apply(refund, "fail", failure_text="The card was closed.")
    asked.refresh_from_db()
    assert asked.state == "refunding"
    paying.refund_to_balance(olga.actor, refund_id=refund.public_id, reason="The card was closed.", at=clock.now())

    asked.refresh_from_db()
    assert (asked.state, shop.balance(ada)) == ("completed", euro("44.62"))
    assert shop.is_balanced()


def test_a_second_request_for_the_same_subscription_finds_it_gone(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)
    seen = preview(ada, subscription)
    leave(ada, subscription)

    with pytest.raises(services.NotUnsubscribable):
        services.leave(
            ada.actor, subscription_ids=[subscription.public_id], seen_digest=seen.digest, at=clock.now(), **CONFIRMED
        )
    assert Refund.objects.count() == 1


def test_what_belongs_to_an_unsubscription_is_not_approved_or_canceled_as_a_purchase(ada: Any, large: Any) -> None:
    order = leave(ada, large)
    for act in (
        lambda: buying.approve_order(ada.actor, order_id=order.public_id, at=clock.now()),
        lambda: buying.cancel_order(ada.actor, order_id=order.public_id, at=clock.now()),
        lambda: buying.reject_order(ada.actor, order_id=order.public_id, reason="no", at=clock.now()),
    ):
        with pytest.raises(states.OrderStatusChanged):
            act()


@pytest.mark.req("B-UNS-001")
def test_a_preview_of_ten_takes_no_more_queries_than_one(
    shop: Any, ada: Any, image: Any, django_assert_max_num_queries: Any
) -> None:
    switch("refund.unconditional_enabled", True)
    shop.fund(ada, "300.00")
    rows = [held(shop, ada, image) for _each in range(3)]
    parameters.get("refund.large_value_threshold")
    actor = ada.actor

    with django_assert_max_num_queries(12):
        leaving.preview(actor, subscription_ids=[rows[0].public_id], at=clock.now())
    with django_assert_max_num_queries(12):
        leaving.preview(actor, subscription_ids=[row.public_id for row in rows], at=clock.now())


# --- after a change -------------------------------------------------------------------------------------------
@pytest.mark.req("B-UNS-001", "B-UNS-006")
def test_what_was_paid_for_a_change_comes_back_by_its_own_hours_to_its_own_order(
    shop: Any, ada: Any, server: Any
) -> None:
    house = changing.make_house(shop, server.address())
    row = changing.bought(shop, ada, house.product, mode="period:year", attributes={"size": "basic"})
    changing.days_before_expiry(row, 200)
    shop.pay(ada, changing.order(ada, row, sku="sku-professional"))
    for _turn in range(2):
        shop.work()
    at(clock.now() + timedelta(hours=1440))  # 60 of the 200 days

    before = shop.balance(ada)
    seen = preview(ada, row)
    leave(ada, row)

    change, main = seen.parts
    assert (change.period.kind, change.back.paid, change.back.fee) == ("change", euro("652.05"), euro("65.21"))
    assert (main.period.kind, main.back.paid, main.back.fee) == ("new", euro("1000.00"), euro("100.00"))
    assert change.source.kind == 3
    for part in seen.parts:
        inputs = part.back.steps[0].inputs
        exact = part.back.paid.minor * inputs["used"] / inputs["total"]
        assert abs(part.back.consumed.minor - exact) <= 0.5
    assert change.back.steps[0].inputs["used"] == 1440
    assert shop.balance(ada) - before == seen.total
    assert [Order.objects.get(pk=part.source.pk).refunded_minor for part in seen.parts] == [
        part.back.total.minor for part in seen.parts
    ]  # fmt: skip
    assert shop.is_balanced()


@pytest.mark.req("B-ORF-002")
def test_after_a_change_a_renewal_before_it_is_not_given_back_alone(shop: Any, ada: Any, server: Any) -> None:
    house = changing.make_house(shop, server.address())
    row = changing.bought(shop, ada, house.product, mode="period:year", attributes={"size": "basic"})
    renewed(shop, ada, row)
    shop.pay(ada, changing.order(ada, row, sku="sku-professional"))
    for _turn in range(2):
        shop.work()

    with pytest.raises(services.NotUnsubscribable) as refused:
        leave(ada, row, kind=leaving.RENEWALS)

    assert refused.value.extra["reasons"] == {row.public_id: "changed_since"}


@pytest.mark.req("B-ORD-012")
def test_while_the_seller_makes_a_change_nothing_is_given_back(shop: Any, ada: Any, server: Any) -> None:
    house = changing.make_house(shop, server.address())
    row = changing.bought(shop, ada, house.product, mode="period:year", attributes={"size": "basic"})
    order = changing.order(ada, row, sku="sku-professional")
    shop.pay(ada, order)  # paid, and not yet done by the seller

    with pytest.raises(services.NotUnsubscribable, match=order.public_id):
        leave(ada, row)


@pytest.mark.req("UI-GEN-17")
def test_a_withdrawal_by_law_is_not_reviewed_however_large(shop: Any, server: Any) -> None:
    product = shop.product("Plainsong Plant", yearly="10000.00", delivery_type="image")
    shop.connect(product, server.address())
    ida = make_person("Ida", kind="individual")
    shop.fund(ida, "10000.00")
    subscription = held(shop, ida, product, mode="period:year")

    order = leave(ida, subscription)

    order.refresh_from_db()
    assert (order.state, shop.balance(ida)) == ("completed", euro("10000.00"))


@pytest.mark.req("B-UNS-006", "S-RSL-006")
def test_what_a_partner_paid_goes_back_to_the_partner_and_its_budget(
    shop: Any, ada: Any, rita: Any, image: Any
) -> None:
    Account.objects.filter(pk=ada.account.pk).update(
        sales_model="resale", reseller=rita.reseller, reseller_budget_minor=20_000
    )
    ada.account.refresh_from_db()
    subscription = held(shop, ada, image)
    at(LEAVES)
    owed = f"reseller_receivable:{rita.reseller.public_id}"
    assert ledger.balance(owed, "EUR") == euro("-100.00")

    seen = preview(ada, subscription)
    leave(ada, subscription)

    assert [each.source for each in seen.targets] == ["reseller"]
    assert ledger.balance(owed, "EUR") == euro("-55.38")
    assert Account.objects.get(pk=ada.account.pk).reseller_spent_minor == 5538
    assert shop.balance(ada) == euro("0.00")
    assert shop.is_balanced()


@pytest.mark.req("B-ORF-001", "B-UNS-006")
def test_a_renewal_given_back_brings_its_coupon_back_unless_that_has_expired(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "270.00")
    coupon = shop.coupon(ada, "NEXT30", "30.00")
    Coupon.objects.filter(pk=coupon.pk).update(expires_at=BOUGHT + timedelta(days=10))
    subscription = held(shop, ada, image)
    wish = [renewing.Wish(subscription.public_id)]
    shop.pay(ada, *renewing.renew(ada.actor, wishes=wish, coupon_code="NEXT30", at=clock.now()))
    shop.work()

    seen = preview(ada, subscription, kind=leaving.RENEWALS)
    assert (seen.total, seen.coupon) == (euro("70.00"), euro("30.00"))
    at(BOUGHT + timedelta(days=12))
    leave(ada, subscription, kind=leaving.RENEWALS)

    coupon.refresh_from_db()
    assert coupon.state == "expired"
    assert shop.balance(ada) == euro("170.00")
    assert shop.is_balanced()
