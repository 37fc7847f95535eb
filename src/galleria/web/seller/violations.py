"""What the operator decided about the seller, and the appeal (S-VIO-002)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock, parameters
from galleria.kit.errors import Refused
from galleria.selling import selectors, states
from galleria.selling.selectors import sanctions
from galleria.selling.services import sanctioning
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import company

ADDRESS = "/seller/violations"


@require_safe
@signed_in("seller:info:manage")
def index(request: HttpRequest) -> HttpResponse:
    """Every decision with its reason, what follows from it, and until when it can be appealed."""
    return _index(request)


def _index(request: HttpRequest, errors: dict[str, dict[str, str]] | None = None, status: int = 200) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    seller = selectors.seller_of(actor)
    values = {
        "rows": sanctions.violations_of(actor),
        "conducts": sanctions.CONDUCTS,
        "sanctions": sanctions.SANCTIONS,
        "products": dict(selectors.products_of(actor)),
        "points": sanctions.points_of(seller.pk, at),
        "limit": parameters.get("violation.points_limit"),
        "months": parameters.get("violation.points_months"),
        "words": states.VIOLATION_WORDS,
        "tones": states.TONES,
        "errors": errors or {},
        "typed": request.POST,
        "at": at,
        "tabs": company.tabs(actor, "violations"),
    }
    return render(request, "seller/violations.html", values, status=status)


@require_POST
@signed_in("seller:info:manage")
def appeal(request: HttpRequest, violation_id: str) -> HttpResponse:
    """The seller's words against a decision."""
    try:
        sanctioning.appeal(
            actor_of(request), violation_id=violation_id, text=request.POST.get("appeal", ""), at=clock.now()
        )
    except Refused as refusal:
        return _index(request, {violation_id: company.errors_of(refusal)}, refusal.status)
    return company.done(request, _("Your appeal is with us."), ADDRESS)
