"""Which activities a product's address must answer before the product can be submitted (A-V2C-002)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from .messages import Activity

ChargingMode = Literal["one_time", "period", "usage", "package"]

_ALWAYS: Final[frozenset[Activity]] = frozenset({"newInstance", "queryInstance", "releaseInstance"})
_LASTING: Final[frozenset[Activity]] = frozenset({"refreshInstance", "updateInstanceStatus"})
_CHANGING: Final[frozenset[Activity]] = frozenset({"upgradeInstance", "changeInstanceCheck"})


def needed_activities(
    modes: Iterable[ChargingMode], *, can_change: bool = False, wants_notices: bool = False
) -> frozenset[Activity]:
    """The activities that need a successful debugging case.

    `period` stands for yearly, monthly and daily. `can_change`: the product allows upgrade, expansion,
    downgrade or reduction, which only period products can. `wants_notices`: the seller asked for orderNotify.
    """
    charged = set(modes)
    if not charged:
        raise ValueError("a product has at least one charging mode")
    needed = set(_ALWAYS)
    if charged - {"one_time"}:
        needed |= _LASTING
    if can_change and "period" in charged:
        needed |= _CHANGING
    if wants_notices:
        needed.add("orderNotify")
    return frozenset(needed)
