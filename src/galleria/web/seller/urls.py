"""Addresses of the seller's pages. Each part of the area keeps its own list in a module of its own."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

PARTS = ("trading_urls", "products_urls", "selling_urls", "assets_urls", "connecting_urls", "granting_urls")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"galleria.web.seller.{part}"))
    for part in PARTS
    if find_spec(f"galleria.web.seller.{part}")
]  # fmt: skip
