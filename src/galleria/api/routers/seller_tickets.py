"""Tickets of buyers by the seller's program: read, taken, answered, resolved (S-TCK-001)."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Schema

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import tickets as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import Cursor, Limit, PublicId, page_out
from galleria.kit import clock, pages
from galleria.supporting import selectors, services

routes = Routes("Selling: tickets")
NEEDS = selectors.HANDLE


class SellerTicketList(Schema):
    """Filters and the place in the list. `waiting`: all that wait for the seller."""

    state: Literal["", "waiting", "new", "in_progress", "awaiting", "reopened", "closed"] = ""
    limit: Limit = 20
    cursor: Cursor = ""


def _detail(request: HttpRequest, row: Any) -> out.SellerTicketDetail:
    resource = selectors.resource_of(actor_of(request), row, clock.now())
    return out.seller_ticket_detail(row, selectors.entries_of(row), resource)


@routes.get("/seller/tickets", out.SellerTicketPage, needs=NEEDS, problems=[404, 422])
def list_seller_tickets(request: HttpRequest, filters: Query[SellerTicketList]) -> out.SellerTicketPage:
    """Tickets about the products that the user looks after, the newest first."""
    rows = selectors.tickets_for_seller(actor_of(request), state=filters.state)
    page = pages.page_of(rows, sort="-pk", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.SellerTicketPage, page, out.seller_ticket_out)


@routes.get("/seller/tickets/{ticket_id}", out.SellerTicketDetail, needs=NEEDS)
def get_seller_ticket(request: HttpRequest, ticket_id: PublicId) -> out.SellerTicketDetail:
    """One ticket with its course, and the resource while the buyer lets one look."""
    return _detail(request, selectors.ticket_for_seller(actor_of(request), ticket_id))


@routes.write("POST", "/seller/tickets/{ticket_id}/take", out.SellerTicketDetail, needs=NEEDS)
def take_seller_ticket(request: HttpRequest, ticket_id: PublicId, body: NothingIn) -> out.SellerTicketDetail:
    """Begin to work on it."""
    return _detail(request, services.take_ticket(actor_of(request), ticket_id=ticket_id, at=clock.now()))


@routes.write("POST", "/seller/tickets/{ticket_id}/messages", out.SellerTicketDetail, status=201, needs=NEEDS)
def write_into_seller_ticket(request: HttpRequest, ticket_id: PublicId, body: out.MessageIn) -> out.SellerTicketDetail:
    """Write to the buyer."""
    row = services.say_as_seller(actor_of(request), ticket_id=ticket_id, text=body.text, at=clock.now())
    return _detail(request, row)


@routes.write("POST", "/seller/tickets/{ticket_id}/resolve", out.SellerTicketDetail, needs=NEEDS)
def resolve_seller_ticket(request: HttpRequest, ticket_id: PublicId, body: out.SolutionIn) -> out.SellerTicketDetail:
    """Say what it was and how it was solved; the buyer confirms it, or reopens the ticket."""
    row = services.resolve_ticket(
        actor_of(request), ticket_id=ticket_id, cause=body.cause, solution=body.solution, at=clock.now()
    )
    return _detail(request, row)


@routes.write("POST", "/seller/tickets/{ticket_id}/access", out.SellerTicketDetail, needs=NEEDS)
def ask_seller_ticket_access(request: HttpRequest, ticket_id: PublicId, body: out.MessageIn) -> out.SellerTicketDetail:
    """Ask the buyer to let one look at the subscription that the ticket is about."""
    row = services.ask_access(actor_of(request), ticket_id=ticket_id, text=body.text, at=clock.now())
    return _detail(request, row)
