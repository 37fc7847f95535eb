"""Addresses of the seller's overview and orders (S2, S8)."""

from __future__ import annotations

from django.urls import path

from galleria.web.seller import enquiries, orders, overview, service_orders, tickets, unsubscriptions

urlpatterns = [
    path("", overview.show, name="seller_overview"),
    path("orders", orders.show, name="seller_orders"),
    path("orders.csv", orders.export, name="seller_orders_export"),
    path("orders/<str:order_id>", orders.order, name="seller_order"),
    path("orders/<str:order_id>/confirm", orders.confirm, name="seller_order_confirm"),
    path("unsubscriptions", unsubscriptions.show, name="seller_unsubscriptions"),
    path("unsubscriptions/<str:line_id>", unsubscriptions.one, name="seller_unsubscription"),
    path("service-orders", service_orders.show, name="seller_service_orders"),
    path("service-orders/<str:delivery_id>", service_orders.one, name="seller_service_order"),
    path("service-orders/<str:delivery_id>/confirm", service_orders.confirm, name="seller_service_confirm"),
    path("service-orders/<str:delivery_id>/call", service_orders.call, name="seller_service_call"),
    path("enquiries", enquiries.show, name="seller_enquiries"),
    path("tickets", tickets.show, name="seller_tickets_of_buyers"),
    path("tickets/<str:ticket_id>", tickets.ticket, name="seller_ticket"),
    path("tickets/<str:ticket_id>/<str:verb>", tickets.act, name="seller_ticket_act"),
]
