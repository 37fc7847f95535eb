"""`galleria clock`: show the marketplace's time, or turn a test clock forward."""

from __future__ import annotations

import argparse
import os
from datetime import timedelta
from pathlib import Path

from galleria.cli import options


def run(arguments: list[str]) -> int:
    """`show`, or `advance 30d`. Raises ClockIsReal where time cannot be turned."""
    parser = options.parser("clock", "Shows the time of the marketplace, or turns the clock of a demo forward.")
    options.data_option(parser)
    parser.add_argument("action", nargs="?", choices=("show", "advance"), default="show", help="default: show")
    parser.add_argument("duration", nargs="?", type=_duration, help="how far to advance, such as 30d, 2h50m or 1w")
    given = parser.parse_args(arguments)
    if (given.action == "advance") != (given.duration is not None):
        parser.error("say `clock show`, or how far: `clock advance 30d`")
    options.use_data(given.data or _demo_folder())
    # A folder that holds a clock belongs to a demo, whose processes all follow that file.
    if (Path(os.environ.get("GALLERIA_DATA_DIR", "var")) / "clock").exists():
        # What is due is carried out here too, as the demo's own processes would.
        os.environ.update(options.DEMO)
        os.environ.setdefault("GALLERIA_LOG_LEVEL", "ERROR")
    options.start()

    from galleria.kit import clock

    if given.duration is not None:
        _advance(given.duration)
    now = clock.now()
    ahead = timedelta(seconds=clock.offset_seconds() if clock.is_test_clock() else 0)
    kind = f"test clock, {_text(ahead)} ahead" if clock.is_test_clock() else "real time"
    print(f"{now.astimezone(clock.billing_zone()):%Y-%m-%d %H:%M:%S %z}  ({kind})")
    return 0


def _advance(duration: timedelta) -> None:
    """From one due instant to the next, so that everything happens in its order and at its time."""
    from galleria.kit import clock, jobs

    if not clock.is_test_clock() or not jobs.has_queue():
        clock.advance(duration)  # refuses on a real clock; without a database there is nothing to carry out
        return
    ran = jobs.run_due(until=clock.now() + duration)
    print(f"{ran.count} jobs run" + (f", {len(ran.died)} of them failed for good" if ran.died else ""))


def _demo_folder() -> Path | None:
    """The demo keeps its data in a folder of its own; without one named, its clock is meant if it is the only one."""
    data = Path(os.environ.get("GALLERIA_DATA_DIR", "var"))
    if not (data / "clock").exists() and (data / "demo" / "clock").exists():
        return data / "demo"
    return None


def _duration(text: str) -> timedelta:
    try:
        return options.duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _text(ahead: timedelta) -> str:
    hours, rest = divmod(ahead.seconds, 3600)
    return f"{ahead.days} d {hours} h {rest // 60} min"
