"""O6, the trade desk: stuck work first, with its reason and the remedy we propose; then everything that is traded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from galleria.buying import services as buying
from galleria.buying.states import GIVEN_UP
from galleria.delivering import services as delivering
from galleria.kit import clock, pages
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.paying import services as paying
from galleria.reporting import trade as reporting
from galleria.web import lists, timeline, words, working
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels, progress
from galleria.web.formats import who

VIEW = "operator:order:view"
RETRY = "operator:delivery:retry"
REFUND = "operator:order:refund"
VIEWS = {
    "stuck": gettext_lazy("Stuck"),
    "orders": gettext_lazy("Orders"),
    "subscriptions": gettext_lazy("Subscriptions"),
    "deliveries": gettext_lazy("Deliveries"),
}


@dataclass(frozen=True)
class Delivery:
    """A delivery as the desk shows it: why it stands still, and what we propose to do."""

    row: Any
    at: datetime

    @property
    def id(self) -> str:
        return str(self.row.public_id)

    @property
    def product(self) -> Any:
        return self.row.subscription.product

    @property
    def tag(self) -> dict[str, Any]:
        return labels.product_tag(self.product)

    @property
    def shown(self) -> words.Shown:
        return words.shown(words.DELIVERY_STATES, self.row.state)

    @property
    def activity(self) -> Any:
        return words.ACTIVITIES.get(self.row.activity, self.row.activity)

    @property
    def age(self) -> str:
        return words.span(self.row.requested_at, self.row.finished_at or self.at)

    @property
    def reason(self) -> str:
        """Why it stands still, in words."""
        match self.row.state:
            case "waiting_seller":
                return _("The product has no interface: the seller delivers by hand")
            case "provisioning":
                asked = ngettext("asked %(n)d time", "asked %(n)d times", self.row.polls) % {"n": self.row.polls}
                return self.row.last_error or _("The instance is not ready, %(asked)s") % {"asked": asked}
        return str(self.row.last_error or "")

    @property
    def remedy(self) -> str:
        """What we propose (O6)."""
        row = self.row
        match row.state:
            case "retrying" if row.deadline_at and row.deadline_at > self.at:
                return _("Wait for the next call, or call now. Without success everything is refunded by itself.")
            case "retrying":
                return _("Call now; if it fails again the order is refunded.")
            case "provisioning":
                return _("Ask again now; if the seller cannot say when, refund.")
            case "waiting_seller":
                return _("Ask the seller; confirm when it is delivered, refund when it will not be.")
            case "failed" if delivering.can_be_called(row):
                return _("The seller’s server did not do it in time. Call now, or ask the seller.")
            case "failed":
                return _("Nothing to do: what was paid went back.")
        return ""

    @property
    def can_call(self) -> bool:
        return delivering.can_be_called(self.row)

    @property
    def can_confirm(self) -> bool:
        return bool(self.row.state == "waiting_seller" and self.row.means == "manual")

    @property
    def can_refund(self) -> bool:
        return self.row.activity == "newInstance" and self.row.state in {*progress.OPEN} and bool(self.row.order_id)


def _rights(actor: Actor) -> dict[str, str]:
    """Why a button is off: the missing permission in words, or nothing (UI-GEN-08)."""
    return {
        name: "" if actor.may(action) else _("You need the permission %(action)s.") % {"action": action}
        for name, action in (("retry_off", RETRY), ("refund_off", REFUND))
    }


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """One of four lists; the stuck ones when nothing else is asked."""
    actor, at = actor_of(request), clock.now()
    view = lists.one_of(request.GET, "view", VIEWS) or "stuck"
    typed = lists.text_of(request.GET, "q")
    stuck = reporting.stuck(actor, at=at)
    values = {
        "view": view,
        "views": lists.views(request, VIEWS, {}, current=view),
        "stuck": stuck,
        "typed": typed,
        "refunds": reporting.failed_refunds(actor) if view == "stuck" else [],
        "data": request.GET,
        "lists": lists,
        "words": words,
        "amount": lambda row: Money(row.amount_minor, row.currency),
        "due_of": labels.due_of,
        "at": at,
        **_rights(actor),
        **_list(request, actor, view, typed, at),
    }
    return render(request, "operator/trade.html", values)


def _list(request: HttpRequest, actor: Actor, view: str, typed: str, at: datetime) -> dict[str, Any]:
    cursor, size = request.GET.get("cursor"), request.GET.get("size")
    rows: list[Any]
    if view == "orders":
        state = lists.one_of(request.GET, "state", words.ORDER_STATES)
        page: Any = pages.page_of(
            reporting.orders(actor, words=typed, state=state), sort="-created_at", cursor=cursor, size=size
        )
        rows, states = list(page), {key: each.word for key, each in words.ORDER_STATES.items()}
    elif view == "subscriptions":
        state = lists.one_of(request.GET, "state", words.SUBSCRIPTION_STATES)
        page = pages.page_of(
            reporting.subscriptions(actor, words=typed, state=state), sort="-created_at", cursor=cursor, size=size
        )
        rows, states = list(page), {key: each.word for key, each in words.SUBSCRIPTION_STATES.items()}
    else:
        state = lists.one_of(request.GET, "state", words.DELIVERY_STATES) if view == "deliveries" else ""
        found = (
            reporting.deliveries(actor, words=typed, state=state)
            if view == "deliveries"
            else reporting.stuck_deliveries(actor, at=at, words=typed)
        )
        sort = "-requested_at" if view == "deliveries" else "requested_at"
        page = pages.page_of(found, sort=sort, cursor=cursor, size=size)
        rows, states = (
            [Delivery(each, at) for each in page],
            {key: each.word for key, each in words.DELIVERY_STATES.items()},
        )
    return {
        "rows": rows,
        "states": lists.options(_("Any state"), states),
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
    }


# ----- one delivery -----


@require_safe
@signed_in(VIEW)
def delivery(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """A delivery with every call that was made for it."""
    return _delivery_page(request, delivery_id)


def _delivery_page(
    request: HttpRequest, delivery_id: str, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    page = reporting.delivery_page(actor, delivery_id)
    values = {
        "page_": page,
        "each": Delivery(page.delivery, at),
        "delivery": page.delivery,
        "history": timeline.rail(timeline.of_records(page.records)),
        "errors": errors or {},
        "words": words,
        "at": at,
        **_rights(actor),
    }
    return render(request, "operator/delivery.html", values, status=status)


@require_POST
@signed_in(VIEW)
def call_now(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """Call the seller now instead of at the planned time."""
    delivering.restart(actor_of(request), delivery_id=delivery_id, at=clock.now())
    messages.success(request, _("The seller’s server is called now. Look again in a moment."))
    return HttpResponseRedirect(f"/operator/trade/deliveries/{delivery_id}")


@require_POST
@signed_in(VIEW)
def confirm(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """The seller delivered outside the system; asked once, since it cannot be undone (UI-GEN-10)."""
    if not request.POST.get("sure"):
        return _delivery_page(request, delivery_id, {"sure": _("Tick that the seller told you.")}, 422)
    delivering.confirm_by_hand(actor_of(request), delivery_id=delivery_id, at=clock.now())
    messages.success(request, _("Recorded as delivered."))
    return HttpResponseRedirect(f"/operator/trade/deliveries/{delivery_id}")


# ----- one order -----


@require_safe
@signed_in(VIEW)
def order(request: HttpRequest, order_id: str) -> HttpResponse:
    """An order with its buyer, deliveries, payments and refunds."""
    return _order_page(request, order_id)


def _order_page(
    request: HttpRequest, order_id: str, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    found = reporting.trade_order(actor, order_id)
    row = found.order
    quote = working.of_stored(row.working)
    values = {
        "found": found,
        "order": row,
        "page_": found.page,
        "shown": words.shown(words.ORDER_STATES, row.state),
        "kind": words.ORDER_KINDS.get(row.kind, ""),
        "creator": who(row.creator_name),
        "deliveries": [Delivery(each, at) for each in found.deliveries],
        "quote": quote,
        "working": working.rows(quote) if quote else [],
        "due": labels.due_of(row),
        "amount_of": lambda minor: Money(minor, row.currency),
        "history": timeline.rail(timeline.of_records(found.page.records)),
        "medium": labels.line_medium,
        "tag_of": labels.product_tag,
        "can_refund": row.state == "processing" and row.kind in GIVEN_UP,
        "errors": errors or {},
        "words": words,
        **_rights(actor),
    }
    return render(request, "operator/order.html", values, status=status)


@require_POST
@signed_in(VIEW)
def refund(request: HttpRequest, order_id: str) -> HttpResponse:
    """End an order whose delivery is stuck: everything paid goes back (B-ORD-015)."""
    try:
        buying.refund_order(
            actor_of(request), order_id=order_id, reason=lists.text_of(request.POST, "reason", 500), at=clock.now()
        )
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _order_page(request, order_id, refusal.fields, refusal.status)
    messages.success(request, _("Refunded. The buyer is told why."))
    return HttpResponseRedirect(f"/operator/trade/orders/{order_id}")


# ----- refunds that the gateway refused -----


@require_POST
@signed_in(VIEW)
def retry_refund(request: HttpRequest, refund_id: str) -> HttpResponse:
    """Ask the card gateway once more."""
    paying.retry_refund(actor_of(request), refund_id=refund_id, at=clock.now())
    messages.success(request, _("The gateway is asked again."))
    return HttpResponseRedirect("/operator/trade")


@require_POST
@signed_in(VIEW)
def refund_to_balance(request: HttpRequest, refund_id: str) -> HttpResponse:
    """Put it on the account's balance instead."""
    try:
        paying.refund_to_balance(
            actor_of(request), refund_id=refund_id, reason=lists.text_of(request.POST, "reason", 300), at=clock.now()
        )
    except Refused as refusal:
        if not refusal.fields:
            raise
        messages.error(request, " ".join(refusal.fields.values()))
    else:
        messages.success(request, _("The refund is on the account’s balance."))
    return HttpResponseRedirect("/operator/trade")
