"""Due times in working days. Pure functions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Monday to Friday, and not a holiday."""
    return day.weekday() < 5 and day not in holidays


def due(start: datetime, days: int, holidays: Collection[date]) -> datetime:
    """The same time of day, so many working days after `start` (S-REG-T3).

    What is submitted on a day off counts from the end of it: the next working day is the first one.
    """
    moment = start
    left = days
    while left > 0:
        moment += timedelta(days=1)
        if is_working_day(moment.date(), holidays):
            left -= 1
    return moment


def is_overdue(now: datetime, submitted_at: datetime, due_at: datetime, *, takes_longer: bool) -> bool:
    """Whether the promised time is over; twice that time where a note said that it may take longer (S-APP-T2)."""
    return now > (due_at + (due_at - submitted_at) if takes_longer else due_at)
