"""Orders and the page of one order (screens B8, B9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum

from galleria.audit import selectors as audit
from galleria.audit.models import AuditRecord
from galleria.buying import selectors
from galleria.buying.models import Order, OrderAgreement
from galleria.buying.selectors import VIEWS, OrderFilter
from galleria.buying.states import UNSUBSCRIPTION
from galleria.kit.actor import Actor
from galleria.kit.money import Money
from galleria.parties.models import Membership
from galleria.paying import selectors as paying
from galleria.paying.models import Payment, Refund
from galleria.paying.rules import Part

EXPORT_MOST = 10_000


def tallies(actor: Actor) -> dict[str, int]:
    """How many orders each view has, and all together; one query."""
    counts = {name: Count("pk", filter=condition) for name, condition in VIEWS.items()}
    rows = Order.objects.all()
    if not (actor.is_operator or actor.is_system):
        rows = rows.filter(account_id=actor.account_pk or 0)
    return dict(rows.aggregate(all=Count("pk"), **counts))


def totals(actor: Actor, narrowed: OrderFilter) -> tuple[int, list[Money]]:
    """How many orders the filters leave, and what they cost together, per currency; one query."""
    rows = Order.objects.filter(pk__in=selectors.orders_of(actor, narrowed).order_by().values("pk"))
    sums = rows.values_list("currency").annotate(count=Count("pk"), due=Sum("due_minor")).order_by("currency")
    found = list(sums)
    return sum(count for _currency, count, _due in found), [Money(due, currency) for currency, _count, due in found]


@dataclass(frozen=True)
class OrderPage:
    """Everything that the page of one order shows.

    `payment`: the one by which it was paid. `tried`: payments that failed or are still open. `parts`: what each
    source gave. `may_approve`: the reader's own limit covers it.
    """

    order: Order
    lines: list[Any]
    agreements: list[OrderAgreement]
    payment: Payment | None
    tried: list[Payment]
    parts: list[Part]
    refunds: list[Refund]
    records: list[AuditRecord]
    combined: list[Order]
    may_approve: bool

    @property
    def due(self) -> Money:
        return Money(self.order.due_minor, self.order.currency)

    @property
    def is_acceptable(self) -> bool:
        """Whether there is something to accept (B-SVC-013)."""
        return any(line.delivery_state == "delivered" for line in self.lines)


def order_page(actor: Actor, order_id: str) -> OrderPage:
    """One order with its lines, agreements, payments, refunds and history. Raises NotFound."""
    order = selectors.order_of(actor, order_id)
    lines = list(
        order.lines.select_related("product__seller", "product__category", "specification", "subscription")
        .prefetch_related("specification__attributes")
        .order_by("public_id")
    )
    mine = [each for each in _payments(order) if order.public_id in each.order_ids]
    paid = next((each for each in mine if each.pk == order.payment_id), None)
    combined: list[Order] = []
    if order.combined_id:
        combined = list(selectors.orders_of(actor).filter(combined_id=order.combined_id).exclude(pk=order.pk))
    return OrderPage(
        order=order,
        lines=lines,
        agreements=selectors.agreements_of(order),
        payment=paid,
        tried=[each for each in mine if each.pk != order.payment_id],
        parts=paying.parts_of([paid], order.public_id) if paid else [],
        refunds=paying.refunds_of_order(order.public_id),
        records=list(audit.records(actor, object_type="buying.order", object_id=order.public_id).order_by("-id")[:50]),
        combined=combined,
        may_approve=order.state == "pending_approval" and order.kind != UNSUBSCRIPTION and _covers(actor, order),
    )


def _payments(order: Order) -> list[Payment]:
    """Payments of the account while the order could be paid; the caller picks those of the order."""
    meanwhile = Q(account_id=order.account_id, purpose="orders", created_at__gte=order.created_at)
    ended = order.paid_at or order.finished_at
    if ended is not None:
        meanwhile &= Q(created_at__lte=ended)
    rows = Payment.objects.select_related("means").filter(Q(pk=order.payment_id or 0) | meanwhile)
    return list(rows.order_by("-pk")[:200])


def _covers(actor: Actor, order: Order) -> bool:
    limit = (
        Membership.objects.filter(user_id=actor.user_pk or 0, account_id=order.account_id)
        .values_list("order_limit_minor", flat=True)
        .first()
    )
    return actor.may("billing:order:pay") and (limit is None or order.due_minor <= limit)
