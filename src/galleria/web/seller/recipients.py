"""Who gets the seller's messages without a login; the link with which they agree (S-RCP)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.selling.selectors import people
from galleria.selling.services import people as services
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import company

ADDRESS = "/seller/recipients"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in("seller:info:manage")
def index(request: HttpRequest) -> HttpResponse:
    """The list, and a form for one more."""
    actor, errors, status = actor_of(request), {}, 200
    if request.method == "POST":
        try:
            services.add_recipient(actor, **_typed(request), at=clock.now())
        except Refused as refusal:
            errors, status = company.errors_of(refusal), refusal.status
        else:
            return company.done(request, _("Added. Messages begin when the link in the mail was opened."), ADDRESS)
    values: dict[str, Any] = {
        "rows": people.recipients_of(actor),
        "categories": people.CATEGORIES,
        "always": people.ALWAYS_TO_ACCOUNT,
        "typed": _typed(request) if request.method == "POST" else {"categories": {}},
        "errors": errors,
        "tabs": company.tabs(actor, "recipients"),
    }
    return render(request, "seller/recipients.html", values, status=status)


def _typed(request: HttpRequest) -> dict[str, Any]:
    given = request.POST
    chosen = {
        category: [channel for channel in services.CHANNELS if given.get(f"{category}-{channel}")]
        for category in people.CATEGORIES
    }
    return {**{key: given.get(key, "")[:300] for key in ("name", "email", "phone")}, "categories": chosen}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in("seller:info:manage")
def show(request: HttpRequest, recipient_id: str) -> HttpResponse:
    """One recipient: what they get, a new link, the way out."""
    actor, at = actor_of(request), clock.now()
    row = services.recipient_of(actor, recipient_id)
    errors, status = {}, 200
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            if act == "remove":
                services.remove_recipient(actor, recipient_id=recipient_id, at=at)
                return company.done(request, _("%(name)s is off the list.") % {"name": row.name}, ADDRESS)
            if act == "link":
                services.send_link_again(actor, recipient_id=recipient_id, at=at)
                return company.done(request, _("A new link is on its way."), ADDRESS)
            services.change_recipient(actor, recipient_id=recipient_id, **_typed(request), at=at)
            return company.done(request, _("Saved."), ADDRESS)
        except Refused as refusal:
            errors, status = company.errors_of(refusal), refusal.status
    kept = {"name": row.name, "email": row.email, "phone": row.phone, "categories": row.categories}
    values = {
        "row": row,
        "categories": people.CATEGORIES,
        "typed": _typed(request) if request.method == "POST" else kept,
        "errors": errors,
        "tabs": company.tabs(actor, "recipients"),
    }
    return render(request, "seller/recipient.html", values, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Where the link of the mail leads: opening it changes nothing, the button agrees. No login is needed."""
    token, at = request.POST.get("token", request.GET.get("token", ""))[:200], clock.now()
    is_done = False
    if request.method == "POST":
        row = services.confirm_recipient(token, at=at)
        is_done = True
    else:
        row = services.recipient_of_link(token, at=at)
    values = {"row": row, "token": token, "is_done": is_done, "categories": people.CATEGORIES}
    response = render(request, "seller/recipient_confirm.html", values)
    response["Referrer-Policy"] = "same-origin"
    return response
