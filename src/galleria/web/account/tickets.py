"""Tickets to the operator, and their desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock, pages
from galleria.kit.errors import NotFound, PermissionMissing, Refused
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
    values = {"tickets": page, "state": state, "words": states.TICKET_WORDS, "tones": states.TICKET_TONES,
              "categories": states.CATEGORIES}  # fmt: skip
    return render(request, "account/tickets.html", values)


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write one. `?category=credit&link=GA…` fills in what it is about (B-AFS-003)."""
    actor = actor_of(request)
    actor.require("gallery:ticket:manage")
    source = request.POST if request.method == "POST" else request.GET
    typed = {name: source.get(name, "") for name in ("category", "subject", "text", "link", "product")}
    product = selectors.product_that_takes_tickets(typed["product"]) if typed["product"] else None
    if product is not None:
        typed["category"] = "product"
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            ticket = services.open_ticket(actor, at=clock.now(), **typed)
        except Refused as refusal:
            errors, status = errors_of(refusal), refusal.status
        else:
            return done(request, _("Your ticket is with us."), f"/account/tickets/{ticket.public_id}")
    categories = {key: words for key, words in states.CATEGORIES.items() if key not in {"deletion", "product"}}
    values = {"typed": typed, "errors": errors, "categories": categories, "product": product}
    return render(request, "account/ticket_new.html", values, status=status)


@signed_in
@require_safe
def ticket(request: HttpRequest, ticket_id: str) -> HttpResponse:
    """One ticket with its answer."""
    return _page(request, ticket_id)


def _page(
    request: HttpRequest, ticket_id: str, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row, at = selectors.ticket_of(actor_of(request), ticket_id), clock.now()
    values = _values(row)
    if not row.product_id:
        return render(request, "account/ticket.html", values)
    values |= {
        "can": set(states.PRODUCT_TICKET.allowed(row.state)),
        "may_look": selectors.may_look(row, at),
        "is_asked": row.access == "asked" and row.state != "closed",
        "typed": request.POST,
        "errors": errors or {},
        "here": f"/account/tickets/{row.public_id}",
    }
    return render(request, "account/product_ticket.html", values, status=status)


def _values(row: Any) -> dict[str, Any]:
    name, _hint = states.CATEGORIES.get(row.category, (row.category, ""))
    return {
        "ticket": row,
        "state_word": states.TICKET_WORDS[row.state],
        "tone": states.TICKET_TONES.get(row.state, ""),
        "category": name,
        "entries": selectors.entries_of(row) if row.product_id else [],
        "entry_words": states.ENTRY_WORDS,
    }


SAID = {
    "say": gettext_lazy("Sent. The seller is told."),
    "confirm": gettext_lazy("The ticket is closed."),
    "reopen": gettext_lazy("The ticket is open again."),
    "grant": gettext_lazy("The seller may look. You can take it back at any time."),
    "refuse": gettext_lazy("The seller does not look."),
    "revoke": gettext_lazy("The seller looks no longer."),
}


@signed_in
@require_POST
def act(request: HttpRequest, ticket_id: str, verb: str) -> HttpResponse:
    """What the buyer does with a ticket to a seller: write, confirm, reopen, let the seller look at the resource."""
    if verb not in ACTS:
        raise NotFound
    try:
        ACTS[verb](actor_of(request), request.POST, ticket_id=ticket_id, at=clock.now())
    except (NotFound, PermissionMissing):
        raise
    except Refused as refusal:
        return _page(request, ticket_id, errors_of(refusal), refusal.status)
    return done(request, SAID[verb], f"/account/tickets/{ticket_id}")


ACTS: dict[str, Callable[..., object]] = {
    "say": lambda actor, given, **which: services.say(actor, text=given.get("text", ""), **which),
    "confirm": lambda actor, given, **which: services.confirm_ticket(actor, **which),
    "reopen": lambda actor, given, **which: services.reopen_ticket(actor, text=given.get("text", ""), **which),
    "grant": lambda actor, given, **which: services.grant_access(actor, days=_days(given.get("days", "")), **which),
    "refuse": lambda actor, given, **which: services.refuse_access(actor, **which),
    "revoke": lambda actor, given, **which: services.revoke_access(actor, **which),
}


def _days(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


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
              "tones": states.TICKET_TONES,
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
