"""The calendar of subscriptions: terms, effective times, billing cycles, hours and days (B-TIM-001 to 004).

Pure functions without Django and without a clock. Instants are aware; results are UTC. `zone` is the
billing time zone, in which days begin and end: a term ends at 23:59:59 of its last day there.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

PeriodType = Literal["month", "year"]

MONTHS: dict[PeriodType, int] = {"month": 1, "year": 12}
LAST_SECOND = time(23, 59, 59)
HOUR = timedelta(hours=1)


def local_date(at: datetime, zone: tzinfo) -> date:
    """The day of an instant in the billing zone. Raises ValueError for a naive instant."""
    return _aware(at).astimezone(zone).date()


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """23:59:59 of a day in the billing zone, in UTC; the later one where clocks are set back at midnight."""
    return datetime.combine(day, LAST_SECOND.replace(fold=1), tzinfo=zone).astimezone(UTC)


def last_day(ends_at: datetime, zone: tzinfo) -> date:
    """The day that a term ends with. An end is the last second of a day; its noon is on that day in every zone up to
    twelve hours away, so that a billing zone that was changed meanwhile moves nothing by a day."""
    return (_aware(ends_at) - timedelta(hours=12)).astimezone(zone).date()


def add_months(day: date, months: int, anchor_day: int) -> date:
    """The anchor day of the month that many months on, or that month's last day if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(anchor_day, calendar.monthrange(year, month + 1)[1]))


def anchor_day_of(effective_at: datetime, zone: tzinfo) -> int:
    """The day of the month on which a subscription's terms end, kept for all its renewals (B-TIM-002)."""
    return local_date(effective_at, zone).day


def first_expiry(effective_at: datetime, count: int, period_type: PeriodType, zone: tzinfo) -> datetime:
    """The end of a first term: 23:59:59 of the anchor day after that many months or years (B-TIM-002)."""
    return _expiry(local_date(effective_at, zone), count, period_type, anchor_day_of(effective_at, zone), zone)


def renewed_expiry(
    expires_at: datetime, count: int, period_type: PeriodType, anchor_day: int, zone: tzinfo
) -> datetime:
    """The end of a renewed term, counted from the old end even when renewed after it (B-TIM-002).

    A negative count gives a period back. Raises ValueError when no such anchor day exists.
    """
    return _expiry(last_day(expires_at, zone), count, period_type, anchor_day, zone)


def trial_expiry(effective_at: datetime, days: int, zone: tzinfo) -> datetime:
    """The end of a trial: 23:59:59 of the day that many days after it began."""
    return end_of_day(local_date(effective_at, zone) + timedelta(days=days), zone)


def effective_time(
    *,
    is_supervised: bool,
    provisioned_at: datetime | None = None,
    accepted_at: datetime | None = None,
    enabled_at: datetime | None = None,
) -> datetime | None:
    """When a term begins, or None while that is open (B-TIM-003).

    Not supervised: when provisioning succeeded. Supervised: not before acceptance, which is the moment
    unless the seller filled in the actual enabling time (`enabled_at`), which then counts.
    """
    if not is_supervised:
        return provisioned_at
    if accepted_at is None:
        return None
    return enabled_at or accepted_at


def billing_cycle(at: datetime, zone: tzinfo) -> str:
    """The calendar month in which an expenditure occurred, `"2027-01"` (B-TIM-004)."""
    return local_date(at, zone).strftime("%Y-%m")


def cycle_bounds(cycle: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """The half-open span of a billing cycle in UTC: its first instant and that of the next cycle."""
    first = date.fromisoformat(f"{cycle}-01")
    return _midnight(first, zone), _midnight(add_months(first, 1, 1), zone)


def total_hours(effective_at: datetime, expires_at: datetime, zone: tzinfo) -> int:
    """Hours of a term: from the hour in which it began to the hour after it ends."""
    return _hours(_hour(effective_at, zone), _hour(expires_at, zone) + HOUR)


def used_hours(effective_at: datetime, at: datetime, zone: tzinfo) -> int:
    """Hours used: from the hour in which the term began to the hour of the instant, never below 0."""
    return max(_hours(_hour(effective_at, zone), _hour(at, zone)), 0)


def days_left(at: datetime, expires_at: datetime) -> int:
    """Whole days from an instant to the expiry, rounded down, never below 0."""
    return max((_aware(expires_at) - _aware(at)) // timedelta(days=1), 0)


def _expiry(start: date, count: int, period_type: PeriodType, anchor_day: int, zone: tzinfo) -> datetime:
    if not 1 <= anchor_day <= 31:
        raise ValueError(f"Not a day of a month: {anchor_day}")
    return end_of_day(add_months(start, count * MONTHS[period_type], anchor_day), zone)


def _aware(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("An instant needs a time zone.")
    return at


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


def _hour(at: datetime, zone: tzinfo) -> datetime:
    """The full hour, on the billing zone's clock, in which an instant lies."""
    local = _aware(at).astimezone(zone)
    return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _hours(begin: datetime, end: datetime) -> int:
    return (end - begin) // HOUR
