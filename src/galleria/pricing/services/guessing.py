"""Naming accounts tells which there are, so that few unknown ones may be named (S-OFR-001)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, TooManyRequests

MOST_UNKNOWN = 50
HOUR = 3600
UNKNOWN = "unknown_accounts"  # in `extra` of the refusal: how many names were unknown

P = ParamSpec("P")
T = TypeVar("T")


def few_guesses(service: Callable[Concatenate[Actor, P], T]) -> Callable[Concatenate[Actor, P], T]:
    """Count the unknown accounts that an account's users name to a service, whose transaction is inside.

    After 50 in an hour it raises TooManyRequests, whatever is named.
    """

    @wraps(service)
    def counted(actor: Actor, /, *args: P.args, **given: P.kwargs) -> T:
        hour = int(cast(datetime, given["at"]).timestamp()) // HOUR
        key = f"{UNKNOWN}:{actor.account_pk}:{hour}"
        if cache.get(key, 0) >= MOST_UNKNOWN:
            words = _("Too many accounts were named that nobody knows. Try again in an hour.")
            raise TooManyRequests(words, retry_after=HOUR)
        try:
            return service(actor, *args, **given)
        except Invalid as refusal:
            if unknown := refusal.extra.get(UNKNOWN):
                cache.set(key, cache.get(key, 0) + unknown, HOUR)
            raise

    return counted
