"""*My Favorites*: what this login saved (B-FAV-002, B-FAV-003), and the requirements it submitted."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from galleria.publishing import selectors
from galleria.publishing.selectors import Saved
from galleria.web import context
from galleria.web.access import signed_in
from galleria.web.storefront.cards import card


@require_safe
@signed_in()
def show(request: HttpRequest) -> HttpResponse:
    """The list."""
    page = context.of(request)
    rows = [
        {"card": card(saved.card, page.language), "saved": saved, "buy": buying_address(saved)}
        for saved in selectors.favorites_of(page.actor)
    ]
    values = {"rows": rows, "requirements": list(selectors.requirements_of(page.actor)[:50])}
    return render(request, "storefront/saved.html", values)


def buying_address(saved: Saved) -> str:
    """The product page with what was chosen when it was saved (B-FAV-T1)."""
    chosen = {name: value for name, value in saved.configuration.items() if value}
    if saved.specification:
        chosen["specification"] = saved.specification
    address = f"/products/{saved.card['slug']}"
    return f"{address}?{urlencode(chosen)}#choose" if chosen else f"{address}#choose"
