"""What an unpaid renewal or change blocks, and a paid change until the seller has made it (B-ORD-012)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from galleria.buying import models, states
from galleria.kit.errors import NotAllowed
from galleria.kit.prepared import Prepared
from galleria.subscribing.models import Subscription

_MAKING = ("processing", "refunding")
# A change inside the term, or one that came with a renewal: if the seller does not make it, it is undone. Only a change
# keeps on its line what was held before; what is held now may be the new configuration already.
_CHANGES = Q(order__kind=states.CHANGE) | Q(order__kind=states.RENEWAL, held__has_key="before")
# An unsubscription that is unpaid waits to be reviewed.
_BLOCKS = Q(order__kind__in=states.ON_HELD, order__state__in=states.UNPAID) | (_CHANGES & Q(order__state__in=_MAKING))


class OpenOrderOnSubscription(NotAllowed):
    """An unpaid order waits for this subscription; `extra` names it."""

    code = "OPEN_ORDER_ON_SUBSCRIPTION"

    @classmethod
    def of(cls, order_id: str) -> OpenOrderOnSubscription:
        """The refusal that names the order (B-REN-002)."""
        return cls(
            _("Order %(order)s of this subscription is not paid. Pay or cancel it first.") % {"order": order_id},
            extra={"order": order_id},
        )


class ChangeUnderWay(OpenOrderOnSubscription):
    """A paid change has not been made by the seller yet; `extra` names its order."""

    code = "CHANGE_UNDER_WAY"


_WAITING: Prepared[tuple[str, int, str]] = Prepared(
    lambda p: models.OrderLine.objects.filter(_BLOCKS, subscription__public_id=p("subscription")).values_list(
        "order__public_id", "order__kind", "order__state"
    )[:1]
)


def require_free(subscription_id: str) -> None:
    """Raises OpenOrderOnSubscription while an unpaid renewal or change of the subscription waits, ChangeUnderWay
    while the seller makes a paid one."""
    waiting = _WAITING.one(subscription=subscription_id)
    if waiting is not None:
        raise _refusal(*waiting)


def _refusal(order: str, kind: int, state: str) -> OpenOrderOnSubscription:
    if state in _MAKING:
        return ChangeUnderWay(
            _("The seller is making the change of order %(order)s. Wait until it is done.") % {"order": order},
            extra={"order": order},
        )
    if kind == states.UNSUBSCRIPTION:
        return OpenOrderOnSubscription(
            _("Unsubscription %(order)s of this subscription waits for its review. Withdraw it first.")
            % {"order": order},
            extra={"order": order},
        )
    return OpenOrderOnSubscription.of(order)


def blocks_of(subscriptions: Sequence[Subscription]) -> dict[int, OpenOrderOnSubscription]:
    """What is in the way of each, by row number of the subscription; one query for all."""
    if len(subscriptions) == 1:
        one = subscriptions[0]
        waiting = _WAITING.one(subscription=one.public_id)
        return {one.pk: _refusal(*waiting)} if waiting is not None else {}
    rows = models.OrderLine.objects.filter(_BLOCKS, subscription__in=[each.pk for each in subscriptions]).values_list(
        "subscription_id", "order__public_id", "order__kind", "order__state"
    )
    return {pk: _refusal(order, kind, state) for pk, order, kind, state in rows if pk is not None}


def open_orders_of(subscriptions: Iterable[Subscription]) -> dict[int, str]:
    """The order that can be paid to free each, by row number of the subscription; one query for all."""
    rows = models.OrderLine.objects.filter(
        subscription__in=[each.pk for each in subscriptions],
        order__kind__in=[kind for kind in states.ON_HELD if kind != states.UNSUBSCRIPTION],
        order__state__in=states.UNPAID,
    ).values_list("subscription_id", "order__public_id")
    return {pk: order for pk, order in rows if pk is not None}
