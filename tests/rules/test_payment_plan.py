"""The order in which a payment uses its means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import CurrencyMismatch, Money
from galleria.pricing.rules.coupons import Coupon, Limits
from galleria.pricing.rules.discounts import Discount, LineInput
from galleria.pricing.rules.exact import percent, price
from galleria.pricing.rules.models import Simple, charge
from galleria.pricing.rules.payment import automatic_method, combined_plan, payment_plan, plan_of
from galleria.pricing.rules.quote import quote

AT = datetime(2027, 1, 15, tzinfo=UTC)


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def parts(plan) -> list[tuple[str, str]]:
    return [(part.source, part.amount.text) for part in plan.parts]


def example(tax_e4: int = 0):
    """The order of 120.00 with a discount of 20.00 and a coupon of 30.00."""
    coupon = Coupon(
        "c", "C", "cash", "unused", usd("30.00"), usd("30.00"), AT, AT + timedelta(days=1), Limits(with_discounts=True)
    )
    return quote(
        [LineInput("1", charge(Simple("USD", price("120"))), period_type="month")],
        at=AT,
        discounts_offered=[Discount("d", "commercial", "D", "amount_off", 20_00, "USD")],
        coupon=coupon,
        tax_e4=tax_e4,
        automatic=True,
    )


@pytest.mark.req("B-MNY-006", "B-PAY-T3", "B-CPN-T1")
def test_a_payment_uses_discount_then_coupon_then_cash_then_credit_and_records_each_part():
    plan = plan_of(example(), method="balance", cash=usd("50.00"), credit=usd("100.00"))

    assert parts(plan) == [("discount", "20.00"), ("coupon", "30.00"), ("cash", "50.00"), ("credit", "20.00")]
    assert (plan.charged, plan.shortfall, plan.is_covered) == (usd("70.00"), usd("0.00"), True)


@pytest.mark.req("B-MNY-006", "B-MNY-005")
def test_tax_is_paid_with_money_and_not_with_the_coupon():
    plan = plan_of(example(percent("10")), method="card")

    assert parts(plan) == [("discount", "20.00"), ("coupon", "30.00"), ("card", "77.00")]


@pytest.mark.req("B-MNY-006")
def test_cash_alone_pays_when_it_is_enough():
    assert parts(payment_plan(usd("70.00"), method="balance", cash=usd("70.00"), credit=usd("9.00"))) == [
        ("cash", "70.00")
    ]


@pytest.mark.req("B-MNY-006")
@pytest.mark.parametrize(
    ("method", "means", "expected", "shortfall"),
    [
        ("balance", {"cash": usd("10.00"), "credit": usd("5.00")}, [("cash", "10.00"), ("credit", "5.00")], "55.00"),
        ("balance", {}, [], "70.00"),
        ("balance", {"cash": usd("-5.00"), "credit": usd("80.00")}, [("credit", "70.00")], "0.00"),
        ("settlement", {"limit": usd("69.99")}, [("settlement", "69.99")], "0.01"),
        ("settlement", {}, [("settlement", "70.00")], "0.00"),
        ("credit", {"limit": usd("70.00")}, [("credit", "70.00")], "0.00"),
        ("reseller", {}, [("reseller", "70.00")], "0.00"),
    ],
)
def test_what_a_method_cannot_cover_is_the_shortfall(method, means, expected, shortfall):
    plan = payment_plan(usd("70.00"), method=method, **means)

    assert (parts(plan), plan.shortfall) == (expected, usd(shortfall))
    assert plan.is_covered is (shortfall == "0.00")


@pytest.mark.req("B-FRE-002")
def test_nothing_due_needs_no_method_and_charges_nothing():
    plan = payment_plan(usd("0.00"), method="balance", saving=usd("20.00"))

    assert (plan.method, parts(plan), plan.is_covered) == ("none", [("discount", "20.00")], True)
    with pytest.raises(ValueError, match="must be a method"):
        payment_plan(usd("0.01"), method="none")


def test_two_currencies_are_never_mixed():
    with pytest.raises(CurrencyMismatch):
        payment_plan(usd("1.00"), method="balance", cash=Money(100, "EUR"))


@pytest.mark.req("B-MNY-006")
def test_a_combined_payment_takes_each_order_from_what_is_left():
    plans = combined_plan(
        {"GA1": usd("40.00"), "GA2": usd("40.00"), "GA3": usd("40.00")},
        method="balance",
        cash=usd("60.00"),
        credit=usd("50.00"),
    )

    assert {order: parts(plan) for order, plan in plans.items()} == {
        "GA1": [("cash", "40.00")],
        "GA2": [("cash", "20.00"), ("credit", "20.00")],
        "GA3": [("credit", "30.00")],
    }
    assert plans["GA3"].shortfall == usd("10.00")
    limited = combined_plan({"GA1": usd("40.00"), "GA2": usd("40.00")}, method="settlement", limit=usd("50.00"))
    assert [plan.shortfall.text for plan in limited.values()] == ["0.00", "30.00"]


@pytest.mark.req("B-PAY-T3")
def test_automatic_payment_prefers_monthly_settlement():
    assert automatic_method(has_settlement=True) == "settlement"
    assert automatic_method(has_settlement=False) == "balance"


@pytest.mark.req("B-MNY-006")
@given(due=st.integers(0, 10**9), cash=st.integers(-(10**9), 10**9), credit=st.integers(0, 10**9))
def test_parts_and_shortfall_add_up_and_credit_waits_for_cash(due, cash, credit):
    plan = payment_plan(Money(due, "USD"), method="balance", cash=Money(cash, "USD"), credit=Money(credit, "USD"))

    assert (plan.charged + plan.shortfall).minor == due
    assert all(part.amount.is_positive for part in plan.parts)
    if plan.amount_of("credit"):
        assert plan.amount_of("cash").minor == max(cash, 0)
