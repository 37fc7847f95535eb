"""What several commands share: options for people, values that people write, the framework's start."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import re
from datetime import timedelta
from pathlib import Path

_PIECE = re.compile(r"(\d{1,6})([wdhms])", re.ASCII)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def parser(command: str, text: str) -> argparse.ArgumentParser:
    """A parser whose help begins with what the command does."""
    return argparse.ArgumentParser(prog=f"galleria {command}", description=text, allow_abbrev=False)


def data_option(to: argparse.ArgumentParser) -> None:
    """`--data DIR`, which stands for GALLERIA_DATA_DIR."""
    to.add_argument("--data", metavar="DIR", type=Path, help="data folder (default: GALLERIA_DATA_DIR)")


def use_data(folder: Path | None) -> None:
    """Before the framework starts: that folder it is."""
    if folder is not None:
        os.environ["GALLERIA_DATA_DIR"] = str(folder.resolve())


def save_memory() -> None:
    """Let all threads share one heap of the C library (mallopt's M_ARENA_MAX): only one of them runs Python at a time,
    and a heap for each would keep what it once needed. Nothing where the C library is another."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(-8, 1)


def start() -> None:
    """Load the settings and every package."""
    import django

    django.setup()


def is_empty_database() -> bool:
    """Whether nothing was set up in it; one that does not answer is not called empty."""
    from django.db import DatabaseError, connection

    from galleria.kit import jobs

    try:
        return not jobs.has_queue()
    except DatabaseError:
        return False
    finally:
        connection.close()


def duration(text: str) -> timedelta:
    """`30d`, `2h50m`, `1w`: weeks, days, hours, minutes, seconds. Raises ValueError otherwise."""
    pieces = _PIECE.findall(text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        raise ValueError(f"{text!r} is not a duration such as 30d, 2h50m or 1w")
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in pieces), timedelta())


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def port(text: str) -> int:
    """A port that can be named, for argparse."""
    number = positive(text)
    if number > 65535:
        raise ValueError(text)
    return number


DEMO = {
    "GALLERIA_TEST_CLOCK": "yes",
    "GALLERIA_DEMO": "yes",
    "GALLERIA_OUTGOING_ALLOW": "127.0.0.0/8",
    "GALLERIA_ALLOW_HTTP_SELLERS": "yes",
}
"""What every process of a demo has in its environment: a clock that turns, test cards, sellers on this machine."""
