"""*Submit a requirement*: what was looked for and not found (B-CAT-007, B-OFR-003)."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.publishing import selectors, services
from galleria.web.access import actor_of, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in()
def new(request: HttpRequest) -> HttpResponse:
    """The form, with the words of the search in it; nothing typed is lost when it is refused."""
    typed = request.POST if request.method == "POST" else request.GET
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            services.submit_requirement(
                actor_of(request),
                title=typed.get("title", ""),
                description=typed.get("description", ""),
                category=typed.get("category", ""),
                budget=typed.get("budget", ""),
                wanted_by=_day(typed.get("wanted_by", "")),
                may_contact=typed.get("may_contact") == "yes",
                at=clock.now(),
            )
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            messages.success(
                request, _("Your requirement is with the operator. You hear from us within three working days.")
            )
            return HttpResponseRedirect("/buyer/saved#requirements")
    tree = selectors.category_tree()
    values = {
        "typed": typed,
        "errors": errors,
        "categories": [("", _("Not sure")), *((node.path, node.name) for node in tree)],
    }
    return render(request, "storefront/requirement.html", values, status=status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
