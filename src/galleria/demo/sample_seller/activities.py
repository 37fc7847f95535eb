"""What a seller must do for each activity, on the seller's package. Every call may arrive twice and then changes
nothing more.

`Desk.answer` takes a call whose signature has been checked and gives the members of the answer.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from galleria_seller import (
    AppInfo,
    Call,
    ChangeInstanceCheck,
    Created,
    InstanceInfo,
    NewInstance,
    NoSuchInstance,
    NotReady,
    Order,
    OrderNotify,
    OrderQueryFailed,
    Production,
    QueryInstance,
    RefreshInstance,
    Refusal,
    ReleaseInstance,
    UpdateInstanceStatus,
    UpgradeInstance,
    UsageInfo,
)
from galleria_seller.answers import INTERNAL_ERROR
from galleria_seller.endpoint import carry_out

from .sellers import Seller
from .store import Store

logger = logging.getLogger(__name__)
Answer = dict[str, Any]
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Desk:
    """Carries out the activities of all sellers of this server on one store."""

    def __init__(self, store: Store, *, public_base: str, now_ms: Callable[[], int]) -> None:
        self.store = store
        self.public_base = public_base.rstrip("/")
        self.now_ms = now_ms

    def answer(self, seller: Seller, members: Mapping[str, Any], *, polls: int = 0) -> Answer:
        """Carry out one call. `polls`: a new instance is ready only after so many queries."""
        self.store.begin_terms(as_time(self.now_ms()))
        return carry_out(Room(self, seller, polls), members)


class Room(Production):
    """One seller's product."""

    def __init__(self, desk: Desk, seller: Seller, polls: int = 0) -> None:
        self.desk, self.seller, self.polls = desk, seller, polls
        self.store = desk.store

    # ---- one method for each activity ------------------------------------------------------------------

    def new_instance(self, call: NewInstance) -> Created:
        """One instance for each order line; the first businessId becomes its id (A-V2N-004)."""
        key = (self.seller.slug, call.order_id, call.order_line_id)
        row = self.store.line(*key)
        if row is None:
            order = self._order(call.order_id, call.order_line_id)  # before the transaction: it takes its time
            with self.store.transaction() as db:
                self._insert(db, key, call, order)
            row = self.store.line(*key)
            assert row is not None  # noqa: S101 (for the type checker)
        elif row["is_test"] and row["state"] == "released" and call.is_test:
            # The marketplace repeats its test cases every day: a deleted test instance is made again.
            with self.store.transaction() as db:
                sql = "UPDATE instances SET state = 'active', polls_left = ?, password = ? WHERE instance_id = ?"
                db.execute(sql, (self.polls, _password(), row["instance_id"]))
            row = {**row, "polls_left": self.polls}
        return Created(row["instance_id"], is_ready=row["polls_left"] == 0)

    def _insert(
        self, db: sqlite3.Connection, key: tuple[str, str, str], call: NewInstance, order: Order | None
    ) -> None:
        """Of two equal calls at the same moment the second finds the first one's row."""
        wished = call.business_id
        taken = db.execute("SELECT 1 FROM instances WHERE instance_id = ?", (wished,)).fetchone()
        instance_id = wished if _SAFE_ID.fullmatch(wished) and not taken else str(uuid.uuid4())
        db.execute(
            "INSERT OR IGNORE INTO instances (seller, order_id, order_line_id, instance_id, business_id, state,"
            " polls_left, user_name, password, created_ms, is_test, product_id, expire_time, order_info)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (*key, instance_id, wished, "active", self.polls, "admin", _password(), self.desk.now_ms(),
             int(call.is_test), *_bought(order)),
        )  # fmt: skip

    def query_instance(self, call: QueryInstance) -> list[InstanceInfo]:
        """How to use what is ready; a count of queries stands for the time that making it takes."""
        with self.store.transaction() as db:
            rows = [self._find(db, instance_id) for instance_id in call.instance_ids]
            found = [row for row in rows if row is not None and row["state"] != "released"]
            waiting = [row["instance_id"] for row in found if row["polls_left"] > 0]
            for instance_id in waiting:
                sql = "UPDATE instances SET polls_left = polls_left - 1 WHERE instance_id = ?"
                db.execute(sql, (instance_id,))
            infos = [self._info(db, row) for row in found]
        if waiting:
            raise NotReady
        return infos

    def _info(self, db: sqlite3.Connection, row: sqlite3.Row) -> InstanceInfo:
        base = f"{self.desk.public_base}/apps/{row['instance_id']}"
        app = AppInfo(
            front_end_url=base,
            admin_url=f"{base}/admin",
            user_name=row["user_name"],
            password=row["password"],
            memo=f"{self.seller.name} {self.seller.application}\nSign in and keep the password in a safe place.",
        )
        if not self.seller.usage:
            return InstanceInfo(row["instance_id"], app)
        at = datetime.fromtimestamp(self.desk.now_ms() / 1000, UTC)
        amount = UsageInfo(_notes(db, row["instance_id"]), at, dashboard_url=f"{base}/admin")
        return InstanceInfo(row["instance_id"], app, usage=(amount,))

    def refresh_instance(self, call: RefreshInstance) -> None:
        """The new end is absolute, so that a repeat changes nothing (A-V2R-003).

        What changes with a renewal is in its order, and begins when the running term ends.
        """
        is_change = call.scene == "RENEWAL_CHANGE"
        order = self._order(call.order_id, call.order_line_id) if is_change else None
        with self.store.transaction() as db:
            row = self._living(db, call.instance_id)
            if not self._once(db, call, call.order_id, call.order_line_id, call.instance_id):
                return
            if is_change and row["expire_time"]:
                sql = "UPDATE instances SET next_at = ?, next_product_id = ?, next_order_info = ? WHERE instance_id = ?"
                info = _bought(order)[2] or row["order_info"]
                db.execute(sql, (row["expire_time"], call.product_id or row["product_id"], info, row["instance_id"]))
            elif call.product_id:
                sql = "UPDATE instances SET product_id = ? WHERE instance_id = ?"
                db.execute(sql, (call.product_id, row["instance_id"]))
            if call.scene == "UNSUBSCRIBE_RENEWAL_PERIOD":  # what was to begin with that period does not begin
                sql = "UPDATE instances SET next_at = '', next_product_id = '', next_order_info = ''"
                db.execute(f"{sql} WHERE instance_id = ? AND next_at >= ?", (row["instance_id"], call.expire_time))
            sql = "UPDATE instances SET expire_time = ? WHERE instance_id = ?"
            db.execute(sql, (call.expire_time, row["instance_id"]))

    def update_instance_status(self, call: UpdateInstanceStatus) -> None:
        """Frozen keeps its data; asked for twice it stays as it is (A-V2S-003)."""
        with self.store.transaction() as db:
            row = self._living(db, call.instance_id)
            state = "frozen" if call.is_freeze else "active"
            db.execute("UPDATE instances SET state = ? WHERE instance_id = ?", (state, row["instance_id"]))

    def release_instance(self, call: ReleaseInstance) -> None:
        """Deletes the data; deleted once is deleted, and asked again still a success (A-V2D-003)."""
        with self.store.transaction() as db:
            row = self._find(db, call.instance_id)
            if row is None:
                raise NoSuchInstance
            if row["state"] == "released":
                return
            sql = "UPDATE instances SET state = 'released', password = '', order_info = '' WHERE instance_id = ?"
            db.execute(sql, (call.instance_id,))
            db.execute("DELETE FROM notes WHERE instance_id = ?", (call.instance_id,))
            db.execute("DELETE FROM sessions WHERE instance_id = ?", (call.instance_id,))
            self._once(db, call, call.order_id or "", call.order_line_id or "", call.instance_id)

    def upgrade_instance(self, call: UpgradeInstance) -> None:
        """What was changed is in the new order."""
        order = self._order(call.order_id, call.order_line_id)
        with self.store.transaction() as db:
            row = self._living(db, call.instance_id)
            if self._once(db, call, call.order_id, call.order_line_id, call.instance_id) and order is not None:
                sql = "UPDATE instances SET product_id = ?, expire_time = ?, order_info = ? WHERE instance_id = ?"
                db.execute(sql, (*_bought(order), row["instance_id"]))

    def check_change(self, call: ChangeInstanceCheck) -> None:
        """Refuses what would lose data: fewer places than there are notes."""
        with self.store.transaction() as db:
            row = self._living(db, call.instance_id)
            used = _notes(db, row["instance_id"])
        if call.linear_value is not None and call.linear_value < used:
            raise Refusal(INTERNAL_ERROR, f"{used} notes are in use, the target allows {call.linear_value}")

    def note_order(self, call: OrderNotify) -> None:
        """Remembers it once."""
        with self.store.transaction() as db:
            self._once(db, call, call.order_id, call.order_line_id, "")

    # ---- helpers ---------------------------------------------------------------------------------------

    def _order(self, order_id: str, line_id: str) -> Order | None:
        """What was bought by whom, if this seller has a pair of keys to ask with.

        This application is the same whatever was bought, so that it is made without the answer too. Where the
        product decides what is made, let the failure be a refusal: the marketplace then calls again.
        """
        if self.seller.orders is None:
            return None
        try:
            return self.seller.orders.query(order_id, line_id)
        except OrderQueryFailed as problem:
            logger.warning("The order %s was not told: %s", order_id, problem)
            return None

    def _find(self, db: sqlite3.Connection, instance_id: str) -> sqlite3.Row | None:
        sql = "SELECT * FROM instances WHERE seller = ? AND instance_id = ?"
        row: sqlite3.Row | None = db.execute(sql, (self.seller.slug, instance_id)).fetchone()
        return row

    def _living(self, db: sqlite3.Connection, instance_id: str) -> sqlite3.Row:
        row = self._find(db, instance_id)
        if row is None or row["state"] == "released":
            raise NoSuchInstance
        return row

    def _once(self, db: sqlite3.Connection, call: Call, order_id: str, line_id: str, instance_id: str) -> bool:
        """Whether this order's change is new; remembers it. A renewal and its taking back may name the same order."""
        now_ms = self.desk.now_ms()
        what = f"{call.activity} {call.scene}" if isinstance(call, RefreshInstance) else call.activity
        values = (self.seller.slug, what, order_id, line_id or instance_id, instance_id, now_ms)
        return db.execute("INSERT OR IGNORE INTO changes VALUES (?, ?, ?, ?, ?, ?)", values).rowcount == 1


def as_time(now_ms: int) -> str:
    """An instant as the contract writes it."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%d%H%M%S")


def _bought(order: Order | None) -> tuple[str, str, str]:
    """Product, end and everything else of the one line that was asked for."""
    if order is None:
        return "", "", ""
    line = order.lines[0]
    end = line.ends_at.strftime("%Y%m%d%H%M%S") if line.ends_at else ""
    return line.product.product_id, end, json.dumps(dict(order.raw))


def _notes(db: sqlite3.Connection, instance_id: str) -> int:
    return int(db.execute("SELECT count(*) FROM notes WHERE instance_id = ?", (instance_id,)).fetchone()[0])


def _password() -> str:
    """A strong initial password that people can type."""
    letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
