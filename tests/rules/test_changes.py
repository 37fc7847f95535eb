"""Fees of upgrades and expansions: the worked examples of both guides."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import Money
from galleria.pricing.rules.changes import Holding, period_for, upgrade_fee
from galleria.pricing.rules.discounts import Discount, LineInput
from galleria.pricing.rules.exact import percent, price
from galleria.pricing.rules.models import Band, Linear, QuantityOutOfRange, QuantityRange, Simple, Tiered, Volume
from galleria.pricing.rules.quote import quote

BANDS = (Band(1, 20, price("5.00")), Band(21, 100, price("4.00")))
UP_TO_100 = QuantityRange(1, 100)
BASIC = Holding("basic", Simple("USD", price("1000.00")), 1, "year")
PROFESSIONAL = Holding("professional", Simple("USD", price("180.00")), 1, "month")


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def users(model, quantity: int) -> Holding:
    return Holding("users", model, quantity, "month")


LINEAR = Linear("USD", price("5.00"))
TIERED = Tiered("USD", BANDS, UP_TO_100)
VOLUME = Volume("USD", BANDS, UP_TO_100)
SELLER_TIERED = Tiered("USD", (Band(1, 20, price("10")), Band(21, None, price("8"))))

FEES = [
    ("1: yearly basic to professional, 200 days left", BASIC, PROFESSIONAL, 200, 0, "652.05"),
    ("2: the same with a discount of 10 %", BASIC, PROFESSIONAL, 200, percent("10"), "586.85"),
    ("3: linear, 20 to 50 users, 3 months left", users(LINEAR, 20), users(LINEAR, 50), 90, 0, "450.00"),
    ("4: tiered, 20 to 50 users, 3 months left", users(TIERED, 20), users(TIERED, 50), 90, 0, "300.00"),
    ("5: volume, 20 to 50 users, 3 months left", users(VOLUME, 20), users(VOLUME, 50), 90, 0, "360.00"),
]
VERSION_A = Holding("a", Simple("USD", price("300")), 1, "month")
VERSION_B = Holding("b", Simple("USD", price("600")), 1, "month")
SELLER_LINEAR = Linear("USD", price("10"))
SELLER_FEES = [
    ("version A to B", VERSION_A, VERSION_B, 10, "100.00"),
    ("linear 20 to 30 users", users(SELLER_LINEAR, 20), users(SELLER_LINEAR, 30), 15, "50.00"),
    ("tiered 20 to 30 users", users(SELLER_TIERED, 20), users(SELLER_TIERED, 30), 30, "40.00"),
]


@pytest.mark.req("B-CHG-T1", "B-CFG-002", "B-MNY-001")
@pytest.mark.parametrize(("before", "after", "days", "off", "fee"), [f[1:] for f in FEES], ids=[f[0] for f in FEES])
def test_the_fee_of_a_change_is_that_of_the_specification(before, after, days, off, fee):
    charged = upgrade_fee(before, after, days, off_e4=off)

    assert charged.amount == usd(fee)
    assert charged.steps[-1].amount == usd(fee)


@pytest.mark.req("S-UPG-T1", "S-UPG-T2", "S-UPG-T3")
@pytest.mark.parametrize(
    ("before", "after", "days", "fee"), [f[1:] for f in SELLER_FEES], ids=[f[0] for f in SELLER_FEES]
)
def test_the_fee_of_a_change_is_that_of_the_sellers_guide(before, after, days, fee):
    assert upgrade_fee(before, after, days).amount == usd(fee)


@pytest.mark.req("B-CHG-T1")
def test_a_discount_in_the_quote_gives_the_same_as_the_formula_with_the_discount():
    fee = upgrade_fee(BASIC, PROFESSIONAL, 200)
    commercial = Discount("d1", "commercial", "Commercial", "percent_off", percent("10"))
    at = datetime(2027, 1, 15, tzinfo=UTC)

    priced = quote([LineInput("1", fee)], at=at, order_type="change", discounts_offered=[commercial])

    assert (priced.official, priced.due) == (usd("652.05"), usd("586.85"))


@pytest.mark.req("B-CFG-001")
def test_a_fixed_price_does_not_apply_to_the_fee_of_a_change():
    offer = Discount("d1", "exclusive", "Offer", "unit_price", price("1"), "USD")
    at = datetime(2027, 1, 15, tzinfo=UTC)

    (line,) = quote([LineInput("1", upgrade_fee(BASIC, PROFESSIONAL, 200))], at=at, discounts_offered=[offer]).lines

    assert (line.discount, [candidate.reason for candidate in line.considered]) == (None, ["not_for_changes"])


@pytest.mark.req("B-CHG-T1")
def test_both_volume_rules_agree_at_the_edge_of_a_band_and_differ_inside_one():
    def fees(before: int, after: int) -> tuple[Money, Money]:
        change = users(VOLUME, before), users(VOLUME, after), 30
        return upgrade_fee(*change).amount, upgrade_fee(*change, volume_rule="graduated").amount

    assert fees(20, 50) == (usd("120.00"), usd("120.00"))
    assert fees(10, 50) == (usd("160.00"), usd("170.00"))


@pytest.mark.req("B-CHG-T1")
def test_a_change_between_volume_priced_skus_is_charged_by_the_difference():
    other = Holding("other", VOLUME, 50, "month")

    assert upgrade_fee(users(VOLUME, 20), other, 30).amount == usd("120.00")
    assert [step.text for step in upgrade_fee(users(VOLUME, 20), other, 30).steps] == [
        "new_remaining",
        "old_remaining",
        "change_fee",
    ]


@pytest.mark.req("B-CHG-T1")
def test_a_fee_is_never_below_zero():
    assert upgrade_fee(users(TIERED, 20), users(TIERED, 21), 30).amount == usd("0.00")
    assert upgrade_fee(users(VOLUME, 50), users(VOLUME, 20), 30).amount == usd("0.00")


@pytest.mark.parametrize(
    ("days", "offered", "period"),
    [
        (364, ("month", "year"), "month"),
        (365, ("month", "year"), "year"),
        (400, ("month",), "month"),
        (10, ("year",), "year"),
    ],
)
def test_the_new_price_is_matched_by_the_remaining_duration(days, offered, period):
    assert period_for(days, offered) == period


def test_a_change_to_what_is_not_sold_is_refused():
    with pytest.raises(QuantityOutOfRange):
        upgrade_fee(users(TIERED, 20), users(TIERED, 101), 30)
    with pytest.raises(ValueError, match="days below zero"):
        upgrade_fee(BASIC, PROFESSIONAL, -1)
    with pytest.raises(ValueError, match="one currency"):
        upgrade_fee(BASIC, Holding("x", Simple("EUR", 1), 1, "month"), 1)
    with pytest.raises(ValueError, match="No price"):
        period_for(1, ())


@given(unit=st.integers(0, 10**13), before=st.integers(1, 500), added=st.integers(0, 500), days=st.integers(0, 1100))
def test_a_linear_expansion_costs_the_added_units_for_the_days_left(unit, before, added, days):
    model = Linear("USD", unit)
    fee = upgrade_fee(users(model, before), users(model, before + added), days)

    assert fee.exact == Fraction(unit, 10**10) * added * days / 30
    assert upgrade_fee(users(model, before), users(model, before + added), days + 1).amount >= fee.amount
