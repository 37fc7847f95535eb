"""Products with too much trouble at the seller's interface, for the operator to decide about (S-SAS-T4, A-DIA-003)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.connecting import events, figures, selectors
from galleria.connecting.models import FailedOrder, RemovalCandidate
from galleria.delivering.models import Delivery, SellerCall
from galleria.kit import clock, outbox, parameters
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed
from galleria.publishing import services as publishing
from galleria.publishing.models import Product

ORDER_ACTIVITIES = ("newInstance", "upgradeInstance", "refreshInstance")


@transaction.atomic
def note_failed_order(delivery_id: str, at: datetime) -> bool:
    """Count an order that the seller's interface made fail; the one too many proposes the product for removal.

    Deliveries by hand, and those that were given up without a failed call, are not the interface's fault.
    """
    delivery = (
        Delivery.objects.select_related("subscription__product__seller__account").filter(public_id=delivery_id).first()
    )
    if delivery is None or delivery.means == "manual" or not delivery.order_id:
        return False
    if delivery.activity not in ORDER_ACTIVITIES:
        return False
    if not SellerCall.objects.filter(delivery=delivery, verdict="failure").exists():
        return False
    product = delivery.subscription.product
    month = clock.billing_date(at).strftime("%Y-%m")
    _row, made = FailedOrder.objects.get_or_create(
        product=product, order_id=delivery.order_id,
        defaults={"month": month, "reason": delivery.last_error[:300], "at": at},
    )  # fmt: skip
    if not made:
        return False
    count = FailedOrder.objects.filter(product=product, month=month).count()
    if count > int(parameters.get(figures.FAILED_ORDERS_MAX)):
        propose_removal(product, reason="failed_orders", count=count, facts={"month": month, "orders": count}, at=at)
    return True


def propose_removal(
    product: Product, *, reason: str, count: int, facts: dict[str, Any], at: datetime
) -> RemovalCandidate:
    """Put a product into the operator's removal queue; one that is there is brought up to date. In a transaction."""
    row = RemovalCandidate.objects.filter(product=product, reason=reason, closed_at=None).first()
    if row is not None:
        RemovalCandidate.objects.filter(pk=row.pk).update(facts=facts)
        return row
    row = RemovalCandidate.objects.create(product=product, reason=reason, facts=facts, at=at)
    seller = product.seller
    audit.record(SYSTEM, "removal.proposed", product, at=at, after=facts, account_id=seller.account.public_id)
    outbox.publish(
        events.ProductProposedForRemoval(
            row.public_id, seller.public_id, product.public_id, product.name, reason, count
        )
    )
    return row


@transaction.atomic
def close_candidate(actor: Actor, *, candidate_id: str, note: str, at: datetime) -> RemovalCandidate:
    """The operator lets the product stay, with a note; one that is suspended is sold again.

    Raises Invalid, NotAllowed, NotFound, PermissionMissing.
    """
    row = _close(actor, candidate_id, note, at)
    audit.record(
        actor, "removal.closed", row.product, at=at, reason=row.note[:300],
        account_id=row.product.seller.account.public_id,
    )  # fmt: skip
    if row.product.state == "suspended":
        publishing.lift_suspension(actor, product_id=row.product.public_id, at=at)
    return row


@transaction.atomic
def remove_candidate(actor: Actor, *, candidate_id: str, note: str, at: datetime) -> RemovalCandidate:
    """The operator ends the sale; whoever has the product keeps it. Raises as `close_candidate`."""
    row = _close(actor, candidate_id, note, at)
    publishing.remove_product(actor, product_id=row.product.public_id, reason=row.note, at=at)
    return row


def _close(actor: Actor, candidate_id: str, note: str, at: datetime) -> RemovalCandidate:
    row = selectors.removal_candidate(actor, candidate_id)
    words = note.strip()
    if len(words) < 3:
        raise Invalid(fields={"note": _("Say in a few words why.")})
    same = RemovalCandidate.objects.filter(product_id=row.product_id, closed_at=None)
    if not same.update(closed_at=at, closed_by=actor.user_name[:200], note=words[:500]):
        raise NotAllowed
    row.note = words[:500]
    return row
