"""What packages above know about rights beyond the table of roles."""

from __future__ import annotations

from collections.abc import Callable

from galleria.kit.actor import Actor
from galleria.kit.errors import Text

GIVING: dict[str, Callable[[Actor, frozenset[str]], Text]] = {}
"""Why an actor may not give these roles, empty if they may; registered by the packages that know
(`handlers.connect`). Nobody gives what they do not have themselves."""


def why_not_give(actor: Actor, roles: frozenset[str]) -> Text:
    """The first reason that a package has; empty if there is none."""
    return next((reason for why_not in GIVING.values() if (reason := why_not(actor, roles))), "")
