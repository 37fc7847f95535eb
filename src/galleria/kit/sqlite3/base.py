"""SQLite whose transactions wait for their turn (`turns`) before they ask for the write lock."""

from __future__ import annotations

import _thread
import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from galleria.kit.sqlite3 import turns


@lru_cache(maxsize=4096)
def _with_marks(sql: str) -> str:
    """The statement with this database's marks for values; the same few hundred statements come again and again."""
    return str(base.FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%"))


def make(path: str) -> None:
    """An empty database that nobody but its owner reads; the files beside it take this over from it.

    Raises OSError where there is one already.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


class _Opened:
    """The connections that a thread opened. When the thread ends, this goes with its other belongings and closes
    them: the connections themselves stand in circles of objects, open, with their file and perhaps with the turn to
    write, until somebody looks for garbage.

    A thread that the web server made, not Python, must not close them itself. To let go of a connection's functions
    SQLite takes hold of the interpreter and lets go again, and with that the interpreter forgets such a thread a second
    time while it is still forgetting it, which ends the process (CPython's PyGILState_Release). Another thread closes.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.connections: set[DatabaseWrapper] = set()
        self._is_foreign = isinstance(threading.current_thread(), threading._DummyThread)

    def __del__(self, _pid: Callable[[], int] = os.getpid, _at_exit: Callable[[], bool] = sys.is_finalizing) -> None:
        # What a forked child inherits is its parent's; what a process still has at its end closes with it.
        if self.pid != _pid() or _at_exit():
            return
        if self._is_foreign:
            with suppress(RuntimeError):  # the process is about to end
                _thread.start_new_thread(_end_all, (self.connections,))
        else:
            _end_all(self.connections)


def _end_all(connections: Iterable[DatabaseWrapper]) -> None:
    for each in connections:
        each.end()


class _Mine(threading.local):
    opened: _Opened | None = None


_mine = _Mine()


class Cursor(base.SQLiteCursorWrapper):
    """The framework's, but a statement's marks are changed once."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        return _with_marks(query) if param_names is None else str(query % {name: f":{name}" for name in param_names})


class DatabaseWrapper(base.DatabaseWrapper):
    """The framework's, but a transaction that will write begins when it is its turn."""

    # To SQLite an integer has 64 bits by either name, but only a primary key that is called "integer" is the row's own
    # number. By the other name each look at a row would first go through an index of its own.
    data_types = base.DatabaseWrapper.data_types | {"BigIntegerField": "integer"}

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._turn: turns.Turns | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not self.is_in_memory_db():
            opened = _mine.opened
            if opened is None or opened.pid != os.getpid():
                opened = _mine.opened = _Opened()
            opened.connections.add(self)
            with suppress(OSError):  # it is there already, or its folder is not: the connection says so
                make(str(self.settings_dict["NAME"]))
        return super().get_new_connection(conn_params)

    def end(self) -> None:
        """Its thread is over: close without a look at what it was doing; the database undoes it."""
        self._close()
        self.connection = None

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=Cursor)

    def quick(self, sql: str, values: Sequence[Any]) -> Any:
        """The cursor of a statement that ran without the layers that log and wrap; for `kit.prepared`."""
        self.validate_thread_sharing()
        if self.connection is None:
            self.connect()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            return self.connection.execute(_with_marks(sql), values)

    def _start_transaction_under_autocommit(self) -> None:
        mode = self.settings_dict["OPTIONS"].get("transaction_mode")
        if mode == "IMMEDIATE" and self._turn is None and not self.is_in_memory_db():
            turn = turns.of(str(self.settings_dict["NAME"]))
            wait = float(self.settings_dict["OPTIONS"].get("timeout", 5))
            if not turn.take(wait):
                raise OperationalError("database is locked")
            self._turn = turn
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._give()  # not when it fails: the transaction lasts until it is rolled back

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give()

    def _give(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.give()
