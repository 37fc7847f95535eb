"""Leaving the marketplace: what is still open, the request, what stays (S-EXI)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.selling import ports, selectors, states
from galleria.selling.services import leaving
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import company

ADDRESS = "/seller/exit"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in("seller:info:manage")
def show(request: HttpRequest) -> HttpResponse:
    """The checklist with links to what is open; the request when all of it is done."""
    actor, at = actor_of(request), clock.now()
    errors, status = {}, 200
    if request.method == "POST":
        try:
            if request.POST.get("act") == "withdraw":
                leaving.withdraw(actor, at=at)
                return company.done(request, _("You stay. Nothing has changed."), ADDRESS)
            leaving.request(actor, reason=request.POST.get("reason", ""), at=at)
            return company.done(request, _("Your wish to leave is with us."), ADDRESS)
        except Refused as refusal:
            errors, status = company.errors_of(refusal), refusal.status
    seller = selectors.seller_of(actor)
    profile = selectors.profile_of(seller)
    checks = ports.checklist(seller.pk)
    values = {
        "seller": seller,
        "profile": profile,
        "checks": checks,
        "is_green": all(each.passed for each in checks),
        "word": states.EXIT_WORDS[profile.exit_state],
        "tone": {"review": "warn"}.get(profile.exit_state, ""),
        "is_owner": selectors.is_owner(actor),
        "typed": request.POST,
        "errors": errors,
        "tabs": company.tabs(actor, "exit"),
    }
    return render(request, "seller/exit.html", values, status=status)
