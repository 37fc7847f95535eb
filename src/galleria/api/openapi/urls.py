"""Addresses of the open API, below `/api/mkp-openapi-public/` as in the contract."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from galleria.api.openapi import gate, orders

urlpatterns: list[URLPattern | URLResolver] = [
    path("global/v1/order/query", orders.query, name="open-order-query"),
    re_path(r"^(?P<rest>.*)$", gate.unknown),
]
