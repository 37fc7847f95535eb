"""Deduction days of automatic renewal, one renewal date, and what its extra days cost."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import Money
from galleria.pricing.rules.discounts import Discount, LineInput
from galleria.pricing.rules.exact import price
from galleria.pricing.rules.models import Band, Charge, Linear, QuantityOutOfRange, QuantityRange, Simple, Tiered
from galleria.pricing.rules.quote import quote
from galleria.pricing.rules.renewals import renewal_charge
from galleria.subscribing.rules import plan, renewal

ZONE = ZoneInfo("Etc/GMT-8")  # GMT+08:00
THREE = time(3, 0)
INSTANTS = st.integers(1_767_225_600, 1_956_441_600).map(lambda seconds: datetime.fromtimestamp(seconds, tz=UTC))
SIXTY = Simple("USD", price("60.00"))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


MARCH_20 = local("2027-03-20T23:59:59")


# ----- when a renewal is deducted -----


@pytest.mark.req("B-ARN-T1", "B-ARN-003", "B-ARN-004")
def test_the_first_attempt_is_seven_days_before_the_expiry_at_three_and_then_daily():
    attempts = plan.deduction_times(MARCH_20, 7, THREE, ZONE)

    # After a top-up on March 15 at noon the next one is that of March 16.
    assert attempts == [local(f"2027-03-{day}T03:00:00") for day in range(13, 21)]


@pytest.mark.req("B-ARN-T3", "B-ARN-003")
def test_with_no_days_between_the_first_attempt_is_on_the_day_of_expiry():
    assert plan.deduction_times(MARCH_20, 0, THREE, ZONE) == [local("2027-03-20T03:00:00")]


IMMEDIATE = [
    ("(a) before three, it expires before three the same day", "2027-03-20T01:00:00", "2027-03-20T02:59:59", True),
    ("before three, it expires after three the same day", "2027-03-20T01:00:00", "2027-03-20T23:59:59", False),
    ("(b) after three, it expires before three the next day", "2027-03-20T03:00:01", "2027-03-20T23:59:59", True),
    ("after three, it expires after three the next day", "2027-03-19T12:00:00", "2027-03-20T23:59:59", False),
    ("it has expired already", "2027-03-21T10:00:00", "2027-03-20T23:59:59", False),
]


@pytest.mark.req("B-ARN-005", "B-ARN-T2")
@pytest.mark.parametrize(("at", "expires", "is_due"), [row[1:] for row in IMMEDIATE], ids=[row[0] for row in IMMEDIATE])
def test_switching_on_deducts_at_once_when_no_daily_deduction_comes_before_the_expiry(at, expires, is_due):
    assert plan.deducts_at_once(local(at), local(expires), THREE, ZONE) is is_due


@pytest.mark.req("B-ARN-004")
@given(INSTANTS, st.integers(0, 7), st.sampled_from([THREE, time(0, 0), time(23, 59, 59)]))
def test_attempts_are_daily_and_never_after_the_expiry(expires, offset, at):
    attempts = plan.deduction_times(expires, offset, at, ZONE)

    assert all(each < expires for each in attempts)
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(attempts))
    assert len(attempts) in {offset, offset + 1}


# ----- one renewal date -----

MARCH_25 = local("2027-03-25T23:59:59")


@pytest.mark.req("B-URD-T1", "B-URD-002", "B-URD-003")
@pytest.mark.parametrize(
    ("day", "extra", "ends"),
    [(renewal.LAST_DAY, 5, "2027-04-30T23:59:59"), (1, 6, "2027-05-01T23:59:59"), (25, 0, "2027-04-25T23:59:59")],
    ids=["last day of the month", "first day", "the day it has"],
)
def test_a_renewal_reaches_the_renewal_date(day, extra, ends):
    aligned = renewal.aligned_expiry(MARCH_25, 1, "month", 25, day, ZONE)

    assert aligned.plain_expires_at == local("2027-04-25T23:59:59")
    assert (aligned.extra_days, aligned.expires_at, aligned.anchor_day) == (extra, local(ends), day)


@pytest.mark.req("B-URD-T1", "B-URD-004")
@pytest.mark.parametrize(("days", "amount"), [(5, "70.00"), (6, "72.00"), (0, "60.00")])
def test_extra_days_cost_a_thirtieth_of_the_month_each(days, amount):
    charge = renewal_charge(SIXTY, 1, 1, period_type="month", extra_days=days)

    assert charge.amount == usd(amount)
    assert charge.steps[-1].amount == charge.amount
    assert Charge.from_json(charge.to_json()) == charge


@pytest.mark.req("B-URD-004")
def test_the_working_adds_up_when_days_do_not_divide_evenly():
    charge = renewal_charge(Simple("USD", price("49.99")), 1, 1, period_type="month", extra_days=7)

    # 49.99 + 49.99 ÷ 30 × 7 = 61.654333…
    assert charge.amount == usd("61.65")
    assert [step.amount for step in charge.steps] == [usd("49.99"), usd("11.66"), usd("61.65")]
    assert charge.exact == Fraction(4999, 100) * Fraction(37, 30)


@pytest.mark.req("B-URD-004")
def test_a_year_is_divided_by_365_and_quantities_count():
    assert renewal_charge(Simple("USD", price("365.00")), 1, 1, period_type="year", extra_days=6).amount == usd(
        "371.00"
    )
    seats = renewal_charge(Linear("USD", price("3.00")), 20, 2, period_type="month", extra_days=5)
    assert seats.amount == usd("130.00")


@pytest.mark.req("B-URD-004", "B-OFR-001")
def test_an_exclusive_price_holds_for_the_extra_days_too():
    charge = renewal_charge(SIXTY, 1, 1, period_type="month", extra_days=5)
    offer = Discount("dsc_1", "exclusive", "Offer", "unit_price", price("30.00"), currency="USD")

    priced = quote(
        [LineInput("1", charge)], at=local("2027-03-01T00:00:00"), order_type="renewal", discounts_offered=[offer]
    )

    assert priced.due == usd("35.00")


def test_a_quantity_without_a_band_is_refused():
    bands = Tiered("USD", (Band(1, 20, price("5.00")), Band(21, 100, price("4.00"))), QuantityRange(1, 100))
    with pytest.raises(QuantityOutOfRange):
        renewal_charge(bands, 101, 1, period_type="month")
    with pytest.raises(ValueError, match="below zero"):
        renewal_charge(SIXTY, 1, 1, period_type="month", extra_days=-1)


@pytest.mark.req("B-URD-001")
@pytest.mark.parametrize("day", [0, 29, 30, 32, -1])
def test_no_other_days_can_be_chosen(day):
    with pytest.raises(ValueError, match="Not a renewal day"):
        renewal.next_renewal_day(date(2027, 3, 1), day)


@pytest.mark.req("B-URD-002", "B-URD-003")
@given(
    INSTANTS,
    st.integers(1, 9),
    st.sampled_from(renewal.RENEWAL_DAYS),
)
def test_an_aligned_renewal_is_at_least_the_months_and_less_than_one_more(expires, months, day):
    expires_at = expires.replace(hour=15, minute=59, second=59, microsecond=0)
    anchor = expires_at.astimezone(ZONE).day

    aligned = renewal.aligned_expiry(expires_at, months, "month", anchor, day, ZONE)

    ends = aligned.expires_at.astimezone(ZONE)
    assert 0 <= aligned.extra_days <= 31
    assert aligned.expires_at - aligned.plain_expires_at == timedelta(days=aligned.extra_days)
    assert ends.day == day if day != renewal.LAST_DAY else (ends + timedelta(days=1)).day == 1
