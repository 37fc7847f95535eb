"""What people need of the seller's consulting services, and how often they went to its website (S-CON-001)."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from galleria.kit import clock, pages
from galleria.supporting import selectors
from galleria.web import lists
from galleria.web.access import actor_of, signed_in

DAYS = 30


@require_safe
@signed_in(selectors.HANDLE)
def show(request: HttpRequest) -> HttpResponse:
    """The enquiries, the newest first."""
    actor, data = actor_of(request), request.GET
    rows = selectors.enquiries_for_seller(actor)
    page = pages.page_of(rows, sort="-pk", cursor=data.get("cursor"), size=data.get("size"))
    values = {
        "rows": page,
        "clicks": selectors.contact_clicks(actor, since=clock.billing_date(clock.now()) - timedelta(days=DAYS)),
        "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous),
    }
    return render(request, "seller/enquiries.html", values)
