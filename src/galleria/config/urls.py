"""Addresses: the API under /api/, pages under everything else. Health pages are answered by a middleware."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []
if find_spec("galleria.api") and find_spec("galleria.api.urls"):
    urlpatterns.append(path("api/", include("galleria.api.urls")))
if find_spec("galleria.web.urls"):
    urlpatterns.append(path("", include("galleria.web.urls")))

handler400 = "galleria.web.errors.bad_request"
handler403 = "galleria.web.errors.forbidden"
handler404 = "galleria.web.errors.not_found"
handler500 = "galleria.web.errors.server_error"
