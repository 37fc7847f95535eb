"""S6: one version of an asset: its file or image, the scan with its report, rescan, delete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.assets import reports, selectors, services
from galleria.assets.services import keeping, scanning
from galleria.assets.states import VERSION
from galleria.audit import selectors as audit
from galleria.kit import clock, files, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, PermissionMissing, Refused
from galleria.kit.spoken import spoken
from galleria.reviewing import selectors as reviewing
from galleria.web import context, timeline
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import asset_words

DISTANCES = (1, 1, 2, 2, 5, 5, 10)
MOST_POLLS = 60


def version_for(actor: Actor, asset_id: str, version_id: str) -> Any:
    """The version, if it is of that asset."""
    row = selectors.version_of(actor, version_id)
    if row.asset.public_id != asset_id:
        raise NotFound
    return row


def address_of(version: Any) -> str:
    return f"/seller/assets/{version.asset.public_id}/versions/{version.public_id}"


@signed_in()
@require_safe
def show(request: HttpRequest, asset_id: str, version_id: str) -> HttpResponse:
    """The version; while it is scanned, the result asks for itself again (UI-JOB-04)."""
    actor = actor_of(request)
    row = version_for(actor, asset_id, version_id)
    values = {"version": row, "asset": row.asset, "base": address_of(row), **_result(request, row),
              "refused": asset_words.missing_right(actor), **asset_words.TEMPLATE_WORDS}  # fmt: skip
    if context.of(request).is_fragment and "step" in request.GET:
        if not values["distance"]:  # it has ended: the whole page says what comes next
            response = HttpResponse(status=204)
            response["HX-Refresh"] = "true"
            return response
        return render(request, "seller/asset_result.html", values)
    return render(request, "seller/asset_version.html", {**values, **_rest(actor, row)})


def _result(request: HttpRequest, row: Any) -> dict[str, Any]:
    scans = selectors.scans_of(row)
    scan = scans[0] if scans else None
    if scan is not None:
        scan.version = row
    step = request.GET.get("step", "0")
    polls = min(int(step), MOST_POLLS) if step.isdigit() and len(step) < 5 else 0
    is_running = row.state == "scanning" and scan is not None and scan.state == "running"
    distance = DISTANCES[min(polls, len(DISTANCES) - 1)] if is_running and polls < MOST_POLLS else 0
    due = None
    if scan is not None and scan.state == "waiting":
        submission = reviewing.latest(row.asset.account_id, kind="asset", subject=row.public_id)
        due = submission.due_at if submission else None
    return {
        "scans": scans, "scan": scan, "findings": selectors.findings_of(scan), "distance": distance, "polls": polls,
        "due": due, "steps": asset_words.steps(row, scan, due), "title_of": asset_words.title_of,
        "reason": spoken(row.reason),
        "words_of_scan": asset_words.words_of_scan, "region": asset_words.region,
    }  # fmt: skip


def _rest(actor: Actor, row: Any) -> dict[str, Any]:
    missing = scanning.what_is_missing(row)
    upload = selectors.last_upload(row)
    is_file = row.asset.kind in {"package", "container"}
    return {
        "missing": missing,
        "can_scan": VERSION.can(row, "submit") and not missing,
        "can_upload": is_file and row.state in {"draft", "rejected"},
        "is_file": is_file,
        "upload": upload,
        "piece": services.PIECE // 2,
        "accept": files.accept(("zip", "tar", "tar.gz")),
        "most_gb": parameters.get("asset.package_max_gb"),
        "direct_gb": parameters.get("asset.direct_max_gb"),
        "log": timeline.rail(timeline.of_records(audit.records(actor, object_id=row.public_id).order_by("-pk")[:30])),
        "users": selectors.products_with(actor, row),
    }


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, asset_id: str) -> HttpResponse:
    """Another version as a draft."""
    actor = actor_of(request)
    row = selectors.asset_of(actor, asset_id)
    if not actor.may(selectors.MANAGE):
        raise PermissionMissing(selectors.MANAGE)
    typed = {name: request.POST.get(name, "") for name in ("label", "note")}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            version = services.add_version(actor, asset_id=asset_id, at=clock.now(), **typed)
        except NotFound:
            raise
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            return HttpResponseRedirect(f"/seller/assets/{asset_id}/versions/{version.public_id}")
    values = {"asset": row, "typed": typed, "errors": errors, "versions": selectors.versions_of(row)}
    return render(request, "seller/asset_version_new.html", values, status=status)


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, asset_id: str, version_id: str) -> HttpResponse:
    """Label and note; of an image the picker with the reasons why one cannot be used (S-IMG-002)."""
    actor = actor_of(request)
    row = version_for(actor, asset_id, version_id)
    is_image = row.asset.kind == "image"
    source = row.source
    typed: dict[str, Any] = {
        "label": row.label, "note": row.note, "image_id": row.image_id, "regions": source.get("regions", []),
        "agency": bool(source.get("agency")), "security_rules": source.get("security_rules", ""),
    }  # fmt: skip
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        data = request.POST
        typed = {
            **{name: data.get(name, "") for name in ("label", "note", "image_id", "security_rules")},
            "regions": data.getlist("regions"), "agency": data.get("agency") == "yes",
        }  # fmt: skip
        given = typed if is_image else {name: typed[name] for name in ("label", "note")}
        try:
            saved = services.edit_version(actor, version_id=version_id, at=clock.now(), **given)
        except NotFound:
            raise
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            again = _("Saved. It is being scanned again.") if saved.state == "scanning" else _("Saved.")
            messages.success(request, again)
            return HttpResponseRedirect(address_of(row))
    values = {
        "asset": row.asset, "version": row, "typed": typed, "errors": errors, "base": address_of(row),
        "images": selectors.images_for(actor, but=row.public_id) if is_image else [],
        "source": selectors.image_source(), "reasons": keeping.REASONS, "region": asset_words.region,
        "known_regions": parameters.get("asset.image_regions"),
    }  # fmt: skip
    return render(request, "seller/asset_version_edit.html", values, status=status)


@signed_in()
@require_POST
def scan(request: HttpRequest, asset_id: str, version_id: str) -> HttpResponse:
    """Submit, or submit again."""
    actor = actor_of(request)
    row = version_for(actor, asset_id, version_id)
    try:
        services.submit_version(actor, version_id=version_id, at=clock.now())
    except (NotFound, PermissionMissing):
        raise
    except Refused as refusal:
        messages.error(request, " ".join(refusal.fields.values()) or refusal.message)
    else:
        messages.success(request, _("The scan has begun. The result comes by itself."))
    return HttpResponseRedirect(address_of(row))


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, asset_id: str, version_id: str) -> HttpResponse:
    """Ask once, then delete a version that no released product uses."""
    actor = actor_of(request)
    row = version_for(actor, asset_id, version_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            services.delete_version(actor, version_id=version_id, at=clock.now())
        except NotFound:
            raise
        except Refused as refusal:
            errors = {"": refusal.message}
        else:
            messages.success(request, _("%(name)s is deleted.") % {"name": str(row)})
            return HttpResponseRedirect(f"/seller/assets/{asset_id}")
    values = {"asset": row.asset, "version": row, "errors": errors, "back": address_of(row)}
    return render(request, "seller/asset_delete.html", values, status=409 if errors else 200)


@signed_in()
@require_safe
def report(request: HttpRequest, scan_id: str) -> HttpResponseBase:
    """The report of a scan as a file: text, or JSON with `?format=json`."""
    row = selectors.scan_of(actor_of(request), scan_id)
    is_json = request.GET.get("format") == "json"
    text = reports.as_json(row) if is_json else reports.as_text(row)
    kind = "application/json" if is_json else "text/plain; charset=utf-8"
    response = HttpResponse(text, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{row.public_id}.{"json" if is_json else "txt"}"'
    return response
