"""The people of a seller: users with their products, recipients of messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Text
from galleria.parties import permissions
from galleria.parties import selectors as parties
from galleria.parties.models import Membership
from galleria.selling.models import Recipient, UserScope
from galleria.selling.selectors.sellers import profile_of, seller_of

KEYS: Final[dict[str, str]] = {
    "seller.info": "seller:info:manage",
    "seller.cert": "seller:cert:manage",
    "product.release": "seller:product:release",
    "product.manage": "seller:product:manage",
    "asset.manage": "seller:asset:manage",
    "order.view": "seller:order:view",
    "order.export": "seller:order:export",
    "delivery.act": "seller:delivery:act",
    "refund.approve": "seller:refund:approve",
    "offer.manage": "seller:offer:manage",
    "coupon.manage": "seller:coupon:manage",
    "resale.manage": "seller:resale:manage",
    "settlement.view": "seller:settlement:view",
    "invoice.manage": "seller:invoice:manage",
    "review.reply": "seller:review:reply",
    "ticket.handle": "seller:ticket:handle",
}
"""The permission keys of the seller rules and the actions that are asked for (S-SUB-002)."""

CATEGORIES: Final[dict[str, Text]] = {
    "review": _("Product review"),
    "orders": _("Orders and delivery"),
    "settlement": _("Settlement"),
    "alerts": _("Interface alerts"),
    "policy": _("Policy"),
}
ALWAYS_TO_ACCOUNT: Final = frozenset({"settlement", "alerts"})
"""What the account's own address always gets, whoever else does (S-RCP-001)."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A user of the seller's account. `products` None: all of them."""

    membership: Membership
    seller_roles: tuple[str, ...]
    products: frozenset[str] | None

    @property
    def actions(self) -> frozenset[str]:
        if self.membership.is_owner:
            return permissions.SELLER
        return permissions.granted(self.membership.roles) & permissions.SELLER


def colleagues(actor: Actor) -> list[Colleague]:
    """Every user of the account with seller roles and products."""
    seller = seller_of(actor)
    members = parties.members_of(actor)
    scopes: dict[int, set[str]] = {}
    for user, product in UserScope.objects.filter(seller=seller).values_list("user_id", "grants__product_id"):
        scopes.setdefault(user, set()).update([product] if product else [])
    return [_colleague(row, scopes.get(row.user_id)) for row in members]


def _colleague(row: Membership, products: set[str] | None) -> Colleague:
    roles = tuple(name for name in row.roles if name in permissions.ROLES and permissions.ROLES[name].side == "seller")
    limited = None if products is None or row.is_owner else frozenset(products)
    return Colleague(row, roles, limited)


def colleague(actor: Actor, user_id: str) -> Colleague:
    """One of them. Raises NotFound."""
    found = [each for each in colleagues(actor) if each.membership.user.public_id == user_id]
    if not found:
        raise NotFound
    return found[0]


def seller_roles() -> list[permissions.Role]:
    """Roles that can be given to users of a seller."""
    return [role for role in permissions.ROLES.values() if role.side == "seller"]


def recipients_of(actor: Actor) -> list[Recipient]:
    """The seller's list of recipients."""
    actor.require("seller:info:manage")
    return list(Recipient.objects.filter(seller=seller_of(actor)))


def addresses_for(seller_pk: int, category: str, channel: str = "email") -> list[tuple[str, str]]:
    """Names and addresses of the confirmed recipients of a category, for messages."""
    rows = Recipient.objects.filter(seller_id=seller_pk, verified_at__isnull=False)
    return [
        (row.name, row.email if channel == "email" else row.phone)
        for row in rows
        if channel in row.categories.get(category, ()) and (channel == "email" or row.phone)
    ]


def bound_addresses(seller_pk: int) -> list[str]:
    """The account's own address and that of the profile's contact."""
    from galleria.parties.models import Seller

    seller = Seller.objects.select_related("account").get(pk=seller_pk)
    return _unique([seller.account.email, profile_of(seller).contact_email])


def _unique(addresses: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(address.lower() for address in addresses if address))
