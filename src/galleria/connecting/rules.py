"""How long a proof may take, when trouble is too much: pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

from galleria.delivering.adapters.saas_v2 import matrix
from galleria.delivering.adapters.saas_v2.matrix import ChargingMode
from galleria.delivering.adapters.saas_v2.messages import Activity

TOKEN_DAYS: Final = 7  # A-ADR-001: an unproven token
PROOF_PATH: Final = "/.well-known/galleria-address.txt"
PROOF_NAME: Final = "_galleria-address"
PROOF_PREFIX: Final = "galleria-address="
RUNS: Final = ("morning", "afternoon")

_MODES: Final[dict[str, ChargingMode]] = {
    "one_time": "one_time",
    "period": "period",
    "pay_per_use": "usage",
    "usage": "usage",
    "package": "package",
}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


class BadOrigin(ValueError):
    """What was typed is not scheme and host; the text says why."""


def origin_of(text: str) -> str:
    """Scheme and host as they are kept: `https://console.example.com`, a port only if it is not the usual one.

    Raises BadOrigin when there is a path, a query, a user name, or no host.
    """
    typed = text.strip()
    if "://" not in typed:
        typed = f"https://{typed}"
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        raise BadOrigin("unreadable") from None
    host = (parts.hostname or "").lower().rstrip(".")
    if parts.scheme.lower() not in ("http", "https"):
        raise BadOrigin("scheme")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise BadOrigin("path")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise BadOrigin("unreadable") from None
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise BadOrigin("unreadable")
    usual = 443 if parts.scheme.lower() == "https" else 80
    return f"{parts.scheme.lower()}://{host}" + (f":{port}" if port and port != usual else "")


def path_of(text: str) -> str:
    """The path (and the seller's own query) below a domain, beginning with a slash. Raises BadOrigin."""
    typed = text.strip()
    if not typed.startswith("/"):
        typed = f"/{typed}"
    if re.search(r"[\x00-\x20\x7f\\#]", typed) or "://" in typed.partition("?")[0] or typed.startswith("//"):
        raise BadOrigin("unreadable")
    if len(typed) > 200:
        raise BadOrigin("long")
    return typed


def is_below(url: str, origin: str) -> bool:
    """Whether an interface URL belongs to that domain."""
    return url == origin or url.startswith((f"{origin}/", f"{origin}?"))


def proves(text: str, token: str) -> bool:
    """Whether a TXT record or the file holds the token, in a line of its own, with or without its name."""
    lines = (line.strip().strip('"') for line in text.splitlines())
    return any(line.removeprefix(PROOF_PREFIX).strip() == token for line in lines)


def needed_activities(
    billing_modes: Iterable[str], *, has_upgrade: bool = False, has_trial: bool = False, wants_notices: bool = False
) -> list[Activity]:
    """The activities that need a saved successful case, in the order in which one tries them (A-V2C-002).

    A trial becomes commercial through refreshInstance, whatever the charging mode. Modes that have nothing to do
    with an interface (`free`) are ignored; without any, what every product needs is needed.
    """
    modes: set[ChargingMode] = {_MODES[mode] for mode in billing_modes if mode in _MODES} or {"one_time"}
    needed = set(matrix.needed_activities(modes, can_change=has_upgrade, wants_notices=wants_notices))
    if has_trial:
        needed.add("refreshInstance")
    order: tuple[Activity, ...] = (
        "newInstance", "queryInstance", "refreshInstance", "updateInstanceStatus", "upgradeInstance",
        "changeInstanceCheck", "releaseInstance", "orderNotify",
    )  # fmt: skip
    return [activity for activity in order if activity in needed]


@dataclass(frozen=True)
class DayRun:
    """One dial test of a product."""

    day: date
    run: str
    passed: bool


def failed_days(tests: Collection[DayRun], until: date) -> int:
    """How many days up to `until` in a row failed: both runs of a day failed (A-DIA-004).

    A day on which only one run took place, or none, breaks the row: nobody is suspended for our own silence.
    """
    by_day: dict[date, dict[str, bool]] = {}
    for test in tests:
        by_day.setdefault(test.day, {})[test.run] = test.passed
    count, day = 0, until
    while (runs := by_day.get(day)) is not None and set(runs) >= set(RUNS) and not any(runs.values()):
        count += 1
        day -= timedelta(days=1)
    return count
