"""S6: the debugging console: one page, with the request and the answer side by side (A-DBG-001 to A-DBG-004)."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from galleria.connecting import probing, selectors, services
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.web import context, lists
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import interface_words as said

HERE = "/seller/interface/console"
_SAME = ("address", "activity")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(said.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """GET: an activity with its preset parameters. POST: show the signed request, or send it."""
    if request.method == "POST":
        return _act(request)
    return _page(request, _chosen(request, request.GET))


def _chosen(request: HttpRequest, data: QueryDict) -> dict[str, Any]:
    """The address, the activity and the values of its parameters."""
    actor = actor_of(request)
    addresses = selectors.addresses_of(actor)
    wanted = data.get("address", "")
    address = next((row for row in addresses if row.public_id == wanted), addresses[0] if addresses else None)
    activity = probing.as_activity(data.get("activity", "")) or "newInstance"
    cases = selectors.cases_of(actor, address.public_id) if address else []
    known = next((case.instance_id for case in cases if case.instance_id), "")
    instance = lists.text_of(data, "instance") or known
    values = probing.presets(activity, at=clock.now(), instance_id=instance, variant=lists.text_of(data, "variant"))
    if call_id := data.get("from", ""):
        values |= {name: text for name, text in _of_call(actor, call_id).items() if name in values}
    if request.method == "POST":
        values = {name: data.get(name, "").strip() for name in values}
    return {
        "addresses": addresses, "address": address, "activity": activity, "values": values, "instance": instance,
        "cases": cases,
    }  # fmt: skip


def _of_call(actor: Actor, call_id: str) -> dict[str, str]:
    """The parameters of a call of the log, to be sent again as a test."""
    try:
        body = json.loads(selectors.call_of(actor, call_id).request_body)
    except ValueError:
        return {}
    found: dict[str, str] = {}
    for name, value in body.items():
        if isinstance(value, dict):
            found |= {f"{name}.{inner}": str(text) for inner, text in value.items()}
        elif name not in {"businessId", "testFlag", "activity"}:
            found[name] = str(value)
    return found


def _act(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    chosen = _chosen(request, request.POST)
    given = {
        "address_id": request.POST.get("address", ""), "activity": chosen["activity"], "values": chosen["values"],
        "at": at,
    }  # fmt: skip
    do = request.POST.get("do", "debug")
    try:
        if do == "show":
            return _page(request, chosen, prepared=services.prepare(actor, **given))
        found = services.debug(actor, **given, save=do == "save")
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        return _page(request, chosen, errors=refusal.fields or {"": refusal.message}, status=refusal.status)
    if found.case is not None:
        chosen["cases"] = selectors.cases_of(actor, given["address_id"])
    if found.tried.instance_id:
        chosen["instance"] = found.tried.instance_id
    return _page(request, chosen, result=_shown(found), saving=do == "save")


def _shown(found: services.Debugged) -> dict[str, Any]:
    """Request, answer and verdict as the page shows them."""
    exchange = found.tried.exchange
    verdict = exchange.verdict
    return {
        "exchange": exchange,
        "request_body": exchange.request_body.decode("utf-8", "replace"),
        "answer": exchange.logged_body.decode("utf-8", "replace")[:20_000],
        "passed": found.tried.passed,
        "problem": found.tried.problem,
        "field": verdict.field,
        "phase": said.PHASES.get(exchange.phase, ""),
        "refused_signature": found.is_refused_signature,
        "case": found.case,
        "instance_id": found.tried.instance_id,
        "polls": [
            (poll, poll.logged_body.decode("utf-8", "replace")[:4000]) for poll in found.tried.polls
        ],
    }  # fmt: skip


def _page(
    request: HttpRequest, chosen: dict[str, Any], *, errors: dict[str, str] | None = None, status: int = 200,
    **shown: Any,
) -> HttpResponse:  # fmt: skip
    actor = actor_of(request)
    address, activity = chosen["address"], chosen["activity"]
    proven = {case.activity for case in chosen["cases"]}
    steps = [
        (name, said.ACTIVITY_WORDS[name], name in proven, name == activity)
        for name in probing.ORDER
        if name != "orderNotify" or name == activity or (address and address.wants_order_notices) or name in proven
    ]
    at = probing.ORDER.index(activity)
    fields = probing.inputs(activity) if address else []
    values = {
        **said.common(request, actor, "console"),
        **chosen,
        "inputs": fields,
        "choices": {field.name: [(each, each) for each in field.choices] for field in fields},
        "steps": steps,
        "next_activity": probing.ORDER[at + 1] if at < 6 else "",
        "errors": errors or {},
        "saving": False,
        "prepared": None,
        "result": None,
        "diagnosis": None,
        **shown,
    }
    if context.of(request).is_fragment:  # the swapped part says what is wrong; for the browser it went well
        return render(request, "seller/interface_result.html", values)
    return render(request, "seller/interface_console.html", values, status=status)


# ----- the signature is refused: which reading does the server have? -----


@require_POST
@signed_in(said.VIEW)
def diagnose(request: HttpRequest) -> HttpResponse:
    """Repeat the call with the known misreadings and name the one that is accepted (A-DBG-004)."""
    actor = actor_of(request)
    chosen = _chosen(request, request.POST)
    found = services.diagnose(
        actor, address_id=request.POST.get("address", ""), activity=chosen["activity"], values=chosen["values"],
        at=clock.now(),
    )  # fmt: skip
    words = {
        "found": found,
        "sentence": said.MISREADINGS.get(found.variant or "", ""),
        "key": said.KEY_KINDS.get(found.key_kind, ""),
        "tried": [said.tried_word(name) for name in found.tried],
    }
    return _page(request, chosen, diagnosis=words)


@require_POST
@signed_in(said.VIEW)
def keep(request: HttpRequest) -> HttpResponse:
    """From now on sign for this address as its server reads the documents."""
    address_id, activity = (lists.text_of(request.POST, name) for name in _SAME)
    services.change_address(
        actor_of(request), address_id=address_id, signature_variant=lists.text_of(request.POST, "variant"),
        at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("Kept: calls to this address are signed in this way from now on."))
    return HttpResponseRedirect(f"{HERE}?address={address_id}&activity={activity}")
