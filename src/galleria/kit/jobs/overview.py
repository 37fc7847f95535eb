"""What the operator sees of the queue and can do about it (screens O1, O6, O11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from galleria.kit import clock
from galleria.kit.errors import NotFound
from galleria.kit.jobs.crons import crons
from galleria.kit.jobs.registry import enqueue, wake
from galleria.kit.models import CronSlot, Job, JobStat, WorkerBeat


@dataclass(frozen=True, slots=True)
class Waiting:
    """The state of the queue: how much waits, runs, died, and how late the oldest due job is."""

    due: int
    later: int
    running: int
    dead: int
    retrying: int
    oldest_due_at: datetime | None
    by_task: dict[str, int]

    @property
    def lag(self) -> timedelta:
        return clock.now() - self.oldest_due_at if self.oldest_due_at else timedelta()


@dataclass(frozen=True, slots=True)
class Stat:
    """The history of a task."""

    task: str
    runs: int
    failures: int
    last_run_at: datetime | None
    last_ms: int
    mean_ms: int
    last_failed_at: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron job with its last and next slot."""

    name: str
    when: str
    last_slot: datetime | None
    next_slot: datetime
    is_paused: bool
    stat: Stat | None


def dead(task: str | None = None) -> QuerySet[Job]:
    """Jobs that were given up, the latest first."""
    rows = Job.objects.filter(state=Job.State.DEAD).order_by("-dead_at", "-id")
    return rows.filter(task=task) if task else rows


def jobs_about(**args: Any) -> QuerySet[Job]:
    """Jobs of any state whose arguments have these values, say `delivery_id="dlv_…"`."""
    return Job.objects.filter(**{f"args__{name}": value for name, value in args.items()}).order_by("id")


def retry(job_id: str) -> Job:
    """Give a dead job, or one that waits for its next attempt, a fresh start now. Raises NotFound."""
    with transaction.atomic():
        changed = Job.objects.filter(public_id=job_id).exclude(state=Job.State.LEASED)
        if not changed.update(state=Job.State.READY, attempts=0, run_at=clock.now(), dead_at=None):
            raise NotFound
        transaction.on_commit(wake.set)
        return Job.objects.get(public_id=job_id)


def retry_all(task: str) -> int:
    """Give every dead job of a task a fresh start."""
    with transaction.atomic():
        transaction.on_commit(wake.set)
        return dead(task).update(state=Job.State.READY, attempts=0, run_at=clock.now(), dead_at=None)


def discard(job_id: str) -> None:
    """Remove a dead job that needs not be done any more. Raises NotFound."""
    if not Job.objects.filter(public_id=job_id, state=Job.State.DEAD).delete()[0]:
        raise NotFound


def waiting_summary() -> Waiting:
    """The queue in one query, and its due jobs by task in a second."""
    now = clock.now()
    ready = Q(state=Job.State.READY)
    due = ready & Q(run_at__lte=now)
    sums = Job.objects.aggregate(
        due=Count("id", filter=due),
        later=Count("id", filter=ready & Q(run_at__gt=now)),
        running=Count("id", filter=Q(state=Job.State.LEASED)),
        dead=Count("id", filter=Q(state=Job.State.DEAD)),
        retrying=Count("id", filter=ready & Q(attempts__gt=0)),
        oldest_due_at=Min("run_at", filter=due),
    )
    by_task = Job.objects.filter(due).values_list("task").annotate(n=Count("id")).order_by("-n", "task")
    return Waiting(by_task=dict(by_task), **sums)


def stats() -> list[Stat]:
    """The history of every task that has run, by name."""
    return [_stat(row) for row in JobStat.objects.order_by("task")]


def _stat(row: JobStat) -> Stat:
    mean = row.total_ms // row.runs if row.runs else 0
    return Stat(
        row.task, row.runs, row.failures, row.last_run_at, row.last_ms, mean, row.last_failed_at, row.last_error
    )


def schedules() -> list[Schedule]:
    """Every cron job: when it came, when it comes, how it went."""
    now = clock.now()
    slots = {row.name: row for row in CronSlot.objects.all()}
    history = {row.task: _stat(row) for row in JobStat.objects.filter(task__in=list(crons))}
    found = []
    for name, each in sorted(crons.items()):
        slot = slots.get(name)
        last = slot.last_slot if slot is not None and slot.last_slot.year > 1970 else None
        paused = slot is not None and slot.is_paused
        found.append(Schedule(name, each.text, last, each.next(now), paused, history.get(name)))
    return found


def _set_paused(name: str, value: bool) -> None:
    if name not in crons:
        raise NotFound
    latest = crons[name].latest(clock.now())
    CronSlot.objects.update_or_create(
        name=name, defaults={"is_paused": value}, create_defaults={"is_paused": value, "last_slot": latest}
    )


def pause(name: str) -> None:
    """Stop a cron job from coming. Raises NotFound."""
    _set_paused(name, True)


def resume(name: str) -> None:
    """Let a paused cron job come again; if a slot passed meanwhile it comes at once."""
    _set_paused(name, False)


def run_now(name: str) -> str:
    """Queue a cron job outside its slots; returns the job's id. Raises NotFound."""
    if name not in crons:
        raise NotFound
    return enqueue(name, dedupe=f"cron:{name}", slot=clock.now())


def workers() -> list[WorkerBeat]:
    """The workers that gave a sign of life in the last 20 seconds."""
    since = clock.real_now() - timedelta(seconds=20)
    return list(WorkerBeat.objects.filter(seen_at__gte=since).order_by("name"))
