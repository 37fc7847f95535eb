"""B6, leaving: which rule applies and why, what comes back and where it goes, confirmed twice (B-UNS-001, UI-GEN-04).

Consumers who may withdraw by law get the function that the law asks for: withdraw, confirm, receipt (UI-GEN-17).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel.dates import get_timezone_gmt
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.buying import leaving, selectors
from galleria.buying.leaving import RENEWALS, WHOLE, Preview
from galleria.buying.services import leaving as services
from galleria.kit import clock, pages, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, Refused
from galleria.kit.money import Money
from galleria.pricing.rules.refunds import Back
from galleria.reporting import unsubscribing as reporting
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels, leaving_words
from galleria.web.buyer.subscriptions import Row
from galleria.web.context import reader_zone
from galleria.web.formats import date_text, money_text, number

VIEW = "gallery:subscription:view"
TABS = ("", "renewals", "failed", "history")


def _off(actor: Actor) -> str:
    """Why the buttons are off: the missing permission in words, or nothing (UI-GEN-08)."""
    if actor.may(services.PERMISSION):
        return ""
    return _("You need the permission %(action)s.") % {"action": services.PERMISSION}


# ----- the task -----


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(VIEW)
def task(request: HttpRequest, subscription_id: str = "") -> HttpResponse:
    """Show what leaving means; with a POST ask once more, then do it."""
    data = request.POST if request.method == "POST" else request.GET
    ids = [subscription_id] if subscription_id else [each[:64] for each in data.getlist("id")]
    actor, at = actor_of(request), clock.now()
    kind = RENEWALS if data.get("kind") == "2" else WHOLE
    count = int(data["count"]) if data.get("count", "").isascii() and data.get("count", "").isdigit() else 1
    if not ids:
        messages.warning(request, _("Choose at least one subscription."))
        return HttpResponseRedirect("/buyer/unsubscriptions")
    seen = leaving.preview(actor, subscription_ids=ids, kind=kind, count=min(max(count, 1), 36), at=at)
    if request.method != "POST":
        return _page(request, seen, at)
    return _post(request, actor, seen, data, at)


def _post(request: HttpRequest, actor: Actor, seen: Preview, data: QueryDict, at: datetime) -> HttpResponse:
    values: dict[str, Any] = {
        "subscription_ids": [each.subscription.public_id for each in seen.situations],
        "kind": seen.kind,
        "count": len(seen.parts) if seen.kind == RENEWALS and len(seen.situations) == 1 else 1,
        "seen_digest": data.get("digest", "")[:64],
        "reason": data.get("reason", "")[:20],
        "comment": lists.text_of(data, "comment", 500),
        "fee_accepted": "fee_accepted" in data,
        "deletion_accepted": "deletion_accepted" in data,
    }
    try:
        actor.require(services.PERMISSION)
        if data.get("step") != "confirm":
            services.check(seen, **values)
            return _page(request, seen, at, template="buyer/leave_confirm.html", typed=data)
        left = services.leave(actor, at=at, **values)
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        errors = refusal.fields if isinstance(refusal, Invalid) else {"": refusal.message}
        fresh = leaving.preview(
            actor, subscription_ids=values["subscription_ids"], kind=seen.kind, count=values["count"], at=at
        )
        return _page(request, fresh, at, errors=errors or {"": refusal.message}, typed=data, status=refusal.status)
    if left.order is not None:
        return HttpResponseRedirect(f"/buyer/unsubscriptions/{left.order.public_id}")
    count = len(left.released)
    text = ngettext("It is being released.", "%(count)d subscriptions are being released.", count)
    messages.success(request, text % {"count": count})
    one = f"/{left.released[0].public_id}" if count == 1 else ""
    return HttpResponseRedirect(f"/buyer/subscriptions{one}")


def _page(
    request: HttpRequest, seen: Preview, at: datetime, *, template: str = "buyer/leave.html",
    errors: Mapping[str, str] | None = None, typed: Mapping[str, Any] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    actor = actor_of(request)
    rules = {each.ruling.rule for each in seen.situations}
    values = {
        "seen": seen,
        "rows": [_shown(each, seen, at) for each in seen.situations],
        "targets": leaving_words.targets(seen.targets),
        "is_whole": seen.kind == WHOLE,
        "is_release": seen.kind == WHOLE and rules == {"release"},
        "is_withdrawal": seen.kind == WHOLE and rules == {"withdrawal"},
        "button": _button(seen, rules),
        "reasons": [("", _("Choose")), *leaving.REASONS.items()],
        "review_days": number(parameters.get("review.refund_days")),
        "renewals": [each for each in seen.situations if each.to_come] if seen.kind == WHOLE else [],
        "errors": dict(errors or {}),
        "typed": typed or {},
        "off": _off(actor),
        "words": words,
        "at": at,
    }
    return render(request, template, values, status=status)


def _button(seen: Preview, rules: set[Any]) -> str:
    """Verb and amount (UI-GEN-04)."""
    amount = money_text(seen.total)
    if seen.kind == RENEWALS:
        return _("Give back and get %(amount)s") % {"amount": amount}
    if rules == {"withdrawal"}:
        return _("Confirm withdrawal")
    if rules == {"release"}:
        return _("Release for good")
    if seen.needs_review:
        return _("Ask for the refund of %(amount)s") % {"amount": amount}
    return _("Unsubscribe and get %(amount)s") % {"amount": amount}


def _shown(each: leaving.Situation, seen: Preview, at: datetime) -> dict[str, Any]:
    subscription, ruling = each.subscription, each.ruling
    key = "renewal" if seen.kind == RENEWALS else ruling.rule
    why = seen.obstacles.get(subscription.public_id, ())
    obstacles = each.renewal_obstacles if seen.kind == RENEWALS else ruling.obstacles
    parts = [part for part in seen.parts if part.period.subscription_id == subscription.pk]
    return {
        "each": each,
        "row": Row(subscription, None, at),
        "rule": leaving_words.RULES[key],
        "how": leaving_words.HOW.get(key, "") if not why else "",
        "because": each.said(ruling.because) if seen.kind == WHOLE else "",
        "obstacles": [each.said(name) for name in obstacles or (why if seen.kind == RENEWALS else ())],
        "notes": [each.said(name) for name in ruling.notes] if seen.kind == WHOLE else [],
        "open_order": each.facts.open_order,
        "is_possible": not why,
        "parts": [
            {"part": part, "back": part.back, "steps": leaving_words.steps(part.back),
             "targets": leaving_words.targets(part.targets)}
            for part in parts
        ],
        "ends_at": parts[-1].period.starts_at if seen.kind == RENEWALS and parts else None,
    }  # fmt: skip


# ----- the lists -----


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """*Unsubscriptions*: in use with what may be left and why not, renewals, what failed, history."""
    actor, at = actor_of(request), clock.now()
    tab = lists.one_of(request.GET, "view", TABS)
    typed = lists.text_of(request.GET, "q")
    counts = reporting.counts(actor, at)
    named = {"": _("In use"), "renewals": _("Renewals"), "failed": _("Failed"), "history": _("History")}
    tallies = {"all": counts["held"], **{name: counts[name] for name in ("renewals", "failed", "history")}}
    page = pages.page_of(
        _rows(actor, tab, typed, at), sort="-created_at", cursor=request.GET.get("cursor"), size=20
    )  # fmt: skip
    values = {
        "tab": tab,
        "tabs": lists.views(request, named, tallies, current=tab),
        "typed": typed,
        "data": request.GET,
        "lists": lists,
        "off": _off(actor),
        "amount_of": Money,
        "words": words,
        "at": at,
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
        **_tab(list(page.items), tab, at),
    }
    return render(request, "buyer/unsubscriptions.html", values)


def _rows(actor: Actor, tab: str, typed: str, at: datetime) -> Any:
    match tab:
        case "renewals":
            return reporting.with_renewals(actor, at)
        case "failed":
            return reporting.failed(actor)
        case "history":
            actor.require("billing:order:view")
            return selectors.unsubscriptions_of(actor)
    return reporting.held(actor, typed)


def _tab(items: list[Any], tab: str, at: datetime) -> dict[str, Any]:
    if tab == "history":
        return {"items": [_order(each) for each in items]}
    if tab == "failed":
        orders = reporting.orders_behind(items)
        return {"items": [{"row": Row(each, None, at), "order": orders.get(each.order_id)} for each in items]}
    kind = RENEWALS if tab == "renewals" else WHOLE
    found = [
        _shown(each, leaving.preview_of([each], kind=kind, at=at), at) | {"refund": _refund(each, kind, at)}
        for each in (leaving.situations(items, at) if items else [])
    ]
    return {
        "items": found,
        "allowed": [each for each in found if each["is_possible"]],
        "refused": [each for each in found if not each["is_possible"]],
    }


def _refund(each: leaving.Situation, kind: int, at: datetime) -> Money:
    return leaving.preview_of([each], kind=kind, at=at).total


# ----- one unsubscription: the receipt -----


def _order(order: Any) -> dict[str, Any]:
    asked = order.unsubscription
    terms = list(asked.terms.all())
    return {
        "order": order,
        "asked": asked,
        "lines": list(order.lines.all()),
        "total": Money(asked.refund_minor, order.currency),
        "coupon": Money(asked.coupon_minor, order.currency),
        "shown": words.shown(words.ORDER_STATES, order.state),
        "kind": _("Renewals") if asked.kind == RENEWALS else _("Withdrawal") if asked.is_withdrawal else "",
        "reason": leaving.REASONS.get(asked.reason, ""),
        "terms": [_term(term, order.currency) for term in terms],
    }


def _term(term: Any, currency: str) -> dict[str, Any]:
    back = Back.from_json(term.result)
    payment = term.source.payment
    means = str(payment.means or "") if payment is not None else ""
    method = payment.method if payment is not None else "none"
    return {
        "term": term,
        "back": back,
        "steps": leaving_words.steps(back),
        "rule": leaving_words.RULES.get(term.rule, term.rule),
        "target": f"{words.METHODS.get(method, method)} {means}".strip() if back.total else "",
        "coupon_code": term.source.coupon.code if term.coupon_minor and term.source.coupon else "",
        "state": words.shown(words.REFUND_STATES, "succeeded" if term.state == "refunded" else "pending"),
    }


@require_safe
@signed_in("billing:order:view")
def receipt(request: HttpRequest, order_id: str) -> HttpResponse:
    """What was asked for, when, by whom, and what came back; the receipt of a withdrawal."""
    actor = actor_of(request)
    found = _order(selectors.unsubscription_of(actor, order_id))
    local = found["order"].created_at.astimezone(reader_zone())
    stamp = f"{date_text(local, 'datetime')} ({get_timezone_gmt(local, 'long', locale='en')})"
    days = number(parameters.get("review.refund_days"))
    values = {
        **found,
        "stamp": stamp,
        "review_days": days,
        "off": _off(actor),
        "words": words,
        "labels": labels,
        "at": clock.now(),
    }
    return render(request, "buyer/unsubscription.html", values)


@require_POST
@signed_in("billing:order:view")
def take_back(request: HttpRequest, order_id: str) -> HttpResponse:
    """Keep it after all, while the refund is reviewed."""
    try:
        services.take_back(actor_of(request), order_id=order_id, at=clock.now())
        messages.success(request, _("You keep it. Nothing has changed."))
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        messages.error(request, refusal.message)
    return HttpResponseRedirect(f"/buyer/unsubscriptions/{order_id}")


urlpatterns: list[URLPattern] = [
    path("unsubscriptions", show, name="unsubscriptions"),
    path("unsubscriptions/new", task, name="unsubscribe_many"),
    path("unsubscriptions/<str:order_id>", receipt, name="unsubscription"),
    path("unsubscriptions/<str:order_id>/withdraw", take_back, name="unsubscription_withdraw"),
    path("subscriptions/<str:subscription_id>/leave", task, name="leave"),
]
