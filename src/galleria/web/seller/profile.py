"""A seller's profile: what is live, what waits for a decision, what takes effect at once (S-ACC, S-TCK, S-BEN)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.reviewing import selectors as reviewing
from galleria.selling import forms, selectors, states
from galleria.selling.selectors import certifications, changes, sanctions
from galleria.selling.services import certifying, changing
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import company, fill

ADDRESSES = {"profile": "/seller/profile/edit", "name": "/seller/profile/name", "storefront": "/seller/storefront"}


@require_safe
@signed_in("seller:product:view")
def show(request: HttpRequest) -> HttpResponse:
    """Who the seller is to buyers, its level, its certifications, customer service and tickets."""
    return _show(request)


def _show(request: HttpRequest, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    seller = selectors.seller_of(actor)
    may_change = actor.may("seller:info:manage")
    values: dict[str, Any] = {
        "seller": seller,
        "profile": selectors.profile_of(seller),
        "word": states.SELLER_WORDS[seller.state],
        "tone": states.TONES[seller.state],
        "live": fill.parts(actor, forms.PROFILE if may_change else forms.PROFILE[:1], changes.live(seller, "profile")),
        "change": changes.change_of(actor, "profile") if may_change else None,
        "naming": changes.change_of(actor, "name") if may_change else None,
        "change_words": states.CHANGE_WORDS,
        "tones": states.TONES,
        "certifications": certifications.of_seller(seller) if actor.may("seller:cert:manage") else [],
        "certification_words": states.CERTIFICATION_WORDS,
        "level": sanctions.LEVELS.get(seller.level, ""),
        "benefits": [(words, key in sanctions.entitlements(seller.level), sanctions.LEVELS[least])
                     for key, (words, least) in sanctions.BENEFITS.items()],
        "points": sanctions.points_of(seller.pk, at) if may_change else 0,
        "may_change": may_change,
        "to_accept": certifications.agreements_to_accept(seller, at),
        "is_owner": selectors.is_owner(actor),
        "typed": request.POST,
        "errors": errors or {},
        "tabs": company.tabs(actor, "profile"),
    }  # fmt: skip
    return render(request, "seller/profile.html", values, status=status)


@require_POST
@signed_in()
def support(request: HttpRequest) -> HttpResponse:
    """Hours and languages of customer service, at once."""
    given = request.POST
    try:
        changing.set_support(
            actor_of(request), hours=given.get("service_hours", ""), languages=given.get("languages", ""),
            answers_in=given.get("answers_in", ""), at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        return _show(request, company.errors_of(refusal), refusal.status)
    return company.done(request, _("Saved. Buyers see it within a minute."), "/seller/profile#service")


@require_POST
@signed_in()
def tickets(request: HttpRequest) -> HttpResponse:
    """Whether buyers can write tickets, at once."""
    given = request.POST
    try:
        changing.set_tickets(
            actor_of(request), accepts=given.get("accepts") == "yes", hours=given.get("ticket_hours", ""),
            at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        return _show(request, company.errors_of(refusal), refusal.status)
    return company.done(request, _("Saved. Buyers see it within a minute."), "/seller/profile#tickets")


@require_POST
@signed_in("seller:product:view")
def agreements(request: HttpRequest) -> HttpResponse:
    """Accept newer versions of what was signed."""
    accepted = {
        key.removeprefix("agree_"): str(value) for key, value in request.POST.items() if key.startswith("agree_")
    }
    try:
        certifying.accept_new_versions(actor_of(request), accepted=accepted, at=clock.now())
    except Refused as refusal:
        missing = [*refusal.extra.get("missing", ()), *refusal.extra.get("changed", {})]
        errors = {f"agree_{key}": refusal.message for key in missing} or company.errors_of(refusal)
        return _show(request, errors, refusal.status)
    return company.done(request, _("Accepted."), "/seller/profile")


# ----- changes that are reviewed -----


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in("seller:info:manage")
def change(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a change beside what is live. Posting keeps it, takes files, submits it."""
    if request.method != "POST":
        return _change(request, kind)
    actor, at = actor_of(request), clock.now()
    fields = [field for group in forms.CHANGES[kind] for field in group.fields]
    version = request.POST.get("version", "")
    errors: dict[str, Any] = {}
    try:
        changing.save(
            actor, kind=kind, values=fill.typed(request, fields), version=int(version) if version.isdigit() else None,
            at=at,
        )  # fmt: skip
    except Refused as refusal:
        return _change(request, kind, company.errors_of(refusal), refusal.status)
    field, _colon, file_id = request.POST.get("drop", "").partition(":")
    if field:
        changing.detach(actor, kind=kind, field=field, file_id=file_id, at=at)
    for key, upload in fill.uploads(request, fields):
        try:
            changing.attach(actor, kind=kind, field=key, upload=upload, at=at)
        except Refused as refusal:
            errors |= refusal.fields or {key: refusal.message}
    if errors:
        return _change(request, kind, errors, 422)
    if request.POST.get("act") == "submit":
        try:
            changing.submit(actor, kind=kind, at=at)
        except Refused as refusal:
            return _change(request, kind, company.errors_of(refusal), refusal.status)
        return company.done(request, _("Submitted. What is live stays until we have decided."), ADDRESSES[kind])
    return company.done(request, _("Saved."), ADDRESSES[kind])


def _change(request: HttpRequest, kind: str, errors: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    seller = selectors.seller_of(actor)
    row = changes.change_of(actor, kind)
    latest = changes.last_round(row) if row else None
    said = reviewing.remarks_by_field(latest) if row and row.state == "returned" else {}
    live = changes.live(seller, kind)
    values = {
        "kind": kind,
        "seller": seller,
        "row": row,
        "latest": latest,
        "parts": fill.parts(actor, forms.CHANGES[kind], row.data if row else live, errors=errors, remarks=said),
        "live": fill.parts(actor, forms.CHANGES[kind], live),
        "data": row.data if row else live,
        "errors": errors or {},
        "words": states.CHANGE_WORDS,
        "tones": states.TONES,
        "address": ADDRESSES[kind],
        "is_owner": selectors.is_owner(actor),
        "tabs": company.tabs(actor, "storefront" if kind == "storefront" else "profile"),
    }
    return render(request, "seller/change.html", values, status=status)


@require_POST
@signed_in("seller:info:manage")
def act(request: HttpRequest, kind: str) -> HttpResponse:
    """Withdraw what waits, or forget a draft."""
    actor, at = actor_of(request), clock.now()
    try:
        if request.POST.get("act") == "discard":
            changing.discard(actor, kind=kind, at=at)
            return company.done(request, _("The draft is gone; what is live stays."), ADDRESSES[kind])
        changing.withdraw(actor, kind=kind, at=at)
    except Refused as refusal:
        return company.refused(request, refusal, ADDRESSES[kind])
    return company.done(request, _("Withdrawn. You can change it and submit again."), ADDRESSES[kind])
