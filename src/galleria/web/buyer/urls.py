"""Addresses of the buyer's pages."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from galleria.web.buyer import checkout, order, orders, overview, payment, progress, subscription, subscriptions

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.show, name="buyer_overview"),
    path("checkout/new", checkout.start, name="checkout_start"),
    path("checkout/<str:quote_id>", checkout.show, name="checkout"),
    path("pay", payment.pay, name="pay"),
    path("pay/<str:payment_id>", payment.result, name="payment"),
    path("pay/<str:payment_id>/again", payment.ask_again, name="payment_again"),
    path("pay/<str:payment_id>/abandon", payment.abandon, name="payment_abandon"),
    path("payments/<str:payment_id>/return/", payment.come_back, name="payment_return"),
    path("subscriptions", subscriptions.show, name="subscriptions"),
    path("subscriptions.csv", subscriptions.export, name="subscriptions_export"),
    path("subscriptions/renewal", subscriptions.set_renewal, name="subscriptions_renewal"),
    path("subscriptions/<str:subscription_id>", subscription.show, name="subscription"),
    path("subscriptions/<str:subscription_id>/reveal", subscription.reveal, name="subscription_reveal"),
    path("subscriptions/<str:subscription_id>/refresh", subscription.refresh, name="subscription_refresh"),
    path("orders", orders.show, name="orders"),
    path("orders.csv", orders.export, name="orders_export"),
    path("orders/act", orders.act, name="orders_act"),
    path("orders/cancel", orders.cancel, name="orders_cancel"),
    path("orders/<str:order_id>", order.show, name="order"),
    path("orders/<str:order_id>/accept", order.accept, name="order_accept"),
    path("orders/<str:order_id>/approve", order.approve, name="order_approve"),
    path("orders/<str:order_id>/reject", order.reject, name="order_reject"),
    path("orders/<str:order_id>/progress", progress.fragment, name="order_progress"),
]
for part in ("funds", "payment_means", "stripe_webhook", "change", "leave", "renewal_urls"):
    if find_spec(f"galleria.web.buyer.{part}"):
        urlpatterns.append(path("", include(f"galleria.web.buyer.{part}")))
