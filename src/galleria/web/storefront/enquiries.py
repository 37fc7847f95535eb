"""Consulting services: the counted way to the seller's website, and the form for what is needed (S-CON-001)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from galleria.kit import clock
from galleria.kit.errors import NotFound, Refused
from galleria.publishing import selectors
from galleria.publishing.selectors import ProductView
from galleria.supporting import services
from galleria.web import context
from galleria.web.access import signed_in


def _view(request: HttpRequest, slug: str) -> ProductView:
    view = selectors.product_view(context.of(request).actor, slug)
    if view.card["delivery"] != "consulting" or not view.can_order:
        raise NotFound
    return view


@require_safe
def website(request: HttpRequest, slug: str) -> HttpResponse:
    """To the seller's website; that somebody went is counted, who it was is not."""
    view = _view(request, slug)
    address = (view.detail.get("material") or {}).get("website")
    if not address:
        raise NotFound
    is_looked_up = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    if request.method == "GET" and not is_looked_up:
        services.count_click(view.pk, at=clock.now())
    response = HttpResponseRedirect(address)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in()
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, with the reader's name and company in it; nothing typed is lost when it is refused."""
    page, view = context.of(request), _view(request, slug)
    typed = {name: request.POST.get(name, "") for name in ("name", "company", "contact", "need")}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            services.send_enquiry(page.actor, slug=slug, at=clock.now(), **typed)
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            messages.success(request, _("The seller has it. It answers you at the contact that you gave."))
            return HttpResponseRedirect(f"/products/{slug}")
    else:
        typed |= {"name": page.actor.user_name, "company": page.account_name}
    values = {"view": view, "card": view.card, "typed": typed, "errors": errors}
    return render(request, "storefront/enquiry.html", values, status=status)
