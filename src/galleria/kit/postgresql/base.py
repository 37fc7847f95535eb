"""PostgreSQL that keeps the plans of the statements of `kit.prepared`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import register_tzloader  # type: ignore[import-untyped]
from psycopg.postgres import types

KEPT = 400
"""Plans that a connection keeps: more than a purchase, a page and a delivery have between them."""


class DatabaseWrapper(base.DatabaseWrapper):
    """The framework's, with a second way to run a statement, and a note of the named locks that its transaction holds,
    so that `kit.locks` asks for each once. What is rolled back to a savepoint may be held still: it is forgotten, and
    asked for again."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.named_locks: set[str] = set()

    def _commit(self) -> None:
        self.named_locks.clear()
        super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        self.named_locks.clear()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self.named_locks.clear()
        super()._savepoint_rollback(sid)  # type: ignore[misc]

    def _close(self) -> None:
        self.named_locks.clear()
        super()._close()  # type: ignore[misc]

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:  # a pooler: nothing is kept, and it may refuse options
            return super().get_new_connection(conn_params)
        # Only statements of `quick` have kept plans, and all of them look up keys: one plan is good for any value.
        options = f"{conn_params.get('options', '')} -c plan_cache_mode=force_generic_plan".strip()
        made = super().get_new_connection({**conn_params, "options": options})
        made.prepare_threshold = 1  # cursors that put values into the text never prepare
        made.prepared_max = KEPT
        return made

    def quick(self, sql: str, values: Sequence[Any]) -> Any:
        """The cursor of a statement that the server parsed and planned before; for `kit.prepared`.

        Behind a pooler that gives every transaction another connection there are no kept plans: the values are put into
        the text as everywhere else.
        """
        self.validate_thread_sharing()
        self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            if self.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
                cursor = self.create_cursor()
                return cursor.execute(sql, values)
            own = psycopg.Cursor(self.connection)
            loader = self.connection.adapters.get_loader(types["timestamptz"].oid, psycopg.pq.Format.TEXT)
            if self.timezone != loader.timezone:
                register_tzloader(self.timezone, own)
            return own.execute(sql, values, prepare=True)
