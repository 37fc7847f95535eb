"""P5, a seller's storefront: who it is, how to reach it, what it sells."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from galleria.publishing import selectors
from galleria.subscribing import selectors as subscribing
from galleria.web import context
from galleria.web.storefront.browse import public
from galleria.web.storefront.cards import cards
from galleria.web.storefront.structured import block
from galleria.web.storefront.wishes import country_name


@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The page; NotFound for a seller that is not active."""
    page = context.of(request)
    shop = selectors.storefront(page.actor, slug)
    running = (
        subscribing.running_by_product(page.actor, [card["pk"] for card in shop.cards]) if page.is_signed_in else {}
    )
    values = {
        "seller": shop.seller,
        "cards": cards(shop.cards, page.language, running=running),
        "total": shop.total,
        "rating_e2": shop.rating_e2,
        "reviews": shop.reviews,
        "country": country_name(shop.seller.country, page.language),
        "structured": block(
            {
                "@type": "Organization",
                "name": shop.seller.name,
                "legalName": shop.seller.legal_name,
                "url": f"{page.site_url}/sellers/{slug}",
            }
        ),
    }
    return public(render(request, "storefront/seller.html", values))
