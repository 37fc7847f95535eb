"""What reviewing does by the clock."""

from __future__ import annotations

from datetime import timedelta

from galleria.kit import clock, jobs, outbox
from galleria.reviewing import events, rules, selectors


@jobs.cron("0 8 * * *", "reviewing.remind")
def remind() -> None:
    """On the morning of a working day tell what is due until the next one, and what is overdue."""
    at = clock.now()
    local = at.astimezone(clock.billing_zone())
    off = selectors.holidays(local.date())
    if not rules.is_working_day(local.date(), off):
        return
    end = rules.begin_of_day(local) + timedelta(days=1)
    for kind, (due, overdue) in sorted(selectors.due_until(end, at).items()):
        outbox.publish(events.ReviewsDue(kind, local.date().isoformat(), due, overdue))
