"""Addresses of a seller's own data: registration, certification, profile, people, violations, exit."""

from __future__ import annotations

from django.urls import path

from galleria.web.seller import start

urlpatterns = [
    path("start", start.show, name="seller_start"),
    path("start/begin", start.begin, name="seller_start_begin"),
    path("start/save", start.save, name="seller_start_save"),
    path("start/prove", start.prove, name="seller_start_prove"),
    path("start/submit", start.submit, name="seller_start_submit"),
    path("start/withdraw", start.withdraw, name="seller_start_withdraw"),
]
