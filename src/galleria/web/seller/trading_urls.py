"""Addresses of the seller's overview and orders (S2, S8)."""

from __future__ import annotations

from django.urls import path

from galleria.web.seller import orders, overview

urlpatterns = [
    path("", overview.show, name="seller_overview"),
    path("orders", orders.show, name="seller_orders"),
    path("orders.csv", orders.export, name="seller_orders_export"),
    path("orders/<str:order_id>", orders.order, name="seller_order"),
    path("orders/<str:order_id>/confirm", orders.confirm, name="seller_order_confirm"),
]
