"""Operator settings: the figures of the rules, each with a default, a meaning and a history (B-GEN-002).

`get(key)` gives the value in force; `get(key, at=…)` the one that was in force then, so that what has begun keeps
the value it began with. Some settings have values per scope (a delivery type), which fall back to the general one.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, locks
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.models import ParameterChange
from galleria.kit.money import Money
from galleria.kit.parameter_table import OPERATOR_SETTINGS, Parameter, check, wrong

CACHE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Version:
    """A value with the time from which it holds; version 0 is the default."""

    value: Any
    version: int
    at: datetime | None


parameters: dict[str, Parameter] = {}


def define(*new: Parameter) -> None:
    """Add settings to the table; a package may bring its own."""
    for each in new:
        parameters[each.key] = each


define(*OPERATOR_SETTINGS)


def definition(key: str) -> Parameter:
    """Raises NotFound for a setting that does not exist."""
    try:
        return parameters[key]
    except KeyError:
        raise NotFound(extra={"parameter": key}) from None


# ----- reading -----

_Versions = dict[tuple[str, str], list[Version]]


class _Cache:
    """The whole table, read again after some seconds: it is small, and asked for at every step."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._versions: _Versions | None = None

    def forget(self) -> None:
        with self._lock:
            self._versions = None

    def versions(self) -> _Versions:
        held = self._versions
        if held is not None and time.monotonic() - self._read_at < CACHE_SECONDS:
            return held
        found: _Versions = {}
        for row in ParameterChange.objects.order_by("key", "scope", "version"):
            found.setdefault((row.key, row.scope), []).append(Version(row.value, row.version, row.at))
        with self._lock:
            self._read_at, self._versions = time.monotonic(), found
        return found


_cache = _Cache()


def forget_cached() -> None:
    """Read the table again at the next question; tests call it between each other."""
    _cache.forget()


def version_of(key: str, *, at: datetime | None = None, scope: str = "") -> Version:
    """The value in force at an instant, with its version."""
    parameter = definition(key)
    instant = at or clock.now()
    versions = _cache.versions()
    for place in (scope, "") if scope else ("",):
        in_force = [each for each in versions.get((key, place), ()) if each.at and each.at <= instant]
        if in_force:
            return max(in_force, key=lambda each: (each.at, each.version))
        if place in parameter.scope_defaults:
            return Version(parameter.scope_defaults[place], 0, None)
    return Version(parameter.default, 0, None)


def get(key: str, *, at: datetime | None = None, scope: str = "") -> Any:
    """The value in force now, or at an instant. Raises NotFound for an unknown setting."""
    return version_of(key, at=at, scope=scope).value


def stamp(prefixes: tuple[str, ...], *, at: datetime | None = None) -> int:
    """A number that is another one after each change of settings whose keys begin so, once it is in force."""
    instant = at or clock.now()
    return sum(
        1
        for (key, _scope), versions in _cache.versions().items()
        if key.startswith(prefixes)
        for each in versions
        if each.at and each.at <= instant
    )


def money(key: str, *, at: datetime | None = None) -> Money:
    """A setting that is an amount."""
    amount, currency = str(get(key, at=at)).split()
    return Money.parse(amount, currency)


# ----- changing -----


@transaction.atomic
def change(actor: Actor, key: str, value: Any, *, at: datetime, reason: str = "", scope: str = "") -> ParameterChange:
    """Put a new value in force from `at` on; what has begun keeps its own. The caller checks the permission
    and writes the audit record. Raises NotFound, and Invalid with the field named after the setting.
    """
    parameter = definition(key)
    if scope and not parameter.scoped:
        raise wrong(key, _("This setting has one value for everything."))
    checked = check(parameter, value)
    locks.hold(f"parameter:{key}:{scope}")
    versions = ParameterChange.objects.filter(key=key, scope=scope)
    last = versions.aggregate(last=Max("version"))["last"] or 0
    row = ParameterChange.objects.create(
        key=key, scope=scope, version=last + 1, value=checked, at=at,
        user_id=actor.user_id or "", user_name=actor.user_name, reason=reason,
    )  # fmt: skip
    forget_cached()
    # Another thread may have read the old table again before this commits.
    transaction.on_commit(forget_cached, using=connection.alias)
    return row


def scopes_of(key: str) -> list[str]:
    """The scopes that have a value of their own."""
    definition(key)
    rows = ParameterChange.objects.filter(key=key).exclude(scope="").order_by("scope")
    return list(rows.values_list("scope", flat=True).distinct())


def history(key: str, *, scope: str = "") -> list[ParameterChange]:
    """All versions of a setting, the latest first."""
    definition(key)
    return list(ParameterChange.objects.filter(key=key, scope=scope).order_by("-version"))
