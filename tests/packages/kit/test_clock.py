"""The clock: real, turned, or stopped."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from galleria.kit import clock
from tests.packages.kit.conftest import START


def test_a_stopped_clock_stands_still_until_it_is_turned() -> None:
    assert clock.now() == START == clock.now()
    assert clock.advance(timedelta(days=30)) == clock.now() == START + timedelta(days=30)
    assert clock.travel_to(START) == START


def test_every_instant_carries_its_time_zone_and_is_told_in_utc() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.set_for_tests(datetime(2027, 1, 1))  # noqa: DTZ001
    clock.set_for_tests(datetime(2027, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == datetime(2027, 1, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


@pytest.mark.req("B-TIM-001")
def test_the_calendar_day_is_that_of_the_billing_time_zone() -> None:
    assert clock.billing_date(datetime(2027, 3, 1, 15, 59, tzinfo=UTC)) == date(2027, 3, 1)
    assert clock.billing_date(datetime(2027, 3, 1, 16, 0, tzinfo=UTC)) == date(2027, 3, 2)


@pytest.fixture
def running(settings: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A clock that runs, with its file in a folder of its own."""
    clock.set_for_tests(None)
    settings.GALLERIA_DATA_DIR = tmp_path  # type: ignore[attr-defined]
    settings.GALLERIA_TEST_CLOCK = True  # type: ignore[attr-defined]
    return tmp_path / "clock"


def ahead() -> timedelta:
    return clock.now() - clock.real_now()


def test_a_running_test_clock_is_turned_by_its_file(running: Path) -> None:
    assert abs(ahead()) < timedelta(seconds=1)
    clock.advance(timedelta(days=30))
    assert abs(ahead() - timedelta(days=30)) < timedelta(seconds=2)
    clock.advance(timedelta(days=1))
    assert abs(ahead() - timedelta(days=31)) < timedelta(seconds=2)
    assert abs(int(running.read_text()) - 31 * 86_400) <= 1


def test_another_process_that_turns_the_clock_is_noticed_at_once(running: Path) -> None:
    clock.now()
    subprocess.run([sys.executable, "-c", f"open({str(running)!r}, 'w').write('3600')"], check=True)
    assert abs(ahead() - timedelta(hours=1)) < timedelta(seconds=1)
    running.unlink()
    assert abs(ahead()) < timedelta(seconds=1)


def test_a_damaged_clock_file_is_reported_by_name(running: Path) -> None:
    running.write_text("tomorrow")
    with pytest.raises(RuntimeError, match="clock must hold a whole number of seconds"):
        clock.now()


def test_real_time_cannot_be_turned(running: Path, settings: pytest.FixtureRequest) -> None:
    settings.GALLERIA_TEST_CLOCK = False  # type: ignore[attr-defined]
    running.write_text("3600")
    assert abs(ahead()) < timedelta(seconds=1)
    with pytest.raises(clock.ClockIsReal) as refusal:
        clock.advance(timedelta(days=1))
    assert refusal.value.code == "CLOCK_IS_REAL"
    assert not clock.is_test_clock()
