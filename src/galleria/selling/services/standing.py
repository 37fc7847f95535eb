"""Whether somebody may act as a seller at all; the party that every marketplace starts with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.kit import outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import PermissionMissing, Refused
from galleria.parties.models import Seller
from galleria.parties.permissions import ACTIONS
from galleria.selling import events, selectors
from galleria.selling.models import Certification, ContractingParty, SellerProfile

AFTER_THE_END = frozenset({
    "seller:delivery:act", "seller:refund:approve", "seller:invoice:manage", "seller:ticket:handle",
    "seller:cert:manage",
})  # fmt: skip
"""What a seller still does when the cooperation has ended: deliveries, tickets, bills run to their end (S-VIO-T3)."""


class SellerLeft(Refused):
    """The seller has left: its console is for reading only (S-EXI-001)."""

    code = "SELLER_LEFT"
    status = 409
    default_message = _("Your account has left the marketplace. Bills, invoices and history can still be read.")


class CooperationEnded(Refused):
    """The operator ended the cooperation; what is running goes on."""

    code = "COOPERATION_ENDED"
    status = 409
    default_message = _(
        "The operator has ended the cooperation. Deliveries, tickets and bills go on to their end; nothing new is sold."
    )


def require_seller(actor: Actor, permission: str) -> Seller:
    """The seller of the actor, who must have the permission.

    Reading works in every state. Raises NotASeller, PermissionMissing, SellerLeft, CooperationEnded.
    """
    seller = selectors.seller_of(actor)
    actor.require(permission)
    action = ACTIONS.get(permission)
    if seller.state == "active" or (action is not None and action.level != "write"):
        return seller
    if seller.state == "left":
        raise SellerLeft
    if permission not in AFTER_THE_END:
        raise CooperationEnded
    return seller


def require_owner(actor: Actor) -> None:
    """Registration, agreements and exit are for the main account alone (S-SUB-001). Raises PermissionMissing."""
    if not actor.is_system and not selectors.is_owner(actor):
        raise PermissionMissing(
            "owner", _("Only the owner of the account can do this, not a user whom the owner invited.")
        )


@transaction.atomic
def change_standing(seller: Seller, **values: Any) -> Seller:
    """Change what the public profile says and tell the packages above, whose pages show it."""
    for name, value in values.items():
        setattr(seller, name, value)
    seller.save(update_fields=list(values))
    outbox.publish(events.SellerChanged(seller.public_id))
    return seller


def profile_for_update(seller: Seller) -> SellerProfile:
    """The stored profile, made now for a seller of a catalogue file."""
    return SellerProfile.objects.get_or_create(seller=seller)[0]


def install_default_party(*, at: datetime) -> ContractingParty:
    """The operator itself, for every country; what the operator set up is left alone."""
    row = ContractingParty.objects.filter(is_default=True).first()
    if row is None:
        row = ContractingParty.objects.create(
            name=settings.GALLERIA.operator_name, country=settings.GALLERIA.default_region,
            currency=settings.GALLERIA.currency, is_default=True, created_at=at,
        )  # fmt: skip
    return row


@transaction.atomic
def certify_from_catalogue(seller: Seller, *, at: datetime) -> None:
    """A seller of a catalogue file counts as certified with the default party: the operator wrote the file."""
    party = install_default_party(at=at)
    Certification.objects.get_or_create(
        seller=seller,
        party=party,
        defaults={
            "state": "certified",
            "data": {"company_name": seller.legal_name, "account_name": seller.legal_name},
            "signed_at": at,
            "certified_at": at,
            "changed_at": at,
        },
    )
