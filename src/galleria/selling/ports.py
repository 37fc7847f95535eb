"""What packages above tell selling: what is still open when a seller leaves, what it released, how it gets started."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from galleria.kit.actor import Actor
from galleria.kit.errors import Text


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the exit checklist; `detail` says what is still open, `href` leads there (S-EXI-T1)."""

    key: str
    label: Text
    passed: bool
    detail: Text = ""
    href: str = ""


ExitCheck = Callable[[int], Check]
EXIT_CHECKS: dict[str, ExitCheck] = {}
"""Name to a function of the seller's row number; registered by the packages that know (`handlers.connect`)."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something left to do before the first sale; `why` says what it is for."""

    key: str
    words: Text
    done: bool
    href: str
    why: Text


STEPS: dict[str, Callable[[Actor, int], Iterable[Step]]] = {}
"""Steps of packages above, in the order in which they were registered: (actor, seller row) to steps."""

RELEASES: dict[str, Callable[[int], Iterable[datetime]]] = {}
"""When a seller's software products were released, by seller row (S-TCP-T3)."""

PRODUCTS: dict[str, Callable[[int], Iterable[tuple[str, str]]]] = {}
"""Public ids and names of a seller's products, for the grants of users and the scope of sanctions."""


def released(seller_pk: int) -> list[datetime]:
    """Every release that a package above knows of."""
    return [moment for source in RELEASES.values() for moment in source(seller_pk)]


def products(seller_pk: int) -> list[tuple[str, str]]:
    """Products of the seller: public id and name."""
    return [each for source in PRODUCTS.values() for each in source(seller_pk)]


def checklist(seller_pk: int) -> list[Check]:
    """The exit checklist as it is now."""
    return [check(seller_pk) for check in EXIT_CHECKS.values()]
