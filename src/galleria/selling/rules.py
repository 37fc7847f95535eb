"""Hours of support, names of companies, points, limits of test coupons. Pure functions."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = {
    "monday": 0, "mon": 0, "周一": 0, "星期一": 0, "tuesday": 1, "tue": 1, "tues": 1, "周二": 1, "星期二": 1,
    "wednesday": 2, "wed": 2, "周三": 2, "星期三": 2, "thursday": 3, "thu": 3, "thur": 3, "thurs": 3, "周四": 3,
    "星期四": 3, "friday": 4, "fri": 4, "周五": 4, "星期五": 4, "saturday": 5, "sat": 5, "周六": 5, "星期六": 5,
    "sunday": 6, "sun": 6, "周日": 6, "星期日": 6,
}  # fmt: skip
_DASH = r"\s*(?:-|–|—|to|至|~)\s*"
_DAY = "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))
_SPAN = re.compile(
    rf"(?P<days>(?:{_DAY})(?:{_DASH}(?:{_DAY}))?(?:\s*(?:,|/|and|、|和)\s*(?:{_DAY})(?:{_DASH}(?:{_DAY}))?)*)"
    rf"\s*:?\s*(?P<from>\d{{1,2}}(?::\d{{2}})?){_DASH}(?P<to>\d{{1,2}}(?::\d{{2}})?)",
    re.IGNORECASE,
)
_PART = re.compile(rf"(?P<one>{_DAY})(?:{_DASH}(?P<two>{_DAY}))?", re.IGNORECASE)
_ALWAYS = re.compile(r"\b(24\s*[/x×]\s*7|7\s*[x×]\s*24)\b|around the clock", re.IGNORECASE)


class HoursUnreadable(ValueError):
    """No days with times were found in the text."""


def hours_by_day(text: str) -> dict[str, int]:
    """Minutes a day of support hours such as `Mon-Fri 09:00-17:30; Sat 10-14 (CET)` or `24/7`.

    A span that ends before it begins goes over midnight and counts for the day on which it begins. Of two spans of one
    day the minutes are added, up to 24 hours. Raises HoursUnreadable.
    """
    if _ALWAYS.search(text):
        return dict.fromkeys(DAYS, 24 * 60)
    found = dict.fromkeys(DAYS, 0)
    spans = list(_SPAN.finditer(text))
    if not spans:
        raise HoursUnreadable(text)
    for span in spans:
        begin, end = _minutes(span["from"]), _minutes(span["to"])
        length = (end - begin) % (24 * 60) or (24 * 60 if end != begin else 0)
        for part in _PART.finditer(span["days"]):
            first = _NAMES[part["one"].lower()]
            last = _NAMES[part["two"].lower()] if part["two"] else first
            for step in range((last - first) % 7 + 1):
                day = DAYS[(first + step) % 7]
                found[day] = min(24 * 60, found[day] + length)
    return found


def _minutes(text: str) -> int:
    hours, _colon, minutes = text.partition(":")
    value = int(hours) * 60 + int(minutes or 0)
    if value > 24 * 60 or int(minutes or 0) > 59:
        raise HoursUnreadable(text)
    return value


def are_enough(minutes: dict[str, int], *, days: int = 5, hours: int = 8) -> bool:
    """Whether support is there on so many days for so many hours each (S-TCK-T1: 40 hours a week)."""
    return sum(1 for each in minutes.values() if each >= hours * 60) >= days


_LEGAL_FORMS = re.compile(
    r"\b(inc|incorporated|ltd|limited|llc|llp|plc|co|corp|corporation|gmbh|ag|ab|oy|oyj|as|aps|bv|nv|sa|sas|sarl|srl|"
    r"spa|pte|pty|kk)\b\.?",
    re.IGNORECASE,
)


def company_key(name: str) -> str:
    """What two spellings of one company's name have in common: letters and digits without case and legal form."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = _LEGAL_FORMS.sub(" ", re.sub(r"\b([a-z])\.(?=[a-z]\b)", r"\1", plain))
    kept = "".join(character for character in plain if character.isalnum())
    return kept or "".join(character for character in name.casefold() if character.isalnum())


def later(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or the last day of a shorter month."""
    month = moment.month - 1 + months
    year, month = moment.year + month // 12, month % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def points(decisions: Iterable[tuple[datetime, int]], at: datetime, months: int) -> int:
    """Points of the last months together (S-VIO-002)."""
    return sum(number for moment, number in decisions if later(moment, months) > at)


def left_this_year(limit_minor: int, taken: Iterable[int]) -> int:
    """What a seller may still ask for in a calendar year, never below nothing (S-TCP-001)."""
    return max(0, limit_minor - sum(taken))


def obligation_is_broken(requests: Iterable[datetime], released: Iterable[datetime], at: datetime, months: int) -> bool:
    """Whether three months passed after a request without any release since (S-TCP-T3)."""
    releases = sorted(released)
    return any(at > later(asked, months) and not any(moment >= asked for moment in releases) for asked in requests)


def years_ago(moment: datetime, years: int) -> datetime:
    """The same day so many years before."""
    return later(moment, -12 * years)


CODE_MINUTES = 30
CODE_TRIES = 5
LINK_LIFE = timedelta(days=7)
