"""In which order a payment uses its means: discount, coupon, then balance, settlement or card (B-MNY-006).

Discount and coupon are in the quote already; here they are named again so that the record of a payment
shows each part, in the order in which it was used (B-PAY-T3). Of the balance the cash part goes first,
then the credit part (B-BAL-002).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from galleria.kit.money import Money
from galleria.pricing.rules.quote import Quote
from galleria.pricing.rules.working import value_to_json

Method = Literal["balance", "card", "settlement", "credit", "reseller", "none"]
Source = Literal["discount", "coupon", "cash", "credit", "settlement", "card", "reseller"]

MONEY_SOURCES: tuple[Source, ...] = ("cash", "credit", "settlement", "card", "reseller")
"""Sources that pay what is due; discount and coupon lower it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a payment: where it comes from, and how much of it."""

    source: Source
    amount: Money

    def to_json(self) -> dict[str, Any]:
        """`{source, amount: {minor, currency}}`."""
        return {"source": self.source, "amount": value_to_json(self.amount)}


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """How one order is paid.

    method: what the buyer chose; `none` when nothing is due
    parts: in the order of use, without empty ones
    shortfall: what the chosen method cannot cover; 0 when it can
    """

    method: Method
    parts: tuple[Part, ...]
    shortfall: Money

    @property
    def is_covered(self) -> bool:
        """Whether the order can be paid this way."""
        return not self.shortfall

    @property
    def charged(self) -> Money:
        """What the method pays: the sum of the parts that are money."""
        money = (part.amount for part in self.parts if part.source in MONEY_SOURCES)
        return Money.sum(money, self.shortfall.currency)

    def amount_of(self, source: Source) -> Money:
        """The part of a source; 0 when it has none."""
        found = (part.amount for part in self.parts if part.source == source)
        return Money.sum(found, self.shortfall.currency)


def payment_plan(
    due: Money,
    *,
    method: Method,
    cash: Money | None = None,
    credit: Money | None = None,
    limit: Money | None = None,
    saving: Money | None = None,
    coupon: Money | None = None,
) -> PaymentPlan:
    """Plan the payment of one order.

    cash, credit: the two parts of the balance that are available to method balance
    limit: what methods settlement and credit may still use; None: no limit
    saving, coupon: what discounts and coupon took off, for the record

    Raises ValueError when something is due and the method is none, CurrencyMismatch for other currencies.
    """
    nothing = Money.zero(due.currency)
    lowered = (Part("discount", saving or nothing), Part("coupon", coupon or nothing))
    if not due.is_positive:
        return PaymentPlan("none", _without_empty(lowered), nothing)
    match method:
        case "balance":
            money, left = _from_balance(due, cash or nothing, credit or nothing)
        case "settlement" | "credit":
            amount = due if limit is None else _at_most(due, limit)
            money, left = [Part(method, amount)], due - amount
        case "card" | "reseller":
            money, left = [Part(method, due)], nothing
        case "none":
            raise ValueError("Something is due, so there must be a method.")
    return PaymentPlan(method, _without_empty((*lowered, *money)), left)


def _from_balance(due: Money, cash: Money, credit: Money) -> tuple[list[Part], Money]:
    from_cash = _at_most(due, cash)
    from_credit = _at_most(due - from_cash, credit)
    return [Part("cash", from_cash), Part("credit", from_credit)], due - from_cash - from_credit


def _at_most(amount: Money, available: Money) -> Money:
    return max(min(amount, available), Money.zero(amount.currency))


def _without_empty(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.amount)


def plan_of(
    priced: Quote,
    *,
    method: Method,
    cash: Money | None = None,
    credit: Money | None = None,
    limit: Money | None = None,
) -> PaymentPlan:
    """The payment of a quoted order, with its discount and coupon recorded first (B-PAY-T3)."""
    return payment_plan(
        priced.due,
        method=method,
        cash=cash,
        credit=credit,
        limit=limit,
        saving=priced.saving,
        coupon=priced.coupon,
    )


def combined_plan(
    dues: Mapping[str, Money],
    *,
    method: Method,
    cash: Money | None = None,
    credit: Money | None = None,
    limit: Money | None = None,
) -> dict[str, PaymentPlan]:
    """Plan one payment of several orders: by order id, in the given order, each from what is left."""
    plans = {}
    for order_id, due in dues.items():
        plan = payment_plan(due, method=method, cash=cash, credit=credit, limit=limit)
        plans[order_id] = plan
        if method == "balance":
            cash = None if cash is None else cash - plan.amount_of("cash")
            credit = None if credit is None else credit - plan.amount_of("credit")
        elif limit is not None:
            limit = limit - plan.charged
    return plans


def automatic_method(*, has_settlement: bool) -> Method:
    """What automatic payment uses: monthly settlement where it is approved, else the balance (9.2)."""
    return "settlement" if has_settlement else "balance"
