"""What the operator reads of work, settings and the ledger (O9 to O11). Every question says who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from galleria.kit import jobs, parameters
from galleria.kit.actor import Actor
from galleria.kit.models import Job, ParameterChange, WorkerBeat
from galleria.kit.money import Money
from galleria.kit.pages import Page, page_of
from galleria.kit.parameter_table import Parameter
from galleria.ledger import selectors as ledger
from galleria.ledger.models import LedgerCheck, LedgerTransaction, ReversalRequest
from galleria.ledger.selectors import AccountBalance, Entry

WORK = "operator:work:manage"
LEDGER = "operator:ledger:view"


@dataclass(frozen=True, slots=True)
class Work:
    """The state of background work."""

    waiting: jobs.Waiting
    dead: list[Job]
    schedules: list[jobs.Schedule]
    stats: list[jobs.Stat]
    workers: list[WorkerBeat]


def work(actor: Actor, *, dead: int = 50) -> Work:
    """The queue, the latest dead jobs, what comes by the clock, the history of tasks, the workers that live."""
    actor.require(WORK)
    return Work(jobs.waiting_summary(), list(jobs.dead()[:dead]), jobs.schedules(), jobs.stats(), jobs.workers())


def dead_jobs(actor: Actor, *, task: str | None = None, cursor: str | None = None) -> Page[Job]:
    """Jobs that were given up, the latest first."""
    actor.require(WORK)
    return page_of(jobs.dead(task), sort="-dead_at", cursor=cursor)


def jobs_about(actor: Actor, **args: str) -> list[Job]:
    """Jobs of any state with these arguments: why something is stuck, and when it is tried again."""
    actor.require(WORK)
    return list(jobs.jobs_about(**args)[:100])


@dataclass(frozen=True, slots=True)
class Setting:
    """An operator setting: the value in force and who set it, the next one if it is planned, values per scope."""

    parameter: Parameter
    value: Any
    change: ParameterChange | None = None
    coming: ParameterChange | None = None
    scopes: tuple[tuple[str, Any], ...] = ()

    @property
    def is_default(self) -> bool:
        return bool(self.value == self.parameter.default) and not self.scopes


def operator_settings(actor: Actor, *, at: datetime) -> list[Setting]:
    """All settings in the order of the table, in one query (B-GEN-002)."""
    actor.require("operator:setting:manage")
    rows: dict[str, list[ParameterChange]] = {}
    for row in ParameterChange.objects.order_by("at", "version"):
        rows.setdefault(row.key, []).append(row)
    return [_setting(each, rows.get(each.key, []), at) for each in parameters.parameters.values()]


def operator_setting(actor: Actor, key: str, *, at: datetime) -> Setting:
    """One setting. Raises NotFound."""
    actor.require("operator:setting:manage")
    rows = list(ParameterChange.objects.filter(key=key).order_by("at", "version"))
    return _setting(parameters.definition(key), rows, at)


def _setting(parameter: Parameter, rows: list[ParameterChange], at: datetime) -> Setting:
    """`rows` by the time from which they hold, then by version: the last of the past ones is in force."""
    general = [row for row in rows if not row.scope]
    past = [row for row in general if row.at <= at]
    future = [row for row in general if row.at > at]
    # Of several versions for one later instant the newest counts.
    coming = [row for row in future if row.at == future[0].at][-1] if future else None
    change = past[-1] if past else None
    value = change.value if change else parameter.default
    if coming is not None and coming.value == value:
        coming = None
    scopes = {row.scope: row.value for row in rows if row.scope and row.at <= at}
    return Setting(parameter, value, change, coming, tuple(sorted(scopes.items())))


def setting_history(actor: Actor, key: str, *, scope: str = "") -> list[ParameterChange]:
    """All versions of a setting, the latest first. Raises NotFound."""
    actor.require("operator:setting:manage")
    return parameters.history(key, scope=scope)


def settings_changed(actor: Actor, *, limit: int = 10) -> list[ParameterChange]:
    """What was changed last, whatever it was."""
    actor.require("operator:setting:manage")
    return list(ParameterChange.objects.order_by("-pk")[:limit])


# ----- the ledger -----


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger at a glance."""

    totals: dict[str, dict[str, Money]]
    last_check: LedgerCheck | None
    reversals: list[ReversalRequest]

    @property
    def is_balanced(self) -> bool:
        return all(Money.sum(kinds.values(), currency).is_zero for currency, kinds in self.totals.items())


def books(actor: Actor) -> Books:
    """Balances by currency and kind, the latest check, requests to undo that wait."""
    actor.require(LEDGER)
    return Books(ledger.totals_by_kind(), ledger.last_check(), _waiting_reversals())


def _waiting_reversals() -> list[ReversalRequest]:
    rows = ReversalRequest.objects.filter(state="waiting").select_related("transaction")
    return list(rows.order_by("asked_at")[:100])


def ledger_accounts(
    actor: Actor, *, kind: str | None = None, currency: str | None = None, limit: int = 200
) -> list[AccountBalance]:
    """Accounts of a kind or currency with balances, by code."""
    actor.require(LEDGER)
    return ledger.accounts(kind, currency, limit=limit)


def ledger_entries(actor: Actor, code: str, currency: str, *, cursor: str | None = None) -> Page[Entry]:
    """What happened to an account, the latest first, with the balance after each."""
    actor.require(LEDGER)
    return ledger.entries(code, currency, cursor=cursor)


def ledger_transaction(actor: Actor, public_id: str) -> LedgerTransaction:
    """A transaction with its postings. Raises NotFound."""
    actor.require(LEDGER)
    return ledger.transaction_of(public_id)


def ledger_transactions(
    actor: Actor,
    *,
    reference: str | None = None,
    party_id: str | None = None,
    amount_minor: int | None = None,
    kind: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    size: int | str | None = None,
) -> Page[LedgerTransaction]:
    """Search the ledger, the latest booking first."""
    actor.require(LEDGER)
    rows = ledger.transactions(
        reference=reference, party_id=party_id, amount_minor=amount_minor, kind=kind, since=since, until=until
    )
    return page_of(rows.prefetch_related("postings__from_account", "postings__to_account"), cursor=cursor, size=size)
