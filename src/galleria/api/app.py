"""The API itself: all routers under one version."""

from __future__ import annotations

from typing import Final

from ninja import NinjaAPI

from galleria.api import problems
from galleria.api.parsing import BodyParser
from galleria.api.routers import buying, catalogue, paying, subscribing

PREFIX: Final = "/api/v1/"
TITLE: Final = "Galleria"
VERSION: Final = "1"

api = NinjaAPI(
    title=TITLE,
    version=VERSION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    parser=BodyParser(),
)
for module in (catalogue, buying, paying, subscribing):
    api.add_router("", module.routes.router)
for kind in (Exception,):
    api.add_exception_handler(kind, problems.on_exception)
