"""What a renewal costs: whole periods, and the days that bring it to one renewal date (B-REN-006, B-URD-004)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from galleria.kit.money import E10
from galleria.pricing.rules.changes import DAYS, PeriodType
from galleria.pricing.rules.exact import to_money
from galleria.pricing.rules.models import Charge, PriceModel, charge, per_period
from galleria.pricing.rules.working import Price, Step


def renewal_charge(
    model: PriceModel, quantity: int, periods: int, *, period_type: PeriodType, extra_days: int = 0
) -> Charge:
    """The official charge of a renewal: the list price of the periods and the daily price of the extra days.

    A day costs a 30th of a monthly and a 365th of a yearly price; rounded once, on the sum, half up.
    Raises QuantityOutOfRange when the quantity is not sold, ValueError for fewer than one period or days below 0.
    """
    if extra_days < 0:
        raise ValueError("There are no extra days below zero.")
    plain = charge(model, quantity, periods)
    if not extra_days:
        return plain
    part = Fraction(extra_days, DAYS[period_type])
    a_period = per_period(model, quantity)
    exact = plain.exact + a_period * part
    amount = to_money(exact, model.currency)
    days = Step(
        "charge",
        "extra_days",
        {"days": extra_days, "price": Price(int(a_period * E10), model.currency), "divisor": DAYS[period_type]},
        "B-URD-004",
        "half_up",
        # What the days add to the sum that is rounded once, so that the rows add up.
        amount - plain.amount,
        a_period * part,
    )
    together = Step(
        "charge", "months_and_days", {"periods": plain.amount, "days": extra_days}, "B-URD-004", "half_up", amount,
        exact,
    )  # fmt: skip
    return replace(plain, exact=exact, amount=amount, extra=part, steps=(*plain.steps, days, together))
