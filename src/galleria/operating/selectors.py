"""What the operator reads of work, settings and the ledger (O9 to O11). Every question says who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from galleria.kit import jobs, parameters
from galleria.kit.actor import Actor
from galleria.kit.models import Job, ParameterChange, WorkerBeat
from galleria.kit.money import Money
from galleria.kit.pages import Page, page_of
from galleria.kit.parameter_table import Parameter
from galleria.kit.parameters import Version
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
    """An operator setting with the value in force."""

    parameter: Parameter
    in_force: Version


def operator_settings(actor: Actor) -> list[Setting]:
    """All settings with the values in force (B-GEN-002)."""
    actor.require("operator:setting:manage")
    return [Setting(each, parameters.version_of(each.key)) for each in parameters.parameters.values()]


def setting_history(actor: Actor, key: str, *, scope: str = "") -> list[ParameterChange]:
    """All versions of a setting, the latest first. Raises NotFound."""
    actor.require("operator:setting:manage")
    return parameters.history(key, scope=scope)


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
