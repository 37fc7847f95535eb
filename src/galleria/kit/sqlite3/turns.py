"""Whose turn it is to write.

SQLite lets one connection write at a time. Who finds it busy sleeps, longer each time, up to a tenth of a second,
and is overtaken by whoever comes at the right moment: with eight buyers most of the time nobody works. Here writers
of one process queue at a lock of this process, which wakes the next at once; of several processes at two locked
files beside the database: who waits for its turn holds the queue, so that the process that has just written cannot
be the next again. Who is done rings a bell (a byte in a pipe), so that the next one need not look again and again;
a bell that nobody rang, because its process died, costs some milliseconds. A process that dies loses its locks
with its files.

This only orders who may try; the lock of the database itself still decides.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import threading
import time
from typing import Final

LOOK_EVERY: Final = 0.004  # seconds, when the bell does not ring before


class Turns:
    """The queue of one database file, for this process."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._here = threading.Lock()
        self._pid = 0
        self._queue = self._turn = self._queue_bell = self._turn_bell = -1

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
        _ring(self._turn_bell)
        self._here.release()

    def forget(self) -> None:
        """Close the files, in a forked child."""
        for file in (self._queue, self._turn, self._queue_bell, self._turn_bell):
            if file >= 0:
                os.close(file)
        self._queue = self._turn = self._queue_bell = self._turn_bell = -1

    def _locked(self, until: float) -> bool:
        self._open()
        if not _lock(self._queue, self._queue_bell, until):
            return False
        try:
            return _lock(self._turn, self._turn_bell, until)
        finally:
            fcntl.flock(self._queue, fcntl.LOCK_UN)
            _ring(self._queue_bell)

    def _open(self) -> None:
        """The two files of this process: a forked child must not share those of its parent, nor their locks."""
        if self._pid == os.getpid():
            return
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._queue = os.open(f"{self._path}-queue", flags, 0o600)
        self._turn = os.open(f"{self._path}-turn", flags, 0o600)
        self._queue_bell = _bell(f"{self._path}-queue-bell")
        self._turn_bell = _bell(f"{self._path}-turn-bell")
        self._pid = os.getpid()


def _lock(file: int, bell: int, until: float) -> bool:
    if _try(file):
        return True
    while time.monotonic() <= until:
        _hush(bell)  # what rang before this look says nothing about the time after it
        if _try(file):
            return True
        select.select([bell], [], [], LOOK_EVERY)
    return False


def _try(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _bell(path: str) -> int:
    """A named pipe, open at both ends, so that neither ringing nor listening ever waits for somebody."""
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def _ring(bell: int) -> None:
    with contextlib.suppress(BlockingIOError):  # full of rings that nobody waited for
        os.write(bell, b".")


def _hush(bell: int) -> None:
    with contextlib.suppress(BlockingIOError):  # it is silent
        os.read(bell, 65536)


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
