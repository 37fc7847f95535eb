"""What the operator does with sellers: violations and appeals, levels, unlocking, test coupons, letting in again; and
the operator's data about contracts and fees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.parties import countries
from galleria.selling import selectors
from galleria.selling.selectors import sanctions
from galleria.selling.services import certifying, contracting, couponing, leaving, sanctioning
from galleria.web import lists
from galleria.web.access import actor_of, signed_in
from galleria.web.operator import accounts

VIEW = "operator:account:manage"
SETTINGS = "operator:setting:manage"


@require_POST
@signed_in(VIEW)
def act(request: HttpRequest, account_id: str, verb: str) -> HttpResponse:
    """One act of the account page; what is wrong is shown there."""
    known = _ACTS.get(verb)
    if known is None:
        raise NotFound
    seller = selectors.seller_of_account(account_id)
    try:
        done = known(actor_of(request), seller.public_id, request, clock.now())
    except Refused as refusal:
        if refusal.status in {403, 404} and not refusal.fields:
            raise
        return accounts.page(request, account_id, refusal.fields or {"": refusal.message}, refusal.status)
    messages.success(request, done)
    return HttpResponseRedirect(f"/operator/accounts/{account_id}")


def _violation(actor: Actor, seller_id: str, request: HttpRequest, at: datetime) -> str:
    given = request.POST
    products = tuple(given.getlist("products"))
    chosen = [
        sanctioning.Wanted(kind, _end(given.get(f"until_{kind}", ""), kind), products)
        for kind in given.getlist("sanctions")
        if kind in sanctions.SANCTIONS
    ]
    points = given.get("points", "").strip()
    if points and not (points.isascii() and points.isdigit() and len(points) < 6):
        raise Invalid(fields={"points": _("Give a whole number.")})
    sanctioning.decide(
        actor, seller_id=seller_id, conduct=given.get("conduct", ""), reason=given.get("reason", "")[:2000],
        evidence=given.get("evidence", "")[:5000], points=int(points) if points else None, sanctions=chosen,
        order_id=lists.text_of(given, "order_id", 64), is_published=given.get("is_published") == "yes", at=at,
    )  # fmt: skip
    return _("Recorded. The seller is told and can appeal.")


def _end(text: str, kind: str) -> datetime | None:
    """The end of a typed day in the billing zone."""
    if not text.strip():
        return None
    try:
        day = parse_date(text.strip())
    except ValueError:
        day = None
    if day is None:
        raise Invalid(fields={f"until_{kind}": _("Give a date as 2027-01-31.")})
    return datetime.combine(day, time(0), tzinfo=clock.billing_zone()) + timedelta(days=1)


def _answer(actor: Actor, seller_id: str, request: HttpRequest, at: datetime) -> str:
    given = request.POST
    decide = sanctioning.revoke if given.get("act") == "revoke" else sanctioning.confirm
    decide(actor, violation_id=given.get("violation", ""), answer=given.get("answer", "")[:5000], at=at)
    return _("Answered. The seller is told.")


def _level(actor: Actor, seller_id: str, request: HttpRequest, at: datetime) -> str:
    sanctioning.set_level(actor, seller_id=seller_id, level=request.POST.get("level", ""), at=at)
    return _("The level is set.")


def _flags(actor: Actor, seller_id: str, request: HttpRequest, at: datetime) -> str:
    contracting.set_flags(actor, seller_id=seller_id, sells_hardware=request.POST.get("hardware") == "yes", at=at)
    return _("Saved.")


def _unlock(actor: Actor, seller_id: str, request: HttpRequest, at: datetime) -> str:
    certifying.unlock(actor, certification_id=request.POST.get("certification", ""), at=at)
    return _("Unlocked. The seller is told.")


def _coupon(actor: Actor, seller_id: str, request: HttpRequest, at: datetime) -> str:
    given = request.POST
    couponing.set_value(actor, request_id=given.get("request", ""), amount=given.get("amount", ""), at=at)
    return _("The value is set; approve the request in the reviews.")


def _readmit(actor: Actor, seller_id: str, request: HttpRequest, at: datetime) -> str:
    leaving.readmit(actor, seller_id=seller_id, reason=request.POST.get("reason", "")[:1000], at=at)
    return _("The seller is in again. This is recorded with your reason.")


_ACTS: dict[str, Callable[[Actor, str, HttpRequest, datetime], str]] = {
    "violation": _violation, "answer": _answer, "level": _level, "flags": _flags, "unlock": _unlock,
    "coupon": _coupon, "readmit": _readmit,
}  # fmt: skip


# ----- contracting parties, countries, fees -----


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(SETTINGS)
def settings(request: HttpRequest) -> HttpResponse:
    """Who signs with sellers in which countries, and what the marketplace keeps of a sale."""
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            done = _change_settings(actor_of(request), request, clock.now())
        except Refused as refusal:
            if refusal.status in {403, 404} and not refusal.fields:
                raise
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            messages.success(request, done)
            return HttpResponseRedirect("/operator/settings/selling")
    fees = selectors.fees()
    values = {
        "parties": [(party, sorted(region.country for region in party.regions.all())) for party in selectors.parties()],
        "countries": countries.choices(),
        "fees": [(kind, _percent(fees.get(kind))) for kind in ("", *contracting.DELIVERY_TYPES)],
        "default": _percent(selectors.DEFAULT_PERCENT_E2),
        "typed": request.POST,
        "errors": errors,
    }
    return render(request, "operator/selling_settings.html", values, status=status)


def _percent(hundredths: int | None) -> str:
    if hundredths is None:
        return ""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


def _change_settings(actor: Actor, request: HttpRequest, at: datetime) -> str:
    given = request.POST
    match given.get("act"):
        case "party":
            contracting.save_party(
                actor, party_id=given.get("party", ""), name=given.get("name", ""), country=given.get("country", ""),
                currency=given.get("currency", ""), address=given.get("address", ""), tax_id=given.get("tax_id", ""),
                agreement_key=given.get("agreement_key", "") or "AGR_SELLER", at=at,
            )  # fmt: skip
        case "regions":
            typed = given.get("countries", "").replace(",", " ").split()
            contracting.set_regions(actor, party_id=given.get("party", ""), countries_=typed, at=at)
        case "fees":
            before = {kind: _percent(value) for kind, value in selectors.fees().items()}
            for kind in ("", *contracting.DELIVERY_TYPES):
                text = given.get(f"fee_{kind or 'default'}", "").strip()
                if text and text != before.get(kind, ""):
                    contracting.set_fee(actor, delivery_type=kind, percent=text, at=at)
        case _:
            raise NotFound
    return _("Saved.")
