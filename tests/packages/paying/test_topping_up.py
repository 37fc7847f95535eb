"""Money onto the balance: by card, by transfer, debt first; and the funds that an account sees."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from galleria.kit import clock, jobs
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.paying import selectors
from galleria.paying import services as paying
from galleria.paying.events import BalanceToppedUp, DebtPaid, TopUpRejected
from galleria.paying.models import TopUp
from tests.people import Person
from tests.till import ANSWER_LOST, DECLINES, Heard, balances, card, charge_for, euro, fund, give_back, pay

pytestmark = pytest.mark.django_db


def by_card(person: Person, amount: str) -> TopUp:
    made = paying.top_up_by_card(
        person.actor, account_id=person.account.public_id, amount=euro(amount), token="top", at=clock.now()
    )
    assert made.payment is not None
    paying.confirm_card(made.payment.public_id, at=clock.now())
    made.refresh_from_db()
    return made


def transfer(person: Person, amount: str, **more: Any) -> TopUp:
    values = {"sender": "Byron Analytics AB", "bank": "Nordbanken", "transferred_on": date(2027, 2, 27), **more}
    return paying.submit_bank_transfer(
        person.actor, account_id=person.account.public_id, amount=euro(amount), at=clock.now(), **values
    )


@pytest.mark.req("B-TOP-002", "B-PUR-022")
def test_a_top_up_by_card_fills_the_balance(ada: Person, heard: Heard) -> None:
    card(ada)
    made = by_card(ada, "100.00")
    assert (made.state, made.debt_minor) == ("confirmed", 0)
    assert balances() == {"buyer_cash": "100.00", "card_clearing": "-100.00"}
    assert heard.of(BalanceToppedUp) == [BalanceToppedUp(ada.account.public_id, made.public_id)]
    assert by_card(ada, "100.00") == made  # the same token
    assert balances()["buyer_cash"] == "100.00"
    with pytest.raises(paying.TokenReused):
        by_card(ada, "101.00")


@pytest.mark.req("B-TOP-002")
@pytest.mark.parametrize("amount", ["0.99", "0.00", "-5.00", "100000.01"])
def test_the_amount_of_a_top_up_has_limits(ada: Person, amount: str) -> None:
    card(ada)
    with pytest.raises(paying.AmountOutOfRange) as refused:
        by_card(ada, amount)
    assert "from 1.00 EUR to 100000.00 EUR" in refused.value.message
    with pytest.raises(paying.AmountOutOfRange):
        transfer(ada, amount)
    assert not TopUp.objects.exists()


@pytest.mark.req("B-TOP-002")
@pytest.mark.parametrize("amount", ["1.00", "100000.00"])
def test_the_limits_themselves_are_allowed(ada: Person, amount: str) -> None:
    card(ada)
    assert by_card(ada, amount).state == "confirmed"


def test_a_declined_top_up_adds_nothing(ada: Person, heard: Heard) -> None:
    card(ada, DECLINES)
    made = by_card(ada, "100.00")
    assert (made.state, made.reason) == ("failed", "The card was declined.")
    assert balances() == {}
    assert heard.events == []


def test_a_top_up_whose_answer_gets_lost_arrives_a_minute_later(ada: Person) -> None:
    card(ada, ANSWER_LOST)
    made = by_card(ada, "100.00")
    assert made.state == "submitted"
    jobs.run_due(clock.now() + timedelta(seconds=61), with_crons=False)
    made.refresh_from_db()
    assert made.state == "confirmed"
    assert balances()["buyer_cash"] == "100.00"


@pytest.mark.req("B-TOP-001")
def test_topping_up_is_for_prepaid_accounts_that_pay_themselves(ada: Person, rita: Person) -> None:
    card(ada)
    ada.account.payment_model = "postpaid"
    ada.account.save()
    with pytest.raises(paying.MethodNotAllowed):
        by_card(ada, "10.00")
    ada.account.payment_model, ada.account.sales_model, ada.account.reseller = "prepaid", "resale", rita.reseller
    ada.account.save()
    with pytest.raises(paying.MethodNotAllowed):
        transfer(ada, "10.00")


def test_topping_up_needs_the_permission_and_the_own_account(ada: Person, xavier: Person) -> None:
    with pytest.raises(PermissionMissing):
        transfer(ada.colleague("Ben", "BuyerPurchaser"), "10.00")
    with pytest.raises(NotFound):
        paying.top_up_by_card(
            xavier.actor, account_id=ada.account.public_id, amount=euro("10.00"), token="t", at=clock.now()
        )


@pytest.mark.req("B-TOP-003")
def test_a_bank_transfer_is_booked_by_the_operator_once(ada: Person, olga: Person, heard: Heard) -> None:
    made = transfer(ada, "250.00", reference="INV-7")
    assert (made.state, balances()) == ("submitted", {})
    assert selectors.transfers_to_book(olga.actor) == [made]
    with pytest.raises(PermissionMissing):
        paying.confirm_top_up(ada.actor, top_up_id=made.public_id, at=clock.now())
    paying.confirm_top_up(olga.actor, top_up_id=made.public_id, at=clock.now())
    made.refresh_from_db()
    assert (made.state, made.decided_by) == ("confirmed", "Olga Lind")
    assert balances() == {"bank_clearing": "-250.00", "buyer_cash": "250.00"}
    with pytest.raises(NotAllowed):
        paying.confirm_top_up(olga.actor, top_up_id=made.public_id, at=clock.now())
    with pytest.raises(NotAllowed):
        paying.reject_top_up(olga.actor, top_up_id=made.public_id, reason="Late", at=clock.now())
    assert len(heard.of(BalanceToppedUp)) == 1
    assert selectors.transfers_to_book(olga.actor) == []


@pytest.mark.req("B-TOP-003")
def test_what_arrived_is_booked_not_what_was_announced(ada: Person, olga: Person) -> None:
    made = transfer(ada, "250.00")
    for wrong in ("0.00", "-1.00"):
        with pytest.raises(paying.AmountOutOfRange):
            paying.confirm_top_up(olga.actor, top_up_id=made.public_id, amount=euro(wrong), at=clock.now())
    paying.confirm_top_up(olga.actor, top_up_id=made.public_id, amount=euro("245.50"), at=clock.now())
    assert balances()["buyer_cash"] == "245.50"


@pytest.mark.req("B-TOP-003")
def test_a_transfer_that_cannot_be_found_is_rejected_with_a_reason(ada: Person, olga: Person, heard: Heard) -> None:
    made = transfer(ada, "250.00")
    with pytest.raises(Invalid):
        paying.reject_top_up(olga.actor, top_up_id=made.public_id, reason="  ", at=clock.now())
    paying.reject_top_up(olga.actor, top_up_id=made.public_id, reason="Not found", at=clock.now())
    made.refresh_from_db()
    assert (made.state, made.reason) == ("rejected", "Not found")
    assert heard.of(TopUpRejected) == [TopUpRejected(ada.account.public_id, made.public_id)]
    assert balances() == {}


@pytest.mark.req("B-TOP-003")
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"sender": " "}, "sender"),
        ({"bank": "x" * 121}, "bank"),
        ({"reference": "x" * 121}, "reference"),
        ({"transferred_on": date(2027, 3, 2)}, "transferred_on"),
        ({"transferred_on": date(2025, 3, 2)}, "transferred_on"),
    ],
)
def test_a_transfer_with_wrong_data_is_refused_with_the_field(ada: Person, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        transfer(ada, "10.00", **more)
    assert list(refused.value.fields) == [field]
    assert not TopUp.objects.exists()


@pytest.mark.req("B-TOP-004", "B-TOP-T1")
def test_a_top_up_pays_the_debt_first(ada: Person, heard: Heard) -> None:
    card(ada)
    paying.note_debt(SYSTEM, account_id=ada.account.public_id, amount=euro("30.00"), reference="bill-1", at=clock.now())
    assert selectors.funds_of(ada.actor, at=clock.now()).debt == euro("30.00")
    made = by_card(ada, "100.00")
    assert made.debt_minor == 30_00
    funds = selectors.funds_of(ada.actor, at=clock.now())
    assert (funds.debt, funds.cash) == (euro("0.00"), euro("70.00"))
    assert heard.of(DebtPaid) == [DebtPaid(ada.account.public_id)]


@pytest.mark.req("B-TOP-004")
def test_a_top_up_that_is_less_than_the_debt_leaves_the_rest_owed(ada: Person, heard: Heard) -> None:
    card(ada)
    paying.note_debt(SYSTEM, account_id=ada.account.public_id, amount=euro("30.00"), reference="bill-1", at=clock.now())
    by_card(ada, "20.00")
    funds = selectors.funds_of(ada.actor, at=clock.now())
    assert (funds.debt, funds.cash) == (euro("10.00"), euro("0.00"))
    assert heard.of(DebtPaid) == []


@pytest.mark.req("B-BAL-004")
def test_the_entries_show_each_movement_with_the_balance_after_it(ada: Person) -> None:
    card(ada)
    by_card(ada, "100.00")
    order = charge_for("40.00", "10.00")
    pay(ada, order, method="balance")
    give_back(order, "4.00", "1.00")
    moved = list(selectors.movements_of(ada.actor))
    top_up = TopUp.objects.get()
    assert [(each.kind, each.source, each.amount.text, each.balance_after.text, each.by) for each in moved] == [
        ("order_refund", ("order", order.order_id), "5.00", "55.00", "operations system"),
        ("order_payment", ("order", order.order_id), "-50.00", "50.00", "Ada Byron"),
        ("top_up", ("top_up", top_up.public_id), "100.00", "100.00", "Ada Byron"),
    ]
    assert sum(each.amount.minor for each in moved) == selectors.cash_of(ada.account).minor


@pytest.mark.req("B-BAL-002")
def test_funds_show_cash_credit_and_what_is_owed(ada: Person, approve: Any) -> None:
    fund(ada, "30.00")
    approve(ada, "credit", "100.00")
    pay(ada, charge_for("50.00"), method="balance")
    funds = selectors.funds_of(ada.actor, at=clock.now())
    assert (funds.cash, funds.credit_used, funds.available, funds.debt) == (
        euro("0.00"), euro("20.00"), euro("80.00"), euro("0.00"),
    )  # fmt: skip
    with pytest.raises(PermissionMissing):
        selectors.funds_of(ada.colleague("Ben", "BuyerAcceptor").actor, at=clock.now())


@pytest.mark.req("B-BAL-004")
def test_repaid_credit_can_be_used_again(ada: Person, approve: Any) -> None:
    approve(ada, "credit", "100.00")
    pay(ada, charge_for("60.00"), method="credit")
    fund(ada, "100.00")
    with pytest.raises(paying.AmountOutOfRange):
        paying.repay_credit(
            ada.actor, account_id=ada.account.public_id, amount=euro("60.01"), reference="a", at=clock.now()
        )
    for _again in range(2):
        paying.repay_credit(
            ada.actor, account_id=ada.account.public_id, amount=euro("45.00"), reference="b", at=clock.now()
        )
    funds = selectors.funds_of(ada.actor, at=clock.now())
    assert (funds.cash, funds.credit_used, funds.available) == (euro("55.00"), euro("15.00"), euro("140.00"))


def test_approvals_are_for_the_accounts_that_can_have_them(
    ada: Person, xavier: Person, customer: Person, olga: Person
) -> None:
    def approve(person: Person, kind: Any, limit: str = "10.00", **more: Any) -> None:
        paying.approve_later_payment(
            olga.actor, account_id=person.account.public_id, kind=kind, limit=euro(limit), at=clock.now(), **more
        )

    with pytest.raises(paying.MethodNotAllowed):
        approve(xavier, "credit")  # not an enterprise
    with pytest.raises(paying.MethodNotAllowed):
        approve(xavier, "settlement")  # prepaid
    with pytest.raises(paying.MethodNotAllowed):
        approve(customer, "credit")  # the reseller pays
    customer.account.sales_model = "direct"
    customer.account.save()
    for limit in ("0.00", "-1.00"):
        with pytest.raises(paying.AmountOutOfRange):
            approve(ada, "credit", limit)
    with pytest.raises(Invalid):
        approve(ada, "gold")
    with pytest.raises(Invalid):
        approve(ada, "credit", valid_to=clock.now())
    with pytest.raises(PermissionMissing):
        paying.approve_later_payment(
            ada.actor, account_id=ada.account.public_id, kind="credit", limit=euro("10.00"), at=clock.now()
        )


def test_an_approval_that_ended_pays_no_more_but_keeps_what_is_owed(ada: Person, olga: Person, approve: Any) -> None:
    approve(ada, "credit", "100.00")
    pay(ada, charge_for("60.00"), method="credit")
    paying.end_later_payment(olga.actor, account_id=ada.account.public_id, kind="credit", reason="Late", at=clock.now())
    with pytest.raises(paying.MethodNotAllowed):
        pay(ada, charge_for("1.00"), method="credit")
    assert selectors.funds_of(ada.actor, at=clock.now()).credit_used == euro("60.00")
    approve(ada, "credit", "100.00")
    with pytest.raises(paying.CreditLimitExceeded):
        pay(ada, charge_for("40.01"), method="credit")
