"""Named locks: several rows, one order, a bounded wait, a polite refusal (architecture, 5.5)."""

from __future__ import annotations

from types import TracebackType

from django.conf import settings
from django.db import OperationalError, connection, transaction

from galleria.kit.errors import Busy
from galleria.kit.models import NamedLock

_LOCK_NOT_AVAILABLE = "55P03"
_DEADLOCK = "40P01"


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

    Names are taken in sorted order, so two callers cannot wait for each other. Raises Busy when someone else
    keeps one for longer than `wait_ms` (default 5 s), and RuntimeError outside a transaction. On SQLite a
    transaction is the only writer anyway, so there is nothing to take.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("locks are held inside a transaction")
    wanted = sorted(set(names))
    if not wanted or connection.vendor != "postgresql":
        return _HELD
    limit = wait_ms if wait_ms is not None else int(getattr(settings, "GALLERIA_LOCK_WAIT_MS", 5000))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{limit}ms"])
            NamedLock.objects.bulk_create([NamedLock(name=name) for name in wanted], ignore_conflicts=True)
            list(NamedLock.objects.filter(name__in=wanted).order_by("name").select_for_update())
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise Busy(extra={"locks": wanted}) from error
        raise
    return _HELD
