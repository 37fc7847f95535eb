"""Named locks: several rows, one order, a bounded wait, a polite refusal (architecture, 5.5)."""

from __future__ import annotations

import hashlib
from types import TracebackType
from typing import Final

from django.conf import settings
from django.db import OperationalError, connection

from galleria.kit.errors import Busy

_LOCK_NOT_AVAILABLE = "55P03"
_DEADLOCK = "40P01"
# One question to the server, for it is asked with every payment. The savepoint keeps the transaction usable when the
# wait was too long; what is locked after it stays locked when it is released.
_HOLD: Final = (
    "SAVEPOINT named_locks; SELECT set_config('lock_timeout', %s, true); "
    "SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key; "
    "SELECT set_config('lock_timeout', '0', true); RELEASE SAVEPOINT named_locks"
)


class _Held:
    """The locks last until the transaction ends; the block is only for the reader's eye."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


_HELD = _Held()


def hold(*names: str, wait_ms: int | None = None) -> _Held:
    """Hold the locks of these names until the transaction ends: `hold("account:acc_…", "coupon:cpn_…")`.

    Names are taken in one order, so two callers cannot wait for each other. Raises Busy when someone else keeps one
    for longer than `wait_ms` (default 5 s), and RuntimeError outside a transaction. The locks are the database's
    advisory ones: a name is a number to it, and of 2**64 names two share one, which costs a wait and nothing else.
    On SQLite a transaction is the only writer anyway, so there is nothing to take.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("locks are held inside a transaction")
    if connection.vendor != "postgresql":
        return _HELD
    held: set[str] = connection.named_locks  # type: ignore[attr-defined]
    wanted = sorted(set(names) - held)
    if not wanted:
        return _HELD
    limit = wait_ms if wait_ms is not None else int(getattr(settings, "GALLERIA_LOCK_WAIT_MS", 5000))
    try:
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [f"{limit}ms", sorted(_number(name) for name in wanted)])
    except OperationalError as error:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK TO SAVEPOINT named_locks; RELEASE SAVEPOINT named_locks")
        if getattr(error.__cause__, "sqlstate", None) in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise Busy(extra={"locks": wanted}) from error
        raise
    held.update(wanted)
    return _HELD


def _number(name: str) -> int:
    """The name as the database's locks have it: a signed number of 64 bits."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
