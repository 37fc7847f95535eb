"""Nonces that were used already: a call is taken once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Protocol

MEMORY_MS = 10 * 60 * 1000


class Nonces(Protocol):
    """Where nonces are remembered. With several processes use a store that they share (a table, a cache)."""

    def use(self, nonce: str, now_ms: int) -> bool:
        """Remember a nonce; False if it was used in the last minutes."""
        ...


class MemoryNonces:
    """Remembered in this process, for ten minutes."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def use(self, nonce: str, now_ms: int) -> bool:
        """Remember a nonce; False if it was used in the last ten minutes."""
        with self._lock:
            seen_ms = self._seen.get(nonce)
            if seen_ms is not None and seen_ms >= now_ms - MEMORY_MS:
                return False
            self._seen[nonce] = now_ms
            self._seen.move_to_end(nonce)
            while len(self._seen) > self._most or next(iter(self._seen.values())) < now_ms - MEMORY_MS:
                self._seen.popitem(last=False)
            return True
