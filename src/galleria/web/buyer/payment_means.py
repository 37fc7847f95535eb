"""Cards: entered on the gateway's page, kept as a token; and the pages of the sandbox gateway."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock, parameters
from galleria.kit.errors import NotFound, Refused
from galleria.paying import gateways, selectors, services
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer.funds import rights
from galleria.web.preferences import safe_next

CARDS = "/buyer/funds/cards"


@require_safe
@signed_in("billing:balance:view")
def cards(request: HttpRequest) -> HttpResponse:
    """The saved cards."""
    actor, at = actor_of(request), clock.now()
    rows = [(row, selectors.is_expired(row, at)) for row in selectors.means_of(actor)]
    brands = [str(brand) for brand in parameters.get("payment.card_brands", at=at)]
    values = {**rights(actor), "cards": rows, "brands": brands, "next": safe_next(request, "")}
    return render(request, "buyer/funds/cards.html", values)


@require_POST
@signed_in("billing:balance:topup")
def add(request: HttpRequest) -> HttpResponse:
    """Go to the gateway's page, where the number is entered; it never comes here."""
    actor = actor_of(request)
    back = safe_next(request, "")
    return_url = f"{settings.GALLERIA_SITE_URL}{CARDS}/return/"
    if back:
        return_url += "?" + urlencode({"next": back})
    try:
        setup = services.begin_card_setup(
            actor, account_id=actor.account_id or "", return_url=return_url, at=clock.now()
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(CARDS)
    if setup.url.startswith("/"):
        return HttpResponseRedirect(setup.url)
    # Our content policy lets forms lead to this site only; so this page leads on, by itself and by a link.
    response = render(request, "buyer/funds/card_go.html", {**rights(actor), "address": setup.url})
    response["Refresh"] = f"0; url={setup.url}"
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@signed_in("billing:balance:topup")
def come_back(request: HttpRequest) -> HttpResponse:
    """Back from the gateway's page: keep the card if it is of a kind that is taken."""
    actor = actor_of(request)
    back = safe_next(request, CARDS)
    setup = request.GET.get("setup", "")[:120]
    if not setup:
        messages.info(request, _("No card was added."))
        return HttpResponseRedirect(back)
    try:
        card = services.add_card(actor, account_id=actor.account_id or "", setup=setup, at=clock.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(CARDS)
    named = {"card": f"{card.brand.title()} •••• {card.last4}"}
    messages.success(request, _("%(card)s is saved.") % named)
    return HttpResponseRedirect(back)


@require_POST
@signed_in("billing:balance:topup")
def make_default(request: HttpRequest, means_id: str) -> HttpResponse:
    """Charge this card when none is chosen."""
    services.make_default_card(actor_of(request), means_id=means_id, at=clock.now())
    return HttpResponseRedirect(CARDS)


@require_POST
@signed_in("billing:balance:topup")
def remove(request: HttpRequest, means_id: str) -> HttpResponse:
    """Forget a card."""
    try:
        card = services.remove_card(actor_of(request), means_id=means_id, at=clock.now())
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(card)s is removed.") % {"card": f"{card.brand.title()} •••• {card.last4}"})
    return HttpResponseRedirect(CARDS)


# ----- the sandbox gateway's pages; their addresses cannot be guessed, like those of a real gateway -----


@require_http_methods(["GET", "POST"])
def sandbox_card(request: HttpRequest, reference: str) -> HttpResponse:
    """Where a real gateway would ask for the card. Only test cards are known, and no money moves."""
    if gateways.gateway_name() != "sandbox":
        raise NotFound
    services.sandbox_setup(reference)
    typed = {name: request.POST.get(name, "")[:120] for name in ("number", "expires", "holder")}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            onward = services.enter_sandbox_card(reference, at=clock.now(), **typed)
        except NotFound:
            raise
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            return HttpResponseRedirect(_here(onward))
    values = {"typed": typed, "errors": errors, "test_cards": services.sandbox_cards(), "cancel": CARDS}
    return render(request, "buyer/funds/sandbox_card.html", values, status=status)


@require_http_methods(["GET", "POST"])
def sandbox_challenge(request: HttpRequest, charge: str) -> HttpResponse:
    """Where a real bank would ask the card holder who they are (3-D Secure)."""
    if gateways.gateway_name() != "sandbox":
        raise NotFound
    challenge = services.sandbox_challenge(charge)
    if request.method == "POST":
        onward = services.answer_sandbox_challenge(charge, proven=request.POST.get("answer") == "confirm")
        return HttpResponseRedirect(_here(onward))
    return render(request, "buyer/funds/sandbox_challenge.html", {"challenge": challenge})


def _here(address: str) -> str:
    """The same address on the host by which this visitor came: the sandbox only ever leads back here."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


urlpatterns = [
    path("funds/cards", cards, name="funds_cards"),
    path("funds/cards/new", add, name="funds_card_new"),
    path("funds/cards/return/", come_back, name="funds_card_return"),
    path("funds/cards/<str:means_id>/default", make_default, name="funds_card_default"),
    path("funds/cards/<str:means_id>/remove", remove, name="funds_card_remove"),
    path("sandbox/cards/<str:reference>/", sandbox_card, name="sandbox_card"),
    path("sandbox/challenge/<str:charge>/", sandbox_challenge, name="sandbox_challenge"),
]
