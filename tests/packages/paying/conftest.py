"""Every test of paying ends with a ledger in which nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from galleria.kit import clock
from galleria.kit.money import Money
from galleria.ledger import services as ledger
from galleria.paying import events
from galleria.paying import services as paying
from tests.people import Person
from tests.till import Heard, euro, listening


@pytest.fixture(autouse=True)
def _balanced(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test the ledger sums to zero and every other invariant holds."""
    yield
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        assert ledger.check().problems == []


@pytest.fixture(autouse=True)
def _sandbox(settings: Any) -> None:
    """Cards are those of the sandbox."""
    settings.GALLERIA_SANDBOX_CARDS = True
    settings.STRIPE_SECRET_KEY = ""


@pytest.fixture
def heard() -> Iterator[Heard]:
    """The events that paying publishes."""
    with listening(
        events.PaymentSucceeded, events.PaymentFailed, events.RefundSucceeded, events.RefundFailed,
        events.BalanceToppedUp, events.TopUpRejected, events.DebtPaid,
    ) as found:  # fmt: skip
        yield found


@pytest.fixture
def approve(olga: Person) -> Any:
    """Olga approves later payment: `approve(ada, "credit", "100.00")`."""

    def run(person: Person, kind: Any, limit: str, **more: Any) -> Any:
        return paying.approve_later_payment(
            olga.actor, account_id=person.account.public_id, kind=kind, limit=euro(limit), at=clock.now(), **more
        )

    return run


@pytest.fixture
def postpaid(ada: Person) -> Person:
    """Ada's account pays by monthly bill."""
    ada.account.payment_model = "postpaid"
    ada.account.save()
    return ada


@pytest.fixture
def customer(ada: Person, rita: Person) -> Person:
    """Ada's account buys through Rita."""
    ada.account.sales_model = "resale"
    ada.account.reseller = rita.reseller
    ada.account.save()
    return ada


def money(text: str) -> Money:
    return euro(text)
