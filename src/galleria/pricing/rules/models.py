"""Price models: what a quantity of a SKU costs for a number of periods (B-CFG-002).

| Model | Charge of a purchase or renewal |
| --- | --- |
| simple | price × quantity of copies × periods; free is a simple price of 0 |
| linear | unit price × quantity × periods |
| tiered | unit price of the band in which the *whole* quantity falls × quantity × periods |
| volume | each slice of the quantity at the price of its own band × periods |

Tiered and volume differ again in an expansion: see `changes`. Prices are scaled integers (`e10`) per
unit and period; the charge stays exact and is rounded once, half up, to the minor unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from galleria.kit.money import Money
from galleria.pricing.rules.exact import of_price, to_money
from galleria.pricing.rules.working import Price, Step, money_from_json, value_to_json

ModelName = Literal["simple", "linear", "tiered", "volume"]


class QuantityOutOfRange(ValueError):
    """The quantity is not one that is sold. `limits` says which are; `quantity` is what was asked for."""

    code = "QUANTITY_OUT_OF_RANGE"

    def __init__(self, quantity: int, limits: QuantityRange) -> None:
        super().__init__(f"{quantity} is not between {limits.minimum} and {limits.maximum} in steps of {limits.step}")
        self.quantity = quantity
        self.limits = limits


class BandsInvalid(ValueError):
    """Bands overlap, leave a gap, or do not cover the quantities that are sold (S-SKU-T2)."""


@dataclass(frozen=True, slots=True)
class QuantityRange:
    """The quantities that are sold: `minimum`, `minimum + step`, … up to `maximum` (None: no upper limit)."""

    minimum: int = 1
    maximum: int | None = 1
    step: int = 1

    def __post_init__(self) -> None:
        if self.minimum < 1 or self.step < 1 or (self.maximum is not None and self.maximum < self.minimum):
            raise ValueError("A quantity range needs 1 <= minimum <= maximum and a step of at least 1.")

    def allows(self, quantity: int) -> bool:
        """Whether this quantity can be bought."""
        below_maximum = self.maximum is None or quantity <= self.maximum
        return self.minimum <= quantity and below_maximum and (quantity - self.minimum) % self.step == 0

    def check(self, quantity: int) -> None:
        """Raises QuantityOutOfRange unless this quantity can be bought."""
        if not self.allows(quantity):
            raise QuantityOutOfRange(quantity, self)


ONE = QuantityRange()
ANY = QuantityRange(1, None, 1)


@dataclass(frozen=True, slots=True)
class Simple:
    """A fixed price. `price_e10`: per copy and period; 0 is free. `quantities`: copies, one unless told."""

    currency: str
    price_e10: int
    quantities: QuantityRange = ONE
    name: ModelName = field(default="simple", init=False)

    def __post_init__(self) -> None:
        _not_negative(self.price_e10)


@dataclass(frozen=True, slots=True)
class Linear:
    """A price that grows with the quantity. `unit_price_e10`: per unit and period."""

    currency: str
    unit_price_e10: int
    quantities: QuantityRange = ANY
    name: ModelName = field(default="linear", init=False)

    def __post_init__(self) -> None:
        _not_negative(self.unit_price_e10)


@dataclass(frozen=True, slots=True)
class Band:
    """Quantities `first` to `last` (both included; None: and more) at `unit_price_e10` per unit and period."""

    first: int
    last: int | None
    unit_price_e10: int


@dataclass(frozen=True, slots=True)
class Tiered:
    """The whole quantity is charged at the price of the band in which it falls."""

    currency: str
    bands: tuple[Band, ...]
    quantities: QuantityRange = ANY
    name: ModelName = field(default="tiered", init=False)

    def __post_init__(self) -> None:
        _check_bands(self.bands, self.quantities)


@dataclass(frozen=True, slots=True)
class Volume:
    """Each slice of the quantity is charged at the price of its own band."""

    currency: str
    bands: tuple[Band, ...]
    quantities: QuantityRange = ANY
    name: ModelName = field(default="volume", init=False)

    def __post_init__(self) -> None:
        _check_bands(self.bands, self.quantities)
        if self.bands[0].first != 1:
            raise BandsInvalid("The first slice begins at 1.")


PriceModel = Simple | Linear | Tiered | Volume


def _not_negative(price_e10: int) -> None:
    if price_e10 < 0:
        raise ValueError("A price is not negative.")


def _check_bands(bands: tuple[Band, ...], quantities: QuantityRange) -> None:
    if not bands:
        raise BandsInvalid("At least one band is needed.")
    for band in bands:
        _not_negative(band.unit_price_e10)
        if band.first < 1 or (band.last is not None and band.last < band.first):
            raise BandsInvalid(f"The band from {band.first} to {band.last} is empty.")
    for before, after in pairwise(bands):
        if before.last is None or after.first != before.last + 1:
            raise BandsInvalid(f"The band from {after.first} does not follow the one to {before.last}.")
    if bands[0].first > quantities.minimum:
        raise BandsInvalid(f"No band holds the smallest quantity, {quantities.minimum}.")
    last = bands[-1].last
    if last is not None and (quantities.maximum is None or quantities.maximum > last):
        raise BandsInvalid(f"No band holds the largest quantity, {quantities.maximum or 'unlimited'}.")


@dataclass(frozen=True, slots=True)
class Charge:
    """What a configuration officially costs, before discounts, coupons and tax.

    currency: ISO code
    model: which price model made it; `"change"` for the fee of an upgrade or expansion
    quantity, periods: what was charged for
    unit_price_e10: price per unit and period; None where several prices went in
    exact: the charge in major units, not rounded
    amount: `exact` rounded half up to the minor unit
    steps: the working; the last step's amount is `amount`
    extra: part of a period beyond the whole ones: the days to one renewal date (B-URD-004)
    """

    currency: str
    model: ModelName | Literal["change"]
    quantity: int
    periods: int
    unit_price_e10: int | None
    exact: Fraction
    amount: Money
    steps: tuple[Step, ...]
    extra: Fraction = Fraction(0)

    def to_json(self) -> dict[str, Any]:
        """A plain dict for storing; `from_json` gives the same charge back."""
        return {
            "currency": self.currency,
            "model": self.model,
            "quantity": self.quantity,
            "periods": self.periods,
            "unit_price_e10": self.unit_price_e10,
            "exact": str(self.exact),
            "amount": value_to_json(self.amount),
            "steps": [step.to_json() for step in self.steps],
            **({"extra": str(self.extra)} if self.extra else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Charge:
        return cls(
            currency=data["currency"],
            model=data["model"],
            quantity=data["quantity"],
            periods=data["periods"],
            unit_price_e10=data["unit_price_e10"],
            exact=Fraction(data["exact"]),
            amount=money_from_json(data["amount"]),
            steps=tuple(Step.from_json(step) for step in data["steps"]),
            extra=Fraction(data.get("extra", 0)),
        )


def band_of(bands: tuple[Band, ...], quantity: int) -> Band:
    """The band in which a quantity falls. Raises QuantityOutOfRange when none holds it."""
    for band in bands:
        if band.first <= quantity and (band.last is None or quantity <= band.last):
            return band
    raise QuantityOutOfRange(quantity, QuantityRange(bands[0].first, bands[-1].last))


def slices_of(bands: tuple[Band, ...], quantity: int) -> list[tuple[Band, int]]:
    """The bands that a quantity reaches, each with the number of its units in it."""
    reached = [band for band in bands if band.first <= quantity]
    return [(b, (quantity if b.last is None else min(b.last, quantity)) - b.first + 1) for b in reached]


def unit_price_e10(model: PriceModel, quantity: int) -> int:
    """The unit price that applies at a total quantity: `unit(tier of total)` of the specification."""
    match model:
        case Simple():
            return model.price_e10
        case Linear():
            return model.unit_price_e10
        case Tiered() | Volume():
            return band_of(model.bands, quantity).unit_price_e10


def per_period(model: PriceModel, quantity: int) -> Fraction:
    """What a quantity costs in one period, exact, in major units."""
    if isinstance(model, Volume):
        return sum(
            (of_price(band.unit_price_e10) * units for band, units in slices_of(model.bands, quantity)),
            Fraction(0),
        )
    return of_price(unit_price_e10(model, quantity)) * quantity


def charge(model: PriceModel, quantity: int = 1, periods: int = 1) -> Charge:
    """The official charge for a quantity over a number of periods (one-time prices have one period).

    Raises QuantityOutOfRange when the quantity is not sold, ValueError when there is no period.
    """
    model.quantities.check(quantity)
    if periods < 1:
        raise ValueError("At least one period is charged.")
    exact = per_period(model, quantity) * periods
    amount = to_money(exact, model.currency)
    return Charge(
        currency=model.currency,
        model=model.name,
        quantity=quantity,
        periods=periods,
        unit_price_e10=None if isinstance(model, Volume) else unit_price_e10(model, quantity),
        exact=exact,
        amount=amount,
        steps=_steps(model, quantity, periods, exact, amount),
    )


def _steps(model: PriceModel, quantity: int, periods: int, exact: Fraction, amount: Money) -> tuple[Step, ...]:
    common: dict[str, Any] = {"rule": "B-CFG-002", "rounding": "half_up", "amount": amount, "exact": exact}
    if exact == 0:
        return (Step("charge", "free", rule="B-FRE-001", amount=amount),)
    if isinstance(model, Volume):
        return (
            *_slice_steps(model, quantity, periods),
            Step("charge", "slices", {"quantity": quantity}, **common),
        )
    unit = Price(unit_price_e10(model, quantity), model.currency)
    inputs: dict[str, Any] = {"price": unit, "quantity": quantity, "periods": periods}
    if isinstance(model, Tiered):
        inputs["first"] = band_of(model.bands, quantity).first
    return (Step("charge", model.name, inputs, **common),)


def _slice_steps(model: Volume, quantity: int, periods: int) -> list[Step]:
    return [
        Step(
            "charge",
            "slice",
            {
                "units": units,
                "first": band.first,
                "price": Price(band.unit_price_e10, model.currency),
                "periods": periods,
            },
            rule="B-CFG-002",
            exact=of_price(band.unit_price_e10) * units * periods,
        )
        for band, units in slices_of(model.bands, quantity)
    ]


def model_of(
    name: str,
    currency: str,
    *,
    unit_price_e10: int = 0,
    tiers: Sequence[Mapping[str, Any]] = (),
    quantities: QuantityRange = ANY,
) -> PriceModel:
    """A price model from the columns of a price.

    `unit_price_e10` belongs to simple and linear, `tiers` (`{up_to, unit_price_e10}` in rising order, the
    last `up_to` may be None) to tiered and volume. Raises ValueError when it is no price model.
    """
    match name:
        case "simple":
            return Simple(currency, unit_price_e10, quantities)
        case "linear":
            return Linear(currency, unit_price_e10, quantities)
        case "tiered":
            return Tiered(currency, bands_of(tiers), quantities)
        case "volume":
            return Volume(currency, bands_of(tiers), quantities)
    raise ValueError(f"Not a price model: {name!r}")


def bands_of(tiers: Sequence[Mapping[str, Any]]) -> tuple[Band, ...]:
    """Bands from stored tiers; each begins after the one before it ends. Raises BandsInvalid."""
    bands: list[Band] = []
    first = 1
    for tier in tiers:
        if bands and bands[-1].last is None:
            raise BandsInvalid("Only the last band has no upper end.")
        bands.append(Band(first, tier["up_to"], tier["unit_price_e10"]))
        first = (tier["up_to"] or 0) + 1
    return tuple(bands)
