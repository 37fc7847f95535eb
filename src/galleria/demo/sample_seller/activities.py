"""What a seller must do for each activity. Every one may arrive twice and then changes nothing more.

`Desk.answer` takes a call whose signature has been checked and gives the members of the answer.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .sellers import Seller
from .store import Store

Answer = dict[str, Any]

SUCCESS = "000000"
INVALID_PARAMETER = "000002"
NO_SUCH_INSTANCE = "000003"
IN_PROGRESS = "000004"
MAX_QUERY_INSTANCES = 100

_SCENES = ("TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE")
_MANDATORY = {
    "newInstance": ("orderId", "orderLineId", "businessId"),
    "queryInstance": ("instanceId",),
    "refreshInstance": ("scene", "orderId", "orderLineId", "instanceId", "expireTime"),
    "updateInstanceStatus": ("instanceId", "status"),
    "releaseInstance": ("instanceId",),
    "upgradeInstance": ("instanceId", "orderId", "orderLineId"),
    "changeInstanceCheck": ("instanceId",),
    "orderNotify": ("orderId", "orderLineId"),
}
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def result(code: str, message: str = "", **members: Any) -> Answer:
    """An answer with its result code first."""
    return {"resultCode": code, "resultMsg": message or ("success." if code == SUCCESS else "")} | members


class Desk:
    """Carries out the activities of all sellers of this server on one store."""

    def __init__(self, store: Store, *, public_base: str, now_ms: Callable[[], int]) -> None:
        self.store = store
        self.public_base = public_base.rstrip("/")
        self.now_ms = now_ms
        self._doers = {
            "newInstance": self._new,
            "queryInstance": self._query,
            "refreshInstance": self._refresh,
            "updateInstanceStatus": self._update_status,
            "releaseInstance": self._release,
            "upgradeInstance": self._upgrade,
            "changeInstanceCheck": self._check_change,
            "orderNotify": self._note_order,
        }

    def answer(self, seller: Seller, members: Mapping[str, Any], *, polls: int = 0) -> Answer:
        """Carry out one call. `polls`: a new instance is ready only after so many queries."""
        activity = members.get("activity")
        doer = self._doers.get(activity) if isinstance(activity, str) else None
        if doer is None:
            return result(INVALID_PARAMETER, "unknown activity")
        for name in _MANDATORY[str(activity)]:
            value = members.get(name)
            if not isinstance(value, str) or not value or (len(value) > 64 and activity != "queryInstance"):
                return result(INVALID_PARAMETER, f"{name} is missing or too long")
        with self.store.transaction() as db:
            if doer == self._new:
                return self._new(db, seller, members, polls)
            return doer(db, seller, members)  # type: ignore[operator,no-any-return]

    def _find(self, db: sqlite3.Connection, seller: Seller, instance_id: str) -> sqlite3.Row | None:
        sql = "SELECT * FROM instances WHERE seller = ? AND instance_id = ?"
        row: sqlite3.Row | None = db.execute(sql, (seller.slug, instance_id)).fetchone()
        return row

    def _once(self, db: sqlite3.Connection, seller: Seller, members: Mapping[str, Any]) -> bool:
        """Whether this order's change is new; remembers it."""
        values = (
            seller.slug,
            members["activity"],
            members.get("orderId") or "",
            members.get("orderLineId") or members.get("instanceId") or "",
            members.get("instanceId") or "",
            self.now_ms(),
        )
        return db.execute("INSERT OR IGNORE INTO changes VALUES (?, ?, ?, ?, ?, ?)", values).rowcount == 1

    # ---- one function for each activity ----------------------------------------------------------------

    def _new(self, db: sqlite3.Connection, seller: Seller, members: Mapping[str, Any], polls: int = 0) -> Answer:
        """One instance for each order line; the first businessId becomes its id (A-V2N-004)."""
        key = (seller.slug, members["orderId"], members["orderLineId"])
        sql = "SELECT * FROM instances WHERE seller = ? AND order_id = ? AND order_line_id = ?"
        row = db.execute(sql, key).fetchone()
        if row is None:
            wished = str(members["businessId"])
            taken = db.execute("SELECT 1 FROM instances WHERE instance_id = ?", (wished,)).fetchone()
            instance_id = wished if _SAFE_ID.fullmatch(wished) and not taken else str(uuid.uuid4())
            db.execute(
                "INSERT INTO instances (seller, order_id, order_line_id, instance_id, business_id, state,"
                " polls_left, user_name, password, created_ms, is_test) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (*key, instance_id, members["businessId"], "active", polls, "admin", _password(),
                 self.now_ms(), int(members.get("testFlag") == "1")),
            )  # fmt: skip
            row = db.execute(sql, key).fetchone()
        elif row["is_test"] and row["state"] == "released" and members.get("testFlag") == "1":
            # The marketplace repeats its test cases every day: a deleted test instance is made again.
            revive = "UPDATE instances SET state = 'active', polls_left = ?, password = ? WHERE instance_id = ?"
            db.execute(revive, (polls, _password(), row["instance_id"]))
            row = db.execute(sql, key).fetchone()
        if row["polls_left"] > 0:
            return result(IN_PROGRESS, "accepted.", instanceId=row["instance_id"])
        return result(SUCCESS, instanceId=row["instance_id"])

    def _query(self, db: sqlite3.Connection, seller: Seller, members: Mapping[str, Any]) -> Answer:
        ids = str(members["instanceId"]).split(",")
        if len(ids) > MAX_QUERY_INSTANCES:
            return result(INVALID_PARAMETER, f"more than {MAX_QUERY_INSTANCES} instances")
        rows = [self._find(db, seller, instance_id) for instance_id in ids]
        found = [row for row in rows if row is not None and row["state"] != "released"]
        if not found:
            return result(NO_SUCH_INSTANCE, "no such instance")
        waiting = [row for row in found if row["polls_left"] > 0]
        for row in waiting:
            sql = "UPDATE instances SET polls_left = polls_left - 1 WHERE instance_id = ?"
            db.execute(sql, (row["instance_id"],))
        if waiting:
            return result(IN_PROGRESS, "being made")
        return result(SUCCESS, info=[self._info(db, seller, row) for row in found])

    def _info(self, db: sqlite3.Connection, seller: Seller, row: sqlite3.Row) -> Answer:
        base = f"{self.public_base}/apps/{row['instance_id']}"
        info: Answer = {
            "instanceId": row["instance_id"],
            "appInfo": {
                "frontEndUrl": base,
                "adminUrl": f"{base}/admin",
                "userName": row["user_name"],
                "password": row["password"],
                "memo": f"{seller.name} {seller.application}\nSign in and keep the password in a safe place.",
            },
        }
        if seller.usage:
            sql = "SELECT count(*) FROM notes WHERE instance_id = ?"
            count = db.execute(sql, (row["instance_id"],)).fetchone()[0]
            moment = datetime.fromtimestamp(self.now_ms() / 1000, UTC).strftime("%Y%m%d%H%M%S%f")[:17]
            amount = {"usageValue": str(count), "statisticalTime": moment, "dashboardUrl": f"{base}/admin"}
            info["usageInfo"] = [amount]
        return info

    def _refresh(self, db: sqlite3.Connection, seller: Seller, members: Mapping[str, Any]) -> Answer:
        """The new end is absolute, so that a repeat changes nothing (A-V2R-003)."""
        expire_time = str(members["expireTime"])
        if members["scene"] not in _SCENES or not re.fullmatch(r"[0-9]{14}", expire_time):
            return result(INVALID_PARAMETER, "scene or expireTime is not valid")
        row = self._find(db, seller, members["instanceId"])
        if row is None or row["state"] == "released":
            return result(NO_SUCH_INSTANCE, "no such instance")
        if self._once(db, seller, members):
            product = members.get("productId") or row["product_id"]
            sql = "UPDATE instances SET expire_time = ?, product_id = ? WHERE instance_id = ?"
            db.execute(sql, (expire_time, product, row["instance_id"]))
        return result(SUCCESS)

    def _update_status(self, db: sqlite3.Connection, seller: Seller, members: Mapping[str, Any]) -> Answer:
        """Frozen keeps its data; asked for twice it stays as it is (A-V2S-003)."""
        state = {"FREEZE": "frozen", "UNFREEZE": "active"}.get(members["status"])
        if state is None:
            return result(INVALID_PARAMETER, "status must be FREEZE or UNFREEZE")
        row = self._find(db, seller, members["instanceId"])
        if row is None or row["state"] == "released":
            return result(NO_SUCH_INSTANCE, "no such instance")
        db.execute("UPDATE instances SET state = ? WHERE instance_id = ?", (state, row["instance_id"]))
        return result(SUCCESS)

    def _release(self, db: sqlite3.Connection, seller: Seller, members: Mapping[str, Any]) -> Answer:
        """Deletes the data; deleted once is deleted, and asked again still a success (A-V2D-003)."""
        row = self._find(db, seller, members["instanceId"])
        if row is None:
            return result(NO_SUCH_INSTANCE, "no such instance")
        if row["state"] != "released":
            instance_id = row["instance_id"]
            sql = "UPDATE instances SET state = 'released', password = '' WHERE instance_id = ?"
            db.execute(sql, (instance_id,))
            db.execute("DELETE FROM notes WHERE instance_id = ?", (instance_id,))
            db.execute("DELETE FROM sessions WHERE instance_id = ?", (instance_id,))
            self._once(db, seller, members)
        return result(SUCCESS)

    def _upgrade(self, db: sqlite3.Connection, seller: Seller, members: Mapping[str, Any]) -> Answer:
        """A seller would ask the marketplace for the order's details here."""
        row = self._find(db, seller, members["instanceId"])
        if row is None or row["state"] == "released":
            return result(NO_SUCH_INSTANCE, "no such instance")
        self._once(db, seller, members)
        return result(SUCCESS)

    def _check_change(self, db: sqlite3.Connection, seller: Seller, members: Mapping[str, Any]) -> Answer:
        """Refuses what would lose data: fewer places than there are notes."""
        target = members.get("productInfo")
        if not isinstance(target, dict) or not isinstance(target.get("productId"), str):
            return result(INVALID_PARAMETER, "productInfo is missing")
        row = self._find(db, seller, members["instanceId"])
        if row is None or row["state"] == "released":
            return result(NO_SUCH_INSTANCE, "no such instance")
        sql = "SELECT count(*) FROM notes WHERE instance_id = ?"
        used = db.execute(sql, (row["instance_id"],)).fetchone()[0]
        places = target.get("linearValue")
        if isinstance(places, int) and places < used:
            return result("000005", f"{used} notes are in use, the target allows {places}")
        return result(SUCCESS)

    def _note_order(self, db: sqlite3.Connection, seller: Seller, members: Mapping[str, Any]) -> Answer:
        self._once(db, seller, members)
        return result(SUCCESS)


def _password() -> str:
    """A strong initial password that people can type."""
    letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
