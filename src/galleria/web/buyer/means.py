"""Ways to pay as choices of a form, in the order in which they are charged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from galleria.buying import services
from galleria.buying.services.holding import Asked
from galleria.buying.services.paying_orders import charge_of
from galleria.kit.actor import Actor
from galleria.kit.money import Money
from galleria.paying import services as paying


@dataclass(frozen=True, slots=True)
class Way:
    """One choice: `value` is what the form sends, `note` what would happen or why it cannot be chosen."""

    value: str
    title: str
    note: str
    is_open: bool
    symbol: str


_SYMBOLS = {"balance": "wallet", "card": "card", "settlement": "receipt", "credit": "bank"}


def _ways(options: Iterable[paying.PaymentOption]) -> list[Way]:
    return [
        Way(
            f"{each.method}:{each.means_id}" if each.means_id else each.method,
            each.title,
            f"{each.detail} {each.reason}".strip(),
            each.is_available,
            _SYMBOLS.get(each.method, "card"),
        )
        for each in options
    ]


def ways_for_quote(actor: Actor, quoted: services.Quoted, *, at: datetime) -> list[Way]:
    """How a configuration could be paid, before there is an order."""
    result = quoted.result
    charge = paying.OrderCharge(
        order_id="quote",
        net=result.net,
        tax=result.tax,
        coupon=result.coupon,
        country=quoted.country,
        products=(quoted.chosen.product.public_id,),
        accepts_credit=quoted.chosen.product.accepts_credit,
    )
    return _ways(paying.payment_options(actor, account_id=actor.account_id or "", charges=[charge], at=at))


def ways_for_held(actor: Actor, asked: Sequence[Asked], *, at: datetime) -> list[Way]:
    """How orders on what is held could be paid together, before there are any."""
    charges = [
        paying.OrderCharge(
            order_id=f"held:{number}",
            net=each.quote.net,
            tax=each.quote.tax,
            coupon=each.quote.coupon,
            country=each.subscription.account.country,
            products=(each.subscription.product.public_id,),
            accepts_credit=each.subscription.product.accepts_credit,
        )
        for number, each in enumerate(asked)
    ]
    return _ways(paying.payment_options(actor, account_id=actor.account_id or "", charges=charges, at=at))


def ways_for_orders(actor: Actor, orders: Sequence[Any], *, at: datetime) -> list[Way]:
    """How orders could be paid together."""
    charges = [charge_of(order) for order in orders]
    return _ways(paying.payment_options(actor, account_id=actor.account_id or "", charges=charges, at=at))


def chosen(ways: Sequence[Way], wanted: str = "") -> str:
    """The choice that is ticked when the page opens: the wanted one, else the first that is open."""
    open_ways = [way.value for way in ways if way.is_open]
    return wanted if wanted in open_ways else (open_ways[0] if open_ways else "")


def total_of(orders: Sequence[Any]) -> Money | None:
    """What orders of one currency cost together; None for none, or for several currencies."""
    currencies = {order.currency for order in orders}
    if len(currencies) != 1:
        return None
    return Money.sum((Money(order.due_minor, order.currency) for order in orders), currencies.pop())
