"""Test coupons: what was asked for and granted, what is left this year, the request (S-TCP)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from galleria.kit import clock, files, parameters
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.selling import forms, selectors, states
from galleria.selling.selectors import coupons
from galleria.selling.services import couponing
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import company

ADDRESS = "/seller/test-coupons"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in("seller:coupon:manage")
def index(request: HttpRequest) -> HttpResponse:
    """Every request, and the form for a new one while the seller may ask."""
    actor, at = actor_of(request), clock.now()
    errors, status = {}, 200
    if request.method == "POST":
        given = request.POST
        try:
            couponing.request(
                actor, scheme=given.get("scheme", ""), amount=given.get("amount", ""), product=given.get("product", ""),
                remarks=given.get("remarks", ""), document=request.FILES.get("document"), at=at,
            )  # fmt: skip
        except Refused as refusal:
            errors, status = company.errors_of(refusal), refusal.status
        else:
            return company.done(request, _("Your request is with us."), ADDRESS)
    seller = selectors.seller_of(actor)
    names = selectors.products_of(actor)
    suggested = _("%(year)s marketplace common product test - %(company)s - %(product)s") % {
        "year": at.year, "company": seller.name, "product": _("product"),
    }  # fmt: skip
    values = {
        "rows": [
            (row, Money(row.asked_minor, row.currency),
             None if row.granted_minor is None or row.state != "granted" else Money(row.granted_minor, row.currency))
            for row in coupons.requests_of(actor)
        ],
        "why_closed": coupons.why_closed(seller.pk, at),
        "left": coupons.left_this_year(seller.pk, at),
        "most": parameters.money("test_coupon.product_limit"),
        "months": parameters.get("test_coupon.release_months"),
        "products": [("", _("No product yet")), *names],
        "suggested": suggested,
        "accept": files.accept(forms.TEST_COUPON_DOCUMENT.types),
        "words": states.TEST_COUPON_WORDS,
        "tones": states.TONES,
        "typed": request.POST,
        "errors": errors,
        "tabs": company.tabs(actor, "test-coupons"),
    }  # fmt: skip
    return render(request, "seller/test_coupons.html", values, status=status)


@require_POST
@signed_in("seller:coupon:manage")
def withdraw(request: HttpRequest, request_id: str) -> HttpResponse:
    """Take a request back."""
    try:
        couponing.withdraw(actor_of(request), request_id=request_id, at=clock.now())
    except Refused as refusal:
        return company.refused(request, refusal, ADDRESS)
    return company.done(request, _("Withdrawn."), ADDRESS)
