"""Named locks (races/ has the ones with two callers)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from galleria.kit import locks
from galleria.kit.errors import Busy


@pytest.mark.django_db(transaction=True)
def test_locks_are_held_inside_a_transaction_only() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        locks.hold("account:acc_1")


@pytest.mark.django_db
def test_locks_can_be_held_again_and_read_as_a_block() -> None:
    with transaction.atomic():
        locks.hold("b", "a", "a")
        with locks.hold("a"):
            pass
        locks.hold()
        assert _held() == (2 if connection.vendor == "postgresql" else 0)


def _held() -> int:
    """How many locks of names this transaction holds."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_locks_end_with_their_transaction_and_outlive_a_savepoint() -> None:
    with transaction.atomic():
        with transaction.atomic():
            locks.hold("a")
        assert _held() == (1 if connection.vendor == "postgresql" else 0)
    assert _held() == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_held_is_not_asked_for_again_unless_it_was_undone(django_assert_num_queries: Any) -> None:
    one = 1 if connection.vendor == "postgresql" else 0
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            locks.hold("a")
            raise ZeroDivisionError
        assert _held() == 0
        with django_assert_num_queries(one):
            locks.hold("a")
            locks.hold("a")
        assert _held() == one
    with transaction.atomic(), django_assert_num_queries(one):
        locks.hold("a")


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_is_told_and_may_go_on() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite a transaction is the only writer")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            locks.hold("a", "b")
            held.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with transaction.atomic():
        with pytest.raises(Busy) as refused:
            locks.hold("b", "c", wait_ms=50)
        assert refused.value.extra == {"locks": ["b", "c"]}
        assert _held() == 0  # neither is kept
        locks.hold("c", wait_ms=50)  # the transaction goes on
    done.set()
    thread.join()
