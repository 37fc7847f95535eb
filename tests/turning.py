"""Turning the clock in tests: everything that falls due on the way happens, each at its own time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from galleria.kit import clock, jobs
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Timer

ZONE = ZoneInfo("Etc/GMT-8")  # the billing zone, GMT+08:00


def local(text: str) -> datetime:
    """An instant on the clock of the billing zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def turn_to(instant: datetime | str) -> datetime:
    """Go forward to an instant (a text is billing time); timers and jobs run when they are due."""
    target = local(instant) if isinstance(instant, str) else instant
    while True:
        coming = Timer.objects.filter(state="waiting", try_at__lte=target).order_by("try_at").first()
        if coming is None or coming.try_at is None:
            break
        clock.set_for_tests(max(clock.now(), coming.try_at))
        work()
    clock.set_for_tests(target)
    work()
    return target


def work() -> None:
    """What is due in this moment: timers, then jobs and what follows from them."""
    while subscribing.run_due(clock.now()):
        jobs.run_due(raise_errors=True)
    jobs.run_due(raise_errors=True)
