"""B5, one subscription: how to use it, what it costs, what happened (buyer-use-delivery 2, B-USE-001 to B-USE-004)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from galleria.delivering import services as delivering
from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.kit.spoken import spoken
from galleria.reporting import renewals
from galleria.reporting import subscriptions as reporting
from galleria.subscribing import services
from galleria.supporting import selectors as supporting
from galleria.web import coming, timeline, words, working
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import acts, labels
from galleria.web.buyer.subscriptions import Row
from galleria.web.formats import moment, money, who

VIEW = "gallery:subscription:view"


def address_of(text: str) -> str:
    """The address if it is one that a link may lead to (http or https with a host), else nothing."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    return text.strip() if parts.scheme in {"http", "https"} and parts.hostname else ""


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest, subscription_id: str) -> HttpResponse:
    """The page; the password stays masked."""
    return _page(request, subscription_id)


def _page(request: HttpRequest, subscription_id: str, **more: Any) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    page = reporting.subscription_page(actor, subscription_id, at=at)
    row = Row(page.subscription, page.line, at)
    entries = _history(page)
    kind = request.GET.get("kind", "")
    quote = working.of_stored(page.term.order.working) if page.term else None
    values = {
        "page_": page,
        "row": row,
        "subscription": page.subscription,
        "product": page.product,
        "info": page.info,
        "addresses": _addresses(page.info),
        "life": _life(page, row, at),
        "acts": acts.acts_of(actor, page.subscription),
        "failed": _failed(page.subscription),
        "events": coming.of(services.coming_events(page.subscription, at=at)),
        "quote": quote,
        "working": working.rows(quote) if quote else [],
        "choices": words.choices_text(page.subscription.choices, page.subscription.specification.attributes.all()),
        "extra": words.answers(page.subscription.extra, page.product.extra_parameters),
        "history": timeline.rail(entries, kind=kind),
        "kinds": timeline.kinds(entries, kind),
        "may_reveal": actor.may("gallery:credential:view"),
        "may_renew": actor.may("billing:subscription:autorenew"),
        "may_see_orders": actor.may("billing:order:view"),
        "can_ask": page.can_ask and bool(page.subscription.instance_id) and page.subscription.state != "released",
        "takes_tickets": supporting.takes_tickets(page.product),
        "due_of": labels.due_of,
        "undo": request.GET.get("undo", "").partition(":")[0],
        "password": "",
        "words": words,
        "at": at,
        **more,
    }
    return render(request, "buyer/subscription.html", values, status=more.get("status", 200))


def _failed(subscription: Any) -> Any:
    """The last deduction for the present end, if it failed; what does not renew itself is not asked for."""
    return renewals.failures([subscription]).get(subscription.pk) if subscription.auto_renew else None


def _addresses(info: Any) -> list[tuple[str, str, str]]:
    """Name, text, and where the text leads to; an address that is no web address is only text (B-SAU-001)."""
    if info is None:
        return []
    named = ((_("Application"), info.front_end_url), (_("Administration"), info.admin_url))
    return [(name, text, address_of(text)) for name, text in named if text]


def _life(page: reporting.SubscriptionPage, row: Row, at: datetime) -> list[dict[str, Any]]:
    """The rail of a subscription: bought, in use, today, its end, what follows."""
    each = page.subscription
    bought = {"phase": "done", "title": _("Bought"), "text": moment(each.created_at, "date")}
    if each.state == "failed":
        note = Markup("{}<br>{}").format(moment(each.released_at, "date"), spoken(each.state_reason))
        return [bought, {"phase": "bad", "title": _("Could not be delivered"), "text": note}]
    if each.effective_at is None:
        now = {"phase": "now", "title": row.shown.word, "text": row.next_step}
        return [bought, now, {"phase": "next", "title": _("In use"), "text": _("then your term begins")}]
    begun = {"phase": "done", "title": _("In use"), "text": moment(each.effective_at, "date")}
    if each.released_at is not None:
        return [bought, begun, {"phase": "done", "title": _("Ended"), "text": moment(each.released_at, "date")}]
    today = {"phase": "now", "title": _("Today"), "text": Markup("{}<br>{}").format(moment(at, "date"), row.shown.word)}
    if each.expires_at is None:
        return [bought, begun, today, {"phase": "plan", "title": _("No end"), "text": row.next_step}]
    if each.expires_at <= at:
        ended = {"phase": "done", "title": _("Expired"), "text": moment(each.expires_at, "date")}
        return [bought, begun, ended, {**today, "text": row.next_step}, _released(each, at)]
    note = Markup("{}<br>{}").format(words.on_day(each.expires_at, at), _renewal(each))
    ends = {"phase": "next", "title": _("Renews") if each.auto_renew else _("Ends"), "text": note}
    return [bought, begun, today, ends] if each.auto_renew else [bought, begun, today, ends, _released(each, at)]


def _renewal(subscription: Any) -> str:
    if subscription.is_trial:
        return _("Nothing is charged")
    return _("Renewal is on") if subscription.auto_renew else _("Renewal is off")


def _released(subscription: Any, at: datetime) -> dict[str, Any]:
    when = moment(subscription.retention_ends_at or services.released_after(subscription, at=at), "date")
    note = Markup("{}<br>{}").format(when, _("What is stored there is deleted"))
    return {"phase": "plan", "title": _("Closed"), "text": note}


def _history(page: reporting.SubscriptionPage) -> list[timeline.Entry]:
    each = page.subscription
    entries = timeline.of_records(page.records, names={"object": page.product.name})
    if page.order is not None:
        ordered = _("%(who)s ordered %(product)s") % {
            "who": who(page.order.creator_name), "product": page.product.name,
        }  # fmt: skip
        entries += timeline.event(page.order.created_at, ordered, "people", "money")
        paid = Money(page.order.paid_minor, page.order.currency)
        entries += timeline.event(page.order.paid_at, Markup("{} {}").format(money(paid), _("paid")), "money")
        if page.order.refunded_minor:
            back = Money(page.order.refunded_minor, page.order.currency)
            entries += timeline.event(
                page.order.finished_at, Markup("{} {}").format(money(back), _("refunded")), "money"
            )
    for order in page.orders:
        if page.order is None or order.pk != page.order.pk:
            entries += _later(order)
    for delivery in page.deliveries:
        what = words.ACTIVITIES.get(delivery.activity, delivery.activity)
        names = {"seller": page.product.seller.name, "what": what}
        took = words.span(delivery.requested_at, delivery.finished_at)
        match delivery.state:
            case "succeeded":
                text = _("%(seller)s: %(what)s, done after %(time)s") % {**names, "time": took}
                entries += timeline.event(delivery.finished_at, text)
            case "failed":
                text = _("%(seller)s: %(what)s, given up after %(time)s") % {**names, "time": took}
                entries += timeline.event(delivery.finished_at, text, phase="bad")
    entries += timeline.event(each.effective_at, _("The term began"))
    entries += timeline.event(each.released_at if each.state == "released" else None, _("Closed"))
    return entries


def _later(order: Any) -> list[timeline.Entry]:
    """An order on what is held: who asked for what, what was paid, what came back and why."""
    names = {"who": who(order.creator_name), "kind": words.ORDER_KINDS.get(order.kind, "")}
    entries = timeline.event(order.created_at, _("%(who)s ordered: %(kind)s") % names, "people", "money")
    if order.paid_minor:
        paid = Markup("{} {}").format(money(Money(order.paid_minor, order.currency)), _("paid"))
        entries += timeline.event(order.paid_at, paid, "money")
    if order.refunded_minor:
        back = Markup("{} {} <small>{}</small>").format(
            money(Money(order.refunded_minor, order.currency)), _("refunded"), spoken(order.state_reason)
        )
        entries += timeline.event(order.finished_at, back, "money")
    return entries


@require_POST
@signed_in(VIEW)
def reveal(request: HttpRequest, subscription_id: str) -> HttpResponse:
    """The password, once: this answer shows it, every other page masks it (B-USE-001)."""
    password = services.reveal_password(actor_of(request), subscription_id=subscription_id, at=clock.now())
    response = _page(request, subscription_id, password=password)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@signed_in(VIEW)
def refresh(request: HttpRequest, subscription_id: str) -> HttpResponse:
    """Ask the seller now; without an answer the last known data stays, with its time (B-USE-002, B-USE-003)."""
    actor = actor_of(request)
    try:
        delivering.refresh_app_info(actor, subscription_id=subscription_id, at=clock.now())
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        return _page(request, subscription_id, refused=refusal.message, status=refusal.status)
    return HttpResponseRedirect(f"/buyer/subscriptions/{subscription_id}#use")
