"""The clock: what is due is carried out every minute, and planned anew when settings change."""

from __future__ import annotations

from galleria.kit import clock, jobs
from galleria.subscribing import services


# Outside: an event may charge a card; each is a transaction of its own, and bears to be begun twice.
@jobs.cron(60, "subscribing.run_timers", outside=True)
def run_timers() -> None:
    while services.replan_changed(clock.now()):
        pass
    while services.run_due(clock.now()):
        pass


jobs.also_stop_at(services.next_due_after)
