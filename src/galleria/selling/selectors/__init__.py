"""What is known about sellers: who may sell, where, what is restricted, what is left to do."""

from __future__ import annotations

from galleria.selling.selectors.contracts import (
    DEFAULT_PERCENT_E2,
    fee_percent,
    fees,
    parties,
    party_by_id,
    party_of,
    regions,
)
from galleria.selling.selectors.sellers import (
    NotASeller,
    certified_countries,
    is_certified,
    is_owner,
    names_for,
    product_scope,
    products_of,
    profile_of,
    release_ban_until,
    require_product,
    seller_by_id,
    seller_of,
    seller_of_account,
    trade_stop,
)

__all__ = [
    "DEFAULT_PERCENT_E2",
    "NotASeller",
    "certified_countries",
    "fee_percent",
    "fees",
    "is_certified",
    "is_owner",
    "names_for",
    "parties",
    "party_by_id",
    "party_of",
    "product_scope",
    "products_of",
    "profile_of",
    "regions",
    "release_ban_until",
    "require_product",
    "seller_by_id",
    "seller_of",
    "seller_of_account",
    "trade_stop",
]
