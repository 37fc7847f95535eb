"""Addresses of a seller's offers and coupons (S10)."""

from __future__ import annotations

from galleria.web.granting.addresses import coupon_addresses, offer_addresses
from galleria.web.granting.side import SELLER

urlpatterns = [
    *offer_addresses(SELLER, "offers", "seller_offer"),
    *coupon_addresses(SELLER, "coupons", "seller_coupon"),
]
