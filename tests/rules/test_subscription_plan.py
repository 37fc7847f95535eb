"""What the clock will do with a subscription, as a pure plan (B-EXP, B-ARN-003, B-TRI-004)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from galleria.subscribing.rules import plan as plans
from galleria.subscribing.rules.plan import Facts, Setting, Settings

ZONE = ZoneInfo("Etc/GMT-8")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def settings(grace: int = 0, retention: int = 15, offset: int = 7) -> Settings:
    return Settings(
        grace=Setting("expiry.grace_days", grace, 3),
        retention=Setting("expiry.retention_days", retention),
        reminder_days=[15, 7, 3, 1, 0],
        trial_reminder_days=[15, 7, 3, 1],
        offset=Setting("renewal.deduct_offset_days", offset),
        zone=ZONE,
    )


def facts(**more: object) -> Facts:
    values = {
        "state": "effective", "billing_mode": "period", "renewal": "manual", "is_trial": False,
        "effective_at": local("2027-03-31 10:30:00"), "expires_at": local("2027-04-30 23:59:59"), **more,
    }  # fmt: skip
    return Facts(**values)  # type: ignore[arg-type]


def told(events: list[plans.Planned]) -> list[tuple[str, str, str]]:
    return [(each.due_at.astimezone(ZONE).strftime("%m-%d %H:%M:%S"), each.kind, each.value) for each in events]


@pytest.mark.req("B-EXP-T1", "B-EXP-001")
def test_a_saas_subscription_is_frozen_at_expiry_and_released_after_fifteen_days() -> None:
    assert told(plans.plan(facts(), settings())) == [
        ("04-15 10:00:00", "remind", "15"),
        ("04-23 10:00:00", "remind", "7"),
        ("04-27 10:00:00", "remind", "3"),
        ("04-29 10:00:00", "remind", "1"),
        ("04-30 10:00:00", "remind", "0"),
        ("04-30 23:59:59", "expire", "0"),
        ("05-12 10:00:00", "remind", "release"),
        ("05-15 23:59:59", "release", "15"),
    ]


@pytest.mark.req("B-EXP-T1")
def test_an_image_has_fifteen_days_of_grace_before_retention() -> None:
    after = [each for each in told(plans.plan(facts(), settings(grace=15))) if each[1] != "remind"]
    assert after == [
        ("04-30 23:59:59", "expire", "15"),
        ("05-15 23:59:59", "freeze", "15"),
        ("05-30 23:59:59", "release", "15"),
    ]


@pytest.mark.req("B-GEN-002")
def test_an_event_names_its_rule_and_the_version_of_its_setting() -> None:
    expire = next(each for each in plans.plan(facts(), settings(grace=15)) if each.kind == "expire")
    assert (expire.rule, expire.setting, expire.version) == ("B-EXP", "expiry.grace_days", 3)


@pytest.mark.req("B-ARN-T1", "B-ARN-003", "B-ARN-004")
def test_deductions_are_tried_daily_from_the_offset_to_the_day_of_expiry() -> None:
    tried = plans.deduction_times(local("2027-03-20 23:59:59"), 7, time(3), ZONE)
    assert [each.astimezone(ZONE).strftime("%m-%d %H:%M") for each in tried] == [
        f"03-{day} 03:00" for day in range(13, 21)
    ]


@pytest.mark.req("B-ARN-T3")
def test_an_offset_of_nothing_deducts_on_the_day_of_expiry() -> None:
    tried = plans.deduction_times(local("2027-03-20 23:59:59"), 0, time(3), ZONE)
    assert tried == [local("2027-03-20 03:00:00")]


@pytest.mark.req("B-ARN-005", "B-ARN-T2")
@pytest.mark.parametrize(
    ("now", "expiry", "at_once"),
    [
        ("2027-03-20 02:00", "2027-03-20 02:30", True),  # (a)
        ("2027-03-20 02:00", "2027-03-20 03:30", False),
        ("2027-03-20 12:00", "2027-03-20 23:59", True),  # (b)
        ("2027-03-20 12:00", "2027-03-21 02:59", True),
        ("2027-03-20 12:00", "2027-03-21 03:00", False),
        ("2027-03-20 12:00", "2027-03-20 11:00", False),  # it is over
    ],
)
def test_switching_on_deducts_at_once_when_no_time_of_deduction_is_left(now: str, expiry: str, at_once: bool) -> None:
    assert plans.deducts_at_once(local(now + ":00"), local(expiry + ":00"), time(3), ZONE) is at_once


@pytest.mark.req("B-ARN-009")
def test_a_higher_price_is_told_three_days_before_the_first_deduction() -> None:
    events = plans.plan(facts(renewal="auto"), settings())
    assert ("04-20 03:00:00", "price_notice", "3") in told(events)
    assert told([each for each in events if each.kind == "deduct"])[0] == ("04-23 03:00:00", "deduct", "7")


@pytest.mark.req("B-ARN-008")
def test_without_renewals_left_nothing_is_deducted() -> None:
    assert not [e for e in plans.plan(facts(renewal="auto", renewals_left=0), settings()) if e.kind == "deduct"]


@pytest.mark.req("B-ARN-011", "B-EXP-004")
def test_who_canceled_renewal_is_reminded_only_before_the_release() -> None:
    events = plans.plan(facts(renewal="none"), settings())
    assert told([each for each in events if each.kind == "remind"]) == [("05-12 10:00:00", "remind", "release")]


@pytest.mark.req("B-TRI-004")
def test_reminders_longer_than_the_trial_are_skipped() -> None:
    trial = facts(
        is_trial=True, trial_days=7, effective_at=local("2027-04-01 09:00:00"), expires_at=local("2027-04-08 23:59:59")
    )
    reminders = [each for each in told(plans.plan(trial, settings())) if each[1] == "remind" and each[2] != "release"]
    assert reminders == [
        ("04-01 10:00:00", "remind", "7"),
        ("04-05 10:00:00", "remind", "3"),
        ("04-07 10:00:00", "remind", "1"),
    ]


@pytest.mark.req("B-ARN-010")
def test_what_is_to_be_charged_by_use_is_not_frozen_at_its_end() -> None:
    events = plans.plan(facts(renewal="to_pay_per_use"), settings())
    assert told(events)[-1] == ("04-30 23:59:59", "expire", "pay_per_use")


@pytest.mark.req("B-GEN-002")
def test_a_phase_that_runs_keeps_its_own_end() -> None:
    frozen = facts(
        state="frozen", grace_ends_at=local("2027-04-30 23:59:59"), retention_ends_at=local("2027-05-15 23:59:59")
    )
    assert told(plans.plan(frozen, settings(retention=2)))[-1] == ("05-15 23:59:59", "release", "2")


def test_what_was_carried_out_is_not_planned_again() -> None:
    events = plans.plan(facts(), settings())
    done = events[2]
    assert plans.following(events, *done.place) == events[3:]


@pytest.mark.req("B-EXP-004")
def test_nothing_is_released_sooner_than_a_day_after_a_reminder() -> None:
    due = local("2027-05-15 23:59:59")
    assert plans.release_may_begin(due, due - timedelta(hours=2)) == due + timedelta(hours=22)
    assert plans.release_may_begin(due, due - timedelta(days=3)) == due


@pytest.mark.req("B-CHG-002")
def test_a_changed_term_begins_before_anything_else_of_its_instant() -> None:
    begins = local("2027-04-30 23:59:59")
    events = plans.plan(facts(expires_at=local("2027-05-31 23:59:59"), next_term_at=begins), settings())
    assert told(events)[0] == ("04-30 23:59:59", "begin_term", "")


def test_what_has_no_term_has_no_plan() -> None:
    assert plans.plan(facts(billing_mode="one_time", expires_at=None), settings()) == []
    assert plans.plan(facts(state="released"), settings()) == []
