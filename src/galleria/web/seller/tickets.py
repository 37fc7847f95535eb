"""Tickets of buyers about the seller's products: the list, one ticket with its course, what is done with it (S-TCK)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock, pages
from galleria.kit.errors import NotFound, Refused
from galleria.supporting import selectors, services, states
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import company

VIEWS = {
    "waiting": gettext_lazy("Wait for you"),
    "awaiting": gettext_lazy("Wait for the customer"),
    "closed": states.TICKET_WORDS["closed"],
}
DONE = {
    "take": gettext_lazy("It is yours. The customer is told that you work on it."),
    "say": gettext_lazy("Sent. The customer is told."),
    "resolve": gettext_lazy("Sent. The customer confirms the solution, or reopens the ticket."),
    "access": gettext_lazy("Asked. You are told what the customer says."),
}


@require_safe
@signed_in(selectors.HANDLE)
def show(request: HttpRequest) -> HttpResponse:
    """The list; what waits longest comes first."""
    actor = actor_of(request)
    view = lists.one_of(request.GET, "view", VIEWS)
    found = selectors.tickets_for_seller(actor, state=view)
    page = pages.page_of(found, sort="pk" if view == "waiting" else "-pk", cursor=request.GET.get("cursor"))
    counts = selectors.ticket_counts(actor)
    items = [{"text": _("All"), "href": "/seller/tickets", "current": not view}]
    items += [
        {"text": word, "href": f"?view={key}", "current": key == view, "count": counts.get(key, 0)}
        for key, word in VIEWS.items()
    ]
    values = {
        "tickets": page,
        "view": view,
        "items": items,
        "words": states.TICKET_WORDS,
        "tones": states.TICKET_TONES,
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
    }
    return render(request, "seller/tickets.html", values)


@require_safe
@signed_in(selectors.HANDLE)
def ticket(request: HttpRequest, ticket_id: str) -> HttpResponse:
    """One ticket: what was written and done, the forms for what comes next."""
    return _page(request, ticket_id)


def _page(
    request: HttpRequest, ticket_id: str, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    row = selectors.ticket_for_seller(actor, ticket_id)
    resource = selectors.resource_of(actor, row, at)
    values: dict[str, Any] = {
        "ticket": row,
        "entries": selectors.entries_of(row),
        "entry_words": states.ENTRY_WORDS,
        "word": states.TICKET_WORDS[row.state],
        "tone": states.TICKET_TONES.get(row.state, ""),
        "can": set(states.PRODUCT_TICKET.allowed(row.state)),
        "resource": resource,
        "resource_state": words.shown(words.SUBSCRIPTION_STATES, resource.state).word if resource else "",
        "may_ask": row.state != "closed" and bool(row.link) and not selectors.may_look(row, at)
        and row.access != "asked",
        "typed": request.POST,
        "errors": errors or {},
        "here": f"/seller/tickets/{row.public_id}",
    }  # fmt: skip
    return render(request, "seller/ticket.html", values, status=status)


@require_POST
@signed_in(selectors.HANDLE)
def act(request: HttpRequest, ticket_id: str, verb: str) -> HttpResponse:
    """Take it, write, resolve it with cause and solution, ask to look at the resource."""
    if verb not in ACTS:
        raise NotFound
    try:
        ACTS[verb](actor_of(request), request.POST, ticket_id=ticket_id, at=clock.now())
    except Refused as refusal:
        errors = company.errors_of(refusal)
        if verb == "access" and "text" in errors:
            errors = {"why": errors["text"]}  # the page has two forms with a text
        return _page(request, ticket_id, errors, refusal.status)
    return company.done(request, DONE[verb], f"/seller/tickets/{ticket_id}")


ACTS: dict[str, Callable[..., object]] = {
    "take": lambda actor, given, **which: services.take_ticket(actor, **which),
    "say": lambda actor, given, **which: services.say_as_seller(actor, text=given.get("text", ""), **which),
    "resolve": lambda actor, given, **which: services.resolve_ticket(
        actor, cause=given.get("cause", ""), solution=given.get("solution", ""), **which
    ),
    "access": lambda actor, given, **which: services.ask_access(actor, text=given.get("why", ""), **which),
}
