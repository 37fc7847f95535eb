"""A4 and *My agreements*: what was done in the account, and what it accepted."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from galleria.audit import selectors as audit
from galleria.delivering import selectors as deliveries
from galleria.delivering.states import OPEN
from galleria.kit import pages
from galleria.kit.actor import Actor
from galleria.kit.jsonable import unpack
from galleria.kit.money import Money
from galleria.parties import countries, selectors
from galleria.parties.permissions import ROLES
from galleria.parties.states import ACCOUNT_WORDS
from galleria.web import context, timeline, words
from galleria.web.account.guard import actor_of, signed_in

# kind: (name, beginnings of sentence keys)
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "people": (_("People and keys"), ("user.", "key.", "account.", "agreement.")),
    "orders": (_("Orders and money"), ("order.", "payment.", "balance.", "refund.", "coupon.", "quote.", "top_up.")),
    "use": (_("Subscriptions"), ("subscription.", "delivery.", "credential.")),
    "support": (_("Tickets"), ("ticket.", "question.", "review.")),
}


def _running(actor: Actor) -> QuerySet[Any]:
    """Deliveries of the account that are under way; none for who may not see what was bought."""
    rows = deliveries.deliveries_of(actor).filter(state__in=OPEN)
    may_see = not actor.is_operator and actor.may("gallery:subscription:view")
    return rows.order_by("-requested_at") if may_see else rows.none()


@context.counter("work.running")
def running_work(actor: Actor) -> int | str | None:
    """The small indicator in the header of the consoles (UI-JOB-02)."""
    return _running(actor).count()


@signed_in
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """Every deed in the account: who, what, when, from where, before and after (B-PRM-004)."""
    actor = actor_of(request)
    kind = request.GET.get("kind", "")
    mine = request.GET.get("who") == "me" or not (actor.is_operator or actor.may("iam:account:view"))
    rows = audit.records(
        actor,
        account_id=actor.account_id or "",
        user_id=actor.user_id if mine else None,
    )
    if kind in KINDS:
        rows = audit.beginning_with(rows, KINDS[kind][1])
    page = pages.page_of(rows, cursor=request.GET.get("after"), size=request.GET.get("size") or 50)
    return render(
        request,
        "account/activity.html",
        {
            "records": page.map(partial(_shown, called=timeline.objects_of(page.items))),
            "kinds": KINDS,
            "kind": kind,
            "mine": mine,
            "under_way": list(_running(actor)[:20]),
            "activities": words.ACTIVITIES,
        },
    )


FIELDS: dict[str, Any] = {
    "access_key": _("Access key"), "account": _("Account"), "amount": _("Amount"), "answer": _("Answer"),
    "auto_renew": _("Renews itself"), "category": _("Type"), "country": _("Country or region"), "due": _("Due"),
    "email": _("E-mail"), "kind": _("Kind"), "limit": _("Limit"), "name": _("Name"), "prefix": _("Beginning"),
    "products": _("Products"), "reason": _("Reason"), "roles": _("Roles"), "scopes": _("Rights"), "state": _("State"),
    "subject": _("Subject"), "valid_to": _("Valid until"), "version": _("Version"),
}  # fmt: skip
"""What the fields that deeds change are called; a field that is not here shows its own name."""
_KINDS: dict[str, Any] = {"enterprise": _("Company"), "person": _("Person")}


def _shown(record: Any, called: dict[str, dict[str, str]]) -> dict[str, Any]:
    changes = [
        (FIELDS.get(name, name), _said(name, before), _said(name, after))
        for name, before, after in audit.changes_of(record)
    ]
    sentence = audit.sentence_of(record, names=called.get(record.object_id))
    return {"row": record, "sentence": sentence, "changes": changes}


def _said(name: str, value: Any) -> str:
    """A value of a field in the reader's words, where it has some."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if name == "state" and isinstance(value, str):
        for table in (words.ORDER_STATES, words.SUBSCRIPTION_STATES, words.PAYMENT_STATES):
            if value in table:
                return str(table[value].word)
        return str(ACCOUNT_WORDS.get(value, value))
    if name == "kind" and isinstance(value, str):
        return str(_KINDS.get(value, value))
    if name == "country" and isinstance(value, str):
        return countries.name_of(value)
    if name == "roles" and isinstance(value, list):
        return ", ".join(str(ROLES[each].label) if each in ROLES else str(each) for each in value) or "–"
    return _plain(value)


def _plain(value: Any) -> str:
    value = unpack(value) if isinstance(value, dict | list) else value
    if value is None or value == "":
        return "–"
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    return str(value)


@signed_in
@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """*My agreements* (B-TRM-004)."""
    return render(request, "account/agreements.html", {"acceptances": selectors.acceptances_of(actor_of(request))})
