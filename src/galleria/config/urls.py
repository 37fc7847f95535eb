"""Addresses: the API under /api/, pages under everything else. Health pages are answered by a middleware."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("galleria.api.urls")),
    path("", include("galleria.web.urls")),
]

handler400 = "galleria.config.faults.bad_request"
handler403 = "galleria.config.faults.forbidden"
handler404 = "galleria.config.faults.not_found"
handler500 = "galleria.config.faults.server_error"
