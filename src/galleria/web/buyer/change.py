"""B6, change the specification of a subscription: now and after, what it costs and why, then its order (B-CHG-001)."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from galleria.buying.services import changing
from galleria.buying.services.ordering import PriceChanged
from galleria.kit import clock
from galleria.kit.errors import NotFound, PermissionMissing, Refused
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import change_page, means, payment
from galleria.web.buyer.checkout import errors_of

VIEW = "gallery:subscription:view"


@require_http_methods(["GET", "POST"])
@signed_in(VIEW)
def show(request: HttpRequest, subscription_id: str) -> HttpResponse:
    """The page; the address holds the choice. A POST orders what it shows, and pays."""
    data = request.POST if request.method == "POST" else request.GET
    chosen = change_page.Chosen.from_data(data)
    if request.method == "POST":
        return _order(request, subscription_id, chosen)
    return _page(request, subscription_id, chosen)


def _page(
    request: HttpRequest,
    subscription_id: str,
    chosen: change_page.Chosen,
    filled: change_page.Filled | None = None,
    errors: dict[str, str] | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    given = filled or change_page.Filled()
    view = change_page.read(actor_of(request), subscription_id, chosen, at=clock.now())
    values = {
        "view": view,
        "filled": given,
        "errors": errors or {},
        "refused": refused.message if refused is not None else "",
        "token": secrets.token_urlsafe(24),
        "ways": view.ways,
        "chosen_way": means.chosen(view.ways, given.way),
        "back": f"{view.here}?{view.chosen.to_query()}",
    }
    return render(request, "buyer/change.html", values, status=status)


def _order(request: HttpRequest, subscription_id: str, chosen: change_page.Chosen) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    filled = change_page.Filled.from_post(request.POST)
    view = change_page.read(actor, subscription_id, chosen, at=at)
    missing = _missing(view, filled)
    if missing:
        return _page(request, subscription_id, chosen, filled, missing, status=422)
    currency = view.subscription.currency
    try:
        order = changing.change(
            actor,
            wish=change_page.wish_of(subscription_id, view.chosen),
            seen_digest=filled.seen,
            seen_due=filled.due_seen(currency),
            agreements=filled.agreements,
            coupon_code=chosen.coupon,
            token=filled.token,
            at=at,
        )
    except (NotFound, PermissionMissing):
        raise
    except PriceChanged as refusal:
        return _page(request, subscription_id, chosen, filled, {"price": refusal.message}, status=refusal.status)
    except Refused as refusal:
        errors = errors_of(refusal)
        if set(errors) == {""}:
            return _page(request, subscription_id, chosen, filled, refused=refusal, status=refusal.status)
        return _page(request, subscription_id, chosen, filled, errors, status=refusal.status)
    method, _colon, which = filled.way.partition(":")
    if order.state == "pending_payment" and method and view.may_pay:
        return payment.pay_and_go(request, [order.public_id], method[:12], which[:40], filled.token)
    if order.state == "pending_approval":
        messages.info(request, _("Your order waits for somebody who may approve it."))
    return HttpResponseRedirect(payment.next_page(order))


def _missing(view: change_page.Page, filled: change_page.Filled) -> dict[str, str]:
    """What the page can see to be missing, all at once (UI-GEN-14); nothing while nothing is priced."""
    found: dict[str, str] = {}
    if view.seen is None:
        return found
    if view.coupon_problems:
        found["coupon"] = " ".join(view.coupon_problems)
    if view.pays_here and view.may_pay and not view.needs_approval:
        offered = any(way.value == filled.way and way.is_open for way in view.ways)
        if not offered:
            found["means"] = _("Choose how to pay.") if view.ways else _("Add a card or top up your balance first.")
    for version in view.agreements:
        if filled.agreements.get(version.agreement.key) != version.version:
            found[f"agree.{version.agreement.key}"] = _("Accept “%(name)s”: without it nothing can be ordered.") % {
                "name": version.agreement.name
            }
    return found


urlpatterns = [
    path("subscriptions/<str:subscription_id>/change", show, name="subscription_change"),
]
