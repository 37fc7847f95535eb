"""B8: *My Orders* and *Unpaid Orders*, their payment together, cancellation and export (B-ORD-020 to B-ORD-023)."""

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
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from galleria.buying import selectors, services
from galleria.buying.selectors import OrderFilter
from galleria.buying.states import UNSUBSCRIPTION
from galleria.kit import clock, csvout, pages, parameters
from galleria.kit.errors import NotFound, Refused
from galleria.kit.money import Money
from galleria.reporting import orders as reporting
from galleria.web import context, lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.buyer.payment import ids_of
from galleria.web.formats import date_text, who

VIEWS = {
    "": gettext_lazy("All"),
    "unpaid": gettext_lazy("Unpaid"),
    "to_pay": gettext_lazy("To pay"),
    "to_approve": gettext_lazy("To approve"),
    "running": gettext_lazy("Running"),
    "refunding": gettext_lazy("Refunding"),
}
FILTERS = ("q", "product", "type", "kind", "state", "from", "to")
EXPIRING = 24 * 3600


@dataclass(frozen=True)
class Row:
    """One order in the list."""

    order: Any
    at: datetime

    @property
    def lines(self) -> list[Any]:
        return list(self.order.lines.all())

    @property
    def first(self) -> Any:
        return self.lines[0] if self.lines else None

    @property
    def tag(self) -> dict[str, Any]:
        return labels.product_tag(self.first.product)

    @property
    def medium(self) -> list[str]:
        more = len(self.lines) - 1
        found = labels.line_medium(self.first)
        if more:
            found.append(ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more})
        return found

    @property
    def shown(self) -> words.Shown:
        return words.shown(words.ORDER_STATES, self.order.state)

    @property
    def kind(self) -> Any:
        return words.ORDER_KINDS.get(self.order.kind, "")

    @property
    def creator(self) -> str:
        return who(self.order.creator_name)

    @property
    def due(self) -> Money:
        return Money(self.order.due_minor, self.order.currency)

    @property
    def expires_soon(self) -> bool:
        end = self.order.expires_at
        return end is not None and (end - self.at).total_seconds() < EXPIRING

    @property
    def is_unpaid(self) -> bool:
        waits = {"pending_payment", "pending_approval", "pending_confirmation"}
        return self.order.state in waits and self.order.kind != UNSUBSCRIPTION


def _narrowed(request: HttpRequest) -> OrderFilter:
    data = request.GET
    zone = context.of(request).zone
    kind = lists.one_of(data, "kind", (str(each) for each in words.ORDER_KINDS))
    return OrderFilter(
        view=lists.one_of(data, "view", VIEWS),
        number=lists.text_of(data, "q", 64),
        product=lists.text_of(data, "product"),
        delivery_type=lists.one_of(data, "type", words.DELIVERY_TYPES),
        kind=int(kind) if kind else None,
        state=lists.one_of(data, "state", words.ORDER_STATES),
        placed_from=lists.day_of(data, "from", zone),
        placed_to=lists.day_of(data, "to", zone, end=True),
    )


@require_safe
@signed_in("billing:order:view")
def show(request: HttpRequest) -> HttpResponse:
    """The list with its views, filters and the sum of what they leave."""
    actor, at = actor_of(request), clock.now()
    errors: dict[str, str] = {}
    try:
        narrowed = _narrowed(request)
        rows = selectors.orders_of(actor, narrowed)
    except Refused as refusal:
        if refusal.code != "INVALID":
            raise
        errors, narrowed = refusal.fields, OrderFilter(view=lists.one_of(request.GET, "view", VIEWS))
        rows = selectors.orders_of(actor, narrowed)
    page = pages.page_of(rows, sort="-created_at", cursor=request.GET.get("cursor"), size=request.GET.get("size"))
    counts = reporting.tallies(actor)
    count, sums = reporting.totals(actor, narrowed)
    is_unpaid = narrowed.view in {"unpaid", "to_pay"}
    values = {
        "rows": [Row(each, at) for each in page],
        "errors": errors,
        "counts": counts,
        "count": count,
        "sums": sums,
        "views": lists.views(request, VIEWS, counts, current=narrowed.view),
        "view": narrowed.view,
        "is_unpaid": is_unpaid,
        "data": request.GET,
        "is_narrowed": lists.are_on(request.GET, FILTERS),
        "types": lists.options(_("Any product type"), words.DELIVERY_TYPES),
        "kinds": lists.options(_("Any order type"), {str(key): word for key, word in words.ORDER_KINDS.items()}),
        "states": lists.options(
            _("Any status"), {key: each.word for key, each in words.ORDER_STATES.items()},
            ("pending_payment", "pending_approval", "pending_confirmation") if is_unpaid else (),
        ),
        "may_pay": actor.may("billing:order:pay"),
        "may_cancel": actor.may("billing:order:cancel"),
        "may_export": actor.may("billing:order:export"),
        "most": int(parameters.get("order.combined_payment_max", at=at)),
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
        "lists": lists,
        "at": at,
    }  # fmt: skip
    return render(request, "buyer/orders.html", values, status=422 if errors else 200)


@require_POST
@signed_in("billing:order:view")
def act(request: HttpRequest) -> HttpResponse:
    """Pay or cancel the chosen orders. Paying more than thirty together is refused with the limit (B-ORD-T2)."""
    wanted = ids_of(request)
    if not wanted:
        messages.warning(request, _("Choose at least one order."))
        return HttpResponseRedirect("/buyer/orders?view=unpaid")
    if request.POST.get("act") == "cancel":
        return ask_to_cancel(request, wanted)
    most = int(parameters.get("order.combined_payment_max"))
    if len(wanted) > most:
        refused = _("At most %(most)s orders can be paid together; you chose %(count)s.")
        messages.error(request, refused % {"most": most, "count": len(wanted)})
        return HttpResponseRedirect("/buyer/orders?view=unpaid")
    return HttpResponseRedirect(f"/buyer/pay?orders={','.join(wanted)}")


def ask_to_cancel(request: HttpRequest, wanted: list[str]) -> HttpResponse:
    """Cancelling cannot be undone: it asks once, names the orders and says what follows (B-ORD-023, UI-GEN-10)."""
    actor, at = actor_of(request), clock.now()
    actor.require("billing:order:cancel")
    rows = [Row(each, at) for each in selectors.orders_of(actor).filter(public_id__in=wanted[:100])]
    if not rows:
        raise NotFound
    return render(request, "buyer/cancel.html", {"rows": rows, "open": [row for row in rows if row.is_unpaid]})


@require_POST
@signed_in("billing:order:cancel")
def cancel(request: HttpRequest) -> HttpResponse:
    """Cancel the orders that the person confirmed; each row that cannot be canceled is named."""
    actor = actor_of(request)
    done, has_coupon = 0, False
    wanted = ids_of(request)[:100]
    for order_id in wanted:
        try:
            order = services.cancel_order(
                actor, order_id=order_id, reason=lists.text_of(request.POST, "reason", 500), at=clock.now()
            )
            done += 1
            has_coupon = has_coupon or order.coupon_id is not None
        except Refused as refusal:
            if refusal.status == 404 and len(wanted) == 1:
                raise
            messages.warning(request, f"{order_id}: {refusal.message}")
    if done:
        told = (
            ngettext(
                "%(count)d order canceled. Its coupon is free again.",
                "%(count)d orders canceled. Their coupons are free again.",
                done,
            )
            if has_coupon
            else ngettext("%(count)d order canceled.", "%(count)d orders canceled.", done)
        )
        messages.success(request, told % {"count": done})
    return HttpResponseRedirect(f"/buyer/orders/{wanted[0]}" if len(wanted) == 1 else "/buyer/orders?view=unpaid")


@require_safe
@signed_in("billing:order:view", "billing:order:export")
def export(request: HttpRequest) -> HttpResponseBase:
    """Exactly the filtered orders as CSV, a row a line, up to 10,000 orders."""
    at = clock.now()
    rows = selectors.orders_of(actor_of(request), _narrowed(request))[: reporting.EXPORT_MOST]
    header = [
        _("Order"), _("Line"), _("Order type"), _("Product"), _("Product type"), _("Seller"), _("Billing"), _("Status"),
        _("Placed by"), _("Placed"), _("Expires"), _("Official"), _("Discount"), _("Coupon"), _("Tax"), _("Due"),
        _("Refunded"), _("Currency"),
    ]  # fmt: skip
    name = f"orders-{clock.billing_date(at).isoformat()}.csv"
    with context.current(context.of(request)):
        return csvout.download(name, header, list(_cells(rows, at)))


def _cells(rows: Any, at: datetime) -> Iterator[list[Any]]:
    for order in rows.iterator(chunk_size=500):
        row = Row(order, at)
        for line in row.lines:
            amounts = (
                line.official_minor, -line.discount_minor, -line.coupon_minor, line.tax_minor,
                line.payable_minor + line.tax_minor, line.refunded_minor,
            )  # fmt: skip
            yield [
                order.public_id, line.public_id, str(row.kind), line.product_name,
                str(words.DELIVERY_TYPES.get(line.product.delivery_type, "")), line.product.seller.name,
                ", ".join(labels.line_medium(line)), str(row.shown.word), row.creator,
                date_text(order.created_at, "datetime"),
                date_text(order.expires_at, "datetime") if order.expires_at and row.is_unpaid else "",
                *(Money(minor, order.currency).text for minor in amounts), order.currency,
            ]  # fmt: skip
