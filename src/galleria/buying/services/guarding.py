"""What an unpaid renewal or change blocks (B-ORD-012)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.buying import models, states
from galleria.kit.errors import NotAllowed

BLOCKING_KINDS = (2, 3, 10, 11, 14)


class OpenOrderOnSubscription(NotAllowed):
    """An unpaid order waits for this subscription; `extra` names it."""

    code = "OPEN_ORDER_ON_SUBSCRIPTION"


def require_free(subscription_id: str) -> None:
    """Raises OpenOrderOnSubscription while an unpaid renewal or change of the subscription waits."""
    waiting = (
        models.Order.objects.filter(
            lines__subscription__public_id=subscription_id, kind__in=BLOCKING_KINDS, state__in=states.UNPAID
        )
        .values_list("public_id", flat=True)
        .first()
    )
    if waiting is not None:
        raise OpenOrderOnSubscription(
            _("Order %(order)s of this subscription is not paid. Pay or cancel it first.") % {"order": waiting},
            extra={"order": waiting},
        )
