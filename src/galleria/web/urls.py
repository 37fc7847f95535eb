"""Addresses of the pages. Each area keeps its own list; an area that is not installed has no addresses."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from galleria.web import files, preferences
from galleria.web.account import calendar
from galleria.web.components import styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("preferences", preferences.change, name="preferences"),
    path("styleguide/", styleguide.show, name="styleguide"),
    path("files/<str:file_id>", files.show, name="file"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar_feed"),
]
for area in ("buyer", "account", "operator", "seller", "reseller"):
    if find_spec(f"galleria.web.{area}") and find_spec(f"galleria.web.{area}.urls"):
        urlpatterns.append(path(f"{area}/", include(f"galleria.web.{area}.urls")))
if find_spec("galleria.web.storefront.urls"):
    urlpatterns.append(path("", include("galleria.web.storefront.urls")))
