"""Addresses of accounts and sellers, for the operator."""

from __future__ import annotations

from django.urls import path

from galleria.web.operator import accounts, sellers, viewing

urlpatterns = [
    path("accounts", accounts.index, name="accounts"),
    path("accounts/<str:account_id>", accounts.show, name="account_page"),
    path("accounts/<str:account_id>/act", accounts.act, name="account_act"),
    path("accounts/<str:account_id>/view", viewing.begin, name="account_view"),
    path("viewing/end", viewing.end, name="viewing_end"),
    path("accounts/<str:account_id>/seller/<str:verb>", sellers.act, name="account_seller_act"),
    path("settings/selling", sellers.settings, name="selling_settings"),
]
