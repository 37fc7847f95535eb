"""One seller: its rights, its people's rights, what is restricted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Refused
from galleria.parties.models import Seller
from galleria.selling import ports
from galleria.selling.models import Certification, ContractingParty, SalesRegion, Sanction, SellerProfile, UserScope

LIVE = ("certified", "change")
"""States of a certification in which its data are in force."""


class NotASeller(Refused):
    """The account has no seller profile."""

    code = "NOT_A_SELLER"
    status = 403
    default_message = _("Your account is not a seller. Register as one first.")


def seller_of(actor: Actor) -> Seller:
    """The seller that the actor acts for, whatever its state. Raises NotASeller."""
    seller = Seller.objects.select_related("account").filter(account_id=actor.account_pk or 0).first()
    if seller is None:
        raise NotASeller
    return seller


def seller_by_id(seller_id: str) -> Seller:
    """Any seller, for the operator's pages and for jobs. Raises NotFound."""
    seller = Seller.objects.select_related("account").filter(public_id=seller_id).first()
    if seller is None:
        raise NotFound
    return seller


def seller_of_account(account_id: str) -> Seller:
    """The seller that an account is, for the operator's pages. Raises NotFound."""
    seller = Seller.objects.select_related("account").filter(account__public_id=account_id).first()
    if seller is None:
        raise NotFound
    return seller


def profile_of(seller: Seller) -> SellerProfile:
    """What is kept beside the public profile; not stored yet for sellers of a catalogue file."""
    return SellerProfile.objects.filter(seller=seller).first() or SellerProfile(seller=seller)


def is_owner(actor: Actor) -> bool:
    """Whether the person is the main account: registration, agreements and exit are for it alone (S-SUB-001)."""
    return "Owner" in actor.roles


def certified_countries(seller_pk: int) -> frozenset[str] | None:
    """Countries in which the seller may sell; None for everywhere (S-CER-003).

    With the default party a seller may sell in every country that no other party has, which is named by None only
    when nothing is missing: a seller without the other parties gets the names of the countries that are left.
    """
    signed = set(Certification.objects.filter(seller_id=seller_pk, state__in=LIVE).values_list("party_id", flat=True))
    if not signed:
        return frozenset()
    regions = list(SalesRegion.objects.values_list("country", "party_id"))
    default = ContractingParty.objects.filter(is_default=True).values_list("pk", flat=True).first()
    if default not in signed:
        return frozenset(country for country, party in regions if party in signed)
    missing = {country for country, party in regions if party not in signed}
    return None if not missing else _every_country() - missing


def _every_country() -> frozenset[str]:
    from galleria.parties import countries

    return countries.open_for_registration()


def is_certified(seller_pk: int) -> bool:
    """Whether the seller's tax and bank data are certified with at least one party (S-REG-T5)."""
    return Certification.objects.filter(seller_id=seller_pk, state__in=LIVE).exists()


def _in_force(seller_pk: int, kind: str, at: datetime) -> list[Sanction]:
    rows = Sanction.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at), seller_id=seller_pk, kind=kind, starts_at__lte=at, lifted_at=None
    )
    return list(rows)


FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for a sanction without an end where a moment is needed."""


def release_ban_until(seller_pk: int, at: datetime) -> datetime | None:
    """Until when the seller may submit nothing for release; None when it may (S-VIO-T2).

    A ban without an end gives FOREVER.
    """
    rows = _in_force(seller_pk, "release_ban", at)
    if not rows:
        return None
    ends = [row.until for row in rows if row.until is not None]
    return max(ends) if len(ends) == len(rows) else FOREVER


def trade_stop(seller: Seller, product_id: str, at: datetime) -> datetime | None:
    """Until when nothing new of this product is sold; None when it is. Renewals go on (S-VIO-T1)."""
    until = seller.trade_stop_until
    if until is None or until <= at:
        return None
    return until if not seller.trade_stop_products or product_id in seller.trade_stop_products else None


def product_scope(actor: Actor) -> frozenset[str] | None:
    """Public ids of the products that this user may look after; None for all of the seller (S-SUB-T2)."""
    if actor.is_system or is_owner(actor) or actor.user_pk is None:
        return None
    rows = list(
        UserScope.objects.filter(user_id=actor.user_pk, seller__account_id=actor.account_pk or 0).values_list(
            "pk", "grants__product_id"
        )
    )
    return None if not rows else frozenset(product for _pk, product in rows if product)


def products_of(actor: Actor) -> list[tuple[str, str]]:
    """Public ids and names of the seller's products that this user looks after."""
    scope = product_scope(actor)
    return [each for each in ports.products(seller_of(actor).pk) if scope is None or each[0] in scope]


def names_for(actor: Actor, products: Iterable[tuple[str, str]]) -> list[str]:
    """The names of some of the seller's products, each once; those that were not given to this user stay unnamed."""
    scope, others = product_scope(actor), str(_("a product that you do not look after"))
    return sorted({name if scope is None or public_id in scope else others for public_id, name in products})


def require_product(actor: Actor, product_id: str) -> None:
    """Raises NotFound for a product that the user was not given: it is not hinted at (UI-GEN-08)."""
    scope = product_scope(actor)
    if scope is not None and product_id not in scope:
        raise NotFound
