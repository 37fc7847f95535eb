"""Renewals: what ends when and how it goes on; renewing, setting and exporting many (buyer-renewal-refund 1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from galleria.buying.renewable import Term
from galleria.buying.services import renewing
from galleria.kit import clock, csvout, pages
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.reporting import renewals as reporting
from galleria.reporting.renewals import RenewalFilter
from galleria.subscribing.rules import days_left
from galleria.web import context, lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.formats import date_text
from galleria.web.jinja import query_string

VIEW = "billing:subscription:view"
TABS = {
    "manual": gettext_lazy("By hand"),
    "auto": gettext_lazy("By itself"),
    "to_pay_per_use": gettext_lazy("Pay-per-use after the end"),
    "none": gettext_lazy("Renewal canceled"),
}
ENDS = {
    "expired": gettext_lazy("expired"),
    "7": gettext_lazy("in 7 days"),
    "15": gettext_lazy("in 15 days"),
    "30": gettext_lazy("in 30 days"),
}
STATES = {
    "in_use": gettext_lazy("In use"),
    "expired": gettext_lazy("Expired"),
    "frozen": gettext_lazy("Frozen"),
}
PACKAGES = {"without": gettext_lazy("Without packages"), "only": gettext_lazy("Packages only")}
FILTERS = ("q", "type", "ends", "from", "to", "region", "state", "unpaid", "packages")
_CHUNK = 500


def state_of(row: Any) -> words.Shown:
    """In use inside the term, expired in grace, frozen in retention (4)."""
    if row.state in {"grace", "expired"}:
        return words.Shown(_("Expired"), "warn", "clock")
    return words.shown(words.SUBSCRIPTION_STATES, row.state)


def policy_text(row: Any) -> str | Promise:
    """How a subscription goes on, in words."""
    match row.renewal:
        case "auto" if row.renewals_left is not None:
            term = words.term(*auto_term(row))
            return _("%(term)s each time, %(count)s left") % {"term": term, "count": row.renewals_left}
        case "auto":
            return _("%(term)s each time") % {"term": words.term(*auto_term(row))}
        case "to_pay_per_use":
            return _("by use after the end")
        case "none":
            return _("canceled")
    return _("by hand")


def auto_term(row: Any) -> tuple[str, int]:
    """What auto-renewal buys each time: a month for monthly, a year for yearly ones unless it was set (B-ARN-002)."""
    if row.renewal_period_type:
        return row.renewal_period_type, row.renewal_period_count
    return row.period_type, 1


@dataclass(frozen=True)
class Row:
    """One line of the list. `priced`: its renewal, or why there is none; `order`: the unpaid one in the way."""

    subscription: Any
    priced: renewing.Renewal | Refused
    order: str
    at: datetime

    @property
    def id(self) -> str:
        return str(self.subscription.public_id)

    @property
    def tag(self) -> dict[str, Any]:
        return labels.product_tag(self.subscription.product)

    @property
    def medium(self) -> list[str]:
        row = self.subscription
        found = [row.specification.name, str(words.DELIVERY_TYPES.get(row.product.delivery_type, ""))]
        return [*found, f"× {row.quantity}"] if row.quantity > 1 else found

    @property
    def shown(self) -> words.Shown:
        return state_of(self.subscription)

    @property
    def countdown(self) -> int:
        return days_left(self.at, self.subscription.expires_at)

    @property
    def policy(self) -> str | Promise:
        return _("Trial, ends by itself") if self.subscription.is_trial else policy_text(self.subscription)

    @property
    def renewal(self) -> renewing.Renewal | None:
        return self.priced if isinstance(self.priced, renewing.Renewal) else None

    @property
    def why_not(self) -> str:
        """Why it cannot be renewed now; an unpaid order is linked instead."""
        if isinstance(self.priced, renewing.Renewal) or self.order or self.subscription.is_trial:
            return ""
        return self.priced.message

    @property
    def is_choosable(self) -> bool:
        return not self.subscription.is_trial and self.subscription.billing_mode == "period"


def narrowed_of(request: HttpRequest) -> RenewalFilter:
    """The filters of the address. Raises Invalid for a date that is none."""
    data, zone = request.GET, context.of(request).zone
    return RenewalFilter(
        tab=lists.one_of(data, "tab", TABS) or "manual",
        ends=lists.one_of(data, "ends", ENDS),
        ends_from=lists.day_of(data, "from", zone),
        ends_to=lists.day_of(data, "to", zone, end=True),
        words=lists.text_of(data, "q"),
        delivery_type=lists.one_of(data, "type", words.DELIVERY_TYPES),
        region=lists.text_of(data, "region", 40),
        state=lists.one_of(data, "state", STATES),
        without_unpaid=bool(data.get("unpaid")),
        packages=lists.one_of(data, "packages", PACKAGES),
    )


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The list with its four tabs; tab, filters and place are in the address (UI-GEN-07)."""
    actor, at = actor_of(request), clock.now()
    errors: dict[str, str] = {}
    try:
        narrowed = narrowed_of(request)
    except Refused as refusal:
        errors, narrowed = refusal.fields, RenewalFilter(tab=lists.one_of(request.GET, "tab", TABS) or "manual")
    page = pages.page_of(
        reporting.rows(actor, narrowed, at=at),
        sort="expires_at",
        cursor=request.GET.get("cursor"),
        size=request.GET.get("size"),
    )
    counts = reporting.tallies(actor)
    regions = reporting.regions(actor)
    values = {
        "rows": list(_rows(actor, page.items, at)),
        "failures": reporting.failures(page.items) if narrowed.tab == "auto" else {},
        "counts": counts,
        "tabs": _tabs(counts, narrowed.tab),
        "tab": narrowed.tab,
        "setting": renewing.setting_of(actor, at=at),
        "data": request.GET,
        "errors": errors,
        "is_narrowed": lists.are_on(request.GET, FILTERS),
        "ends": lists.options(_("Any end"), ENDS),
        "types": lists.options(_("Any delivery"), words.DELIVERY_TYPES),
        "states": lists.options(_("Any state"), STATES),
        "regions": [("", _("Any region")), *((each, each) for each in regions)] if regions else [],
        "packages": lists.options(_("With packages"), PACKAGES),
        "may_renew": actor.may("billing:subscription:renew"),
        "may_set": actor.may("billing:subscription:autorenew"),
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
        "lists": lists,
        "words": words,
        "at": at,
    }
    return render(request, "buyer/renewals.html", values, status=422 if errors else 200)


def _tabs(counts: dict[str, int], current: str) -> list[lists.View]:
    return [
        lists.View(
            text, query_string({}, tab=None if key == "manual" else key) or "?", str(counts[key]), key == current
        )
        for key, text in TABS.items()
    ]


def _rows(actor: Actor, found: list[Any], at: datetime) -> Iterator[Row]:
    priced = renewing.priced(actor, found, at=at)
    orders = reporting.unpaid_orders(found)
    for row, what in priced:
        yield Row(row, what, orders.get(row.pk, ""), at)


# ----- acts on the chosen -----


def ids_of(request: HttpRequest, most: int = reporting.PENDING_MOST) -> list[str]:
    """The subscriptions that a form or address names, each once."""
    data = request.POST if request.method == "POST" else request.GET
    found = [part.strip() for value in data.getlist("id") for part in value.replace("\x00", "").split(",")]
    return [each[:40] for each in dict.fromkeys(found) if each][:most]


@require_POST
@signed_in(VIEW)
def act(request: HttpRequest) -> HttpResponseBase:
    """What the buttons below the list do: they lead to the page where it is decided, or download the chosen rows."""
    wanted = ids_of(request)
    tab = lists.one_of(request.POST, "tab", TABS)
    if not wanted:
        messages.warning(request, _("Choose at least one subscription."))
        return HttpResponseRedirect(f"/buyer/renewals{query_string({}, tab=tab or None)}")
    listed = ",".join(wanted)
    match request.POST.get("act", ""):
        case "export":
            return _pending(request, wanted)
        case "align":
            return HttpResponseRedirect(f"/buyer/renew{query_string({}, id=listed, align='1')}")
        case "policy":
            return HttpResponseRedirect(f"/buyer/renewals/policy{query_string({}, id=listed)}")
    return HttpResponseRedirect(f"/buyer/renew{query_string({}, id=listed)}")


# ----- exports -----


@require_safe
@signed_in(VIEW, "billing:order:export")
def export(request: HttpRequest) -> HttpResponseBase:
    """*Export renewal prices*: all rows of the filter, at most 10,000, with list and discounted prices (B-REN-009)."""
    actor, at = actor_of(request), clock.now()
    found = reporting.rows(actor, narrowed_of(request), at=at)[: reporting.EXPORT_MOST]
    name = f"renewal-prices-{clock.billing_date(at).isoformat()}.csv"
    with context.current(context.of(request)):
        return csvout.download(name, _header(), list(_cells(actor, found.iterator(chunk_size=_CHUNK), {}, at)))


def _pending(request: HttpRequest, wanted: list[str]) -> HttpResponseBase:
    """*Export pending renewals*: the selected rows, at most 200, with a duration of one's own (B-REN-009)."""
    actor, at = actor_of(request), clock.now()
    actor.require("billing:order:export")
    rows = reporting.rows(actor, RenewalFilter(tab=""), at=at).filter(public_id__in=wanted)[: reporting.PENDING_MOST]
    text = lists.text_of(request.POST, "term", 20)
    terms = {each: Term.parse(text) for each in wanted} if text else {}
    name = f"pending-renewals-{clock.billing_date(at).isoformat()}.csv"
    with context.current(context.of(request)):
        return csvout.download(name, _header(), list(_cells(actor, rows, terms, at)))


def _header() -> list[str]:
    return [
        _("Subscription"), _("Product"), _("Specification"), _("Seller"), _("Product type"), _("Region"), _("Order"),
        _("Status"), _("Ends"), _("Days left"), _("Renews"), _("Term"), _("New end"), _("List price"),
        _("After discount"), _("Tax"), _("Due"), _("Currency"), _("Remark"),
    ]  # fmt: skip


def _cells(actor: Actor, rows: Iterable[Any], terms: dict[str, Term], at: datetime) -> Iterator[list[Any]]:
    found = iter(rows)
    while chunk := list(islice(found, _CHUNK)):
        for row, what in renewing.priced(actor, chunk, terms=terms, at=at):
            renewal, remark = (what, "") if isinstance(what, renewing.Renewal) else (None, what.message)
            ends_at = row.expires_at or at  # the list has only what ends
            yield [
                row.public_id, row.product.name, row.specification.name, row.product.seller.name,
                str(words.DELIVERY_TYPES.get(row.product.delivery_type, "")), row.region, row.order_id,
                str(state_of(row).word), date_text(ends_at, "datetime"), days_left(at, ends_at),
                str(policy_text(row)), *_figures(renewal), row.currency, remark,
            ]  # fmt: skip


def _figures(renewal: renewing.Renewal | None) -> list[Any]:
    if renewal is None:
        return [""] * 6
    quote = renewal.quote
    amounts: list[Money] = [quote.official, quote.after_discount, quote.tax, quote.due]
    return [
        words.term(renewal.term.period_type, renewal.term.count), date_text(renewal.ends.ends_at, "datetime"), *amounts,
    ]  # fmt: skip
