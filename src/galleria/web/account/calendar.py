"""The calendar of an account's subscriptions: its secret address, and the file that calendars read."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from galleria.kit import clock
from galleria.subscribing import services
from galleria.web.account.guard import actor_of, done, signed_in


@signed_in
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """Whether there is an address; made anew it is shown once."""
    actor, at = actor_of(request), clock.now()
    address = ""
    if request.method == "POST":
        if request.POST.get("act") == "drop":
            services.drop_feed(actor, at=at)
            return done(request, _("The address does not work any more."), "/account/calendar")
        token = services.make_feed(actor, at=at)
        address = f"{settings.GALLERIA_SITE_URL}/calendar/{token}.ics"
    values = {"feed": services.feed_of(actor), "address": address, "may": actor.may("gallery:subscription:view")}
    response = render(request, "account/calendar.html", values)
    if address:
        response["Cache-Control"] = "no-store"
    return response


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar itself; who has the address may read it, nothing else."""
    with translation.override("en"):
        data = services.calendar_of(token, site=settings.GALLERIA_SITE_URL, at=clock.now())
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Robots-Tag"] = "noindex"
    return response
