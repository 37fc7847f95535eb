"""Addresses of a reseller's pages (R4)."""

from __future__ import annotations

from galleria.web.granting.addresses import offer_addresses
from galleria.web.granting.side import RESELLER

urlpatterns = offer_addresses(RESELLER, "discounts", "reseller_discount")
