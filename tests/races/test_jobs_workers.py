"""Workers: several at once, killed, stopped, slow, cut off from the database. Nothing is lost or done twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from galleria.kit import clock, jobs
from galleria.kit.jobs import crons, queue, registry
from galleria.kit.models import Job, JobStat
from galleria.worker import Worker, run_worker
from tests.races.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
PROCESS = Path(__file__).with_name("worker_process.py")


@pytest.fixture(autouse=True)
def own_tasks() -> Iterator[None]:
    """Only the tasks of the test."""
    tables: list[dict[Any, Any]] = [registry.tasks, crons.crons]
    saved = [(table, dict(table)) for table in tables]
    for table in tables:
        table.clear()
    yield
    for table, content in saved:
        table.clear()
        table.update(content)


@pytest.fixture
def worker() -> Iterator[Callable[..., Worker]]:
    """Starts workers in threads of this process and stops them in the end."""
    started: list[tuple[Worker, threading.Thread]] = []

    def start(threads: int = 4) -> Worker:
        each = Worker(threads, poll=0.01)

        def run() -> None:
            try:
                each.run()
            finally:
                connections.close_all()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        started.append((each, thread))
        return each

    yield start
    for each, _thread in started:
        each.stop()
    for _each, thread in started:
        thread.join(30)
        assert not thread.is_alive()


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def nothing_left() -> bool:
    return not Job.objects.exists()


# ----- several workers -----


def test_two_workers_do_every_job_once(worker: Callable[..., Worker]) -> None:
    @jobs.job("t.inside")
    def inside(n: int) -> None:
        JobStat.objects.create(task=f"done {n}")  # unique: a second time would fail and stay as a job

    called: list[int] = []
    jobs.job("t.outside", outside=True)(lambda n: called.append(n))  # noqa: PLW0108  arguments come by name
    with transaction.atomic():
        for n in range(100):
            jobs.enqueue("t.inside", n=n)
            jobs.enqueue("t.outside", n=n)
    first, second = worker(), worker()
    wait_until(nothing_left)
    assert JobStat.objects.filter(task__startswith="done").count() == 100
    assert sorted(called) == list(range(100))
    wait_until(lambda: first.done + second.done == 200)


def test_claims_at_the_same_moment_never_overlap() -> None:
    jobs.job("t.x")(lambda n: None)
    with transaction.atomic():
        for n in range(60):
            jobs.enqueue("t.x", n=n)
    results = at_once([lambda n=n: queue.claim(f"w{n}", 15) for n in range(6)])  # type: ignore[misc]
    claimed = [held.pk for each in results for held in each]
    assert len(claimed) == len(set(claimed)) == 60


def test_the_limit_of_a_lane_holds_over_all_workers() -> None:
    jobs.job("t.x", outside=True)(lambda n: None)
    with transaction.atomic():
        for n in range(40):
            jobs.enqueue("t.x", lane="seller:slow", n=n)
    results = at_once([lambda n=n: queue.claim(f"w{n}", 10) for n in range(6)])  # type: ignore[misc]
    assert sum(len(each) for each in results) == queue.LANE_LIMIT == 4


def test_a_slot_is_queued_once_by_schedulers_at_the_same_moment() -> None:
    jobs.cron("0 3 * * *", "t.nightly")(lambda: None)
    assert sum(at_once([jobs.schedule_crons] * 6)) == 1
    assert Job.objects.count() == 1


def test_of_the_same_dedupe_at_the_same_moment_one_is_queued() -> None:
    jobs.job("t.x")(lambda: None)
    ids = at_once([lambda: jobs.enqueue("t.x", dedupe="one")] * 6)
    assert len(set(ids)) == 1
    assert Job.objects.count() == 1


# ----- slow sellers and long jobs -----


def test_a_slow_seller_does_not_delay_the_others(worker: Callable[..., Worker]) -> None:
    release = threading.Event()
    quick: list[float] = []

    @jobs.job("t.call", outside=True)
    def call(slow: bool) -> None:
        if slow:
            release.wait(30)
        else:
            quick.append(time.monotonic())

    with transaction.atomic():
        for _ in range(50):
            jobs.enqueue("t.call", lane="seller:slow", slow=True)
        for n in range(30):
            jobs.enqueue("t.call", lane=f"seller:{n % 5}", slow=False)
    worker(8)
    wait_until(lambda: len(quick) == 30)
    assert Job.objects.filter(state="leased", lane="seller:slow").count() == 4
    release.set()
    wait_until(nothing_left)


def test_a_slow_call_does_not_delay_jobs_that_need_the_database_only(worker: Callable[..., Worker]) -> None:
    release = threading.Event()
    jobs.job("t.call", outside=True)(lambda: release.wait(30))
    jobs.job("t.note")(lambda: None)
    with transaction.atomic():
        for _ in range(10):
            jobs.enqueue("t.call")
        jobs.enqueue("t.note")
    worker(2)
    wait_until(lambda: not Job.objects.filter(task="t.note").exists())
    release.set()
    wait_until(nothing_left)


def test_a_job_that_takes_longer_than_its_lease_keeps_it(settings: Any, worker: Callable[..., Worker]) -> None:
    settings.GALLERIA_JOB_LEASE_SECONDS = 1
    begun: list[int] = []

    @jobs.job("t.long", outside=True)
    def long() -> None:
        begun.append(1)
        time.sleep(3)

    jobs.enqueue("t.long")
    worker()
    worker()
    wait_until(nothing_left)
    assert begun == [1]


def test_a_turned_clock_makes_later_jobs_due_at_once(worker: Callable[..., Worker], at: object) -> None:
    ran: list[object] = []
    jobs.job("t.later")(lambda: ran.append(clock.now()))
    jobs.enqueue("t.later", run_at=clock.now() + timedelta(days=30))
    worker()
    time.sleep(0.3)
    assert ran == []
    then = clock.advance(timedelta(days=30))
    wait_until(nothing_left)
    assert ran == [then]


def test_once_returns_when_nothing_is_due_and_tells_how_much_it_did() -> None:
    @jobs.job("t.chain", outside=True)
    def chain(n: int) -> None:
        if n:
            jobs.enqueue("t.chain", n=n - 1)

    jobs.enqueue("t.chain", n=5)
    jobs.enqueue("t.chain", n=0, run_at=clock.now() + timedelta(days=1))
    assert run_worker(threads=2, once=True) == 6
    assert Job.objects.count() == 1
    assert jobs.workers() == []


def test_a_worker_that_stops_gives_back_what_it_has_not_begun(worker: Callable[..., Worker]) -> None:
    release = threading.Event()
    begun: list[int] = []

    @jobs.job("t.call", outside=True)
    def call(n: int) -> None:
        begun.append(n)
        release.wait(30)

    with transaction.atomic():
        for n in range(30):
            jobs.enqueue("t.call", n=n)
    each = worker(3)
    wait_until(lambda: len(begun) == 3)
    assert len(jobs.workers()) == 1
    each.stop()
    release.set()
    wait_until(lambda: not Job.objects.filter(state="leased").exists())
    left = Job.objects.all()
    assert {row.args["n"] for row in left} == set(range(30)) - set(begun)
    assert {row.attempts for row in left} == {0}
    assert len(begun) == 3


# ----- processes -----


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a worker as a process of its own on the same database; `PROCESS` has its tasks."""
    started: list[subprocess.Popen[str]] = []

    def start(**changes: str) -> subprocess.Popen[str]:
        databases = {key: value for key, value in connection.settings_dict.items() if key not in ("TEST", "TIME_ZONE")}
        env = {
            **os.environ,
            "WORKER_DATABASE": json.dumps(databases, default=str),
            "WORKER_FOLDER": str(tmp_path),
            **changes,
        }
        each = subprocess.Popen([sys.executable, str(PROCESS)], env=env, text=True, stderr=subprocess.PIPE)
        started.append(each)
        return each

    yield start
    for each in started:
        if each.poll() is None:
            each.kill()
        each.communicate(timeout=20)


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[], list[str]]:
    """What the tasks of the process wrote down."""
    path = tmp_path / "calls"
    return lambda: path.read_text().splitlines() if path.exists() else []


def register_process_tasks() -> None:
    for name in ("call", "long_call"):
        jobs.job(f"p.{name}", outside=True)(lambda **_args: None)
    jobs.job("p.write")(lambda **_args: None)


@pytest.mark.parametrize(
    ("task", "killed", "expected"),
    [
        ("p.call", "before", ["call", "record"]),
        ("p.call", "during", ["call", "call", "record"]),
        ("p.call", "after", ["call", "record", "call", "record"]),
        ("p.write", "during", ["write"]),
    ],
)
def test_a_worker_killed_with_9_is_replaced_and_the_job_is_done(
    task: str,
    killed: str,
    expected: list[str],
    process: Callable[..., subprocess.Popen[str]],
    calls: Callable[[], list[str]],
) -> None:
    register_process_tasks()
    job_id = jobs.enqueue(task)
    first = process(WORKER_KILL=killed)
    assert first.wait(30) == -signal.SIGKILL
    row = Job.objects.get()
    assert (row.state, row.attempts) == ("leased", 1)
    assert not JobStat.objects.filter(task="trace").exists()
    second = process()
    wait_until(nothing_left, 30)
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0
    lines = calls()
    assert [line.split()[0] for line in lines] == expected
    # The same idempotency key over all attempts, so that the other side can tell that it is the same request.
    assert {line.split()[1] for line in lines} == {job_id}
    assert JobStat.objects.filter(task="trace").count() == (1 if task == "p.write" else 0)


def test_a_worker_that_is_asked_to_stop_finishes_what_it_has_begun(
    process: Callable[..., subprocess.Popen[str]], calls: Callable[[], list[str]]
) -> None:
    register_process_tasks()
    jobs.enqueue("p.long_call")
    each = process()
    wait_until(lambda: bool(calls()), 30)
    each.send_signal(signal.SIGTERM)
    assert each.wait(30) == 0
    assert [line.split()[0] for line in calls()] == ["begin", "end"]
    assert nothing_left()


def test_a_second_request_to_stop_is_obeyed_at_once(
    process: Callable[..., subprocess.Popen[str]], calls: Callable[[], list[str]]
) -> None:
    register_process_tasks()
    jobs.enqueue("p.long_call")
    each = process(WORKER_LONG="60")
    wait_until(lambda: bool(calls()), 30)
    each.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    each.send_signal(signal.SIGTERM)
    assert each.wait(10) == 128 + signal.SIGTERM
    assert Job.objects.get().state == "leased"


def test_a_worker_survives_that_the_database_hangs_up(worker: Callable[..., Worker]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a file does not hang up")
    ran: list[int] = []
    jobs.job("t.call", outside=True)(lambda n: ran.append(n))  # noqa: PLW0108
    jobs.job("t.note")(lambda n: ran.append(n))  # noqa: PLW0108
    worker()
    for n in range(4):
        jobs.enqueue("t.call" if n % 2 else "t.note", n=n)
        wait_until(nothing_left)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        time.sleep(0.2)
    jobs.enqueue("t.note", n=9)
    wait_until(nothing_left, 60)
    assert set(ran) == {0, 1, 2, 3, 9}
