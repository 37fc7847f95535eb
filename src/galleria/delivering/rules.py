"""When a failed call is tried again, and when polling asks next: pure functions of times already passed."""

from __future__ import annotations

from datetime import datetime, timedelta

HOURLY_ACTIVITIES = ("newInstance", "upgradeInstance")
# A-RET-018: where the reference only says "for an hour", these minutes after the first call.
SHORT_SCHEDULE_MINUTES = (0, 2, 5, 15, 30, 60)
NOT_RETRIED = ("changeInstanceCheck",)
# Given up by the schedule, these can still be called by hand: nothing was refunded (A-RET-008, A-ALM-002).
RESTARTED_BY_HAND = ("refreshInstance", "updateInstanceStatus", "releaseInstance")

POLL_FAST = timedelta(seconds=60)
POLL_FAST_FOR = timedelta(minutes=10)
POLL_SLOW = timedelta(minutes=5)


def next_attempt_at(activity: str, *, first_called_at: datetime, at: datetime, window_hours: int) -> datetime | None:
    """When to call again after a call that failed at `at`, or None when the window is over.

    newInstance and upgradeInstance: once an hour for `window_hours` (A-RET-005, A-RET-007), so with 3 hours the
    calls are at 0, 1, 2 and 3 h. Others: at 0, 2, 5, 15, 30 and 60 minutes (A-RET-008, A-RET-018). The plan goes
    by the time passed, so that a call made by hand in between takes nothing away.
    """
    if activity in NOT_RETRIED:
        return None
    if activity in HOURLY_ACTIVITIES:
        slots = [timedelta(hours=hour) for hour in range(window_hours + 1)]
    else:
        slots = [timedelta(minutes=minutes) for minutes in SHORT_SCHEDULE_MINUTES]
    passed = at - first_called_at
    return next((first_called_at + slot for slot in slots if slot > passed), None)


def planned_attempts(activity: str, window_hours: int) -> int:
    """How many calls the schedule has in all."""
    if activity in NOT_RETRIED:
        return 1
    return window_hours + 1 if activity in HOURLY_ACTIVITIES else len(SHORT_SCHEDULE_MINUTES)


def next_poll_at(*, provisioning_since: datetime, at: datetime) -> datetime:
    """When to ask again for an instance that is not ready: every 60 s for 10 min, then every 5 min (A-RET-006)."""
    return at + (POLL_FAST if at - provisioning_since < POLL_FAST_FOR else POLL_SLOW)
