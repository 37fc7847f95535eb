"""Due times in working days, over week-ends and holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.reviewing import rules

ZONE = timezone(timedelta(hours=8))
NO_HOLIDAYS: frozenset[date] = frozenset()


def local(day: int, hour: int = 14, month: int = 3) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=ZONE)


@pytest.mark.req("S-REG-T3", "S-GEN-001")
@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (local(1), 3, local(4)),  # Monday to Thursday
        (local(3), 3, local(8)),  # Wednesday over the week-end to Monday
        (local(5), 1, local(8)),  # Friday to Monday
        (local(6), 1, local(8)),  # Saturday: Monday is the first working day
        (local(7), 3, local(10)),  # Sunday: Wednesday
        (local(5), 0, local(5)),
    ],
)
def test_working_days_skip_the_week_end(start: datetime, days: int, expected: datetime) -> None:
    assert rules.due(start, days, NO_HOLIDAYS) == expected


@pytest.mark.req("S-REG-T3")
def test_working_days_skip_holidays_also_beside_a_week_end() -> None:
    easter = frozenset({date(2027, 3, 26), date(2027, 3, 29)})  # Friday and Monday
    assert rules.due(local(24), 3, easter) == local(31)
    assert rules.due(local(25), 1, easter) == local(30)
    assert rules.due(local(24), 3, frozenset({date(2027, 3, 27)})) == local(29), "a holiday on a Saturday costs nothing"


def test_the_calendar_day_is_that_of_the_operators_zone() -> None:
    friday_evening_in_utc = datetime(2027, 3, 5, 20, tzinfo=UTC)
    assert rules.due(friday_evening_in_utc, 1, NO_HOLIDAYS) == datetime(2027, 3, 8, 20, tzinfo=UTC)
    # the same instant is Saturday morning at the operator's
    assert rules.due(friday_evening_in_utc.astimezone(ZONE), 1, NO_HOLIDAYS) == local(8, 4)
    assert rules.begin_of_day(local(6, 4)) == datetime(2027, 3, 5, 16, tzinfo=UTC)


@pytest.mark.req("S-APP-T2")
def test_what_may_take_longer_is_overdue_at_twice_the_time() -> None:
    submitted, due = local(1), local(4)
    soon = due + timedelta(minutes=1)
    assert rules.is_overdue(soon, submitted, due, takes_longer=False)
    assert not rules.is_overdue(due, submitted, due, takes_longer=False)
    assert not rules.is_overdue(soon, submitted, due, takes_longer=True)
    assert not rules.is_overdue(local(7), submitted, due, takes_longer=True)
    assert rules.is_overdue(local(7) + timedelta(minutes=1), submitted, due, takes_longer=True)


_DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@given(
    start=st.datetimes(datetime(2027, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=ZONE)),  # noqa: DTZ001
    days=st.integers(1, 30),
    holidays=st.frozensets(_DAYS, max_size=40),
)
def test_exactly_so_many_working_days_lie_between(start: datetime, days: int, holidays: frozenset[date]) -> None:
    due = rules.due(start, days, holidays)
    passed = [start.date() + timedelta(days=n) for n in range(1, (due.date() - start.date()).days + 1)]
    assert sum(rules.is_working_day(day, holidays) for day in passed) == days
    assert rules.is_working_day(due.date(), holidays)
    assert due.time() == start.time()
