"""Orders that are not paid: approved, refused, canceled by people, or by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.buying import events, models, selectors, states
from galleria.buying.services.deductions import note_canceled
from galleria.kit import outbox
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed
from galleria.kit.prepared import Prepared
from galleria.kit.spoken import stored
from galleria.parties.models import Membership
from galleria.pricing import services as pricing
from galleria.publishing import services as publishing

_PIECES: Prepared[tuple[int, int]] = Prepared(
    lambda p: models.OrderLine.objects.filter(order_id=p("order"), pieces_taken__gt=0).values_list(
        "specification_id", "pieces_taken"
    )
)
WARN_BEFORE = timedelta(hours=24)
BATCH = 500


@transaction.atomic
def cancel_order(actor: Actor, *, order_id: str, reason: str = "", at: datetime) -> models.Order:
    """Cancel an unpaid order and everything placed together with it; its coupon is free at once (B-ORD-023)."""
    actor.require("billing:order:cancel")
    order = selectors.order_of(actor, order_id)
    _not_for_unsubscriptions(order)
    group = [order]
    if order.combined_id:
        group = list(
            models.Order.objects.filter(account_id=order.account_id, combined_id=order.combined_id).order_by("pk")
        )
    for each in group:
        _cancel(actor, each, reason or stored(_("Canceled by the buyer")), by_system=False, at=at)
    order.refresh_from_db()
    return order


@transaction.atomic
def cancel_unpaid(actor: Actor, *, order_id: str, reason: str, at: datetime) -> bool:
    """Cancel an unpaid order for the marketplace: what it asks for is no longer sold. False when it was paid first.

    The caller has the right to decide it. Orders placed together are canceled together.
    """
    order = models.Order.objects.filter(public_id=order_id).first()
    if order is None:
        return False
    group = [order]
    if order.combined_id:
        same = models.Order.objects.filter(account_id=order.account_id, combined_id=order.combined_id)
        group = list(same.order_by("pk"))
    for each in group:
        try:
            with transaction.atomic():
                _cancel(actor, each, reason, by_system=True, at=at)
        except states.OrderStatusChanged:
            return False  # paid or canceled in this very moment
    return True


def _not_for_unsubscriptions(order: models.Order) -> None:
    """Those are reviewed by the marketplace and withdrawn on their own page."""
    if order.kind == states.UNSUBSCRIPTION:
        raise states.OrderStatusChanged(
            _("This is an unsubscription, which the marketplace reviews. Withdraw it on its own page.")
        )


def cancel_orders_on(subscription_id: str, *, at: datetime) -> None:
    """Cancel what waits to be paid for a subscription that was released meanwhile: renewals, changes, conversions."""
    waiting = models.Order.objects.filter(
        lines__subscription__public_id=subscription_id, kind__in=states.PAID_ON_HELD, state__in=states.UNPAID
    ).values_list("public_id", flat=True)
    for order_id in list(waiting):
        cancel_unpaid(SYSTEM, order_id=order_id, reason=stored(_("The subscription was released")), at=at)


def _cancel(actor: Actor, order: models.Order, reason: str, *, by_system: bool, at: datetime) -> None:
    states.ORDER.apply(order, "cancel", state_reason=reason[:500], finished_at=at)
    pricing.unlock_coupon(order.coupon_id, order.public_id)
    pricing.free_offers(order.public_id, at=at)
    if order.kind == states.RENEWAL:
        note_canceled(order.public_id, at=at)
    for specification_pk, pieces in _PIECES.all(order=order.pk):
        publishing.return_stock(specification_pk, pieces)
    audit.record(actor, "order.canceled", order, at=at, reason=reason, account_id=selectors.account_id_of(order))
    outbox.publish(events.OrderCanceled(order.public_id, by_system, reason[:300]))


@transaction.atomic
def approve_order(actor: Actor, *, order_id: str, at: datetime) -> models.Order:
    """Let an order that was over the buyer's limit be paid; the approver needs the right to pay (B-PRM-002)."""
    actor.require("billing:order:pay")
    order = selectors.order_of(actor, order_id)
    _not_for_unsubscriptions(order)
    limit = (
        Membership.objects.filter(user_id=actor.user_pk or 0, account_id=order.account_id)
        .values_list("order_limit_minor", flat=True)
        .first()
    )
    if limit is not None and order.due_minor > limit:
        raise NotAllowed(_("This order is above your own limit too."))
    states.ORDER.apply(order, "approve")
    audit.record(actor, "order.approved", order, at=at)
    outbox.publish(events.OrderApproved(order.public_id))
    return order


@transaction.atomic
def reject_order(actor: Actor, *, order_id: str, reason: str, at: datetime) -> models.Order:
    """Refuse an order that needed approval."""
    actor.require("billing:order:pay")
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why; the person who ordered reads it.")})
    order = selectors.order_of(actor, order_id)
    _not_for_unsubscriptions(order)
    if order.state != "pending_approval":
        raise states.OrderStatusChanged
    _cancel(actor, order, reason, by_system=False, at=at)
    return order


def expire_orders(at: datetime) -> int:
    """Cancel what was not paid in time (B-ORD-011); one row's failure does not stop the rest. Returns how many."""
    rows = models.Order.objects.filter(state__in=states.UNPAID, expires_at__lte=at).order_by("expires_at")[:BATCH]
    done = 0
    for order in list(rows):
        with transaction.atomic():
            try:
                _cancel(SYSTEM, order, stored(_("The time to pay was over")), by_system=True, at=at)
            except states.OrderStatusChanged:
                continue  # paid or canceled in this very moment
            done += 1
    return done


def warn_expiring(at: datetime) -> int:
    """Tell, once, about orders that will be canceled within a day."""
    rows = models.Order.objects.filter(
        state__in=states.UNPAID, expires_at__lte=at + WARN_BEFORE, expires_at__gt=at, warned_at__isnull=True
    ).order_by("expires_at")[:BATCH]
    done = 0
    for order in list(rows):
        with transaction.atomic():
            if models.Order.objects.filter(pk=order.pk, warned_at__isnull=True).update(warned_at=at):
                outbox.publish(events.OrderExpiring(order.public_id))
                done += 1
    return done
