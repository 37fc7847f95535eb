"""Coupons: which fit an order and why not, what one pays of it, and how its state moves.

The limits are those of the table of discounts and coupons: validity, products and specifications, order
type, region, billing mode, exclusion with discounts, minimum on the eligible lines, one per order
(B-CPN-001). A coupon pays only its eligible lines, after their discounts and before tax (B-MNY-006).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from galleria.kit.money import Money
from galleria.pricing.rules.discounts import covers
from galleria.pricing.rules.exact import WHOLE, of_money, shared_out, to_money

Kind = Literal["cash", "discount", "product", "flexi"]
State = Literal["not_activated", "unused", "used", "expired"]

KIND_NUMBERS: Mapping[str, int] = {"cash": 1, "discount": 2, "product": 3, "flexi": 4}
STATE_NUMBERS: Mapping[str, int] = {"not_activated": 1, "unused": 2, "used": 3, "expired": 4}
OBTAINED_BY_NUMBERS: Mapping[str, int] = {
    "collected": 1,
    "redeemed": 2,
    "issued": 3,
    "offline": 4,
    "event": 5,
}
"""The numbers that the API keeps stable."""


class CouponMove(NamedTuple):
    """From any of these states to that one."""

    from_: tuple[str, ...]
    to: str


INITIAL_STATES: tuple[State, ...] = ("not_activated", "unused")
FINAL_STATES: tuple[State, ...] = ("used", "expired")
MOVES: Mapping[str, CouponMove] = {
    "activate": CouponMove(("not_activated",), "unused"),
    "use_up": CouponMove(("unused",), "used"),
    "give_back": CouponMove(("used",), "unused"),
    "expire": CouponMove(("not_activated", "unused", "used"), "expired"),
}
"""The moves of a coupon's state (B-CPN-002). `expire` from used: returned too late to be used again."""

LOCK_MOVES: Mapping[str, CouponMove] = {
    "lock": CouponMove(("free",), "locked"),
    "unlock": CouponMove(("locked",), "free"),
}
"""An unpaid order locks its coupon; payment, cancellation and expiry of the order unlock it (B-CPN-002)."""

REASONS = (
    "not_activated",
    "used",
    "expired",
    "not_yet_valid",
    "frozen",
    "locked",
    "currency",
    "one_per_order",
    "arrears",
    "order_type",
    "nothing_to_pay",
    "product",
    "specification",
    "curated",
    "seller",
    "region",
    "mode",
    "pay_per_use",
    "discounted",
    "offer",
    "minimum",
)
"""Why a coupon does not fit an order, in the order in which reasons are given."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a coupon may be used; an empty set allows everything.

    products, specifications: white lists of public ids; not_products, not_specifications: black lists
    curated_only: only products of the operator's curated selection
    order_types: new, renewal, change
    regions: of the resource
    modes: month, year, one_time, pay_per_use
    scope: marketplace coupons never pay pay-per-use; platform cash coupons may
    with_discounts: may be used on lines that have a discount
    with_offers: may be used beside an exclusive offer of the seller who issued the coupon (S-OFR-004)
    minimum: the least sum of the eligible lines, after discounts
    """

    products: frozenset[str] = frozenset()
    not_products: frozenset[str] = frozenset()
    specifications: frozenset[str] = frozenset()
    not_specifications: frozenset[str] = frozenset()
    curated_only: bool = False
    order_types: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    scope: Literal["marketplace", "platform"] = "marketplace"
    with_discounts: bool = False
    with_offers: bool = False
    minimum: Money | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any], minimum: Money | None = None, *, with_offers: bool = False) -> Limits:
        """The limits of a stored coupon: `{products: {only, not}, specifications: {only, not}, order_types,
        regions, modes, scope, with_discounts, curated_only}`, all optional. Raises ValueError for another key."""
        if unknown := set(data) - _LIMIT_KEYS:
            raise ValueError(f"Not a limit of a coupon: {sorted(unknown)}")
        products, specifications = data.get("products", {}), data.get("specifications", {})
        return cls(
            products=frozenset(products.get("only", ())),
            not_products=frozenset(products.get("not", ())),
            specifications=frozenset(specifications.get("only", ())),
            not_specifications=frozenset(specifications.get("not", ())),
            curated_only=data.get("curated_only", False),
            order_types=frozenset(data.get("order_types", ())),
            regions=frozenset(data.get("regions", ())),
            modes=frozenset(data.get("modes", ())),
            scope=data.get("scope", "marketplace"),
            with_discounts=data.get("with_discounts", False),
            with_offers=with_offers,
            minimum=minimum if minimum else None,
        )


_LIMIT_KEYS = frozenset(
    (
        "products",
        "specifications",
        "curated_only",
        "order_types",
        "regions",
        "modes",
        "scope",
        "with_discounts",
    )
)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon as the rules see it.

    id, code: public id and the code that people see
    kind: cash, discount, product or flexi
    state: not_activated, unused, used or expired
    face_value, balance: what it was and what is left; a discount coupon has `off_e4` instead
    valid_from, expires_at: usable from the first, before the second
    limits: where it may be used
    off_e4: parts of 10,000 that a discount coupon takes off
    seller_id: the seller who issued it, whose products alone it pays; empty: the operator
    locked_by: id of the unpaid order that holds it; empty: none
    is_frozen: set aside by the operator
    """

    id: str
    code: str
    kind: Kind
    state: State
    face_value: Money
    balance: Money
    valid_from: datetime
    expires_at: datetime
    limits: Limits = field(default_factory=Limits)
    off_e4: int = 0
    seller_id: str = ""
    locked_by: str = ""
    is_frozen: bool = False

    @property
    def currency(self) -> str:
        return self.face_value.currency


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What a coupon asks about a line. `amount`: after its discount; `mode`: month, year, one_time, pay_per_use, …;
    `has_offer`: its discount is an exclusive offer of its seller."""

    key: str
    amount: Money
    product_id: str = ""
    specification_id: str = ""
    seller_id: str = ""
    region: str = ""
    mode: str = "month"
    is_curated: bool = False
    is_discounted: bool = False
    has_offer: bool = False


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a coupon asks about an order.

    order_type: new, renewal, change, trial_to_commercial, pay_per_use_to_period, …
    currency, lines: of the order
    order_id: empty while there is only a quote
    coupon_id: the coupon that already pays a part of the order; empty: none
    pays_arrears: a debt is paid, not an order
    """

    order_type: str
    currency: str
    lines: tuple[LineFacts, ...]
    order_id: str = ""
    coupon_id: str = ""
    pays_arrears: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What a coupon pays. `parts`: by line key, without empty ones; `used`: their sum; `remaining`: its new balance."""

    parts: Mapping[str, Money]
    used: Money
    remaining: Money


def why_not(coupon: Coupon, order: OrderFacts, at: datetime) -> list[str]:
    """Every reason why the coupon cannot be used for this order, from `REASONS`; empty: it can.

    Limits on lines are reasons only when no line is left that satisfies them all.
    """
    reasons = {reason for applies, reason in _order_limits(coupon, order, at) if applies}
    by_line = [_line_reasons(coupon, line) for line in order.lines]
    if eligible := [line for line, found in zip(order.lines, by_line, strict=True) if not found]:
        if _is_below_minimum(coupon, order.currency, eligible):
            reasons.add("minimum")
    else:
        reasons |= set().union(*by_line) or {"nothing_to_pay"}
    return [reason for reason in REASONS if reason in reasons]


def _is_below_minimum(coupon: Coupon, currency: str, eligible: list[LineFacts]) -> bool:
    minimum = coupon.limits.minimum
    return (
        minimum is not None
        and coupon.currency == currency
        and Money.sum((li.amount for li in eligible), currency) < minimum
    )


def _order_limits(coupon: Coupon, order: OrderFacts, at: datetime) -> tuple[tuple[bool, str], ...]:
    kinds = coupon.limits.order_types
    is_spent = coupon.kind != "discount" and coupon.balance.minor <= 0
    return (
        (coupon.state == "not_activated", "not_activated"),
        (coupon.state == "used" or (coupon.state == "unused" and is_spent), "used"),
        (coupon.state == "expired" or at >= coupon.expires_at, "expired"),
        (at < coupon.valid_from, "not_yet_valid"),
        (coupon.is_frozen, "frozen"),
        (bool(coupon.locked_by) and coupon.locked_by != order.order_id, "locked"),
        (coupon.currency != order.currency, "currency"),
        (bool(order.coupon_id) and order.coupon_id != coupon.id, "one_per_order"),
        (order.pays_arrears, "arrears"),
        (not covers(kinds, order.order_type), "order_type"),
    )


def _line_reasons(coupon: Coupon, line: LineFacts) -> set[str]:
    limits = coupon.limits
    found = (
        (line.amount.minor <= 0, "nothing_to_pay"),
        (_excluded(line.product_id, limits.products, limits.not_products), "product"),
        (_excluded(line.specification_id, limits.specifications, limits.not_specifications), "specification"),
        (limits.curated_only and not line.is_curated, "curated"),
        (coupon.seller_id not in ("", line.seller_id), "seller"),
        (bool(limits.regions) and line.region not in limits.regions, "region"),
        (bool(limits.modes) and line.mode not in limits.modes, "mode"),
        (coupon.kind == "discount" and line.mode not in ("month", "year"), "mode"),
        (line.mode == "pay_per_use" and not _pays_usage(coupon), "pay_per_use"),
        (line.is_discounted and not line.has_offer and not limits.with_discounts, "discounted"),
        (line.has_offer and not _goes_with_offer(coupon), "offer"),
    )
    return {reason for applies, reason in found if applies}


def _goes_with_offer(coupon: Coupon) -> bool:
    """Beside an exclusive offer: a coupon of its seller if the operator allows it, another one like any discount."""
    return coupon.limits.with_offers if coupon.seller_id else coupon.limits.with_discounts


def _excluded(value: str, white: frozenset[str], black: frozenset[str]) -> bool:
    return value in black or (bool(white) and value not in white)


def _pays_usage(coupon: Coupon) -> bool:
    return coupon.limits.scope == "platform" and coupon.kind == "cash"


def eligible_lines(coupon: Coupon, lines: Iterable[LineFacts]) -> list[LineFacts]:
    """The lines that the coupon may pay."""
    return [line for line in lines if not _line_reasons(coupon, line)]


def apply(coupon: Coupon, lines: Iterable[LineFacts]) -> Applied:
    """What the coupon pays of its eligible lines. Whether it may be used at all is asked of `why_not`.

    A cash, product or flexi-purchase coupon pays up to its balance, shared out in proportion to the
    lines; the rest stays. A discount coupon takes its share off each line and is used up.
    """
    eligible = eligible_lines(coupon, lines)
    amounts = [line.amount for line in eligible]
    if coupon.kind == "discount":
        parts = [to_money(of_money(amount) * Fraction(coupon.off_e4, WHOLE), coupon.currency) for amount in amounts]
        used, remaining = Money.sum(parts, coupon.currency), Money.zero(coupon.currency)
    else:
        used = min(coupon.balance, Money.sum(amounts, coupon.currency))
        parts, remaining = shared_out(used, amounts), coupon.balance - used
    by_key = {line.key: part for line, part in zip(eligible, parts, strict=True) if part}
    return Applied(by_key, used, remaining)


def best_coupon(coupons: Iterable[Coupon], order: OrderFacts, at: datetime) -> Coupon | None:
    """The coupon that is preselected, and used by automatic payment: of those that fit, the one that pays
    most; of equal ones the one that expires first, then leaves least, then the smaller id (S-CPN-T1)."""
    fitting = [coupon for coupon in coupons if not why_not(coupon, order, at)]

    def rank(coupon: Coupon) -> tuple[int, datetime, int, str]:
        applied = apply(coupon, order.lines)
        return (-applied.used.minor, coupon.expires_at, applied.remaining.minor, coupon.id)

    return min(fitting, key=rank, default=None)


def after_use(coupon: Coupon, applied: Applied) -> Coupon:
    """The coupon after payment: unlocked, with what is left; used when nothing is (B-CPN-002)."""
    state: State = "unused" if applied.remaining else "used"
    return replace(coupon, state=state, balance=applied.remaining, locked_by="")


def after_return(coupon: Coupon, amount: Money, at: datetime) -> Coupon:
    """The coupon after a refund gave `amount` back: usable until its old expiry, or expired (7, B-UNS-006)."""
    balance = min(coupon.balance + amount, coupon.face_value)
    state: State = "expired" if at >= coupon.expires_at else "unused"
    return replace(coupon, state=state, balance=balance, locked_by="")
