"""S1, become a seller: what is checked before, the steps of the application, the reviewer's words, what comes next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.parties import selectors as parties
from galleria.reviewing import selectors as reviewing
from galleria.selling import forms, selectors, states
from galleria.selling.selectors import applications, started
from galleria.selling.services import applying
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import fill

STEPS = {group.key: group for group in forms.APPLICATION}
LAST = "agreements"
ADDRESS = "/seller/start"


@require_safe
@signed_in()
def show(request: HttpRequest) -> HttpResponse:
    """Preconditions, or the step of the application that the address names, or what comes after it."""
    return _show(request)


def _show(request: HttpRequest, errors: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    application = applications.application_of(actor) if actor.account_pk else None
    checks = applications.preconditions(actor)
    values: dict[str, Any] = {
        "checks": checks,
        "is_open": all(each.passed for each in checks),
        "is_owner": selectors.is_owner(actor),
        "application": application,
        "errors": errors or {},
        "words": states.APPLICATION_WORDS,
        "tones": states.TONES,
    }
    if application is None or not values["is_owner"]:
        return render(request, "seller/start.html", values, status=status)
    if application.state == "approved":
        values["started"] = started.getting_started(actor)
        return render(request, "seller/started.html", values, status=status)
    return render(request, "seller/apply.html", values | _steps(request, application, errors, at), status=status)


def _steps(request: HttpRequest, application: Any, errors: dict[str, Any] | None, at: Any) -> dict[str, Any]:
    """The stepper and the step that is open."""
    actor = actor_of(request)
    rounds = applications.rounds_of(application)
    latest = rounds[0] if rounds else None
    said = reviewing.remarks_by_field(latest) if application.state == "rejected" else {}
    step = request.GET.get("step", request.POST.get("step", ""))
    wrong = {key: applying.problems_of(application, at, group=key) for key in STEPS}
    is_checked = bool(request.GET.get("checked")) or errors is not None
    if step not in (*STEPS, LAST):
        step = _first(said, wrong, is_rejected=application.state == "rejected")
    shown = dict(errors or {}) | ({} if step == LAST or not is_checked else wrong[step])
    in_review = application.state == "review"
    groups = forms.APPLICATION if in_review or step == LAST else (STEPS[step],)
    return {
        "step": step,
        "steps": _stepper(said, wrong, step),
        "latest": latest,
        "rounds": rounds,
        "wrong": wrong,
        "open_count": sum(len(each) for each in wrong.values()),
        "parts": fill.parts(actor, groups, application.data, errors=shown, remarks=said),
        "errors": shown if errors is not None else {},
        "agreements": parties.agreement_heads(applying.agreement_keys(at), at) if step == LAST else [],
        "is_proven": applying.is_proven(application),
        "has_code": application.code_until is not None and application.code_until > at,
        "at": at,
    }


def _first(said: dict[str, Any], wrong: dict[str, dict[str, Any]], *, is_rejected: bool) -> str:
    """The step where something is to be done: with remarks, else with problems, else the last one."""
    for key, group in STEPS.items():
        if key in said or any(field.key in said for field in group.fields):
            return key
    return next((key for key in STEPS if wrong[key]), next(iter(STEPS)) if is_rejected else LAST)


def _stepper(said: dict[str, Any], wrong: dict[str, dict[str, Any]], step: str) -> list[dict[str, Any]]:
    found = []
    for key, group in STEPS.items():
        refused = key in said or any(field.key in said for field in group.fields)
        missing = len(wrong[key])
        if refused:
            state, tone = _("To correct"), "bad"
        elif missing:
            state, tone = ngettext("%(n)d to fill in", "%(n)d to fill in", missing) % {"n": missing}, "warn"
        else:
            state, tone = _("Complete"), "good"
        found.append({"key": key, "label": group.label, "state": state, "tone": tone, "current": key == step})
    found.append({"key": LAST, "label": _("Agreements and submit"), "state": "", "tone": "", "current": step == LAST})
    return found


@require_POST
@signed_in()
def begin(request: HttpRequest) -> HttpResponse:
    """Open the form."""
    try:
        applying.begin(actor_of(request), at=clock.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(ADDRESS)


@require_POST
@signed_in()
def save(request: HttpRequest) -> HttpResponse:
    """Keep a step with its files; go on when it is complete, or show what is missing."""
    actor, at = actor_of(request), clock.now()
    step = request.POST.get("step", "")
    if step not in STEPS:
        return HttpResponseRedirect(ADDRESS)
    fields = STEPS[step].fields
    errors: dict[str, Any] = {}
    version = request.POST.get("version", "")
    try:
        applying.save(
            actor, values=fill.typed(request, fields), group=step, version=int(version) if version.isdigit() else None,
            at=at,
        )  # fmt: skip
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _show(request, refusal.fields or {"": refusal.message}, refusal.status)
    for key, upload in fill.uploads(request, fields):
        try:
            applying.attach(actor, field=key, upload=upload, at=at)
        except Refused as refusal:
            errors |= refusal.fields or {key: refusal.message}
    act = request.POST.get("act", "")
    if act == "code":
        return _code(request, errors)
    application = applications.application_of(actor)
    if act == "next" and application is not None:
        wrong = applying.problems_of(application, at, group=step)
        errors = {**wrong, **errors}
    if errors:
        return _show(request, errors, 422)
    messages.success(request, _("Saved."))
    order = [*STEPS, LAST]
    target = order[order.index(step) + 1] if act == "next" else step
    return HttpResponseRedirect(f"{ADDRESS}?step={target}")


def _code(request: HttpRequest, errors: dict[str, Any]) -> HttpResponse:
    try:
        applying.send_code(actor_of(request), at=clock.now())
    except Refused as refusal:
        errors |= refusal.fields or {"contact_email": refusal.message}
        return _show(request, errors, refusal.status)
    messages.success(request, _("The code is on its way. It is valid for half an hour."))
    return HttpResponseRedirect(f"{ADDRESS}?step=contacts#code")


@require_POST
@signed_in()
def prove(request: HttpRequest) -> HttpResponse:
    """The code that was mailed to the contact."""
    try:
        applying.prove_email(actor_of(request), code=request.POST.get("code", "")[:20], at=clock.now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _show(request, refusal.fields or {"code": refusal.message}, refusal.status)
    messages.success(request, _("The address is proven."))
    return HttpResponseRedirect(f"{ADDRESS}?step=contacts")


@require_POST
@signed_in()
def submit(request: HttpRequest) -> HttpResponse:
    """Send the application to the reviewers."""
    accepted = {
        key.removeprefix("agree_"): str(value) for key, value in request.POST.items() if key.startswith("agree_")
    }
    try:
        applying.submit(actor_of(request), accepted=accepted, at=clock.now())
    except Refused as refusal:
        if refusal.status in {403, 404} and not refusal.fields:
            raise
        missing = {f"agree_{key}": refusal.message for key in refusal.extra.get("missing", ())}
        missing |= {f"agree_{key}": refusal.message for key in refusal.extra.get("changed", {})}
        return _show(request, missing or refusal.fields or {"": refusal.message}, refusal.status)
    messages.success(request, _("Your application is with us."))
    return HttpResponseRedirect(ADDRESS)


@require_POST
@signed_in()
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take it back as a draft."""
    try:
        applying.withdraw(actor_of(request), at=clock.now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Withdrawn. You can change everything and submit again."))
    return HttpResponseRedirect(ADDRESS)
