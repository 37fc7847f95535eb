"""How often one caller may ask: a bucket of tokens for each key, person or address, in each web process.

A bucket holds `GALLERIA_API_BURST` requests and refills with `GALLERIA_API_RATE` a second. It lives in memory: a
limit that wrote to the database at every request would cost more than what it protects. With several web processes
a caller may therefore get a multiple of the rate; keep that in mind when setting it.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from galleria.kit.actor import Actor
from galleria.kit.errors import TooManyRequests

_MOST = 20_000  # callers remembered; a full bucket is the same as an unknown caller
_PUBLIC_PART = 12  # of a key: what lists of keys show


@dataclass(slots=True)
class _Bucket:
    tokens: float
    seen: float


class Buckets:
    """All buckets of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, caller: str, *, rate: float, burst: int, now: float) -> float:
        """Take a token; returns 0, or for how many seconds the caller has to wait."""
        with self._lock:
            bucket = self._buckets.get(caller)
            if bucket is None:
                if len(self._buckets) >= _MOST:
                    self._forget_full(rate, burst, now)
                bucket = self._buckets[caller] = _Bucket(float(burst), now)
            bucket.tokens = min(float(burst), bucket.tokens + (now - bucket.seen) * rate)
            bucket.seen = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0.0
            return (1 - bucket.tokens) / rate

    def _forget_full(self, rate: float, burst: int, now: float) -> None:
        full = [key for key, each in self._buckets.items() if each.tokens + (now - each.seen) * rate >= burst]
        for key in full:
            del self._buckets[key]
        if len(self._buckets) >= _MOST:
            self._buckets.clear()

    def forget(self) -> None:
        """Start anew; for tests."""
        with self._lock:
            self._buckets.clear()


buckets = Buckets()


def check(request: HttpRequest, actor: Actor | None) -> None:
    """Count this request. Raises TooManyRequests, which says when to come back.

    `actor`: who was recognised; None after a key or session that is not valid, so that guessing is slow.
    """
    rate, burst = float(settings.GALLERIA_API_RATE), int(settings.GALLERIA_API_BURST)
    if wait := wait_of(_caller(request, actor), rate=rate, burst=burst):
        raise TooManyRequests(retry_after=wait)


def wait_of(caller: str, *, rate: float, burst: int) -> int:
    """Count a request of a caller: 0, or for how many whole seconds it has to wait. A rate of 0 is no limit."""
    if rate <= 0:
        return 0
    return math.ceil(buckets.take(caller, rate=rate, burst=burst, now=time.monotonic()))


def _caller(request: HttpRequest, actor: Actor | None) -> str:
    """The key by its public beginning, the person of a session, or the address."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if actor is None:
        return f"unknown:{address}"
    header = request.headers.get("Authorization", "")
    if header:
        return header.partition(" ")[2].strip()[:_PUBLIC_PART]
    return actor.user_id or address
