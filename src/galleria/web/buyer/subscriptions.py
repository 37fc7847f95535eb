"""B4, *Purchased Apps*: all subscriptions of the account, with what comes next of each (buyer-use-delivery 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from galleria.kit import clock, csvout, pages
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.reporting import subscriptions as reporting
from galleria.subscribing import services
from galleria.subscribing.rules import days_left
from galleria.subscribing.selectors import SubscriptionFilter
from galleria.web import context, lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.formats import date_text
from galleria.web.jinja import query_string

VIEWS = {
    "active": gettext_lazy("Active"),
    "expiring": gettext_lazy("Expiring"),
    "trials": gettext_lazy("Trials"),
    "frozen": gettext_lazy("Frozen"),
    "ended": gettext_lazy("Ended"),
    "all": gettext_lazy("All"),
}
EXPIRES_IN = {
    "7": gettext_lazy("in 7 days"),
    "15": gettext_lazy("in 15 days"),
    "30": gettext_lazy("in 30 days"),
    "0": gettext_lazy("expired"),
}
FILTERS = ("q", "type", "mode", "state", "expires")
STATES = ("initializing", "effective", "grace", "expired", "frozen", "released", "failed")
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    subscription: Any
    line: Any
    at: datetime

    @property
    def id(self) -> str:
        return str(self.subscription.public_id)

    @property
    def tag(self) -> dict[str, Any]:
        return labels.product_tag(self.subscription.product)

    @property
    def state_key(self) -> str:
        row = self.subscription
        return words.subscription_state(
            row.state,
            line_state=self.line.delivery_state if self.line else "",
            order_state=self.line.order.state if self.line else "",
            expires_at=row.expires_at,
            renews=row.auto_renew,
            at=self.at,
        )

    @property
    def shown(self) -> words.Shown:
        return words.shown(words.SUBSCRIPTION_STATES, self.state_key)

    @property
    def medium(self) -> list[str]:
        row = self.subscription
        days = row.period_count if row.is_trial else 0
        found = [
            row.specification.name,
            words.billing(row.billing_mode, row.period_type, days or row.period_count, is_trial=row.is_trial),
        ]
        if row.quantity > 1:
            found.append(f"× {row.quantity}")
        return found

    @property
    def delivery_type(self) -> str:
        return str(words.DELIVERY_TYPES.get(self.subscription.product.delivery_type, ""))

    @property
    def days_left(self) -> int | None:
        end = self.subscription.expires_at
        return days_left(self.at, end) if end else None

    @property
    def next_step(self) -> str:
        """What comes next, and who must act (UI-GEN-03)."""
        return next_step(self.subscription, self.state_key)

    @property
    def coming_text(self) -> Markup:
        """For the rail: when, and what happens then."""
        end = self.subscription.expires_at
        return Markup("{}<br>{}").format(words.on_day(end, self.at, "day"), self.next_step)

    @property
    def a_month(self) -> Money | None:
        row = self.subscription
        if row.is_trial:
            return None
        return labels.a_month(Money(row.paid_minor, row.currency), row.period_type, row.period_count)

    @property
    def paid(self) -> Money:
        return Money(self.subscription.paid_minor, self.subscription.currency)

    @property
    def may_renew(self) -> bool:
        row = self.subscription
        return row.billing_mode == "period" and not row.is_trial and row.state in {"initializing", "effective", "grace"}


def next_step(row: Any, state: str) -> str:
    """One clause: what happens next with a subscription."""
    match state:
        case "initializing":
            return _("The seller sets it up")
        case "waiting_acceptance":
            return _("Accept the delivery, then your term begins")
        case "effective" | "expiring" if row.is_trial:
            return _("Ends by itself, nothing is charged")
        case "effective" | "expiring" if row.expires_at and row.auto_renew:
            return _("Renews by itself")
        case "effective" | "expiring" if row.expires_at:
            return _("Ends, renewal is off")
        case "expired" | "grace" | "frozen" | "freezing":
            return _("Renew it, or it is closed")
        case "refunding":
            return _("Everything paid is on its way back")
        case "failed":
            return _("Everything paid was given back")
    return ""


def _narrowed(request: HttpRequest) -> SubscriptionFilter:
    data = request.GET
    expires = lists.one_of(data, "expires", EXPIRES_IN)
    view = lists.one_of(data, "view", VIEWS) or "active"
    words_ = lists.text_of(data, "q")
    return SubscriptionFilter(
        # A search looks everywhere unless a view was chosen.
        view="" if view == "all" or (words_ and "view" not in data) else view,
        delivery_type=lists.one_of(data, "type", words.DELIVERY_TYPES),
        state=lists.one_of(data, "state", STATES),
        billing_mode=lists.one_of(data, "mode", words.BILLING_MODES),
        expires_in=int(expires) if expires else None,
        words=words_,
    )


@require_safe
@signed_in("gallery:subscription:view")
def show(request: HttpRequest) -> HttpResponse:
    """The list; filters, view and place are in the address."""
    actor, at = actor_of(request), clock.now()
    narrowed = _narrowed(request)
    counts = reporting.tallies(actor, at=at)
    by_end = narrowed.view == "expiring" or narrowed.expires_in is not None
    page = pages.page_of(
        reporting.rows(actor, narrowed, at=at),
        sort="expires_at" if by_end else "-created_at",
        cursor=request.GET.get("cursor"),
        size=request.GET.get("size"),
    )
    current = narrowed.view or "all"
    is_narrowed = lists.are_on(request.GET, FILTERS)
    shows_coming = current == "active" and not is_narrowed and "cursor" not in request.GET
    values = {
        "rows": [Row(each, reporting.order_line_of(each), at) for each in page],
        "page_": page,
        "counts": counts,
        "monthly": reporting.monthly_cost(actor),
        "coming": [Row(each, None, at) for each in reporting.coming(actor, at=at)] if shows_coming else [],
        "views": lists.views(request, VIEWS, counts, current=current),
        "data": request.GET,
        "view": current,
        "is_narrowed": is_narrowed,
        "types": lists.options(_("Any delivery"), words.DELIVERY_TYPES),
        "modes": lists.options(_("Any billing"), words.BILLING_MODES),
        "ends": lists.options(_("Any end"), EXPIRES_IN),
        "may_renew": actor.may("billing:subscription:autorenew"),
        "undo": _undo(request),
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
        "lists": lists,
        "at": at,
    }
    return render(request, "buyer/subscriptions.html", values)


# ----- renewing by itself -----


def _undo(request: HttpRequest) -> dict[str, Any] | None:
    """What was just switched, to switch it back (UI-GEN-10): `undo=off:sub_a,sub_b` in the address."""
    what, _colon, ids = request.GET.get("undo", "").partition(":")
    found = [each for each in ids.split(",") if each][:MOST_AT_ONCE]
    if what not in {"on", "off"} or not found:
        return None
    return {"to": what, "ids": found, "count": len(found)}


@require_POST
@signed_in("billing:subscription:autorenew")
def set_renewal(request: HttpRequest) -> HttpResponse:
    """Switch renewal of the chosen rows on or off at once, with an undo; rows that cannot are named."""
    actor, at = actor_of(request), clock.now()
    is_on = request.POST.get("renewal") == "on"
    done: list[str] = []
    chosen = [each.replace("\x00", "")[:40] for each in request.POST.getlist("id")]
    for subscription_id in list(dict.fromkeys(chosen))[:MOST_AT_ONCE]:
        try:
            services.set_auto_renewal(actor, subscription_id=subscription_id, is_on=is_on, at=at)
            done.append(subscription_id)
        except Refused as refusal:
            messages.warning(request, f"{subscription_id}: {refusal.message}")
    back = lists.text_of(request.POST, "back", 40)
    undoing = bool(request.POST.get("undoing"))
    undo = f"{'off' if is_on else 'on'}:{','.join(done)}" if done and not undoing else None
    if undoing and done:
        messages.success(request, _("Undone."))
    if not done and not undoing and not chosen:
        messages.warning(request, _("Choose at least one subscription."))
    if back.startswith("sub_") and back.isidentifier():
        return HttpResponseRedirect(f"/buyer/subscriptions/{back}{query_string({}, undo=undo)}")
    return HttpResponseRedirect(f"/buyer/subscriptions{query_string({}, undo=undo)}")


# ----- export -----


@require_safe
@signed_in("gallery:subscription:view")
def export(request: HttpRequest) -> HttpResponseBase:
    """Exactly the filtered rows as CSV, up to 10,000."""
    actor, at = actor_of(request), clock.now()
    rows = reporting.rows(actor, _narrowed(request), at=at)[: reporting.EXPORT_MOST]
    header = [
        _("Subscription"), _("Product"), _("Specification"), _("Seller"), _("Order"), _("Delivery"), _("Billing"),
        _("State"), _("Bought"), _("In use since"), _("Ends"), _("Renews itself"), _("Quantity"), _("Paid"),
        _("Currency"),
    ]  # fmt: skip
    name = f"subscriptions-{clock.billing_date(at).isoformat()}.csv"
    with context.current(context.of(request)):
        return csvout.download(name, header, list(_cells(rows, at)))


def _cells(rows: Any, at: datetime) -> Iterator[list[Any]]:
    for each in rows.iterator(chunk_size=500):
        row = Row(each, reporting.order_line_of(each), at)
        yield [
            row.id, each.product.name, each.specification.name, each.product.seller.name, each.order_id,
            row.delivery_type, row.medium[1],
            str(row.shown.word), _day(each.created_at), _day(each.effective_at), _day(each.expires_at),
            each.auto_renew, each.quantity, row.paid.text, each.currency,
        ]  # fmt: skip


def _day(value: datetime | None) -> str:
    return date_text(value, "datetime") if value else ""
