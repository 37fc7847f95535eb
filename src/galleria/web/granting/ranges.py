"""What sellers may take off without approval: for all, and for single products (S-OFR-004)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from galleria.kit import clock, parameters
from galleria.kit.errors import Refused
from galleria.pricing import services
from galleria.pricing.selectors import offers
from galleria.web.access import actor_of, signed_in
from galleria.web.granting.side import OPERATOR
from galleria.web.seller import company

ADDRESS = "/operator/discounts/ranges"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(OPERATOR.permission)
def show(request: HttpRequest) -> HttpResponse:
    """The list and the form."""
    actor, at = actor_of(request), clock.now()
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:500] for name in ("product", "percent", "reason")}
        try:
            services.authorise(actor, **typed, at=at)
        except Refused as refusal:
            errors, status = company.errors_of(refusal), refusal.status
        else:
            return company.done(request, _("The range is set."), ADDRESS)
    values = {
        "side": OPERATOR, "tabs": OPERATOR.tabs(actor, "ranges"), "rows": offers.ranges(actor), "typed": request.POST,
        "general": parameters.get(offers.AUTHORISED), "errors": errors,
    }  # fmt: skip
    return render(request, "granting/ranges.html", values, status=status)
