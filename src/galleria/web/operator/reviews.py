"""O2, the queue of reviews: what waits, since when, until when, with whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock, pages
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.reviewing import ports, rules, selectors, services
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.formats import number
from galleria.web.jinja import query_string

REVIEW = ("operator:release:review", "operator:seller:review", "operator:asset:review")
VIEWS = {
    "open": gettext_lazy("Waiting"),
    "mine": gettext_lazy("Mine"),
    "unassigned": gettext_lazy("With nobody"),
    "overdue": gettext_lazy("Overdue"),
    "decided": gettext_lazy("What was decided"),
}
STATES = {
    "pending": words.Shown(gettext_lazy("Waits for a decision"), "warn", "clock"),
    "approved": words.Shown(gettext_lazy("Approved"), "good", "done"),
    "returned": words.Shown(gettext_lazy("Returned"), "bad", "undo"),
    "withdrawn": words.Shown(gettext_lazy("Withdrawn"), "", "x"),
}


def require_reviewer(actor: Actor) -> None:
    """Raises PermissionMissing for who decides on nothing."""
    if not any(actor.may(action) for action in REVIEW) and not selectors.kinds_of(actor):
        actor.require(REVIEW[0])


@dataclass(frozen=True)
class Row:
    """A submission as the queue and its page show it."""

    row: Any
    at: datetime

    @property
    def id(self) -> str:
        return str(self.row.public_id)

    @property
    def href(self) -> str:
        return f"/operator/reviews/{self.id}"

    @property
    def kind(self) -> Any:
        known = ports.KINDS.get(self.row.kind)
        return known.label if known else self.row.kind

    @property
    def state(self) -> words.Shown:
        return STATES[self.row.state]

    @property
    def is_overdue(self) -> bool:
        return selectors.is_overdue(self.row, self.at)

    @property
    def until(self) -> datetime:
        """When the promise is broken: twice the time where the applicant was told that it may take longer."""
        return rules.overdue_at(self.row.submitted_at, self.row.due_at, takes_longer=self.row.takes_longer)

    @property
    def age(self) -> str:
        passed = ((self.row.decided_at or self.at) - self.row.submitted_at).total_seconds()
        return words.duration(max(passed, 0) * 1000) if passed >= 60 else _("under a minute")

    @property
    def share(self) -> int:
        """How much of the promised time is used, in per cent."""
        promised = (self.until - self.row.submitted_at).total_seconds()
        return int(100 * (self.at - self.row.submitted_at).total_seconds() / promised) if promised else 0

    @property
    def tone(self) -> str:
        return "b" if self.is_overdue else ("w" if self.share >= 85 else "")

    @property
    def checks(self) -> words.Shown | None:
        """The automatic results in one state."""
        return checks_of(self.row.results)


def checks_of(results: list[dict[str, Any]]) -> words.Shown | None:
    """What the automatic checks came to, the worst first."""
    states = [each.get("state", "ok") for each in results]
    failed, warnings = states.count("failed"), states.count("warning")
    if failed:
        return words.Shown(ngettext("%(n)d failed", "%(n)d failed", failed) % {"n": failed}, "bad", "stop")
    if warnings:
        return words.Shown(ngettext("%(n)d remark", "%(n)d remarks", warnings) % {"n": warnings}, "warn", "alert")
    if states:
        return words.Shown(ngettext("%(n)d passed", "%(n)d passed", len(states)) % {"n": len(states)}, "good", "done")
    return None


@require_safe
@signed_in()
def show(request: HttpRequest) -> HttpResponse:
    """The queue, the most urgent first; what was decided, the latest first."""
    actor, at = actor_of(request), clock.now()
    require_reviewer(actor)
    view = lists.one_of(request.GET, "view", VIEWS) or "open"
    kinds = selectors.kinds_of(actor)
    kind = lists.one_of(request.GET, "kind", [each.name for each in kinds])
    typed, person = lists.text_of(request.GET, "q"), lists.text_of(request.GET, "person", 40)
    waiting = selectors.waiting(actor, at=at)
    rows = selectors.queue(
        actor, view=view, kinds=[kind] if kind else (), text=typed, assignee="" if view == "mine" else person, at=at
    )
    sort = "-decided_at" if view == "decided" else "due_at"
    page = pages.page_of(rows, sort=sort, cursor=request.GET.get("cursor"), size=request.GET.get("size"))
    names = {user.public_id: str(user) for user in selectors.colleagues(actor)}
    words_of_kinds = {
        each.name: f"{each.label} ({number(waiting.by_kind[each.name])})"
        if waiting.by_kind.get(each.name)
        else each.label
        for each in kinds
    }
    found = [Row(each, at) for each in page]
    values = {
        "rows": found,
        "view": view,
        "views": _views(request, waiting, view),
        "kinds": lists.options(_("Every kind"), words_of_kinds),
        "people": lists.options(_("Anybody"), names),
        "names": names,
        "kind": kind,
        "person": person,
        "typed": typed,
        "is_filtered": bool(kind or typed or (person and view != "mine")),
        "lede": _lede(waiting, found[0] if found and view == "open" and not request.GET.get("cursor") else None),
        "data": request.GET,
        "lists": lists,
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
        "at": at,
    }
    return render(request, "operator/reviews.html", values)


def _views(request: HttpRequest, waiting: selectors.Waiting, current: str) -> list[lists.View]:
    counts = {
        "open": waiting.total, "mine": waiting.mine, "unassigned": waiting.unassigned, "overdue": waiting.overdue,
    }  # fmt: skip
    kept = {name: request.GET[name] for name in ("kind", "q") if request.GET.get(name)}
    return [
        lists.View(
            text,
            query_string(kept, view=None if name == "open" else name),
            number(counts[name]) if name in counts else None,
            name == current,
        )
        for name, text in VIEWS.items()
    ]


def _lede(waiting: selectors.Waiting, first: Row | None) -> str:
    if not waiting.total:
        return _("Nothing waits for a decision.")
    text = ngettext("One submission waits.", "%(count)s submissions wait.", waiting.total) % {
        "count": number(waiting.total)
    }
    if waiting.overdue:
        late = ngettext("One is overdue.", "%(count)s are overdue.", waiting.overdue) % {
            "count": number(waiting.overdue)
        }
        return f"{text} {late}"
    return " ".join([text, _("Every promise is kept so far.")]) if first else text


@require_POST
@signed_in()
def act(request: HttpRequest) -> HttpResponse:
    """Take one row, or take, give or free the chosen ones; each row is told of by itself when it cannot be done."""
    actor, at = actor_of(request), clock.now()
    require_reviewer(actor)
    single = request.POST.get("take", "")
    chosen = [single] if single else request.POST.getlist("pick")[:100]
    person = "" if single else lists.text_of(request.POST, "to", 40)
    done = 0
    for submission_id in chosen:
        try:
            if single or person in {"", "me"}:
                services.take(actor, submission_id=submission_id, at=at)
            else:
                nobody = person == "nobody"
                services.assign(actor, submission_id=submission_id, user_id="" if nobody else person, at=at)
        except Refused as refusal:
            messages.error(request, f"{submission_id}: {refusal.message}")
        else:
            done += 1
    if done:
        text = ngettext("One review has a new person.", "%(count)d reviews have a new person.", done)
        messages.success(request, _("It is yours now.") if single else text % {"count": done})
    elif not chosen:
        messages.warning(request, _("Choose rows first."))
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The list as it was."""
    kept = request.POST.get("back", "")
    return f"/operator/reviews{kept}" if kept.startswith("?") else "/operator/reviews"
