"""Paying orders from the balance, by settlement, by credit, through a reseller: once, whole, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.kit import clock
from galleria.kit.errors import NotFound, PermissionMissing, Refused
from galleria.paying import selectors
from galleria.paying import services as paying
from galleria.paying.events import PaymentSucceeded
from galleria.paying.models import Approval, Payment
from tests.people import Person
from tests.till import Heard, balances, card, charge_for, euro, fund, pay

pytestmark = pytest.mark.django_db


@pytest.mark.req("B-PAY-001")
def test_an_order_is_paid_from_the_balance(ada: Person, heard: Heard) -> None:
    fund(ada, "100.00")
    order = charge_for("40.00", "10.00")
    payment = pay(ada, order, method="balance")
    assert (payment.state, payment.method, payment.amount_minor, payment.currency) == (
        "succeeded", "balance", 50_00, "EUR",
    )  # fmt: skip
    assert balances() == {
        "bank_clearing": "-100.00", "buyer_cash": "50.00", "orders_held": "40.00", "tax_due:SE": "10.00",
    }  # fmt: skip
    assert heard.of(PaymentSucceeded) == [PaymentSucceeded(payment.public_id, (order.order_id,))]
    assert selectors.payment_of_order(order.order_id) == payment


@pytest.mark.req("B-CPN-T1")
def test_a_coupon_is_booked_beside_the_cash(ada: Person) -> None:
    fund(ada, "100.00")
    order = charge_for("70.00", "0.00", "30.00")
    payment = pay(ada, order, method="balance")
    assert payment.amount_minor == 70_00
    assert balances() == {
        "bank_clearing": "-100.00", "buyer_cash": "30.00", "coupon_cost": "-30.00", "orders_held": "100.00",
    }  # fmt: skip
    assert [(part.source, part.amount) for part in selectors.parts_of([payment], order.order_id)] == [
        ("cash", 70_00), ("coupon", 30_00),
    ]  # fmt: skip


@pytest.mark.req("B-PAY-001")
def test_a_balance_that_is_not_enough_changes_nothing(ada: Person, heard: Heard) -> None:
    fund(ada, "49.99")
    with pytest.raises(paying.InsufficientBalance) as refused:
        pay(ada, charge_for("40.00", "10.00"), method="balance")
    assert refused.value.code == "INSUFFICIENT_BALANCE"
    assert refused.value.extra == {"available": "49.99", "needed": "50.00", "currency": "EUR"}
    assert "0.01 EUR are missing" in refused.value.message
    assert balances() == {"bank_clearing": "-49.99", "buyer_cash": "49.99"}
    assert not Payment.objects.exists()
    assert heard.events == []


@pytest.mark.req("B-PAY-001")
def test_a_subscriber_that_refuses_undoes_the_payment(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from galleria.kit import outbox

    def refuse(event: PaymentSucceeded) -> None:
        raise Refused("The order was canceled meanwhile.")

    fund(ada, "100.00")
    monkeypatch.setattr(outbox, "_subscriptions", {})
    outbox.subscribe(PaymentSucceeded, refuse, in_transaction=True)
    with pytest.raises(Refused):
        pay(ada, charge_for("40.00"), method="balance")
    assert balances() == {"bank_clearing": "-100.00", "buyer_cash": "100.00"}
    assert not Payment.objects.exists()


@pytest.mark.req("B-PAY-003")
def test_the_same_token_answers_the_first_payment(ada: Person) -> None:
    fund(ada, "100.00")
    order = charge_for("40.00")
    first = pay(ada, order, method="balance", token="click")
    assert pay(ada, order, method="balance", token="click") == first
    assert Payment.objects.count() == 1
    assert balances()["buyer_cash"] == "60.00"


@pytest.mark.req("B-PAY-003")
@pytest.mark.parametrize("other", ["another order", "another amount", "another account"])
def test_the_same_token_for_something_else_is_refused(ada: Person, xavier: Person, other: str) -> None:
    fund(ada, "100.00")
    fund(xavier, "100.00")
    order = charge_for("40.00")
    pay(ada, order, method="balance", token="click")
    second = charge_for("41.00" if other == "another amount" else "40.00", order=order.order_id)
    if other == "another order":
        second = charge_for("40.00")
    with pytest.raises(paying.TokenReused):
        pay(xavier if other == "another account" else ada, second, method="balance", token="click")
    assert Payment.objects.count() == 1


@pytest.mark.req("B-PAY-T1")
def test_an_order_that_is_paid_cannot_be_paid_with_another_token(ada: Person) -> None:
    fund(ada, "100.00")
    order = charge_for("40.00")
    pay(ada, order, method="balance")
    with pytest.raises(paying.OrderStatusChanged):
        pay(ada, order, method="balance")
    assert balances()["buyer_cash"] == "60.00"


@pytest.mark.req("B-ORD-022")
def test_several_orders_are_one_payment_and_one_entry_each(ada: Person) -> None:
    fund(ada, "100.00")
    orders = [charge_for("10.00", "2.50"), charge_for("20.00", "5.00", country="FI")]
    payment = pay(ada, *orders, method="balance")
    assert payment.amount_minor == 37_50
    assert balances() == {
        "bank_clearing": "-100.00", "buyer_cash": "62.50", "orders_held": "30.00", "tax_due:FI": "5.00",
        "tax_due:SE": "2.50",
    }  # fmt: skip
    assert {selectors.payment_of_order(order.order_id) for order in orders} == {payment}


@pytest.mark.django_db(transaction=True)
def test_a_charge_belongs_into_the_callers_transaction(ada: Person) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        paying.charge(
            ada.actor, account_id=ada.account.public_id, charges=[charge_for("1.00")], method="balance", token="t",
            at=clock.now(),
        )  # fmt: skip


@pytest.mark.req("B-BAL-002")
def test_cash_is_spent_before_the_credit_part(ada: Person, approve: Any) -> None:
    fund(ada, "30.00")
    approve(ada, "credit", "100.00")
    order = charge_for("40.00", "10.00")
    payment = pay(ada, order, method="balance")
    assert balances() == {
        "bank_clearing": "-30.00", "credit_receivable": "-20.00", "orders_held": "40.00", "tax_due:SE": "10.00",
    }  # fmt: skip
    assert [(part.source, part.net, part.tax) for part in selectors.parts_of([payment], order.order_id)] == [
        ("cash", 30_00, 0), ("credit", 10_00, 10_00),
    ]  # fmt: skip
    assert Approval.objects.get().used_minor == 20_00


@pytest.mark.req("B-BAL-002", "B-CRD-002")
def test_cash_goes_first_to_the_order_whose_seller_takes_no_credit(ada: Person, approve: Any) -> None:
    fund(ada, "30.00")
    approve(ada, "credit", "100.00")
    lent, cash_only = charge_for("30.00"), charge_for("30.00", accepts_credit=False)
    payment = pay(ada, lent, cash_only, method="balance")
    assert [part.source for part in selectors.parts_of([payment], lent.order_id)] == ["credit"]
    assert [part.source for part in selectors.parts_of([payment], cash_only.order_id)] == ["cash"]


@pytest.mark.req("B-CRD-002")
def test_credit_does_not_pay_for_a_product_whose_seller_takes_none(ada: Person, approve: Any) -> None:
    approve(ada, "credit", "100.00")
    with pytest.raises(paying.CreditNotAccepted):
        pay(ada, charge_for("10.00", accepts_credit=False), method="credit")
    with pytest.raises(paying.InsufficientBalance):
        pay(ada, charge_for("10.00", accepts_credit=False), method="balance")
    assert balances() == {}


@pytest.mark.req("B-CRD-001")
def test_credit_pays_the_approved_products_up_to_the_limit(ada: Person, approve: Any) -> None:
    approve(ada, "credit", "50.00", products=["prd_desk"])
    with pytest.raises(paying.CreditNotAccepted):
        pay(ada, charge_for("10.00", products=("prd_other",)), method="credit")
    payment = pay(ada, charge_for("24.00", "6.00"), method="credit")
    assert (payment.state, balances()["credit_receivable"]) == ("succeeded", "-30.00")
    with pytest.raises(paying.CreditLimitExceeded) as refused:
        pay(ada, charge_for("20.01"), method="credit")
    assert refused.value.extra == {"available": "20.00", "needed": "20.01", "currency": "EUR"}
    pay(ada, charge_for("20.00"), method="credit")
    assert balances()["credit_receivable"] == "-50.00"


@pytest.mark.req("B-CRD-001")
def test_without_an_approval_in_force_there_is_no_credit(ada: Person, approve: Any) -> None:
    with pytest.raises(paying.MethodNotAllowed):
        pay(ada, charge_for("10.00"), method="credit")
    approval = approve(ada, "credit", "50.00")
    Approval.objects.filter(pk=approval.pk).update(valid_to=clock.now())
    with pytest.raises(paying.MethodNotAllowed):
        pay(ada, charge_for("10.00"), method="credit")


@pytest.mark.req("B-PUR-023")
def test_settlement_collects_on_the_bill_up_to_the_limit(postpaid: Person, approve: Any) -> None:
    with pytest.raises(paying.MethodNotAllowed):
        pay(postpaid, charge_for("10.00"), method="settlement")
    approve(postpaid, "settlement", "100.00")
    pay(postpaid, charge_for("80.00", "16.00"), method="settlement")
    assert balances() == {"orders_held": "80.00", "receivable": "-96.00", "tax_due:SE": "16.00"}
    with pytest.raises(paying.CreditLimitExceeded):
        pay(postpaid, charge_for("4.01"), method="settlement")
    with pytest.raises(paying.MethodNotAllowed):
        pay(postpaid, charge_for("4.00"), method="balance")


def test_settlement_is_not_for_prepaid_accounts(ada: Person) -> None:
    with pytest.raises(paying.MethodNotAllowed):
        pay(ada, charge_for("10.00"), method="settlement")


@pytest.mark.req("B-RSL-001")
def test_a_reseller_owes_for_its_customer(customer: Person, rita: Person) -> None:
    payment = pay(customer, charge_for("40.00", "10.00"), method="reseller")
    assert (payment.state, payment.method) == ("succeeded", "reseller")
    reseller = f"reseller_receivable:{rita.reseller.public_id}"
    assert balances() == {"orders_held": "40.00", reseller: "-50.00", "tax_due:SE": "10.00"}


@pytest.mark.req("B-RSL-001")
@pytest.mark.parametrize("method", ["balance", "card", "settlement", "credit"])
def test_a_reseller_customer_cannot_pay_in_another_way(customer: Person, method: str) -> None:
    with pytest.raises(paying.MethodNotAllowed):
        pay(customer, charge_for("40.00"), method=method)
    assert balances() == {}


def test_nobody_else_pays_through_a_reseller_or_nothing(ada: Person) -> None:
    for method in ("reseller", "none"):
        with pytest.raises(paying.MethodNotAllowed):
            pay(ada, charge_for("1.00"), method=method)


@pytest.mark.req("B-FRE-002")
def test_what_costs_nothing_is_paid_by_nothing(ada: Person, heard: Heard) -> None:
    order = charge_for("0.00")
    payment = pay(ada, order, method="balance")
    assert (payment.state, payment.method, payment.amount_minor) == ("succeeded", "none", 0)
    assert balances() == {}
    assert heard.of(PaymentSucceeded) == [PaymentSucceeded(payment.public_id, (order.order_id,))]


def test_a_coupon_may_pay_everything(ada: Person) -> None:
    payment = pay(ada, charge_for("0.00", "0.00", "25.00"), method="none")
    assert payment.method == "none"
    assert balances() == {"coupon_cost": "-25.00", "orders_held": "25.00"}


@pytest.mark.req("B-PRM-T1")
def test_paying_needs_the_permission_but_ordering_for_nothing_does_not(ada: Person) -> None:
    reader = ada.colleague("Ben", "BuyerPurchaser")
    fund(ada, "10.00")
    with pytest.raises(PermissionMissing) as refused:
        pay(reader, charge_for("1.00"), method="balance")
    assert refused.value.extra == {"action": "billing:order:pay"}
    assert pay(reader, charge_for("0.00"), method="none").state == "succeeded"


def test_a_stranger_finds_neither_account_nor_payment(ada: Person, xavier: Person) -> None:
    fund(ada, "10.00")
    with pytest.raises(NotFound):
        paying.charge(
            xavier.actor, account_id=ada.account.public_id, charges=[charge_for("1.00")], method="balance", token="t",
            at=clock.now(),
        )  # fmt: skip
    payment = pay(ada, charge_for("1.00"), method="balance", token="mine")
    with pytest.raises(NotFound):
        selectors.payment_of(xavier.actor, payment.public_id)
    assert selectors.payment_by_token(xavier.actor, "mine") is None
    assert selectors.payment_by_token(ada.actor, "mine") == payment


@pytest.mark.parametrize(
    "charges",
    [
        [],
        [charge_for("1.00", order="GA1"), charge_for("1.00", order="GA1")],
        [charge_for("-1.00")],
        [charge_for("1.00", "-0.10")],
    ],
)
def test_charges_that_make_no_sense_are_refused(ada: Person, charges: list[Any]) -> None:
    fund(ada, "10.00")
    with pytest.raises(Refused) as refused:
        pay(ada, *charges, method="balance")
    assert refused.value.status == 422
    assert not Payment.objects.exists()


def test_an_unknown_method_and_a_missing_token_are_refused(ada: Person) -> None:
    with pytest.raises(paying.MethodNotAllowed):
        pay(ada, charge_for("1.00"), method="gold")
    for token in ("", "x" * 81):
        with pytest.raises(Refused):
            paying.charge(
                ada.actor, account_id=ada.account.public_id, charges=[charge_for("1.00")], method="balance",
                token=token, at=clock.now(),
            )  # fmt: skip


@pytest.mark.req("B-PUR-004")
def test_what_counts_as_means_to_pay(ada: Person, approve: Any) -> None:
    def has(amount: str = "50.00") -> bool:
        return paying.has_payment_means(account_id=ada.account.public_id, products=["prd_desk"], amount=euro(amount))

    assert not has()
    fund(ada, "50.00")
    assert has("50.00")
    assert not has("50.01")
    approve(ada, "credit", "10.00")
    assert has("60.00")
    assert not has("60.01")
    card(ada)
    assert has("5000.00")


@pytest.mark.req("B-PUR-004")
def test_settlement_and_resellers_are_means_to_pay(postpaid: Person, approve: Any, rita: Person) -> None:
    account = postpaid.account
    assert not paying.has_payment_means(account_id=account.public_id, amount=euro("1.00"))
    approve(postpaid, "settlement", "100.00")
    assert paying.has_payment_means(account_id=account.public_id, amount=euro("1.00"))
    account.sales_model, account.reseller = "resale", rita.reseller
    account.save()
    assert paying.has_payment_means(account_id=account.public_id, amount=euro("1.00"))
