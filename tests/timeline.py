"""Time goes by in a test: from one due instant to the next, without the daily jobs that a test does not ask about."""

from __future__ import annotations

from datetime import datetime

from galleria.kit import clock, jobs
from galleria.kit.models import Job
from galleria.subscribing import services as subscribing


def go_to(until: datetime) -> None:
    """Turn the clock to that instant, and carry out at each stop what is due: timers of subscriptions, and jobs."""
    _work()
    while clock.now() < until:
        now = clock.now()
        job = Job.objects.filter(state=Job.State.READY, run_at__gt=now).order_by("run_at").first()
        stops = [job.run_at if job else None, subscribing.next_due_after(now), until]
        clock.travel_to(min(each for each in stops if each is not None and each <= until))
        _work()


def _work() -> None:
    while subscribing.run_due(clock.now()) or jobs.run_due(with_crons=False).count:
        pass
