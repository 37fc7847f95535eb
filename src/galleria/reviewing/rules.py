"""Due times in working days. Pure functions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

WEEK_END = 5


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Monday to Friday, and not a holiday."""
    return day.weekday() < WEEK_END and day not in holidays


def due(start: datetime, days: int, holidays: Collection[date]) -> datetime:
    """The same time of day, so many working days after `start` (S-REG-T3).

    `start` is in the operator's time zone, whose calendar days count. What is submitted on a day off counts from the
    end of it: the next working day is the first one.
    """
    moment = start
    left = days
    while left > 0:
        moment += timedelta(days=1)
        if is_working_day(moment.date(), holidays):
            left -= 1
    return moment


def begin_of_day(moment: datetime) -> datetime:
    """Midnight of the calendar day in the moment's own zone."""
    return datetime.combine(moment.date(), time(0), tzinfo=moment.tzinfo)


def overdue_at(submitted_at: datetime, due_at: datetime, *, takes_longer: bool) -> datetime:
    """When the promised time is over; twice that time where a note said that it may take longer (S-APP-T2)."""
    return due_at + (due_at - submitted_at) if takes_longer else due_at


def is_overdue(now: datetime, submitted_at: datetime, due_at: datetime, *, takes_longer: bool) -> bool:
    """Whether the promised time is over."""
    return now > overdue_at(submitted_at, due_at, takes_longer=takes_longer)
