"""The working of a price as rows for the `working` component (UI-GEN-05)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from galleria.kit.money import Money, exponent, from_e10, plain
from galleria.pricing.rules.quote import Quote
from galleria.pricing.rules.working import Price, Share, Step, Value
from galleria.web.formats import money_text, number, percent

_PARTS = {
    "simple": "Price", "linear": "Price", "tiered": "Price", "slice": "Price", "slices": "Price", "free": "Price",
    "new_remaining": "Change", "old_remaining": "Change", "added_remaining": "Change", "change_fee": "Change",
    "extra_days": "Days", "months_and_days": "Sum",
    "percent_off": "Discount", "amount_off": "Discount", "unit_price": "Discount", "line_price": "Discount",
    "no_discount": "Discount", "coupon_off": "Coupon", "tax": "Tax", "lines": "Sum", "due": "Due",
}  # fmt: skip


def _part(step: Step) -> str:
    names = {
        "Price": _("Price"), "Discount": _("Discount"), "Coupon": _("Coupon"), "Tax": _("Tax"), "Sum": _("Sum"),
        "Due": _("Due now"), "Days": _("Extra days"), "Change": _("Change"),
    }  # fmt: skip
    return names.get(_PARTS.get(step.text, ""), "")


def shown(value: Value) -> str:
    """A value of a working as it is written in sentences."""
    match value:
        case Money():
            return money_text(value)
        case Price():
            return f"{plain(from_e10(value.e10), exponent(value.currency))} {value.currency}"
        case Share():
            return percent(value.e4)
        case Fraction():
            return str(value)
        case int():
            return number(value)
    return str(value)


def rows(quote: Quote) -> list[tuple[str, str, str]]:
    """Part, working in words, and what it adds or takes away; the amounts make up what is due."""
    found = []
    for step in quote.working:
        kind = _PARTS.get(step.text, "")
        if (kind in {"Sum", "Due"} and step.text != "slices") or step.text == "no_discount":
            continue  # only repeats a sum that stands there already
        amount = _amount(quote, step, kind)
        sentence = step.sentence(shown, _)
        if kind == "Change" and amount is None and step.exact is not None:
            sentence = f"{sentence} = {_exact(step.exact)}"  # what the difference below is made of, not rounded yet
        found.append((_part(step), sentence, _signed(amount) if amount is not None else ""))
    return found


def _amount(quote: Quote, step: Step, kind: str) -> Money | None:
    """What a step adds to the total; None for the bands that a sum below takes together."""
    if kind == "Discount":
        return -quote.line(step.part.removeprefix("line:")).saving
    return -quote.coupon if kind == "Coupon" else step.amount


def _exact(value: Fraction) -> str:
    """Four decimals of a value that is rounded only later; fewer where that is all of it."""
    whole, rest = divmod(round(value * 10_000), 10_000)
    decimals = f"{rest:04}".rstrip("0")
    return f"{number(whole)}.{decimals}" if decimals else number(whole)


def _signed(amount: Money) -> str:
    return amount.text.replace("-", "−")


def of_stored(data: dict[str, Any]) -> Quote | None:
    """The quote that an order froze; None for orders that were made without one."""
    return Quote.from_json(data) if data else None
