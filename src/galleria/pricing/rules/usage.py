"""What usage costs under the three price models of a billing factor (S-BLM-002 to S-BLM-004).

| Model | Charge of a record |
| --- | --- |
| fixed | usage × unit price |
| step | each slice of what was used in the *accumulation period* at its own price; a record pays the difference |
| tier | the usage of this record × the unit price of the band in which it falls |

Everything is exact; the total of the bill is rounded once.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from galleria.pricing.rules.exact import of_price
from galleria.pricing.rules.models import Band, band_of, slices_of

UsageModel = Literal["fixed", "step", "tier"]


def fixed(used: int, unit_price_e10: int) -> Fraction:
    """Usage × unit price, in major units."""
    _not_negative(used)
    return of_price(unit_price_e10) * used


def step(used: int, bands: tuple[Band, ...], *, before: int = 0) -> Fraction:
    """What a record adds to the accumulation period in which `before` was used already."""
    _not_negative(used, before)
    return _graduated(before + used, bands) - _graduated(before, bands)


def tier(used: int, bands: tuple[Band, ...]) -> Fraction:
    """The whole usage of one record at the price of its band."""
    _not_negative(used)
    return of_price(band_of(bands, used).unit_price_e10) * used if used else Fraction(0)


def _graduated(total: int, bands: tuple[Band, ...]) -> Fraction:
    return sum((of_price(band.unit_price_e10) * units for band, units in slices_of(bands, total)), Fraction(0))


def _not_negative(*numbers: int) -> None:
    if min(numbers) < 0:
        raise ValueError("Usage is not negative.")
