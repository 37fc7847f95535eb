"""S6: what a seller delivers: the lists, adding one, one asset, proving whose a site is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.assets import rules, selectors, services
from galleria.assets.services import scanning
from galleria.assets.states import KINDS, STATE_WORDS, VERSION
from galleria.audit import selectors as audit
from galleria.kit import clock, pages, parameters
from galleria.kit.errors import NotFound, PermissionMissing, Refused
from galleria.web import lists, timeline
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import asset_words


@signed_in()
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """My Assets."""
    actor, data = actor_of(request), request.GET
    kind, text = lists.one_of(data, "kind", KINDS), lists.text_of(data, "q")
    rows = selectors.assets_of(actor, kind=kind, text=text)
    page = pages.page_of(rows, sort="-changed_at", cursor=data.get("cursor"), size=data.get("size"))
    counts = selectors.counts_of(actor)
    values = {
        "rows": page, "views": _views(kind, counts), "kind": kind, "text": text, "total": sum(counts.values()),
        "next_page": lists.at_page(data, page.next), "previous_page": lists.at_page(data, page.previous),
        "refused": asset_words.missing_right(actor), **asset_words.TEMPLATE_WORDS,
    }  # fmt: skip
    return render(request, "seller/assets.html", values)


def _views(kind: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    found = [{"text": _("My assets"), "href": "/seller/assets", "count": sum(counts.values()), "current": not kind}]
    found += [
        {"text": asset_words.PLURALS[key], "href": f"/seller/assets?kind={key}", "count": counts[key],
         "current": key == kind}
        for key in KINDS if counts.get(key)
    ]  # fmt: skip
    return [*found, {"text": _("Requests"), "href": "/seller/assets/requests", "current": False}]


@signed_in()
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Every version that was submitted, newest first."""
    actor, data = actor_of(request), request.GET
    state = lists.one_of(data, "state", ("scanning", "approved", "rejected"))
    page = pages.page_of(
        selectors.requests_of(actor, state=state),
        sort="-submitted_at",
        cursor=data.get("cursor"),
        size=data.get("size"),
    )
    states = {key: STATE_WORDS[key] for key in ("scanning", "approved", "rejected")}
    values = {
        "rows": page, "state": state, "states": lists.options(_("Every state"), states),
        "next_page": lists.at_page(data, page.next), "previous_page": lists.at_page(data, page.previous),
        **asset_words.TEMPLATE_WORDS,
    }  # fmt: skip
    return render(request, "seller/asset_requests.html", values)


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a kind, then say what a scan needs to know."""
    actor = actor_of(request)
    source = request.POST if request.method == "POST" else request.GET
    kind = lists.one_of(source, "kind", KINDS)
    selectors.counts_of(actor)  # refuses those who do not sell
    if not actor.may(selectors.MANAGE):
        raise PermissionMissing(selectors.MANAGE)
    typed = {name: source.get(name, "") for name in ("name", "note", "label", "address", "login_mode", "consent")}
    typed["label"] = typed["label"] or "V1.0"
    ticked = source.getlist("checklist")
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        given = {**typed, "consent": typed["consent"] == "yes"}
        try:
            row = services.add_asset(actor, kind=kind, checklist=ticked, at=clock.now(), **given)  # type: ignore[arg-type]
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            version = row.versions.get()
            to = f"/seller/assets/{row.public_id}"
            return HttpResponseRedirect(to if kind == "saas_site" else f"{to}/versions/{version.public_id}")
    values = {
        "kind": kind, "typed": typed, "ticked": ticked, "errors": errors,
        "most_sites": parameters.get("asset.sites_max"), **asset_words.TEMPLATE_WORDS,
    }  # fmt: skip
    return render(request, "seller/asset_new.html" if kind else "seller/asset_kinds.html", values, status=status)


@signed_in()
@require_safe
def asset(request: HttpRequest, asset_id: str) -> HttpResponse:
    """One asset: versions, and for a site the proof."""
    actor = actor_of(request)
    row = selectors.asset_of(actor, asset_id)
    versions = selectors.versions_of(row)
    latest = versions[0] if versions else None
    values = {
        "asset": row, "versions": versions, "latest": latest, "refused": asset_words.missing_right(actor),
        "is_scanning": any(version.state == "scanning" for version in versions),
        "proof_name": rules.proof_name(row.token) if row.token else "",
        "proof_text": rules.proof_text(row.token).strip() if row.token else "",
        "can_scan": latest is not None and VERSION.can(latest, "submit") and not _missing(latest, row),
        "log": timeline.rail(timeline.of_records(audit.records(actor, object_id=row.public_id).order_by("-pk")[:30])),
        **asset_words.TEMPLATE_WORDS,
    }  # fmt: skip
    return render(request, "seller/asset.html", values)


def _missing(version: Any, row: Any) -> dict[str, Any]:
    version.asset = row
    return dict(scanning.what_is_missing(version))


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, asset_id: str) -> HttpResponse:
    """Name, note, how one signs in."""
    actor = actor_of(request)
    row = selectors.asset_of(actor, asset_id)
    typed = {"name": row.name, "note": row.note, "login_mode": row.login_mode}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in typed}
        try:
            services.edit_asset(actor, asset_id=asset_id, at=clock.now(), **typed)
        except NotFound:
            raise
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(f"/seller/assets/{asset_id}")
    values = {"asset": row, "typed": typed, "errors": errors, **asset_words.TEMPLATE_WORDS}
    return render(request, "seller/asset_edit.html", values, status=status)


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, asset_id: str) -> HttpResponse:
    """Ask once, then delete an asset that nothing uses."""
    actor = actor_of(request)
    row = selectors.asset_of(actor, asset_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            services.delete_asset(actor, asset_id=asset_id, at=clock.now())
        except NotFound:
            raise
        except Refused as refusal:
            errors = {"": refusal.message}
        else:
            messages.success(request, _("%(name)s is deleted.") % {"name": row.name})
            return HttpResponseRedirect("/seller/assets")
    values = {"asset": row, "version": None, "errors": errors, "back": f"/seller/assets/{asset_id}"}
    return render(request, "seller/asset_delete.html", values, status=409 if errors else 200)


@signed_in()
@require_safe
def proof(request: HttpRequest, asset_id: str) -> HttpResponseBase:
    """The verification file, to be put unmodified into the root of the site."""
    row = selectors.asset_of(actor_of(request), asset_id)
    if not row.token:
        raise NotFound
    response = HttpResponse(rules.proof_text(row.token), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{rules.proof_name(row.token)}"'
    return response


@signed_in()
@require_POST
def verify(request: HttpRequest, asset_id: str) -> HttpResponse:
    """Look for the verification file now."""
    row = services.verify_site(actor_of(request), asset_id=asset_id, at=clock.now())
    if not row.verify_problem:
        messages.success(request, _("The site is yours: the file is there."))
    return HttpResponseRedirect(f"/seller/assets/{asset_id}")
