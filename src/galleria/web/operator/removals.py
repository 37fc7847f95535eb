"""Products to decide about: too much trouble at their interface (S-SAS-T4, A-DIA-003), or a problem that their seller
was told of and did not answer in time (S-APP-T4).
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from galleria.connecting import selectors, services
from galleria.kit import clock
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.publishing import selectors as catalogue
from galleria.releasing import selectors as releasing
from galleria.releasing import services as releases
from galleria.web import lists
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels

VIEW = "operator:release:review"
HERE = "/operator/removals"


def _reason(row: Any) -> str:
    """Why it stands in the queue, in words."""
    if row.reason == "dial_tests":
        days = int(row.facts.get("days", 0))
        return ngettext("Tests failed on %(n)d day in a row", "Tests failed on %(n)d days in a row", days) % {"n": days}
    count = int(row.facts.get("orders", 0))
    text = ngettext("%(n)d order failed in %(month)s", "%(n)d orders failed in %(month)s", count)
    return text % {"n": count, "month": row.facts.get("month", "")}


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The queue, the oldest first."""
    return _page(request)


def _page(
    request: HttpRequest, errors: dict[str, str] | None = None, status: int = 200, wrong: str = ""
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    rows = list(selectors.removal_candidates(actor)[:100])
    healths = selectors.healths_of([row.product_id for row in rows], at)
    notices = releasing.all_notices(actor).exclude(state="closed").order_by("due_at")[:100]
    values = {
        "rows": [(row, labels.product_tag(row.product), _reason(row), healths[row.product_id]) for row in rows],
        "errors": errors or {},
        "wrong": wrong,
        "typed": request.POST.get("note", ""),
        "notices": [(row, labels.product_tag(row.product), row.due_at <= at) for row in notices],
        "data": request.POST,
    }
    return render(request, "operator/removals.html", values, status=status)


@require_POST
@signed_in(VIEW)
def decide(request: HttpRequest, candidate_id: str, act: str) -> HttpResponse:
    """Keep it with a note, or end its sale."""
    actor, at, note = actor_of(request), clock.now(), lists.text_of(request.POST, "note", 500)
    try:
        if act == "keep":
            services.close_candidate(actor, candidate_id=candidate_id, note=note, at=at)
            messages.success(request, _("The product stays."))
        elif act == "remove":
            services.remove_candidate(actor, candidate_id=candidate_id, note=note, at=at)
            messages.success(request, _("The sale has ended. Whoever has the product keeps it."))
        else:
            raise NotFound
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _page(request, refusal.fields, refusal.status, candidate_id)
    return HttpResponseRedirect(HERE)


@require_POST
@signed_in(VIEW)
def send(request: HttpRequest) -> HttpResponse:
    """Tell a seller about a problem; from now on the hours until the answer count."""
    actor, at = actor_of(request), clock.now()
    product = catalogue.product_named(lists.text_of(request.POST, "product", 200))
    try:
        if product is None:
            raise Invalid(fields={"product": _("No product has this name.")})
        text = lists.text_of(request.POST, "text", 2100)
        releases.send_notice(actor, product_id=product.public_id, text=text, at=at)
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _page(request, refusal.fields, refusal.status)
    messages.success(request, _("The seller is told."))
    return HttpResponseRedirect(HERE)


@require_POST
@signed_in(VIEW)
def settle(request: HttpRequest, notice_id: str, act: str) -> HttpResponse:
    """The problem is solved, or the sale ends for it."""
    actor, at, note = actor_of(request), clock.now(), lists.text_of(request.POST, "note", 500)
    try:
        if act == "close":
            releases.close_notice(actor, notice_id=notice_id, at=at)
            messages.success(request, _("Closed. The product stays."))
        elif act == "remove":
            releases.remove_for_notice(actor, notice_id=notice_id, reason=note, at=at)
            messages.success(request, _("The sale has ended. Whoever has the product keeps it."))
        else:
            raise NotFound
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _page(request, refusal.fields, refusal.status, notice_id)
    return HttpResponseRedirect(HERE)
