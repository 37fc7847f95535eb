"""S6: what was asked of a seller's servers: saved cases, daily tests, the message log with Restart (A-ALM-002)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from galleria.connecting import rules, selectors, services
from galleria.delivering.services import can_be_called
from galleria.kit import clock, pages
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import interface_words as said

CASES = "/seller/interface/cases"
LOG = "/seller/interface/messages"
VIEWS = {
    "": gettext_lazy("Failed"),
    "orders": gettext_lazy("All calls"),
    "tests": gettext_lazy("Tests and debugging"),
}


@require_safe
@signed_in(said.VIEW)
def cases(request: HttpRequest) -> HttpResponse:
    """Saved cases by address, with what came of them the last time."""
    actor = actor_of(request)
    groups: dict[str, list[Any]] = {}
    for row in selectors.cases_of(actor):
        groups.setdefault(row.address.public_id, []).append(row)
    found = [(row, groups.get(row.public_id, [])) for row in selectors.addresses_of(actor)]
    needed = rules.needed_activities(("period",))
    values = {
        **said.common(request, actor, "cases"),
        "groups": [
            (row, saved, [each for each in needed if each not in {case.activity for case in saved}])
            for row, saved in found
        ],
    }
    return render(request, "seller/interface_cases.html", values)


@require_POST
@signed_in(said.VIEW)
def repeat(request: HttpRequest) -> HttpResponse:
    """Send every case of an address again, now."""
    results = services.replay(actor_of(request), address_id=request.POST.get("address", ""), at=clock.now())
    failed = [result for result in results if not result.passed]
    if failed:
        names = ", ".join(result.activity for result in failed)
        flashes.error(
            request,
            ngettext("%(n)d case failed: %(names)s.", "%(n)d cases failed: %(names)s.", len(failed))
            % {"n": len(failed), "names": names},
        )
    else:
        flashes.success(
            request,
            ngettext("%(n)d case repeated, it passed.", "%(n)d cases repeated, all passed.", len(results))
            % {"n": len(results)},
        )
    return HttpResponseRedirect(CASES)


@require_POST
@signed_in(said.VIEW)
def remove_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Forget a case."""
    services.remove_case(actor_of(request), case_id=case_id, at=clock.now())
    flashes.success(request, _("The case is forgotten."))
    return HttpResponseRedirect(CASES)


@require_safe
@signed_in(said.VIEW)
def tests(request: HttpRequest) -> HttpResponse:
    """The two runs of each day for each product."""
    actor, data = actor_of(request), request.GET
    only = lists.one_of(data, "result", ("failed",))
    rows = selectors.dial_tests_of(actor)
    page = pages.page_of(
        rows.filter(passed=False) if only else rows, sort="-at", cursor=data.get("cursor"), size=data.get("size")
    )
    values = {
        **said.common(request, actor, "tests"),
        "rows": list(page),
        "only": only,
        "runs": said.RUNS,
        "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous),
    }
    return render(request, "seller/interface_tests.html", values)


# ----- the message log -----


@require_safe
@signed_in(said.VIEW)
def messages(request: HttpRequest) -> HttpResponse:
    """Failed calls with Restart; every call for orders; tests and debugging."""
    actor, data = actor_of(request), request.GET
    view, typed = lists.one_of(data, "view", VIEWS), lists.text_of(data, "q")
    page: Any
    if view:
        calls = selectors.calls_of(actor)
        calls = calls.filter(purpose="order") if view == "orders" else calls.exclude(purpose="order")
        page = pages.page_of(
            selectors.found_calls(calls, typed), sort="-called_at", cursor=data.get("cursor"), size=data.get("size")
        )
        rows: list[Any] = list(page)
    else:
        failed = selectors.found_deliveries(selectors.failed_calls_of(actor), typed)
        page = pages.page_of(failed, sort="-requested_at", cursor=data.get("cursor"), size=data.get("size"))
        last = selectors.last_failures(list(page))
        rows = [
            (row, last.get(row.pk), can_be_called(row), words.shown(words.DELIVERY_STATES, row.state)) for row in page
        ]
    values = {
        **said.common(request, actor, "messages"),
        "view": view,
        "views": [
            lists.View(text, f"{LOG}?view={key}" if key else LOG, None, key == view) for key, text in VIEWS.items()
        ],
        "rows": rows,
        "typed": typed,
        "purposes": said.PURPOSES,
        "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous),
    }
    return render(request, "seller/interface_messages.html", values)


@require_safe
@signed_in(said.VIEW)
def message(request: HttpRequest, call_id: str) -> HttpResponse:
    """One call with its request and answer."""
    actor = actor_of(request)
    call = selectors.call_of(actor, call_id)
    delivery = call.delivery
    values = {
        **said.common(request, actor, "messages"),
        "call": call,
        "delivery": delivery,
        "shown": said.VERDICTS[call.verdict],
        "delivery_state": words.shown(words.DELIVERY_STATES, delivery.state) if delivery else None,
        "can_restart": bool(delivery and can_be_called(delivery)),
        "address": selectors.address_of_call(actor, call),
        "purposes": said.PURPOSES,
        "at": clock.now(),
    }
    return render(request, "seller/interface_message.html", values)


@require_POST
@signed_in(said.VIEW)
def restart(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """Call at once instead of at the next planned time."""
    services.restart(actor_of(request), delivery_id=delivery_id, at=clock.now())
    flashes.success(request, _("Your server is called now. Look again in a moment."))
    return HttpResponseRedirect(LOG)
