"""O3, one submission on one page: what changed, evidence, remarks in place, the decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.reviewing import ports, selectors, services
from galleria.web import lists, navigation, timeline
from galleria.web.access import actor_of, signed_in
from galleria.web.formats import date_text, moment
from galleria.web.operator import review_facts
from galleria.web.operator.reviews import STATES, Row, require_reviewer

REMARK = "text:"
WORST_FIRST = {"failed": 0, "warning": 1}
_NO_INPUT = QueryDict("")


@require_safe
@signed_in()
def show(request: HttpRequest, submission_id: str) -> HttpResponse:
    """The page."""
    return _page(request, submission_id)


def _page(
    request: HttpRequest, submission_id: str, *, data: QueryDict = _NO_INPUT, errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    actor, at = actor_of(request), clock.now()
    require_reviewer(actor)
    row = selectors.submission_for(actor, submission_id)
    kind = ports.kind_of(row.kind)
    dossier = kind.dossier(actor, row)
    earlier = selectors.earlier(row)
    problems = dict(errors or {})
    typed = {name: value for name, value in data.items() if name.startswith(REMARK) and isinstance(value, str)}
    parts = review_facts.parts(actor, dossier, _said(row, earlier), typed, problems)
    changed = [field for part in parts for field in part.changed]
    named = {field.key for part in parts for field in (part.head, *part.fields)}
    following = selectors.next_of(actor, after=row)
    is_open = row.state == "pending"
    values = {
        "each": Row(row, at),
        "row": row,
        "kind": kind,
        "dossier": dossier,
        "links": [(text, address) for text, address in dossier.links if _leads_somewhere(address)],
        "is_open": is_open,
        "is_mine": row.assignee_id == actor.user_pk,
        "is_first": row.first_approval_by_id == actor.user_pk,
        "parts": parts,
        "changed": changed,
        "rest": sum(len(part.fields) for part in parts) - len(changed),
        "loose": [each for each in row.remarks.all() if each.field not in named],
        "remarks": len(row.remarks.all()),
        "earlier": earlier,
        "record": selectors.record_of(actor, row),
        "history": _history(dossier),
        "steps": _steps(row, earlier, at),
        "reasons": selectors.reasons(row.kind) if is_open else [],
        "chosen": data.getlist("reason"),
        "ticked": [int(each) for each in data.getlist("tick") if each.isdigit()] if data else row.ticked,
        "note": data.get("note", ""),
        "people": [("", _("Nobody")), *((user.public_id, str(user)) for user in selectors.reviewers(row.kind))]
        if is_open
        else [],
        "next": f"/operator/reviews/{following.public_id}" if following else "",
        "errors": _shown_errors(problems, parts),
        "note_error": problems.get("note", ""),
        "states": STATES,
        "results": sorted(row.results, key=lambda result: WORST_FIRST.get(result.get("state", "ok"), 2)),
        "at": at,
    }
    return render(request, "operator/review.html", values, status=status)


def _leads_somewhere(address: str) -> bool:
    """Pages that this marketplace does not have are not linked to."""
    return not address.startswith("/") or navigation.exists(address.partition("?")[0].partition("#")[0])


def _said(row: Any, earlier: list[Any]) -> dict[str, list[review_facts.Said]]:
    """Remarks by field: those of earlier rounds first."""
    found: dict[str, list[review_facts.Said]] = {}
    for each in (*reversed(earlier), row):
        for remark in each.remarks.all():
            said = review_facts.Said(remark.pk, remark.text, str(remark.author or ""), each.round, each.pk == row.pk)
            found.setdefault(remark.field, []).append(said)
    return found


def _shown_errors(problems: Mapping[str, str], parts: list[review_facts.Part]) -> dict[str, str]:
    """Errors for the list on top, named by where they lead."""
    anchors = {f"{REMARK}{field.key}": f"{field.anchor}-text" for part in parts for field in (part.head, *part.fields)}
    return {anchors.get(name, name): text for name, text in problems.items()}


def _history(dossier: ports.Dossier) -> list[dict[str, Any]]:
    entries = [each for when, text in dossier.history for each in timeline.event(when, text)]
    return timeline.rail(entries)


def _steps(row: Any, earlier: list[Any], at: datetime) -> list[dict[str, Any]]:
    """The rail on top: submitted, checked, the last round, the review, the effect."""
    steps = [
        {
            "phase": "done",
            "title": pgettext("step", "Submitted"),
            "text": moment(row.submitted_at) + (f" · {row.applicant}" if row.applicant else ""),
        }
    ]
    checks = Row(row, at).checks
    if checks is not None:
        phase = "bad" if checks.tone == "bad" else "done"
        steps.append({"phase": phase, "title": _("Automatic checks"), "text": str(checks.word)})
    if earlier:
        last = earlier[0]
        title = _("Round %(number)d: %(state)s") % {"number": last.round, "state": Row(last, at).state.word}
        steps.insert(0, {"phase": "done", "title": title, "text": moment(last.decided_at)})
    if row.state == "pending":
        person = str(row.assignee) if row.assignee else _("with nobody yet")
        steps.append({"phase": "now", "title": _("Review"), "text": person})
        until = _("until %(time)s") % {"time": date_text(row.due_at, "datetime")}
        steps.append({"phase": "plan", "title": _("Decision"), "text": until})
    else:
        phase = "done" if row.state == "approved" else "bad"
        steps.append({"phase": phase, "title": str(Row(row, at).state.word), "text": moment(row.decided_at)})
    return steps


# ----- acts -----


@require_POST
@signed_in()
def decide(request: HttpRequest, submission_id: str) -> HttpResponse:
    """One form for the whole page: what was typed is kept whatever button was pressed (UI-GEN-14)."""
    actor, at = actor_of(request), clock.now()
    require_reviewer(actor)
    data = request.POST
    try:
        _keep(actor, submission_id, data, at)
        text = _act(actor, submission_id, data, at)
    except Refused as refusal:
        errors = refusal.fields or {"": refusal.message}
        return _page(request, submission_id, data=data, errors=errors, status=refusal.status)
    messages.success(request, text)
    return HttpResponseRedirect(f"/operator/reviews/{submission_id}{_anchor(data)}")


def _keep(actor: Actor, submission_id: str, data: QueryDict, at: datetime) -> None:
    remarks = {name.removeprefix(REMARK): str(data[name]) for name in data if name.startswith(REMARK)}
    ticked = [int(each) for each in data.getlist("tick") if each.isdigit()]
    services.save_findings(actor, submission_id=submission_id, remarks=remarks, ticked=ticked, at=at)


def _anchor(data: QueryDict) -> str:
    place = data.get("at", "")
    return f"#{place}" if place.replace("-", "").isalnum() else ""


def _act(actor: Actor, submission_id: str, data: QueryDict, at: datetime) -> str:
    """Do what the button says; returns the sentence for the next page."""
    note, reasons = lists.text_of(data, "note", services.LONGEST_NOTE), data.getlist("reason")
    match data.get("act", "keep").partition(":"):
        case ("approve", _colon, _rest):
            row = services.approve(actor, submission_id=submission_id, note=note, reasons=reasons, at=at)
            if row.state == "pending":
                return _("Your approval is noted. A second person must approve as well.")
            return _("Approved. It holds from now on, and the applicant is told.")
        case ("return", _colon, _rest):
            services.give_back(actor, submission_id=submission_id, note=note, reasons=reasons, at=at)
            return _("Returned. The applicant is told why.")
        case ("second", _colon, _rest):
            services.ask_second_eye(actor, submission_id=submission_id, at=at)
            return _("From now on two different people must approve it.")
        case ("take", _colon, _rest):
            services.take(actor, submission_id=submission_id, at=at)
            return _("It is yours now.")
        case ("assign", _colon, _rest):
            row = services.assign(actor, submission_id=submission_id, user_id=data.get("to", ""), at=at)
            return (
                _("It is with %(name)s now.") % {"name": row.assignee} if row.assignee else _("It is with nobody now.")
            )
        case ("unremark", _colon, pk) if pk.isdigit():
            services.unremark(actor, submission_id=submission_id, remark_pk=int(pk))
            return _("The remark is gone.")
    count = sum(bool(str(data[name]).strip()) for name in data if name.startswith(REMARK))
    if not count:
        return _("Kept.")
    return ngettext("The remark is kept.", "%(count)d remarks are kept.", count) % {"count": count}
