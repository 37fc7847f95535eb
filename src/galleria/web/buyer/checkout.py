"""B1, checkout: from a configuration to an order, and with one click to its payment (B-PUR-009, B-PUR-017)."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from galleria.buying import services
from galleria.buying.services.ordering import NoPaymentMeans, PriceChanged
from galleria.buying.services.placing import ContactDataMissing
from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.parties.services.agreements import AgreementNotAccepted, AgreementVersionChanged
from galleria.web import context
from galleria.web.access import actor_of, signed_in, to_login
from galleria.web.buyer import checkout_page, means, payment


def configuration_of(data: QueryDict) -> dict[str, Any]:
    """A configuration as forms send it: `a.<attribute>`, `x.<question>`, and plain fields."""
    return {
        "specification": data.get("specification", ""),
        "attributes": {name[2:]: data.get(name, "") for name in data if name.startswith("a.") and data.get(name)},
        "mode": data.get("mode", ""),
        "term": data.get("term", "") or 1,
        "region": data.get("region", ""),
        "auto_renew": data.get("auto_renew", "") in {"1", "yes", "on", "true"},
        "extra": {name[2:]: data.get(name, "") for name in data if name.startswith("x.")},
    }


def _without_nul(data: QueryDict) -> QueryDict:
    """No text of a person holds NUL, and no database takes it."""
    clean = QueryDict(mutable=True)
    for name, values in data.lists():
        clean.setlist(name.replace("\x00", ""), [value.replace("\x00", "")[:400] for value in values])
    return clean


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Freeze the price of a configuration and go to checkout; visitors sign in there and lose nothing (B-PUR-003).

    What cannot be bought leads back to the product page with the reason and everything that was chosen.
    """
    data = _without_nul(request.POST if request.method == "POST" else request.GET)
    slug = data.get("product", "")
    if request.method == "GET":
        return HttpResponseRedirect(_product_page(slug, data))
    try:
        kept = services.keep_quote(
            actor_of(request),
            product_slug=slug,
            configuration=configuration_of(data),
            coupon_code=data.get("coupon", "")[:40],
            offer=data.get("offer", "")[:40],
            at=clock.now(),
        )
    except Refused as refusal:
        if refusal.status in {404, 410} or context.of(request).is_fragment:
            raise
        messages.error(request, " ".join([refusal.message, *refusal.fields.values()]))
        return HttpResponseRedirect(_product_page(slug, data))
    return HttpResponseRedirect(f"/buyer/checkout/{kept.public_id}")


def _product_page(slug: str, data: QueryDict) -> str:
    if not slug:
        return "/"
    chosen = {name: data.get(name, "") for name in data if name not in {"product", "csrfmiddlewaretoken"}}
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"/products/{slug}?{query}" if query else f"/products/{slug}"


@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, quote_id: str) -> HttpResponseBase:
    """The page; when the session ended meanwhile, what was typed comes back after signing in (UI-T09)."""
    if request.method == "POST" and actor_of(request).user_id is None:
        kept = urlencode(checkout_page.Filled.from_post(request.POST).to_carry())
        return to_login(request, f"{request.path}?{kept}" if kept else request.path)
    return _shown(request, quote_id)


@signed_in("gallery:order:create")
def _shown(request: HttpRequest, quote_id: str) -> HttpResponse:
    """The page; a POST exchanges the coupon, or orders and pays."""
    if request.method == "GET":
        placed = checkout_page.order_of_quote(actor_of(request), quote_id)
        if placed is not None:
            return HttpResponseRedirect(payment.next_page(placed))
        return _page(request, quote_id, checkout_page.Filled.carried_over(request.GET))
    filled = checkout_page.Filled.from_post(request.POST)
    if request.POST.get("act") in {"coupon", "offer"}:
        return _page(request, quote_id, filled)
    return _order(request, quote_id, filled)


def _page(
    request: HttpRequest,
    quote_id: str,
    filled: checkout_page.Filled,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    view = checkout_page.read(actor_of(request), quote_id, filled, at=clock.now())
    token = filled.token or secrets.token_urlsafe(24)
    values = {
        "view": view,
        "filled": filled,
        "errors": errors or {},
        "token": token,
        "ways": view.ways,
        "chosen_way": means.chosen(view.ways, filled.way),
        "back": f"/buyer/checkout/{quote_id}",
    }
    return render(request, "buyer/checkout.html", values, status=status)


def _order(request: HttpRequest, quote_id: str, filled: checkout_page.Filled) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    # Of two submits of one page the second one finds the order of the first (UI-T09).
    placed = checkout_page.order_of_quote(actor, quote_id)
    if placed is None:
        view = checkout_page.read(actor, quote_id, filled, at=at)
        problems = checkout_page.problems(view, filled)
        if problems:
            return _page(request, quote_id, filled, problems, status=422)
        try:
            placed = services.place_order(
                actor,
                quote_id=quote_id,
                agreements=filled.agreements,
                consent=filled.consent,
                extra=filled.extra,
                coupon_code=filled.coupon,
                seen_digest=filled.seen,
                at=at,
            )
        except Refused as refusal:
            return _page(request, quote_id, filled, errors_of(refusal), status=refusal.status)
    if placed.state == "pending_payment" and filled.method and actor.may("billing:order:pay"):
        return payment.pay_and_go(request, [placed.public_id], filled.method, filled.means, filled.token)
    if placed.state == "pending_approval":
        messages.info(request, _("Your order waits for somebody who may approve it."))
    return HttpResponseRedirect(payment.next_page(placed))


_SOLVED_AT: dict[type[Refused], str] = {PriceChanged: "price", ContactDataMissing: "consent", NoPaymentMeans: "means"}


def errors_of(refusal: Refused) -> dict[str, str]:
    """A refusal of the order by the field where it is solved."""
    if refusal.fields:
        return refusal.fields
    if isinstance(refusal, AgreementNotAccepted | AgreementVersionChanged):
        keys = refusal.extra.get("missing") or refusal.extra.get("changed") or ()
        return {f"agree.{key}": refusal.message for key in keys}
    if refusal.code.startswith("COUPON"):
        return {"coupon": refusal.message}
    return {_SOLVED_AT.get(type(refusal), ""): refusal.message}
