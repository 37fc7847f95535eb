"""Bank transfers that people announced (B-TOP-003), and approvals to pay later (9.3, 9.4: B-CRD-001)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.kit.money import BadAmount, Money
from galleria.parties import selectors as parties
from galleria.paying import selectors, services
from galleria.web import lists
from galleria.web.access import actor_of, signed_in

VIEW = "operator:account:manage"


@require_safe
@signed_in(VIEW)
def transfers(request: HttpRequest) -> HttpResponse:
    """What was announced and not found yet, the oldest first."""
    return _transfers(request)


def _transfers(request: HttpRequest, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    rows = selectors.transfers_to_book(actor_of(request))
    values = {
        "rows": [(row, Money(row.amount_minor, row.currency)) for row in rows],
        "errors": errors or {},
        "at": clock.now(),
    }
    return render(request, "operator/transfers.html", values, status=status)


@require_POST
@signed_in(VIEW)
def decide(request: HttpRequest, top_up_id: str) -> HttpResponse:
    """Book what arrived (another amount than announced if need be), or say why it cannot be matched."""
    actor, at = actor_of(request), clock.now()
    row = selectors.top_up_of(actor, top_up_id)
    try:
        if request.POST.get("act") == "reject":
            services.reject_top_up(actor, top_up_id=top_up_id, reason=lists.text_of(request.POST, "reason", 300), at=at)
            messages.success(request, _("Rejected. The account is told why."))
        else:
            amount = _amount(lists.text_of(request.POST, "amount", 30), row.currency)
            booked = services.confirm_top_up(actor, top_up_id=top_up_id, amount=amount, at=at)
            done = Money(booked.amount_minor, booked.currency)
            messages.success(request, _("%(amount)s are on the balance of %(account)s.") % {
                "amount": done, "account": row.account.name,
            })  # fmt: skip
    except Refused as refusal:
        if refusal.status in {403, 404} and not refusal.fields:
            raise
        text = " ".join(refusal.fields.values()) or refusal.message
        return _transfers(request, {top_up_id: text}, refusal.status)
    return HttpResponseRedirect("/operator/transfers")


def _amount(text: str, currency: str) -> Money:
    """An amount as people type it. Raises Refused beside the field."""
    try:
        return Money.parse(text.strip().replace(",", "").replace(" ", ""), currency)
    except BadAmount:
        raise Refused(_("Give the amount as 100.00."), status=422) from None


@require_http_methods(["GET", "POST"])
@signed_in(VIEW)
def later_payment(request: HttpRequest, account_id: str) -> HttpResponse:
    """Monthly settlement or credit of an account: limit, until when, what is used."""
    actor, at = actor_of(request), clock.now()
    account = parties.account_for_operator(actor, account_id)
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            _decide_later(request, account, at)
        except Refused as refusal:
            if refusal.status in {403, 404} and not refusal.fields:
                raise
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            return HttpResponseRedirect(f"/operator/accounts/{account_id}/later")
    values = {
        "account": account,
        "funds": selectors.funds_of(actor, account_id, at=at) if actor.may("operator:ledger:view") else None,
        "approvals": [
            (row, Money(row.limit_minor, row.currency), Money(row.used_minor, row.currency))
            for row in selectors.approvals_of(actor, account_id)
        ],
        "typed": request.POST,
        "errors": errors,
        "at": at,
    }
    return render(request, "operator/later.html", values, status=status)


def _decide_later(request: HttpRequest, account: Any, at: datetime) -> None:
    actor = actor_of(request)
    kind: Any = lists.text_of(request.POST, "kind", 12)  # the services refuse what they do not know
    if request.POST.get("act") == "end":
        reason = lists.text_of(request.POST, "reason", 300)
        services.end_later_payment(actor, account_id=account.public_id, kind=kind, reason=reason, at=at)
        messages.success(request, _("Ended. What was used stays owed."))
        return
    try:
        limit = _amount(lists.text_of(request.POST, "limit", 30), account.currency)
    except Refused as refusal:
        raise Refused(fields={"limit": refusal.message}, status=422) from None
    until = _day(lists.text_of(request.POST, "valid_to", 10))
    services.approve_later_payment(actor, account_id=account.public_id, kind=kind, limit=limit, valid_to=until, at=at)
    messages.success(request, _("Approved up to %(limit)s.") % {"limit": limit})


def _day(text: str) -> datetime | None:
    """The end of a typed day in the billing zone; nothing for no end. Raises Refused beside the field."""
    if not text.strip():
        return None
    try:
        day = parse_date(text.strip())
    except ValueError:
        day = None
    if day is None:
        raise Refused(fields={"valid_to": _("Give a date as 2027-01-31.")}, status=422)
    return datetime.combine(day, time(0), tzinfo=clock.billing_zone()) + timedelta(days=1)
