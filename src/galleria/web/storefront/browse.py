"""P1 home, P2 results and category."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from galleria.buying import selectors as buying
from galleria.kit import clock
from galleria.publishing import selectors
from galleria.publishing.rules import Wishes
from galleria.publishing.selectors import PAGE_SIZE, CategoryNode, Results
from galleria.subscribing import selectors as subscribing
from galleria.web import context
from galleria.web.context import Page
from galleria.web.storefront import wishes as asked
from galleria.web.storefront.cards import cards

ROOM_ICONS = 8


def public(response: HttpResponse) -> HttpResponse:
    """A page that is made for the reader's language, theme and account, and may stay in the browser's page cache."""
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    response.setdefault("Cache-Control", "private, no-cache")
    return response


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """P1: search, rooms, what was chosen, what is new; for buyers what waits."""
    page = context.of(request)
    popular, newest = selectors.front(page.actor)
    tree = selectors.category_tree()
    values = {
        "hang": cards(popular[:4], page.language),
        "popular": cards(popular[:8], page.language),
        "newest": cards(newest, page.language, eager=0),
        "rooms": [room for room in tree if room.count or room.children],
        "total": sum(room.count for room in tree),
        "waiting": waiting(page),
    }
    return public(render(request, "storefront/home.html", values))


def waiting(page: Page) -> list[dict[str, Any]]:
    """What waits for a signed-in buyer: to pay, to approve, ending soon."""
    if not page.is_signed_in or page.actor.is_operator or page.actor.account_pk is None:
        return []
    orders = buying.counts_of(page.actor)
    mine = subscribing.counts_of(page.actor, clock.now())
    lines = [
        (orders["to_pay"], ngettext("%(count)d order to pay", "%(count)d orders to pay", orders["to_pay"]),
         "/buyer/orders?view=to_pay"),
        (orders["to_approve"],
         ngettext("%(count)d order to approve", "%(count)d orders to approve", orders["to_approve"]),
         "/buyer/orders?view=to_approve"),
        (orders["running"],
         ngettext("%(count)d delivery on its way", "%(count)d deliveries on their way", orders["running"]),
         "/buyer/orders?view=running"),
        (mine["expiring_30"],
         ngettext("%(count)d subscription ends within 30 days", "%(count)d subscriptions end within 30 days",
                  mine["expiring_30"]),
         "/buyer/subscriptions?view=expiring"),
    ]  # fmt: skip
    return [{"text": text % {"count": count}, "href": href} for count, text, href in lines if count]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """P2 over everything; without a question it is the whole catalogue."""
    return _results(request, asked.read(request.GET), [])


@require_safe
def category(request: HttpRequest, path: str) -> HttpResponse:
    """P2 for a category, with its path above. Raises NotFound."""
    if path.endswith("/"):
        return HttpResponseRedirect(f"/c/{path.rstrip('/')}")
    return _results(request, asked.read(request.GET, path), selectors.category_line(path))


def _results(request: HttpRequest, wishes: Wishes, line: list[CategoryNode]) -> HttpResponse:
    page = context.of(request)
    found = selectors.results(page.actor, wishes)
    tree = selectors.category_tree()
    compare = [slug for slug in dict.fromkeys(request.GET.getlist("compare")) if slug][: selectors.COMPARE_MAX]
    address = asked.Address(request.path, wishes, compare)
    if found.total and wishes.page > found.pages:
        return HttpResponseRedirect(address.page(found.pages))
    product_pks = [card["pk"] for card in found.cards]
    slugs = [card["slug"] for card in found.cards]
    running = subscribing.running_by_product(page.actor, product_pks) if page.is_signed_in else {}
    saved = selectors.favorite_slugs(page.actor, slugs) if page.is_signed_in else frozenset()
    shown = cards(found.cards, page.language, running=running, saved=saved)
    values = {
        "found": found,
        "wishes": wishes,
        "address": address,
        "cards": shown,
        "facets": asked.facets(found, address, tree, page.language) if found.counts else [],
        "chips": asked.chips(found, address, tree, page.language),
        "sorts": [(key, str(name)) for key, name in asked.SORT_NAMES.items()],
        "line": line,
        "room": line[0] if line else None,
        "country": asked.country_name(found.country, page.language),
        "first": (wishes.page - 1) * PAGE_SIZE + 1,
        "last": min(wishes.page * PAGE_SIZE, found.total),
        "search_text": wishes.text,
        "compared": compare,
        "tray": _tray(compare, shown, page.language),
        "near_cards": _near(page, found) if not found.cards else [],
    }
    return public(render(request, "storefront/results.html", values))


def _tray(compare: list[str], shown: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Cards of what is being compared; only those that are not on this page are read."""
    if not compare:
        return []
    here = {card["slug"]: card for card in shown}
    missing = [slug for slug in compare if slug not in here]
    if missing:
        here.update({card["slug"]: card for card in cards(selectors.cards_by_slug(missing), language)})
    return [here[slug] for slug in compare if slug in here]


def _near(page: Page, found: Results) -> list[dict[str, Any]]:
    """Something to look at when nothing was found: without the filters, else what is popular."""
    if found.wishes.has_filters:
        wishes = Wishes(text=found.wishes.text, category=found.wishes.category)
        near = selectors.results(page.actor, wishes).cards[:4]
        if near:
            return cards(near, page.language)
    return cards(selectors.popular(page.actor, limit=4), page.language)
