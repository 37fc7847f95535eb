"""The API itself: all routers under one version."""

from __future__ import annotations

from typing import Final

from ninja import NinjaAPI

from galleria.api import problems
from galleria.api.parsing import BodyParser
from galleria.api.routers import (
    account,
    buying,
    catalogue,
    changing,
    enquiries,
    granting,
    leaving,
    paying,
    personal,
    product_tickets,
    renewing,
    seller,
    seller_access,
    seller_assets,
    seller_company,
    seller_deliveries,
    seller_granting,
    seller_joint,
    seller_onboarding,
    seller_products,
    seller_standing,
    seller_tickets,
    subscribing,
)

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
for module in (
    catalogue,
    buying,
    paying,
    subscribing,
    renewing,
    leaving,
    changing,
    granting,
    account,
    personal,
    product_tickets,
    seller,
    seller_access,
    seller_assets,
    seller_company,
    seller_deliveries,
    seller_products,
    seller_standing,
    seller_joint,
    seller_onboarding,
    seller_granting,
    seller_tickets,
    enquiries,
):
    api.add_router("", module.routes.router)
# One handler for everything: those that the library has for its own errors would answer in its own form.
api._exception_handlers.clear()
api.add_exception_handler(Exception, problems.on_exception)
