"""When a renewal is deducted, and how one renewal date is reached: pure calendar rules (B-ARN-003 to 005, B-URD).

Instants are aware; results are UTC. `zone` is the billing time zone, in which days begin and deductions run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from galleria.subscribing.rules.calendar import PeriodType, add_months, end_of_day, local_date, renewed_expiry

LAST_DAY = 31
"""As a renewal day: the last day of the month, however long it is (B-URD-001)."""
RENEWAL_DAYS = (*range(1, 29), LAST_DAY)
MOST_OFFSET_DAYS = 7
DAY = timedelta(days=1)


def first_deduction(expires_at: datetime, offset_days: int, deduct_time: time, zone: tzinfo) -> datetime:
    """The first attempt: that many days before the day of expiry; 0: on that day (B-ARN-003)."""
    return _on(local_date(expires_at, zone) - timedelta(days=offset_days), deduct_time, zone)


def deductions(expires_at: datetime, offset_days: int, deduct_time: time, zone: tzinfo) -> list[datetime]:
    """Every attempt: from the first one daily, the last one before the expiry itself (B-ARN-004)."""
    first = local_date(expires_at, zone) - timedelta(days=offset_days)
    days = (_on(first + DAY * number, deduct_time, zone) for number in range(offset_days + 1))
    return [each for each in days if each < expires_at]


def next_deduction(
    at: datetime, expires_at: datetime, offset_days: int, deduct_time: time, zone: tzinfo
) -> datetime | None:
    """The first attempt at or after an instant; None when none is left before the expiry."""
    return next((each for each in deductions(expires_at, offset_days, deduct_time, zone) if each >= at), None)


def deducts_at_once(at: datetime, expires_at: datetime, deduct_time: time, zone: tzinfo) -> bool:
    """Whether switching on deducts immediately: no daily deduction comes before the expiry any more (B-ARN-005).

    (a) before the time of day, and it expires before that time on the same day; (b) after it, and it expires before
    that time on the next day. What has expired already counts too.
    """
    today = local_date(at, zone)
    coming = _on(today, deduct_time, zone)
    if at > coming:
        coming = _on(today + DAY, deduct_time, zone)
    return expires_at < coming


def price_notice_at(deduct_at: datetime, days: int = 3) -> datetime:
    """When the buyer is told of a higher price: days before the deduction (B-ARN-009)."""
    return deduct_at - DAY * days


@dataclass(frozen=True, slots=True)
class Aligned:
    """A renewal that ends on the account's renewal date.

    plain_expires_at: where the months alone would end
    expires_at: where it ends with the extra days
    extra_days: days between the two
    anchor_day: what later renewals keep: the renewal day, 31 for the last day
    """

    plain_expires_at: datetime
    expires_at: datetime
    extra_days: int
    anchor_day: int


def next_renewal_day(day: date, renewal_day: int) -> date:
    """The renewal date on or after a day; `LAST_DAY` is the last day of that month.

    Raises ValueError unless the renewal day is 1 to 28 or `LAST_DAY` (B-URD-001).
    """
    if renewal_day not in RENEWAL_DAYS:
        raise ValueError(f"Not a renewal day: {renewal_day}")
    in_month = add_months(day, 0, renewal_day)
    return in_month if in_month >= day else add_months(day, 1, renewal_day)


def aligned_expiry(
    expires_at: datetime, count: int, period_type: PeriodType, anchor_day: int, renewal_day: int, zone: tzinfo
) -> Aligned:
    """The months (at least one) and then the days to the account's renewal date (B-URD-002, B-URD-003)."""
    if count < 1:
        raise ValueError("At least one period is renewed.")
    plain = renewed_expiry(expires_at, count, period_type, anchor_day, zone)
    plain_day = local_date(plain, zone)
    end = next_renewal_day(plain_day, renewal_day)
    return Aligned(plain, end_of_day(end, zone), (end - plain_day).days, renewal_day)


def _on(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
