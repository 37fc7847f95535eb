"""What a paid change inside the term does: the seller makes it, then it is in force (A-V2U-001, B-CHG-001).

A seller who does not make it within three hours has failed: the fee goes back in full with its coupon, and the old
configuration stays.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from galleria.buying import models, states
from galleria.buying.services import effects
from galleria.buying.services.fulfilling import end_line, fail_line
from galleria.buying.services.holding import held_of, term_of
from galleria.delivering import services as delivering
from galleria.kit import locks, prepared
from galleria.kit.errors import NotAllowed
from galleria.kit.spoken import stored
from galleria.subscribing import services as subscribing


def _paid(order: models.Order, line: models.OrderLine, at: datetime) -> None:
    subscription = held_of(line)
    if subscription.state != "effective" or subscription.expires_at is None or subscription.expires_at <= at:
        # Its term ended between order and payment: nothing to change, everything back.
        fail_line(line, stored(_("The subscription ended before the change was paid.")), at)
        return
    prepared.update(models.OrderLine, {"id": line.pk}, {"delivery_state": "delivering"})
    delivering.request_delivery(
        subscription, activity="upgradeInstance", order_id=order.public_id, order_line_id=line.public_id, at=at
    )


def _delivered(line: models.OrderLine, at: datetime) -> None:
    subscription = held_of(line)
    locks.hold(f"subscription:{subscription.public_id}")
    try:
        subscribing.change(subscription, term_of(line.order, line), at=at)
    except NotAllowed:
        fail_line(line, stored(_("The subscription ended before the seller had changed it.")), at)
        return
    end_line(line, at)


def _failed(line: models.OrderLine, reason: str, at: datetime) -> None:
    fail_line(line, reason, at)


effects.register(states.CHANGE, effects.Effect(paid=_paid, delivered=_delivered, failed=_failed))
