"""What an account was offered: *My Offers*, and the page behind a purchase link (B-OFR-001, S-OFR-003)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from galleria.kit import clock, pages
from galleria.pricing import selectors
from galleria.pricing.selectors import offers
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.granting.offers import about, said
from galleria.web.granting.side import OFFER_STATES


@require_safe
@signed_in("gallery:product:view")
def index(request: HttpRequest) -> HttpResponse:
    """Every offer that names the account, with the end of its time and the difference to the list price."""
    actor, at = actor_of(request), clock.now()
    page = pages.page_of(selectors.offers_for(actor, at), sort="ends_at", cursor=request.GET.get("cursor"))
    worths = selectors.worths(line for row in page for line in row.lines.all())
    values = {
        "rows": page, "worths": worths, "said": said, "about": about, "issuer": offers.issuer_name,
        "state_of": lambda row: words.shown(OFFER_STATES, offers.state_for(row, actor.account_pk, at)),
        "is_open": lambda row: offers.state_for(row, actor.account_pk, at) == "open",
        "next_page": lists.at_page(request.GET, page.next), "previous_page": lists.at_page(request.GET, page.previous),
    }  # fmt: skip
    return render(request, "buyer/offers.html", values)


@require_safe
@signed_in("gallery:product:view")
def show(request: HttpRequest, offer_id: str) -> HttpResponse:
    """The page of a purchase link: what is offered, with everything fixed that the lines fix.

    Who has no account signs in first; who is not named is told so (S-OFR-T1).
    """
    actor, at = actor_of(request), clock.now()
    row = selectors.offer_for(actor, offer_id)
    lines = list(row.lines.all())
    worths, prices = selectors.worths(lines), offers.prices_of(lines)
    state = offers.state_for(row, actor.account_pk, at)
    shown = [
        (line, worths[line.pk], _order_form(row, line, prices.get(line.pk)), _product_page(line, prices.get(line.pk)))
        for line in lines
    ]
    values = {
        "row": row, "state": state, "shown": words.shown(OFFER_STATES, state), "issuer": offers.issuer_name(row),
        "lines": shown, "about": about, "said": said, "used_by": offers.is_used_by(row, actor.account_pk),
        "may_order": actor.may("gallery:order:create"),
    }  # fmt: skip
    return render(request, "storefront/offer.html", values)


def _order_form(row: Any, line: Any, price: Any) -> list[tuple[str, str]]:
    """Names and values of the form that goes to the checkout; empty when something is left to choose."""
    if line.product is None or price is None or (price.billing_mode == "period" and not line.periods):
        return []
    if (price.quantity_key and not line.quantity) or "new" not in row.order_types:
        return []
    return [("product", line.product.slug), *_chosen(line, price), ("offer", row.public_id)]


def _chosen(line: Any, price: Any) -> list[tuple[str, str]]:
    fixed = selectors.configuration_of(line, price)
    found = [(name, str(fixed[name])) for name in ("specification", "mode", "term") if name in fixed]
    return found + [(f"a.{key}", value) for key, value in fixed.get("attributes", {}).items()]


def _product_page(line: Any, price: Any) -> str:
    """The product with what the line fixes already chosen."""
    if line.product is None:
        return "/search"
    query = urlencode(_chosen(line, price))
    return f"/products/{line.product.slug}{'?' + query if query else ''}#choose"
