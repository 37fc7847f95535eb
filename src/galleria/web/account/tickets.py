"""Tickets to the operator, and their desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock, pages
from galleria.kit.errors import NotFound, Refused
from galleria.supporting import selectors, services, states
from galleria.web.account.guard import actor_of, done, errors_of, signed_in


@signed_in
@require_safe
def tickets(request: HttpRequest) -> HttpResponse:
    """The account's tickets."""
    actor = actor_of(request)
    state = request.GET.get("state", "")
    state = state if state in states.TICKET_WORDS else ""
    page = pages.page_of(selectors.tickets_of(actor, state=state), cursor=request.GET.get("after"))
    values = {"tickets": page, "state": state, "words": states.TICKET_WORDS, "categories": states.CATEGORIES}
    return render(request, "account/tickets.html", values)


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write one. `?category=credit&link=GA…` fills in what it is about (B-AFS-003)."""
    actor = actor_of(request)
    actor.require("gallery:ticket:manage")
    source = request.POST if request.method == "POST" else request.GET
    typed = {name: source.get(name, "") for name in ("category", "subject", "text", "link")}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            ticket = services.open_ticket(actor, at=clock.now(), **typed)
        except Refused as refusal:
            errors, status = errors_of(refusal), refusal.status
        else:
            return done(request, _("Your ticket is with us."), f"/account/tickets/{ticket.public_id}")
    categories = {key: words for key, words in states.CATEGORIES.items() if key != "deletion"}
    values = {"typed": typed, "errors": errors, "categories": categories}
    return render(request, "account/ticket_new.html", values, status=status)


@signed_in
@require_safe
def ticket(request: HttpRequest, ticket_id: str) -> HttpResponse:
    """One ticket with its answer."""
    row = selectors.ticket_of(actor_of(request), ticket_id)
    return render(request, "account/ticket.html", _values(row))


def _values(row: Any) -> dict[str, Any]:
    name, _hint = states.CATEGORIES.get(row.category, (row.category, ""))
    return {"ticket": row, "state_word": states.TICKET_WORDS[row.state], "category": name}


@signed_in
@require_POST
def close(request: HttpRequest, ticket_id: str) -> HttpResponse:
    """No (more) answer is needed."""
    services.close_ticket(actor_of(request), ticket_id=ticket_id, at=clock.now())
    return done(request, _("The ticket is closed."), "/account/tickets")


# --- the operator's desk --------------------------------------------------------------------------------
@signed_in
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """All tickets, the oldest open one first."""
    actor = actor_of(request)
    state = request.GET.get("state", "open")
    state = state if state in states.TICKET_WORDS else "open"
    category = request.GET.get("category", "")
    page = pages.page_of(
        selectors.tickets_for_operator(actor, state=state, category=category),
        sort="pk" if state == "open" else "-pk",
        cursor=request.GET.get("after"),
    )
    values = {"tickets": page, "state": state, "category": category, "words": states.TICKET_WORDS,
              "categories": states.CATEGORIES, "now": clock.now()}  # fmt: skip
    return render(request, "account/desk.html", values)


@signed_in
@require_http_methods(["GET", "POST"])
def desk_ticket(request: HttpRequest, ticket_id: str) -> HttpResponse:
    """Read and answer."""
    actor = actor_of(request)
    row = selectors.ticket_for_operator(actor, ticket_id)
    answer = request.POST.get("answer", "")
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            services.answer_ticket(actor, ticket_id=ticket_id, answer=answer, at=clock.now())
        except NotFound:
            raise
        except Refused as refusal:
            errors, status = errors_of(refusal), refusal.status
        else:
            return done(request, _("The answer is sent."), "/operator/tickets")
    values = {**_values(row), "answer": answer, "errors": errors}
    return render(request, "account/desk_ticket.html", values, status=status)
