"""Consulting services by program: what is needed goes to the seller, and the seller reads it (S-CON-001)."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from ninja import Query, Schema

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import tickets as out
from galleria.api.schemas.common import Cursor, Limit, Slug, page_out
from galleria.kit import clock, pages
from galleria.supporting import selectors, services

routes = Routes("Consulting services")
DAYS = 30


class EnquiryList(Schema):
    """The place in the list."""

    limit: Limit = 20
    cursor: Cursor = ""


@routes.write(
    "POST", "/products/{slug}/enquiries", out.EnquiryOut, status=201, needs="gallery:product:view", problems=[404, 429]
)
def create_enquiry(request: HttpRequest, slug: Slug, body: out.EnquiryIn) -> out.EnquiryOut:
    """Tell the seller of a consulting service what is needed; at most ten of an account in a day."""
    row = services.send_enquiry(
        actor_of(request), slug=slug, name=body.name, company=body.company, contact=body.contact, need=body.need,
        at=clock.now(),
    )  # fmt: skip
    return out.enquiry_out(row)


@routes.get("/seller/enquiries", out.EnquiryPage, needs=selectors.HANDLE, problems=[422])
def list_seller_enquiries(request: HttpRequest, filters: Query[EnquiryList]) -> out.EnquiryPage:
    """What people need of the seller's consulting services, the newest first."""
    rows = selectors.enquiries_for_seller(actor_of(request))
    page = pages.page_of(rows, sort="-pk", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.EnquiryPage, page, out.enquiry_out)


@routes.get("/seller/contact-clicks", out.ClicksList, needs=selectors.HANDLE)
def list_contact_clicks(request: HttpRequest) -> out.ClicksList:
    """How often people went from each product's page to the seller's website in the last 30 days."""
    since = clock.billing_date(clock.now()) - timedelta(days=DAYS)
    rows = selectors.contact_clicks(actor_of(request), since=since)
    return out.ClicksList(items=[out.ClicksOut(product=row.slug, name=row.name, clicks=row.clicks) for row in rows])
