"""Writing and answering tickets; asking about products."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, TooManyRequests
from galleria.parties import checks
from galleria.parties import selectors as parties
from galleria.parties import services as people
from galleria.supporting import events, selectors, states
from galleria.supporting.models import Question, Ticket
from galleria.supporting.services import handling

MOST_OPEN_TICKETS = 20


@transaction.atomic
def open_ticket(
    actor: Actor, *, category: str, subject: str, text: str, link: str = "", product: str = "", at: datetime
) -> Ticket:
    """Write to the operator, or to the seller of a `product` (its id or slug, category `product`; S-TCK-001).

    `link` is the order or subscription id it is about (B-AFS-003). Raises Invalid with the wrong fields, NotFound,
    SellerTakesNoTickets, TooManyRequests with 20 open tickets, PermissionMissing.
    """
    actor.require("gallery:ticket:manage")
    if category not in states.CATEGORIES or category == "deletion" or (category == "product") != bool(product):
        raise Invalid(fields={"category": _("Choose what it is about.")})
    values = checks.together(
        ("subject", lambda: checks.text("subject", subject, 100, required=True)),
        ("text", lambda: checks.text("text", text, 2000, required=True, lines=True)),
        ("link", lambda: checks.text("link", link, 120)),
    )
    account_pk = parties.account_pk_of(actor)
    if Ticket.objects.filter(account_id=account_pk, state__in=states.OPEN).count() >= MOST_OPEN_TICKETS:
        raise TooManyRequests(_("Your account has 20 open tickets. Please wait for the answers."), retry_after=3600)
    about = {"product": selectors.product_that_takes_tickets(product), "state": "new"} if product else {}
    ticket = Ticket.objects.create(
        account_id=account_pk, user_id=actor.user_pk, category=category, created_at=at, **values, **about
    )
    audit.record(actor, "ticket.opened", _subject(ticket), at=at, after={"category": category, **values})
    if product:
        handling.note(actor, ticket, "opened", "buyer", values["text"], at)
    else:
        outbox.publish(events.TicketOpened(ticket.public_id))
    return ticket


@transaction.atomic
def ask_for_deletion(actor: Actor, *, at: datetime) -> Ticket:
    """A person's wish to have their data deleted, as a ticket; a second one while the first is open is the same."""
    people.request_deletion(actor, at=at)
    account_pk = parties.account_pk_of(actor)
    ticket, made = Ticket.objects.get_or_create(
        account_id=account_pk,
        user_id=actor.user_pk,
        category="deletion",
        state="open",
        defaults={
            "subject": "Deletion of personal data",
            "text": f"{actor.user_name} ({actor.user_id}) asks for the deletion of their personal data.",
            "created_at": at,
        },
    )
    if made:
        outbox.publish(events.TicketOpened(ticket.public_id))
    return ticket


@transaction.atomic
def answer_ticket(actor: Actor, *, ticket_id: str, answer: str, at: datetime) -> Ticket:
    """The operator's answer; the writer is told. Raises NotAllowed when somebody answered meanwhile."""
    ticket = selectors.ticket_for_operator(actor, ticket_id)
    if ticket.product_id:
        raise NotAllowed(_("The seller answers this ticket."))
    text = checks.text("answer", answer, 4000, required=True, lines=True)
    states.TICKET.apply(ticket, "answer", answer=text, answered_at=at, answered_by=actor.user_name[:120])
    account_id = ticket.account.public_id
    audit.record(actor, "ticket.answered", _subject(ticket), at=at, after={"answer": text}, account_id=account_id)
    outbox.publish(events.TicketAnswered(ticket.public_id))
    return ticket


@transaction.atomic
def close_ticket(actor: Actor, *, ticket_id: str, at: datetime) -> Ticket:
    """The account needs no (more) answer."""
    ticket = selectors.ticket_of(actor, ticket_id)
    machine = states.PRODUCT_TICKET if ticket.product_id else states.TICKET
    before = machine.apply(ticket, "close")
    if ticket.product_id:
        handling.note(actor, ticket, "closed", "buyer", "", at)
    audit.record(actor, "ticket.closed", _subject(ticket), at=at, before={"state": before}, after={"state": "closed"})
    return ticket


@transaction.atomic
def ask_question(actor: Actor, *, product_pk: int, product_name: str, text: str, at: datetime) -> Question:
    """A question about a product before buying; published with the answer after a look at it."""
    actor.require("gallery:product:view")
    words = checks.text("text", text, 1000, required=True, lines=True)
    question = Question.objects.create(
        product_id=product_pk, user_id=parties.user_pk_of(actor), text=words, created_at=at
    )
    audit.record(actor, "question.asked", audit.Subject("publishing.product", str(product_pk), product_name), at=at)
    return question


def _subject(ticket: Ticket) -> audit.Subject:
    return audit.Subject("supporting.ticket", ticket.public_id, ticket.subject)
