"""Tickets to sellers by the buyer's program: `POST /tickets` with a product opens one; here is what follows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import tickets as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import PublicId
from galleria.kit import clock
from galleria.supporting import selectors, services

routes = Routes("Tickets to sellers")
NEEDS = "gallery:ticket:manage"


def _told(row: Any) -> out.ProductTicketOut:
    return out.product_ticket_out(row, selectors.entries_of(row))


@routes.get("/tickets/{ticket_id}/course", out.ProductTicketOut, needs=NEEDS)
def get_ticket_course(request: HttpRequest, ticket_id: PublicId) -> out.ProductTicketOut:
    """A ticket to a seller with everything that was written and done."""
    return _told(selectors.ticket_of(actor_of(request), ticket_id))


@routes.write("POST", "/tickets/{ticket_id}/messages", out.ProductTicketOut, status=201, needs=NEEDS)
def write_into_ticket(request: HttpRequest, ticket_id: PublicId, body: out.MessageIn) -> out.ProductTicketOut:
    """Write to the seller."""
    return _told(services.say(actor_of(request), ticket_id=ticket_id, text=body.text, at=clock.now()))


@routes.write("POST", "/tickets/{ticket_id}/confirm", out.ProductTicketOut, needs=NEEDS)
def confirm_ticket(request: HttpRequest, ticket_id: PublicId, body: NothingIn) -> out.ProductTicketOut:
    """The seller's solution is one: the ticket is closed."""
    return _told(services.confirm_ticket(actor_of(request), ticket_id=ticket_id, at=clock.now()))


@routes.write("POST", "/tickets/{ticket_id}/reopen", out.ProductTicketOut, needs=NEEDS)
def reopen_ticket(request: HttpRequest, ticket_id: PublicId, body: out.MessageIn) -> out.ProductTicketOut:
    """It is not solved, and why."""
    return _told(services.reopen_ticket(actor_of(request), ticket_id=ticket_id, text=body.text, at=clock.now()))


@routes.write("POST", "/tickets/{ticket_id}/access/grant", out.ProductTicketOut, needs=NEEDS)
def grant_ticket_access(request: HttpRequest, ticket_id: PublicId, body: out.AccessIn) -> out.ProductTicketOut:
    """Let the seller, who asked, look at the resource for some days."""
    return _told(services.grant_access(actor_of(request), ticket_id=ticket_id, days=body.days, at=clock.now()))


@routes.write("POST", "/tickets/{ticket_id}/access/refuse", out.ProductTicketOut, needs=NEEDS)
def refuse_ticket_access(request: HttpRequest, ticket_id: PublicId, body: NothingIn) -> out.ProductTicketOut:
    """The seller does not look."""
    return _told(services.refuse_access(actor_of(request), ticket_id=ticket_id, at=clock.now()))


@routes.write("POST", "/tickets/{ticket_id}/access/revoke", out.ProductTicketOut, needs=NEEDS)
def revoke_ticket_access(request: HttpRequest, ticket_id: PublicId, body: NothingIn) -> out.ProductTicketOut:
    """The seller looks no longer."""
    return _told(services.revoke_access(actor_of(request), ticket_id=ticket_id, at=clock.now()))
