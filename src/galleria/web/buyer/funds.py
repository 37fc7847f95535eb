"""B12, Funds: what is on the balance, what may be paid later, top-ups, transfers, coupons, and every movement."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock, pages, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Refused
from galleria.kit.money import BadAmount, Money
from galleria.parties import selectors as parties
from galleria.paying import gateways, selectors, services
from galleria.pricing import selectors as pricing
from galleria.pricing import services as granting
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.formats import money_text
from galleria.web.preferences import safe_next

KINDS: Final[Mapping[str, words.Text]] = {
    "top_up": gettext_lazy("Top-up"),
    "order_payment": gettext_lazy("Order payment"),
    "order_refund": gettext_lazy("Refund"),
    "refund_paid_out": gettext_lazy("Refund to the balance"),
    "debt_repayment": gettext_lazy("Credit repaid"),
    "withdrawal": gettext_lazy("Withdrawal"),
    "adjustment": gettext_lazy("Adjustment"),
    "metered_charge": gettext_lazy("Metered charge"),
}
TOP_UP_STATES: Final[Mapping[str, words.Shown]] = {
    "submitted": words.Shown(gettext_lazy("Under way"), "info", "run"),
    "confirmed": words.Shown(gettext_lazy("On the balance"), "good", "done"),
    "rejected": words.Shown(gettext_lazy("Rejected"), "bad", "stop"),
    "failed": words.Shown(gettext_lazy("Failed"), "bad", "stop"),
}
COUPON_STATES: Final[Mapping[str, words.Shown]] = {
    "not_activated": words.Shown(gettext_lazy("Not active yet"), "warn", "clock"),
    "unused": words.Shown(gettext_lazy("Usable"), "good", "done"),
    "locked": words.Shown(gettext_lazy("Held by an unpaid order"), "warn", "lock"),
    "frozen": words.Shown(gettext_lazy("Frozen"), "warn", "pause"),
    "used": words.Shown(gettext_lazy("Used up"), "", "check"),
    "expired": words.Shown(gettext_lazy("Expired"), "", "clock"),
    "void": words.Shown(gettext_lazy("Stopped by its issuer"), "", "x"),
}
_DOCUMENTS: Final[Mapping[str, str]] = {"order": "/buyer/orders/{}", "top_up": "/buyer/funds/top-ups/{}"}
RECENT: Final = 5


def document(source: tuple[str, str]) -> str:
    """The page of what a movement is about; empty if it has none."""
    return _DOCUMENTS.get(source[0], "").format(source[1]) if source[1] else ""


def rights(actor: Actor) -> dict[str, Any]:
    """What every page of the funds has to know of who reads it."""
    account = parties.account_of(actor)
    resold = account.sales_model == "resale" and account.reseller is not None
    return {
        "account": account,
        "is_resold": resold,
        "has_balance": account.payment_model == "prepaid" and not resold,
        "takes_cards": bool(gateways.gateway_name()) and not resold,
        "may_top_up": actor.may("billing:balance:topup"),
        "may_ask": actor.may("gallery:ticket:manage"),
        "sandbox": gateways.gateway_name() == "sandbox",
        "words": words,
        "kinds": KINDS,
        "top_up_states": TOP_UP_STATES,
        "coupon_states": COUPON_STATES,
        "document": document,
        "amount_of": lambda row: Money(row.amount_minor, row.currency),
    }


@require_safe
@signed_in("billing:balance:view")
def overview(request: HttpRequest) -> HttpResponse:
    """Everything at a glance, with the latest movements."""
    actor, at = actor_of(request), clock.now()
    funds = selectors.funds_of(actor, at=at)
    values = {
        **rights(actor),
        "funds": funds,
        "parts": _parts(funds),
        "later": [_Later.of(row) for row in (funds.settlement, funds.credit) if row is not None],
        "cards": selectors.means_of(actor),
        "moved": list(selectors.movements_of(actor))[:RECENT],
        "under_way": [row for row in selectors.top_ups_of(actor) if row.state == "submitted"],
        "coupons": list(pricing.coupons_of(actor, "unused").filter(expires_at__gt=at)[: RECENT + 1])
        if actor.may("billing:coupon:view")
        else [],
        "coupon": words.coupon,
    }
    return render(request, "buyer/funds/overview.html", values)


@dataclass(frozen=True, slots=True)
class _Later:
    """An approval to pay later, as money."""

    row: Any
    limit: Money
    used: Money
    left: Money

    @classmethod
    def of(cls, row: Any) -> _Later:
        limit, used = Money(row.limit_minor, row.currency), Money(row.used_minor, row.currency)
        return cls(row, limit, used, selectors.left_of(row))


def _parts(funds: selectors.Funds) -> list[tuple[str, str, Money, float, float]]:
    """What can be spent, as a bar: class, name, amount, where it begins and how wide it is, of 1,000."""
    rows = [("p-avail", _("Balance"), funds.cash)]
    if funds.credit is not None:
        rows.append(("p-way", _("Credit left"), selectors.left_of(funds.credit)))
    whole = sum(max(amount.minor, 0) for _class, _name, amount in rows)
    found, begins = [], 0.0
    for tone, name, amount in rows:
        width = 1000 * max(amount.minor, 0) / whole if whole else 0.0
        found.append((tone, name, amount, round(begins, 1), round(max(width - 3, 0), 1)))
        begins += width
    return found


@require_safe
@signed_in("billing:balance:view")
def entries(request: HttpRequest) -> HttpResponse:
    """Every movement of the balance with the balance after it (B-BAL-004)."""
    actor = actor_of(request)
    moved = selectors.movements_of(actor, cursor=request.GET.get("after"))
    return render(request, "buyer/funds/entries.html", {**rights(actor), "moved": moved})


@require_safe
@signed_in("billing:coupon:view")
def coupons(request: HttpRequest) -> HttpResponse:
    """Coupons by their state with conditions and use (B-CPN-003)."""
    return _coupons(request)


def _coupons(request: HttpRequest, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    tab = lists.one_of(request.GET, "tab", pricing.TABS)
    rows = pricing.coupons_of(actor, tab).prefetch_related("uses")
    page = pages.page_of(rows, sort="expires_at", cursor=request.GET.get("after"))
    values = {
        **rights(actor), "coupons": page, "tab": tab, "at": at, "conditions": conditions, "state_of": coupon_state,
        "money_of": Money, "may_redeem": actor.may("billing:coupon:redeem"), "errors": errors or {},
        "to_claim": pricing.claimable(actor, at) if not tab else [], "code": request.POST.get("code", "")[:40],
    }  # fmt: skip
    return render(request, "buyer/funds/coupons.html", values, status=status)


@require_safe
@signed_in("billing:coupon:view")
def coupon(request: HttpRequest, coupon_id: str) -> HttpResponse:
    """One coupon: what it is worth, its conditions, every use of it (B-CPN-003)."""
    actor = actor_of(request)
    row = pricing.coupon_of(actor, coupon_id)
    values = {**rights(actor), "row": row, "shown": coupon_state(row), "conditions": conditions, "money_of": Money}
    return render(request, "buyer/funds/coupon.html", values)


@require_POST
@signed_in("billing:coupon:view")
def redeem(request: HttpRequest) -> HttpResponse:
    """A printed code becomes a coupon of the account."""
    try:
        made = granting.redeem_coupon(actor_of(request), code=request.POST.get("code", "")[:40], at=clock.now())
    except Refused as refusal:
        if refusal.status == 403:
            raise
        return _coupons(request, refusal.fields or {"code": refusal.message}, refusal.status)
    messages.success(request, _("The coupon is yours. It is offered by itself when an order fits."))
    return HttpResponseRedirect(f"/buyer/funds/coupons/{made.public_id}")


@require_POST
@signed_in("billing:coupon:view")
def claim(request: HttpRequest, batch_id: str) -> HttpResponse:
    """One of the coupons that everybody may have."""
    try:
        made = granting.claim_coupon(actor_of(request), batch_id=batch_id, at=clock.now())
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        messages.error(request, refusal.message)
        return HttpResponseRedirect("/buyer/funds/coupons")
    messages.success(request, _("The coupon is yours. It is offered by itself when an order fits."))
    return HttpResponseRedirect(f"/buyer/funds/coupons/{made.public_id}")


def coupon_state(row: Any) -> words.Shown:
    """How a coupon stands, for its holder and its issuer."""
    state = row.state
    if state == "unused" and row.is_frozen:
        state = "frozen"
    elif state == "unused" and row.locked_by:
        state = "locked"
    elif state == "unused" and row.expires_at <= clock.now():
        state = "expired"
    elif state == "expired" and row.voided_at is not None:
        state = "void"
    return words.shown(COUPON_STATES, state)


def conditions(row: Any) -> str:
    """What a coupon can be used for, in one line."""
    limits = row.limits or {}
    found = []
    if row.minimum_minor:
        least = money_text(Money(row.minimum_minor, row.currency))
        found.append(_("from %(least)s of fitting products") % {"least": least})
    if row.seller is not None:
        found.append(_("products of %(seller)s") % {"seller": row.seller.name})
    for key, text in (
        ("products", _("certain products only")),
        ("specifications", _("certain specifications only")),
        ("regions", _("certain regions only")),
        ("order_types", _("certain kinds of orders only")),
    ):
        if limits.get(key):
            found.append(text)
    names = {"month": _("monthly"), "year": _("yearly"), "one_time": _("one-time")}
    if limits.get("modes"):
        modes = ", ".join(str(names.get(mode, mode)) for mode in limits["modes"])
        found.append(_("%(modes)s purchases") % {"modes": modes})
    if not limits.get("with_discounts"):
        found.append(_("not together with discounts"))
    text = "; ".join(found) or _("for every purchase")
    return text[:1].upper() + text[1:]


# ----- topping up -----


@require_http_methods(["GET", "POST"])
@signed_in("billing:balance:topup")
def top_up(request: HttpRequest) -> HttpResponse:
    """Put money on the balance by card (B-TOP-002)."""
    actor, at = actor_of(request), clock.now()
    known = rights(actor)
    currency = known["account"].currency
    typed = {name: request.POST.get(name, "")[:40] for name in ("amount", "means")}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            made = services.top_up_by_card(
                actor,
                account_id=actor.account_id or "",
                amount=_amount(typed["amount"], currency),
                token=request.POST.get("token", "")[:80],
                means_id=typed["means"],
                at=at,
            )
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            if made.payment is not None and made.payment.state == "pending":
                services.confirm_card(made.payment.public_id, at=at)
            back = safe_next(request, "")
            more = "?" + urlencode({"next": back}) if back else ""
            return HttpResponseRedirect(f"/buyer/funds/top-ups/{made.public_id}{more}")
    least, most = services.top_up_limits(currency, at=at)
    cards = [card for card in selectors.means_of(actor) if not selectors.is_expired(card, at)]
    values = {
        **known, "typed": typed, "errors": errors, "cards": cards, "least": least, "most": most,
        "token": secrets.token_urlsafe(24), "next": safe_next(request, ""), "debt": selectors.debt_of(known["account"]),
    }  # fmt: skip
    return render(request, "buyer/funds/top_up.html", values, status=status)


def _amount(text: str, currency: str) -> Money:
    """What a person typed, with a comma or a point. Raises AmountOutOfRange."""
    cleaned = text.strip().replace("\u00a0", "").replace(" ", "")
    if cleaned.count(",") == 1 and "." not in cleaned:
        cleaned = cleaned.replace(",", ".")
    try:
        return Money.parse(cleaned, currency)
    except BadAmount:
        sentence = _("Give an amount such as 250.00.")
        raise services.AmountOutOfRange(sentence, fields={"amount": sentence}) from None


@require_http_methods(["GET", "POST"])
@signed_in("billing:balance:topup")
def transfer(request: HttpRequest) -> HttpResponse:
    """Where to transfer to, and telling that one is on its way (B-TOP-003)."""
    actor, at = actor_of(request), clock.now()
    known = rights(actor)
    names = ("amount", "sender", "bank", "transferred_on", "reference")
    typed = {name: request.POST.get(name, "")[:200] for name in names}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            made = services.submit_bank_transfer(
                actor,
                account_id=actor.account_id or "",
                amount=_amount(typed["amount"], known["account"].currency),
                sender=typed["sender"],
                bank=typed["bank"],
                transferred_on=_day(typed["transferred_on"]),
                reference=typed["reference"],
                at=at,
            )
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            messages.success(request, _("Thank you. We look for the transfer and tell you when it is on the balance."))
            return HttpResponseRedirect(f"/buyer/funds/top-ups/{made.public_id}")
    values = {
        **known, "typed": typed, "errors": errors, "bank_account": str(parameters.get("payment.bank_account", at=at)),
        "today": clock.billing_date(at),
    }  # fmt: skip
    return render(request, "buyer/funds/transfer.html", values, status=status)


def _day(text: str) -> date:
    """A day as the browser's date field sends it. Something else is refused as a day in the far past would be."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


@require_safe
@signed_in("billing:balance:view")
def top_ups(request: HttpRequest) -> HttpResponse:
    """All top-ups and transfers."""
    actor = actor_of(request)
    rows = selectors.top_ups_of(actor, cursor=request.GET.get("after"))
    return render(request, "buyer/funds/top_ups.html", {**rights(actor), "rows": rows})


@require_safe
@signed_in("billing:balance:view")
def top_up_result(request: HttpRequest, top_up_id: str) -> HttpResponse:
    """One top-up: what became of it, and what comes next."""
    actor = actor_of(request)
    made = selectors.top_up_of(actor, top_up_id)
    if made.account_id != actor.account_pk:
        raise NotFound
    values = {
        **rights(actor), "row": made, "next": safe_next(request, ""), "balance": selectors.cash_of(made.account),
        "debt_paid": Money(made.debt_minor, made.currency),
    }  # fmt: skip
    return render(request, "buyer/funds/top_up_result.html", values)


@signed_in("billing:balance:topup")
def come_back(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Back from the bank, or *See how it stands*: ask the gateway what became of a top-up."""
    actor = actor_of(request)
    payment = selectors.payment_of(actor, payment_id)
    if payment.account_id != actor.account_pk or payment.purpose != "top_up":
        raise NotFound
    if payment.state in selectors.OPEN_STATES:
        services.confirm_card(payment_id, at=clock.now())
    return HttpResponseRedirect(f"/buyer/funds/top-ups/{selectors.top_up_of_payment(payment).public_id}")


urlpatterns = [
    path("funds", overview, name="funds"),
    path("funds/entries", entries, name="funds_entries"),
    path("funds/coupons", coupons, name="funds_coupons"),
    path("funds/coupons/redeem", redeem, name="coupon_redeem"),
    path("funds/coupons/claim/<str:batch_id>", claim, name="coupon_claim"),
    path("funds/coupons/<str:coupon_id>", coupon, name="funds_coupon"),
    path("funds/top-up", top_up, name="funds_top_up"),
    path("funds/transfer", transfer, name="funds_transfer"),
    path("funds/top-ups", top_ups, name="funds_top_ups"),
    path("funds/top-ups/<str:top_up_id>", top_up_result, name="funds_top_up_result"),
    path("funds/payments/<str:payment_id>/return/", come_back, name="funds_payment_return"),
]
