"""Card payments between two transactions: nothing lost, nothing twice, and a card gets back what it paid in vain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.kit import clock, jobs
from galleria.kit.errors import NotFound, PermissionMissing, Refused
from galleria.paying import selectors
from galleria.paying import services as paying
from galleria.paying.adapters.sandbox_gateway import SandboxGateway, make_test_card
from galleria.paying.events import PaymentFailed, PaymentSucceeded
from galleria.paying.models import Payment, PaymentMeans, Refund, SandboxRecord
from galleria.paying.ports import GatewayRefused, GatewayUnavailable
from galleria.publishing.models import Sku
from galleria.subscribing.models import Subscription
from tests.people import Person
from tests.shop import Shop
from tests.till import (
    ANSWER_LOST,
    ASKS,
    DEBIT,
    DECLINES,
    OTHER_BRAND,
    PAYS_TOO,
    PREPAID,
    Heard,
    balances,
    card,
    charge_for,
    fund,
    pay,
)

pytestmark = pytest.mark.django_db


def charged() -> list[tuple[str, int]]:
    """What the gateway has charged, and how much of it went back."""
    rows = SandboxRecord.objects.filter(kind="charge").order_by("pk")
    return [(row.data["state"], row.data["amount"] - row.data["refunded"]) for row in rows]


# ----- cards -----


@pytest.mark.req("B-BAL-001")
def test_a_card_is_kept_as_brand_last_digits_and_expiry(ada: Person) -> None:
    means = card(ada)
    assert (means.brand, means.last4, means.expires_month, means.expires_year, means.is_default) == (
        "visa", "4242", 12, 2039, True,
    )  # fmt: skip
    assert str(means) == "Visa •••• 4242"
    second = card(ada, PAYS_TOO)
    assert not second.is_default
    assert [each.last4 for each in selectors.means_of(ada.actor)] == ["4242", "4444"]
    paying.make_default_card(ada.actor, means_id=second.public_id, at=clock.now())
    assert [(each.last4, each.is_default) for each in selectors.means_of(ada.actor)] == [
        ("4444", True), ("4242", False),
    ]  # fmt: skip


@pytest.mark.req("B-PAY-T2", "B-BAL-001")
@pytest.mark.parametrize(
    ("number", "reason", "words"),
    [(DEBIT, "debit", "debit card"), (PREPAID, "prepaid", "prepaid"), (OTHER_BRAND, "brand", "Visa, Mastercard")],
)
def test_a_card_of_the_wrong_kind_is_refused_at_entry_and_let_go(
    ada: Person, number: str, reason: str, words: str
) -> None:
    with pytest.raises(paying.CardTypeNotAllowed) as refused:
        card(ada, number)
    assert (refused.value.code, refused.value.extra) == ("CARD_TYPE_NOT_ALLOWED", {"reason": reason})
    assert words in refused.value.message
    assert not PaymentMeans.objects.exists()
    assert not SandboxRecord.objects.filter(kind="card").exists()


@pytest.mark.req("B-BAL-001")
def test_a_card_is_entered_on_the_gateways_page(ada: Person, xavier: Person) -> None:
    setup = paying.begin_card_setup(
        ada.actor, account_id=ada.account.public_id, return_url="http://localhost:8000/back/", at=clock.now()
    )
    assert setup.url == f"/buyer/sandbox/cards/{setup.reference}/"
    with pytest.raises(GatewayRefused):
        paying.add_card(ada.actor, account_id=ada.account.public_id, setup=setup.reference, at=clock.now())
    gateway = SandboxGateway()
    with pytest.raises(GatewayRefused, match="test cards"):
        gateway.enter_card(setup.reference, number="4111 1111 1111 1111", holder="A", expires_month=1, expires_year=30)
    onward = gateway.enter_card(
        setup.reference, number="4242 4242 4242 4242", holder="Ada", expires_month=7, expires_year=2031
    )
    assert onward == f"http://localhost:8000/back/?setup={setup.reference}"
    with pytest.raises(GatewayRefused):  # a stranger cannot take the card that Ada entered
        paying.add_card(xavier.actor, account_id=xavier.account.public_id, setup=setup.reference, at=clock.now())
    for _again in range(2):
        means = paying.add_card(ada.actor, account_id=ada.account.public_id, setup=setup.reference, at=clock.now())
    assert (means.holder, means.expires_month, means.expires_year) == ("Ada", 7, 2031)
    assert PaymentMeans.objects.count() == 1


@pytest.mark.req("B-BAL-001")
def test_the_last_card_stays_while_a_subscription_renews(ada: Person, bruno: Person) -> None:
    first, second = card(ada), card(ada, PAYS_TOO)
    product = Shop(bruno).product("Helpdesk", monthly="49.00")
    sku = Sku.objects.select_related("specification").get(specification__product=product)
    Subscription.objects.create(
        account=ada.account, product=product, specification=sku.specification, sku=sku, order_id="GA1",
        order_line_id="GA1-000001", product_code=sku.code, state="effective", billing_mode="period", currency="EUR",
        renewal="auto", created_at=clock.now(),
    )  # fmt: skip
    paying.remove_card(ada.actor, means_id=first.public_id, at=clock.now())
    second.refresh_from_db()
    assert second.is_default
    with pytest.raises(Refused) as refused:
        paying.remove_card(ada.actor, means_id=second.public_id, at=clock.now())
    assert refused.value.code == "LAST_CARD_NEEDED"
    assert SandboxRecord.objects.filter(kind="card").count() == 1


def test_a_last_card_that_nothing_needs_can_go(ada: Person, xavier: Person) -> None:
    means = card(ada)
    with pytest.raises(NotFound):
        paying.remove_card(xavier.actor, means_id=means.public_id, at=clock.now())
    paying.remove_card(ada.actor, means_id=means.public_id, at=clock.now())
    assert selectors.means_of(ada.actor) == []
    with pytest.raises(NotFound):
        paying.remove_card(ada.actor, means_id=means.public_id, at=clock.now())


@pytest.mark.req("B-RSL-T1")
def test_a_reseller_customer_never_enters_a_card(customer: Person) -> None:
    with pytest.raises(paying.MethodNotAllowed):
        paying.begin_card_setup(customer.actor, account_id=customer.account.public_id, return_url="/", at=clock.now())
    assert paying.payment_options(
        customer.actor, account_id=customer.account.public_id, charges=[charge_for("9.00")], at=clock.now()
    ) == []  # fmt: skip


# ----- paying -----


@pytest.mark.req("B-PAY-001")
def test_an_order_is_paid_by_card(ada: Person, heard: Heard) -> None:
    means = card(ada)
    order = charge_for("40.00", "10.00", "5.00")
    payment = pay(ada, order, method="card")
    assert (payment.state, payment.means, payment.amount_minor) == ("succeeded", means, 50_00)
    assert balances() == {
        "card_clearing": "-50.00", "coupon_cost": "-5.00", "orders_held": "45.00", "tax_due:SE": "10.00",
    }  # fmt: skip
    assert charged() == [("succeeded", 50_00)]
    assert heard.of(PaymentSucceeded) == [PaymentSucceeded(payment.public_id, (order.order_id,))]


@pytest.mark.req("B-PAY-001")
def test_a_declined_card_leaves_the_order_unpaid_with_the_providers_reason(ada: Person, heard: Heard) -> None:
    card(ada, DECLINES)
    order = charge_for("40.00")
    payment = pay(ada, order, method="card")
    assert (payment.state, payment.failure_code, payment.failure_text) == (
        "failed", "CARD_DECLINED", "The card was declined.",
    )  # fmt: skip
    assert balances() == {}
    failed = PaymentFailed(payment.public_id, (order.order_id,), "CARD_DECLINED", "The card was declined.")
    assert heard.events == [failed]
    fund(ada, "40.00")
    assert pay(ada, order, method="balance").state == "succeeded"


@pytest.mark.req("B-PAY-003")
def test_a_second_confirm_of_a_card_payment_answers_the_first(ada: Person) -> None:
    card(ada)
    order = charge_for("40.00")
    first = pay(ada, order, method="card", token="click")
    assert pay(ada, order, method="card", token="click") == first
    assert paying.confirm_card(first.public_id, at=clock.now()).state == "succeeded"
    assert charged() == [("succeeded", 40_00)]


@pytest.mark.req("B-PAY-004")
def test_the_bank_asks_who_pays_and_the_buyer_proves_it(ada: Person) -> None:
    card(ada, ASKS)
    order = charge_for("40.00")
    payment = pay(ada, order, method="card")
    assert payment.state == "needs_action"
    assert payment.action_url == f"/buyer/sandbox/challenge/{payment.provider_ref}/"
    assert balances() == {}
    onward = SandboxGateway().answer_challenge(payment.provider_ref, proven=True)
    assert onward == f"http://localhost:8000/buyer/payments/{payment.public_id}/return/"
    assert paying.confirm_card(payment.public_id, at=clock.now()).state == "succeeded"
    assert balances() == {"card_clearing": "-40.00", "orders_held": "40.00"}


@pytest.mark.req("B-PAY-004")
def test_a_buyer_who_cannot_prove_it_pays_nothing(ada: Person) -> None:
    card(ada, ASKS)
    payment = pay(ada, charge_for("40.00"), method="card")
    SandboxGateway().answer_challenge(payment.provider_ref, proven=False)
    payment = paying.confirm_card(payment.public_id, at=clock.now())
    assert (payment.state, payment.failure_text) == ("failed", "The card holder could not be verified.")
    assert balances() == {}


@pytest.mark.req("B-PAY-004")
def test_an_abandoned_authentication_ends_by_itself_and_leaves_the_order_unpaid(ada: Person) -> None:
    card(ada, ASKS)
    order = charge_for("40.00")
    payment = pay(ada, order, method="card")
    jobs.run_due(clock.now() + timedelta(minutes=29), with_crons=False)
    payment.refresh_from_db()
    assert payment.state == "needs_action"
    with pytest.raises(paying.PaymentInProgress) as refused:
        pay(ada, order, method="card")
    assert refused.value.extra["payment_id"] == payment.public_id
    jobs.run_due(clock.now() + timedelta(minutes=2), with_crons=False)
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == ("failed", "CARD_AUTHENTICATION_ABANDONED")
    assert charged() == [("canceled", 40_00)]
    SandboxGateway().answer_challenge(payment.provider_ref, proven=True)  # too late: it stays canceled
    fund(ada, "40.00")
    assert pay(ada, order, method="balance").state == "succeeded"
    assert balances() == {"bank_clearing": "-40.00", "orders_held": "40.00"}


@pytest.mark.req("B-PAY-004")
def test_a_buyer_gives_up_an_open_card_payment_to_pay_otherwise(ada: Person, xavier: Person) -> None:
    card(ada, ASKS)
    fund(ada, "40.00")
    order = charge_for("40.00")
    payment = pay(ada, order, method="card")
    with pytest.raises(paying.PaymentInProgress):
        pay(ada, order, method="balance")
    with pytest.raises(NotFound):
        paying.abandon_card_payment(xavier.actor, payment_id=payment.public_id, at=clock.now())
    with pytest.raises(PermissionMissing):
        paying.abandon_card_payment(
            ada.colleague("Ben", "BuyerReadOnly").actor, payment_id=payment.public_id, at=clock.now()
        )
    ended = paying.abandon_card_payment(ada.actor, payment_id=payment.public_id, at=clock.now())
    assert (ended.state, ended.failure_code) == ("failed", "CARD_AUTHENTICATION_ABANDONED")
    assert pay(ada, order, method="balance").state == "succeeded"


def test_giving_up_what_was_charged_meanwhile_pays_the_order(ada: Person) -> None:
    card(ada, ASKS)
    payment = pay(ada, charge_for("40.00"), method="card")
    SandboxGateway().answer_challenge(payment.provider_ref, proven=True)
    ended = paying.abandon_card_payment(ada.actor, payment_id=payment.public_id, at=clock.now())
    assert ended.state == "succeeded"
    assert balances() == {"card_clearing": "-40.00", "orders_held": "40.00"}


def test_no_card_or_an_expired_one_is_no_means_to_pay(ada: Person) -> None:
    with pytest.raises(paying.NoPaymentMeans):
        pay(ada, charge_for("1.00"), method="card")
    means = card(ada)
    PaymentMeans.objects.filter(pk=means.pk).update(expires_year=2027, expires_month=2)
    with pytest.raises(paying.NoPaymentMeans, match="expired"):
        pay(ada, charge_for("1.00"), method="card", means=means.public_id)
    assert not paying.has_payment_means(
        account_id=ada.account.public_id, amount=charge_for("1.00").net, at=clock.now()
    )  # fmt: skip


def test_another_accounts_card_is_not_charged(ada: Person, xavier: Person) -> None:
    means = card(xavier)
    with pytest.raises(paying.NoPaymentMeans):
        pay(ada, charge_for("1.00"), method="card", means=means.public_id)


# ----- a process dies, an answer gets lost -----


class Killed(BaseException):
    """The process is gone: nothing catches this."""


def dying(monkeypatch: pytest.MonkeyPatch, method: str, *, after: bool) -> None:
    """Let the process die in a call to the gateway: before it was made, or after it, before anything is recorded."""
    real = getattr(SandboxGateway, method)

    def die(self: SandboxGateway, *args: Any, **kwargs: Any) -> Any:
        if after:
            real(self, *args, **kwargs)
        raise Killed

    monkeypatch.setattr(SandboxGateway, method, die)


@pytest.mark.parametrize(
    ("method", "after", "state", "code"),
    [
        ("prepare", False, "failed", "PAYMENT_INTERRUPTED"),
        ("prepare", True, "failed", "PAYMENT_INTERRUPTED"),
        ("confirm", False, "failed", "PAYMENT_INTERRUPTED"),
        ("confirm", True, "succeeded", ""),
    ],
)
@pytest.mark.req("B-PAY-001")
def test_a_process_that_dies_is_cleaned_up_after(
    ada: Person, monkeypatch: pytest.MonkeyPatch, method: str, after: bool, state: str, code: str
) -> None:
    card(ada)
    order = charge_for("40.00")
    with monkeypatch.context() as patch:
        dying(patch, method, after=after)
        with pytest.raises(Killed):
            pay(ada, order, method="card")
    payment = Payment.objects.get()
    assert payment.state == "pending"
    jobs.run_due(clock.now() + timedelta(seconds=59), with_crons=False)
    payment.refresh_from_db()
    assert payment.state == "pending"
    jobs.run_due(clock.now() + timedelta(seconds=2), with_crons=False)
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == (state, code)
    if state == "succeeded":
        assert balances() == {"card_clearing": "-40.00", "orders_held": "40.00"}
    else:
        assert all(each != "succeeded" for each, _amount in charged())
        assert pay(ada, order, method="card").state == "succeeded"
    assert [each for each in charged() if each[0] == "succeeded"] == [("succeeded", 40_00)]


def test_a_lost_answer_is_found_out_by_the_job(ada: Person, heard: Heard) -> None:
    card(ada, ANSWER_LOST)
    payment = pay(ada, charge_for("40.00"), method="card")
    assert payment.state == "pending"
    assert heard.events == []
    jobs.run_due(clock.now() + timedelta(seconds=61), with_crons=False)
    payment.refresh_from_db()
    assert payment.state == "succeeded"
    assert len(heard.of(PaymentSucceeded)) == 1


def test_a_gateway_that_is_down_before_the_charge_is_a_failure_without_a_charge(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    card(ada)

    def down(*_: Any, **__: Any) -> None:
        raise GatewayUnavailable

    monkeypatch.setattr(SandboxGateway, "prepare", down)
    payment = pay(ada, charge_for("40.00"), method="card")
    assert (payment.state, payment.failure_code) == ("failed", "CARD_GATEWAY_UNAVAILABLE")


def test_a_gateway_that_stays_down_is_asked_until_it_answers(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    card(ada, ANSWER_LOST)
    payment = pay(ada, charge_for("40.00"), method="card")

    def down(*_: Any, **__: Any) -> None:
        raise GatewayUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(SandboxGateway, "charge_of", down)
        jobs.run_due(clock.now() + timedelta(hours=5), with_crons=False)
    payment.refresh_from_db()
    assert payment.state == "pending"
    jobs.run_due(clock.now() + timedelta(hours=2), with_crons=False)
    payment.refresh_from_db()
    assert payment.state == "succeeded"


# ----- charged for nothing -----


def test_a_card_charged_for_an_order_that_cannot_be_paid_any_more_gets_its_money_back(
    ada: Person, monkeypatch: pytest.MonkeyPatch, heard: Heard
) -> None:
    from galleria.kit import outbox

    def canceled(event: PaymentSucceeded) -> None:
        raise Refused("The order was canceled meanwhile.", code="ORDER_STATUS_CHANGED")

    card(ada, ASKS)
    order = charge_for("40.00")
    payment = pay(ada, order, method="card")
    SandboxGateway().answer_challenge(payment.provider_ref, proven=True)
    outbox.subscribe(PaymentSucceeded, canceled, in_transaction=True)
    for _again in range(2):
        payment = paying.refresh_card_payment(payment.public_id, at=clock.now())
    assert (payment.state, payment.failure_code) == ("failed", "ORDER_STATUS_CHANGED")
    assert balances() == {"card_clearing": "-40.00", "unapplied": "40.00"}
    jobs.run_due(with_crons=False)
    assert balances() == {}
    assert charged() == [("succeeded", 0)]
    refund = Refund.objects.get()
    assert (refund.state, refund.target, refund.amount_minor, refund.order_id) == ("succeeded", "card", 40_00, "")
    assert [event.code for event in heard.of(PaymentFailed)] == ["ORDER_STATUS_CHANGED"]


def test_a_charge_of_another_amount_is_not_booked(ada: Person) -> None:
    card(ada, ASKS)
    payment = pay(ada, charge_for("40.00"), method="card")
    SandboxGateway().answer_challenge(payment.provider_ref, proven=True)
    row = SandboxRecord.objects.get(reference=payment.provider_ref)
    row.data["amount"] = 39_99
    row.save()
    with pytest.raises(RuntimeError, match="the gateway charged 3999 EUR"):
        paying.confirm_card(payment.public_id, at=clock.now())
    assert balances() == {}


def test_the_sandbox_is_off_unless_it_is_switched_on(ada: Person, settings: Any) -> None:
    settings.GALLERIA_SANDBOX_CARDS = False
    with pytest.raises(Refused) as refused:
        paying.add_card(
            ada.actor, account_id=ada.account.public_id, provider_token=make_test_card("4242424242424242"),
            at=clock.now(),
        )  # fmt: skip
    assert refused.value.code == "CARDS_ARE_OFF"
