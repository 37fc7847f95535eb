"""O4, accounts: who buys and sells here, what is known of one account, what the operator may do with it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock, pages
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.kit.money import Money
from galleria.parties import permissions
from galleria.parties import services as parties
from galleria.parties import states as account_states
from galleria.reporting import accounts as reporting
from galleria.selling import ports, states
from galleria.selling.selectors import sanctions
from galleria.web import lists, timeline
from galleria.web.access import actor_of, signed_in

VIEW = "operator:account:manage"
VIEWS = {
    "": gettext_lazy("All"),
    "sellers": gettext_lazy("Sellers"),
    "applicants": gettext_lazy("Applicants"),
    "resellers": gettext_lazy("Resellers"),
    "stopped": gettext_lazy("Restricted or frozen"),
    "suspended": gettext_lazy("Under sanctions or left"),
}
TONES = {"normal": "good", "restricted": "warn", "frozen": "bad", "closed": ""}
PRODUCT_WORDS = {
    "draft": gettext_lazy("drafts"), "pending": gettext_lazy("waiting for their first release"),
    "on_sale": gettext_lazy("on sale"), "hidden": gettext_lazy("hidden"), "suspended": gettext_lazy("taken down"),
    "removed": gettext_lazy("removed"),
}  # fmt: skip
PURPOSES = {
    "registration": gettext_lazy("Application"), "profile": gettext_lazy("Profile"), "name": gettext_lazy("Name"),
    "test_coupon": gettext_lazy("Test coupon"),
}  # fmt: skip


@require_safe
@signed_in(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The list: roles, country, state; found by name, address, tax number or id."""
    actor = actor_of(request)
    view = lists.one_of(request.GET, "view", VIEWS)
    text = lists.text_of(request.GET, "q")
    rows = reporting.accounts(actor, view=view, text=text)
    page = pages.page_of(rows, cursor=request.GET.get("cursor"), size=request.GET.get("size"), sort="-pk")
    values = {
        "rows": page,
        "views": lists.views(request, VIEWS, reporting.counts(actor), current=view),
        "view": view,
        "text": text,
        "words": account_states.ACCOUNT_WORDS,
        "tones": TONES,
        "seller_words": states.SELLER_WORDS,
        "levels": sanctions.LEVELS,
        "next": lists.at_page(request.GET, page.next),
        "previous": lists.at_page(request.GET, page.previous),
    }
    return render(request, "operator/accounts.html", values)


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest, account_id: str) -> HttpResponse:
    """One account."""
    return page(request, account_id)


def page(
    request: HttpRequest, account_id: str, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """The page, again with what was wrong."""
    actor, at = actor_of(request), clock.now()
    found = reporting.account_page(actor, account_id, at=at)
    side = found.selling
    values: dict[str, Any] = {
        "page_": found,
        "account": found.account,
        "side": side,
        "word": account_states.ACCOUNT_WORDS[found.account.state],
        "tone": TONES[found.account.state],
        "words": states,
        "tones": states.TONES,
        "levels": sanctions.LEVELS,
        "conducts": sanctions.CONDUCTS,
        "kinds": sanctions.SANCTIONS,
        "with_end": sanctions.WITH_END,
        "products": ports.products(side.seller.pk) if side else [],
        "product_words": PRODUCT_WORDS,
        "purposes": PURPOSES,
        "role_words": _role_words,
        "requests": [
            (row, Money(row.asked_minor, row.currency),
             None if row.granted_minor is None else Money(row.granted_minor, row.currency))
            for row in (side.requests if side else ())
        ],
        "may_review": actor.may("operator:seller:review"),
        "may_sanction": actor.may("operator:seller:sanction"),
        "history": timeline.rail(timeline.of_records(found.timeline)),
        "typed": request.POST,
        "errors": errors or {},
        "at": at,
    }  # fmt: skip
    return render(request, "operator/account.html", values, status=status)


def _role_words(names: list[str]) -> str:
    """Roles as people read them."""
    return ", ".join(str(permissions.ROLES[name].label) if name in permissions.ROLES else name for name in names)


@require_POST
@signed_in(VIEW)
def act(request: HttpRequest, account_id: str) -> HttpResponse:
    """Verify, restrict, freeze, lift."""
    try:
        done = _do(actor_of(request), account_id, request)
    except Refused as refusal:
        if refusal.status in {403, 404} and not refusal.fields:
            raise
        return page(request, account_id, refusal.fields or {"": refusal.message}, refusal.status)
    messages.success(request, done)
    return HttpResponseRedirect(f"/operator/accounts/{account_id}")


def _do(actor: Actor, account_id: str, request: HttpRequest) -> str:
    at, given = clock.now(), request.POST
    reason = lists.text_of(given, "reason", 300)
    verb = given.get("act", "")
    if verb == "verify":
        name = lists.text_of(given, "verified_name", 200)
        parties.verify_account(actor, account_id=account_id, verified_name=name, at=at)
        return _("Verified.")
    if verb == "lift":
        parties.lift_account(actor, account_id=account_id, at=at)
        return _("Back to normal.")
    if verb not in {"restrict", "freeze"}:
        raise NotFound
    if len(reason) < 5:
        raise Invalid(fields={"why": _("Say why; the account reads it.")})
    change = parties.restrict_account if verb == "restrict" else parties.freeze_account
    change(actor, account_id=account_id, reason=reason, at=at)
    return _("Done. The account is told the reason when it tries.")
