"""S8: the workspace of what people deliver: a queue for the keyboard, and one delivery with what is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from galleria.audit import selectors as audit
from galleria.delivering import services as delivering
from galleria.kit import clock, pages
from galleria.reporting import service_orders as reporting
from galleria.web import lists, timeline, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.seller.orders import CONTACT

HERE = "/seller/service-orders"
ACT = "seller:delivery:act"
VIEWS = {
    "": gettext_lazy("To deliver"),
    "acceptance": gettext_lazy("Wait for the buyer"),
    "stuck": gettext_lazy("Stuck"),
    "done": gettext_lazy("Delivered"),
}
TO_DO = words.Shown(gettext_lazy("Waits for you"), "warn", "clock")
ACCEPTANCE = words.Shown(gettext_lazy("Waits for the buyer's acceptance"), "info", "clock")
ACTIVITIES = {
    "newInstance": gettext_lazy("Set it up"),
    "refreshInstance": gettext_lazy("Extend the term"),
    "upgradeInstance": gettext_lazy("Change the specification"),
    "updateInstanceStatus": gettext_lazy("Freeze or unfreeze"),
    "expireInstance": gettext_lazy("Freeze"),
    "releaseInstance": gettext_lazy("Release the resource"),
}


@dataclass(frozen=True)
class Row:
    """One delivery in the queue."""

    delivery: Any
    at: datetime

    @property
    def product(self) -> Any:
        return self.delivery.subscription.product

    @property
    def tag(self) -> dict[str, Any]:
        return labels.product_tag(self.product)

    @property
    def medium(self) -> list[str]:
        return [str(self.activity), self.delivery.subscription.specification.name]

    @property
    def activity(self) -> Any:
        return ACTIVITIES.get(self.delivery.activity, self.delivery.activity)

    @property
    def shown(self) -> words.Shown:
        if self.delivery.state == "waiting_seller":
            return TO_DO
        if self.is_unaccepted:
            return ACCEPTANCE
        return words.shown(words.DELIVERY_STATES, self.delivery.state)

    @property
    def is_unaccepted(self) -> bool:
        """Delivered, and not accepted by the buyer yet."""
        return bool(self.delivery.state == "succeeded" and self.delivery.subscription.state == "initializing")

    @property
    def due_at(self) -> datetime | None:
        return reporting.due_at(self.delivery)

    @property
    def is_late(self) -> bool:
        due = self.due_at
        return due is not None and due < self.at and self.delivery.state in {"waiting_seller", "retrying"}


@require_safe
@signed_in(reporting.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The queue of a view; what waits longest comes first."""
    actor, data, at = actor_of(request), request.GET, clock.now()
    narrowed = reporting.QueueFilter(
        view=lists.one_of(data, "view", VIEWS),
        words=lists.text_of(data, "q"),
        product=lists.text_of(data, "product", 40),
    )
    page = pages.page_of(
        reporting.service_orders_of(actor, narrowed), sort=reporting.sort_of(narrowed.view), cursor=data.get("cursor"),
        size=data.get("size"),
    )  # fmt: skip
    counts = reporting.tallies(actor)
    rows = [Row(each, at) for each in page]
    values = {
        "rows": rows,
        "counts": counts,
        "late": sum(row.is_late for row in rows),
        "views": lists.views(request, VIEWS, counts, current=narrowed.view),
        "view": narrowed.view,
        "data": data,
        "is_narrowed": lists.are_on(data, ("q", "product")),
        "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous),
        "lists": lists,
        "at": at,
    }
    return render(request, "seller/service_orders.html", values)


@require_safe
@signed_in(reporting.VIEW)
def one(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """One delivery: what was asked for, by whom, until when, and what is to be done now."""
    actor, at = actor_of(request), clock.now()
    found = reporting.service_order(actor, delivery_id)
    row = Row(found.delivery, at)
    product = row.product
    line = found.line
    asked: list[tuple[str, str]] = []
    if line is not None:
        asked = words.choices_text(line.choices or {}, found.delivery.subscription.specification.attributes.all())
        asked += words.answers(line.extra or {}, product.extra_parameters)
    records = audit.records(actor, object_type="delivering.delivery", object_id=found.delivery.public_id)
    values = {
        "row": row,
        "delivery": found.delivery,
        "product": product,
        "line": line,
        "order": line.order if line is not None else None,
        "asked": asked,
        "billing": labels.line_medium(line) if line is not None else [],
        "contact": [(CONTACT.get(name, name), value) for name, value in found.contact.items()],
        "others": [Row(each, at) for each in found.others],
        "following": found.following,
        "lede": _lede(row, at),
        "rail": _rail(row),
        "history": timeline.rail(_history(found, row) + timeline.of_records(records.order_by("-id")[:20])),
        "may_act": actor.may(ACT),
        "can_be_called": found.delivery.means != "manual" and delivering.can_be_called(found.delivery),
        "at": at,
    }
    return render(request, "seller/service_order.html", values)


def _lede(row: Row, at: datetime) -> str:
    """What comes next, who must do it."""
    delivery = row.delivery
    if delivery.state == "waiting_seller":
        if row.is_late:
            return _("It is late: deliver it now, then confirm.")
        return _("It waits for you: deliver it, then confirm.")
    if row.is_unaccepted:
        return _("Delivered. The buyer looks at it and accepts it; you are told. Until then nothing is to be done.")
    match delivery.state:
        case "succeeded":
            return _("Done. It counts on the bill of the month in which it was completed.")
        case "failed":
            return _("It was given up, and the buyer's money goes back.")
        case "retrying":
            return _("Your interface did not answer as agreed. The marketplace tries again by itself.")
    return _("Your interface is setting it up. Nothing is to be done now.")


def _rail(row: Row) -> list[dict[str, Any]]:
    """Paid, delivered, accepted, complete: where this one stands."""
    delivery = row.delivery
    is_done = delivery.state == "succeeded"
    steps = [
        {"phase": "done", "title": _("Asked for"), "text": _moment(delivery.requested_at)},
        {
            "phase": "done" if is_done else "bad" if delivery.state == "failed" else "now",
            "title": _("Deliver"),
            "text": _moment(delivery.finished_at) if is_done else _("your turn") if delivery.means == "manual" else "",
        },
    ]
    if row.product.is_supervised and delivery.activity == "newInstance":
        phase = "now" if row.is_unaccepted else "done" if is_done else "next"
        steps.append({"phase": phase, "title": _("Acceptance"), "text": _("the buyer's turn")})
    is_complete = is_done and not row.is_unaccepted
    steps.append({"phase": "done" if is_complete else "next", "title": _("Complete"), "text": ""})
    return steps


def _moment(at: datetime | None) -> str:
    from galleria.web.formats import date_text

    return date_text(at, "datetime") if at else ""


def _history(found: Any, row: Row) -> list[timeline.Entry]:
    order = found.line.order if found.line is not None else None
    entries: list[timeline.Entry] = []
    if order is not None:
        entries += timeline.event(order.created_at, _("The order was placed"), "people")
        entries += timeline.event(order.paid_at, _("It was paid"), "money")
    entries += timeline.event(found.delivery.requested_at, _("Delivery asked for"), "system")
    if found.delivery.state == "failed":
        entries += timeline.event(found.delivery.finished_at, _("Delivery failed"), "system", phase="bad")
    elif found.delivery.state == "succeeded":
        entries += timeline.event(found.delivery.finished_at, _("Delivered"), "system")
    return entries


@require_POST
@signed_in(reporting.VIEW)
def confirm(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """It is delivered. The next one that waits is shown, if there is one."""
    actor = actor_of(request)
    found = reporting.service_order(actor, delivery_id)
    delivering.confirm_as_seller(actor, delivery_id=delivery_id, at=clock.now())
    name = found.delivery.subscription.product.name
    if found.following is not None:
        messages.success(request, _("Confirmed: %(name)s. The buyer is told. This is the next one.") % {"name": name})
        return HttpResponseRedirect(f"{HERE}/{found.following.public_id}")
    messages.success(request, _("Confirmed: %(name)s. The buyer is told. Nothing else waits.") % {"name": name})
    return HttpResponseRedirect(HERE)


@require_POST
@signed_in(reporting.VIEW)
def call(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """Call the seller's server at once instead of at the next planned time."""
    actor = actor_of(request)
    reporting.service_order(actor, delivery_id)
    delivering.restart(actor, delivery_id=delivery_id, at=clock.now())
    messages.success(request, _("Your server is called now. Look again in a moment."))
    return HttpResponseRedirect(f"{HERE}/{delivery_id}")
