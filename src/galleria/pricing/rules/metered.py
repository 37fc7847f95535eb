"""Metered charges: usage turned into the pricing unit, charged with 8 decimals, rounded once on the bill.

Usage that is converted is cut after 10 decimals before it is multiplied (B-MNY-003); a charge line keeps
8 decimals (B-MNY-002); only the total of the bill is rounded to the minor unit (B-MNY-004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from galleria.kit.money import E8, E10, Money, divide_half_up
from galleria.pricing.rules.working import Price, Step, Value


def converted_e10(used: int, divisor: int) -> int:
    """Usage in the pricing unit, digits after the 10th decimal cut: 25,874 s ÷ 3,600 = 7.1872222222 h.

    Raises ValueError for negative usage or a divisor below 1.
    """
    if used < 0 or divisor < 1:
        raise ValueError("Usage is not negative, and is divided by at least 1.")
    return used * E10 // divisor


@dataclass(frozen=True, slots=True)
class MeteredCharge:
    """One metered charge line.

    quantity_e10: usage in the pricing unit, 10 decimals
    charge_e8: the charge in major units, 8 decimals
    currency: ISO code
    steps: the working
    """

    quantity_e10: int
    charge_e8: int
    currency: str
    steps: tuple[Step, ...]


def charge(used: int, unit_price_e10: int, currency: str, *, divisor: int = 1, factor: int = 1) -> MeteredCharge:
    """Charge usage: `used ÷ divisor` units (cut to 10 decimals) × unit price × factor, 8 decimals half up.

    factor: what each unit is multiplied by, such as the size in GB of something paid per GB and hour
    """
    quantity = converted_e10(used, divisor)
    in_units = Fraction(quantity, E10)
    scaled = in_units * Fraction(unit_price_e10, E10) * factor * E8
    charge_e8 = divide_half_up(scaled.numerator, scaled.denominator)
    inputs: dict[str, Value] = {"used": used, "divisor": divisor}
    converted = Step("usage", "converted", inputs, "B-MNY-003", "truncated", exact=in_units)
    metered = Step(
        "usage",
        "metered",
        {"quantity": in_units, "price": Price(unit_price_e10, currency), "factor": factor},
        "B-MNY-002",
        "half_up",
        exact=Fraction(charge_e8, E8),
    )
    return MeteredCharge(quantity, charge_e8, currency, (converted, metered))


def bill_total(charges_e8: Sequence[int], currency: str) -> Money:
    """The total of a bill: the exact sum of its lines, rounded once (B-MNY-004)."""
    return Money.from_e8(sum(charges_e8), currency)


def bill_step(charges_e8: Sequence[int], currency: str) -> Step:
    """The working of `bill_total`."""
    exact = Fraction(sum(charges_e8), E8)
    total = bill_total(charges_e8, currency)
    return Step("bill", "bill", {"count": len(charges_e8)}, "B-MNY-004", "half_up", total, exact)
