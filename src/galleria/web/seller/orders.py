"""S8: orders of the seller's products, one order, export. Of the buyer the seller sees what the buyer agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from galleria.buying.states import CHANGE, UNSUBSCRIPTION
from galleria.delivering import services as delivering
from galleria.kit import clock, csvout, pages
from galleria.kit.errors import NotFound, Refused
from galleria.kit.money import Money
from galleria.kit.spoken import spoken
from galleria.reporting import selling as reporting
from galleria.reporting.selling import LineFilter
from galleria.selling import selectors as selling
from galleria.web import context, lists, timeline, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.formats import date_text, money

VIEWS = {
    "": gettext_lazy("All"),
    "to_deliver": gettext_lazy("To deliver"),
    "done": gettext_lazy("Delivered"),
    "refunding": gettext_lazy("Refunding"),
    "unpaid": gettext_lazy("Unpaid"),
    "canceled": gettext_lazy("Canceled"),
}
FILTERS = ("q", "product", "kind", "from", "to")
CONTACT = {"user_name": gettext_lazy("User"), "email": gettext_lazy("E-mail"), "phone": gettext_lazy("Mobile")}


@dataclass(frozen=True)
class Row:
    """One line of an order. `fee_percent`: what the marketplace keeps of the delivery method."""

    line: Any
    fee_percent: Decimal | None

    @property
    def order(self) -> Any:
        return self.line.order

    @property
    def tag(self) -> dict[str, Any]:
        return {**labels.product_tag(self.line.product), "name": self.line.product_name}

    @property
    def medium(self) -> list[str]:
        return [self.line.specification.name, *labels.line_medium(self.line)]

    @property
    def shown(self) -> words.Shown:
        return words.shown(words.ORDER_STATES, self.order.state)

    @property
    def delivery(self) -> words.Shown:
        return words.shown(words.LINE_STATES, self.line.delivery_state)

    @property
    def kind(self) -> Any:
        return words.ORDER_KINDS.get(self.order.kind, "")

    @property
    def amount(self) -> Money:
        """What the buyer pays for the line, before tax."""
        return Money(self.line.payable_minor, self.order.currency)

    @property
    def official(self) -> Money:
        return Money(self.line.official_minor, self.order.currency)

    @property
    def share(self) -> Money | None:
        """What the seller keeps at today's fee; the month's bill decides."""
        if self.fee_percent is None or self.order.state == "canceled":
            return None
        return share_of(self.amount, self.fee_percent)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What the buyer chose, in words."""
        found = words.choices_text(self.line.choices or {}, self.line.specification.attributes.all())
        if was := words.changed_from(self.line):
            found.append((_("Before the change"), was))
        return found + [(str(key), str(value)) for key, value in (self.line.extra or {}).items()]


def share_of(amount: Money, fee_percent: Decimal) -> Money:
    """What is left of an amount after the fee, rounded half up as settlement does."""
    return amount.times(Decimal(1) - fee_percent / 100)


def rows_of(found: Any) -> list[Row]:
    """Order lines with the fee of their delivery method; one query, none for no lines."""
    if not found:
        return []
    fees = selling.fees()
    usual = fees.get("", selling.DEFAULT_PERCENT_E2)
    return [Row(line, Decimal(fees.get(line.product.delivery_type, usual)) / 100) for line in found]


def _narrowed(request: HttpRequest) -> LineFilter:
    data, zone = request.GET, context.of(request).zone
    kind = lists.one_of(data, "kind", (str(each) for each in words.ORDER_KINDS))
    return LineFilter(
        view=lists.one_of(data, "view", VIEWS),
        words=lists.text_of(data, "q"),
        product=lists.text_of(data, "product", 40),
        kind=int(kind) if kind else None,
        placed_from=lists.day_of(data, "from", zone),
        placed_to=lists.day_of(data, "to", zone, end=True),
    )


@require_safe
@signed_in(reporting.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The list with its views, filters and sums."""
    actor = actor_of(request)
    errors: dict[str, str] = {}
    try:
        narrowed = _narrowed(request)
    except Refused as refusal:
        errors, narrowed = refusal.fields, LineFilter(view=lists.one_of(request.GET, "view", VIEWS))
    found = reporting.orders_of(actor, narrowed)
    page = pages.page_of(found, sort="-pk", cursor=request.GET.get("cursor"), size=request.GET.get("size"))
    counts = reporting.tallies(actor)
    count, sums = reporting.totals(actor, narrowed)
    values = {
        "rows": rows_of(page),
        "errors": errors,
        "counts": counts,
        "count": count,
        "sums": sums,
        "views": lists.views(request, VIEWS, counts, current=narrowed.view),
        "view": narrowed.view,
        "data": request.GET,
        "is_narrowed": lists.are_on(request.GET, FILTERS),
        "kinds": lists.options(_("Any order type"), {str(key): word for key, word in words.ORDER_KINDS.items()}),
        "may_export": actor.may(reporting.EXPORT),
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
        "lists": lists,
    }
    return render(request, "seller/orders.html", values, status=422 if errors else 200)


@require_safe
@signed_in(reporting.VIEW)
def order(request: HttpRequest, order_id: str) -> HttpResponse:
    """One order: what was bought, by whom, how its delivery goes, what it brings."""
    actor = actor_of(request)
    found = reporting.order_page(actor, order_id)
    rows = rows_of(found.lines)
    deliveries = {each.order_line_id: each for each in found.deliveries}
    entries = _history(found)
    values = {
        "page_": found,
        "order": found.order,
        "rows": [(row, deliveries.get(row.line.public_id)) for row in rows],
        "first": rows[0],
        "contact": [(CONTACT.get(name, name), value) for name, value in found.contact.items()],
        "share": Money.sum([row.share for row in rows if row.share is not None], found.order.currency),
        "fee": rows[0].fee_percent,
        "words": words,
        "history": timeline.rail(entries),
        "may_deliver": actor.may("seller:delivery:act"),
        "lede": _lede(found),
    }
    return render(request, "seller/order.html", values)


def _lede(found: reporting.SellerOrder) -> str:
    """The sentence that answers "what is with this order, and must I do something?"."""
    if found.order.kind == UNSUBSCRIPTION:
        return _("The buyer left. What came back is taken from your next bill.")
    if found.order.kind == CHANGE and found.order.state == "processing":
        return _("Paid. Your interface is asked to make the change; after 3 hours without it the buyer is refunded.")
    match found.order.state:
        case "pending_payment" | "pending_approval" | "pending_confirmation":
            return _("Not paid yet. Nothing is to be done; unpaid orders are canceled by themselves.")
        case "processing" if any(each.state == "waiting_seller" for each in found.deliveries):
            return _("It waits for you: deliver it, then confirm.")
        case "processing" if any(each.state == "retrying" for each in found.deliveries):
            return _("Your interface did not answer as agreed. The marketplace tries again by itself.")
        case "processing":
            return _("Paid. The delivery is under way.")
        case "refunding" if found.is_undelivered:
            return _("It could not be delivered; the buyer's money is on its way back.")
        case "completed" if found.order.kind == CHANGE:
            return _("Changed. It counts on your next bill.")
        case "completed" | "refunding":
            return _("Delivered. It counts on your next bill.")
    return _("Canceled. It counts on no bill.")


def _history(found: reporting.SellerOrder) -> list[timeline.Entry]:
    order = found.order
    entries = timeline.event(order.created_at, _("The order was placed"), "people")
    entries += timeline.event(order.paid_at, _("It was paid"), "money")
    for each in found.deliveries:
        entries += timeline.event(each.requested_at, _("Delivery asked for"), "system")
        if each.state == "succeeded":
            entries += timeline.event(each.finished_at, _("Delivered"), "system")
        elif each.state == "failed":
            text = Markup("{} <small>{}</small>").format(_("Delivery failed"), spoken(each.last_error))
            entries += timeline.event(each.finished_at, text, "system", phase="bad")
    for refund in found.refunds:
        text = Markup("{} {}").format(money(refund.amount), words.shown(words.REFUND_STATES, refund.state).word)
        entries += timeline.event(refund.at, text, "money")
    if order.state in {"completed", "canceled"}:
        end = _("The order is complete") if order.state == "completed" else _("The order was canceled")
        entries += timeline.event(order.finished_at, end, "system")
    return entries


@require_POST
@signed_in(reporting.VIEW)
def confirm(request: HttpRequest, order_id: str) -> HttpResponse:
    """The seller has delivered a product without an interface; supervised ones then wait for the buyer."""
    actor = actor_of(request)
    found = reporting.order_page(actor, order_id)
    wanted = request.POST.get("delivery", "")
    if not any(each.public_id == wanted for each in found.deliveries):
        raise NotFound
    delivering.confirm_as_seller(actor, delivery_id=wanted, at=clock.now())
    messages.success(request, _("Confirmed. The buyer is told."))
    return HttpResponseRedirect(f"/seller/orders/{order_id}")


@require_safe
@signed_in(reporting.VIEW, reporting.EXPORT)
def export(request: HttpRequest) -> HttpResponseBase:
    """Exactly the filtered lines as CSV, up to 10,000."""
    at = clock.now()
    found = reporting.orders_of(actor_of(request), _narrowed(request))[: reporting.EXPORT_MOST]
    header = [
        _("Order"), _("Line"), _("Order type"), _("Product"), _("Specification"), _("Billing"), _("Quantity"),
        _("Buyer"), _("Status"), _("Delivery"), _("Placed"), _("Paid"), _("Amount before tax"), _("Your share"),
        _("Currency"),
    ]  # fmt: skip
    name = f"orders-{clock.billing_date(at).isoformat()}.csv"
    with context.current(context.of(request)):
        return csvout.download(name, header, list(_cells(found)))


def _cells(found: Any) -> Iterator[list[Any]]:
    for row in rows_of(found.iterator(chunk_size=500)):
        line, order = row.line, row.order
        yield [
            order.public_id, line.public_id, str(row.kind), line.product_name, line.specification.name,
            ", ".join(labels.line_medium(line)), line.quantity, order.account.name, str(row.shown.word),
            str(row.delivery.word) if order.paid_at else "", date_text(order.created_at, "datetime"),
            date_text(order.paid_at, "datetime") if order.paid_at else "", row.amount.text,
            row.share.text if row.share is not None else "", order.currency,
        ]  # fmt: skip
