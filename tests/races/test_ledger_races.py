"""Money moved by many at once: never twice, never below zero, never stuck, never out of balance."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from galleria.kit.money import Money
from galleria.ledger import jobs, selectors, services
from galleria.ledger.models import LedgerAccount, LedgerTransaction
from galleria.ledger.services import AlreadyReversed, InsufficientBalance, Posting, post, reverse
from tests.races.together import at_once

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ADA, RITA = "buyer_cash:acc_ada", "buyer_cash:acc_rita"
pytestmark = pytest.mark.django_db(transaction=True)


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def move(from_: str, to: str, amount: str, reference: str) -> Callable[[], LedgerTransaction]:
    return lambda: post(reference=reference, kind="move", at=AT, postings=[Posting(from_, to, usd(amount))])


def test_of_many_payments_only_those_succeed_that_the_balance_covers() -> None:
    move("bank", ADA, "100.00", "start")()
    results = at_once([move(ADA, "orders_paid", "30.00", f"pay-{n}") for n in range(8)])
    paid = [each for each in results if isinstance(each, LedgerTransaction)]
    refused = [each for each in results if isinstance(each, InsufficientBalance)]
    assert (len(paid), len(refused)) == (3, 5)
    assert selectors.balance(ADA, "USD") == usd("10.00")
    assert selectors.balance("orders_paid", "USD") == usd("90.00")
    assert services.check().problems == []


def test_the_same_reference_from_many_callers_is_booked_once() -> None:
    results = at_once([move("bank", ADA, "100.00", "top-up-1") for _ in range(8)])
    assert len({each.public_id for each in results}) == 1
    assert selectors.balance(ADA, "USD") == usd("100.00")
    assert LedgerTransaction.objects.count() == 1


def test_a_new_account_that_many_use_at_once_comes_into_being_once() -> None:
    at_once([move("bank", ADA, "1.00", f"t{n}") for n in range(8)])
    assert LedgerAccount.objects.filter(code=ADA).count() == 1
    assert selectors.balance(ADA, "USD") == usd("8.00")


def test_transfers_in_opposite_directions_do_not_wait_for_each_other_for_ever() -> None:
    move("bank", ADA, "100.00", "a")()
    move("bank", RITA, "100.00", "b")()

    def many(from_: str, to: str, name: str) -> Callable[[], None]:
        def run() -> None:
            for n in range(15):
                move(from_, to, "1.00", f"{name}-{n}")()

        return run

    results = at_once([many(ADA, RITA, "x"), many(RITA, ADA, "y"), many(ADA, RITA, "z"), many(RITA, ADA, "w")])
    assert results == [None] * 4
    assert selectors.balances([ADA, RITA], "USD") == {ADA: usd("100.00"), RITA: usd("100.00")}
    assert services.check().problems == []


def test_a_transaction_is_undone_once_by_many() -> None:
    first = move("bank", ADA, "50.00", "t")()

    def undo(n: int) -> Callable[[], Any]:
        return lambda: reverse(first.public_id, reference=f"undo-{n}", at=AT, reason="mistake")

    results = at_once([undo(n) for n in range(6)])
    assert sum(isinstance(each, LedgerTransaction) for each in results) == 1
    assert sum(isinstance(each, AlreadyReversed) for each in results) == 5
    assert selectors.balance(ADA, "USD").is_zero


def test_the_check_finds_nothing_wrong_while_money_is_moving_and_being_added_up() -> None:
    over = threading.Event()

    def pay(name: str) -> Callable[[], None]:
        def run() -> None:
            for n in range(40):
                move("bank", ADA, "1.00", f"{name}-{n}")()
            over.set()

        return run

    def check() -> list[Any]:
        problems: list[Any] = []
        while not over.is_set():
            problems += services.check().problems
        return problems

    def add_up() -> None:
        while not over.is_set():
            jobs.add_up_busy_accounts()

    results = at_once([pay("a"), pay("b"), check, add_up])
    assert results == [None, None, [], None]
    jobs.add_up_busy_accounts()
    assert selectors.balance("bank", "USD") == usd("-80.00")
    assert services.check().problems == []


def test_a_charge_that_dies_between_booking_and_commit_leaves_nothing() -> None:
    move("bank", ADA, "100.00", "start")()

    def dies() -> None:
        from django.db import transaction

        with transaction.atomic():
            move(ADA, "orders_paid", "49.00", "pay")()
            connection.connection.close()  # the process is gone, the database sees a broken connection
            raise ConnectionError

    (result,) = at_once([dies])
    assert isinstance(result, Exception)
    assert selectors.balance(ADA, "USD") == usd("100.00")
    assert not LedgerTransaction.objects.filter(reference="pay").exists()
    move(ADA, "orders_paid", "49.00", "pay")()
    assert services.check().problems == []
