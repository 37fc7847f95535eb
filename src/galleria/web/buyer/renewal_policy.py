"""How subscriptions go on after their end, for the chosen ones; and how the account renews (B-ARN-002, B-URD-001)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from galleria.buying.renewable import Term
from galleria.buying.services import renewing
from galleria.kit import clock
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.subscribing import services as subscribing
from galleria.subscribing.rules.renewal import LAST_DAY, RENEWAL_DAYS
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels, renewals
from galleria.web.jinja import query_string

CHANGE = "billing:subscription:autorenew"
POLICIES = ("auto", "manual", "to_pay_per_use", "none")
MOST = 100


@require_http_methods(["GET", "POST"])
@signed_in(renewals.VIEW)
def policy(request: HttpRequest) -> HttpResponse:
    """The page; a POST sets the policy of each, and names those that could not be set."""
    ids = renewals.ids_of(request, MOST)
    if not ids:
        return HttpResponseRedirect("/buyer/renewals")
    if request.method == "POST":
        return _set(request, ids)
    return _page(request, ids, {}, {})


def _page(
    request: HttpRequest, ids: list[str], filled: dict[str, str], errors: dict[str, str], status: int = 200
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    rows = renewing.rows_of(actor, ids)
    offers = renewing.offers_of(actor, rows, at=at)
    first = rows[0]
    kind, count = renewals.auto_term(first)
    values = {
        "rows": [_shown(row) for row in rows],
        "ids": ",".join(ids),
        "single": first if len(rows) == 1 else None,
        "policies": [
            {"value": key, "title": _TITLES[key](), "note": offers.why_not.get(key) or _NOTES[key](),
             "disabled": bool(offers.why_not.get(key))}
            for key in POLICIES
        ],
        "policy": filled.get("policy") or (first.renewal if len(rows) == 1 else "auto"),
        "terms": [(term.key, words.term(term.period_type, term.count)) for term in offers.terms],
        "term": filled.get("term") or f"{kind}:{count}",
        "times": filled.get("times", first.renewals_left if len(rows) == 1 else None),
        "figures": offers.figures,
        "has_ended": any(row.expires_at is not None and row.expires_at <= at for row in rows),
        "setting": renewing.setting_of(actor, at=at),
        "may_set": actor.may(CHANGE),
        "needed": CHANGE,
        "errors": errors,
        "words": words,
        "at": at,
    }  # fmt: skip
    return render(request, "buyer/renewal_policy.html", values, status=status)


def _shown(row: Any) -> tuple[Any, dict[str, Any], words.Shown, Any]:
    return row, labels.product_tag(row.product), renewals.state_of(row), renewals.policy_text(row)


_TITLES = {
    "auto": lambda: _("Renews by itself"),
    "manual": lambda: _("Renewed by hand"),
    "to_pay_per_use": lambda: _("Pay-per-use after the end"),
    "none": lambda: _("Not renewed"),
}
_NOTES = {
    "auto": lambda: _("Paid some days before the end, from your balance or card."),
    "manual": lambda: _("You are reminded before the end. Nothing is charged by itself."),
    "to_pay_per_use": lambda: _("Goes on without a break; from then on what is used is charged."),
    "none": lambda: _("No more reminders. It ends, and is closed with its data. You can take this back until then."),
}


def _set(request: HttpRequest, ids: list[str]) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    actor.require(CHANGE)
    filled = {name: lists.text_of(request.POST, name, 20) for name in ("policy", "term", "times")}
    errors: dict[str, str] = {}
    wanted = lists.one_of(request.POST, "policy", POLICIES)
    if not wanted:
        errors["policy"] = _("Choose how it goes on.")
    try:
        term = Term.parse(filled["term"]) if wanted == "auto" and filled["term"] else None
        times = _times(filled["times"]) if wanted == "auto" else None
    except Invalid as refusal:
        errors.update(refusal.fields)
    if errors:
        return _page(request, ids, filled, errors, status=422)
    done = 0
    for each in ids:
        try:
            subscribing.set_renewal(
                actor, subscription_id=each, policy=wanted,  # type: ignore[arg-type]
                period_type=term.period_type if term else "", period_count=term.count if term else 0, times=times,
                at=at,
            )  # fmt: skip
            done += 1
        except NotFound:
            raise
        except Refused as refusal:
            if len(ids) == 1:
                return _page(request, ids, filled, refusal.fields or {"policy": refusal.message}, refusal.status)
            messages.warning(request, f"{each}: {refusal.message}")
    if done:
        text = ngettext("Set for %(count)d subscription.", "Set for %(count)d subscriptions.", done)
        messages.success(request, text % {"count": done})
    tab = None if wanted == "manual" else wanted
    return HttpResponseRedirect(f"/buyer/renewals{query_string({}, tab=tab)}")


def _times(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Invalid(fields={"times": _("Give a whole number, or leave it empty.")})
    return int(text)


# ----- the account's setting -----


@require_http_methods(["GET", "POST"])
@signed_in(renewals.VIEW)
def setting(request: HttpRequest) -> HttpResponse:
    """Day of deduction and renewal date of the account."""
    actor, at = actor_of(request), clock.now()
    errors: dict[str, str] = {}
    found = renewing.setting_of(actor, at=at)
    chosen = {"offset": str(found.offset_days), "day": str(found.day)}
    if request.method == "POST":
        actor.require(CHANGE)
        chosen = {name: lists.text_of(request.POST, name, 3) for name in chosen}
        numbers = {name: int(text) if text.isascii() and text.isdigit() else -1 for name, text in chosen.items()}
        try:
            subscribing.set_renewal_setting(actor, offset_days=numbers["offset"], day=numbers["day"], at=at)
        except Invalid as refusal:
            errors = {{"offset_days": "offset"}.get(name, name): text for name, text in refusal.fields.items()}
        else:
            messages.success(request, _("Saved. It holds for every deduction from now on."))
            return HttpResponseRedirect("/buyer/renewals")
    values: dict[str, Any] = {
        "chosen": chosen,
        "offsets": [("0", _("on the day of the end")), *((str(days), _days_before(days)) for days in range(1, 8))],
        "days": [
            (str(day), _("Last day of the month") if day == LAST_DAY else _("Day %(day)s of the month") % {"day": day})
            for day in RENEWAL_DAYS
        ],
        "may_set": actor.may(CHANGE),
        "needed": CHANGE,
        "errors": errors,
    }  # fmt: skip
    return render(request, "buyer/renewal_setting.html", values, status=422 if errors else 200)


def _days_before(days: int) -> str:
    return ngettext("%(count)d day before the end", "%(count)d days before the end", days) % {"count": days}
