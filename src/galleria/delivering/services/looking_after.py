"""What the operator can do with a delivery that is stuck: call again, give up, confirm by hand."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.delivering import events, rules, selectors, states
from galleria.delivering.models import Delivery
from galleria.delivering.services.ending import record_end
from galleria.delivering.services.requesting import lane_of
from galleria.kit import jobs, outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.selling import selectors as selling


class NotRestartable(NotAllowed):
    """Only a delivery that waits for its next call can be called again."""

    code = "DELIVERY_NOT_RESTARTABLE"
    default_message = _("This delivery is not waiting for a call.")


@transaction.atomic
def restart(actor: Actor, *, delivery_id: str, at: datetime) -> Delivery:
    """Call the seller at once instead of at the next planned time (A-ALM-002)."""
    actor.require("operator:delivery:retry")
    return call_again(actor, selectors.delivery_of(actor, delivery_id), at=at)


def call_again(actor: Actor, delivery: Delivery, *, at: datetime) -> Delivery:
    """The same for whoever may; a refresh, freeze or release that was given up is taken up again (A-RET-008).

    In a transaction. Raises NotRestartable.
    """
    lane = lane_of(delivery.subscription.product.seller.public_id)
    if delivery.state == "failed" and can_be_reopened(delivery):
        states.DELIVERY.apply(delivery, "reopen", finished_at=None)
    if delivery.state in {"requested", "retrying"}:
        jobs.enqueue("delivering.work_on", lane=lane, delivery_id=delivery.public_id, attempt=delivery.attempts + 1)
    elif delivery.state == "provisioning":
        jobs.enqueue("delivering.poll_instance", lane=lane, delivery_id=delivery.public_id, poll=delivery.polls + 1)
    else:
        raise NotRestartable
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=at)
    audit.record(actor, "delivery.restarted", delivery, at=at)
    return delivery


def can_be_reopened(delivery: Delivery) -> bool:
    """Nothing was refunded for it, so it can still be done; an order that failed is over.

    So is a renewal with a change: the seller must not grant a term that was given back (A-V2R-003).
    """
    is_kept = delivery.activity in rules.RESTARTED_BY_HAND and delivery.scene != "RENEWAL_CHANGE"
    return delivery.means != "manual" and is_kept


def can_be_called(delivery: Delivery) -> bool:
    """Whether *Restart* does something."""
    waits = delivery.state in {"requested", "retrying", "provisioning"}
    return waits or (delivery.state == "failed" and can_be_reopened(delivery))


@transaction.atomic
def give_up(actor: Actor, *, delivery_id: str, reason: str, at: datetime) -> Delivery:
    """End a delivery as failed; what was paid for it goes back."""
    actor.require("operator:order:refund")
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why; the buyer reads it.")})
    delivery = selectors.delivery_of(actor, delivery_id)
    states.DELIVERY.apply(delivery, "fail", finished_at=at, last_error=reason[:500], next_attempt_at=None)
    record_end(delivery, at=at)
    audit.record(actor, "delivery.given_up", delivery, at=at, reason=reason)
    outbox.publish(
        events.DeliveryFailed(
            delivery.public_id,
            delivery.subscription.public_id,
            delivery.activity,
            delivery.order_id,
            delivery.order_line_id,
            reason[:300],
        )
    )
    return delivery


@transaction.atomic
def confirm_by_hand(actor: Actor, *, delivery_id: str, at: datetime) -> Delivery:
    """Record that the seller delivered outside the system (products without an interface)."""
    actor.require("operator:delivery:retry")
    return _confirmed(actor, selectors.delivery_of(actor, delivery_id), at=at)


@transaction.atomic
def confirm_as_seller(actor: Actor, *, delivery_id: str, at: datetime) -> Delivery:
    """The seller says that it has delivered a product without an interface.

    Raises PermissionMissing; NotFound for another seller's, or a product that the user was not given.
    """
    actor.require("seller:delivery:act")
    rows = Delivery.objects.select_related("subscription__product__seller")
    mine = rows.filter(public_id=delivery_id, subscription__product__seller__account_id=actor.account_pk or 0)
    delivery = mine.first()
    if delivery is None:
        raise NotFound
    selling.require_product(actor, delivery.subscription.product.public_id)
    return _confirmed(actor, delivery, at=at)


def _confirmed(actor: Actor, delivery: Delivery, *, at: datetime) -> Delivery:
    if delivery.means != "manual":
        raise NotAllowed(_("This product is delivered by the seller's server; call it again instead."))
    states.DELIVERY.apply(delivery, "succeed", finished_at=at)
    audit.record(actor, "delivery.confirmed", delivery, at=at)
    outbox.publish(
        events.DeliverySucceeded(
            delivery.public_id,
            delivery.subscription.public_id,
            delivery.activity,
            delivery.order_id,
            delivery.order_line_id,
        )
    )
    return delivery
