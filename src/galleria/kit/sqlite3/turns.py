"""Whose turn it is to write.

SQLite lets one connection write at a time. Who finds it busy sleeps, longer each time, up to a tenth of a second,
and is overtaken by whoever comes at the right moment: with eight buyers most of the time nobody works. Here writers
of one process queue at a lock of this process, which wakes the next at once; of several processes at two locked
files beside the database, looked at every half millisecond: who waits for its turn holds the queue, so that the
process that has just written cannot be the next again. A process that dies loses its locks with its files.

This only orders who may try; the lock of the database itself still decides.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from typing import Final

LOOK_EVERY: Final = 0.0005


class Turns:
    """The queue of one database file, for this process."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._here = threading.Lock()
        self._pid = 0
        self._queue = self._turn = -1

    def take(self, wait: float) -> bool:
        """Wait for the turn, for at most so many seconds."""
        until = time.monotonic() + wait
        if not self._here.acquire(timeout=max(0.0, wait)):
            return False
        if self._locked(until):
            return True
        self._here.release()
        return False

    def give(self) -> None:
        """The turn is over. Any thread may say so: connections can be shared."""
        fcntl.flock(self._turn, fcntl.LOCK_UN)
        self._here.release()

    def forget(self) -> None:
        """Close the files, in a forked child."""
        for file in (self._queue, self._turn):
            if file >= 0:
                os.close(file)
        self._queue = self._turn = -1

    def _locked(self, until: float) -> bool:
        self._open()
        if not _lock(self._queue, until):
            return False
        try:
            return _lock(self._turn, until)
        finally:
            fcntl.flock(self._queue, fcntl.LOCK_UN)

    def _open(self) -> None:
        """The two files of this process: a forked child must not share those of its parent, nor their locks."""
        if self._pid == os.getpid():
            return
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._queue = os.open(f"{self._path}-queue", flags, 0o600)
        self._turn = os.open(f"{self._path}-turn", flags, 0o600)
        self._pid = os.getpid()


def _lock(file: int, until: float) -> bool:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_EVERY)
        else:
            return True


_all: dict[str, Turns] = {}
_guard = threading.Lock()


def of(path: str) -> Turns:
    """The queue of a database file."""
    with _guard:
        return _all.setdefault(path, Turns(path))


def _after_fork() -> None:
    """A child begins anew: a lock that another thread of the parent held would never be given back, and the files
    that it shares with the parent would keep the parent's lock when that one dies."""
    global _guard
    _guard = threading.Lock()
    for each in _all.values():
        each.forget()
    _all.clear()


os.register_at_fork(after_in_child=_after_fork)
