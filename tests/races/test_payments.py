"""Payments by several at once: an order is charged once, a balance is never overdrawn, a limit never exceeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from galleria.kit import clock, jobs
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import Refused
from galleria.ledger import services as ledger
from galleria.paying import services as paying
from galleria.paying.adapters.sandbox_gateway import SandboxGateway
from galleria.paying.events import PaymentSucceeded, RefundSucceeded
from galleria.paying.models import Approval, Payment, PaymentMeans, Refund, SandboxRecord
from galleria.paying.services import OrderCharge
from tests.people import Person
from tests.races.together import at_once
from tests.till import ASKS, balances, card, charge_for, euro, fund, give_back, listening, pay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _shop(settings: Any, db: None) -> Iterator[None]:
    """Cards of the sandbox; afterwards nothing is wrong in the ledger."""
    settings.GALLERIA_SANDBOX_CARDS = True
    settings.STRIPE_SECRET_KEY = ""
    yield
    assert ledger.check().problems == []


def paying_now(person: Person, *charges: OrderCharge, method: str, token: str) -> Callable[[], Any]:
    """A browser that is about to confirm."""
    actor, account = person.actor, person.account.public_id

    def run() -> Payment:
        with transaction.atomic():
            payment = paying.charge(
                actor, account_id=account, charges=charges, method=method, token=token, at=clock.now()
            )
        if method == "card":
            payment = paying.confirm_card(payment.public_id, at=clock.now())
        return payment

    return run


def succeeded(results: list[Any]) -> list[Payment]:
    wrong = [each for each in results if isinstance(each, Exception) and not isinstance(each, Refused)]
    assert wrong == []
    return [each for each in results if isinstance(each, Payment) and each.state == "succeeded"]


def charged() -> list[int]:
    rows = SandboxRecord.objects.filter(kind="charge")
    return [row.data["amount"] - row.data["refunded"] for row in rows if row.data["state"] == "succeeded"]


@pytest.mark.req("B-PAY-T1", "B-PAY-003")
@pytest.mark.parametrize("method", ["balance", "card"])
def test_an_order_confirmed_many_times_with_one_token_is_charged_once(ada: Person, method: str) -> None:
    fund(ada, "500.00")
    card(ada)
    order = charge_for("40.00", "10.00")
    with listening(PaymentSucceeded) as heard:
        results = at_once([paying_now(ada, order, method=method, token="click") for _ in range(6)])
    assert [each for each in results if isinstance(each, Exception)] == []
    assert len({each.public_id for each in results}) == 1
    assert Payment.objects.get().state == "succeeded"
    assert len(heard.events) == 1
    assert charged() == ([50_00] if method == "card" else [])
    assert balances()["orders_held"] == "40.00"


@pytest.mark.req("B-PAY-T1")
@pytest.mark.parametrize("methods", [("balance",) * 4, ("card",) * 4, ("balance", "card", "balance", "card")])
def test_an_order_paid_from_several_browsers_is_charged_once(ada: Person, methods: tuple[str, ...]) -> None:
    fund(ada, "500.00")
    card(ada)
    order = charge_for("40.00", "10.00")
    results = at_once([paying_now(ada, order, method=method, token=f"browser-{n}") for n, method in enumerate(methods)])
    assert len(succeeded(results)) == 1
    refused = {each.code for each in results if isinstance(each, Refused)}
    assert refused <= {"ORDER_STATUS_CHANGED", "PAYMENT_IN_PROGRESS"}
    assert (balances()["orders_held"], balances()["tax_due:SE"]) == ("40.00", "10.00")
    cash = 500_00 if charged() else 450_00
    assert balances()["buyer_cash"] == euro(f"{cash // 100}.00").text


def test_orders_paid_together_from_two_sides_are_charged_once_each(ada: Person) -> None:
    fund(ada, "500.00")
    first, second, third = (charge_for("10.00") for _ in range(3))
    results = at_once(
        [
            paying_now(ada, first, second, method="balance", token="a"),
            paying_now(ada, third, second, method="balance", token="b"),
        ]
    )
    assert len(succeeded(results)) == 1
    assert balances()["orders_held"] == "20.00"


@pytest.mark.req("B-BAL-004")
def test_a_balance_pays_only_as_many_orders_as_it_covers(ada: Person) -> None:
    fund(ada, "100.00")
    results = at_once([paying_now(ada, charge_for("30.00"), method="balance", token=f"t{n}") for n in range(6)])
    assert len(succeeded(results)) == 3
    assert {each.code for each in results if isinstance(each, Refused)} == {"INSUFFICIENT_BALANCE"}
    assert balances()["buyer_cash"] == "10.00"


@pytest.mark.req("B-CRD-001")
def test_a_limit_is_used_up_but_not_exceeded(ada: Person, olga: Person) -> None:
    paying.approve_later_payment(
        olga.actor, account_id=ada.account.public_id, kind="credit", limit=euro("100.00"), at=clock.now()
    )
    results = at_once([paying_now(ada, charge_for("30.00"), method="credit", token=f"t{n}") for n in range(6)])
    assert len(succeeded(results)) == 3
    assert Approval.objects.get().used_minor == 90_00
    assert balances()["credit_receivable"] == "-90.00"


def test_the_buyer_the_webhook_and_the_job_find_out_at_once(ada: Person) -> None:
    card(ada, ASKS)
    payment = pay(ada, charge_for("40.00"), method="card")
    SandboxGateway().answer_challenge(payment.provider_ref, proven=True)
    with listening(PaymentSucceeded) as heard:
        results = at_once(
            [
                lambda: paying.confirm_card(payment.public_id, at=clock.now()),
                lambda: paying.refresh_card_payment(payment.public_id, at=clock.now()),
                lambda: paying.reconcile_payment(payment.public_id, at=clock.now()),
            ]
        )
    assert [each for each in results if isinstance(each, Exception)] == []
    assert len(heard.events) == 1
    assert balances() == {"card_clearing": "-40.00", "orders_held": "40.00"}


@pytest.mark.req("B-PAY-004")
def test_giving_up_and_proving_at_the_same_moment_ends_in_one_truth(ada: Person) -> None:
    card(ada, ASKS)
    for _ in range(5):
        payment = pay(ada, charge_for("10.00"), method="card")
        reference = payment.provider_ref
        at_once(
            [
                partial(SandboxGateway().answer_challenge, reference, proven=True),
                partial(paying.abandon_card_payment, ada.actor, payment_id=payment.public_id, at=clock.now()),
            ]
        )
        payment = paying.refresh_card_payment(payment.public_id, at=clock.now())
        at_gateway = SandboxRecord.objects.get(reference=reference).data["state"]
        assert (payment.state, at_gateway) in {("succeeded", "succeeded"), ("failed", "canceled")}


def test_a_job_that_comes_while_the_card_is_being_charged_does_not_charge_twice(ada: Person) -> None:
    """The charge is slow; the job looks at it at every moment: it is paid once, or not at all and canceled."""
    card(ada)
    for _ in range(5):
        order = charge_for("10.00")
        actor = ada.actor
        with transaction.atomic():
            payment = paying.charge(
                actor, account_id=ada.account.public_id, charges=[order], method="card", token=order.order_id,
                at=clock.now(),
            )  # fmt: skip
        before = len(charged())
        at_once(
            [
                partial(paying.confirm_card, payment.public_id, at=clock.now()),
                partial(paying.reconcile_payment, payment.public_id, at=clock.now()),
            ]
        )
        payment = paying.refresh_card_payment(payment.public_id, at=clock.now())
        assert payment.state in {"succeeded", "failed"}
        assert len(charged()) - before == (1 if payment.state == "succeeded" else 0)


def test_a_refund_asked_for_by_many_is_booked_once(ada: Person) -> None:
    fund(ada, "100.00")
    order = charge_for("40.00", "10.00")
    pay(ada, order, method="balance")
    with listening(RefundSucceeded) as heard:
        results = at_once([lambda: give_back(order, "20.00", "5.00") for _ in range(5)])
    assert [each for each in results if isinstance(each, Exception)] == []
    assert Refund.objects.count() == 1
    assert len(heard.events) == 1
    assert balances()["buyer_cash"] == "75.00"


def test_different_refunds_at_once_never_give_back_more_than_was_paid(ada: Person) -> None:
    fund(ada, "100.00")
    order = charge_for("40.00")
    pay(ada, order, method="balance")

    def part(n: int) -> Callable[[], Any]:
        return lambda: give_back(order, "15.00", reference=f"part-{n}")

    results = at_once([part(n) for n in range(5)])
    assert sum(isinstance(each, Refund) for each in results) == 2
    assert {each.code for each in results if isinstance(each, Refused)} == {"REFUND_TOO_HIGH"}
    assert balances() == {"bank_clearing": "-100.00", "buyer_cash": "90.00", "orders_held": "10.00"}


def test_two_workers_pay_out_a_card_refund_once(ada: Person) -> None:
    card(ada)
    order = charge_for("40.00")
    pay(ada, order, method="card")
    refund = give_back(order, "40.00")
    results = at_once([lambda: paying.pay_out_card_refund(refund.public_id, at=clock.now()) for _ in range(4)])
    assert results == [True] * 4
    assert SandboxRecord.objects.filter(kind="refund").count() == 1
    assert (charged(), balances()) == ([0], {})
    jobs.run_due(with_crons=False)
    assert balances() == {}


def test_a_top_up_booked_by_two_clerks_is_booked_once(ada: Person, olga: Person) -> None:
    from datetime import date

    made = paying.submit_bank_transfer(
        ada.actor, account_id=ada.account.public_id, amount=euro("50.00"), sender="A", bank="B",
        transferred_on=date(2027, 2, 28), at=clock.now(),
    )  # fmt: skip
    clerk = olga.actor
    results = at_once(
        [lambda: paying.confirm_top_up(clerk, top_up_id=made.public_id, at=clock.now()) for _ in range(4)]
    )
    assert sum(isinstance(each, Exception) for each in results) == 3
    assert balances()["buyer_cash"] == "50.00"


def test_a_refund_and_a_payment_of_one_account_do_not_wait_for_each_other_for_ever(ada: Person) -> None:
    fund(ada, "500.00")
    paid = [charge_for("10.00") for _ in range(5)]
    for order in paid:
        pay(ada, order, method="balance")

    def refund_all() -> None:
        for order in paid:
            give_back(order, "10.00", reference=order.order_id)

    def pay_more(name: str) -> Callable[[], None]:
        actor, account = ada.actor, ada.account.public_id

        def run() -> None:
            for n in range(5):
                with transaction.atomic():
                    paying.charge(
                        actor, account_id=account, charges=[charge_for("10.00")], method="balance",
                        token=f"{name}-{n}", at=clock.now(),
                    )  # fmt: skip

        return run

    results = at_once([refund_all, pay_more("a"), pay_more("b")])
    assert results == [None] * 3
    assert balances()["buyer_cash"] == "400.00"


def test_the_default_card_is_one_even_when_two_are_made_it(ada: Person) -> None:
    first, second = card(ada), card(ada)
    actor = ada.actor
    at_once(
        [
            lambda: paying.make_default_card(actor, means_id=first.public_id, at=clock.now()),
            lambda: paying.make_default_card(actor, means_id=second.public_id, at=clock.now()),
        ]
    )
    assert PaymentMeans.objects.filter(is_default=True).count() == 1
    assert SYSTEM.is_system
