"""Terms, effective times, cycles, hours and days on the billing zone's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.subscribing import rules

ZONE = ZoneInfo("Etc/GMT-8")  # GMT+08:00
ADELAIDE = ZoneInfo("Australia/Adelaide")


def local(text: str, zone=ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


TERMS = [
    ("the example of the guide", "2027-01-01T10:30:00", 1, "month", "2027-02-01T23:59:59"),
    ("March 31 and one month", "2027-03-31T08:00:00", 1, "month", "2027-04-30T23:59:59"),
    ("January 31 into February", "2027-01-31T00:00:00", 1, "month", "2027-02-28T23:59:59"),
    ("January 31 into a leap February", "2028-01-31T00:00:00", 1, "month", "2028-02-29T23:59:59"),
    ("over the end of the year", "2027-11-15T12:00:00", 3, "month", "2028-02-15T23:59:59"),
    ("nine months", "2027-05-31T12:00:00", 9, "month", "2028-02-29T23:59:59"),
    ("a year from a leap day", "2028-02-29T12:00:00", 1, "year", "2029-02-28T23:59:59"),
    ("three years", "2027-01-01T00:30:00", 3, "year", "2030-01-01T23:59:59"),
    ("last second of a day", "2027-01-31T23:59:59", 1, "month", "2027-02-28T23:59:59"),
]


@pytest.mark.req("B-TIM-002")
@pytest.mark.parametrize(("begins", "count", "period", "ends"), [t[1:] for t in TERMS], ids=[t[0] for t in TERMS])
def test_a_term_ends_at_the_last_second_of_its_anchor_day(begins, count, period, ends):
    assert rules.first_expiry(local(begins), count, period, ZONE) == local(ends)


@pytest.mark.req("B-TIM-002", "B-TIM-001")
def test_the_day_is_that_of_the_billing_zone_and_the_instant_is_utc():
    bought = datetime(2027, 1, 31, 16, 30, tzinfo=UTC)  # February 1, 00:30 in the billing zone

    expiry = rules.first_expiry(bought, 1, "month", ZONE)

    assert rules.anchor_day_of(bought, ZONE) == 1
    assert expiry == datetime(2027, 3, 1, 15, 59, 59, tzinfo=UTC)
    assert expiry.tzinfo is UTC
    assert rules.first_expiry(bought, 1, "month", UTC) == datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC)


@pytest.mark.req("B-TIM-002")
def test_renewals_keep_the_anchor_day_after_a_short_month():
    begun = local("2027-03-31T08:00:00")
    anchor = rules.anchor_day_of(begun, ZONE)

    april = rules.first_expiry(begun, 1, "month", ZONE)
    may = rules.renewed_expiry(april, 1, "month", anchor, ZONE)

    assert (april, may) == (local("2027-04-30T23:59:59"), local("2027-05-31T23:59:59"))
    assert rules.renewed_expiry(may, 9, "month", anchor, ZONE) == local("2028-02-29T23:59:59")
    assert rules.renewed_expiry(may, -1, "month", anchor, ZONE) == april
    assert rules.renewed_expiry(april, 1, "year", anchor, ZONE) == local("2028-04-30T23:59:59")


@pytest.mark.req("B-TIM-002")
def test_a_term_ends_at_the_last_second_also_when_clocks_change():
    begun = local("2027-03-04T12:00:00", ADELAIDE)  # summer time ends on April 4

    assert rules.first_expiry(begun, 1, "month", ADELAIDE) == datetime(2027, 4, 4, 14, 29, 59, tzinfo=UTC)


def test_a_trial_ends_at_the_last_second_of_its_last_day():
    assert rules.trial_expiry(local("2027-01-20T18:00:00"), 14, ZONE) == local("2027-02-03T23:59:59")


@pytest.mark.req("B-TIM-003")
def test_a_term_begins_with_provisioning_or_with_acceptance_or_with_the_actual_enabling_time():
    provisioned, accepted, enabled = (local(f"2027-01-0{day}T10:00:00") for day in (1, 5, 3))

    def effective(supervised: bool, **times):
        return rules.effective_time(is_supervised=supervised, **times)

    assert effective(False, provisioned_at=provisioned, accepted_at=accepted) == provisioned
    assert effective(False) is None
    assert effective(True, provisioned_at=provisioned, accepted_at=accepted) == accepted
    assert effective(True, accepted_at=accepted, enabled_at=enabled) == enabled
    assert effective(True, provisioned_at=provisioned, enabled_at=enabled) is None


@pytest.mark.req("B-TIM-004", "B-TIM-001")
def test_the_billing_cycle_is_the_month_of_the_expenditure_in_the_billing_zone():
    assert rules.billing_cycle(datetime(2027, 1, 31, 15, 59, 59, tzinfo=UTC), ZONE) == "2027-01"
    assert rules.billing_cycle(datetime(2027, 1, 31, 16, 0, 0, tzinfo=UTC), ZONE) == "2027-02"


@pytest.mark.req("B-TIM-004")
def test_a_billing_cycle_spans_its_month_half_open():
    assert rules.cycle_bounds("2027-12", ZONE) == (
        datetime(2027, 11, 30, 16, tzinfo=UTC),
        datetime(2027, 12, 31, 16, tzinfo=UTC),
    )
    with pytest.raises(ValueError):
        rules.cycle_bounds("2027-13", ZONE)


def test_hours_are_those_of_the_worked_refunds():
    begun, ends = local("2027-01-01T10:30:00"), local("2027-02-01T23:59:59")

    assert rules.total_hours(begun, ends, ZONE) == 758
    assert rules.used_hours(begun, local("2027-01-15T18:40:00"), ZONE) == 344
    assert rules.total_hours(local("2029-01-01T00:10:00"), local("2032-01-01T23:59:59"), ZONE) == 26_304
    assert rules.used_hours(begun, local("2027-01-01T10:59:59"), ZONE) == 0
    assert rules.used_hours(begun, local("2026-12-01T00:00:00"), ZONE) == 0


def test_hours_begin_on_the_billing_zones_clock():
    half_hour_zone = timezone(timedelta(hours=5, minutes=30))
    begun = datetime(2027, 1, 1, 10, 15, tzinfo=UTC)  # 15:45 there, so the hour began at 09:30 UTC

    assert rules.used_hours(begun, datetime(2027, 1, 1, 10, 35, tzinfo=UTC), half_hour_zone) == 1
    assert rules.used_hours(begun, datetime(2027, 1, 1, 10, 35, tzinfo=UTC), UTC) == 0


@pytest.mark.parametrize(
    ("at", "days"),
    [
        ("2027-01-01T00:00:00", 30),
        ("2027-01-30T23:59:59", 1),
        ("2027-01-31T00:00:00", 0),
        ("2027-02-05T00:00:00", 0),
    ],
)
def test_days_left_are_whole_days(at, days):
    assert rules.days_left(local(at), local("2027-01-31T23:59:59")) == days


def test_instants_without_a_zone_and_impossible_anchor_days_are_refused():
    naive = datetime(2027, 1, 1)  # noqa: DTZ001 (the point of the test)
    for call in (
        lambda: rules.first_expiry(naive, 1, "month", ZONE),
        lambda: rules.days_left(naive, naive),
        lambda: rules.used_hours(naive, naive, ZONE),
    ):
        with pytest.raises(ValueError, match="time zone"):
            call()
    with pytest.raises(ValueError, match="Not a day"):
        rules.renewed_expiry(local("2027-01-31T23:59:59"), 1, "month", 32, ZONE)


instants = st.integers(0, 90 * 366 * 86_400).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
zones = st.sampled_from([ZONE, UTC, ADELAIDE, ZoneInfo("America/New_York")])


@pytest.mark.req("B-TIM-002")
@given(at=instants, count=st.integers(1, 36), zone=zones)
def test_renewing_month_by_month_ends_where_one_long_term_would(at, count, zone):
    anchor = rules.anchor_day_of(at, zone)
    expiry = rules.first_expiry(at, 1, "month", zone)
    for _ in range(count - 1):
        expiry = rules.renewed_expiry(expiry, 1, "month", anchor, zone)

    assert expiry == rules.first_expiry(at, count, "month", zone)
    assert expiry.astimezone(zone).strftime("%H:%M:%S") == "23:59:59"
    assert rules.first_expiry(at, count + 1, "month", zone) > expiry > at


@given(at=instants, count=st.integers(1, 36), zone=zones, hours=st.integers(0, 40_000))
def test_used_hours_never_exceed_the_term_while_it_runs(at, count, zone, hours):
    ends = rules.first_expiry(at, count, "month", zone)
    now = min(at + timedelta(hours=hours), ends)

    assert 0 <= rules.used_hours(at, now, zone) < rules.total_hours(at, ends, zone)


@pytest.mark.req("B-TIM-004")
@given(at=instants, zone=zones)
def test_every_instant_lies_in_its_own_billing_cycle(at, zone):
    begins, ends = rules.cycle_bounds(rules.billing_cycle(at, zone), zone)

    assert begins <= at < ends


@given(day=st.dates(date(2000, 1, 1), date(2090, 1, 1)), months=st.integers(-400, 400))
def test_adding_months_lands_in_the_right_month(day, months):
    result = rules.add_months(day, months, day.day)

    assert (result.year * 12 + result.month) - (day.year * 12 + day.month) == months
    assert result.day == day.day or (result + timedelta(days=1)).day == 1
