"""The one place that knows what time it is.

Production reads the system clock. With `GALLERIA_TEST_CLOCK` the marketplace runs on a *test clock*: the
system clock plus an offset kept in the file `clock` of the data folder, shared by every process, so that
a demo can be turned a month forward. Tests in one process stop the clock with `set_for_tests`.
Time that measures the machine itself (leases, durations) uses `time.monotonic` or `real_now`, never this.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from galleria.kit.errors import Refused


@dataclass
class _TestClock:
    """Where the clock of this process stands still, and what the clock file said when it was last read."""

    stopped: datetime | None = None
    file_stamp: tuple[int, int, int] | None = None
    file_offset: int = 0


_lock = threading.Lock()
_test_clock = _TestClock()


class ClockIsReal(Refused):
    """Only a test clock can be turned."""

    code = "CLOCK_IS_REAL"
    status = 409


def real_now() -> datetime:
    """The system's time, never shifted: for leases and log lines."""
    return datetime.now(UTC)


def now() -> datetime:
    """The marketplace's time, aware, in UTC."""
    stopped = _test_clock.stopped
    if stopped is not None:
        return stopped
    if getattr(settings, "GALLERIA_TEST_CLOCK", False):
        return real_now() + timedelta(seconds=offset_seconds())
    return real_now()


def billing_zone() -> ZoneInfo:
    """The billing time zone that the operator set (B-TIM-001)."""
    return _zone(getattr(getattr(settings, "GALLERIA", None), "billing_time_zone", "Etc/GMT-8"))


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def billing_date(at: datetime) -> date:
    """The calendar day of an instant in the billing time zone."""
    return at.astimezone(billing_zone()).date()


def is_test_clock() -> bool:
    """Whether time can be turned here."""
    return _test_clock.stopped is not None or bool(getattr(settings, "GALLERIA_TEST_CLOCK", False))


def _file() -> Path:
    return Path(getattr(settings, "GALLERIA_DATA_DIR", ".")) / "clock"


def offset_seconds() -> int:
    """How far the test clock is ahead of the system; read again when the file changed."""
    path = _file()
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
    if _test_clock.file_stamp != stamp:
        try:
            offset = int(path.read_text("ascii").strip() or "0")
        except ValueError:
            raise RuntimeError(f"{path} must hold a whole number of seconds") from None
        with _lock:
            _test_clock.file_stamp, _test_clock.file_offset = stamp, offset
    return _test_clock.file_offset


def advance(delta: timedelta) -> datetime:
    """Turn the test clock forward and return the new time. Raises ClockIsReal on a real clock."""
    return travel_to(now() + delta)


def travel_to(instant: datetime) -> datetime:
    """Set the test clock to an instant; it goes on from there (or stays, in tests that stopped it)."""
    _require_aware(instant)
    if _test_clock.stopped is not None:
        _test_clock.stopped = instant.astimezone(UTC)
        return _test_clock.stopped
    if not getattr(settings, "GALLERIA_TEST_CLOCK", False):
        raise ClockIsReal("This marketplace runs on real time. Start it with a test clock to turn time.")
    path = _file()
    with _lock:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"clock.{os.getpid()}.new")
        fresh.write_text(str(round((instant - real_now()).total_seconds())), "ascii")
        fresh.replace(path)
    return now()


def set_for_tests(instant: datetime | None) -> None:
    """Stop the clock of this process at an instant, or let it run again with None."""
    if instant is not None:
        _require_aware(instant)
        instant = instant.astimezone(UTC)
    _test_clock.stopped = instant


def _require_aware(instant: datetime) -> None:
    if instant.tzinfo is None:
        raise ValueError("an instant carries its time zone")
