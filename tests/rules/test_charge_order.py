"""Which means a payment uses, in which order, and what the page offers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit import clock
from galleria.kit.money import Money
from galleria.paying import rules
from galleria.paying import services as paying
from galleria.paying.rules import NotCovered, OrderCharge, Purse
from tests.people import Person
from tests.till import card, charge_for, euro, fund


def split(parts: list[rules.Part]) -> list[tuple[str, str, int, int]]:
    return [(part.order, part.source, part.net, part.tax) for part in parts]


@pytest.mark.req("B-MNY-006", "B-CPN-T1")
def test_the_coupon_bears_its_part_and_cash_the_rest() -> None:
    order = charge_for("70.00", "0.00", "30.00", order="o")
    assert split(rules.spread([order], [Purse("cash", "c", 100_00)])) == [
        ("o", "cash", 70_00, 0), ("o", "coupon", 30_00, 0),
    ]  # fmt: skip


@pytest.mark.req("B-BAL-002")
def test_purses_are_emptied_in_their_order() -> None:
    order = charge_for("10.00", "2.00", order="o")
    for held, expected in [
        (0, [("o", "credit", 10_00, 2_00)]),
        (4_00, [("o", "cash", 4_00, 0), ("o", "credit", 6_00, 2_00)]),
        (10_00, [("o", "cash", 10_00, 0), ("o", "credit", 0, 2_00)]),
        (11_00, [("o", "cash", 10_00, 1_00), ("o", "credit", 0, 1_00)]),
        (12_00, [("o", "cash", 10_00, 2_00)]),
    ]:
        assert split(rules.spread([order], [Purse("cash", "c", held), Purse("credit", "k")])) == expected


def test_what_is_missing_is_named() -> None:
    with pytest.raises(NotCovered) as refused:
        rules.spread([charge_for("10.00", "2.00")], [Purse("cash", "c", 3_00), Purse("credit", "k", 4_00)])
    assert refused.value.missing == 5_00


def test_the_parts_survive_being_stored() -> None:
    (part,) = rules.spread([charge_for("10.00", "2.00", order="o")], [Purse("card", "card_clearing")])
    assert part.as_json()["amount_minor"] == 12_00
    assert rules.Part.from_json(part.as_json()) == part


@given(
    orders=st.lists(
        st.tuples(st.integers(0, 9_999), st.integers(0, 999), st.integers(0, 999), st.booleans()),
        min_size=1, max_size=6,
    ),
    cash=st.integers(0, 30_000),
    credit=st.integers(0, 30_000),
)  # fmt: skip
def test_every_order_gets_exactly_what_it_costs_and_no_purse_gives_more_than_it_holds(
    orders: list[tuple[int, int, int, bool]], cash: int, credit: int
) -> None:
    charges = [
        OrderCharge(str(n), *(Money(amount, "EUR") for amount in amounts[:3]), "SE", (), accepts_credit=amounts[3])
        for n, amounts in enumerate(orders)
    ]
    lent = frozenset(charge.order_id for charge in charges if charge.accepts_credit)
    purses = [Purse("cash", "buyer_cash:a", cash), Purse("credit", "credit_receivable:a", credit, lent)]
    try:
        parts = rules.spread(charges, purses)
    except NotCovered as refused:
        assert refused.missing > 0
        return
    for charge in charges:
        mine = [part for part in parts if part.order == charge.order_id]
        assert sum(part.net for part in mine if part.source != "coupon") == charge.net.minor
        assert sum(part.tax for part in mine) == charge.tax.minor
        assert sum(part.net for part in mine if part.source == "coupon") == charge.coupon.minor
        assert charge.accepts_credit or all(part.source != "credit" for part in mine)
    assert sum(part.amount for part in parts if part.source == "cash") <= cash
    assert sum(part.amount for part in parts if part.source == "credit") <= credit
    moved = rules.postings_of(parts, "EUR")
    total = sum(charge.due.minor + charge.coupon.minor for charge in charges)
    assert sum(posting.amount.minor for posting in moved) == total


@pytest.mark.req("B-PAY-T2")
@pytest.mark.parametrize(
    ("brand", "funding", "refusal"),
    [
        ("visa", "credit", ""), ("mastercard", "credit", ""), ("amex", "credit", "brand"), ("visa", "debit", "debit"),
        ("visa", "prepaid", "prepaid"), ("visa", "unknown", "unknown"), ("amex", "debit", "debit"),
    ],
)  # fmt: skip
def test_credit_cards_of_the_listed_brands_only(brand: str, funding: str, refusal: str) -> None:
    assert rules.card_refusal(brand, funding, ["visa", "mastercard"]) == refusal


# ----- what the payment page offers -----


@pytest.fixture
def cards_on(settings: Any) -> None:
    settings.GALLERIA_SANDBOX_CARDS = True


def offered(person: Person, *charges: OrderCharge) -> list[tuple[str, bool]]:
    options = paying.payment_options(person.actor, account_id=person.account.public_id, charges=charges, at=clock.now())
    return [(option.method, option.is_available) for option in options]


def approve(olga: Person, person: Person, kind: Any, limit: str) -> None:
    paying.approve_later_payment(
        olga.actor, account_id=person.account.public_id, kind=kind, limit=euro(limit), at=clock.now()
    )


@pytest.mark.req("B-PAY-001", "B-MNY-006", "B-CRD-001")
@pytest.mark.django_db
def test_the_ways_to_pay_come_in_charging_order(ada: Person, olga: Person, cards_on: None) -> None:
    order = charge_for("40.00")
    assert offered(ada, order) == [("balance", False)]
    means = card(ada)
    fund(ada, "40.00")
    assert offered(ada, order) == [("balance", True), ("card", True)]
    approve(olga, ada, "credit", "30.00")
    assert offered(ada, order) == [("balance", True), ("card", True), ("credit", False)]
    options = paying.payment_options(ada.actor, account_id=ada.account.public_id, charges=[order], at=clock.now())
    assert [(option.title, option.means_id) for option in options] == [
        ("Account balance", ""), ("Visa •••• 4242", means.public_id), ("Credit", ""),
    ]  # fmt: skip
    assert options[0].detail == "Available: 40.00 EUR. Left after payment: 0.00 EUR."
    assert options[2].reason == "Your approved limit is not enough."
    fund(ada, "1200.00")
    thousands = paying.payment_options(ada.actor, account_id=ada.account.public_id, charges=[order], at=clock.now())
    assert thousands[0].detail == "Available: 1,240.00 EUR. Left after payment: 1,200.00 EUR."
    assert offered(ada) == []
    assert offered(ada, charge_for("0.00")) == []


@pytest.mark.django_db
def test_postpaid_accounts_are_offered_settlement(ada: Person, olga: Person) -> None:
    ada.account.payment_model = "postpaid"
    ada.account.save()
    assert offered(ada, charge_for("40.00")) == [("settlement", False)]
    approve(olga, ada, "settlement", "40.00")
    assert offered(ada, charge_for("40.00")) == [("settlement", True)]
    assert offered(ada, charge_for("40.01")) == [("settlement", False)]


@pytest.mark.req("B-PAY-T3")
@pytest.mark.django_db
def test_automatic_payment_prefers_settlement_then_balance_then_the_card(
    ada: Person, olga: Person, rita: Person, cards_on: None
) -> None:
    def chosen(*charges: OrderCharge) -> str:
        found = paying.automatic_method(ada.account.public_id, charges, clock.now())
        return found.method if found else ""

    order = charge_for("40.00")
    assert chosen(order) == ""
    card(ada)
    assert chosen(order) == "card"
    fund(ada, "40.00")
    assert chosen(order) == "balance"
    assert chosen(charge_for("0.00")) == "none"
    ada.account.payment_model = "postpaid"
    ada.account.save()
    assert chosen(order) == "card"
    approve(olga, ada, "settlement", "40.00")
    assert chosen(order) == "settlement"
    assert chosen(charge_for("40.01")) == "card"
    ada.account.sales_model, ada.account.reseller = "resale", rita.reseller
    ada.account.save()
    assert chosen(order) == "reseller"


@pytest.mark.req("B-PAY-T3")
@pytest.mark.django_db
def test_automatic_payment_records_each_part_it_used(ada: Person) -> None:
    """120.00 less a discount of 20.00 gives 100.00; a coupon of 30.00; 70.00 from the balance."""
    from galleria.paying import selectors
    from tests.till import balances, pay

    fund(ada, "70.00")
    order = charge_for("70.00", "0.00", "30.00")
    found = paying.automatic_method(ada.account.public_id, [order], clock.now())
    assert found is not None
    payment = pay(ada, order, method=found.method)
    assert [(part.source, part.amount) for part in selectors.parts_of([payment], order.order_id)] == [
        ("cash", 70_00), ("coupon", 30_00),
    ]  # fmt: skip
    assert balances() == {"bank_clearing": "-70.00", "coupon_cost": "-30.00", "orders_held": "100.00"}
