"""Contracting parties, the countries they sign for, the platform's fees: the operator's data."""

from __future__ import annotations

from decimal import Decimal

from galleria.kit.errors import NotFound
from galleria.selling.models import ContractingParty, FeeBaseline, SalesRegion

DEFAULT_PERCENT_E2 = 1500
"""15 per cent where the operator set nothing (S-DEC-009)."""


def parties() -> list[ContractingParty]:
    """Every contracting party with its countries, the default one first."""
    return list(ContractingParty.objects.prefetch_related("regions"))


def party_by_id(party_id: str) -> ContractingParty:
    """Raises NotFound."""
    row = ContractingParty.objects.filter(public_id=party_id).first()
    if row is None:
        raise NotFound
    return row


def party_of(country: str) -> ContractingParty | None:
    """Who signs and pays for sales into a country (S-GEN-005); None before the operator set up any party."""
    region = SalesRegion.objects.select_related("party").filter(country=country).first()
    return region.party if region else ContractingParty.objects.filter(is_default=True).first()


def regions() -> dict[str, int]:
    """Country to the row number of its party, for the countries that the default party does not have."""
    return dict(SalesRegion.objects.values_list("country", "party_id"))


def fees() -> dict[str, int]:
    """Delivery method to the fee in hundredths of a per cent, as the operator set them."""
    return dict(FeeBaseline.objects.values_list("delivery_type", "percent_e2"))


def fee_percent(delivery_type: str) -> Decimal:
    """The platform's fee for a delivery method in per cent, before an agreement about one product."""
    found = dict(FeeBaseline.objects.filter(delivery_type__in=[delivery_type, ""]).values_list(
        "delivery_type", "percent_e2"))  # fmt: skip
    return Decimal(found.get(delivery_type, found.get("", DEFAULT_PERCENT_E2))) / 100
