"""P5, a seller's storefront: who it is, how to reach it, what it sells."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from galleria.kit import files
from galleria.kit.errors import NotFound
from galleria.publishing import selectors
from galleria.selling.selectors import changes, sanctions
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
    decoration = changes.decoration(shop.seller.pk)
    values = {
        "seller": shop.seller,
        "cards": cards(shop.cards, page.language, running=running),
        "total": shop.total,
        "rating_e2": shop.rating_e2,
        "reviews": shop.reviews,
        "country": country_name(shop.seller.country, page.language),
        "decoration": decoration,
        "is_film": _is_film(decoration),
        "decisions": sanctions.published(shop.seller.pk),
        "conducts": sanctions.CONDUCTS,
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


def _is_film(decoration: dict[str, Any]) -> bool:
    """Whether the brand medium is a film; a picture otherwise."""
    if not decoration.get("media"):
        return False
    try:
        return files.stored(str(decoration["media"])).media_type.startswith("video/")
    except NotFound:
        return False
