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
            while self._seen:
                oldest = next(iter(self._seen))
                if self._seen[oldest] >= now_ms - MEMORY_MS and len(self._seen) < self._most:
                    break
                del self._seen[oldest]
            if nonce in self._seen:
                return False
            self._seen[nonce] = now_ms
            return True
