"""Tickets about products between buyer and seller: taken, talked about, resolved, confirmed or reopened (S-TCK-001)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.parties import checks
from galleria.selling import services as sellers
from galleria.supporting import events, selectors, states
from galleria.supporting.models import Ticket, TicketEntry

HANDLE = selectors.HANDLE
MOST_DAYS = 30
MOST_ENTRIES = 200


def note(actor: Actor, ticket: Ticket, kind: str, side: str, text: str, at: datetime) -> TicketEntry:
    """Write into the ticket's course, and tell the other side; in the caller's transaction."""
    entry = TicketEntry.objects.create(
        ticket=ticket, kind=kind, side=side, author=actor.user_name[:120], text=text, at=at
    )
    outbox.publish(events.TicketMoved(ticket.public_id, entry.pk))
    return entry


def _done(actor: Actor, ticket: Ticket, kind: str, side: str, at: datetime, *, text: str = "") -> Ticket:
    note(actor, ticket, kind, side, text, at)
    subject = audit.Subject("supporting.ticket", ticket.public_id, ticket.subject)
    account_id = ticket.account.public_id
    audit.record(actor, f"ticket.{kind}", subject, at=at, after={"state": ticket.state}, account_id=account_id)
    return ticket


def _text(field: str, text: str) -> str:
    return checks.text(field, text, 2000, required=True, lines=True)


# --- the seller -------------------------------------------------------------------------------------------
def _handled(actor: Actor, ticket_id: str) -> Ticket:
    sellers.require_seller(actor, HANDLE)
    return selectors.ticket_for_seller(actor, ticket_id)


@transaction.atomic
def take_ticket(actor: Actor, *, ticket_id: str, at: datetime) -> Ticket:
    """Begin to work on it. Raises NotAllowed when somebody does already, NotFound, PermissionMissing."""
    ticket = _handled(actor, ticket_id)
    states.PRODUCT_TICKET.apply(ticket, "take")
    return _done(actor, ticket, "taken", "seller", at)


@transaction.atomic
def say_as_seller(actor: Actor, *, ticket_id: str, text: str, at: datetime) -> Ticket:
    """Write to the buyer: an answer, or a question. Raises NotAllowed for a closed ticket, Invalid, NotFound."""
    return _say(actor, _handled(actor, ticket_id), "seller", text, at)


@transaction.atomic
def resolve_ticket(actor: Actor, *, ticket_id: str, cause: str, solution: str, at: datetime) -> Ticket:
    """Say what it was and how it was solved; the buyer confirms or objects. Raises Invalid, NotAllowed, NotFound."""
    ticket = _handled(actor, ticket_id)
    values = checks.together(
        ("cause", lambda: _text("cause", cause)), ("solution", lambda: _text("solution", solution))
    )
    states.PRODUCT_TICKET.apply(ticket, "resolve", **values)
    return _done(actor, ticket, "resolved", "seller", at, text=values["solution"])


@transaction.atomic
def ask_access(actor: Actor, *, ticket_id: str, text: str, at: datetime) -> Ticket:
    """Ask the buyer to let one look at the resource that the ticket is about, and say why."""
    ticket = _handled(actor, ticket_id)
    why = _text("text", text)
    _require_open(ticket)
    if selectors.subscription_of_ticket(ticket) is None:
        raise NotAllowed(_("This ticket names no subscription of your product."))
    if ticket.access == "granted" and not selectors.may_look(ticket, at):
        states.ACCESS.apply(ticket, "revoke")  # its time is over
    states.ACCESS.apply(ticket, "ask", access_until=None)
    return _done(actor, ticket, "access_asked", "seller", at, text=why)


# --- the buyer --------------------------------------------------------------------------------------------
def _own(actor: Actor, ticket_id: str) -> Ticket:
    ticket = selectors.ticket_of(actor, ticket_id)
    if ticket.product_id is None:
        raise NotFound
    return ticket


@transaction.atomic
def say(actor: Actor, *, ticket_id: str, text: str, at: datetime) -> Ticket:
    """Write to the seller. Raises NotAllowed for a closed ticket, Invalid, NotFound."""
    return _say(actor, _own(actor, ticket_id), "buyer", text, at)


@transaction.atomic
def confirm_ticket(actor: Actor, *, ticket_id: str, at: datetime) -> Ticket:
    """The solution is one: the ticket is closed."""
    ticket = _own(actor, ticket_id)
    states.PRODUCT_TICKET.apply(ticket, "confirm")
    return _done(actor, ticket, "confirmed", "buyer", at)


@transaction.atomic
def reopen_ticket(actor: Actor, *, ticket_id: str, text: str, at: datetime) -> Ticket:
    """It is not solved, and why. Raises Invalid, NotAllowed, NotFound."""
    ticket = _own(actor, ticket_id)
    why = _text("text", text)
    _require_open(ticket)
    states.PRODUCT_TICKET.apply(ticket, "reopen")
    return _done(actor, ticket, "reopened", "buyer", at, text=why)


@transaction.atomic
def grant_access(actor: Actor, *, ticket_id: str, days: int, at: datetime) -> Ticket:
    """Let the seller look at the resource for some days; it can be taken back at any time."""
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(fields={"days": _("Give 1 to %(most)s days.") % {"most": MOST_DAYS}})
    ticket = _own(actor, ticket_id)
    _require_open(ticket)
    states.ACCESS.apply(ticket, "grant", access_until=at + timedelta(days=days))
    return _done(actor, ticket, "access_granted", "buyer", at)


@transaction.atomic
def refuse_access(actor: Actor, *, ticket_id: str, at: datetime) -> Ticket:
    """The seller does not look."""
    ticket = _own(actor, ticket_id)
    states.ACCESS.apply(ticket, "refuse")
    return _done(actor, ticket, "access_refused", "buyer", at)


@transaction.atomic
def revoke_access(actor: Actor, *, ticket_id: str, at: datetime) -> Ticket:
    """The seller looks no longer."""
    ticket = _own(actor, ticket_id)
    states.ACCESS.apply(ticket, "revoke", access_until=None)
    return _done(actor, ticket, "access_revoked", "buyer", at)


# --- both -------------------------------------------------------------------------------------------------
def _say(actor: Actor, ticket: Ticket, side: str, text: str, at: datetime) -> Ticket:
    words = _text("text", text)
    _require_open(ticket)
    return _done(actor, ticket, "said", side, at, text=words)


def _require_open(ticket: Ticket) -> None:
    """Whether more can be written; what ends a ticket, or a look at the resource, is always possible."""
    if ticket.state == "closed":
        raise NotAllowed(_("This ticket is closed already."))
    if ticket.entries.count() >= MOST_ENTRIES:
        raise NotAllowed(_("This ticket has become too long. Close it and open a new one."))
