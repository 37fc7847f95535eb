"""Who may change what belongs to a seller's servers."""

from __future__ import annotations

from galleria.connecting import selectors
from galleria.kit.actor import Actor
from galleria.parties.models import Seller
from galleria.selling.services import SellerLeft


def seller_that_may(actor: Actor, permission: str) -> Seller:
    """The actor's seller. Raises NotFound without one, PermissionMissing, SellerLeft when it only reads any more."""
    seller = selectors.seller_of(actor)
    actor.require(permission)
    if seller.state == "left":
        raise SellerLeft
    return seller
