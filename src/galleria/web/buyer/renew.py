"""B6, renewing one or many: now and after, due now with its working, the next amount and date; then order and pay."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from galleria.buying import services
from galleria.buying.renewable import Term
from galleria.buying.services import converting, renewing
from galleria.buying.services.ordering import PriceChanged
from galleria.buying.services.renewing import Renewal, Wish
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Refused
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.pricing import selectors as pricing
from galleria.web import lists, words, working
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels, means, payment, renewals
from galleria.web.formats import money_text
from galleria.web.jinja import query_string


@dataclass(frozen=True)
class Filled:
    """What the form holds. `term`: `month:3`, empty: as usual for each."""

    ids: list[str]
    term: str = ""
    align: bool = False
    coupon: str = ""
    seen: str = ""
    seen_due: str = ""
    method: str = ""
    means: str = ""
    token: str = ""

    @classmethod
    def of(cls, data: QueryDict, ids: list[str]) -> Filled:
        method, _colon, which = lists.text_of(data, "means", 60).partition(":")
        return cls(
            ids=ids,
            term=lists.text_of(data, "term", 20),
            align=bool(data.get("align")),
            coupon=lists.text_of(data, "coupon_code", 40) or lists.text_of(data, "coupon", 40),
            seen=lists.text_of(data, "seen", 64),
            seen_due=lists.text_of(data, "seen_due", 18),
            method=method[:12],
            means=which[:40],
            token=lists.text_of(data, "token", 80),
        )

    @property
    def way(self) -> str:
        return f"{self.method}:{self.means}" if self.means else self.method

    @property
    def chosen_term(self) -> Term | None:
        """Raises Invalid."""
        return Term.parse(self.term) if self.term else None

    def was(self, currency: str) -> Money | None:
        """The amount that the page had shown."""
        return Money(int(self.seen_due), currency) if self.seen_due.lstrip("-").isdigit() else None

    @property
    def address(self) -> str:
        """The page with what was chosen (UI-GEN-07)."""
        return query_string(
            {}, id=",".join(self.ids), term=self.term or None, align="1" if self.align else None,
            coupon=self.coupon or None,
        )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in(renewals.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The page; a POST orders, and pays with the chosen means."""
    data = request.POST if request.method == "POST" else request.GET
    filled = Filled.of(data, renewals.ids_of(request))
    if not filled.ids:
        return HttpResponseRedirect("/buyer/renewals")
    if request.method == "POST" and data.get("act") == "renew":
        return _renew(request, filled)
    return _page(request, filled)


def _wishes(filled: Filled) -> list[Wish]:
    term = filled.chosen_term
    return [Wish(each, term, filled.align) for each in filled.ids]


def _page(
    request: HttpRequest, filled: Filled, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    try:
        preview = services.preview_renewals(actor, wishes=_wishes(filled), coupon_code=filled.coupon, at=at)
    except NotFound:
        raise
    except Refused as refusal:
        return _refused(request, refusal)
    if not preview.renewals:
        return _refused(request, preview.left[0].refusal)
    view = View(actor, preview, filled, at)
    values = {
        "view": view,
        "filled": filled,
        "errors": errors or {},
        "token": filled.token or secrets.token_urlsafe(24),
        "ways": view.ways,
        "chosen_way": means.chosen(view.ways, filled.way),
        "back": f"/buyer/renew{filled.address}",
        "renewals": renewals,
        "labels": labels,
        "working": working,
        "words": words,
        "at": at,
    }
    return render(request, "buyer/renew.html", values, status=status)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """What cannot be renewed at all: the reason, with the order that is in the way or the way out."""
    order = str(refusal.extra.get("order", ""))
    values = {"refusal": refusal, "order": order, "text": " ".join([refusal.message, *refusal.fields.values()])}
    return render(request, "buyer/renew_refused.html", values, status=refusal.status)


def _renew(request: HttpRequest, filled: Filled) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    account = parties.account_of(actor)
    try:
        orders = services.renew(
            actor, wishes=_wishes(filled), coupon_code=filled.coupon, seen_digest=filled.seen,
            seen_due=filled.was(account.currency), at=at,
        )  # fmt: skip
    except NotFound:
        raise
    except Refused as refusal:
        if refusal.code in {"OPEN_ORDER_ON_SUBSCRIPTION", "RESOURCE_RELEASED"}:
            return _refused(request, refusal)
        fresh = Filled(filled.ids, filled.term, filled.align, filled.coupon, method=filled.method, means=filled.means)
        return _page(request, fresh, errors_of(refusal), status=refusal.status)
    return go_on(request, actor, orders, filled.method, filled.means, filled.token)


def errors_of(refusal: Refused) -> dict[str, str]:
    """A refusal by the field where it is solved."""
    if refusal.fields:
        return refusal.fields
    if refusal.code.startswith("COUPON"):
        return {"coupon": refusal.message}
    place = {"NO_PAYMENT_MEANS": "means"}.get(refusal.code, "")
    return {"price" if isinstance(refusal, PriceChanged) else place: refusal.message}


def go_on(request: HttpRequest, actor: Actor, orders: list[Any], method: str, which: str, token: str) -> HttpResponse:
    """Pay what was ordered, or lead to where it goes on."""
    waiting = [order.public_id for order in orders if order.state == "pending_payment"]
    if waiting and method and actor.may("billing:order:pay"):
        return payment.pay_and_go(request, waiting, method, which, token or secrets.token_urlsafe(24))
    if any(order.state == "pending_approval" for order in orders):
        messages.info(request, _("Your order waits for somebody who may approve it."))
    if len(waiting) > 1:
        return HttpResponseRedirect(f"/buyer/pay?orders={','.join(waiting)}")
    return HttpResponseRedirect(payment.next_page(orders[0]))


@dataclass(frozen=True)
class View:
    """Everything that the page of renewals shows."""

    actor: Actor
    preview: renewing.Preview
    filled: Filled
    at: datetime

    @property
    def rows(self) -> tuple[Renewal, ...]:
        return self.preview.renewals

    @property
    def single(self) -> Renewal | None:
        """The renewal, when it is only one."""
        return self.rows[0] if len(self.rows) == 1 and not self.preview.left else None

    @cached_property
    def specification(self) -> str:
        """What was chosen of the specification of the single one: "Professional, 25 seats"."""
        row = self.rows[0].subscription
        chosen = [
            value for _name, value in words.choices_text(row.choices, row.specification.attributes.all(), alone=True)
        ]
        return ", ".join(chosen) or (f"× {row.quantity}" if row.quantity > 1 else "")

    @cached_property
    def terms(self) -> list[tuple[str, str]]:
        """The terms that every one of them offers; of several also the usual one of each."""
        common = [term for term in self.rows[0].terms if all(term in row.terms for row in self.rows)]
        found = [(term.key, words.term(term.period_type, term.count)) for term in common]
        return found if self.single else [("", _("As usual for each")), *found]

    @property
    def term(self) -> str:
        return self.rows[0].term.key if self.single else self.filled.term

    @cached_property
    def account(self) -> Any:
        return parties.account_of(self.actor)

    @cached_property
    def is_resale(self) -> bool:
        return bool(self.account.sales_model == "resale")

    @cached_property
    def due(self) -> Money:
        return self.preview.due

    @cached_property
    def official(self) -> Money:
        return Money.sum((row.quote.official for row in self.rows), self.preview.currency)

    @cached_property
    def saving(self) -> Money:
        return Money.sum((row.quote.saving for row in self.rows), self.preview.currency)

    @cached_property
    def coupon(self) -> Money:
        return Money.sum((row.quote.coupon for row in self.rows), self.preview.currency)

    @property
    def may_pay(self) -> bool:
        return self.actor.may("billing:order:pay")

    @property
    def may_renew(self) -> bool:
        return self.actor.may("billing:subscription:renew")

    @cached_property
    def needs_approval(self) -> bool:
        limit = parties.order_limit_of(self.actor)
        return limit is not None and any(row.due.minor > limit for row in self.rows)

    @property
    def pays_here(self) -> bool:
        return not self.is_resale and self.due.minor > 0

    @cached_property
    def ways(self) -> list[means.Way]:
        if not (self.pays_here and self.may_pay and self.may_renew and not self.needs_approval):
            return []
        return means.ways_for_held(self.actor, [row.asked for row in self.rows], at=self.at)

    @cached_property
    def coupons(self) -> list[tuple[str, str]]:
        """The coupons that fit, after "none" (B-CPN-001); for one renewal only."""
        if self.single is None or not self.actor.may("billing:coupon:view"):
            return []
        fitting = pricing.fitting_coupons(self.actor, self.single.quote, at=self.at)
        found = [(each.code, words.coupon(each)) for each in fitting]
        code = self.single.quote.coupon_code
        if code and code not in {key for key, _text in found}:
            found.append((code, code))
        return [("", _("No coupon")), *found] if found else []

    @property
    def coupon_problem(self) -> str:
        refused = self.single.coupon_refused if self.single else ()
        return " ".join(str(words.COUPON_REASONS.get(each, each)) for each in refused)

    @property
    def heading(self) -> str:
        if self.single:
            return _("Renew %(product)s") % {"product": self.single.subscription.product.name}
        count = len(self.rows)
        return ngettext("Renew %(count)d subscription", "Renew %(count)d subscriptions", count) % {"count": count}

    @property
    def button(self) -> str:
        """Verb and amount (UI-GEN-04)."""
        if self.is_resale:
            return _("Renew")
        if not self.due.minor:
            return _("Renew, nothing to pay")
        if self.needs_approval:
            return _("Send for approval")
        amount = {"amount": money_text(self.due)}
        return _("Renew and pay %(amount)s") % amount if self.may_pay else _("Renew, %(amount)s to pay") % amount


# ----- trials -----


@require_http_methods(["GET", "POST"])
@signed_in(renewals.VIEW)
def convert(request: HttpRequest, subscription_id: str) -> HttpResponse:
    """From a trial to a paid subscription: the page; a POST orders, and pays (B-T2C-001)."""
    data = request.POST if request.method == "POST" else request.GET
    filled = Filled.of(data, [subscription_id])
    actor, at = actor_of(request), clock.now()
    if request.method == "GET" or data.get("act") != "convert":
        return _conversion(request, filled)
    try:
        order = converting.convert(
            actor, subscription_id=subscription_id, term=filled.chosen_term, coupon_code=filled.coupon,
            seen_digest=filled.seen, seen_due=filled.was(parties.account_of(actor).currency), at=at,
        )  # fmt: skip
    except NotFound:
        raise
    except Refused as refusal:
        if refusal.code in {"OPEN_ORDER_ON_SUBSCRIPTION", "RESOURCE_RELEASED", "NOT_A_TRIAL"}:
            return _refused(request, refusal)
        fresh = Filled(filled.ids, filled.term, coupon=filled.coupon, method=filled.method, means=filled.means)
        return _conversion(request, fresh, errors_of(refusal), status=refusal.status)
    return go_on(request, actor, [order], filled.method, filled.means, filled.token)


def _conversion(
    request: HttpRequest, filled: Filled, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    try:
        found = converting.preview_conversion(
            actor, subscription_id=filled.ids[0], term=filled.chosen_term, coupon_code=filled.coupon, at=at
        )
    except NotFound:
        raise
    except Refused as refusal:
        return _refused(request, refusal)
    is_resale = parties.account_of(actor).sales_model == "resale"
    may_pay, may_renew = actor.may("billing:order:pay"), actor.may("billing:subscription:renew")
    pays_here = not is_resale and found.due.minor > 0
    ways = means.ways_for_held(actor, [found.asked], at=at) if pays_here and may_pay and may_renew else []
    coupons = pricing.fitting_coupons(actor, found.quote, at=at) if actor.may("billing:coupon:view") else []
    chosen = [(each.code, words.coupon(each)) for each in coupons]
    values = {
        "found": found,
        "filled": filled,
        "errors": errors or {},
        "token": filled.token or secrets.token_urlsafe(24),
        "terms": [(term.key, words.term(term.period_type, term.count)) for term in found.terms],
        "coupons": [("", _("No coupon")), *chosen] if chosen else [],
        "coupon_problem": " ".join(str(words.COUPON_REASONS.get(each, each)) for each in found.coupon_refused),
        "is_resale": is_resale,
        "may_pay": may_pay,
        "may_renew": may_renew,
        "pays_here": pays_here,
        "ways": ways,
        "chosen_way": means.chosen(ways, filled.way),
        "button": _convert_button(found, pays_here, may_pay),
        "back": f"/buyer/convert/{filled.ids[0]}{query_string({}, term=filled.term or None)}",
        "labels": labels,
        "working": working,
        "words": words,
        "at": at,
    }
    return render(request, "buyer/convert.html", values, status=status)


def _convert_button(found: converting.Conversion, pays_here: bool, may_pay: bool) -> str:
    if not pays_here:
        return _("Convert")
    amount = {"amount": money_text(found.due)}
    return _("Convert and pay %(amount)s") % amount if may_pay else _("Convert, %(amount)s to pay") % amount
