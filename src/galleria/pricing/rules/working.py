"""The working of a figure: its steps as data, so that a page can show "how this is worked out".

A step says which part of the quote it belongs to, names a sentence and its values, the rule it follows,
how it rounded, and what came out. The last step of a figure has that figure as its amount. Values are
typed (`Money`, `Price`, `Share`, `Fraction`, whole numbers, texts), so that each reader sees them in
their own notation, and survive JSON without loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from galleria.kit.money import Money

Rounding = Literal["none", "half_up", "truncated"]


@dataclass(frozen=True, slots=True)
class Price:
    """A unit price. `e10`: units of 10^-10 major units; `currency`: ISO code."""

    e10: int
    currency: str


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage. `e4`: parts of 10,000, so 15 % is 1,500."""

    e4: int


Value = int | str | Money | Price | Share | Fraction


def N_(text: str) -> str:  # noqa: N802 (the name that Babel collects)
    """Marks a sentence for translation where it is written; it is translated where it is shown."""
    return text


SENTENCES: dict[str, str] = {
    "simple": N_("Price {price} × {quantity} × {periods} periods"),
    "linear": N_("Unit price {price} × {quantity} units × {periods} periods"),
    "tiered": N_("{quantity} units fall in the band from {first}: unit price {price} × {quantity} × {periods} periods"),
    "slice": N_("{units} units in the band from {first}: {price} × {units} × {periods} periods"),
    "slices": N_("Sum of the bands for {quantity} units"),
    "free": N_("Free of charge"),
    "extra_days": N_("{days} days to the renewal date: {price} per period ÷ {divisor} days × {days}"),
    "months_and_days": N_("Whole periods {periods} and {days} days to the renewal date"),
    "new_remaining": N_("New configuration: {price} per period ÷ {days} days × {days_left} days left"),
    "old_remaining": N_("Present configuration: {price} per period ÷ {days} days × {days_left} days left"),
    "added_remaining": N_(
        "{units} added units at the unit price {price} of the band of {quantity} ÷ {days} days × {days_left} days left"
    ),
    "change_fee": N_("New configuration less present configuration, never below zero"),
    "change_discount": N_("{share} discount on the difference"),
    "percent_off": N_("{name}: {share} off the official amount"),
    "amount_off": N_("{name}: {amount} off the official amount"),
    "unit_price": N_("{name}: unit price {price} × {quantity} × {periods} periods"),
    "line_price": N_("{name}: fixed price"),
    "no_discount": N_("No discount applies"),
    "lines": N_("Sum of {count} lines after discounts"),
    "coupon_off": N_("Less coupon {code}: {amount}"),
    "tax": N_("Tax at {share} on {amount}"),
    "due": N_("Amount due: {amount} plus tax {tax}"),
    "converted": N_("{used} units of usage ÷ {divisor}, digits after the 10th decimal cut"),
    "refund_to_come": N_("The term has not begun: the {amount} paid for it comes back whole"),
    "refund_undelivered": N_("It was not delivered: the {amount} paid for it comes back whole"),
    "refund_unconditional": N_("A new purchase returned in time: the {amount} paid comes back whole"),
    "refund_withdrawal": N_("Withdrawal from the contract: the {amount} paid comes back whole"),
    "refund_over": N_("The term is over: of {amount} nothing is left"),
    "refund_nothing": N_("Nothing comes back of {amount}"),
    "refund_consumed": N_("Used: {amount} × {used} of {total} hours"),
    "refund_fee": N_("Handling fee: {share} of {amount}"),
    "refund_fee_waived": N_("Handling fee: waived by contract"),
    "refund_less": N_("Paid {paid} less used {consumed} less fee {fee}, never below zero"),
    "refund_coupon": N_("Back to the coupon: {amount}"),
    "refund_coupon_kept": N_("The coupon’s {amount} does not come back"),
    "refund_tax": N_("Tax: {tax} × {refund} ÷ {paid}"),
    "refund_total": N_("Comes back: {amount} plus tax {tax}"),
    "metered": N_("{quantity} × unit price {price} × {factor}, 8 decimals"),
    "bill": N_("Sum of {count} metered charges, rounded once"),
}
"""Every sentence that a step can name. The values in braces are keys of the step's inputs."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a working.

    part: what it belongs to, `"line:<key>"` or `"order"`
    text: key of the sentence in `SENTENCES`
    inputs: the values that went in, by the names the sentence uses
    rule: requirement id of the rule that was followed
    rounding: how `amount` was made from `exact`: none, half_up, truncated
    amount: what came out, rounded to minor units; None where only the exact value exists
    exact: the value before rounding, in major units; None where it equals `amount`
    """

    part: str
    text: str
    inputs: Mapping[str, Value] = field(default_factory=dict)
    rule: str = ""
    rounding: Rounding = "none"
    amount: Money | None = None
    exact: Fraction | None = None

    def sentence(self, show: Callable[[Value], str] = str, translate: Callable[[str], str] = lambda text: text) -> str:
        """The step in words; `show` writes a value, `translate` turns the English sentence."""
        return translate(SENTENCES[self.text]).format(**{name: show(v) for name, v in self.inputs.items()})

    def within(self, part: str) -> Step:
        """The same step as a part of something larger."""
        return Step(part, self.text, self.inputs, self.rule, self.rounding, self.amount, self.exact)

    def to_json(self) -> dict[str, Any]:
        """A plain dict for storing; `from_json` gives the same step back."""
        return {
            "part": self.part,
            "text": self.text,
            "inputs": {name: value_to_json(value) for name, value in self.inputs.items()},
            "rule": self.rule,
            "rounding": self.rounding,
            "amount": None if self.amount is None else value_to_json(self.amount),
            "exact": None if self.exact is None else value_to_json(self.exact),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Step:
        amount, exact = data["amount"], data["exact"]
        return cls(
            part=data["part"],
            text=data["text"],
            inputs={name: value_from_json(value) for name, value in data["inputs"].items()},
            rule=data["rule"],
            rounding=data["rounding"],
            amount=None if amount is None else money_from_json(amount),
            exact=None if exact is None else Fraction(exact["exact"]),
        )


def value_to_json(value: Value) -> Any:
    """Money as `{minor, currency}`, prices as `{e10, currency}`, shares as `{e4}`, fractions as `{exact: "n/d"}`."""
    match value:
        case Money():
            return {"minor": value.minor, "currency": value.currency}
        case Price():
            return {"e10": value.e10, "currency": value.currency}
        case Share():
            return {"e4": value.e4}
        case Fraction():
            return {"exact": str(value)}
        case _:
            return value


def value_from_json(data: Any) -> Value:
    """The value that `value_to_json` wrote."""
    match data:
        case {"minor": int(), "currency": str()}:
            return money_from_json(data)
        case {"e10": int(e10), "currency": str(currency)}:
            return Price(e10, currency)
        case {"e4": int(e4)}:
            return Share(e4)
        case {"exact": str(exact)}:
            return Fraction(exact)
        case int() | str():
            return data
    raise ValueError(f"Not a value of a working: {data!r}")


def money_from_json(data: Mapping[str, Any]) -> Money:
    """Money from `{minor, currency}`."""
    return Money(data["minor"], data["currency"])
