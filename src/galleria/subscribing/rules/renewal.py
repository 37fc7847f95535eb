"""One renewal date for everything that an account renews: pure rules of the calendar (B-URD-001 to 003).

Instants are aware; results are UTC. `zone` is the billing time zone, in which days begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from galleria.subscribing.rules.calendar import PeriodType, add_months, end_of_day, local_date, renewed_expiry

LAST_DAY = 31
"""As a renewal day: the last day of the month, however long it is (B-URD-001)."""
RENEWAL_DAYS = (*range(1, 29), LAST_DAY)


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
