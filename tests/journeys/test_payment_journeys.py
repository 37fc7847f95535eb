"""Paying for real orders in every way, and everything that goes back when it must."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.buying import services as buying
from galleria.kit import clock, jobs
from galleria.ledger import services as ledger
from galleria.paying import services as paying
from galleria.paying.adapters.sandbox_gateway import SandboxGateway
from galleria.paying.models import Payment, Refund, SandboxRecord
from galleria.pricing.models import Coupon
from galleria.subscribing.models import Subscription
from tests.people import NOW
from tests.shop import euro
from tests.till import ASKS, DECLINES, balances, card

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox_cards")]


def left_at_the_gateway() -> list[int]:
    """What the gateway has charged and not given back, for each charge."""
    rows = SandboxRecord.objects.filter(kind="charge")
    return [row.data["amount"] - row.data["refunded"] for row in rows if row.data["state"] == "succeeded"]


def checked() -> None:
    assert ledger.check().problems == []


@pytest.mark.req("B-PAY-001", "B-PAY-004", "B-PUR-018")
def test_ada_pays_by_card_proves_it_and_gets_her_application(shop: Any, ada: Any, desk: Any) -> None:
    card(ada, ASKS)
    order = shop.order(ada, desk)
    paid = shop.pay(ada, order, method="card")
    assert (paid.payment.state, paid.orders[0].state) == ("needs_action", "pending_payment")
    SandboxGateway().answer_challenge(paid.payment.provider_ref, proven=True)
    paid = buying.confirm_card_payment(ada.actor, payment_id=paid.payment.public_id, at=clock.now())
    assert (paid.payment.state, paid.orders[0].state) == ("succeeded", "processing")
    shop.work()
    order.refresh_from_db()
    assert (order.state, order.paid_by, order.paid_minor) == ("completed", "card", 49_00)
    assert balances() == {"card_clearing": "-49.00", "orders_held": "49.00"}
    checked()


@pytest.mark.req("B-PAY-001")
def test_a_declined_card_leaves_the_order_to_be_paid_otherwise(shop: Any, ada: Any, desk: Any) -> None:
    card(ada, DECLINES)
    order = shop.order(ada, desk)
    paid = shop.pay(ada, order, method="card")
    assert (paid.payment.state, paid.payment.failure_code) == ("failed", "CARD_DECLINED")
    order.refresh_from_db()
    assert order.state == "pending_payment"
    shop.fund(ada, "49.00")
    assert shop.pay(ada, order).orders[0].state == "processing"
    checked()


@pytest.mark.req("B-PAY-004", "B-ORD-011", "B-ORD-T1")
@pytest.mark.parametrize("how", ["canceled by the buyer", "its time is over"])
def test_an_order_that_ends_while_the_bank_asks_gives_the_card_its_money_back(
    shop: Any, ada: Any, desk: Any, how: str
) -> None:
    card(ada, ASKS)
    order = shop.order(ada, desk)
    if how == "its time is over":
        jobs.run_due(order.expires_at - timedelta(minutes=5))
    payment = shop.pay(ada, order, method="card").payment
    if how == "its time is over":
        jobs.run_due(order.expires_at + timedelta(minutes=1))
    else:
        buying.cancel_order(ada.actor, order_id=order.public_id, at=clock.now())
    order.refresh_from_db()
    assert order.state == "canceled"
    SandboxGateway().answer_challenge(payment.provider_ref, proven=True)  # the buyer confirms at last
    buying.confirm_card_payment(ada.actor, payment_id=payment.public_id, at=clock.now())
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == ("failed", "ORDER_STATUS_CHANGED")
    assert left_at_the_gateway() == [49_00]
    shop.work()
    order.refresh_from_db()
    assert (order.state, left_at_the_gateway(), balances()) == ("canceled", [0], {})
    assert not Subscription.objects.exists()
    checked()


@pytest.mark.req("B-ORD-016", "B-UNS-006")
def test_what_cannot_be_delivered_goes_back_to_the_card(shop: Any, ada: Any, desk: Any, server: Any) -> None:
    shop.tax(2500)
    card(ada)
    server.faults.add({"do": "down"})
    order = shop.buy(ada, desk, method="card")
    assert (order.state, left_at_the_gateway()) == ("processing", [61_25])
    jobs.run_due(until=NOW + timedelta(hours=3, minutes=1))
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == ("canceled", 61_25)
    assert (left_at_the_gateway(), balances()) == ([0], {})
    assert Refund.objects.get().target == "card"
    checked()


@pytest.mark.req("B-ORD-015", "B-CPN-002")
def test_a_coupon_that_paid_everything_comes_back_whole(shop: Any, ada: Any, desk: Any, server: Any) -> None:
    shop.coupon(ada, "ALL", "49.00")
    server.faults.add({"do": "down"})
    order = shop.buy(ada, desk, coupon="ALL")
    assert (order.state, order.paid_by, order.due_minor) == ("processing", "none", 0)
    assert balances() == {"coupon_cost": "-49.00", "orders_held": "49.00"}
    jobs.run_due(until=NOW + timedelta(hours=3, minutes=1))
    order.refresh_from_db()
    coupon = Coupon.objects.get(code="ALL")
    assert (order.state, coupon.state, coupon.balance_minor) == ("canceled", "unused", 49_00)
    assert balances() == {}
    checked()


@pytest.mark.req("B-CRD-001", "B-CRD-002", "B-BAL-002")
def test_credit_is_free_again_when_the_seller_cannot_deliver(
    shop: Any, ada: Any, olga: Any, desk: Any, server: Any
) -> None:
    paying.approve_later_payment(
        olga.actor, account_id=ada.account.public_id, kind="credit", limit=euro("100.00"), at=NOW
    )
    desk.accepts_credit = True
    desk.save()
    shop.fund(ada, "9.00")
    server.faults.add({"do": "down"})
    order = shop.buy(ada, desk)
    assert balances() == {"bank_clearing": "-9.00", "credit_receivable": "-40.00", "orders_held": "49.00"}
    jobs.run_due(until=NOW + timedelta(hours=3, minutes=1))
    order.refresh_from_db()
    assert order.state == "canceled"
    assert balances() == {"bank_clearing": "-9.00", "buyer_cash": "9.00"}
    checked()


@pytest.mark.req("B-RSL-001", "B-RSL-004")
def test_a_reseller_owes_nothing_for_what_was_never_delivered(
    shop: Any, ada: Any, rita: Any, desk: Any, server: Any
) -> None:
    ada.account.sales_model, ada.account.reseller = "resale", rita.reseller
    ada.account.save()
    server.faults.add({"do": "down"})
    order = shop.buy(ada, desk)
    assert (order.state, order.paid_by) == ("processing", "reseller")
    assert balances()[f"reseller_receivable:{rita.reseller.public_id}"] == "-49.00"
    jobs.run_due(until=NOW + timedelta(hours=3, minutes=1))
    order.refresh_from_db()
    ada.account.refresh_from_db()
    assert (order.state, balances(), ada.account.reseller_spent_minor) == ("canceled", {}, 0)
    checked()


@pytest.mark.req("B-PAY-T1")
def test_an_order_waits_while_a_card_payment_of_it_is_open(shop: Any, ada: Any, desk: Any) -> None:
    card(ada, ASKS)
    shop.fund(ada, "49.00")
    order = shop.order(ada, desk)
    first = shop.pay(ada, order, method="card").payment
    with pytest.raises(paying.PaymentInProgress):
        shop.pay(ada, order)
    paying.abandon_card_payment(ada.actor, payment_id=first.public_id, at=clock.now())
    assert shop.pay(ada, order).orders[0].state == "processing"
    SandboxGateway().answer_challenge(first.provider_ref, proven=True)
    buying.confirm_card_payment(ada.actor, payment_id=first.public_id, at=clock.now())
    assert Payment.objects.get(public_id=first.public_id).state == "failed"
    assert left_at_the_gateway() == []
    checked()
