"""Exact arithmetic under the prices: fractions inside, scaled integers outside, one rounding at the end.

A *price* is an integer of 10^-10 major units (`e10`), a *share* an integer of 1/10,000 (`e4`,
so 15 % is 1,500), a settled amount a `Money` of minor units (B-MNY-001, B-MNY-002).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from galleria.kit.money import E10, Money, divide_half_up, exponent

WHOLE: Final = 10_000
"""Parts of a share in one whole: 100 %."""


def price(text: str) -> int:
    """The scaled integer of a written price: `price("0.000064") == 640_000`.

    Raises ValueError when the text is no number or has more than 10 decimals.
    """
    return _scaled(text, E10, "A price has at most 10 decimals")


def percent(text: str) -> int:
    """The share of a written percentage in 1/10,000: `percent("15") == 1_500`.

    Raises ValueError when the text is no number or has more than 2 decimals.
    """
    return _scaled(text, WHOLE // 100, "A percentage has at most 2 decimals")


def _scaled(text: str, scale: int, problem: str) -> int:
    try:
        scaled = Fraction(Decimal(text)) * scale
    except (ArithmeticError, ValueError) as error:
        raise ValueError(f"Not a number: {text!r}") from error
    if scaled.denominator != 1:
        raise ValueError(f"{problem}: {text}")
    return int(scaled)


def of_price(price_e10: int) -> Fraction:
    """A scaled price as an exact number of major units."""
    return Fraction(price_e10, E10)


def of_money(money: Money) -> Fraction:
    """A settled amount as an exact number of major units."""
    return Fraction(money.minor, 10 ** exponent(money.currency))


def to_money(value: Fraction, currency: str) -> Money:
    """An exact number of major units, rounded half up to the minor unit (B-MNY-002)."""
    scaled = value * 10 ** exponent(currency)
    return Money(divide_half_up(scaled.numerator, scaled.denominator), currency)


def shared_out(amount: Money, over: list[Money]) -> list[Money]:
    """Split an amount in proportion to others; the parts add up to it exactly.

    While `amount` is at most their sum, no part is larger than what it is a part of. Nothing is shared
    out over nothing.
    """
    if not any(over):
        if amount:
            raise ValueError("There is nothing to share this amount out over.")
        return [Money.zero(amount.currency) for _ in over]
    return amount.allocate([other.minor for other in over])
