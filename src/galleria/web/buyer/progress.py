"""How the delivery of an order is going, as it is: the steps of its rail, live (UI-JOB-03, UI-JOB-04, B-USE-T1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from markupsafe import Markup, escape

from galleria.buying import selectors
from galleria.buying.states import CHANGE, CONVERSION, RENEWAL
from galleria.delivering import selectors as delivering
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.money import Money
from galleria.paying import selectors as paying
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.formats import moment, money

DISTANCES = (1, 1, 2, 2, 5, 5)
LAST_DISTANCE = 10
MOST_POLLS = 60
FAR_AWAY = timedelta(minutes=2)
_CALLED = ("requested", "retrying", "provisioning")
OPEN = (*_CALLED, "waiting_seller")
_ENDED = frozenset({"delivered", "done", "failed"})
_ORDERED = ("newInstance", "refreshInstance", "upgradeInstance")


@dataclass(frozen=True)
class LineTrack:
    """One line of an order with its steps; `stage` changes when there is something to announce."""

    line: Any
    steps: list[dict[str, Any]]
    stage: str
    said: str
    shown: words.Shown


@dataclass(frozen=True)
class Track:
    """An order's delivery. `is_over`: nothing is awaited any more. `is_called`: a server is being asked, so that it
    may change any moment. `next_at`: when the next call is."""

    order: Any
    lines: list[LineTrack]
    is_over: bool
    is_called: bool
    next_at: datetime | None
    at: datetime
    step: int = 0

    @property
    def stage(self) -> str:
        return ",".join(each.stage for each in self.lines)

    @property
    def said(self) -> str:
        return " ".join(each.said for each in self.lines)

    @property
    def distance(self) -> int:
        """Seconds to the next look; 0 when looking again by itself makes no sense."""
        if (
            self.is_over
            or not self.is_called
            or self.step >= MOST_POLLS
            or (self.next_at and self.next_at - self.at > FAR_AWAY)
        ):
            return 0
        return DISTANCES[self.step] if self.step < len(DISTANCES) else LAST_DISTANCE

    @property
    def refund_note(self) -> bool:
        """Whether to say what happens when it cannot be delivered."""
        is_renewal = self.order.kind in {RENEWAL, CONVERSION}  # its term stays, whatever the seller answers (B-REN-007)
        return not self.is_over and self.order.state == "processing" and not is_renewal


def track(actor: Actor, order: Any, *, at: datetime, step: int = 0) -> Track:
    """The state of an order's deliveries in steps; two queries an order."""
    deliveries = {
        each.order_line_id: each
        for each in delivering.deliveries_of_order(actor, order.public_id).filter(activity__in=_ORDERED)
    }
    lines = [_line(order, line, deliveries.get(line.public_id), at) for line in order.lines.all()]
    open_ones = [each for each in deliveries.values() if each.state in OPEN]
    called = [each for each in open_ones if each.state in _CALLED]
    is_behind = order.state == "processing" and any(_is_behind(line, deliveries) for line in order.lines.all())
    return Track(
        order=order,
        lines=lines,
        is_over=order.state in {"completed", "canceled"} or not (open_ones or is_behind),
        is_called=bool(called) or is_behind,
        next_at=min((each.next_attempt_at for each in called if each.next_attempt_at), default=None),
        at=at,
        step=step,
    )


def _is_behind(line: Any, deliveries: dict[str, Any]) -> bool:
    """Whether its delivery ended after the line was read: the next look sees both as they are."""
    delivery = deliveries.get(line.public_id)
    return delivery is not None and delivery.state == "succeeded" and line.delivery_state not in _ENDED


def _step(phase: str, title: str, *text: Any) -> dict[str, Any]:
    parts = [escape(each) for each in text if each]
    return {"phase": phase, "title": title, "text": Markup("<br>").join(parts) if parts else ""}


def _line(order: Any, line: Any, delivery: Any, at: datetime) -> LineTrack:
    steps = [_ordered(order)]
    if delivery is None:
        stage = order.state
        return LineTrack(line, steps, stage, "", words.shown(words.ORDER_STATES, order.state))
    steps += _asked(line, delivery, at)
    steps += _ending(order, line, delivery)
    now = next((each for each in steps if each["phase"] in {"now", "bad"}), steps[-1])
    stage = f"{delivery.state}-{delivery.attempts if delivery.state == 'retrying' else ''}{line.delivery_state}"
    said = _("%(product)s: %(step)s") % {"product": line.product_name, "step": now["title"]}
    shown = words.LINE_STATES if line.delivery_state in {"delivered", "done", "failed"} else words.DELIVERY_STATES
    state = line.delivery_state if shown is words.LINE_STATES else delivery.state
    return LineTrack(line, steps, stage, said, words.shown(shown, state))


def _ordered(order: Any) -> dict[str, Any]:
    paid = Money(order.paid_minor, order.currency)
    if order.paid_by == "reseller":
        return _step("done", _("Ordered"), moment(order.paid_at), _("Your reseller pays."))
    if order.due_minor == 0:
        return _step("done", _("Ordered"), moment(order.paid_at), _("Nothing to pay."))
    return _step("done", _("Paid"), Markup("{} · {}").format(moment(order.paid_at), money(paid)))


def _asked(line: Any, delivery: Any, at: datetime) -> list[dict[str, Any]]:
    """The step of calling the seller, or of the seller working by hand."""
    seller = line.product.seller.name
    if delivery.means == "manual":
        if delivery.state == "waiting_seller":
            note = line.product.delivery_promise or _("The seller contacts you.")
            return [_step("now", _("%(seller)s delivers by hand") % {"seller": seller}, note)]
        return [_step("done", _("%(seller)s delivered by hand") % {"seller": seller}, moment(delivery.finished_at))]
    calls = ngettext("%(count)d call", "%(count)d calls", delivery.attempts) % {"count": delivery.attempts}
    tries = calls if delivery.attempts else ""
    match delivery.state:
        case "requested":
            return [
                _step(
                    "now", _("Asking %(seller)s’s server") % {"seller": seller}, moment(delivery.requested_at, "time")
                )
            ]
        case "retrying":
            return [_retrying(seller, delivery, tries, at)]
        case "failed":
            return [
                _step(
                    "bad", _("%(seller)s could not deliver") % {"seller": seller}, moment(delivery.finished_at), tries
                )
            ]
    took = words.span(delivery.requested_at, delivery.first_called_at)
    note = tries if delivery.attempts > 1 else (_("asked after %(time)s") % {"time": took} if took else "")
    return [
        _step(
            "done",
            _("%(seller)s’s server accepted") % {"seller": seller},
            moment(delivery.first_called_at, "time"),
            note,
        )
    ]


def _retrying(seller: str, delivery: Any, tries: str, at: datetime) -> dict[str, Any]:
    """A call failed: what is done about it, until when, and what happens then (B-ORD-016)."""
    following = (
        escape(_("Next call %(time)s.")) % {"time": moment(delivery.next_attempt_at, "time")}
        if delivery.next_attempt_at and delivery.next_attempt_at > at
        else _("Calling again now.")
    )
    until = (
        escape(_("If it does not answer until %(time)s, everything is refunded."))
        % {"time": moment(delivery.deadline_at)}
        if delivery.deadline_at
        else ""
    )
    title = _("%(seller)s’s server did not answer as it should") % {"seller": seller}
    return _step("now", title, Markup("{}. {}").format(tries, following), until)


def _ending(order: Any, line: Any, delivery: Any) -> list[dict[str, Any]]:
    if delivery.activity != "newInstance":
        return _on_held(order, line, delivery)
    if delivery.state == "failed" or line.delivery_state == "failed":
        return [_money_back(order, line)]
    is_manual = delivery.means == "manual"
    setting_up = _("Being set up")
    ready = _("Ready to use")
    if delivery.state == "provisioning":
        asked = ngettext("asked %(count)d time", "asked %(count)d times", delivery.polls) % {"count": delivery.polls}
        note = line.product.delivery_promise
        return [_step("now", setting_up, note, asked if delivery.polls > 1 else ""), _step("next", ready)]
    if delivery.state != "succeeded":
        return [_step("next", ready)] if is_manual else [_step("next", setting_up), _step("next", ready)]
    made = [] if is_manual else [
        _step("done", _("Set up"), moment(delivery.finished_at, "time"),
              _("in %(time)s") % {"time": words.span(delivery.requested_at, delivery.finished_at)})
    ]  # fmt: skip
    if line.delivery_state == "delivered":
        return [
            *made,
            _step("now", _("Waits for your acceptance"), _("Your term begins when you accept.")),
            _step("next", ready),
        ]
    return [*made, _step("done", ready, moment(order.finished_at or delivery.finished_at))]


def _on_held(order: Any, line: Any, delivery: Any) -> list[dict[str, Any]]:
    """The end of a renewal or change of what is held."""
    if line.delivery_state == "failed":
        return [_money_back(order, line)]
    is_change = delivery.activity == "upgradeInstance"
    done = _("Changed") if is_change else _("The new term is set")
    if delivery.state == "failed":  # the term has moved all the same (B-REN-007)
        return [_step("done", done, _("The seller is asked again by hand."))]
    if delivery.state != "succeeded":
        return [_step("next", done)]
    return [_step("done", done, moment(delivery.finished_at))]


def _money_back(order: Any, line: Any) -> dict[str, Any]:
    amount = Money(line.payable_minor + line.tax_minor, order.currency)
    if not amount:
        return _step("done", _("Nothing was charged"))
    if order.state == "refunding":
        return _step("now", _("The full amount is on its way back"), money(amount))
    return _step("done", _("Refunded in full"), moment(order.finished_at), money(amount))


def heading(payment: Any, orders: Sequence[Any]) -> tuple[str, str]:
    """What has become of it, and what follows, when it is paid."""
    states = {line.delivery_state for order in orders for line in order.lines.all()}
    if states == {"failed"}:
        return _("It could not be delivered"), _("Everything that you paid goes back to where it came from.")
    kinds = {order.kind for order in orders}
    if states == {"done"} and kinds == {CHANGE}:
        return _("Changed"), _("The new configuration is in force. The end of the term stays as it was.")
    if states == {"done"} and kinds <= {RENEWAL, CHANGE}:
        return _("Renewed"), _("The new end stands with the subscription.")
    if states == {"done"}:
        return _("Ready to use"), _("The seller has delivered. Addresses and password are with the subscription.")
    if "delivered" in states:
        return _("Delivered, waits for your acceptance"), _("Your term begins when you accept.")
    if not payment.amount_minor or payment.method == "reseller":
        begun = _("Ordered. The delivery is under way.")
    elif kinds <= {RENEWAL, CHANGE}:
        begun = _("Paid. The seller is being told.")
    else:
        begun = _("Paid. The delivery is under way.")
    return begun, _("You may leave this page; a message follows when it is done.")


@require_safe
@signed_in("billing:order:view")
def fragment(request: HttpRequest, order_id: str) -> HttpResponse:
    """The rail of one order, asked for again by the page; a link to the order for readers without scripts."""
    actor, at = actor_of(request), clock.now()
    step = request.GET.get("step", "0")
    order = selectors.order_of(actor, order_id)
    found = track(actor, order, at=at, step=min(int(step), MOST_POLLS) if step.isdigit() and len(step) < 4 else 0)
    values = {"track": found, "is_news": request.GET.get("stage", "") != found.stage, "words": words}
    if payment_id := lists.text_of(request.GET, "payment", 60):
        payment = paying.payment_of(actor, payment_id)
        orders = list(selectors.orders_of(actor).filter(public_id__in=payment.order_ids))
        values |= {"of_payment": payment.public_id, "heading": heading(payment, orders)}
    return render(request, "buyer/progress.html", values)
