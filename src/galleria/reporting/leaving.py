"""What is still open when a seller wants to leave, from everywhere (S-EXI-001)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from galleria.buying.models import OrderLine
from galleria.delivering.models import Delivery
from galleria.delivering.states import OPEN
from galleria.paying.models import Refund
from galleria.selling import ports

UNFINISHED = ("pending_payment", "pending_approval", "pending_confirmation", "processing", "refunding")


def connect() -> None:
    """Called by `config.wiring`."""
    ports.EXIT_CHECKS["orders"] = orders
    ports.EXIT_CHECKS["deliveries"] = deliveries
    ports.EXIT_CHECKS["refunds"] = refunds
    ports.EXIT_CHECKS["invoices"] = invoices
    ports.EXIT_CHECKS["fees"] = fees


def _count(text: str, number: int) -> str:
    """The sentence with its number; nothing when there is nothing."""
    return text % {"number": number} if number else ""


def orders(seller_pk: int) -> ports.Check:
    """No order is still being fulfilled."""
    number = (
        OrderLine.objects.filter(product__seller_id=seller_pk, order__state__in=UNFINISHED)
        .values("order")
        .distinct()
        .count()
    )
    return ports.Check(
        "orders", _("No order is being fulfilled"), number == 0,
        _count(ngettext("%(number)s order is open", "%(number)s orders are open", number), number), "/seller/orders",
    )  # fmt: skip


def deliveries(seller_pk: int) -> ports.Check:
    """No delivery runs."""
    number = Delivery.objects.filter(subscription__product__seller_id=seller_pk, state__in=OPEN).count()
    return ports.Check(
        "deliveries", _("No delivery is under way"), number == 0,
        _count(ngettext("%(number)s delivery runs", "%(number)s deliveries run", number), number),
        "/seller/orders?view=to_deliver",
    )  # fmt: skip


def refunds(seller_pk: int) -> ports.Check:
    """No refund is under way: nothing is unsettled."""
    lines = OrderLine.objects.filter(product__seller_id=seller_pk)
    number = Refund.objects.filter(order_id__in=lines.values("order__public_id")).exclude(state="succeeded").count()
    return ports.Check(
        "settled", _("No order is unsettled"), number == 0,
        _count(ngettext("%(number)s refund is open", "%(number)s refunds are open", number), number),
        "/seller/orders?view=refunding",
    )  # fmt: skip


def invoices(seller_pk: int) -> ports.Check:
    """Every order has its invoice. Invoices are not kept here yet: the reviewer looks before approving."""
    text = _("The operator looks at them before it approves.")
    return ports.Check("invoices", _("Every order has its invoice, or the customer wants none"), True, text)


def fees(seller_pk: int) -> ports.Check:
    """No invoice about the platform's fee is left to issue; as with `invoices`."""
    text = _("The operator looks at them before it approves.")
    return ports.Check("fees", _("Every invoice about platform fees is issued"), True, text)
