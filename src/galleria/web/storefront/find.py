"""The command field: an identifier jumps, a word finds pages of the reader's consoles and products (UI-GEN-12)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from galleria.buying import selectors as buying
from galleria.kit import ids
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.publishing import selectors
from galleria.subscribing import selectors as subscribing
from galleria.web import context, navigation
from galleria.web.context import Page
from galleria.web.storefront.cards import cards

_LINE = re.compile(r"-\d{6}$")


@dataclass(frozen=True)
class Found:
    title: str | Promise
    kind: str | Promise
    href: str
    symbol: str


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Results as a part for the field, or as a page; one exact identifier goes straight to its page."""
    page = context.of(request)
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:200]
    exact = _exact(page.actor, text)
    if exact is not None and not page.is_fragment:
        return HttpResponseRedirect(exact.href)
    found = [exact] if exact else [*_pages(page, text), *_products(page, text)]
    template = "storefront/find_hits.html" if page.is_fragment else "storefront/find.html"
    return render(request, template, {"found": found, "text": text})


def _exact(actor: Actor, text: str) -> Found | None:
    """The object with this identifier, if the reader may see it."""
    try:
        if ids.is_order_id(_LINE.sub("", text.upper())):
            order = buying.order_of(actor, _LINE.sub("", text.upper()))
            area = "operator/trade/orders" if actor.is_operator else "buyer/orders"
            return Found(order.public_id, _("Order"), f"/{area}/{order.public_id}", "list")
        if ids.is_id(text.lower(), "sub"):
            subscription = subscribing.subscription_of(actor, text.lower())
            area = "operator/trade/subscriptions" if actor.is_operator else "buyer/subscriptions"
            return Found(subscription.public_id, _("Subscription"), f"/{area}/{subscription.public_id}", "layers")
        if ids.is_id(text.lower(), "prd"):
            product = selectors.product_by_id(text.lower())
            if product.state != "draft":
                return Found(product.name, _("Product"), f"/products/{product.slug}", "box")
    except NotFound:
        return None
    return None


def _pages(page: Page, text: str) -> list[Found]:
    wanted = text.casefold()
    shown = []
    for area, _name, _address in page.areas():
        for entry in navigation.entries(area, page.actor):
            if not wanted or wanted in str(entry.label).casefold():
                shown.append(Found(entry.label, navigation.AREAS[area][0], entry.path, entry.icon))
    return shown[:9]


def _products(page: Page, text: str) -> list[Found]:
    kept = cards(selectors.suggestions(page.actor, text), page.language) if text else []
    return [Found(card["name"], _("Product"), card["href"], "box") for card in kept]
