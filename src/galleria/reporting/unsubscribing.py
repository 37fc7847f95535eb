"""What the *Unsubscriptions* page lists: what is held and may be left, what failed, renewals to come (buyer 6)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from galleria.buying.models import Order, OrderLine, UnsubscribedTerm
from galleria.buying.states import UNSUBSCRIPTION
from galleria.delivering.models import Delivery
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.reporting import selling
from galleria.subscribing import selectors
from galleria.subscribing.models import Period, Subscription

HELD = ("effective", "unfreezing", "grace", "expired", "freezing", "frozen")


def _coming(at: datetime) -> Exists:
    rows = Period.objects.filter(subscription=OuterRef("pk"), state="paid", kind="renewal", starts_at__gte=at)
    return Exists(rows)


def held(actor: Actor, words: str = "") -> QuerySet[Subscription]:
    """What the account holds, whether it may be left or not."""
    rows = selectors.subscriptions_of(actor).filter(state__in=HELD)
    if words:
        rows = rows.filter(Q(product__name__icontains=words) | Q(public_id=words) | Q(order_id=words))
    return rows


def with_renewals(actor: Actor, at: datetime) -> QuerySet[Subscription]:
    """What has renewals that have not begun."""
    return held(actor).filter(_coming(at))


def failed(actor: Actor) -> QuerySet[Subscription]:
    """What could never be delivered."""
    return selectors.subscriptions_of(actor).filter(state="failed")


def orders_behind(rows: list[Subscription]) -> dict[str, Order]:
    """The orders of these, by number; one query."""
    found = Order.objects.filter(public_id__in=[row.order_id for row in rows])
    return {order.public_id: order for order in found}


def counts(actor: Actor, at: datetime) -> dict[str, int]:
    """How many each tab has; two queries."""
    found = dict(
        selectors.subscriptions_of(actor)
        .order_by()
        .aggregate(
            held=Count("pk", filter=Q(state__in=HELD)),
            renewals=Count("pk", filter=Q(state__in=HELD) & Q(_coming(at))),
            failed=Count("pk", filter=Q(state="failed")),
        )
    )
    orders = Order.objects.filter(kind=UNSUBSCRIPTION)
    if not (actor.is_operator or actor.is_system):
        orders = orders.filter(account_id=actor.account_pk or 0)
    return {**found, "history": orders.count()}


# ----- for sellers -----


def of_seller(actor: Actor, words: str = "") -> QuerySet[OrderLine]:
    """Unsubscriptions of the products that this actor looks after, the newest first. Raises PermissionMissing."""
    rows = selling.orders_of(actor).filter(order__kind=UNSUBSCRIPTION).exclude(order__state="pending_approval")
    if words:
        rows = rows.filter(
            Q(order__public_id=words) | Q(subscription__public_id=words) | Q(product_name__icontains=words)
            | Q(subscription__instance_id=words)
        )  # fmt: skip
    terms = UnsubscribedTerm.objects.select_related("period", "source")
    return rows.select_related("order__unsubscription").prefetch_related(Prefetch("unsubscribed_terms", terms))


def one_of_seller(actor: Actor, line_id: str) -> tuple[OrderLine, list[Delivery]]:
    """One of them with what the seller was told because of it. Raises NotFound."""
    line = of_seller(actor).filter(public_id=line_id).first()
    if line is None:
        raise NotFound
    return line, list(Delivery.objects.filter(order_line_id=line.public_id).order_by("pk"))
