"""Discounts: which fit an order line, what each would make of it, and the one that is applied.

One discount per line, the best applicable one, whoever granted it: promotion, contract, commercial,
partner-granted, seller exclusive (B-CFG-001, B-OFR-001, B-OFR-002). To whom a discount is granted is
asked when the candidates are read; here they are all the buyer's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal

from galleria.kit.money import Money
from galleria.pricing.rules.exact import WHOLE, of_money, of_price, to_money
from galleria.pricing.rules.models import Charge
from galleria.pricing.rules.working import Price, Share, Step, Value, money_from_json, value_to_json

Kind = Literal["exclusive", "contract", "commercial", "partner", "promotion"]
Form = Literal["percent_off", "amount_off", "unit_price", "line_price"]

KINDS: tuple[Kind, ...] = ("exclusive", "contract", "commercial", "partner", "promotion")
"""All kinds; of two discounts with the same result, the one named earlier here is applied."""


@dataclass(frozen=True, slots=True)
class Discount:
    """A lower price that was granted.

    id, kind, name: which, by whom, and the name the buyer sees
    form: what `value` is
        `percent_off`  parts of 10,000 taken off (10 % is 1,000)
        `amount_off`   minor units taken off the line
        `unit_price`   e10, instead of the list price per unit and period
        `line_price`   minor units, for the whole line
    currency: of the value; empty for a percentage, which fits every currency
    starts_at, ends_at: applies from the first, before the second; None: no limit
    seller_id, product_ids, specification_ids, sku_ids, order_types, billing_modes, period_types:
        where it applies; empty: everywhere
        (`order_types` with "new" covers what counts as new: trial to commercial, pay-per-use to period)
    minimum_periods: the least number of periods that must be bought
    quantity, periods: exactly so much and so long; 0: any
    offer_id: the offer whose quotation line this is; empty: none
    """

    id: str
    kind: Kind
    name: str
    form: Form
    value: int
    currency: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    seller_id: str = ""
    product_ids: frozenset[str] = frozenset()
    specification_ids: frozenset[str] = frozenset()
    sku_ids: frozenset[str] = frozenset()
    order_types: frozenset[str] = frozenset()
    billing_modes: frozenset[str] = frozenset()
    period_types: frozenset[str] = frozenset()
    minimum_periods: int = 0
    quantity: int = 0
    periods: int = 0
    offer_id: str = ""

    def __post_init__(self) -> None:
        if self.value < 0 or (self.form == "percent_off" and self.value > WHOLE):
            raise ValueError("A discount takes off something between nothing and everything.")
        if (self.form == "percent_off") == bool(self.currency):
            raise ValueError("Every discount but a percentage has a currency.")


@dataclass(frozen=True, slots=True)
class LineInput:
    """One line to be priced.

    key: the caller's name of the line, unique in the quote
    charge: the official charge, from `models.charge` or `changes.upgrade_fee`
    product_id, specification_id, sku_id, seller_id: what is bought, public ids
    region: of the resource; empty where there is none
    billing_mode: period, one_time, pay_per_use, package, exhaustible
    period_type: month or year; empty unless billing_mode is period
    is_curated: the product belongs to the operator's curated selection
    main_key: key of the main line that this one is attached to (a server's disk); empty for main lines
    earlier_discount_ids: discounts that earlier orders of the same resource used
    title: how pages name the line
    """

    key: str
    charge: Charge
    product_id: str = ""
    specification_id: str = ""
    sku_id: str = ""
    seller_id: str = ""
    region: str = ""
    billing_mode: str = "period"
    period_type: str = ""
    is_curated: bool = False
    main_key: str = ""
    earlier_discount_ids: frozenset[str] = frozenset()
    title: str = ""

    @property
    def mode(self) -> str:
        """How the line is billed in one word: month, year, one_time, pay_per_use, …"""
        return self.period_type or self.billing_mode

    def to_json(self) -> dict[str, Any]:
        """A plain dict for storing; `from_json` gives the same line back."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in ("charge", "earlier_discount_ids")}
        return plain | {
            "charge": self.charge.to_json(),
            "earlier_discount_ids": sorted(self.earlier_discount_ids),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LineInput:
        return cls(
            **{
                **data,
                "charge": Charge.from_json(data["charge"]),
                "earlier_discount_ids": frozenset(data["earlier_discount_ids"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one discount would make of a line.

    discount_id, kind, name: the discount
    amount: the line after it; None where it does not fit
    reason: why it does not fit, one of `REASONS`; empty where it does
    offer_id: the offer that it belongs to; empty: none
    """

    discount_id: str
    kind: Kind
    name: str
    amount: Money | None = None
    reason: str = ""
    offer_id: str = ""

    def to_json(self) -> dict[str, Any]:
        """A plain dict for storing; `from_json` gives the same candidate back."""
        amount = None if self.amount is None else value_to_json(self.amount)
        return {
            "discount_id": self.discount_id,
            "kind": self.kind,
            "name": self.name,
            "amount": amount,
            "reason": self.reason,
            **({"offer_id": self.offer_id} if self.offer_id else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Candidate:
        amount = None if data["amount"] is None else money_from_json(data["amount"])
        return cls(**{**data, "amount": amount})


REASONS = (
    "not_yet_valid",
    "expired",
    "other_seller",
    "other_product",
    "other_specification",
    "other_sku",
    "other_order_type",
    "other_billing_mode",
    "other_period",
    "too_few_periods",
    "other_quantity",
    "other_term",
    "other_currency",
    "not_for_changes",
    "promotion_not_used_before",
    "no_saving",
)
"""Why a discount does not fit a line."""


def why_not(discount: Discount, line: LineInput, order_type: str, at: datetime, *, automatic: bool = False) -> str:
    """The first reason why a discount does not fit a line, or an empty text.

    automatic: an automatic payment uses a promotion only if an earlier order of the resource used it (9.2).
    """
    limits = (
        (discount.starts_at is not None and at < discount.starts_at, "not_yet_valid"),
        (discount.ends_at is not None and at >= discount.ends_at, "expired"),
        (discount.seller_id not in ("", line.seller_id), "other_seller"),
        (_outside(discount.product_ids, line.product_id), "other_product"),
        (_outside(discount.specification_ids, line.specification_id), "other_specification"),
        (_outside(discount.sku_ids, line.sku_id), "other_sku"),
        (not covers(discount.order_types, order_type), "other_order_type"),
        (_outside(discount.billing_modes, line.billing_mode), "other_billing_mode"),
        (_outside(discount.period_types, line.period_type), "other_period"),
        (line.charge.periods < discount.minimum_periods, "too_few_periods"),
        (discount.quantity not in (0, line.charge.quantity), "other_quantity"),
        (_is_other_term(discount, line.charge), "other_term"),
        (discount.currency not in ("", line.charge.currency), "other_currency"),
        (line.charge.model == "change" and discount.form in ("unit_price", "line_price"), "not_for_changes"),
        (
            automatic and discount.kind == "promotion" and discount.id not in line.earlier_discount_ids,
            "promotion_not_used_before",
        ),
    )
    return next((reason for applies, reason in limits if applies), "")


COUNTS_AS_NEW = frozenset({"new", "pay_per_use_to_period", "trial_to_commercial"})
"""Order types that a discount or coupon for new orders covers."""


def covers(order_types: frozenset[str], order_type: str) -> bool:
    """Whether a limit on order types lets an order through; an empty one lets every order through."""
    return not order_types or order_type in order_types or ("new" in order_types and order_type in COUNTS_AS_NEW)


def _is_other_term(discount: Discount, charge: Charge) -> bool:
    """A discount for a term is for whole periods: days up to a renewal date are another term."""
    return discount.periods != 0 and (charge.periods != discount.periods or bool(charge.extra))


def _outside(allowed: frozenset[str], value: str) -> bool:
    return bool(allowed) and value not in allowed


def exact_after(discount: Discount, charge: Charge) -> Fraction:
    """The line after the discount, exact, never below zero."""
    match discount.form:
        case "percent_off":
            after = charge.exact * (WHOLE - discount.value) / WHOLE
        case "amount_off":
            after = charge.exact - of_money(Money(discount.value, discount.currency))
        case "unit_price":
            after = of_price(discount.value) * charge.quantity * (charge.periods + charge.extra)
        case "line_price":
            after = of_money(Money(discount.value, discount.currency))
    return max(after, Fraction(0))


def candidates(
    line: LineInput, discounts: Iterable[Discount], order_type: str, at: datetime, *, automatic: bool = False
) -> list[tuple[Discount, Candidate]]:
    """What each discount would make of the line, in the given order; a dearer result is `no_saving`."""
    found = []
    for discount in discounts:
        reason = why_not(discount, line, order_type, at, automatic=automatic)
        amount = None
        if not reason:
            amount = to_money(exact_after(discount, line.charge), line.charge.currency)
            if amount >= line.charge.amount:
                reason, amount = "no_saving", None
        found.append(
            (discount, Candidate(discount.id, discount.kind, discount.name, amount, reason, discount.offer_id))
        )
    return found


def best(found: Iterable[tuple[Discount, Candidate]]) -> tuple[Discount, Candidate] | None:
    """The candidate that leaves the smallest amount; equal ones by kind, then by id."""
    fitting = [
        (candidate.amount.minor, KINDS.index(discount.kind), discount.id, (discount, candidate))
        for discount, candidate in found
        if candidate.amount is not None
    ]
    return min(fitting, key=lambda item: item[:3])[3] if fitting else None


def step_of(discount: Discount, line: LineInput, amount: Money) -> Step:
    """The working of an applied discount: `amount` is the line after it."""
    charge = line.charge
    inputs: dict[str, Value] = {"name": discount.name, "official": charge.amount}
    match discount.form:
        case "percent_off":
            inputs["share"] = Share(discount.value)
        case "amount_off":
            inputs["amount"] = Money(discount.value, discount.currency)
        case "unit_price":
            inputs |= {
                "price": Price(discount.value, discount.currency),
                "quantity": charge.quantity,
                "periods": charge.periods + charge.extra if charge.extra else charge.periods,
            }
        case "line_price":
            inputs["amount"] = Money(discount.value, discount.currency)
    exact = exact_after(discount, charge)
    return Step(f"line:{line.key}", discount.form, inputs, "B-CFG-001", "half_up", amount, exact)
