"""Joint operations, the operator's side: requests in their three reviews, agreed prices, certificates (S-JOP)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from galleria.kit import clock, files, pages
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.releasing import services
from galleria.web import joint_words, lists, words
from galleria.web.access import actor_of, signed_in

REVIEW = "operator:release:review"
HERE = "/operator/joint"
VIEWS = {
    "": gettext_lazy("In review"),
    "certified": joint_words.STATES["certified"].word,
    "rejected": joint_words.STATES["rejected"].word,
    "expired": joint_words.STATES["expired"].word,
    "revoked": joint_words.STATES["revoked"].word,
}


@require_safe
@signed_in(REVIEW)
def show(request: HttpRequest) -> HttpResponse:
    """Requests that wait, the oldest first; certificates in their other states."""
    actor, data = actor_of(request), request.GET
    view = lists.one_of(data, "view", VIEWS)
    sort = "-changed_at" if view else "changed_at"
    page = pages.page_of(
        services.certificates_for_review(actor, state=view), sort=sort, cursor=data.get("cursor"), size=data.get("size")
    )
    states = services.counts_for_review(actor)
    counts = {name: states.get(name, 0) for name in VIEWS if name}
    counts["all"] = sum(states.get(name, 0) for name in joint_words.STEPS[:-1])
    values = {
        "rows": list(page),
        "view": view,
        "views": lists.views(request, VIEWS, counts, current=view),
        "waiting": counts["all"],
        "states": joint_words.STATES,
        "methods": words.DELIVERY_TYPES,
        "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous),
    }
    return render(request, "operator/joint.html", values)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(REVIEW)
def one(request: HttpRequest, certificate_id: str) -> HttpResponse:
    """One request: what was submitted, and the decision of the review that it is in."""
    if request.method != "POST":
        return _page(request, certificate_id)
    actor, at, given = actor_of(request), clock.now(), request.POST
    row = services.certificate_for_review(actor, certificate_id)
    try:
        match given.get("do", ""):
            case "pass":
                if given.get("state") != row.state:
                    raise Invalid(fields={"": _("Somebody decided meanwhile. Look at it again.")})
                prices = _prices(given, row) if row.state == "commercial" else None
                services.pass_review(actor, certificate_id=certificate_id, prices=prices, at=at)
                messages.success(request, _("Passed."))
            case "reject":
                services.reject_certificate(
                    actor, certificate_id=certificate_id, reason=given.get("reason", ""), at=at
                )  # fmt: skip
                messages.success(request, _("Refused. The seller reads why, and may submit it again."))
            case "revoke":
                services.revoke_certificate(
                    actor, certificate_id=certificate_id, reason=given.get("reason", ""), at=at
                )  # fmt: skip
                messages.success(request, _("Taken back. Its products are suspended."))
            case _:
                raise NotFound
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _page(request, certificate_id, errors=refusal.fields)
    return HttpResponseRedirect(f"{HERE}/{certificate_id}")


def _prices(given: Any, row: Any) -> dict[str, dict[str, str]]:
    return {
        name: {key: given.get(f"prices.{place}.{key}", "").strip()[:40] for key, _word in joint_words.PRICES}
        for place, name in enumerate(row.specifications)
    }


def _page(request: HttpRequest, certificate_id: str, errors: dict[str, str] | None = None) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    row = services.certificate_for_review(actor, certificate_id)
    papers = files.readable_files(actor, services.papers_of(row))
    is_valid = services.is_valid(row, at)
    values = {
        "row": row,
        "shown": joint_words.STATES[row.state],
        "rail": joint_words.rail(row),
        "note": joint_words.STEP_NOTES.get(row.state, ""),
        "is_valid": is_valid,
        "sections": [(label, row.material.get(key, "")) for key, label, _note in joint_words.SECTIONS],
        "papers": [(file_id, papers.get(file_id)) for file_id in services.papers_of(row)],
        "specifications": list(enumerate(row.specifications)),
        "prices": [(name, row.prices.get(name, {})) for name in row.specifications] if row.prices else [],
        "price_words": joint_words.PRICES,
        "methods": words.DELIVERY_TYPES,
        "is_in_review": row.state in joint_words.STEPS[:-1],
        "typed": request.POST,
        "errors": errors or {},
    }
    return render(request, "operator/joint_one.html", values, status=422 if errors else 200)
