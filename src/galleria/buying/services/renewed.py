"""What a paid renewal does: the expiry moves at once, then the seller is told (B-REN-007).

A seller who does not answer within the hour is an exception to be called again; the buyer's term has moved already.
Only a renewal that also changes the configuration is undone with its money when the seller refuses it (A-V2R-003).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from galleria.buying import models, states
from galleria.buying.services import effects
from galleria.buying.services.deductions import note_paid
from galleria.buying.services.fulfilling import end_line, fail_line
from galleria.buying.services.holding import held_of, term_of
from galleria.delivering import services as delivering
from galleria.kit import prepared
from galleria.kit.prepared import Prepared
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Period, Subscription

_PERIOD = Prepared(lambda p: Period.objects.filter(order_line_id=p("line")))


@dataclass(frozen=True)
class Told:
    """What the seller hears of a new term. `product_code`: only where the contract wants it (A-V2R-001)."""

    scene: str
    ends_at: datetime
    product_code: str = ""

    def parameters(self) -> dict[str, Any]:
        told = {"ends_at": self.ends_at.isoformat()}
        return {**told, "product_id": self.product_code} if self.product_code else told


def changes(subscription: Subscription, line: models.OrderLine) -> bool:
    """Whether a renewal brings another configuration with it (B-CHG-002)."""
    return (subscription.sku_id, subscription.quantity) != (line.sku_id, line.quantity)


def _paid(order: models.Order, line: models.OrderLine, at: datetime) -> None:
    subscription = held_of(line)
    with_change = changes(subscription, line)
    same_rhythm = subscription.product_code == line.product_code
    try:
        period = subscribing.renew(subscription, term_of(order, line), at=at)
    except subscribing.SubscriptionMoved:
        # The clock took a step between reading and writing, as the end of grace: read it again, once.
        subscription = held_of(line)
        period = subscribing.renew(subscription, term_of(order, line), at=at)
    note_paid(order, subscription, at=at)
    scene = "RENEWAL_CHANGE" if with_change else "RENEWAL"
    product_code = line.product_code if with_change or not same_rhythm else ""
    tell(order, line, subscription, Told(scene, cast(datetime, period.ends_at), product_code), at)


def tell(order: models.Order, line: models.OrderLine, subscription: Subscription, told: Told, at: datetime) -> None:
    """Have the seller told of the new term; without a server to tell, the order is done."""
    if not delivering.has_interface(subscription):
        delivering.tell_thawed(subscription, at=at)
        end_line(line, at)
        return
    prepared.update(models.OrderLine, {"id": line.pk}, {"delivery_state": "delivering"})
    delivering.request_delivery(
        subscription,
        activity="refreshInstance",
        scene=told.scene,
        parameters=told.parameters(),
        order_id=order.public_id,
        order_line_id=line.public_id,
        at=at,
    )


def _delivered(line: models.OrderLine, at: datetime) -> None:
    end_line(line, at)


def _failed(line: models.OrderLine, reason: str, at: datetime) -> None:
    """The seller did not confirm: the renewal stays, one with a change is undone (B-REN-007, A-V2R-003)."""
    period = _PERIOD.one(line=line.public_id)
    was = period.before if period is not None else {}
    if period is None or (was.get("sku_id"), was.get("quantity")) == (period.sku_id, period.quantity):
        end_line(line, at)
        return
    subscription = held_of(line)
    subscribing.undo_renewal(subscription, period, refunded_minor=line.payable_minor + line.tax_minor, at=at)
    _tell_undone(subscription, line, at)
    fail_line(line, reason, at)


def _tell_undone(subscription: Subscription, line: models.OrderLine, at: datetime) -> None:
    """The end that holds again: an answer may have got lost after the seller had granted the new one, or another
    refresh told it meanwhile. There is no order of an unsubscription; the order that is over is named instead, as the
    older text of the contract has it (A-DEC-014)."""
    if subscription.expires_at is None or not delivering.has_interface(subscription):
        return
    delivering.request_delivery(
        subscription,
        activity="refreshInstance",
        scene="UNSUBSCRIBE_RENEWAL_PERIOD",
        parameters=Told("UNSUBSCRIBE_RENEWAL_PERIOD", subscription.expires_at).parameters(),
        order_id=line.order.public_id,
        order_line_id=line.public_id,
        at=at,
    )


effects.register(states.RENEWAL, effects.Effect(paid=_paid, delivered=_delivered, failed=_failed))
