"""Coupons of a seller or of the operator: batches, how they are claimed, who used them where, stopping them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from galleria.kit import clock, pages
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.pricing import selectors, services
from galleria.pricing.selectors import choices
from galleria.web import lists, words
from galleria.web.access import actor_of
from galleria.web.buyer.funds import conditions, coupon_state
from galleria.web.formats import money_text, percent
from galleria.web.granting.side import BATCH_STATES, CLAIMS, Side, instant_of
from galleria.web.seller import company

SHOWN = 50


def worth(row: Any) -> str:
    """What one coupon is worth: an amount, or a share."""
    if row.kind == "discount":
        return _("%(percent)s off") % {"percent": percent(row.percent_e2)}
    return money_text(Money(row.face_minor, row.currency))


def _shown(row: Any, at: datetime) -> words.Shown:
    state = row.state
    if state == "active":
        waits, over, gone = row.valid_from > at, row.expires_at <= at, row.issued >= row.quantity
        state = "expired" if over else "waiting" if waits else "gone" if gone else "active"
    return words.shown(BATCH_STATES, state)


def index(request: HttpRequest, side: Side) -> HttpResponse:
    """Every batch, the newest first."""
    actor, at = actor_of(request), clock.now()
    page = pages.page_of(selectors.batches_of(actor), sort="-created_at", cursor=request.GET.get("cursor"))
    values = {
        "side": side, "tabs": side.tabs(actor, "coupons"), "rows": page, "state_of": lambda row: _shown(row, at),
        "worth": worth, "claims": CLAIMS, "conditions": conditions, "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
    }  # fmt: skip
    return render(request, "granting/coupons.html", values)


def new(request: HttpRequest, side: Side) -> HttpResponse:
    """The form; a POST makes them."""
    actor, at = actor_of(request), clock.now()
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            made = services.make_batch(actor, given=_given(request, side), at=at)
        except Refused as refusal:
            errors, status = company.errors_of(refusal), refusal.status
        else:
            return company.done(request, _("The coupons are made."), f"{side.coupons}/{made.public_id}")
    products = choices.products_to_offer(actor) if side.area == "seller" else []
    values = {
        "side": side, "typed": request.POST, "errors": errors, "claims": CLAIMS, "products": products,
        "currency": settings.GALLERIA.currency, "chosen": request.POST.getlist("products"),
    }  # fmt: skip
    return render(request, "granting/coupon_new.html", values, status=status)


def _given(request: HttpRequest, side: Side) -> services.BatchIn:
    data = request.POST
    words_of: dict[str, Any] = {name: lists.text_of(data, name, 120) for name in _FIELDS}
    products = data.getlist("products")[:200]
    if side.area == "operator":
        products = data.get("products", "").replace(",", " ").split()[:200]
    return services.BatchIn(
        **words_of,
        valid_from=instant_of(data, "valid_from"),
        expires_at=instant_of(data, "expires_at"),
        products=products,
        order_types=data.getlist("order_types"),
        modes=data.getlist("modes"),
        regions=data.get("regions", "").replace(",", " ").split(),
        with_discounts=data.get("with_discounts") == "yes",
        accounts=data.get("accounts", "").replace(",", "\n").splitlines()[:600],
    )


_FIELDS = ("name", "claim", "quantity", "kind", "face", "percent", "minimum", "per_account")


def one(
    request: HttpRequest, side: Side, batch_id: str, errors: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """A batch: figures, who has them, where they were used, stopping."""
    actor, at = actor_of(request), clock.now()
    row = selectors.batch_of(actor, batch_id)
    held = pages.page_of(selectors.coupons_in(row), sort="-created_at", cursor=request.GET.get("cursor"))
    values = {
        "side": side, "row": row, "shown": _shown(row, at), "worth": worth, "claims": CLAIMS,
        "conditions": conditions, "figures": selectors.figures_of(row), "held": held,
        "uses": list(selectors.uses_in(row)[:SHOWN]), "errors": errors or {}, "money_of": Money,
        "state_of": coupon_state, "next_page": lists.at_page(request.GET, held.next),
        "previous_page": lists.at_page(request.GET, held.previous),
    }  # fmt: skip
    return render(request, "granting/coupon.html", values, status=status)


def act(request: HttpRequest, side: Side, batch_id: str, verb: str) -> HttpResponse:
    """Give coupons to more accounts, or void the batch."""
    actor, at = actor_of(request), clock.now()
    here = f"{side.coupons}/{batch_id}"
    try:
        if verb == "void":
            services.void_batch(actor, batch_id=batch_id, reason=request.POST.get("reason", ""), at=at)
            return company.done(request, _("Nobody can use them any more. Paid orders stay as they are."), here)
        named = request.POST.get("accounts", "").replace(",", "\n").splitlines()
        services.grant_coupons(actor, batch_id=batch_id, accounts=named[:600], at=at)
        return company.done(request, _("The coupons are given."), here)
    except Refused as refusal:
        if refusal.fields:
            return one(request, side, batch_id, refusal.fields, refusal.status)
        return company.refused(request, refusal, here)


def codes(request: HttpRequest, side: Side, batch_id: str) -> HttpResponse:
    """The codes of a printed batch as CSV."""
    row = selectors.batch_of(actor_of(request), batch_id)
    if row.claim != "code":
        return HttpResponseRedirect(f"{side.coupons}/{batch_id}")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="coupons-{row.public_id}.csv"'
    writer = csv.writer(response)
    writer.writerow(["code", "state"])
    writer.writerows(selectors.codes_of(row))
    return response
