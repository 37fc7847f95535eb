"""The fee of an upgrade or an expansion inside the running term (amounts of a changed specification).

    fee = price of the new configuration × what is left − price of the present configuration × what is left

Prices are per day: monthly ÷ 30, yearly ÷ 365. Volume prices charge an expansion differently: the added
units at the unit price of the band of the new total. Everything stays exact until the fee is rounded
half up; a fee below zero is zero.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from galleria.kit.money import E10
from galleria.pricing.rules.exact import WHOLE, of_price, to_money
from galleria.pricing.rules.models import Charge, PriceModel, Volume, per_period, unit_price_e10
from galleria.pricing.rules.working import Price, Share, Step, Value

PeriodType = Literal["month", "year"]
VolumeRule = Literal["band_of_total", "graduated"]

DAYS: dict[PeriodType, int] = {"month": 30, "year": 365}
"""Days of a period when its price is turned into a daily price."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A configuration before or after a change.

    sku_id: public id; the same before and after means that only the quantity changes
    model: the current list price of that SKU for `period_type`
    quantity: units of the quantity attribute
    period_type: whose price counts: for the present configuration the one that was bought, for the new
        one that of the remaining duration (`period_for`)
    """

    sku_id: str
    model: PriceModel
    quantity: int
    period_type: PeriodType


def period_for(days_left: int, offered: Collection[PeriodType]) -> PeriodType:
    """Which price of the new configuration matches the remaining duration: yearly from 365 days on.

    Falls back to the only one that is offered. Raises ValueError when none is.
    """
    wanted: PeriodType = "year" if days_left >= DAYS["year"] else "month"
    if wanted in offered:
        return wanted
    if not offered:
        raise ValueError("No price is offered for the new configuration.")
    return "month" if "month" in offered else "year"


def upgrade_fee(
    before: Holding, after: Holding, days_left: int, *, off_e4: int = 0, volume_rule: VolumeRule = "band_of_total"
) -> Charge:
    """What a change costs for the days that are left.

    off_e4: the discount in 1/10,000; leave it 0 when the fee goes into a quote, which applies its own
    volume_rule: `graduated` charges volume expansions by the difference of both totals instead (S-UPG-004)

    Raises QuantityOutOfRange when the new quantity is not sold, ValueError for days below zero.
    """
    if days_left < 0:
        raise ValueError("There are no days below zero left.")
    currency = after.model.currency
    if before.model.currency != currency:
        raise ValueError("Both configurations have one currency.")
    after.model.quantities.check(after.quantity)
    is_expansion = before.sku_id == after.sku_id
    if is_expansion and isinstance(after.model, Volume) and volume_rule == "band_of_total":
        steps = [_added_step(before, after, days_left)]
    else:
        steps = _difference_steps(before, after, days_left)
    exact = steps[-1].exact or Fraction(0)
    if off_e4:
        exact = exact * (WHOLE - off_e4) / WHOLE
        steps.append(_rounded("change_discount", {"share": Share(off_e4)}, exact, currency))
    amount = to_money(exact, currency)
    return Charge(currency, "change", after.quantity, 1, None, exact, amount, tuple(steps))


def _difference_steps(before: Holding, after: Holding, days_left: int) -> list[Step]:
    new, new_step = _remaining("new_remaining", after, days_left)
    old, old_step = _remaining("old_remaining", before, days_left)
    fee = max(new - old, Fraction(0))
    return [new_step, old_step, _rounded("change_fee", {}, fee, after.model.currency)]


def _remaining(text: str, holding: Holding, days_left: int) -> tuple[Fraction, Step]:
    price = per_period(holding.model, holding.quantity)
    days = DAYS[holding.period_type]
    inputs: dict[str, Value] = {
        "price": Price(int(price * E10), holding.model.currency),
        "days": days,
        "days_left": days_left,
    }
    exact = price * days_left / days
    return exact, Step("charge", text, inputs, "B-CHG-T1", exact=exact)


def _added_step(before: Holding, after: Holding, days_left: int) -> Step:
    unit = unit_price_e10(after.model, after.quantity)
    added = max(after.quantity - before.quantity, 0)
    days = DAYS[after.period_type]
    inputs: dict[str, Value] = {
        "units": added,
        "price": Price(unit, after.model.currency),
        "quantity": after.quantity,
        "days": days,
        "days_left": days_left,
    }
    return _rounded("added_remaining", inputs, of_price(unit) * added * days_left / days, after.model.currency)


def _rounded(text: str, inputs: dict[str, Value], exact: Fraction, currency: str) -> Step:
    return Step("charge", text, inputs, "B-CHG-T1", "half_up", to_money(exact, currency), exact)
