"""The rows of the queue: claiming, renewing, finishing, failing. Fenced by the count of attempts."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, F, Q

from galleria.kit import clock, prepared
from galleria.kit.jobs.registry import RetryLater, tasks
from galleria.kit.jsonable import unpack
from galleria.kit.models import Job
from galleria.kit.prepared import Names, Prepared
from galleria.kit.texts import storable

log = structlog.get_logger("galleria.jobs")

LANE_LIMIT = 4
_CLAIM_LOCK = 0x6A0B5  # any constant: names the advisory lock under which lanes are counted
_ERROR_SIZE = 4000


@dataclass(frozen=True, slots=True)
class Claimed:
    """A leased job as a worker holds it."""

    pk: int
    public_id: str
    task: str
    args: dict[str, Any]
    lane: str
    outside: bool
    attempts: int
    max_attempts: int
    worker: str

    def row(self) -> Any:
        """The row, if the lease is still ours."""
        return Job.objects.filter(pk=self.pk, state=Job.State.LEASED, attempts=self.attempts, leased_by=self.worker)


LATER_WAITS = timedelta(seconds=30)
"""How long a task of a later priority gives way to urgent ones."""


def lease_seconds() -> int:
    """How long a worker may be silent before its jobs are given to others."""
    return int(getattr(settings, "GALLERIA_JOB_LEASE_SECONDS", 30))


# ----- questions, made once for each combination of kinds and queues that is asked for -----

_ORDER = ("priority", "run_at", "id")
_READ = (*_ORDER, "public_id", "task", "args", "lane", "outside", "attempts", "max_attempts")


def _due(p: Names, outside: bool | None, some_queues: bool) -> Any:
    rows = Job.objects.filter(state=Job.State.READY, run_at__lte=p("now"))
    rows = rows.filter(outside__in=(False, True) if outside is None else (outside,))
    return rows.filter(queue__in=p.among("queues", str)) if some_queues else rows


@cache
def _any_due(outside: bool | None, some_queues: bool) -> Prepared[int]:
    return Prepared(lambda p: _due(p, outside, some_queues).values_list("pk", flat=True)[:1])


@cache
def _to_claim(outside: bool, some_queues: bool, limit: int) -> Prepared[Any]:
    """While people wait for something, what nobody waits for gives way, but not for long (`patient`)."""

    def build(p: Names) -> Any:
        urgent = _due(p, None, some_queues).filter(priority=0)
        rows = _due(p, outside, some_queues).exclude(lane__in=p.among("full", str))
        rows = rows.filter(Q(priority=0) | Q(run_at__lte=p("patient")) | ~Exists(urgent))
        rows = rows.order_by(*_ORDER).select_for_update(skip_locked=True)
        return rows.values_list(*_READ)[:limit]

    return Prepared(build)


def _first(outside: bool | None, some_queues: bool, limit: int, *, full: list[str], **known: Any) -> list[Any]:
    """The first due ones, in their order. Each kind is asked for by itself: the index has their order only within a
    kind, and sorting both would cost more the more jobs wait."""
    kinds = (False, True) if outside is None else (outside,)
    found: list[Any] = []
    for kind in kinds:
        found += _to_claim(kind, some_queues, limit).all(full=full if kind else [], **known)
    return sorted(found, key=lambda row: row[: len(_ORDER)])[:limit]


_LANES: Prepared[Any] = Prepared(
    lambda _p: (
        Job.objects.filter(state=Job.State.LEASED, outside=True)
        .exclude(lane="")
        .values_list("lane")
        .annotate(held=Count("id"))
    )
)


def has_due(*, outside: bool | None = None, queues: Collection[str] | None = None) -> bool:
    """Whether a claim is worth a write transaction."""
    return _any_due(outside, bool(queues)).one(now=clock.now(), queues=list(queues or ())) is not None


def claim(
    worker: str,
    limit: int,
    *,
    outside: bool | None = None,
    queues: Collection[str] | None = None,
    lane_limit: int | None = LANE_LIMIT,
) -> list[Claimed]:
    """Lease up to `limit` due jobs, the more urgent and then the older first, and of those that talk to others at most
    `lane_limit` of a lane at once over all workers. Database-only ones are short and hold up nobody in their lane."""
    return claim_each(worker, {outside: limit}, queues=queues, lane_limit=lane_limit)


def claim_each(
    worker: str,
    limits: Mapping[bool | None, int],
    *,
    queues: Collection[str] | None = None,
    lane_limit: int | None = LANE_LIMIT,
) -> list[Claimed]:
    """The same with a limit for each kind of jobs: those that talk to others, and the database-only ones."""
    now = clock.now()
    known = {"now": now, "patient": now - LATER_WAITS, "queues": list(queues or ())}
    chosen: list[Claimed] = []
    with transaction.atomic():
        busy: Counter[str] = Counter()
        if lane_limit is not None:
            if connection.vendor == "postgresql":
                # Counting a lane and taking from it must not interleave with another worker doing the same.
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CLAIM_LOCK])
            busy.update(dict(_LANES.all()))
        for outside, limit in limits.items():
            full = [lane for lane, held in busy.items() if lane_limit is not None and held >= lane_limit]
            # A few more than wanted, since some may fall out because their lane fills up within this batch.
            look_at = limit if lane_limit is None or outside is False else 1 << (limit * 4 - 1).bit_length()
            found = _first(outside, bool(queues), look_at, full=full, **known)
            chosen += _chosen(worker, found, limit, busy, lane_limit)
        if chosen:
            until = clock.real_now() + timedelta(seconds=lease_seconds())
            lease = {"state": Job.State.LEASED.value, "lease_until": until, "leased_by": worker}
            prepared.update(Job, {}, lease, add={"attempts": 1}, one_of=("id", [held.pk for held in chosen]))
    return chosen


def _chosen(worker: str, found: Iterable[Any], limit: int, busy: Counter[str], lane_limit: int | None) -> list[Claimed]:
    """The first of the found ones whose lanes have room; their lanes are counted up."""
    chosen: list[Claimed] = []
    for _priority, _run_at, pk, public_id, task, args, lane, outside, attempts, max_attempts in found:
        if len(chosen) == limit:
            break
        if lane_limit is not None and lane and outside:
            if busy[lane] >= lane_limit:
                continue
            busy[lane] += 1
        chosen.append(Claimed(pk, public_id, task, unpack(args), lane, outside, attempts + 1, max_attempts, worker))
    return chosen


def renew(worker: str, pks: Iterable[int]) -> int:
    """Keep the leases of a worker that is alive."""
    return Job.objects.filter(pk__in=list(pks), state=Job.State.LEASED, leased_by=worker).update(
        lease_until=clock.real_now() + timedelta(seconds=lease_seconds())
    )


def give_back(worker: str, pks: Iterable[int]) -> int:
    """Return jobs that were leased and not begun; it costs them no attempt."""
    return Job.objects.filter(pk__in=list(pks), state=Job.State.LEASED, leased_by=worker).update(
        state=Job.State.READY, attempts=F("attempts") - 1, lease_until=None, leased_by=""
    )


def reclaim_lost() -> int:
    """Make jobs ready again whose worker died; those without attempts left are declared dead."""
    lost = Q(state=Job.State.LEASED, lease_until__lt=clock.real_now())
    if not Job.objects.filter(lost).exists():
        return 0
    count = 0
    for row in Job.objects.filter(lost, attempts__gte=F("max_attempts"))[:100]:
        held = Claimed(
            row.pk, row.public_id, row.task, unpack(row.args), row.lane, row.outside,
            row.attempts, row.max_attempts, row.leased_by,
        )  # fmt: skip
        _declare_dead(held, f"{row.error}\nThe worker died while it ran this job.".strip())
        count += 1
    return count + Job.objects.filter(lost, attempts__lt=F("max_attempts")).update(
        state=Job.State.READY, lease_until=None, leased_by=""
    )


def finish(held: Claimed) -> bool:
    """Delete the job that is done. False when the lease was lost meanwhile."""
    mine = {"id": held.pk, "state": Job.State.LEASED.value, "attempts": held.attempts, "leased_by": held.worker}
    return bool(prepared.delete(Job, mine))


def describe(error: BaseException) -> str:
    """The error as the operator reads it: its words first, then where it happened; storable, whatever its words are."""
    words = f"{type(error).__name__}: {error}".strip()
    where = "".join(traceback.format_tb(error.__traceback__)[-6:])
    return storable(f"{words[: _ERROR_SIZE // 2]}\n{where}", _ERROR_SIZE)


def fail(held: Claimed, error: BaseException) -> str:
    """Record a failure; returns `retry`, `dead` or `lost`. Exponential back-off, or what the job asked for."""
    task = tasks.get(held.task)
    uncounted = isinstance(error, RetryLater) and not error.counts
    final = type(error).__name__ == "GiveUp" or (held.attempts >= held.max_attempts and not uncounted)
    text = describe(error)
    if final:
        return "dead" if _declare_dead(held, text) else "lost"
    now = clock.now()
    run_at = now + (task.delay_after(held.attempts) if task else timedelta(minutes=5))
    if isinstance(error, RetryLater):
        run_at = error.at or (now + error.delay if error.delay is not None else run_at)
    changed = held.row().update(
        state=Job.State.READY,
        run_at=run_at,
        attempts=held.attempts - 1 if uncounted else held.attempts,
        lease_until=None,
        leased_by="",
        error=text,
    )
    return "retry" if changed else "lost"


def _declare_dead(held: Claimed, text: str) -> bool:
    """Mark it dead together with what its task does about that; the mark stays even if that fails."""
    task = tasks.get(held.task)
    try:
        with transaction.atomic():
            if not _mark_dead(held, text):
                return False
            if task is not None and task.on_dead is not None:
                task.on_dead(text, **held.args)
    except Exception as error:
        log.exception("job.on_dead_failed", job=held.public_id, task=held.task)
        return _mark_dead(held, f"{text}\nWhat should follow its death failed too: {describe(error)}")
    return True


def _mark_dead(held: Claimed, text: str) -> bool:
    return bool(
        held.row().update(
            state=Job.State.DEAD, dead_at=clock.now(), lease_until=None, leased_by="", dedupe=None, error=text
        )
    )
