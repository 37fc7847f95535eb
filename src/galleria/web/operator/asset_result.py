"""The result of a scan that was made outside of the marketplace, entered by hand with CVSS scores (S-AST-005)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from galleria.assets import selectors, services
from galleria.assets.services.scanning import CHECK_WORDS
from galleria.kit import clock
from galleria.kit.errors import NotFound, PermissionMissing, Refused
from galleria.web.access import actor_of, signed_in

ROWS = 10


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, version_id: str) -> HttpResponse:
    """Findings with their scores; 7.0 or more rejects, less passes."""
    actor = actor_of(request)
    version = selectors.version_for_result(actor, version_id)
    titles, scores = request.POST.getlist("title")[:ROWS], request.POST.getlist("cvss")[:ROWS]
    rows = [(title.strip(), score.strip()) for title, score in zip(titles, scores, strict=False)]
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            saved = services.enter_result(
                actor, version_id=version_id, findings=[row for row in rows if any(row)],
                note=request.POST.get("note", "").strip()[:2000], at=clock.now(),
            )  # fmt: skip
        except (NotFound, PermissionMissing):
            raise
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            done = _("%(name)s is approved.") if saved.state == "approved" else _("%(name)s is rejected.")
            messages.success(request, done % {"name": str(saved)})
            return HttpResponseRedirect("/operator/reviews?kind=asset")
    scan = selectors.scans_of(version)[0]
    values = {
        "version": version, "rows": [*rows, *[("", "")] * ROWS][:ROWS], "errors": errors,
        "note": request.POST.get("note", ""),
        "wanted": [CHECK_WORDS[check["name"]] for check in scan.checks if check["state"] == "manual"],
    }  # fmt: skip
    return render(request, "operator/asset_result.html", values, status=status)
