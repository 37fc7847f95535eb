"""What an order does, by its kind: when it is paid, when the seller has done it, when the seller never will.

Each kind of order registers its own; paying and delivering know none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from galleria.buying.models import Order, OrderLine


@dataclass(frozen=True)
class Effect:
    """`paid`: in the payment's transaction, for each line. `delivered` and `failed`: in the seller's answer's."""

    paid: Callable[[Order, OrderLine, datetime], None]
    delivered: Callable[[OrderLine, datetime], None]
    failed: Callable[[OrderLine, str, datetime], None]


_EFFECTS: dict[int, Effect] = {}


def register(kind: int, effect: Effect) -> None:
    """Called once per kind of order, when its module is imported."""
    _EFFECTS[kind] = effect


def of(kind: int) -> Effect:
    """The effect of a kind of order. Raises KeyError for a kind that nobody registered."""
    return _EFFECTS[kind]
