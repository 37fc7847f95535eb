"""B2: the payment page for one or up to thirty orders, the payment itself, and its result (B-PAY-001, B-ORD-022)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote as quoted

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.buying import selectors, services
from galleria.kit import clock, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Refused
from galleria.kit.money import Money
from galleria.paying import selectors as paying
from galleria.paying import services as paying_services
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels, means, progress
from galleria.web.formats import money_text

OPEN = ("pending", "needs_action")


def next_page(order: Any) -> str:
    """Where a person goes on with an order: to pay it, to see its payment and delivery, or to the order itself."""
    if order.state == "pending_payment":
        return f"/buyer/pay?orders={order.public_id}"
    if order.payment_id and order.state in {"processing", "completed", "refunding"}:
        return f"/buyer/pay/{order.payment.public_id}"
    return f"/buyer/orders/{order.public_id}"


def ids_of(request: HttpRequest) -> list[str]:
    """The orders that a form or address names: `orders=A,B` or the field several times."""
    data = request.POST if request.method == "POST" else request.GET
    found = [part.replace("\x00", "").strip() for value in data.getlist("orders") for part in value.split(",")]
    return [each[:64] for each in dict.fromkeys(found) if each]


@dataclass(frozen=True)
class Bill:
    """What the payment page shows. `dropped`: orders that were asked for and cannot be paid (any more), with why."""

    orders: list[Any]
    dropped: list[tuple[Any, str]]
    total: Money | None
    saving: Money | None
    ways: list[means.Way]
    expires_at: datetime | None
    open_payment: Any
    too_many: int
    needs_contract_answer: bool

    @property
    def ids(self) -> str:
        return ",".join(order.public_id for order in self.orders)

    @property
    def button(self) -> str:
        return _("Pay %(amount)s") % {"amount": money_text(self.total)} if self.total is not None else _("Pay")


def _bill(actor: Actor, wanted: Sequence[str], at: datetime) -> Bill:
    most = int(parameters.get("order.combined_payment_max", at=at))
    rows = list(selectors.orders_of(actor).filter(public_id__in=list(wanted)[: most + 1]))
    if not rows:
        raise NotFound
    orders: list[Any] = []
    dropped: list[tuple[Any, str]] = []
    for order in sorted(rows, key=lambda each: each.public_id):
        reason = _why_not(order, at)
        if reason:
            dropped.append((order, reason))
        else:
            orders.append(order)
    total = means.total_of(orders)
    return Bill(
        orders=orders,
        dropped=dropped,
        total=total,
        saving=Money(
            sum(each.official_minor - each.discounted_minor + each.coupon_minor for each in orders), total.currency
        )
        if total
        else None,
        ways=means.ways_for_orders(actor, orders, at=at) if orders and total else [],
        expires_at=min((each.expires_at for each in orders if each.expires_at), default=None),
        open_payment=_open_payment(actor, orders),
        too_many=most if len(wanted) > most else 0,
        needs_contract_answer=any(each.contract_id for each in orders),
    )


def _why_not(order: Any, at: datetime) -> str:
    """Why an order cannot be paid now; empty when it can."""
    match order.state:
        case "pending_payment" if order.expires_at is not None and order.expires_at <= at:
            return _("Its time to pay is over.")
        case "pending_payment":
            return ""
        case "pending_approval":
            return _("It waits for approval and cannot be paid yet.")
        case "pending_confirmation":
            return _("It waits for your confirmation and cannot be paid yet.")
        case "canceled":
            return _("It was canceled.")
    return _("It has been paid.")


def _open_payment(actor: Actor, orders: Sequence[Any]) -> Any:
    found = paying.open_payments(actor.account_pk or 0, [order.public_id for order in orders]) if orders else []
    return found[0] if found else None


@require_http_methods(["GET", "POST"])
@signed_in("billing:order:view")
def pay(request: HttpRequest) -> HttpResponse:
    """The payment page; a POST pays."""
    actor = actor_of(request)
    wanted = ids_of(request)
    if not wanted:
        return HttpResponseRedirect("/buyer/orders?view=unpaid")
    if request.method == "POST":
        method, _colon, which = lists.text_of(request.POST, "means", 60).partition(":")
        if method:
            confirmed = bool(request.POST.get("contract"))
            return pay_and_go(
                request, wanted, method[:12], which[:40], lists.text_of(request.POST, "token", 80), confirmed=confirmed
            )
        return _page(request, actor, wanted, {"means": _("Choose how to pay.")}, status=422)
    return _page(request, actor, wanted, {})


def _page(
    request: HttpRequest, actor: Actor, wanted: Sequence[str], errors: dict[str, str], status: int = 200
) -> HttpResponse:
    bill = _bill(actor, wanted, clock.now())
    if not bill.orders and len(bill.dropped) == 1 and status == 200:
        return HttpResponseRedirect(next_page(bill.dropped[0][0]))
    values = {
        "bill": bill,
        "chosen_way": means.chosen(bill.ways, lists.text_of(request.POST, "means", 60)),
        "errors": errors,
        "token": secrets.token_urlsafe(24),
        "may_pay": actor.may("billing:order:pay"),
        "back": f"/buyer/pay?orders={bill.ids}",
        "ways": bill.ways,
        "amount": labels.due_of,
        "words": words,
    }
    return render(request, "buyer/pay.html", values, status=status)


def pay_and_go(
    request: HttpRequest, wanted: Sequence[str], method: str, which: str, token: str, *, confirmed: bool = False
) -> HttpResponse:
    """Pay, then show the result; what is refused leads to the payment page with the reason, the orders unpaid."""
    actor = actor_of(request)
    try:
        paid = services.pay_orders(
            actor, order_ids=wanted, method=method, token=token, means_id=which, contract_confirmed=confirmed,
            at=clock.now(),
        )  # fmt: skip
    except NotFound:
        raise
    except Refused as refusal:
        if refusal.extra.get("payment_id"):
            return HttpResponseRedirect(f"/buyer/pay/{refusal.extra['payment_id']}")
        return _refused(request, actor, wanted, refusal)
    if paid.skipped:
        left_out = len(paid.skipped)
        messages.warning(
            request,
            ngettext(
                "%(count)d order was left out: it changed meanwhile.",
                "%(count)d orders were left out: they changed meanwhile.",
                left_out,
            )
            % {"count": left_out},
        )
    return HttpResponseRedirect(f"/buyer/pay/{paid.payment.public_id}")


def _refused(request: HttpRequest, actor: Actor, wanted: Sequence[str], refusal: Refused) -> HttpResponse:
    if refusal.code in {"ORDER_STATUS_CHANGED", "ORDER_EXPIRED"} and len(wanted) == 1:
        messages.warning(request, refusal.message)
        return HttpResponseRedirect(f"/buyer/orders/{quoted(wanted[0])}")
    if request.path != "/buyer/pay":
        # The order exists and waits; the reason is shown where it can be paid in another way.
        messages.error(request, refusal.message)
        return HttpResponseRedirect(f"/buyer/pay?orders={quoted(','.join(wanted))}")
    field = "contract" if refusal.code == "CONTRACT_OVERLAP_NOT_CONFIRMED" else "means"
    return _page(request, actor, wanted, refusal.fields or {field: refusal.message}, status=refusal.status)


# ----- result -----


@require_safe
@signed_in("billing:order:view")
def result(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Paid, pending, to be confirmed at the bank, or failed with its reason; and the delivery, live."""
    actor, at = actor_of(request), clock.now()
    payment = _own(actor, payment_id)
    orders = list(selectors.orders_of(actor).filter(public_id__in=payment.order_ids))
    tracks = [progress.track(actor, order, at=at) for order in orders] if payment.state == "succeeded" else []
    values = {
        "payment": payment,
        "orders": orders,
        "heading": progress.heading(payment, orders),
        "amount": Money(payment.amount_minor, payment.currency),
        "parts": [
            (words.SOURCES.get(part["source"], part["source"]), Money(part["amount_minor"], payment.currency))
            for part in _by_source(payment.parts)
        ],
        "card": payment.means,
        "tracks": tracks,
        "line_net": labels.net_of_line,
        "tax_of": labels.tax_of,
        "unpaid": [order for order in orders if order.state == "pending_payment"],
        "words": words,
    }
    return render(request, "buyer/result.html", values)


def _own(actor: Actor, payment_id: str) -> Any:
    """The payment of the actor's own account; top-ups have pages of their own."""
    payment = paying.payment_of(actor, payment_id)
    if payment.purpose != "orders" or payment.account_id != actor.account_pk:
        raise NotFound
    return payment


def _by_source(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parts of several orders added up by their source, in charging order."""
    sums: dict[str, int] = {}
    for part in parts:
        sums[part["source"]] = sums.get(part["source"], 0) + int(part["amount_minor"])
    return [{"source": source, "amount_minor": amount} for source, amount in sums.items()]


@signed_in("billing:order:view")
def come_back(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Back from the bank: ask the gateway what became of it, then show the result (B-PAY-004)."""
    actor = actor_of(request)
    payment = _own(actor, payment_id)
    if payment.state in OPEN and actor.may("billing:order:pay"):
        services.confirm_card_payment(actor, payment_id=payment_id, at=clock.now())
    return HttpResponseRedirect(f"/buyer/pay/{payment_id}")


@require_POST
@signed_in("billing:order:pay")
def ask_again(request: HttpRequest, payment_id: str) -> HttpResponse:
    """*Check again* on a payment that is pending."""
    return HttpResponseRedirect(f"/buyer/payments/{payment_id}/return/")


@require_POST
@signed_in("billing:order:pay")
def abandon(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Give up an open card payment, to pay in another way; if it was charged meanwhile, it is paid."""
    payment = _own(actor_of(request), payment_id)
    payment = paying_services.abandon_card_payment(actor_of(request), payment_id=payment.public_id, at=clock.now())
    if payment.state == "failed":
        return HttpResponseRedirect(f"/buyer/pay?orders={','.join(payment.order_ids)}")
    return HttpResponseRedirect(f"/buyer/pay/{payment_id}")
