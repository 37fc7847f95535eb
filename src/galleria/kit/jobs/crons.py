"""Jobs that come by the clock, each slot queued at most once by any number of schedulers.

Times of day are in the billing time zone (B-TIM-001). Slots missed while no worker ran, or jumped over by a
test clock, are not made up for one by one: the latest one runs, and does all that is due.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction

from galleria.kit import clock
from galleria.kit.jobs.registry import enqueue, job
from galleria.kit.models import CronSlot

F = TypeVar("F", bound=Callable[..., Any])
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def _field(text: str, low: int, high: int) -> frozenset[int]:
    """One field of a cron line: `*`, `5`, `1-5`, `*/15`, `1,15`."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first, last = int(start), int(end or start)
        if not low <= first <= last <= high:
            raise ValueError(f"{part!r} is outside {low} to {high}")
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Line:
    """A five-field cron line: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday)."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    @classmethod
    def parse(cls, text: str) -> Line:
        parts = text.split()
        if len(parts) != 5:
            raise ValueError(f"{text!r} does not have five fields")
        sets = [_field(part, low, high) for part, (low, high) in zip(parts, _RANGES, strict=True)]
        weekdays = frozenset(day % 7 for day in sets[4])
        return cls(
            tuple(sorted(sets[0])), tuple(sorted(sets[1])), sets[2], sets[3], weekdays,
            parts[2] == "*", parts[4] == "*",
        )  # fmt: skip

    def is_on(self, day: date) -> bool:
        """Whether it comes on that day; day of month and weekday are alternatives, as in cron."""
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, (day.weekday() + 1) % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return by_day and by_weekday
        return by_day or by_weekday

    def instants(self, day: date) -> list[datetime]:
        """The slots of one day of the billing time zone, in UTC."""
        if not self.is_on(day):
            return []
        zone = clock.billing_zone()
        return [
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
            for hour in self.hours
            for minute in self.minutes
        ]


@dataclass(frozen=True, slots=True)
class Cron:
    """A task and when it comes: every so many seconds, or by a cron line."""

    name: str
    rhythm: int | Line
    text: str

    @property
    def interval(self) -> timedelta:
        """The shortest time between two slots, roughly."""
        if isinstance(self.rhythm, int):
            return timedelta(seconds=self.rhythm)
        return timedelta(hours=1) if len(self.rhythm.minutes) == 1 else timedelta(minutes=1)

    def latest(self, at: datetime) -> datetime:
        """The last slot at or before that instant."""
        if isinstance(self.rhythm, int):
            return datetime.fromtimestamp(int(at.timestamp()) // self.rhythm * self.rhythm, UTC)
        return self._search(self.rhythm, at, -1, lambda slot: slot <= at)

    def next(self, at: datetime) -> datetime:
        """The first slot after that instant."""
        if isinstance(self.rhythm, int):
            return self.latest(at) + timedelta(seconds=self.rhythm)
        return self._search(self.rhythm, at, 1, lambda slot: slot > at)

    def _search(self, line: Line, at: datetime, step: int, fits: Callable[[datetime], bool]) -> datetime:
        day = clock.billing_date(at)
        for _ in range(366 * 9):
            slots = [slot for slot in line.instants(day) if fits(slot)]
            if slots:
                return slots[0] if step > 0 else slots[-1]
            day += timedelta(days=step)
        raise ValueError(f"{self.text!r} never comes")


crons: dict[str, Cron] = {}


def cron(
    when: str | int | timedelta,
    name: str,
    *,
    outside: bool = False,
    max_attempts: int = 5,
    backoff: Sequence[int] | None = None,
    queue: str = "default",
) -> Callable[[F], F]:
    """Register a function that comes by the clock: `"0 3 * * *"` in the billing zone, or every so many seconds.

    The function takes nothing, or `slot`, the instant that it stands for. One that still waits or runs when its
    next slot comes is not queued twice.
    """
    if isinstance(when, str):
        each = Cron(name, Line.parse(when), when)
        each.next(datetime(2024, 1, 1, tzinfo=UTC))
    else:
        seconds = int(when.total_seconds()) if isinstance(when, timedelta) else when
        if seconds < 1:
            raise ValueError("a cron job comes at most every second")
        each = Cron(name, seconds, f"every {seconds} s")

    def register(function: F) -> F:
        takes_slot = "slot" in inspect.signature(function).parameters
        runner = function if takes_slot else _without_slot(function)
        job(name, max_attempts=max_attempts, outside=outside, queue=queue, backoff=backoff)(runner)
        crons[name] = each
        return function

    return register


def _without_slot(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(slot: datetime | None = None) -> Any:
        return function()

    run.__module__, run.__qualname__ = function.__module__, function.__qualname__
    return run


def schedule_crons() -> int:
    """Queue every cron job whose latest slot has not been queued yet; returns how many were.

    A cron job that was never seen before runs once at once.
    """
    if not crons:
        return 0
    now = clock.now()
    known = {row.name: row for row in CronSlot.objects.filter(name__in=list(crons))}
    new = [name for name in sorted(crons) if name not in known]
    queued = 0
    with transaction.atomic():
        if new:
            never = datetime(1970, 1, 1, tzinfo=UTC)
            CronSlot.objects.bulk_create([CronSlot(name=name, last_slot=never) for name in new], ignore_conflicts=True)
    for name, each in crons.items():
        row, slot = known.get(name), each.latest(now)
        if row is not None and (row.is_paused or row.last_slot >= slot):
            continue
        with transaction.atomic():
            mine = CronSlot.objects.filter(name=name, last_slot__lt=slot, is_paused=False).update(last_slot=slot)
            if mine:
                enqueue(name, dedupe=f"cron:{name}", slot=slot)
                queued += 1
    return queued
