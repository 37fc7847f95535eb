"""Running one leased job, and running all that is due in the process of a test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import structlog
from django.db import connection, transaction
from django.db.models import F

from galleria.kit import clock
from galleria.kit.jobs import crons, queue
from galleria.kit.jobs.queue import Claimed
from galleria.kit.jobs.registry import GiveUp, JobInfo, RetryLater, UnknownJob, current_job, tasks
from galleria.kit.models import Job, JobStat
from galleria.kit.prepared import Prepared
from galleria.kit.texts import storable

log = structlog.get_logger("galleria.jobs")

Outcome = Literal["done", "retry", "dead", "lost"]


class LeaseLost(Exception):
    """Another worker has the job now; what this one did in its transaction is rolled back."""


def run_claimed(held: Claimed, *, raising: bool = False) -> Outcome:
    """Run a leased job to its outcome and count it. With `raising`, unexpected errors are raised again."""
    info = JobInfo(held.public_id, held.task, held.attempts, held.max_attempts, held.lane)
    token = current_job.set(info)
    begun = time.perf_counter()
    error: Exception | None = None
    try:
        outcome = _run(held)
    except LeaseLost:
        log.warning("job.lease_lost", job=held.public_id, task=held.task)
        return "lost"
    except Exception as caught:
        error = caught
        outcome = _failed(held, caught)
    finally:
        current_job.reset(token)
        elapsed = time.perf_counter() - begun
    _counters.add(held.task, elapsed, error if not _is_waiting(error) else None)
    if error is not None and raising and not isinstance(error, RetryLater | GiveUp):
        raise error
    return outcome


def _is_waiting(error: Exception | None) -> bool:
    """A job that merely polls has not failed."""
    return isinstance(error, RetryLater) and not error.counts


def _run(held: Claimed) -> Outcome:
    task = tasks.get(held.task)
    if task is None:
        raise UnknownJob(f"there is no task {held.task!r} in this version")
    if task.outside:
        task.run(**held.args)
        if not queue.finish(held):
            raise LeaseLost
        return "done"
    with transaction.atomic():
        task.run(**held.args)
        if not queue.finish(held):
            raise LeaseLost
    return "done"


def _failed(held: Claimed, error: Exception) -> Outcome:
    outcome = queue.fail(held, error)
    facts = {"job": held.public_id, "task": held.task, "attempt": held.attempts, "outcome": outcome}
    if isinstance(error, RetryLater | GiveUp):
        log.info("job.failed", error=str(error), **facts)
    else:
        log.error("job.failed", exc_info=error, **facts)
    return outcome  # type: ignore[return-value]


# ----- counting -----


@dataclass(slots=True)
class _Count:
    runs: int = 0
    failures: int = 0
    total_ms: int = 0
    last_ms: int = 0
    last_run_at: datetime | None = None
    last_failed_at: datetime | None = None
    last_error: str = ""


class _Counters:
    """Counts of this process, written to the table now and then: one row a task, not one a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, _Count] = {}

    def add(self, task: str, seconds: float, error: Exception | None) -> None:
        with self._lock:
            count = self._counts.setdefault(task, _Count())
            count.runs += 1
            count.last_ms = round(seconds * 1000)
            count.total_ms += count.last_ms
            count.last_run_at = clock.now()
            if error is not None:
                count.failures += 1
                count.last_failed_at = count.last_run_at
                count.last_error = storable(f"{type(error).__name__}: {error}", 1000)

    def flush(self) -> None:
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            self._write(counts)
        except Exception:
            log.warning("job.stats_not_written", exc_info=True)

    @staticmethod
    def _write(counts: dict[str, _Count]) -> None:
        with transaction.atomic():
            JobStat.objects.bulk_create([JobStat(task=name) for name in sorted(counts)], ignore_conflicts=True)
            for name, count in sorted(counts.items()):
                failed = (
                    {"last_failed_at": count.last_failed_at, "last_error": count.last_error} if count.failures else {}
                )
                JobStat.objects.filter(task=name).update(
                    runs=F("runs") + count.runs,
                    failures=F("failures") + count.failures,
                    total_ms=F("total_ms") + count.total_ms,
                    last_ms=count.last_ms,
                    last_run_at=count.last_run_at,
                    **failed,
                )


_counters = _Counters()
flush_stats = _counters.flush


# ----- for tests and one-off commands -----


@dataclass(slots=True)
class Ran:
    """What `run_due` did."""

    done: list[str] = field(default_factory=list)
    retried: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.done) + len(self.retried) + len(self.died)


def run_due(
    until: datetime | None = None, *, with_crons: bool = True, raise_errors: bool = False, limit: int = 100_000
) -> Ran:
    """Run everything that is due, in this process, in order, and what that brings about; then return.

    With `until` the test clock is turned from one due instant to the next up to that time: queued jobs at their
    `run_at`, cron jobs at their times of the day (those that come every so often run once at each stop).
    """
    ran = Ran()
    _run_now(ran, with_crons, raise_errors, limit)
    while until is not None and clock.now() < until:
        clock.travel_to(min(_next_instant(with_crons) or until, until))
        _run_now(ran, with_crons, raise_errors, limit)
    flush_stats()
    return ran


def has_queue() -> bool:
    """Whether there is a database with a queue in it."""
    return Job._meta.db_table in connection.introspection.table_names()


_timetables: list[Callable[[datetime], datetime | None]] = []


def also_stop_at(next_after: Callable[[datetime], datetime | None]) -> None:
    """Tell of a timetable besides the queue: when the clock is turned, it stops at its instants too.

    `next_after` answers the first instant after the one it is given, or None.
    """
    if next_after not in _timetables:
        _timetables.append(next_after)


_NEXT_RUN: Prepared[datetime] = Prepared(
    lambda p: (
        Job.objects.filter(state=Job.State.READY, run_at__gt=p("now"))
        .order_by("run_at")
        .values_list("run_at", flat=True)[:1]
    )
)


def _next_instant(with_crons: bool) -> datetime | None:
    now = clock.now()
    first = _NEXT_RUN.one(now=now)
    instants = [first] if first is not None else []
    instants += [found for each in _timetables if (found := each(now)) is not None]
    if with_crons:
        instants += [each.next(now) for each in crons.crons.values() if _has_times(each)]
    return min(instants, default=None)


def _has_times(each: crons.Cron) -> bool:
    """Whether it comes at times of the day; what comes every so often runs at each stop, and needs none of its own."""
    if isinstance(each.rhythm, int):
        return each.interval >= timedelta(days=1)
    return len(each.rhythm.hours) * len(each.rhythm.minutes) <= _FEW


_FEW = 4
_PATIENCE = 15.0
_ME = "run_due"
_AT_ONCE = 20
"""How many jobs are leased in one transaction."""
_LEASED_BY_OTHERS: Prepared[int] = Prepared(
    lambda p: (
        Job.objects.filter(state=Job.State.LEASED, run_at__lte=p("now"))
        .exclude(leased_by=_ME)
        .values_list("pk", flat=True)[:1]
    )
)


def _others_finish() -> bool:
    """Wait for jobs that workers are at, so that what they do is done at this instant; True when some were."""
    begun, waited = time.monotonic(), False
    while _LEASED_BY_OTHERS.one(now=clock.now()) is not None and time.monotonic() - begun < _PATIENCE:
        waited = True
        time.sleep(0.02)
    return waited


def _run_now(ran: Ran, with_crons: bool, raise_errors: bool, limit: int) -> None:
    if with_crons:
        crons.schedule_crons()
    while ran.count < limit:
        held = queue.claim(_ME, min(_AT_ONCE, limit - ran.count), lane_limit=None)
        if held:
            _run_each(held, ran, raise_errors)
        elif not _others_finish():
            return
    raise RuntimeError(f"more than {limit} jobs: do they queue each other without end?")


def _run_each(held: list[Claimed], ran: Ran, raise_errors: bool) -> None:
    """Run leased jobs one after the other; if one raises, those that were not begun go back."""
    lists = {"done": ran.done, "retry": ran.retried, "dead": ran.died}
    for place, each in enumerate(held):
        try:
            outcome = run_claimed(each, raising=raise_errors)
        except BaseException:
            queue.give_back(_ME, [later.pk for later in held[place + 1 :]])
            raise
        lists.get(outcome, ran.retried).append(each.task)
