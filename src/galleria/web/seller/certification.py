"""Tax and bank data with each contracting party: sign, fill in, submit, follow (S-CER)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.parties import selectors as parties
from galleria.reviewing import selectors as reviewing
from galleria.selling import forms, selectors, states
from galleria.selling.fields import Group
from galleria.selling.selectors import certifications
from galleria.selling.services import certifying
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import company, fill

VIEW = "seller:cert:manage"
ADDRESS = "/seller/certification"


@require_safe
@signed_in()
def index(request: HttpRequest) -> HttpResponse:
    """The contracting parties, where each lets the seller sell, and how far the certification is."""
    actor = actor_of(request)
    rows = certifications.certifications_of(actor)
    regions = {row["party"].pk: row for row in certifications.sales_regions(selectors.seller_of(actor).pk)}
    values = {
        "rows": [(row, regions[row.party_id]) for row in rows],
        "words": states.CERTIFICATION_WORDS,
        "tones": states.TONES,
        "tabs": company.tabs(actor, "certification"),
    }
    return render(request, "seller/certifications.html", values)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in()
def show(request: HttpRequest, party_id: str) -> HttpResponse:
    """One certification: the agreement to sign, the form, or what waits. Posting keeps or submits it."""
    if request.method != "POST":
        return _show(request, party_id)
    actor, at = actor_of(request), clock.now()
    try:
        fields = (*forms.CERTIFICATION_FIELDS, forms.CONSENT)
        certifying.save(actor, party_id=party_id, values=fill.typed(request, fields), at=at)
        if request.POST.get("act") == "submit":
            certifying.submit(actor, party_id=party_id, at=at)
            return company.done(request, _("Your data are with our treasury."), f"{ADDRESS}/{party_id}")
    except Refused as refusal:
        return _show(request, party_id, company.errors_of(refusal), refusal.status)
    return company.done(request, _("Saved."), f"{ADDRESS}/{party_id}")


def _show(request: HttpRequest, party_id: str, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    row = certifications.certification_of(actor, party_id)
    latest = certifications.last_round(row) if row.pk else None
    returned = latest is not None and latest.state == "returned" and row.state in {"uncertified", "certified", "locked"}
    said = reviewing.remarks_by_field(latest) if returned else {}
    data = certifying.data_of(row) if row.state != "unsigned" else {}
    consent = fill.parts(actor, [CONSENT], data, errors=errors, remarks=said)
    values: dict[str, Any] = {
        "row": row,
        "latest": latest,
        "is_returned": returned,
        "parts": fill.parts(actor, forms.CERTIFICATION, data, errors=errors, remarks=said),
        "consent": consent[0].rows[0] if row.certified_at is None else None,
        "data": data,
        "has_draft": bool(row.draft),
        "errors": errors or {},
        "agreements": parties.agreement_heads([row.party.agreement_key], at) if row.state == "unsigned" else [],
        "is_owner": selectors.is_owner(actor),
        "words": states.CERTIFICATION_WORDS,
        "tones": states.TONES,
        "tabs": company.tabs(actor, "certification"),
    }
    return render(request, "seller/certification.html", values, status=status)


CONSENT = Group("consent", "", (forms.CONSENT,))


@require_POST
@signed_in()
def sign(request: HttpRequest, party_id: str) -> HttpResponse:
    """Sign the agreement with the party."""
    accepted = {
        key.removeprefix("agree_"): str(value) for key, value in request.POST.items() if key.startswith("agree_")
    }
    try:
        certifying.sign(actor_of(request), party_id=party_id, accepted=accepted, at=clock.now())
    except Refused as refusal:
        missing = [*refusal.extra.get("missing", ()), *refusal.extra.get("changed", {})]
        errors = {f"agree_{key}": refusal.message for key in missing} or company.errors_of(refusal)
        return _show(request, party_id, errors, refusal.status)
    return company.done(request, _("Signed. Fill in the data now."), f"{ADDRESS}/{party_id}")


@require_POST
@signed_in()
def withdraw(request: HttpRequest, party_id: str) -> HttpResponse:
    """Take back what waits."""
    try:
        certifying.withdraw(actor_of(request), party_id=party_id, at=clock.now())
    except Refused as refusal:
        return company.refused(request, refusal, f"{ADDRESS}/{party_id}")
    return company.done(request, _("Withdrawn."), f"{ADDRESS}/{party_id}")
