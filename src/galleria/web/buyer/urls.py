"""Addresses of the buyer's pages."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from galleria.web.buyer import checkout, payment, progress

urlpatterns: list[URLPattern | URLResolver] = [
    path("checkout/new", checkout.start, name="checkout_start"),
    path("checkout/<str:quote_id>", checkout.show, name="checkout"),
    path("pay", payment.pay, name="pay"),
    path("pay/<str:payment_id>", payment.result, name="payment"),
    path("pay/<str:payment_id>/again", payment.ask_again, name="payment_again"),
    path("pay/<str:payment_id>/abandon", payment.abandon, name="payment_abandon"),
    path("payments/<str:payment_id>/return/", payment.come_back, name="payment_return"),
    path("orders/<str:order_id>/progress", progress.fragment, name="order_progress"),
]
for part in ("funds", "payment_means", "stripe_webhook"):
    if find_spec(f"galleria.web.buyer.{part}"):
        urlpatterns.append(path("", include(f"galleria.web.buyer.{part}")))
