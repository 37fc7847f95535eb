"""What comes back for each paid term of somebody who leaves, with its working (buyer-renewal-refund 7, 7.1, 9).

    refund = paid − consumed − fee, never below zero

`paid` is money, without cash coupons; flexi-purchase coupons count like money and go back in proportion. A term
that has not begun comes back whole, with its coupons. Tax comes back in the proportion of the money (B-UNS-007).
Pure: hours and months come in as numbers, `leaving` says which rule applies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from galleria.kit.money import Money
from galleria.pricing.rules.exact import of_money, shared_out, to_money
from galleria.pricing.rules.leaving import Rule
from galleria.pricing.rules.working import Share, Step, Value, money_from_json, value_to_json

Timing = Literal["over", "running", "to_come"]
FeeTable = Mapping[int, Mapping[int, int]]
"""Months bought at least -> months used at most -> per cent of what was paid."""


@dataclass(frozen=True, slots=True)
class Term:
    """One paid stretch of time.

    key: its public id
    cash: money after discount and coupon, before tax; `tax`: on it
    coupon: what a coupon paid of it; `coupon_kind`: cash, discount, product, flexi, empty without one
    timing: whether it is over, running, or still to come
    used_hours, total_hours: of the running one
    months_bought: of the term; `months_used`: begun months, for the column of the fee table
    is_fee_waived: by contract
    """

    key: str
    cash: Money
    tax: Money
    coupon: Money
    coupon_kind: str = ""
    timing: Timing = "running"
    used_hours: int = 0
    total_hours: int = 1
    months_bought: int = 1
    months_used: int = 1
    is_fee_waived: bool = False

    @property
    def flexi(self) -> Money:
        """What a flexi-purchase coupon paid: it counts like money."""
        return self.coupon if self.coupon_kind == "flexi" else Money.zero(self.cash.currency)

    @property
    def paid(self) -> Money:
        """What counts as paid."""
        return self.cash + self.flexi


@dataclass(frozen=True, slots=True)
class Back:
    """What comes back for one term.

    basis: `share` (paid less consumed less fee), `whole`, or `nothing`
    paid, consumed, fee: as the rule counts them; `amount` is what the formula leaves, never below zero
    cash, tax, coupon: what goes back to the means of payment, as tax on it, and to the coupon
    steps: the working; the last step's amount is `total`
    """

    key: str
    basis: Literal["share", "whole", "nothing"]
    paid: Money
    consumed: Money
    fee: Money
    amount: Money
    cash: Money
    tax: Money
    coupon: Money
    steps: tuple[Step, ...]

    @property
    def total(self) -> Money:
        """Money with its tax: what the buyer gets."""
        return self.cash + self.tax

    def to_json(self) -> dict[str, Any]:
        """A plain dict for storing; `from_json` gives the same back."""
        return {
            "key": self.key,
            "basis": self.basis,
            **{name: value_to_json(getattr(self, name)) for name in _AMOUNTS},
            "steps": [step.to_json() for step in self.steps],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Back:
        return cls(
            key=data["key"],
            basis=data["basis"],
            **{name: money_from_json(data[name]) for name in _AMOUNTS},
            steps=tuple(Step.from_json(step) for step in data["steps"]),
        )


_AMOUNTS = ("paid", "consumed", "fee", "amount", "cash", "tax", "coupon")


def fee_table(setting: Mapping[str, Mapping[str, int]]) -> FeeTable:
    """The operator's setting with numbers for keys."""
    return {int(bought): {int(used): share for used, share in row.items()} for bought, row in setting.items()}


def fee_percent(table: FeeTable, months_bought: int, months_used: int) -> int:
    """The handling fee: the row of the longest term that was bought, the first column that is not exceeded.

    Used longer than the last column (the last day of a term ends with its day) it is the last column's.
    """
    rows = [bought for bought in table if bought <= months_bought]
    row = table[max(rows) if rows else min(table)]
    columns = [used for used in row if used >= months_used]
    return row[min(columns) if columns else max(row)] if row else 0


def back(term: Term, rule: Rule, table: FeeTable) -> Back:
    """What comes back for one term under a rule. Raises ValueError for amounts below zero or without hours."""
    if min(term.cash.minor, term.tax.minor, term.coupon.minor) < 0:
        raise ValueError("What was paid is not negative.")
    if term.timing == "to_come":
        return _whole(term, "refund_to_come", "B-UNS-002", with_discount_coupon=True)
    if term.timing == "over":
        return _nothing(term, "refund_over")
    match rule:
        case "undelivered":
            return _whole(term, "refund_undelivered", "B-ORD-015", with_discount_coupon=True)
        case "withdrawal":
            return _whole(term, "refund_withdrawal", "UI-GEN-17", with_discount_coupon=True)
        case "unconditional":
            return _whole(term, "refund_unconditional", "B-UNS-T2", with_discount_coupon=False)
        case "platform":
            return _share(term, table)
    return _nothing(term, "refund_nothing")


def together(parts: Iterable[Back], currency: str) -> tuple[Money, Money, Money]:
    """Money, tax and coupons of several terms."""
    rows = list(parts)
    return (
        Money.sum((each.cash for each in rows), currency),
        Money.sum((each.tax for each in rows), currency),
        Money.sum((each.coupon for each in rows), currency),
    )


def _nothing(term: Term, text: str) -> Back:
    zero = Money.zero(term.cash.currency)
    step = Step("refund", text, {"amount": term.paid}, "B-UNS-001", amount=zero)
    return Back(term.key, "nothing", term.paid, zero, zero, zero, zero, zero, zero, (step,))


def _whole(term: Term, text: str, rule: str, *, with_discount_coupon: bool) -> Back:
    zero = Money.zero(term.cash.currency)
    comes_back = bool(term.coupon) and (with_discount_coupon or term.coupon_kind != "discount")
    coupon = term.coupon if comes_back else zero
    steps = [Step("refund", text, {"amount": term.paid}, rule, amount=term.paid)]
    steps += _coupon_steps(term, coupon)
    steps += _sum_steps(term, term.cash, term.tax)
    return Back(term.key, "whole", term.paid, zero, zero, term.paid, term.cash, term.tax, coupon, tuple(steps))


def _share(term: Term, table: FeeTable) -> Back:
    if term.total_hours <= 0 or term.used_hours < 0:
        raise ValueError("A term has hours, and what is used of it is not negative.")
    currency, paid = term.cash.currency, term.paid
    used = min(term.used_hours, term.total_hours)
    exact = of_money(paid) * Fraction(used, term.total_hours)
    consumed = to_money(exact, currency)
    percent = 0 if term.is_fee_waived else fee_percent(table, term.months_bought, term.months_used)
    exact_fee = of_money(paid) * Fraction(percent, 100)
    fee = to_money(exact_fee, currency)
    amount = max(paid - consumed - fee, Money.zero(currency))
    cash, flexi = shared_out(amount, [term.cash, term.flexi])
    tax = to_money(of_money(term.tax) * of_money(cash) / of_money(term.cash), currency) if term.cash else term.tax
    used_inputs: dict[str, Value] = {"amount": paid, "used": used, "total": term.total_hours}
    fee_inputs: dict[str, Value] = {"amount": paid, "share": Share(percent * 100)}
    result_inputs: dict[str, Value] = {"paid": paid, "consumed": consumed, "fee": fee}
    fee_text = "refund_fee_waived" if term.is_fee_waived else "refund_fee"
    steps = [
        Step("refund", "refund_consumed", used_inputs, "B-UNS-001", "half_up", -consumed, -exact),
        Step("refund", fee_text, fee_inputs, "B-UNS-001", "half_up", -fee, -exact_fee),
        Step("refund", "refund_less", result_inputs, "B-UNS-001", amount=amount),
        *_coupon_steps(term, flexi),
        *_sum_steps(term, cash, tax),
    ]
    return Back(term.key, "share", paid, consumed, fee, amount, cash, tax, flexi, tuple(steps))


def _coupon_steps(term: Term, coupon: Money) -> list[Step]:
    if coupon:
        return [Step("coupon", "refund_coupon", {"amount": coupon}, "B-UNS-006", amount=coupon)]
    if term.coupon:
        zero = Money.zero(coupon.currency)
        return [Step("coupon", "refund_coupon_kept", {"amount": term.coupon}, "B-UNS-006", amount=zero)]
    return []


def _sum_steps(term: Term, cash: Money, tax: Money) -> list[Step]:
    steps = []
    if term.tax:
        exact = of_money(term.tax) * of_money(cash) / of_money(term.cash) if term.cash else of_money(tax)
        inputs: dict[str, Value] = {"tax": term.tax, "refund": cash, "paid": term.cash}
        steps.append(Step("refund", "refund_tax", inputs, "B-UNS-007", "half_up", tax, exact))
    steps.append(Step("refund", "refund_total", {"amount": cash, "tax": tax}, "B-UNS-006", amount=cash + tax))
    return steps
