"""Calling the seller's server again, by the seller: Restart and Restart Debugging (A-ALM-002)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from galleria.connecting import selectors
from galleria.connecting.services.debugging import DEBUG
from galleria.delivering import services as delivering
from galleria.delivering.models import Delivery
from galleria.kit.actor import Actor


@transaction.atomic
def restart(actor: Actor, *, delivery_id: str, at: datetime) -> Delivery:
    """Call at once; when it succeeds the record is closed and the order goes on.

    Also for a refresh, a freeze or a release whose hour is over. Raises NotFound, NotRestartable, PermissionMissing.
    """
    delivery = selectors.delivery_of(actor, delivery_id)
    actor.require(DEBUG)
    return delivering.call_again(actor, delivery, at=at)
