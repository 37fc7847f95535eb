"""The tools between two callers: locks, idempotency keys, moves, settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from galleria.kit import locks, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Busy, NotAllowed
from galleria.kit.idempotency import Answer, KeyReused, once
from galleria.kit.models import Job, JobStat
from galleria.kit.states import Machine, Move
from tests.races.together import at_once

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ADA = Actor("usr_ada", account_id="acc_ada")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("_race", range(10))
def test_of_four_callers_who_move_the_same_thing_one_wins(_race: int) -> None:
    machine = Machine(field="state", moves={"bury": Move("ready", "dead")})
    thing = Job.objects.create(public_id="job_1", task="t", run_at=AT, created_at=AT)

    def bury(n: int) -> Callable[[], str]:
        def run() -> str:
            with transaction.atomic():
                return machine.apply(Job.objects.get(pk=thing.pk), "bury", error=f"caller {n}")

        return run

    results = at_once([bury(n) for n in range(4)])
    assert results.count("ready") == 1
    assert sum(isinstance(each, NotAllowed) for each in results) == 3
    assert Job.objects.get().error == f"caller {results.index('ready')}"


def test_the_same_request_at_the_same_moment_is_done_once_and_answered_alike() -> None:
    def request() -> Answer:
        def buy() -> dict[str, int]:
            JobStat.objects.create(task=f"bought by {threading.get_ident()}")
            time.sleep(0.05)
            return {"order": 1}

        return once(ADA, "key", "orders", buy, body={"sku": 1})

    results = at_once([request] * 6)
    assert all(each.body == {"order": 1} for each in results)
    assert sum(not each.is_replay for each in results) == 1
    assert JobStat.objects.count() == 1


def test_the_same_key_with_other_requests_at_the_same_moment_lets_one_pass() -> None:
    results = at_once([lambda n=n: once(ADA, "key", "orders", lambda: {"n": n}, body=n) for n in range(4)])  # type: ignore[misc]
    assert sum(isinstance(each, Answer) for each in results) == 1
    assert sum(isinstance(each, KeyReused) for each in results) == 3


def test_locks_taken_in_any_order_let_everybody_through_one_after_the_other() -> None:
    inside: list[int] = []
    most: list[int] = []

    def work(*names: str) -> Callable[[], None]:
        def run() -> None:
            for _ in range(5):
                with transaction.atomic():
                    locks.hold(*names)
                    inside.append(1)
                    most.append(len(inside))
                    time.sleep(0.005)
                    inside.pop()

        return run

    assert at_once([work("a", "b"), work("b", "a"), work("b", "c", "a")]) == [None] * 3
    assert max(most) == 1


def test_who_waits_too_long_for_a_lock_is_told_so_politely() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: a transaction waits for the other as a whole")
    held, let_go = threading.Event(), threading.Event()

    def holder() -> str:
        with transaction.atomic():
            locks.hold("account:acc_ada")
            held.set()
            let_go.wait(20)
        return "done"

    def waiter() -> Any:
        held.wait(20)
        try:
            with transaction.atomic():
                JobStat.objects.create(task="before the lock")
                begun = time.monotonic()
                with pytest.raises(Busy) as refusal:
                    locks.hold("account:acc_ada", wait_ms=200)
                assert time.monotonic() - begun < 2
                assert refusal.value.code == "BUSY"
                # The transaction is not spoiled: the caller may do something else in it.
                assert JobStat.objects.count() == 1
                locks.hold("account:acc_rita")
        finally:
            let_go.set()
        return "refused"

    assert at_once([holder, waiter]) == ["done", "refused"]


def test_changes_of_a_setting_at_the_same_moment_become_versions_one_after_the_other() -> None:
    at_once([lambda n=n: parameters.change(ADA, "bill.run_day", n, at=AT) for n in range(1, 7)])  # type: ignore[misc]
    assert [row.version for row in parameters.history("bill.run_day")] == [6, 5, 4, 3, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_what_nobody_waits_for_gives_way_but_not_for_long() -> None:
    from datetime import UTC, datetime, timedelta

    from galleria.kit import clock, jobs
    from galleria.kit.jobs import queue

    jobs.job("t.urgent")(_nothing_urgent)
    jobs.job("t.later", priority=jobs.LATER)(_nothing_later)
    begin = datetime(2027, 3, 1, 9, tzinfo=UTC)
    clock.set_for_tests(begin)
    try:
        jobs.enqueue("t.later")
        jobs.enqueue("t.urgent")
        assert [held.task for held in queue.claim("w", 5)] == ["t.urgent"]
        jobs.enqueue("t.urgent")
        clock.advance(timedelta(seconds=30))
        assert sorted(held.task for held in queue.claim("w", 5)) == ["t.later", "t.urgent"]
    finally:
        clock.set_for_tests(None)


def _nothing_urgent() -> None:
    """A task that people wait for."""


def _nothing_later() -> None:
    """A task that nobody waits for."""
