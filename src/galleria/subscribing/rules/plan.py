"""What the clock will do with a subscription: one pure function, of which the next event is a row and the rest a page.

The plan is worked out from facts, so it is never stale: whoever changes a fact has the next event planned anew.
Instants of the day are in the billing time zone (B-TIM-001).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal

from galleria.subscribing.rules.calendar import end_of_day, last_day, local_date

Kind = Literal["remind", "price_notice", "deduct", "expire", "begin_term", "freeze", "release"]

GONE: Final = ("closing", "released", "failed")
"""States of what is deleted or is about to be: nothing follows them."""

ORDER: Final[Mapping[str, int]] = {
    "begin_term": 1,
    "deduct": 2,
    "price_notice": 3,
    "remind": 4,
    "expire": 5,
    "freeze": 6,
    "release": 7,
}
"""Of events at one instant, which comes first."""

NOTICE_DAYS: Final = 3
"""Days before the first deduction on which a higher price is told (B-ARN-009)."""
RELEASE_REMINDER_DAYS: Final = 3
"""Days before its release on which the buyer is reminded once more (B-EXP-001)."""
LEAST_NOTICE: Final = timedelta(hours=24)
"""Nothing is released sooner after a reminder (B-EXP-004)."""
REMINDER_TIME: Final = time(10)


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of a setting with the version that the operator gave it; version 0 is the default."""

    key: str
    value: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """The figures that a plan is made with."""

    grace: Setting
    retention: Setting
    reminder_days: Sequence[int]
    trial_reminder_days: Sequence[int]
    offset: Setting
    deduct_time: time = time(3)
    trial_reminder_time: time = REMINDER_TIME
    reminders_version: int = 0
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """A subscription as its plan sees it.

    next_term_at: when a paid term with another configuration begins; None when there is none
    renewals_left: None while auto-renewal has no number
    reminded_at: when the buyer was last told that the end, or the release, is near
    """

    state: str
    billing_mode: str
    renewal: str
    is_trial: bool
    effective_at: datetime | None
    expires_at: datetime | None
    grace_ends_at: datetime | None = None
    retention_ends_at: datetime | None = None
    next_term_at: datetime | None = None
    renewals_left: int | None = None
    reminded_at: datetime | None = None
    trial_days: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """One event: when, what, and by which rule and setting. `value`: what it depends on, for people ("7")."""

    due_at: datetime
    kind: Kind
    rule: str
    setting: str = ""
    version: int = 0
    value: str = ""

    @property
    def order(self) -> int:
        return ORDER[self.kind]

    @property
    def place(self) -> tuple[datetime, int]:
        """Where it stands among others."""
        return self.due_at, self.order


@dataclass(frozen=True, slots=True)
class Ends:
    """When grace and retention end."""

    grace_ends_at: datetime
    retention_ends_at: datetime
    settings: tuple[Setting, Setting] = field(compare=False)


def ends_of(expires_at: datetime, settings: Settings) -> Ends:
    """Grace, then retention, counted in whole days of the billing zone after the day of expiry (B-EXP, B-REN-T1)."""
    last = last_day(expires_at, _zone(settings))
    grace = end_of_day(last + timedelta(days=settings.grace.value), _zone(settings))
    retention = end_of_day(last + timedelta(days=settings.grace.value + settings.retention.value), _zone(settings))
    return Ends(grace, retention, (settings.grace, settings.retention))


def deduction_times(expires_at: datetime, offset_days: int, deduct_time: time, zone: tzinfo) -> list[datetime]:
    """When auto-renewal tries: every day from the offset to the day of expiry, while the term runs (B-ARN-003, 004)."""
    last = last_day(expires_at, zone)
    times = (_at(last - timedelta(days=days), deduct_time, zone) for days in range(offset_days, -1, -1))
    return [instant for instant in times if instant < expires_at]


def deducts_at_once(at: datetime, expires_at: datetime, deduct_time: time, zone: tzinfo) -> bool:
    """Whether switching auto-renewal on deducts in this moment, because no 03:00 is left (B-ARN-005).

    (a) before 03:00, and the term ends before 03:00 of the same day; (b) after it, and it ends before 03:00 of the
    next day.
    """
    today = local_date(at, zone)
    limit = _at(today, deduct_time, zone)
    if at >= limit:
        limit = _at(today + timedelta(days=1), deduct_time, zone)
    return at < expires_at < limit


def plan(facts: Facts, settings: Settings) -> list[Planned]:
    """Everything that will happen by itself as things stand, in order; what was done already is in it too."""
    if facts.billing_mode != "period" and not facts.is_trial:
        return []
    events: list[Planned] = []
    if facts.next_term_at is not None and facts.state not in GONE:
        events.append(Planned(facts.next_term_at, "begin_term", "B-CHG-002"))
    if facts.expires_at is None:
        return events
    if facts.state == "effective":
        events += _before_expiry(facts, facts.expires_at, settings)
        events += _after_expiry(facts, facts.expires_at, settings)
    elif facts.state == "grace":
        retention = facts.retention_ends_at or ends_of(facts.expires_at, settings).retention_ends_at
        events.append(_freeze(facts.grace_ends_at or facts.expires_at, settings))
        events += _retained(facts, retention, settings)
    elif facts.state in {"freezing", "frozen"}:
        retention = facts.retention_ends_at or ends_of(facts.expires_at, settings).retention_ends_at
        events += _retained(facts, retention, settings)
    return sorted(events, key=lambda each: each.place)


def following(events: Sequence[Planned], done_through: datetime | None, done_order: int) -> list[Planned]:
    """The events that have not been carried out yet."""
    if done_through is None:
        return list(events)
    return [each for each in events if each.place > (done_through, done_order)]


def _before_expiry(facts: Facts, expires_at: datetime, settings: Settings) -> Iterator[Planned]:
    zone = _zone(settings)
    last = last_day(expires_at, zone)
    if facts.renewal != "none":
        key = "trial.reminder_days" if facts.is_trial else "expiry.reminder_days"
        rule = "B-TRI-004" if facts.is_trial else "B-EXP-001"
        when = settings.trial_reminder_time if facts.is_trial else REMINDER_TIME
        days = settings.trial_reminder_days if facts.is_trial else settings.reminder_days
        for each in sorted(set(days), reverse=True):
            due = _at(last - timedelta(days=each), when, zone)
            begun = facts.effective_at is not None and due <= facts.effective_at
            too_early = facts.is_trial and each > facts.trial_days > 0
            if not begun and not too_early:
                yield Planned(due, "remind", rule, key, settings.reminders_version, str(each))
    if facts.renewal == "auto" and facts.renewals_left != 0 and not facts.is_trial:
        offset = settings.offset
        times = deduction_times(expires_at, offset.value, settings.deduct_time, zone)
        for instant in times:
            yield Planned(instant, "deduct", "B-ARN-003", offset.key, offset.version, str(offset.value))
        if times:
            notice = times[0] - timedelta(days=NOTICE_DAYS)
            yield Planned(notice, "price_notice", "B-ARN-009", value=str(NOTICE_DAYS))


def _after_expiry(facts: Facts, expires_at: datetime, settings: Settings) -> Iterator[Planned]:
    if facts.renewal == "to_pay_per_use":
        yield Planned(expires_at, "expire", "B-ARN-010", value="pay_per_use")
        return
    ends = ends_of(expires_at, settings)
    grace = settings.grace
    yield Planned(expires_at, "expire", "B-EXP", grace.key, grace.version, str(grace.value))
    if grace.value:
        yield _freeze(ends.grace_ends_at, settings)
    yield from _retained(facts, ends.retention_ends_at, settings)


def _freeze(at: datetime, settings: Settings) -> Planned:
    return Planned(at, "freeze", "B-EXP", settings.grace.key, settings.grace.version, str(settings.grace.value))


def _retained(facts: Facts, retention_ends_at: datetime, settings: Settings) -> Iterator[Planned]:
    zone, retention = _zone(settings), settings.retention
    day = last_day(retention_ends_at, zone) - timedelta(days=RELEASE_REMINDER_DAYS)
    reminder = _at(day, REMINDER_TIME, zone)
    expires_at = facts.expires_at or retention_ends_at
    # Also where renewal was canceled: nothing is deleted without a word (B-EXP-004 before B-ARN-011).
    if reminder > expires_at:
        yield Planned(reminder, "remind", "B-EXP-001", "", 0, "release")
    yield Planned(retention_ends_at, "release", "B-EXP-004", retention.key, retention.version, str(retention.value))


def release_may_begin(at: datetime, reminded_at: datetime | None) -> datetime:
    """The earliest instant at which what is due at `at` may be released: a day after a reminder (B-EXP-004)."""
    return at if reminded_at is None else max(at, reminded_at + LEAST_NOTICE)


def _zone(settings: Settings) -> tzinfo:
    if settings.zone is None:
        raise ValueError("A plan needs the billing time zone.")
    return settings.zone


def _at(day: date, when: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, when, tzinfo=zone).astimezone(UTC)
