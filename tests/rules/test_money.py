"""Money: whole minor units, one currency, one way of rounding."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import (
    BadAmount,
    CurrencyMismatch,
    Money,
    divide_half_up,
    exponent,
    from_e8,
    from_e10,
    is_currency,
    plain,
    round_half_up,
    to_e8,
    to_e10,
    truncate,
)

minors = st.integers(-(10**15), 10**15)
currencies = st.sampled_from(["USD", "EUR", "CNY", "JPY", "KWD"])
moneys = st.builds(Money, minors, currencies)


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


@pytest.mark.req("B-MNY-002")
@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("CNY", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_has_the_decimals_of_its_minor_unit(currency: str, digits: int) -> None:
    assert exponent(currency) == digits
    assert len(Money(5, currency).text.partition(".")[2]) == digits


@pytest.mark.parametrize("code", ["", "usd", "XX", "DOLLAR", "ZZZ", "US1", "ＵＳＤ"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    assert not is_currency(code)
    with pytest.raises(BadAmount):
        Money(1, code)


@pytest.mark.req("B-MNY-001")
@pytest.mark.parametrize("value", [1.0, 0.1, "1", None, True, Decimal(1)])
def test_an_amount_is_never_a_float_nor_anything_but_a_whole_number(value: object) -> None:
    with pytest.raises(BadAmount):
        Money(value, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "minor"), [("49.00", 4900), ("49", 4900), ("0.5", 50), ("-3.07", -307), ("+1.00", 100), ("1.000", 100)]
)
def test_text_is_read_exactly(text: str, minor: int) -> None:
    assert usd(text) == Money(minor, "USD")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1,00",
        "1.005",
        "1e5",
        "NaN",
        "Infinity",
        "0x10",
        "1 000",
        "1.",
        ".5",
        "--1",
        "９",
        "1" * 19,
        "1_000",
        "1\n",
    ],
)
def test_text_that_is_no_amount_of_the_currency_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        usd(text)


def test_yen_have_no_decimals() -> None:
    assert Money.parse("980", "JPY").text == "980"
    with pytest.raises(BadAmount):
        Money.parse("980.5", "JPY")


@given(moneys)
def test_text_and_money_are_the_same_thing(amount: Money) -> None:
    assert Money.parse(amount.text, amount.currency) == amount
    assert Money.from_decimal(amount.decimal, amount.currency) == amount
    assert Money.from_e10(amount.e10, amount.currency) == amount
    assert Money.from_e8(amount.e8, amount.currency) == amount


@pytest.mark.req("B-MNY-001")
@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.0049999999", "0.00"),
        ("2.675", "2.68"),
        ("-0.005", "-0.01"),
        ("-2.665", "-2.67"),
        ("1.5", "1.50"),
    ],
)
def test_halves_are_rounded_away_from_zero(value: str, rounded: str) -> None:
    assert format(round_half_up(Decimal(value), 2), "f") == rounded
    assert Money.from_decimal(Decimal(value), "USD") == usd(rounded)


@given(st.integers(-(10**20), 10**20), st.integers(-(10**10), 10**10).filter(bool))
def test_whole_number_division_rounds_as_decimals_do(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator) if abs(numerator) < 10**9 else None
    result = divide_half_up(numerator, denominator)
    assert abs(2 * (result * denominator - numerator)) <= abs(denominator)
    assert divide_half_up(-numerator, denominator) == -result
    if exact is not None and abs(exact) < 10**9:
        assert abs(Decimal(result) - exact) <= Decimal("0.5")


@pytest.mark.req("B-MNY-003")
def test_usage_is_truncated_to_ten_decimals_before_it_is_priced() -> None:
    hours = truncate(Decimal(25_874) / 3600, 10)
    assert hours == Decimal("7.1872222222")
    charge = to_e8(hours * Decimal("0.000064") * 1000)
    assert from_e8(charge) == Decimal("0.45998222")
    assert Money.from_e8(charge, "USD") == usd("0.46")


@pytest.mark.req("B-MNY-004", "B-MNY-002")
def test_a_bill_is_rounded_once_on_its_total_and_not_per_line() -> None:
    lines = [to_e8(Decimal(text)) for text in ("0.45998222", "12.34567891", "3.99999999")]
    assert from_e8(sum(lines)) == Decimal("16.80566112")
    assert Money.from_e8(sum(lines), "USD") == usd("16.81")


@pytest.mark.req("B-MNY-005")
def test_fifteen_per_cent_tax_on_119_80_is_17_97() -> None:
    assert usd("119.80").percent(Decimal(15)) == usd("17.97")


@pytest.mark.req("B-MNY-002")
def test_unit_prices_keep_ten_decimals() -> None:
    assert to_e10(Decimal("0.0000640001")) == 640_001
    assert from_e10(640_001) == Decimal("0.0000640001")
    assert Money.from_e10(49_0050000000, "USD") == usd("49.01")


@given(moneys, moneys)
def test_adding_and_taking_away_are_opposites_and_currencies_never_mix(left: Money, right: Money) -> None:
    if left.currency != right.currency:
        for act in (left.__add__, left.__sub__, left.__lt__, left.__ge__):
            with pytest.raises(CurrencyMismatch):
                act(right)
        assert left != right
    else:
        assert (left + right) - right == left
        assert left + right == right + left
        assert (left < right) == (left.minor < right.minor)
        assert abs(-left) == abs(left)


def test_an_empty_sum_has_a_currency() -> None:
    assert Money.sum([], "EUR") == Money.zero("EUR")
    assert Money.sum([usd("1.10"), usd("2.20")], "USD") == usd("3.30")
    with pytest.raises(CurrencyMismatch):
        Money.sum([usd("1.00")], "EUR")


def test_multiplying_takes_whole_numbers_and_says_when_it_rounds() -> None:
    assert usd("49.00") * 3 == 3 * usd("49.00") == usd("147.00")
    assert usd("10.00").times(Decimal("0.3333")) == usd("3.33")
    assert usd("100.00").part(344, 758) == usd("45.38")
    for factor in (1.5, True, Decimal(2)):
        with pytest.raises(BadAmount):
            usd("1.00") * factor  # type: ignore[operator]


@given(moneys, st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_splitting_loses_nothing_and_is_fair_to_a_minor_unit(amount: Money, weights: list[int]) -> None:
    parts = amount.allocate(weights)
    assert Money.sum(parts, amount.currency) == amount
    total = sum(weights) or len(weights)
    used = weights if sum(weights) else [1] * len(weights)
    for part, weight in zip(parts, used, strict=True):
        assert abs(part.minor * total - amount.minor * weight) < total
        if weight == 0:
            assert part.is_zero


def test_a_split_gives_the_rest_to_the_largest_remainders_first() -> None:
    assert usd("100.00").allocate([1, 1, 1]) == [usd("33.34"), usd("33.33"), usd("33.33")]
    assert usd("0.05").allocate([3, 7]) == [usd("0.02"), usd("0.03")]
    assert usd("-1.00").allocate([1, 2]) == [usd("-0.33"), usd("-0.67")]
    assert usd("0.03").allocate([0, 0]) == [usd("0.02"), usd("0.01")]
    for weights in ([], [1, -1]):
        with pytest.raises(BadAmount):
            usd("1.00").allocate(weights)


def test_plain_text_has_no_exponent_and_no_superfluous_zeros() -> None:
    assert plain(Decimal("1E+3")) == "1000"
    assert plain(Decimal("0.0000640000")) == "0.000064"
    assert plain(Decimal("12.00"), 2) == "12.00"
    assert plain(Decimal("-0.00"), 2) == "0.00"
    assert plain(Decimal("-0.5")) == "-0.5"


def test_people_see_the_format_of_their_language_and_programs_plain_text() -> None:
    assert usd("1234.50").formatted("en") == "$1,234.50"
    assert usd("1234.50").formatted("zh_Hans") == "US$1,234.50"
    assert (usd("1234.50").text, str(usd("1234.50"))) == ("1234.50", "1234.50 USD")


def test_money_needs_neither_django_nor_a_clock() -> None:
    script = "import sys; import galleria.kit.money; print([m for m in sys.modules if m.startswith('django')])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
