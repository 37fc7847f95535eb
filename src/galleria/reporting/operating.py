"""The operator's overview: queues with their age, money, health, what happened since yesterday (screen O1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, Sum, Value

from galleria.audit import selectors as audit
from galleria.audit.models import AuditRecord
from galleria.buying.models import Order
from galleria.kit import clock, jobs
from galleria.kit.actor import Actor
from galleria.kit.models import Job, WorkerBeat
from galleria.kit.money import Money
from galleria.ledger import selectors as ledger
from galleria.ledger.models import LedgerCheck
from galleria.paying.models import TopUp
from galleria.reporting import trade
from galleria.reporting.spending import begin_of
from galleria.reviewing import rules
from galleria.reviewing import selectors as reviewing
from galleria.supporting.models import Ticket

DAY = timedelta(days=1)
AUDIT = "operator:audit:view"
NOTHING: tuple[int, datetime | None] = (0, None)


@dataclass(frozen=True)
class Queue:
    """Work that waits for the operator; `promised`: within which time it is done."""

    key: str
    count: int
    oldest_at: datetime | None
    promised: timedelta


@dataclass(frozen=True)
class Overview:
    """What the operator sees first."""

    queues: list[Queue]
    stuck: trade.Stuck
    paid_today: list[Money]
    orders_today: int
    delivered: int
    delivered_first: int
    dead: int
    late_by: timedelta
    workers: list[WorkerBeat]
    check: LedgerCheck | None
    failing: list[tuple[str, int, int, str]]
    activity: list[AuditRecord]

    @property
    def waiting(self) -> int:
        return sum(each.count for each in self.queues)


def overview(actor: Actor, *, at: datetime) -> Overview:
    """Ten queries; what the actor may not see is left out by the page. Raises PermissionMissing."""
    actor.require(trade.VIEW)
    today = begin_of(clock.billing_date(at))
    stuck = trade.stuck(actor, at=at)
    waits = _transfers_and_tickets()
    work = _work(at)
    sums = list(
        Order.objects.filter(paid_at__gte=today)
        .exclude(paid_by="reseller")
        .values_list("currency")
        .annotate(n=Count("pk"), paid=Sum("paid_minor"))
        .order_by("currency")
    )
    first, delivered = trade.first_try(since=today)
    return Overview(
        queues=[
            *_reviews(actor),
            Queue("stuck", stuck.count, stuck.oldest_at, timedelta(hours=3)),
            Queue("transfers", *waits.get("transfers", NOTHING), DAY),
            Queue("tickets", *waits.get("tickets", NOTHING), 3 * DAY),
            Queue("dead", work["dead"], work["oldest_dead"], timedelta(hours=4)),
        ],
        stuck=stuck,
        paid_today=[Money(paid, currency) for currency, _n, paid in sums],
        orders_today=sum(n for _currency, n, _paid in sums),
        delivered=delivered,
        delivered_first=first,
        dead=work["dead"],
        late_by=at - work["oldest_due"] if work["oldest_due"] else timedelta(),
        workers=jobs.workers(),
        check=ledger.last_check(),
        failing=trade.failing_sellers(since=at - DAY),
        activity=list(audit.records(actor, since=at - DAY).order_by("-id")[:12]) if actor.may(AUDIT) else [],
    )


def _transfers_and_tickets() -> dict[str, tuple[int, datetime | None]]:
    """How many wait and since when, in one query for both."""
    asked = {
        "transfers": TopUp.objects.filter(method="bank", state="submitted"),
        "tickets": Ticket.objects.filter(state="open"),
    }
    first, second = (
        rows.order_by().annotate(name=Value(name)).values("name").annotate(n=Count("pk"), oldest=Min("created_at"))
        for name, rows in asked.items()
    )
    return {row["name"]: (row["n"], row["oldest"]) for row in first.union(second, all=True)}


def _reviews(actor: Actor) -> list[Queue]:
    """What waits for a decision of this actor, by the most urgent one; nothing for who decides on nothing."""
    if not reviewing.kinds_of(actor):
        return []
    count, first = reviewing.most_urgent(actor)
    if first is None:
        return [Queue("reviews", 0, None, 3 * DAY)]
    until = rules.overdue_at(first.submitted_at, first.due_at, takes_longer=first.takes_longer)
    return [Queue("reviews", count, first.submitted_at, until - first.submitted_at)]


def _work(at: datetime) -> dict[str, Any]:
    """Dead jobs and the oldest due one, in one query."""
    dead, due = Q(state=Job.State.DEAD), Q(state=Job.State.READY, run_at__lte=at)
    return Job.objects.aggregate(
        dead=Count("pk", filter=dead),
        oldest_dead=Min("dead_at", filter=dead),
        oldest_due=Min("run_at", filter=due),
    )
