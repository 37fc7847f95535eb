"""Addresses of the API: `/api/v1/…`, `/api/openapi.json`, `/api/docs`, and what sellers' servers call."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from galleria.api import views
from galleria.api.app import api
from galleria.api.endpoints import BODY_BYTES, ENDPOINTS
from galleria.api.guard import guarded, unknown


def _versioned() -> list[URLPattern | URLResolver]:
    """The endpoints, each behind the guard."""
    patterns, _app, _namespace = api.urls
    most: dict[str, int] = {}
    for each in ENDPOINTS:
        route = each.path.lstrip("/").replace("{", "<").replace("}", ">")
        most[route] = max(each.most_bytes, most.get(route, BODY_BYTES))
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = guarded(pattern.callback, most.get(str(pattern.pattern), BODY_BYTES))
    return [pattern for pattern in patterns if getattr(pattern, "name", "") != "api-root"]


urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", views.openapi, name="api-document"),
    path("docs", views.reference, name="api-reference"),
    path("mkp-openapi-public/", include("galleria.api.openapi.urls")),
    path("v1/", ([*_versioned()], "api", "api")),
    re_path(r"^(?P<rest>.*)$", unknown),
]
