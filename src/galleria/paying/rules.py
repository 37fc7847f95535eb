"""From which source each order takes its money, and to which it goes back. Pure arithmetic in minor units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from galleria.kit.money import Money
from galleria.ledger.rules import Posting

CASH: Final = "cash"
CREDIT: Final = "credit"
CARD: Final = "card"
SETTLEMENT: Final = "settlement"
RESELLER: Final = "reseller"
COUPON: Final = "coupon"

ORDERS_HELD: Final = "orders_held"
COUPON_COST: Final = "coupon_cost"
REFUNDS_DUE: Final = "refunds_due"

_GIVEN_BACK_FIRST: Final = (CREDIT, RESELLER, SETTLEMENT, CARD, CASH)


@dataclass(frozen=True)
class OrderCharge:
    """What one order costs. `net` is payable before tax, after discount and coupon; due = net + tax.

    `coupon` is the part that a cash coupon bears; `products` are public ids; `accepts_credit` says that the seller
    of every product takes credit payment (B-CRD-002).
    """

    order_id: str
    net: Money
    tax: Money
    coupon: Money
    country: str
    products: tuple[str, ...]
    accepts_credit: bool

    @property
    def due(self) -> Money:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Part:
    """The share of one source in one order, and how much of it has gone back there. Minor units.

    `account` is the source's ledger account. A coupon's share has no tax.
    """

    order: str
    source: str
    account: str
    country: str
    net: int
    tax: int = 0
    back_net: int = 0
    back_tax: int = 0

    @property
    def amount(self) -> int:
        return self.net + self.tax

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "amount_minor": self.amount}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Part:
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Purse:
    """A source of money with its ledger account. `holds` None: as much as asked; `orders` None: for any order."""

    source: str
    account: str
    holds: int | None = None
    orders: frozenset[str] | None = None

    def serves(self, order_id: str) -> bool:
        return self.orders is None or order_id in self.orders


class NotCovered(ValueError):
    """The purses do not hold enough; `missing` in minor units."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} missing")
        self.missing = missing


class TooMuchBack(ValueError):
    """More was to be given back than is left of what was paid."""


def spread(charges: Sequence[OrderCharge], purses: Sequence[Purse]) -> list[Part]:
    """Take every order's due from the purses in their order: cash before credit (B-BAL-002, B-MNY-006).

    Orders that fewer purses serve are served first, so that cash is left for orders that do not take credit.
    Raises NotCovered.
    """
    left = [purse.holds for purse in purses]
    found: dict[str, list[Part]] = {}
    missing = 0
    for charge in sorted(charges, key=lambda each: sum(purse.serves(each.order_id) for purse in purses)):
        net, tax = charge.net.minor, charge.tax.minor
        rows = found.setdefault(charge.order_id, [])
        for index, purse in enumerate(purses):
            if not purse.serves(charge.order_id) or net + tax == 0:
                continue
            held = left[index]
            from_net = net if held is None else min(net, held)
            from_tax = tax if held is None else min(tax, held - from_net)
            if from_net + from_tax == 0:
                continue
            rows.append(Part(charge.order_id, purse.source, purse.account, charge.country, from_net, from_tax))
            left[index] = None if held is None else held - from_net - from_tax
            net, tax = net - from_net, tax - from_tax
        missing += net + tax
        if charge.coupon.minor:
            rows.append(Part(charge.order_id, COUPON, COUPON_COST, charge.country, charge.coupon.minor))
    if missing:
        raise NotCovered(missing)
    return [part for charge in charges for part in found[charge.order_id]]


def postings_of(parts: Iterable[Part], currency: str) -> list[Posting]:
    """What the ledger books when these parts are paid."""
    made = []
    for part in parts:
        if part.net:
            made.append(Posting(part.account, ORDERS_HELD, Money(part.net, currency)))
        if part.tax:
            made.append(Posting(part.account, tax_account(part.country), Money(part.tax, currency)))
    return made


def give_back(parts: Sequence[Part], order_id: str, net: int, tax: int, coupon: int) -> list[Part]:
    """How an order's refund divides among its sources: what was lent first, then card, then cash.

    Returns parts whose `net` and `tax` are the amounts that go back. Raises TooMuchBack.
    """
    if min(net, tax, coupon) < 0:
        raise TooMuchBack("an amount that goes back is not negative")
    paid = [part for part in parts if part.order == order_id]
    money = sorted(
        (part for part in paid if part.source != COUPON), key=lambda part: _GIVEN_BACK_FIRST.index(part.source)
    )
    back = []
    for part in money:
        from_net = min(net, part.net - part.back_net)
        from_tax = min(tax, part.tax - part.back_tax)
        net, tax = net - from_net, tax - from_tax
        if from_net or from_tax:
            back.append(replace(part, net=from_net, tax=from_tax, back_net=0, back_tax=0))
    for part in paid:
        if part.source == COUPON and coupon:
            from_coupon = min(coupon, part.net - part.back_net)
            coupon -= from_coupon
            if from_coupon:
                back.append(replace(part, net=from_coupon, tax=0, back_net=0, back_tax=0))
    if net or tax or coupon:
        raise TooMuchBack(f"order {order_id}: more than is left of what was paid")
    return back


def with_back(parts: Sequence[Part], back: Sequence[Part]) -> list[Part]:
    """The parts of a payment with what now went back noted on them."""
    given = {(each.order, each.source, each.account): each for each in back}
    noted = []
    for part in parts:
        each = given.get((part.order, part.source, part.account))
        noted.append(
            replace(part, back_net=part.back_net + each.net, back_tax=part.back_tax + each.tax) if each else part
        )
    return noted


def postings_back(back: Iterable[Part], currency: str) -> list[Posting]:
    """What the ledger books when these parts go back; money for a card waits until the gateway has paid it out."""
    made = []
    for part in back:
        target = REFUNDS_DUE if part.source == CARD else part.account
        if part.net:
            made.append(Posting(ORDERS_HELD, target, Money(part.net, currency)))
        if part.tax:
            made.append(Posting(tax_account(part.country), target, Money(part.tax, currency)))
    return made


def tax_account(country: str) -> str:
    """The ledger account of a country's tax."""
    return f"tax_due:{country}"


def card_refusal(brand: str, funding: str, allowed: Iterable[str]) -> str:
    """Why a card is not taken: `brand`, `debit`, `prepaid` or `unknown`; empty if it is (payment 9.1)."""
    if funding in {"debit", "prepaid"}:
        return funding
    if funding != "credit":
        return "unknown"
    return "" if brand in set(allowed) else "brand"


# ----- the ledger accounts of an account -----

CARD_CLEARING: Final = "card_clearing"
BANK_CLEARING: Final = "bank_clearing"
UNAPPLIED: Final = "unapplied"


def cash_account(account_id: str) -> str:
    """The balance of a prepaid account; never negative."""
    return f"buyer_cash:{account_id}"


def receivable_account(account_id: str) -> str:
    """What the monthly bill will collect."""
    return f"receivable:{account_id}"


def credit_account(account_id: str) -> str:
    """What is owed on approved credit."""
    return f"credit_receivable:{account_id}"


def debt_account(account_id: str) -> str:
    """What is owed and overdue."""
    return f"debt:{account_id}"


def reseller_account(reseller_id: str) -> str:
    """What a reseller owes for its customers."""
    return f"reseller_receivable:{reseller_id}"
