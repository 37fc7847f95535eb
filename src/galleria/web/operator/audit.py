"""O12, audit and access: who did what to what, before and after, from where; who may do what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from galleria.audit import selectors
from galleria.audit.sentences import sentences
from galleria.kit import clock, csvout, pages
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.parties import permissions
from galleria.parties import selectors as parties
from galleria.web import context, lists
from galleria.web.access import actor_of, signed_in

VIEW = "operator:audit:view"
PEOPLE = "operator:account:manage"
EXPORT_PAGE, EXPORT_MOST = 500, 100_000
DEEDS = {
    "order": gettext_lazy("Orders"),
    "approval": gettext_lazy("Approvals"),
    "credit": gettext_lazy("Credit"),
    "means": gettext_lazy("Payment"),
    "refund": gettext_lazy("Refunds"),
    "top_up": gettext_lazy("Top-ups"),
    "subscription": gettext_lazy("Subscriptions"),
    "delivery": gettext_lazy("Delivery"),
    "submission": pgettext_lazy("operator", "Reviews"),
    "seller": gettext_lazy("Sellers"),
    "selling": gettext_lazy("Seller’s data"),
    "product": gettext_lazy("Products"),
    "catalogue": gettext_lazy("Catalogue"),
    "category": gettext_lazy("Categories"),
    "attribute": gettext_lazy("Attributes"),
    "release": gettext_lazy("Releases"),
    "removal": gettext_lazy("Removal"),
    "notice": gettext_lazy("Problem notices"),
    "joint": gettext_lazy("Joint operations"),
    "asset": gettext_lazy("Assets"),
    "interface": gettext_lazy("Interfaces of sellers"),
    "interface_key": gettext_lazy("Interface keys"),
    "domain": gettext_lazy("Domains"),
    "case": gettext_lazy("Cases"),
    "user": gettext_lazy("Users"),
    "operator": gettext_lazy("Operators"),
    "account": gettext_lazy("Accounts"),
    "key": gettext_lazy("Keys"),
    "agreement": gettext_lazy("Agreements"),
    "setting": gettext_lazy("Settings"),
    "holiday": gettext_lazy("Holidays"),
    "reason": gettext_lazy("Ready-made reasons"),
    "ledger": gettext_lazy("Ledger"),
    "reversal": gettext_lazy("Undone in the ledger"),
    "job": gettext_lazy("Background work"),
    "schedule": gettext_lazy("Jobs by the clock"),
    "ticket": gettext_lazy("Tickets"),
    "enquiry": gettext_lazy("Enquiries"),
    "requirement": gettext_lazy("Requirement"),
    "question": gettext_lazy("Questions"),
    "coupon": gettext_lazy("Coupons"),
    "coupon_batch": gettext_lazy("Batches of coupons"),
    "offer": gettext_lazy("Offers"),
    "calendar": gettext_lazy("Calendar"),
    "timer": gettext_lazy("Timers"),
}
CHANNELS = {
    "web": gettext_lazy("Web pages"),
    "api": gettext_lazy("API"),
    "cli": gettext_lazy("Command line"),
    "system": gettext_lazy("The system"),
}
LINKS = {
    "reviewing.submission": "/operator/reviews/{}",
    "kit.setting": "/operator/settings/{}",
    "buying.order": "/operator/trade/orders/{}",
    "delivering.delivery": "/operator/trade/deliveries/{}",
    "ledger.ledgertransaction": "/operator/ledger/{}",
    "supporting.ticket": "/operator/tickets/{}",
    "parties.user": "/operator/audit?who={}",
}
FILTERS = ("who", "what", "about", "from", "to", "address", "channel", "account")


def _deeds() -> dict[str, Any]:
    """Groups of sentences that can be chosen: those with a name first, then the rest by their key."""
    heads = {key.partition(".")[0] for key in sentences}
    named = {key: word for key, word in DEEDS.items() if key in heads}
    return {**named, **{key: key.replace("_", " ").capitalize() for key in sorted(heads - set(named))}}


@dataclass(frozen=True)
class Row:
    """A record as the page shows it."""

    record: Any

    @property
    def sentence(self) -> str:
        return selectors.sentence_of(self.record)

    @property
    def href(self) -> str:
        pattern = LINKS.get(self.record.object_type, "")
        return pattern.format(self.record.object_id.partition(" ")[0]) if pattern else ""

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        return selectors.changes_of(self.record)

    @property
    def channel(self) -> Any:
        return CHANNELS.get(self.record.channel, self.record.channel)


def _wanted(request: HttpRequest, actor: Actor) -> tuple[selectors.Search, dict[str, str]]:
    """The search that the address asks for, and what could not be understood in it."""
    data, zone, errors = request.GET, context.of(request).zone, {}
    who = lists.text_of(data, "who")
    times: dict[str, Any] = {}
    for name, field, is_end in (("from", "since", False), ("to", "until", True)):
        try:
            times[field] = lists.day_of(data, name, zone, end=is_end)
        except Refused as refusal:
            errors.update(refusal.fields)
    what = lists.one_of(data, "what", _deeds())
    search = selectors.Search(
        user_ids=parties.users_named(actor, who) if who else (),
        name=who,
        about=lists.text_of(data, "about"),
        deeds=[f"{what}."] if what else (),
        account_id=lists.text_of(data, "account", 40),
        address=lists.text_of(data, "address", 64),
        channel=lists.one_of(data, "channel", CHANNELS),
        **times,
    )
    return search, errors


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The records that fit, the latest first."""
    actor, data = actor_of(request), request.GET
    search, errors = _wanted(request, actor)
    page = pages.page_of(
        selectors.search(actor, search), sort="-pk", cursor=data.get("cursor"), size=data.get("size") or 50
    )
    values = {
        "rows": [Row(each) for each in page],
        "search": search,
        "errors": errors,
        "data": data,
        "deeds": lists.options(_("Everything"), _deeds()),
        "channels": lists.options(_("From anywhere"), CHANNELS),
        "is_filtered": lists.are_on(data, FILTERS),
        "without": lists.without(data, *FILTERS),
        "lists": lists,
        "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous),
    }
    return render(request, "operator/audit.html", values, status=422 if errors else 200)


@require_safe
@signed_in(VIEW)
def export(request: HttpRequest) -> HttpResponseBase:
    """Exactly the records that were found, up to 100,000, as they are read from the database."""
    actor = actor_of(request)
    search, _errors = _wanted(request, actor)
    header = [
        _("Time"), _("Who"), _("User"), _("What"), _("Sentence"), _("Kind of object"), _("Object"), _("Name"),
        _("Before"), _("After"), _("Reason"), _("Account"), _("From"), _("Address"), _("Request"),
    ]  # fmt: skip
    name = f"audit-{clock.billing_date(clock.now()).isoformat()}.csv"
    return csvout.download(name, header, _cells(actor, search, get_language() or "en"))


def _cells(actor: Actor, search: selectors.Search, language: str) -> Iterator[list[Any]]:
    """Lines in the reader's language, a page of records at a time, so that memory stays small."""
    rows = selectors.search(actor, search).order_by("-pk")
    last: int | None = None
    for _number in range(EXPORT_MOST // EXPORT_PAGE):
        found = list((rows if last is None else rows.filter(pk__lt=last))[:EXPORT_PAGE])
        with translation.override(language):  # not around the yield: the file is written when the page is long over
            lines = [_line(each) for each in found]
        yield from lines
        if len(found) < EXPORT_PAGE:
            return
        last = found[-1].pk


def _line(each: Any) -> list[Any]:
    return [
        each.at, each.actor_name, each.actor_user_id, each.sentence, selectors.sentence_of(each), each.object_type,
        each.object_id, each.object_name, _json(each.before), _json(each.after), each.reason, each.account_id,
        each.channel, each.address, each.request_id,
    ]  # fmt: skip


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


# ----- who may do what -----


SIDES = {
    "operator": gettext_lazy("Operator"),
    "seller": gettext_lazy("Seller"),
    "buyer": gettext_lazy("Buyer"),
    "reseller": gettext_lazy("Reseller"),
}


@dataclass(frozen=True)
class Member:
    """A colleague: roles in words, the last sign-in, whether a second step protects it."""

    row: Any
    roles: list[Any]
    is_protected: bool


@require_safe
@signed_in(VIEW)
def access(request: HttpRequest) -> HttpResponse:
    """Roles and their permissions as a matrix; the operators and their sign-ins."""
    actor = actor_of(request)
    side = lists.one_of(request.GET, "side", SIDES) or "operator"
    may_see_people = actor.may(PEOPLE)
    members = _members(actor) if may_see_people else []
    values = {
        "side": side,
        "sides": [
            lists.View(word, "?" if name == "operator" else f"?side={name}", None, name == side)
            for name, word in SIDES.items()
        ],
        "roles": [role for role in permissions.ROLES.values() if role.side == side],
        "actions": [action for action in permissions.ACTIONS.values() if action.side == side],
        "members": members,
        "may_see_people": may_see_people,
        "sign_ins": _sign_ins(actor, members),
    }
    return render(request, "operator/access.html", values)


def _members(actor: Actor) -> list[Member]:
    rows = parties.members_of(actor)
    protected = set(
        Authenticator.objects.filter(user_id__in=[row.user_id for row in rows])
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .values_list("user_id", flat=True)
    )
    return [
        Member(
            row,
            [permissions.ROLES[name].label for name in row.roles if name in permissions.ROLES],
            row.user_id in protected,
        )
        for row in rows
    ]


def _sign_ins(actor: Actor, members: list[Member]) -> list[Any]:
    """The latest sign-ins of operators, with the address from which they came."""
    ids = [each.row.user.public_id for each in members]
    if not ids:
        return []
    search = selectors.Search(user_ids=ids, deeds=["user.signed_in"])
    return list(selectors.search(actor, search).order_by("-pk")[:20])
