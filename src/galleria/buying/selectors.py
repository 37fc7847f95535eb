"""What pages and endpoints read of orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from galleria.buying.models import Order, OrderAgreement, OrderLine, UnsubscribedTerm
from galleria.buying.states import UNPAID, UNSUBSCRIPTION
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound
from galleria.kit.prepared import Prepared
from galleria.parties.models import Account

LONGEST_WINDOW = timedelta(days=366)


@dataclass(frozen=True)
class OrderFilter:
    """What lists of orders can be narrowed by (B-ORD-020, B-ORD-021). Empty values do not narrow.

    `view`: to_pay, to_approve, running, refunding. `placed_from`, `placed_to`: at most a year apart.
    """

    view: str = ""
    number: str = ""
    product: str = ""
    delivery_type: str = ""
    kind: int | None = None
    state: str = ""
    placed_from: datetime | None = None
    placed_to: datetime | None = None


VIEWS = {
    "to_pay": Q(state="pending_payment"),
    "to_approve": Q(state__in=("pending_approval", "pending_confirmation")) & ~Q(kind=UNSUBSCRIPTION),
    "unpaid": Q(state__in=UNPAID) & ~Q(kind=UNSUBSCRIPTION),
    "running": Q(state="processing"),
    "refunding": Q(state="refunding"),
}


def orders_of(actor: Actor, narrowed: OrderFilter | None = None) -> QuerySet[Order]:
    """The account's orders, newest first; every account's for the operator. Raises Invalid (window too long)."""
    rows = (
        Order.objects.select_related("account", "payment")
        .prefetch_related(
            Prefetch(
                "lines",
                OrderLine.objects.select_related(
                    "product__seller", "product__category", "specification", "subscription"
                ),
            )
        )
        .order_by("-created_at", "-id")
    )
    if not (actor.is_operator or actor.is_system):
        rows = rows.filter(account__public_id=actor.account_id or "")
    return _narrow(rows, narrowed) if narrowed else rows


def _narrow(rows: QuerySet[Order], narrowed: OrderFilter) -> QuerySet[Order]:
    begin, end = narrowed.placed_from, narrowed.placed_to
    if begin and end and end - begin > LONGEST_WINDOW:
        raise Invalid(fields={"placed_from": _("Choose a span of at most one year.")})
    if begin:
        rows = rows.filter(created_at__gte=begin)
    if end:
        rows = rows.filter(created_at__lt=end)
    if narrowed.view in VIEWS:
        rows = rows.filter(VIEWS[narrowed.view])
    if narrowed.number:
        rows = rows.filter(public_id__istartswith=narrowed.number.strip())
    if narrowed.state:
        rows = rows.filter(state=narrowed.state)
    if narrowed.kind is not None:
        rows = rows.filter(kind=narrowed.kind)
    about_line = Q()
    if narrowed.product:
        about_line &= Q(lines__product_name__icontains=narrowed.product.strip())
    if narrowed.delivery_type:
        about_line &= Q(lines__product__delivery_type=narrowed.delivery_type)
    return rows.filter(about_line).distinct() if about_line else rows


def order_of(actor: Actor, order_id: str) -> Order:
    """One order for this actor. Raises NotFound, also for another account's."""
    order = orders_of(actor).filter(public_id=order_id).first()
    if order is None:
        raise NotFound
    return order


_ALONE = Prepared(lambda p: Order.objects.defer("working", "consent").filter(public_id=p("number")))
_NAMES = Prepared(
    lambda p: OrderLine.objects.filter(order_id=p("order")).order_by("public_id").values_list("product_name", flat=True)
)


def order_alone(order_id: str) -> Order:
    """An order without all that hangs on it, for messages, which are many. Raises NotFound."""
    order = _ALONE.one(number=order_id)
    if order is None:
        raise NotFound
    return order


def product_names_of(order: Order) -> list[str]:
    """What was bought, by the names as sold, each once."""
    return list(dict.fromkeys(_NAMES.all(order=order.pk)))


def agreements_of(order: Order) -> list[OrderAgreement]:
    """The agreement versions that an order froze."""
    return list(order.agreements.select_related("version__agreement").order_by("id"))


def account_id_of(order: Order) -> str:
    """The public id of the account that an order belongs to."""
    return Account.objects.values_list("public_id", flat=True).get(pk=order.account_id)


def counts_of(actor: Actor) -> dict[str, int]:
    """How many orders wait for payment, approval, delivery, refund; in one query."""
    counts = {name: Count("pk", filter=condition) for name, condition in VIEWS.items()}
    return dict(_bare(actor).aggregate(**counts))


def to_accept(actor: Actor) -> int:
    """How many deliveries of the account wait to be accepted."""
    rows = OrderLine.objects.filter(order__account_id=actor.account_pk or 0, delivery_state="delivered")
    return rows.exclude(order__state="canceled").count()


def spent_of(actor: Actor, begin: datetime, end: datetime) -> int:
    """What the account paid in a span less what came back, minor units of its currency."""
    row = (
        _bare(actor)
        .filter(paid_at__gte=begin, paid_at__lt=end)
        .aggregate(paid=Sum("paid_minor"), back=Sum("refunded_minor"))
    )
    return int(row["paid"] or 0) - int(row["back"] or 0)


def _bare(actor: Actor) -> QuerySet[Order]:
    rows = Order.objects.all()
    if not (actor.is_operator or actor.is_system):
        rows = rows.filter(account_id=actor.account_pk or 0)
    return rows


# ----- unsubscriptions -----


def unsubscriptions_of(actor: Actor) -> QuerySet[Order]:
    """Orders that gave something back, newest first, with what each term gave; every account's for the operator."""
    terms = UnsubscribedTerm.objects.select_related("period", "source__payment__means", "source__coupon", "line")
    rows = orders_of(actor).filter(kind=UNSUBSCRIPTION).select_related("unsubscription")
    return rows.prefetch_related(Prefetch("unsubscription__terms", terms))


def unsubscription_of(actor: Actor, order_id: str) -> Order:
    """One of them. Raises NotFound, also for another account's."""
    order = unsubscriptions_of(actor).filter(public_id=order_id).first()
    if order is None:
        raise NotFound
    return order
