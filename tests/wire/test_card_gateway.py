"""Card payments over real HTTP with the Stripe API: entered, asked, declined, lost, refunded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from galleria.kit import clock, jobs
from galleria.kit.errors import Refused
from galleria.ledger import services as ledger
from galleria.paying import services as paying
from galleria.paying.adapters import stripe_gateway
from galleria.paying.gateways import _stripe, gateway
from galleria.paying.models import Payment, PaymentMeans, Refund
from galleria.paying.ports import GatewayRefused, GatewayUnavailable
from tests.people import Person
from tests.till import balances, charge_for, fund, give_back, pay
from tests.wire import card_gateway
from tests.wire.card_gateway import (
    AMEX,
    ASKS,
    ASKS_THEN_DECLINES,
    DEBIT,
    DECLINES,
    DECLINES_AT_ENTRY,
    PAYS,
    PREPAID,
    SECRET_KEY,
    WEBHOOK_SECRET,
    Front,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def running() -> Iterator[Front]:
    yield from card_gateway.running_gateway()


@pytest.fixture
def front(running: Front, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """The gateway, empty, and the marketplace set up for it."""
    import urllib3

    urllib3.request("DELETE", f"{running.behind}/_config/data")
    running.rules.clear()
    running.seen.clear()
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.STRIPE_API_BASE = running.url
    monkeypatch.setattr(stripe_gateway, "ANSWER_SECONDS", 1)
    _stripe.cache_clear()
    yield running
    _stripe.cache_clear()
    assert ledger.check().problems == []


def card(person: Person, front: Front, number: str = PAYS) -> PaymentMeans:
    return paying.add_card(
        person.actor, account_id=person.account.public_id, provider_token=front.card(number), at=clock.now()
    )


def charged(front: Front) -> list[int]:
    """What is left of every charge that was made."""
    return [row["amount"] - row["amount_refunded"] for row in front.charges()]


# ----- cards -----


@pytest.mark.req("B-BAL-001")
def test_a_card_is_entered_on_the_gateways_page_and_kept_as_a_token(ada: Person, xavier: Person, front: Front) -> None:
    setup = paying.begin_card_setup(
        ada.actor, account_id=ada.account.public_id, return_url="http://localhost:8000/back/", at=clock.now()
    )
    assert setup.url == f"{front.url}/pages/{setup.reference}"
    with pytest.raises(GatewayRefused):
        paying.add_card(ada.actor, account_id=ada.account.public_id, setup=setup.reference, at=clock.now())
    assert front.enter_card(setup.reference, PAYS) == f"http://localhost:8000/back/?setup={setup.reference}"
    means = paying.add_card(ada.actor, account_id=ada.account.public_id, setup=setup.reference, at=clock.now())
    assert (means.provider, means.brand, means.last4, means.is_default) == ("stripe", "visa", "4242", True)
    assert means.provider_customer.startswith("cus_")
    with pytest.raises(GatewayRefused):
        paying.add_card(xavier.actor, account_id=xavier.account.public_id, setup=setup.reference, at=clock.now())
    with pytest.raises(GatewayRefused):
        paying.add_card(ada.actor, account_id=ada.account.public_id, setup="cs_unknown", at=clock.now())


@pytest.mark.req("B-PAY-T2")
@pytest.mark.parametrize(("number", "reason"), [(DEBIT, "debit"), (PREPAID, "prepaid"), (AMEX, "brand")])
def test_debit_prepaid_and_other_brands_are_refused_at_entry(
    ada: Person, front: Front, number: str, reason: str
) -> None:
    for how in ("token", "page"):
        with pytest.raises(paying.CardTypeNotAllowed) as refused:
            if how == "token":
                card(ada, front, number)
            else:
                setup = paying.begin_card_setup(
                    ada.actor, account_id=ada.account.public_id, return_url="http://x/", at=clock.now()
                )
                front.enter_card(setup.reference, number)
                paying.add_card(ada.actor, account_id=ada.account.public_id, setup=setup.reference, at=clock.now())
        assert refused.value.extra == {"reason": reason}
    assert not PaymentMeans.objects.exists()
    assert front.charges() == []


def test_a_card_that_the_bank_declines_at_entry_is_not_kept(ada: Person, front: Front) -> None:
    with pytest.raises(GatewayRefused) as refused:
        card(ada, front, DECLINES_AT_ENTRY)
    assert (refused.value.code, refused.value.message) == ("CARD_DECLINED", "Your card was declined.")
    assert not PaymentMeans.objects.exists()


def test_a_removed_card_is_let_go_at_the_gateway(ada: Person, front: Front) -> None:
    means = card(ada, front)
    paying.remove_card(ada.actor, means_id=means.public_id, at=clock.now())
    assert front.ask("GET", f"/v1/payment_methods/{means.provider_token}")["customer"] is None


# ----- paying -----


@pytest.mark.req("B-PAY-001")
def test_an_order_is_charged_once(ada: Person, front: Front) -> None:
    card(ada, front)
    order = charge_for("40.00", "10.00")
    payment = pay(ada, order, method="card", token="click")
    assert (payment.state, payment.provider_ref[:3]) == ("succeeded", "pi_")
    assert pay(ada, order, method="card", token="click") == payment
    assert charged(front) == [50_00]
    intent = front.ask("GET", f"/v1/payment_intents/{payment.provider_ref}")
    assert (intent["currency"], intent["metadata"]["payment"]) == ("eur", payment.public_id)
    assert balances() == {"card_clearing": "-50.00", "orders_held": "40.00", "tax_due:SE": "10.00"}


@pytest.mark.req("B-PAY-001")
def test_a_declined_charge_gives_the_providers_reason(ada: Person, front: Front) -> None:
    card(ada, front, DECLINES)
    payment = pay(ada, charge_for("40.00"), method="card")
    assert (payment.state, payment.failure_code, payment.failure_text) == (
        "failed", "CARD_DECLINED", "Your card was declined.",
    )  # fmt: skip
    assert (charged(front), balances()) == ([], {})


@pytest.mark.req("B-PAY-004")
def test_three_d_secure_on_the_banks_page(ada: Person, front: Front) -> None:
    card(ada, front, ASKS)
    payment = pay(ada, charge_for("40.00"), method="card")
    assert (payment.state, payment.action_url) == ("needs_action", f"{front.url}/3ds/{payment.provider_ref}")
    assert charged(front) == []
    onward = front.prove(payment.provider_ref, success=True)
    assert onward == f"http://localhost:8000/buyer/payments/{payment.public_id}/return/"
    assert paying.confirm_card(payment.public_id, at=clock.now()).state == "succeeded"
    assert charged(front) == [40_00]


@pytest.mark.req("B-PAY-004")
@pytest.mark.parametrize(("number", "proven"), [(ASKS, False), (ASKS_THEN_DECLINES, True)])
def test_three_d_secure_that_fails_charges_nothing(ada: Person, front: Front, number: str, proven: bool) -> None:
    card(ada, front, number)
    payment = pay(ada, charge_for("40.00"), method="card")
    front.prove(payment.provider_ref, success=proven)
    payment = paying.confirm_card(payment.public_id, at=clock.now())
    assert (payment.state, payment.failure_code) == ("failed", "CARD_DECLINED")
    assert payment.failure_text
    assert (charged(front), balances()) == ([], {})


@pytest.mark.req("B-PAY-004")
def test_an_abandoned_authentication_is_canceled_at_the_gateway(ada: Person, front: Front) -> None:
    card(ada, front, ASKS)
    fund(ada, "40.00")
    order = charge_for("40.00")
    payment = pay(ada, order, method="card")
    jobs.run_due(clock.now() + timedelta(minutes=31), with_crons=False)
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == ("failed", "CARD_AUTHENTICATION_ABANDONED")
    assert front.ask("GET", f"/v1/payment_intents/{payment.provider_ref}")["status"] == "canceled"
    assert pay(ada, order, method="balance").state == "succeeded"
    assert charged(front) == []


# ----- faults on the way -----


@pytest.mark.req("B-PAY-001")
@pytest.mark.parametrize("fault", ["answer lost", "error 500", "hangs", "never arrives"])
def test_a_charge_whose_answer_does_not_come_is_found_out_and_made_at_most_once(
    ada: Person, front: Front, fault: Any
) -> None:
    card(ada, front)
    order = charge_for("40.00")
    front.break_next(r"POST /v1/payment_intents/\w+/confirm", fault, times=2)  # the client tries twice
    payment = pay(ada, order, method="card")
    assert payment.state == "pending"
    jobs.run_due(clock.now() + timedelta(seconds=61), with_crons=False)
    payment.refresh_from_db()
    if fault == "answer lost":
        assert (payment.state, charged(front)) == ("succeeded", [40_00])
    else:
        assert (payment.state, payment.failure_code) == ("failed", "PAYMENT_INTERRUPTED")
        assert charged(front) == []
        assert pay(ada, order, method="card").state == "succeeded"
        assert charged(front) == [40_00]


def test_one_lost_answer_is_made_good_by_asking_again_with_the_same_key(ada: Person, front: Front) -> None:
    card(ada, front)
    front.break_next(r"POST /v1/payment_intents/\w+/confirm", "answer lost", times=1)
    assert pay(ada, charge_for("40.00"), method="card").state == "succeeded"
    assert charged(front) == [40_00]


def test_a_gateway_that_is_down_before_the_charge_says_so(ada: Person, front: Front) -> None:
    card(ada, front)
    front.break_next("POST /v1/payment_intents", "never arrives", times=2)
    payment = pay(ada, charge_for("40.00"), method="card")
    assert (payment.state, payment.failure_code) == ("failed", "CARD_GATEWAY_UNAVAILABLE")
    assert front.charges() == []


def test_a_wrong_key_is_an_outage_for_the_buyer(ada: Person, front: Front, settings: Any) -> None:
    card(ada, front)
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"
    with pytest.raises(GatewayUnavailable):
        paying.begin_card_setup(ada.actor, account_id=ada.account.public_id, return_url="http://x/", at=clock.now())
    payment = pay(ada, charge_for("40.00"), method="card")
    assert payment.failure_code == "CARD_GATEWAY_UNAVAILABLE"


def test_no_transaction_is_open_while_the_gateway_is_asked(
    ada: Person, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        # Within the test's own transaction a further one counts as the caller's.
        monkeypatch.setattr(connection.atomic_blocks[0], "_from_testcase", False)
        card(ada, front)


# ----- refunds -----


def test_a_refund_reaches_the_card_once(ada: Person, front: Front) -> None:
    card(ada, front)
    order = charge_for("40.00", "10.00")
    pay(ada, order, method="card")
    refund = give_back(order, "20.00", "5.00")
    front.break_next("POST /v1/refunds", "answer lost", times=2)
    jobs.run_due(clock.now() + timedelta(minutes=5), with_crons=False)
    refund.refresh_from_db()
    assert (refund.state, refund.provider_ref[:3]) == ("succeeded", "re_")
    assert charged(front) == [25_00]
    assert balances() == {"card_clearing": "-25.00", "orders_held": "20.00", "tax_due:SE": "5.00"}
    give_back(order, "20.00", "5.00", reference="r2")
    jobs.run_due(with_crons=False)
    assert (charged(front), balances()) == ([0], {})
    assert Refund.objects.filter(state="succeeded").count() == 2


def test_a_refund_of_what_the_gateway_does_not_know_fails_and_is_shown(ada: Person, front: Front) -> None:
    card(ada, front)
    order = charge_for("40.00")
    payment = pay(ada, order, method="card")
    Payment.objects.filter(pk=payment.pk).update(provider_ref="pi_unknown")
    refund = give_back(order, "40.00")
    jobs.run_due(with_crons=False)
    refund.refresh_from_db()
    assert (refund.state, refund.failure_text != "") == ("failed", True)
    assert balances() == {"card_clearing": "-40.00", "refunds_due": "40.00"}


def test_a_top_up_by_card(ada: Person, front: Front) -> None:
    from galleria.kit.money import Money

    card(ada, front, ASKS)
    made = paying.top_up_by_card(
        ada.actor, account_id=ada.account.public_id, amount=Money(100_00, "EUR"), token="t", at=clock.now()
    )
    assert made.payment is not None
    payment = paying.confirm_card(made.payment.public_id, at=clock.now())
    assert payment.state == "needs_action"
    onward = front.prove(payment.provider_ref, success=True)
    assert onward == f"http://localhost:8000/buyer/funds/payments/{payment.public_id}/return/"
    paying.confirm_card(payment.public_id, at=clock.now())
    assert balances() == {"buyer_cash": "100.00", "card_clearing": "-100.00"}


def test_cards_are_off_without_a_key(ada: Person, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    settings.GALLERIA_SANDBOX_CARDS = False
    with pytest.raises(Refused) as refused:
        gateway()
    assert refused.value.code == "CARDS_ARE_OFF"
