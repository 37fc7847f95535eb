"""SQLite whose transactions wait for their turn (`turns`) before they ask for the write lock."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from galleria.kit.sqlite3 import turns


@lru_cache(maxsize=4096)
def _with_marks(sql: str) -> str:
    """The statement with this database's marks for values; the same few hundred statements come again and again."""
    return str(base.FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%"))


class Cursor(base.SQLiteCursorWrapper):
    """The framework's, but a statement's marks are changed once."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        return _with_marks(query) if param_names is None else str(query % {name: f":{name}" for name in param_names})


class DatabaseWrapper(base.DatabaseWrapper):
    """The framework's, but a transaction that will write begins when it is its turn."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._turn: turns.Turns | None = None

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

    def __del__(self) -> None:
        # A thread that ends within a transaction drops its connection, and the database undoes it.
        if getattr(self, "_turn", None) is not None:
            self._give()
