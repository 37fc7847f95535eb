"""Metered charges: where digits are cut, where they are kept, and the one rounding of the bill."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import Money
from galleria.pricing.rules.exact import price
from galleria.pricing.rules.metered import bill_step, bill_total, charge, converted_e10


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


@pytest.mark.req("B-MNY-003", "B-MNY-002")
def test_converted_usage_is_cut_after_ten_decimals_and_charged_with_eight():
    charged = charge(25_874, price("0.000064"), "USD", divisor=3_600, factor=1_000)

    assert charged.quantity_e10 == 71_872_222_222  # 7.1872222222
    assert charged.charge_e8 == 45_998_222  # 0.45998222
    assert bill_total([charged.charge_e8], "USD") == usd("0.46")
    assert [(step.rule, step.rounding) for step in charged.steps] == [
        ("B-MNY-003", "truncated"),
        ("B-MNY-002", "half_up"),
    ]


@pytest.mark.req("B-MNY-004")
def test_three_metered_lines_are_rounded_once_on_their_total():
    lines = [45_998_222, 1_234_567_891, 399_999_999]

    assert sum(lines) == 1_680_566_112  # 16.80566112
    assert bill_total(lines, "USD") == usd("16.81")
    assert bill_step(lines, "USD").amount == usd("16.81")


@pytest.mark.req("B-MNY-004")
def test_rounding_each_line_would_have_given_another_total():
    lines = [400_000] * 3  # three times 0.004

    assert bill_total(lines, "USD") == usd("0.01")
    assert [Money.from_e8(line, "USD").text for line in lines] == ["0.00"] * 3


@pytest.mark.req("B-MNY-003", "B-MNY-002")
def test_ninety_minutes_of_an_hourly_image_are_charged_exactly():
    assert charge(5_400, price("0.035"), "USD", divisor=3_600).charge_e8 == 5_250_000  # 0.05250000


@pytest.mark.req("B-MNY-003")
@pytest.mark.parametrize(
    ("used", "divisor", "cut"), [(2, 3, 6_666_666_666), (1, 3, 3_333_333_333), (0, 7, 0), (5, 1, 5 * 10**10)]
)
def test_conversion_cuts_and_never_rounds(used, divisor, cut):
    assert converted_e10(used, divisor) == cut


def test_negative_usage_is_refused():
    for used, divisor in ((-1, 1), (1, 0)):
        with pytest.raises(ValueError, match="not negative"):
            converted_e10(used, divisor)


@pytest.mark.req("B-MNY-003", "B-MNY-004")
@given(
    used=st.integers(0, 10**9), more=st.integers(0, 10**6), divisor=st.integers(1, 10**5), unit=st.integers(0, 10**12)
)
def test_more_usage_never_costs_less_and_is_never_charged_above_its_exact_price(used, more, divisor, unit):
    charged = charge(used, unit, "USD", divisor=divisor)

    assert charge(used + more, unit, "USD", divisor=divisor).charge_e8 >= charged.charge_e8
    exact = Fraction(used, divisor) * Fraction(unit, 10**10)
    assert Fraction(charged.charge_e8, 10**8) <= exact + Fraction(1, 2 * 10**8)
