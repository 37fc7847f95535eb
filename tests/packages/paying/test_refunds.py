"""Refunds go back to where the order was paid from: once for each reference, never more than was paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galleria.kit import clock, jobs
from galleria.kit.errors import NotFound, PermissionMissing, Refused
from galleria.paying import rules, selectors
from galleria.paying import services as paying
from galleria.paying.adapters.sandbox_gateway import SandboxGateway
from galleria.paying.events import RefundFailed, RefundSucceeded
from galleria.paying.models import Approval, Payment, Refund, SandboxRecord
from galleria.paying.ports import GatewayRefund, GatewayRefused, GatewayUnavailable
from tests.people import Person
from tests.till import Heard, balances, card, charge_for, euro, fund, give_back, pay

pytestmark = pytest.mark.django_db


@pytest.mark.req("B-UNS-006")
def test_what_was_paid_from_the_balance_goes_back_to_it_at_once(ada: Person, heard: Heard) -> None:
    fund(ada, "100.00")
    order = charge_for("40.00", "10.00", "8.00")
    pay(ada, order, method="balance")
    refund = give_back(order, "40.00", "10.00", "8.00")
    assert (refund.state, refund.target, refund.amount_minor) == ("succeeded", "balance", 50_00)
    assert balances() == {"bank_clearing": "-100.00", "buyer_cash": "100.00"}
    assert heard.of(RefundSucceeded) == [RefundSucceeded(refund.public_id, order.order_id, "r1")]
    assert Payment.objects.get().refunded_minor == 50_00


def test_a_refund_asked_for_twice_is_booked_once(ada: Person, heard: Heard) -> None:
    fund(ada, "100.00")
    order = charge_for("40.00")
    pay(ada, order, method="balance")
    assert give_back(order, "15.00") == give_back(order, "15.00")
    assert balances()["buyer_cash"] == "75.00"
    assert len(heard.of(RefundSucceeded)) == 1
    with pytest.raises(Refused) as refused:
        give_back(order, "16.00")
    assert refused.value.code == "REFERENCE_REUSED"


def test_partial_refunds_end_where_the_payment_ends(ada: Person) -> None:
    fund(ada, "100.00")
    order = charge_for("40.00", "10.00", "5.00")
    pay(ada, order, method="balance")
    give_back(order, "25.00", "6.25", reference="a")
    before = balances()
    for net, tax, coupon in (("15.01", "0.00", "0.00"), ("0.00", "3.76", "0.00"), ("0.00", "0.00", "5.01")):
        with pytest.raises(paying.RefundTooHigh):
            give_back(order, net, tax, coupon, reference="b")
    with pytest.raises(paying.RefundTooHigh):
        give_back(order, "-1.00", reference="b")
    assert balances() == before
    give_back(order, "15.00", "3.75", "5.00", reference="c")
    assert balances() == {"bank_clearing": "-100.00", "buyer_cash": "100.00"}


def test_an_order_of_a_combined_payment_is_refunded_by_itself(ada: Person) -> None:
    fund(ada, "100.00")
    first, second = charge_for("40.00"), charge_for("30.00")
    pay(ada, first, second, method="balance")
    give_back(first, "40.00", reference="a")
    with pytest.raises(paying.RefundTooHigh):
        give_back(first, "0.01", reference="b")
    give_back(second, "30.00", reference="c")
    assert balances()["buyer_cash"] == "100.00"


def test_what_was_not_paid_is_not_refunded(ada: Person, xavier: Person) -> None:
    with pytest.raises(paying.NothingPaid):
        give_back("GA0000000000AAAAAA", "1.00")
    fund(ada, "10.00")
    order = charge_for("10.00")
    pay(ada, order, method="balance")
    zero = euro("0.00")
    with pytest.raises(NotFound):
        paying.refund(
            xavier.actor, order_id=order.order_id, reference="r", net=euro("1.00"), tax=zero, coupon=zero,
            country="SE", reason="", at=clock.now(),
        )  # fmt: skip


@pytest.mark.req("B-BAL-002")
def test_credit_is_given_back_before_cash_and_can_be_used_again(ada: Person, approve: Any) -> None:
    fund(ada, "30.00")
    approve(ada, "credit", "100.00")
    order = charge_for("40.00", "10.00")
    pay(ada, order, method="balance")
    give_back(order, "15.00", "10.00")
    assert balances() == {"bank_clearing": "-30.00", "buyer_cash": "5.00", "orders_held": "25.00"}
    assert Approval.objects.get().used_minor == 0
    give_back(order, "25.00", reference="r2")
    assert balances() == {"bank_clearing": "-30.00", "buyer_cash": "30.00"}


def test_a_settled_order_is_taken_off_the_bill(postpaid: Person, approve: Any) -> None:
    approve(postpaid, "settlement", "100.00")
    order = charge_for("40.00", "10.00")
    pay(postpaid, order, method="settlement")
    assert give_back(order, "20.00", "5.00").target == "settlement"
    assert balances()["receivable"] == "-25.00"
    assert Approval.objects.get().used_minor == 25_00


@pytest.mark.req("B-RSL-004")
def test_a_reseller_owes_less_when_its_customers_order_is_refunded(customer: Person, rita: Person) -> None:
    order = charge_for("40.00", "10.00")
    pay(customer, order, method="reseller")
    assert give_back(order, "40.00", "10.00").target == "reseller"
    assert balances() == {}


def test_an_order_that_only_a_coupon_paid_gives_the_coupon_back(ada: Person) -> None:
    order = charge_for("0.00", "0.00", "25.00")
    pay(ada, order, method="none")
    refund = give_back(order, "0.00", "0.00", "25.00")
    assert (refund.state, refund.target, refund.amount_minor) == ("succeeded", "none", 0)
    assert balances() == {}


# ----- cards -----


@pytest.mark.req("B-UNS-006")
def test_a_card_gets_its_money_back_by_a_job(ada: Person, heard: Heard) -> None:
    card(ada)
    order = charge_for("40.00", "10.00", "8.00")
    pay(ada, order, method="card")
    refund = give_back(order, "40.00", "10.00", "8.00")
    assert (refund.state, refund.target) == ("pending", "card")
    assert balances() == {"card_clearing": "-50.00", "refunds_due": "50.00"}
    assert heard.of(RefundSucceeded) == []
    jobs.run_due(with_crons=False)
    refund.refresh_from_db()
    assert refund.state == "succeeded"
    assert balances() == {}
    assert heard.of(RefundSucceeded) == [RefundSucceeded(refund.public_id, order.order_id, "r1")]
    assert SandboxRecord.objects.get(kind="refund").data["amount"] == 50_00


def test_a_refund_whose_answer_gets_lost_is_made_once(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    card(ada)
    order = charge_for("40.00")
    pay(ada, order, method="card")
    refund = give_back(order, "40.00")
    real = SandboxGateway.refund
    asked: list[str] = []

    def lose_the_first(self: SandboxGateway, reference: str, *, amount_minor: int, key: str) -> GatewayRefund:
        found = real(self, reference, amount_minor=amount_minor, key=key)
        asked.append(key)
        if len(asked) == 1:
            raise GatewayUnavailable
        return found

    monkeypatch.setattr(SandboxGateway, "refund", lose_the_first)
    jobs.run_due(clock.now() + timedelta(minutes=5), with_crons=False)
    refund.refresh_from_db()
    assert refund.state == "succeeded"
    assert asked == [refund.public_id] * 2
    assert SandboxRecord.objects.filter(kind="refund").count() == 1
    assert balances() == {}


def test_a_bank_that_takes_its_time_is_asked_again(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    card(ada)
    order = charge_for("40.00")
    pay(ada, order, method="card")
    refund = give_back(order, "40.00")
    answers = [GatewayRefund("re_1", "pending"), GatewayRefund("re_1", "pending"), GatewayRefund("re_1", "succeeded")]
    monkeypatch.setattr(SandboxGateway, "refund", lambda *_, **__: answers.pop(0))
    monkeypatch.setattr(SandboxGateway, "refund_of", lambda *_, **__: answers.pop(0))
    jobs.run_due(clock.now() + timedelta(minutes=61), with_crons=False)
    refund.refresh_from_db()
    assert (refund.state, refund.provider_ref) == ("pending", "re_1")
    jobs.run_due(clock.now() + timedelta(minutes=61), with_crons=False)
    refund.refresh_from_db()
    assert (refund.state, answers) == ("succeeded", [])


def refused_by_the_gateway(monkeypatch: pytest.MonkeyPatch, ada: Person) -> Refund:
    def refuse(*_: Any, **__: Any) -> None:
        raise GatewayRefused("The card account was closed.")

    card(ada)
    order = charge_for("40.00")
    pay(ada, order, method="card")
    refund: Refund = give_back(order, "40.00")
    with monkeypatch.context() as patch:
        patch.setattr(SandboxGateway, "refund", refuse)
        jobs.run_due(with_crons=False)
    refund.refresh_from_db()
    return refund


def test_a_refund_that_the_gateway_refuses_waits_for_the_operator(
    ada: Person, olga: Person, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = refused_by_the_gateway(monkeypatch, ada)
    assert (refund.state, refund.failure_text) == ("failed", "The card account was closed.")
    assert [event.text for event in heard.of(RefundFailed)] == ["The card account was closed."]
    assert list(selectors.failed_refunds()) == [refund]
    assert balances() == {"card_clearing": "-40.00", "refunds_due": "40.00"}
    with pytest.raises(PermissionMissing):
        paying.retry_refund(ada.actor, refund_id=refund.public_id, at=clock.now())
    paying.retry_refund(olga.actor, refund_id=refund.public_id, at=clock.now())
    jobs.run_due(with_crons=False)
    refund.refresh_from_db()
    assert refund.state == "succeeded"
    assert balances() == {}


def test_a_refund_that_the_card_cannot_take_goes_to_the_balance(
    ada: Person, olga: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = refused_by_the_gateway(monkeypatch, ada)
    with pytest.raises(Refused):
        paying.refund_to_balance(olga.actor, refund_id=refund.public_id, reason=" ", at=clock.now())
    paying.refund_to_balance(olga.actor, refund_id=refund.public_id, reason="Card closed", at=clock.now())
    refund.refresh_from_db()
    assert (refund.state, refund.target) == ("succeeded", "balance")
    assert balances() == {"card_clearing": "-40.00", "buyer_cash": "40.00"}
    with pytest.raises(Refused):
        paying.refund_to_balance(olga.actor, refund_id=refund.public_id, reason="Again", at=clock.now())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    net=st.integers(0, 10_000), tax=st.integers(0, 2_500), coupon=st.integers(0, 5_000), cash=st.integers(0, 12_500),
    pieces=st.lists(st.tuples(st.integers(0, 6_000), st.integers(0, 1_500), st.integers(0, 3_000)), max_size=5),
)  # fmt: skip
def test_whatever_goes_back_adds_up_to_at_most_what_was_paid(
    net: int, tax: int, coupon: int, cash: int, pieces: list[tuple[int, int, int]]
) -> None:
    money = [rules.Money(amount, "EUR") for amount in (net, tax, coupon)]
    charge = rules.OrderCharge("o", *money, "SE", ("p",), accepts_credit=True)
    parts = rules.spread([charge], [rules.Purse("cash", "c", cash), rules.Purse("credit", "k")])
    left = [net, tax, coupon]
    for piece in pieces:
        wanted = zip(piece, left, strict=True)
        fits = all(amount <= rest for amount, rest in wanted)
        try:
            back = rules.give_back(parts, "o", *piece)
        except rules.TooMuchBack:
            assert not fits
            continue
        assert fits
        parts = rules.with_back(parts, back)
        left = [rest - amount for amount, rest in zip(piece, left, strict=True)]
    assert all(part.back_net <= part.net and part.back_tax <= part.tax for part in parts)
    assert sum(part.back_net + part.back_tax for part in parts) == net + tax + coupon - sum(left)
