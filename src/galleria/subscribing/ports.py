"""Who carries out what a timer says: packages above register, since charging and calling sellers is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from galleria.subscribing.models import Subscription
    from galleria.subscribing.rules.plan import Kind, Planned


class Runner(Protocol):
    """Carries out one event. Returns None when it is done, or the instant at which to try again."""

    def __call__(self, subscription: Subscription, planned: Planned, *, at: datetime) -> datetime | None: ...


@dataclass(frozen=True)
class Registered:
    """`outside`: it runs outside transactions, commits its own, and bears to be run twice (it may charge a card);
    it reads the subscription itself. `only_tells`: it changes nothing that the plan is made of.
    """

    run: Runner
    outside: bool = False
    only_tells: bool = False


RUNNERS: dict[Kind, Registered] = {}


def register(kind: Kind, run: Runner, *, outside: bool = False, only_tells: bool = False) -> None:
    """Called once per kind by `handlers.connect`."""
    RUNNERS[kind] = Registered(run, outside, only_tells)
