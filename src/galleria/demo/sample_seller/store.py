"""The seller's memory: instances, changes already made, nonces, the application's notes, received calls.

One SQLite file, one connection, one lock: every call reads and writes in one transaction, so that two
equal calls at the same moment make one instance. The file holds initial passwords in clear, as the contract
needs them in clear; it is readable by its owner only.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NONCE_MEMORY_MS = 10 * 60 * 1000
CALLS_KEPT = 2000

_TABLES = """
CREATE TABLE IF NOT EXISTS instances (
    seller TEXT NOT NULL, instance_id TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL, order_line_id TEXT NOT NULL, business_id TEXT NOT NULL,
    state TEXT NOT NULL, polls_left INTEGER NOT NULL, expire_time TEXT NOT NULL DEFAULT '',
    product_id TEXT NOT NULL DEFAULT '', user_name TEXT NOT NULL, password TEXT NOT NULL,
    created_ms INTEGER NOT NULL, is_test INTEGER NOT NULL, order_info TEXT NOT NULL DEFAULT '',
    next_order_info TEXT NOT NULL DEFAULT '', next_product_id TEXT NOT NULL DEFAULT '',
    next_at TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (seller, order_id, order_line_id)
);
CREATE TABLE IF NOT EXISTS changes (
    seller TEXT NOT NULL, activity TEXT NOT NULL, order_id TEXT NOT NULL, order_line_id TEXT NOT NULL,
    instance_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (seller, activity, order_id, order_line_id)
);
CREATE TABLE IF NOT EXISTS nonces (
    seller TEXT NOT NULL, nonce TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (seller, nonce)
);
CREATE INDEX IF NOT EXISTS nonces_by_time ON nonces (at_ms);
CREATE TABLE IF NOT EXISTS sessions (
    token TEXT PRIMARY KEY, instance_id TEXT NOT NULL, at_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS notes (
    id INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, text TEXT NOT NULL, at_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, seller TEXT NOT NULL, activity TEXT NOT NULL, at_ms INTEGER NOT NULL,
    path TEXT NOT NULL, body TEXT NOT NULL, status INTEGER, answer TEXT
);
"""


class Store:
    """The seller's SQLite file."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "sample-seller.sqlite3"
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=20)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_TABLES)
        columns = {row["name"] for row in self._db.execute("PRAGMA table_info(instances)")}
        for name in ("order_info", "next_order_info", "next_product_id", "next_at"):
            if name not in columns:  # a file of an earlier version
                self._db.execute(f"ALTER TABLE instances ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")

    def close(self) -> None:
        """Close the file; the store is not usable afterwards."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one at a time."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def use_nonce(self, seller: str, nonce: str, now_ms: int) -> bool:
        """Remember a nonce; False if it was used in the last ten minutes."""
        with self.transaction() as db:
            db.execute("DELETE FROM nonces WHERE at_ms < ?", (now_ms - NONCE_MEMORY_MS,))
            values = (seller, nonce, now_ms)
            return db.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", values).rowcount == 1

    def instance(self, instance_id: str, seller: str | None = None) -> dict[str, Any] | None:
        """One instance, of that seller if one is given."""
        with self._lock:
            row = self._db.execute("SELECT * FROM instances WHERE instance_id = ?", (instance_id,)).fetchone()
        return dict(row) if row and seller in (None, row["seller"]) else None

    def line(self, seller: str, order_id: str, order_line_id: str) -> dict[str, Any] | None:
        """The instance that was made for an order line."""
        with self._lock:
            sql = "SELECT * FROM instances WHERE seller = ? AND order_id = ? AND order_line_id = ?"
            row = self._db.execute(sql, (seller, order_id, order_line_id)).fetchone()
        return dict(row) if row else None

    def begin_terms(self, now: str) -> None:
        """What was changed with a renewal takes effect when its term begins. `now`: UTC, `yyyyMMddHHmmss`."""
        with self._lock:
            self._db.execute(
                "UPDATE instances SET order_info = next_order_info, product_id = next_product_id, next_at = '',"
                " next_order_info = '', next_product_id = '' WHERE next_at != '' AND next_at < ?",
                (now,),
            )

    def instances(self) -> list[dict[str, Any]]:
        """All instances, newest first, without their passwords."""
        with self._lock:
            rows = self._db.execute("SELECT * FROM instances ORDER BY created_ms DESC, rowid DESC").fetchall()
        return [{key: row[key] for key in row.keys() if key != "password"} for row in rows]  # noqa: SIM118

    def changes(self) -> list[dict[str, Any]]:
        """Every renewal, upgrade, release and order notice that was carried out, oldest first."""
        with self._lock:
            return [dict(row) for row in self._db.execute("SELECT * FROM changes ORDER BY at_ms, rowid")]

    def record_call(self, seller: str, activity: str, path: str, body: str, now_ms: int) -> int:
        """Note a call before it is answered; gives its number."""
        with self.transaction() as db:
            values = (seller, activity, now_ms, path, body)
            sql = "INSERT INTO calls (seller, activity, at_ms, path, body) VALUES (?, ?, ?, ?, ?)"
            number = int(db.execute(sql, values).lastrowid or 0)
            db.execute("DELETE FROM calls WHERE id <= ?", (number - CALLS_KEPT,))
            return number

    def record_answer(self, number: int, status: int, answer: str) -> None:
        """What that call was answered with."""
        with self.transaction() as db:
            db.execute("UPDATE calls SET status = ?, answer = ? WHERE id = ?", (status, answer, number))

    def calls(self) -> list[dict[str, Any]]:
        """The calls received, oldest first."""
        with self._lock:
            return [dict(row) for row in self._db.execute("SELECT * FROM calls ORDER BY id")]

    # ---- the application -------------------------------------------------------------------------------

    def sign_in(self, instance_id: str, now_ms: int) -> str:
        """A session token for the application of that instance."""
        token = secrets.token_urlsafe(32)
        with self.transaction() as db:
            db.execute("INSERT INTO sessions VALUES (?, ?, ?)", (token, instance_id, now_ms))
        return token

    def is_signed_in(self, instance_id: str, token: str) -> bool:
        """Whether the token belongs to that instance."""
        with self._lock:
            sql = "SELECT 1 FROM sessions WHERE token = ? AND instance_id = ?"
            return self._db.execute(sql, (token, instance_id)).fetchone() is not None

    def sign_out(self, token: str) -> None:
        """Forget a session."""
        with self.transaction() as db:
            db.execute("DELETE FROM sessions WHERE token = ?", (token,))

    def add_note(self, instance_id: str, text: str, now_ms: int) -> None:
        """Write a note into the application."""
        with self.transaction() as db:
            values = (instance_id, text, now_ms)
            db.execute("INSERT INTO notes (instance_id, text, at_ms) VALUES (?, ?, ?)", values)

    def notes(self, instance_id: str) -> list[dict[str, Any]]:
        """The notes of an instance, newest first."""
        with self._lock:
            sql = "SELECT * FROM notes WHERE instance_id = ? ORDER BY id DESC LIMIT 200"
            return [dict(row) for row in self._db.execute(sql, (instance_id,))]
