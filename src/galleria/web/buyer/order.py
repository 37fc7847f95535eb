"""B9, one order: what it costs and why, what was agreed, how it is delivered, what was paid and given back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup, escape

from galleria.buying import services
from galleria.buying.states import UNSUBSCRIPTION
from galleria.kit import clock
from galleria.kit.errors import NotFound, Refused
from galleria.kit.money import Money
from galleria.kit.spoken import spoken
from galleria.reporting import orders as reporting
from galleria.web import lists, timeline, words, working
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels, progress
from galleria.web.buyer.orders import Row
from galleria.web.formats import money, money_text, who

PAID = ("processing", "completed", "refunding")


@require_safe
@signed_in("billing:order:view")
def show(request: HttpRequest, order_id: str) -> HttpResponse:
    """The page of the order."""
    return _page(request, order_id)


def _page(request: HttpRequest, order_id: str, status: int = 200, **more: Any) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    page = reporting.order_page(actor, order_id)
    order = page.order
    if order.account_id != actor.account_pk:
        raise NotFound
    if order.kind == UNSUBSCRIPTION:  # its page is the receipt
        return HttpResponseRedirect(f"/buyer/unsubscriptions/{order.public_id}")
    quote = working.of_stored(order.working)
    entries = _history(page)
    kind = request.GET.get("kind", "")
    values = {
        "page_": page,
        "order": order,
        "row": Row(order, at),
        "lines": [_line(order, line) for line in page.lines],
        "quote": quote,
        "working": working.rows(quote) if quote else [],
        "track": progress.track(actor, order, at=at) if order.paid_at else None,
        "lede": _lede(page),
        "parts": [
            (words.SOURCES.get(part.source, part.source), Money(part.amount, order.currency)) for part in page.parts
        ],
        "history": timeline.rail(entries, kind=kind),
        "kinds": timeline.kinds(entries, kind),
        "due": page.due,
        "saving": Money(order.official_minor - order.discounted_minor, order.currency),
        "may_pay": actor.may("billing:order:pay"),
        "may_cancel": actor.may("billing:order:cancel"),
        "may_accept": actor.may("gallery:serviceflow:accept"),
        "amount_of": lambda minor: Money(minor, order.currency),
        "words": words,
        "is_news": False,
        "errors": {},
        "at": at,
        **more,
    }
    return render(request, "buyer/order.html", values, status=status)


def _line(order: Any, line: Any) -> dict[str, Any]:
    """One line with names and amounts."""

    def amount(minor: int) -> Money:
        return Money(minor, order.currency)

    return {
        "line": line,
        "tag": labels.product_tag(line.product),
        "medium": [*labels.line_medium(line), line.public_id],
        "choices": words.choices_text(line.choices, line.specification.attributes.all())
        + words.answers(line.extra, line.product.extra_parameters)
        + ([(_("Before the change"), was)] if (was := words.changed_from(line)) else []),
        "official": amount(line.official_minor),
        "discount": amount(-line.discount_minor),
        "discounts": [str(each.get("name", "")) for each in line.discounts if isinstance(each, dict)],
        "coupon": amount(-line.coupon_minor),
        "net": amount(line.payable_minor),
        "tax": amount(line.tax_minor),
        "due": amount(line.payable_minor + line.tax_minor),
        "refunded": amount(line.refunded_minor),
        "shown": words.shown(words.LINE_STATES, line.delivery_state),
    }


def _lede(page: reporting.OrderPage) -> str:
    """What comes next and who must act, in one sentence (UI-GEN-03)."""
    order = page.order
    match order.state:
        case "pending_payment":
            return _("It waits for payment of %(amount)s.") % {"amount": money_text(page.due)}
        case "pending_approval":
            return _("It is above the limit of who ordered and waits for somebody who may approve it.")
        case "pending_confirmation":
            return _("It was placed for you and waits for your confirmation.")
        case "processing" if page.is_acceptable:
            return _("The seller has delivered. Accept the delivery; then your term begins.")
        case "processing":
            return _("The seller is delivering it.")
        case "refunding":
            return _("It could not be delivered. %(amount)s are on their way back.") % {"amount": money_text(page.due)}
        case "completed" if order.refunded_minor:
            return _("A part of it could not be delivered and was given back.")
        case "completed":
            return _("Everything is delivered.")
        case "canceled" if order.refunded_minor:
            return _("It could not be delivered. Everything was given back.")
    return _("It was canceled; nothing was charged.")


def _history(page: reporting.OrderPage) -> list[timeline.Entry]:
    order = page.order
    entries = timeline.of_records(page.records)
    if not any(record.sentence == "order.placed" for record in page.records):
        placed = _("%(who)s placed the order") % {"who": who(order.creator_name)}
        entries += timeline.event(order.created_at, placed, "people")
    for payment in (*page.tried, *([page.payment] if page.payment else [])):
        method = words.METHODS.get(payment.method, payment.method)
        sum_ = money(Money(payment.amount_minor, payment.currency))
        if payment.state == "succeeded":
            text = escape(_("%(amount)s paid by %(who)s: %(method)s")) % {
                "amount": sum_, "who": payment.created_by or _("operations system"), "method": method,
            }  # fmt: skip
            entries += timeline.event(payment.finished_at, text, "money")
        elif payment.state == "failed":
            text = escape(_("%(amount)s not paid: %(reason)s")) % {
                "amount": sum_, "reason": spoken(payment.failure_text),
            }  # fmt: skip
            entries += timeline.event(payment.finished_at or payment.created_at, text, "money", phase="bad")
    for refund in page.refunds:
        text = Markup("{} {}").format(
            money(Money(refund.amount_minor, refund.currency)), words.shown(words.REFUND_STATES, refund.state).word
        )
        entries += timeline.event(refund.finished_at or refund.created_at, text, "money")
    if order.state == "completed":
        entries += timeline.event(order.finished_at, _("The order is complete"), "system")
    return entries


# ----- acts -----


@require_POST
@signed_in("billing:order:view")
def accept(request: HttpRequest, order_id: str) -> HttpResponse:
    """Accept what was delivered under supervision; final (B-SVC-013)."""
    if not request.POST.get("sure"):
        return _page(request, order_id, status=422, errors={"sure": _("Tick that you checked the delivery.")})
    services.accept_delivery(actor_of(request), order_id=order_id, at=clock.now())
    messages.success(request, _("Accepted. Your term begins now."))
    return HttpResponseRedirect(f"/buyer/orders/{order_id}")


@require_POST
@signed_in("billing:order:view")
def approve(request: HttpRequest, order_id: str) -> HttpResponse:
    """Let an order above somebody's limit be paid (B-PRM-002)."""
    services.approve_order(actor_of(request), order_id=order_id, at=clock.now())
    messages.success(request, _("Approved. The order can be paid now."))
    return HttpResponseRedirect(f"/buyer/pay?orders={order_id}")


@require_POST
@signed_in("billing:order:view")
def reject(request: HttpRequest, order_id: str) -> HttpResponse:
    """Refuse it, with a reason that the person who ordered reads."""
    try:
        services.reject_order(
            actor_of(request), order_id=order_id, reason=lists.text_of(request.POST, "reason", 500), at=clock.now()
        )
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _page(request, order_id, status=refusal.status, errors=refusal.fields)
    messages.success(request, _("Refused. The person who ordered is told."))
    return HttpResponseRedirect(f"/buyer/orders/{order_id}")
