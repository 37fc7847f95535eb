"""S7: releases with their steps and dates, the reviewer's remarks at the fields, rounds and what differed between."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup, escape

from galleria.kit import clock, pages
from galleria.kit.spoken import spoken
from galleria.releasing import selectors, services
from galleria.reporting import shelf as reporting
from galleria.reviewing import selectors as reviewing
from galleria.web import context, lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.formats import moment
from galleria.web.seller.checking import rows_of
from galleria.web.seller.desk import RELEASE, VIEW, Desk

VIEWS = {
    "": pgettext_lazy("releases", "All"),
    "review": gettext_lazy("In review"),
    "returned": gettext_lazy("Returned to you"),
    "drafts": gettext_lazy("Drafts"),
    "approved": pgettext_lazy("releases", "Approved"),
}
STATES = {"review": ("pending",), "returned": ("rejected",), "drafts": ("draft",), "approved": ("approved",)}
RESULTS = {"ok": ("good", "done"), "warning": ("warn", "alert"), "failed": ("bad", "stop")}


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The list."""
    actor, data = actor_of(request), request.GET
    seller = reporting.seller_of(actor)
    vars(context.of(request))["account_name"] = seller.account.name  # read already: the frame need not ask again
    view = lists.one_of(data, "view", VIEWS)
    text = lists.text_of(data, "q")
    found = reporting.releases(actor, seller, states=STATES.get(view, ()), text=text)
    page = pages.page_of(found, sort="-changed_at", cursor=data.get("cursor"), size=data.get("size"))
    tallies = reporting.tallies(actor, seller)
    counts = {name: sum(tallies.get(("release", state), 0) for state in states) for name, states in STATES.items()}
    counts["all"] = sum(number for (what, _state), number in tallies.items() if what == "release")
    values = {
        "rows": list(page),
        "views": lists.views(request, VIEWS, counts, current=view),
        "view": view,
        "counts": counts,
        "data": data,
        "is_narrowed": bool(text),
        "method_words": words.DELIVERY_TYPES,
        "may_release": actor.may(RELEASE),
        "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous),
    }
    return render(request, "seller/releases.html", values)


@require_safe
@signed_in(VIEW)
def one(request: HttpRequest, release_id: str) -> HttpResponse:
    """One release: where it is, what is to expect, what reviewers said, its rounds."""
    desk = Desk.of(request, release_id)
    rounds = selectors.rounds_of(desk.release)
    revisions = selectors.revisions_of(desk.release)
    latest = rounds[0] if rounds else None
    values = {
        "desk": desk,
        "release": desk.release,
        "method": desk.method_word,
        "steps": steps_of(desk, latest),
        "latest": latest,
        "is_late": latest is not None and reviewing.is_overdue(latest, desk.at),
        "remarks": _remarks(desk, latest) if latest is not None and latest.state == "returned" else [],
        "results": [(RESULTS.get(each.get("state", ""), ("", "info")), spoken(each.get("text", "")))
                    for each in (latest.results if latest else [])],
        "rounds": _rounds(desk, rounds, revisions),
        "lede": _lede(desk, latest),
        "may_release": desk.actor.may(RELEASE),
    }  # fmt: skip
    return render(request, "seller/release.html", values)


def _lede(desk: Desk, latest: Any) -> str:
    """The sentence that answers "where is it, and what must I do?"."""
    match desk.release.state:
        case "draft":
            return _("A draft. Nobody but your company sees it.")
        case "pending":
            return escape(_("In review since %(when)s.")) % {"when": moment(desk.release.submitted_at)}
        case "rejected":
            count = latest.remarks.count() if latest is not None else 0
            if not count:
                return _("Returned to you. Correct it and submit it again.")
            said = ngettext(
                "Returned to you with one remark. Correct it and submit it again.",
                "Returned to you with %(count)d remarks. Correct them and submit it again.",
                count,
            )
            return said % {"count": count}
    return escape(_("Approved on %(when)s; it is on the shelf.")) % {"when": moment(desk.release.decided_at)}


def steps_of(desk: Desk, latest: Any) -> list[dict[str, Any]]:
    """Submitted, automatic checks, review, decision: with dates, or with what comes next."""
    release = desk.release
    begun = Markup("{}<br>{}").format(moment(release.created_at), release.created_by.name if release.created_by else "")
    steps: list[dict[str, Any]] = [{"phase": "done", "title": _("Draft begun"), "text": begun}]
    if latest is None or release.state == "draft":
        steps += [
            {"phase": "now", "title": _("Fill in and submit"), "text": _("with you")},
            {"phase": "next", "title": _("Automatic checks"), "text": _("at once")},
            {"phase": "next", "title": _("Review"), "text": _("in working days")},
            {"phase": "next", "title": _("On the shelf"), "text": _("at once after approval")},
        ]
        return steps
    said = _("Round %(number)s") % {"number": latest.round}
    submitted = Markup("{}<br>{}").format(moment(latest.submitted_at), said)
    failed = any(each.get("state") == "failed" for each in latest.results)
    steps.append({"phase": "done", "title": _("Submitted"), "text": submitted})
    steps.append({"phase": "bad" if failed else "done", "title": _("Automatic checks"),
                  "text": _("passed") if not failed else _("a check failed")})  # fmt: skip
    if latest.state == "pending":
        due = Markup("{} {}").format(_("decision until"), moment(latest.due_at))
        longer = (
            Markup("<br>{}").format(_("may take longer: many releases of yours today")) if latest.takes_longer else ""
        )
        steps.append({"phase": "now", "title": _("Review"), "text": due + longer})
        steps.append({"phase": "next", "title": _("On the shelf"), "text": _("at once after approval")})
        return steps
    decided = moment(latest.decided_at)
    if latest.state == "returned":
        steps.append({"phase": "done", "title": _("Review"), "text": decided})
        steps.append({"phase": "now", "title": _("Returned to you"), "text": _("correct and submit again")})
    else:
        by_rule = _("by a rule, without a person") if latest.rule else ""
        steps.append({"phase": "done", "title": _("Review"), "text": Markup("{}<br>{}").format(decided, by_rule)})
        steps.append({"phase": "done", "title": _("On the shelf"), "text": decided})
    return steps


def _remarks(desk: Desk, latest: Any) -> list[dict[str, str]]:
    """What reviewers said, each with the address of the field it is about."""
    found = []
    for remark in latest.remarks.all():
        href, where = desk.place_of(remark.field)
        found.append({"text": remark.text, "href": href, "where": where or remark.field})
    return found


def _rounds(desk: Desk, rounds: list[Any], revisions: list[Any]) -> list[dict[str, Any]]:
    """Each submitted round with what it changed against the one before, or against what was on sale."""
    by_round = {each.round: each for each in revisions}
    found = []
    for submission in rounds:
        revision = next((each for each in revisions if each.submission == submission.public_id), None)
        before = by_round.get(revision.round - 1) if revision is not None else None
        start = before.document if before is not None else desk.release.base
        changed = rows_of(start, revision.document, desk) if revision is not None and start else []
        found.append({"submission": submission, "revision": revision, "changed": changed, "is_first": before is None})
    return found


@require_POST
@signed_in(RELEASE)
def withdraw(request: HttpRequest, release_id: str) -> HttpResponse:
    """Take it back from review; it is a draft again."""
    services.withdraw_release(actor_of(request), release_id=release_id, at=clock.now())
    messages.success(request, _("Withdrawn. It is a draft again."))
    return HttpResponseRedirect(f"/seller/releases/{release_id}")
