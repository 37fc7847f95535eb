"""O11, timers: what the clock does next with subscriptions, what is late, what is stuck and why (B-GEN-002)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock, pages, parameters
from galleria.subscribing import selectors, services
from galleria.web import coming, lists
from galleria.web.access import actor_of, signed_in

VIEW = "operator:work:manage"
VIEWS = {"stuck": gettext_lazy("Stuck"), "all": pgettext_lazy("timers", "Coming")}


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The list; stuck ones first when there are any."""
    actor, at = actor_of(request), clock.now()
    tallies = selectors.timer_tallies(actor, at)
    view = lists.one_of(request.GET, "view", VIEWS) or ("stuck" if tallies["stuck"] else "all")
    rows = selectors.timers(actor, only_stuck=view == "stuck")
    found: Any = pages.page_of(rows, sort="try_at", cursor=request.GET.get("cursor"), size=request.GET.get("size"))
    counts = {"stuck": tallies["stuck"], "all": tallies["waiting"] + tallies["stuck"]}
    values = {
        "rows": [(each, coming.one(each)) for each in found.items],
        "found": found,
        "tallies": tallies,
        "view": view,
        "views": [
            lists.View(text, f"/operator/work/timers?view={key}", str(counts[key]), key == view)
            for key, text in VIEWS.items()
        ],
        "settings": parameters.parameters,
        "lists": lists,
        "at": at,
    }
    return render(request, "operator/timers.html", values)


@require_POST
@signed_in(VIEW)
def retry(request: HttpRequest, timer_id: str) -> HttpResponse:
    """Let the clock try again what is stuck."""
    services.retry_timer(actor_of(request), timer_id=timer_id, at=clock.now())
    messages.success(request, _("It is tried again within a minute."))
    return HttpResponseRedirect("/operator/work/timers")
