"""The quote: official amount, best discount, coupon, tax and what is due, with the working of each figure.

The order of things is fixed (B-CFG-001, B-MNY-006): per line the official charge and the best discount;
per order one coupon over its eligible lines, then tax on what is left, rounded half up once (B-MNY-005).
Coupon and tax are shared out over the lines so that each line can be refunded and billed on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from galleria.kit.money import Money
from galleria.pricing.rules import coupons, discounts
from galleria.pricing.rules.coupons import Coupon, LineFacts, OrderFacts
from galleria.pricing.rules.discounts import Candidate, Discount, LineInput
from galleria.pricing.rules.exact import WHOLE, of_money, shared_out, to_money
from galleria.pricing.rules.working import Share, Step, Value, money_from_json, value_to_json


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a quote.

    item: what was asked for, with its official charge
    considered: every discount that was looked at, with its result or the reason against it
    discount: the one that is applied, or None
    after_discount: official amount less discount
    coupon: the part that the coupon pays
    tax: the line's share of the order's tax
    """

    item: LineInput
    considered: tuple[Candidate, ...]
    discount: Candidate | None
    after_discount: Money
    coupon: Money
    tax: Money

    @property
    def key(self) -> str:
        return self.item.key

    @property
    def official(self) -> Money:
        """The list price of the line."""
        return self.item.charge.amount

    @property
    def saving(self) -> Money:
        """What the discount takes off."""
        return self.official - self.after_discount

    @property
    def net(self) -> Money:
        """After discount and coupon, before tax."""
        return self.after_discount - self.coupon

    @property
    def due(self) -> Money:
        """What is paid for the line, tax included."""
        return self.net + self.tax

    def to_json(self) -> dict[str, Any]:
        """A plain dict for storing; `from_json` gives the same line back."""
        return {
            "item": self.item.to_json(),
            "considered": [candidate.to_json() for candidate in self.considered],
            "discount": None if self.discount is None else self.discount.to_json(),
            "after_discount": value_to_json(self.after_discount),
            "coupon": value_to_json(self.coupon),
            "tax": value_to_json(self.tax),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> QuoteLine:
        return cls(
            item=LineInput.from_json(data["item"]),
            considered=tuple(Candidate.from_json(candidate) for candidate in data["considered"]),
            discount=None if data["discount"] is None else Candidate.from_json(data["discount"]),
            after_discount=money_from_json(data["after_discount"]),
            coupon=money_from_json(data["coupon"]),
            tax=money_from_json(data["tax"]),
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """A frozen price for a configuration.

    order_type, currency, at: what was asked for, and when
    lines: in the order in which they were given
    coupon_id, coupon_code: the coupon that is applied; empty: none
    coupon_reasons: why the coupon that was asked for is not applied
    tax_e4: tax rate in 1/10,000
    tax: tax of the order
    working: how it was worked out; the last step's amount is `due`
    """

    order_type: str
    currency: str
    at: datetime
    lines: tuple[QuoteLine, ...]
    coupon_id: str
    coupon_code: str
    coupon_reasons: tuple[str, ...]
    tax_e4: int
    tax: Money
    working: tuple[Step, ...]

    def _sum(self, amounts: Iterable[Money]) -> Money:
        return Money.sum(amounts, self.currency)

    @property
    def official(self) -> Money:
        """Sum of the list prices."""
        return self._sum(line.official for line in self.lines)

    @property
    def after_discount(self) -> Money:
        """Sum of the lines after discounts."""
        return self._sum(line.after_discount for line in self.lines)

    @property
    def saving(self) -> Money:
        """What the discounts take off."""
        return self.official - self.after_discount

    @property
    def coupon(self) -> Money:
        """What the coupon pays."""
        return self._sum(line.coupon for line in self.lines)

    @property
    def net(self) -> Money:
        """After discounts and coupon, before tax."""
        return self.after_discount - self.coupon

    @property
    def due(self) -> Money:
        """What is left to pay, tax included."""
        return self.net + self.tax

    def line(self, key: str) -> QuoteLine:
        """The line of this key. Raises KeyError."""
        for line in self.lines:
            if line.key == key:
                return line
        raise KeyError(key)

    def working_of(self, part: str) -> tuple[Step, ...]:
        """The steps of one part: `"order"` or `"line:<key>"`."""
        return tuple(step for step in self.working if step.part == part)

    def to_json(self) -> dict[str, Any]:
        """A plain dict for storing and for the API; the sums are in it for readers only."""
        sums = ("official", "after_discount", "saving", "coupon", "net", "due")
        return {
            "order_type": self.order_type,
            "currency": self.currency,
            "at": self.at.isoformat(),
            "lines": [line.to_json() for line in self.lines],
            "coupon_id": self.coupon_id,
            "coupon_code": self.coupon_code,
            "coupon_reasons": list(self.coupon_reasons),
            "tax_e4": self.tax_e4,
            "tax": value_to_json(self.tax),
            "working": [step.to_json() for step in self.working],
            "sums": {name: value_to_json(getattr(self, name)) for name in sums},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Quote:
        return cls(
            order_type=data["order_type"],
            currency=data["currency"],
            at=datetime.fromisoformat(data["at"]),
            lines=tuple(QuoteLine.from_json(line) for line in data["lines"]),
            coupon_id=data["coupon_id"],
            coupon_code=data["coupon_code"],
            coupon_reasons=tuple(data["coupon_reasons"]),
            tax_e4=data["tax_e4"],
            tax=money_from_json(data["tax"]),
            working=tuple(Step.from_json(step) for step in data["working"]),
        )


def quote(
    lines: Sequence[LineInput],
    *,
    at: datetime,
    order_type: str = "new",
    discounts_offered: Iterable[Discount] = (),
    coupon: Coupon | None = None,
    tax_e4: int = 0,
    order_id: str = "",
    automatic: bool = False,
) -> Quote:
    """Price an order.

    discounts_offered: all discounts of the buyer; those that do not fit a line are passed over
    coupon: the one that the buyer chose; if it does not fit, `coupon_reasons` says why and it pays nothing
    tax_e4: tax rate in 1/10,000, 0 for none
    order_id: the order that is priced again, whose own lock on the coupon does not count
    automatic: the rules of automatic payment hold for promotions (9.2)

    Raises ValueError without lines, with two currencies, or with a key used twice.
    """
    currency = _currency_of(lines)
    if tax_e4 < 0:
        raise ValueError("A tax rate is not negative.")
    offered = tuple(discounts_offered)
    priced = [_price_line(line, offered, order_type, at, automatic) for line in lines]
    facts = OrderFacts(order_type, currency, tuple(line_facts(line) for line, _ in priced), order_id=order_id)
    reasons = coupons.why_not(coupon, facts, at) if coupon is not None else []
    applied = coupons.apply(coupon, facts.lines) if coupon is not None and not reasons else None
    parts = applied.parts if applied else {}

    nets = [line.after_discount - parts.get(line.key, Money.zero(currency)) for line, _ in priced]
    tax = tax_on(Money.sum(nets, currency), tax_e4)
    taxes = shared_out(tax, nets)
    used = coupon if applied is not None and applied.used else None
    result = Quote(
        order_type=order_type,
        currency=currency,
        at=at,
        lines=tuple(
            QuoteLine(
                line.item,
                line.considered,
                line.discount,
                line.after_discount,
                line.after_discount - net,
                part,
            )
            for (line, _), net, part in zip(priced, nets, taxes, strict=True)
        ),
        coupon_id=used.id if used else "",
        coupon_code=used.code if used else "",
        coupon_reasons=tuple(reasons),
        tax_e4=tax_e4,
        tax=tax,
        working=(),
    )
    steps = [step for _, steps in priced for step in steps] + _order_steps(result)
    return replace(result, working=tuple(steps))


def tax_on(net: Money, tax_e4: int) -> Money:
    """The tax on an amount after discounts and coupons, rounded half up once (B-MNY-005)."""
    return to_money(_exact_tax(net, tax_e4), net.currency)


def line_facts(line: QuoteLine) -> LineFacts:
    """What a coupon asks about a quoted line."""
    item = line.item
    return LineFacts(
        key=item.key,
        amount=line.after_discount,
        product_id=item.product_id,
        specification_id=item.specification_id,
        seller_id=item.seller_id,
        region=item.region,
        mode=item.mode,
        is_curated=item.is_curated,
        is_discounted=line.discount is not None,
        has_offer=line.discount is not None and line.discount.kind == "exclusive",
    )


def order_facts(priced: Quote, *, order_id: str = "", coupon_id: str = "") -> OrderFacts:
    """What a coupon asks about a quoted order, to list the coupons that fit it (B-CPN-001)."""
    return OrderFacts(
        priced.order_type,
        priced.currency,
        tuple(line_facts(line) for line in priced.lines),
        order_id,
        coupon_id,
    )


def has_same_price(one: Quote, other: Quote) -> bool:
    """Whether two quotes ask the same for the same lines; otherwise the price changed (B-CFG-001)."""
    return one.due == other.due and [(li.key, li.due) for li in one.lines] == [(li.key, li.due) for li in other.lines]


def _currency_of(lines: Sequence[LineInput]) -> str:
    if not lines:
        raise ValueError("A quote has at least one line.")
    if len({line.key for line in lines}) != len(lines):
        raise ValueError("Each line of a quote has its own key.")
    currencies = {line.charge.currency for line in lines}
    if len(currencies) != 1:
        raise ValueError("All lines of a quote have one currency.")
    return currencies.pop()


def _price_line(
    item: LineInput, offered: tuple[Discount, ...], order_type: str, at: datetime, automatic: bool
) -> tuple[QuoteLine, list[Step]]:
    part = f"line:{item.key}"
    steps = [step.within(part) for step in item.charge.steps]
    found = discounts.candidates(item, offered, order_type, at, automatic=automatic)
    chosen = discounts.best(found)
    nothing = Money.zero(item.charge.currency)
    after = item.charge.amount
    if chosen is not None and chosen[1].amount is not None:
        after = chosen[1].amount
        steps.append(discounts.step_of(chosen[0], item, after))
    line = QuoteLine(
        item=item,
        considered=tuple(candidate for _, candidate in found),
        discount=chosen[1] if chosen else None,
        after_discount=after,
        coupon=nothing,
        tax=nothing,
    )
    return line, steps


def _exact_tax(net: Money, tax_e4: int) -> Fraction:
    return of_money(net) * Fraction(tax_e4, WHOLE)


def _order_steps(priced: Quote) -> list[Step]:
    after = priced.after_discount
    steps = [Step("order", "lines", {"count": len(priced.lines)}, "B-CFG-001", amount=after)]
    if priced.coupon:
        inputs: dict[str, Value] = {"code": priced.coupon_code, "amount": priced.coupon, "before": after}
        steps.append(Step("order", "coupon_off", inputs, "B-MNY-006", amount=priced.net))
    if priced.tax_e4:
        steps.append(
            Step(
                "order",
                "tax",
                {"share": Share(priced.tax_e4), "amount": priced.net},
                "B-MNY-005",
                "half_up",
                priced.tax,
                _exact_tax(priced.net, priced.tax_e4),
            )
        )
    steps.append(Step("order", "due", {"amount": priced.net, "tax": priced.tax}, "B-MNY-006", amount=priced.due))
    return steps
