"""Which tasks there are, and how to put one into the queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction

from galleria.kit import clock, ids, prepared
from galleria.kit.jsonable import pack
from galleria.kit.models import Job

F = TypeVar("F", bound=Callable[..., Any])


LATER = 5
"""Priority of what people do not wait for, such as mails."""


class UnknownJob(LookupError):
    """No task of this name is registered in this process."""


class RetryLater(Exception):
    """Raised by a job that wants to be run again at a time of its own choosing.

    Give `delay` or `at`. It uses up an attempt unless `counts` is false (polling an answer that is not there yet).
    """

    def __init__(
        self,
        message: str = "",
        *,
        delay: timedelta | None = None,
        at: datetime | None = None,
        counts: bool = True,
    ) -> None:
        super().__init__(message)
        self.delay = delay
        self.at = at
        self.counts = counts


class GiveUp(Exception):
    """Raised by a job for which trying again is useless: it is dead at once."""


@dataclass(frozen=True, slots=True)
class JobInfo:
    """The running job. `key` stays the same over all attempts."""

    key: str
    task: str
    attempt: int
    max_attempts: int
    lane: str

    @property
    def is_last_attempt(self) -> bool:
        return self.attempt >= self.max_attempts


@dataclass(frozen=True, slots=True)
class Task:
    """A registered function with its rules of retry."""

    name: str
    run: Callable[..., Any]
    outside: bool
    queue: str
    max_attempts: int
    backoff: Sequence[int] | None
    on_dead: Callable[..., None] | None
    priority: int = 0

    def delay_after(self, attempt: int) -> timedelta:
        """How long to wait after that many attempts: the table of the task, or 10 s doubling up to an hour."""
        if self.backoff:
            return timedelta(seconds=self.backoff[min(attempt, len(self.backoff)) - 1])
        return timedelta(seconds=min(10 * 2 ** min(attempt - 1, 12), 3600))


tasks: dict[str, Task] = {}
wake = threading.Event()
"""Set when a transaction that queued something commits: a worker in the same process need not poll."""

current_job: ContextVar[JobInfo | None] = ContextVar("galleria_current_job", default=None)


def current() -> JobInfo:
    """The job that is running here. Raises LookupError outside jobs."""
    info = current_job.get()
    if info is None:
        raise LookupError("no job is running")
    return info


def job(
    name: str,
    *,
    max_attempts: int = 10,
    outside: bool = False,
    queue: str = "default",
    backoff: Sequence[int] | None = None,
    on_dead: Callable[..., None] | None = None,
    priority: int = 0,
) -> Callable[[F], F]:
    """Register a function as a task. Under load tasks of a lower `priority` number go first: `LATER` can wait.

    `backoff` lists the waits in seconds after the first, second … failure; the last one repeats. `on_dead(error,
    **args)` runs in the transaction that declares the job dead.
    """

    def register(function: F) -> F:
        known = tasks.get(name)
        if known is not None and _place(known.run) != _place(function):
            raise ValueError(f"two functions want to be the task {name!r}")
        tasks[name] = Task(name, function, outside, queue, max_attempts, backoff, on_dead, priority)
        return function

    return register


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    return function.__module__, getattr(function, "__qualname__", repr(function))


def enqueue(
    name: str,
    /,
    *,
    run_at: datetime | None = None,
    dedupe: str | None = None,
    lane: str = "",
    queue: str | None = None,
    **args: Any,
) -> str:
    """Put a job into the queue, in the caller's transaction; returns its public id.

    Of jobs with the same `dedupe` only one can wait or run: while it does, its id is returned instead. Of one
    `lane` (say `seller:slr_…`) only a few run at once. Raises UnknownJob, and TypeError for arguments that are
    not plain data.
    """
    return enqueue_values(name, args, run_at=run_at, dedupe=dedupe, lane=lane, queue=queue)


def enqueue_values(
    name: str,
    args: Mapping[str, Any],
    *,
    run_at: datetime | None = None,
    dedupe: str | None = None,
    lane: str = "",
    queue: str | None = None,
) -> str:
    """`enqueue` with the arguments as a mapping, so that they may have any name."""
    task = tasks.get(name)
    if task is None:
        raise UnknownJob(f"there is no task {name!r}; is its module imported by the wiring?")
    now = clock.now()
    row = Job(
        public_id=ids.new_id("job", now),
        task=name,
        args=_packed(args),
        queue=queue or task.queue,
        lane=lane,
        outside=task.outside,
        priority=task.priority,
        run_at=run_at or now,
        max_attempts=task.max_attempts,
        dedupe=dedupe,
        created_at=now,
    )
    if dedupe is None:
        prepared.insert(row)
    else:
        while not prepared.insert_new(row, by="public_id"):
            found = Job.objects.filter(dedupe=dedupe).values_list("public_id", flat=True).first()
            if found is not None:  # otherwise the other one was done in this very moment
                return found
    transaction.on_commit(wake.set)
    return row.public_id


def _packed(args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: pack(value) for name, value in args.items()}
