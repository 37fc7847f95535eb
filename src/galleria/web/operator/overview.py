"""O1, the operator's overview: queues with the age of their oldest item against what was promised, money, health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_safe

from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.reporting import operating as reporting
from galleria.web import timeline, words
from galleria.web.access import actor_of, signed_in
from galleria.web.formats import date_text, number, percent

NAMES = {
    "reviews": (pgettext_lazy("operator", "Reviews"), "/operator/reviews", ""),  # shown to reviewers only
    "stuck": (gettext_lazy("Stuck deliveries and refunds"), "/operator/trade", "operator:order:view"),
    "transfers": (gettext_lazy("Bank transfers to find"), "/operator/transfers", "operator:account:manage"),
    "tickets": (gettext_lazy("Tickets"), "/operator/tickets", "operator:ticket:manage"),
    "dead": (gettext_lazy("Background work that died"), "/operator/work", "operator:work:manage"),
}
LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Queue:
    """A row of the table."""

    name: Any
    href: str
    count: int
    age: str
    promised: str
    share: int
    tone: str
    note: str
    may_open: bool


def _queue(each: reporting.Queue, view: reporting.Overview, actor: Actor, at: datetime) -> Queue:
    name, href, permission = NAMES[each.key]
    age = at - each.oldest_at if each.oldest_at else timedelta()
    share = int(100 * age / each.promised) if each.count else 0
    return Queue(
        name=name,
        href=href,
        count=each.count,
        age=words.duration(age.total_seconds() * 1000) if each.count and each.oldest_at else "",
        promised=words.duration(each.promised.total_seconds() * 1000),
        share=share,
        tone="b" if share > 100 else ("w" if share >= 85 else ""),
        note=_stuck_note(view) if each.key == "stuck" else "",
        may_open=not permission or actor.may(permission),
    )


def _stuck_note(view: reporting.Overview) -> str:
    stuck = view.stuck
    parts = (
        (stuck.failing, ngettext("%(n)d call fails", "%(n)d calls fail", stuck.failing)),
        (stuck.slow, ngettext("%(n)d takes long", "%(n)d take long", stuck.slow)),
        (stuck.by_hand, ngettext("%(n)d by hand", "%(n)d by hand", stuck.by_hand)),
        (stuck.refunds, ngettext("%(n)d refund refused", "%(n)d refunds refused", stuck.refunds)),
    )
    return ", ".join(text % {"n": n} for n, text in parts if n)


@require_safe
@signed_in("operator:order:view")
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    actor, at = actor_of(request), clock.now()
    view = reporting.overview(actor, at=at)
    queues = [_queue(each, view, actor, at) for each in view.queues]
    late = [each for each in queues if each.tone == "b"]
    values = {
        "view": view,
        "queues": queues,
        "day": date_text(at, "date"),
        "lede": _lede(view.waiting, len(late)),
        "first_share": percent(view.delivered_first * 10_000 // view.delivered) if view.delivered else "–",
        "orders_note": ngettext("%(count)s order", "%(count)s orders", view.orders_today)
        % {"count": number(view.orders_today)},
        "health": _health(view, actor),
        "history": timeline.rail(timeline.of_records(view.activity)),
        "at": at,
    }
    return render(request, "operator/overview.html", values)


def _lede(waiting: int, late: int) -> str:
    if not waiting:
        return _("Nothing waits. Everything keeps its promise.")
    text = ngettext("One thing waits.", "%(count)d things wait.", waiting) % {"count": waiting}
    if not late:
        return " ".join([text, _("Everything keeps its promise.")])
    return text + " " + ngettext("One queue is late.", "%(count)d queues are late.", late) % {"count": late}


@dataclass(frozen=True)
class Health:
    """One line of the health list. `tone`: good, warn or bad."""

    tone: str
    title: str
    note: str
    href: str


def _health(view: reporting.Overview, actor: Actor) -> list[Health]:
    found = [_workers(view), _ledger(view)]
    for name, failed, calls, _slug in view.failing:
        note = _("%(failed)s of %(calls)s calls failed in 24 hours") % {"failed": failed, "calls": calls}
        tone = "bad" if failed == calls else "warn"
        found.append(Health(tone, _("Server of %(seller)s") % {"seller": name}, note, f"/operator/trade?q={name}"))
    if not view.failing:
        found.append(
            Health("good", _("Sellers’ servers"), _("No call failed in 24 hours"), "/operator/trade?view=deliveries")
        )
    return found


def _workers(view: reporting.Overview) -> Health:
    href = "/operator/work"
    if not view.workers:
        return Health("bad", _("Workers"), _("No worker gives a sign of life: nothing is delivered"), href)
    count = len(view.workers)
    running = ngettext("%(count)d worker", "%(count)d workers", count) % {"count": count}
    if view.late_by > LATE:
        late = words.duration(view.late_by.total_seconds() * 1000)
        return Health(
            "warn", _("Workers"), f"{running}, " + _("the oldest due work waits %(time)s") % {"time": late}, href
        )
    return Health("good", _("Workers"), f"{running}, " + _("nothing is late"), href)


def _ledger(view: reporting.Overview) -> Health:
    check = view.check
    if check is None:
        return Health("warn", _("Nightly ledger check"), _("It has not run yet"), "/operator/ledger")
    values = {"postings": check.postings, "time": date_text(check.at, "datetime")}
    if check.is_balanced:
        note = _("%(postings)s postings, every currency sums to zero, %(time)s") % values
        return Health("good", _("Nightly ledger check"), note, "/operator/ledger")
    return Health("bad", _("Nightly ledger check"), _("It does not balance, %(time)s") % values, "/operator/ledger")
