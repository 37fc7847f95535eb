"""Paying in tests: charges of orders that nobody placed, money on balances, cards of the sandbox, what was heard."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from galleria.kit import clock, outbox
from galleria.kit.actor import SYSTEM
from galleria.kit.money import Money
from galleria.ledger import selectors as ledger
from galleria.ledger import services as ledger_services
from galleria.paying import services as paying
from galleria.paying.adapters.sandbox_gateway import make_test_card
from galleria.paying.models import Payment, PaymentMeans
from galleria.paying.services import OrderCharge
from tests.people import Person

_numbers = itertools.count(1)

PAYS = "4242424242424242"
PAYS_TOO = "5555555555554444"
ASKS = "4000002760003184"
DECLINES = "4000000000000341"
ANSWER_LOST = "4000000000000119"
DEBIT = "4000056655665556"
PREPAID = "5105105105105100"
OTHER_BRAND = "378282246310005"


def euro(text: str) -> Money:
    return Money.parse(text, "EUR")


def charge_for(
    net: str,
    tax: str = "0.00",
    coupon: str = "0.00",
    *,
    order: str = "",
    country: str = "SE",
    products: tuple[str, ...] = ("prd_desk",),
    accepts_credit: bool = True,
) -> OrderCharge:
    """What an order costs; with a number of its own unless one is given."""
    number = order or f"GA270301{next(_numbers):08d}"
    return OrderCharge(number, euro(net), euro(tax), euro(coupon), country, products, accepts_credit)


def pay(person: Person, *charges: OrderCharge, method: str, token: str = "", means: str = "") -> Payment:
    """Charge in a transaction of its own, as an order's payment does; a card is confirmed after it."""
    with transaction.atomic():
        payment = paying.charge(
            person.actor,
            account_id=person.account.public_id,
            charges=charges,
            method=method,
            token=token or f"token-{next(_numbers)}",
            means_id=means,
            at=clock.now(),
        )
    if method == "card" and payment.state == "pending":
        payment = paying.confirm_card(payment.public_id, at=clock.now())
    return payment


def give_back(
    order: OrderCharge | str, net: str, tax: str = "0.00", coupon: str = "0.00", *, reference: str = "r1"
) -> Any:
    """A refund as the system asks for it."""
    return paying.refund(
        SYSTEM,
        order_id=order if isinstance(order, str) else order.order_id,
        reference=reference,
        net=euro(net),
        tax=euro(tax),
        coupon=euro(coupon),
        country="SE",
        reason="The seller could not deliver.",
        at=clock.now(),
    )


def fund(person: Person, amount: str) -> None:
    """Put money on a balance, as a booked bank transfer would."""
    ledger_services.post(
        reference=f"test:fund:{next(_numbers)}",
        kind="top_up",
        at=clock.now(),
        postings=[ledger_services.Posting("bank_clearing", f"buyer_cash:{person.account.public_id}", euro(amount))],
    )


def card(person: Person, number: str = PAYS) -> PaymentMeans:
    """A saved card of the sandbox."""
    return paying.add_card(
        person.actor,
        account_id=person.account.public_id,
        provider_token=make_test_card(number),
        at=clock.now(),
    )


def balances() -> dict[str, str]:
    """Every ledger account that is not empty, the account's public id left out: `buyer_cash` → `51.00`."""
    rows = [(each.code.split(":acc_")[0], each.balance) for each in ledger.accounts()]
    return {code: money.text for code, money in rows if money}


@dataclass
class Heard:
    """Events that were published, in order."""

    events: list[Any] = field(default_factory=list)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@contextmanager
def listening(*kinds: type[Any]) -> Iterator[Heard]:
    """Hear these events in their transactions."""
    heard = Heard()
    before = {kind: list(found) for kind, found in outbox._subscriptions.items()}

    def listen(event: Any) -> None:
        heard.events.append(event)

    for kind in kinds:
        outbox.subscribe(kind, listen, in_transaction=True)
    yield heard
    outbox._subscriptions.clear()
    outbox._subscriptions.update(before)
