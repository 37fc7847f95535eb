"""B3, the buyer's overview: what waits and how to get rid of it, four figures, spending, what happened lately."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from babel.dates import format_date
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from galleria.kit import clock
from galleria.kit.money import exponent
from galleria.reporting import overview as reporting
from galleria.reporting.spending import Month
from galleria.web import charts, context, timeline
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.buyer.orders import Row as OrderRow
from galleria.web.buyer.subscriptions import Row as SubscriptionRow
from galleria.web.formats import babel_locale, date_text, money_text, percent


@require_safe
@signed_in("billing:order:view", "gallery:subscription:view")
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    actor, at = actor_of(request), clock.now()
    view = reporting.overview(actor, at=at)
    vars(context.of(request))["account_name"] = view.account.name  # read already: the frame need not ask again
    values = {
        "view": view,
        "to_pay": [OrderRow(each, at) for each in view.to_pay],
        "to_approve": [OrderRow(each, at) for each in view.to_approve],
        "to_accept": [(line, labels.product_tag(line.product)) for line in view.to_accept],
        "expiring": [SubscriptionRow(each, None, at) for each in view.expiring],
        "failed": [OrderRow(each, at) for each in view.failed],
        "lede": _lede(view),
        "finding": _finding(view),
        "chart": _chart(view),
        "has_spent": any(month.spent for month in view.months),
        "history": timeline.rail(timeline.of_records(view.activity)),
        "may_pay": actor.may("billing:order:pay"),
        "next_renewal": next((each for each in view.expiring), None),
        "at": at,
    }
    return render(request, "buyer/overview.html", values)


def _lede(view: reporting.Overview) -> str:
    """The sentence that answers "what must I do?"."""
    if not view.counts["all"] and not view.waiting:
        return _("Nothing waits. What you buy, what is due and what it costs will be here.")
    if not view.waiting:
        return _("Nothing waits for you.")
    return ngettext("One thing waits for you.", "%(count)d things wait for you.", view.waiting) % {
        "count": view.waiting
    }


def _finding(view: reporting.Overview) -> str:
    """What the chart shows, in a sentence (UI-CHT-02)."""
    whole = [month for month in view.months[:-1] if month.spent.minor > 0]
    if len(whole) < 2:
        return _("%(amount)s spent this month so far") % {"amount": money_text(view.spent)}
    last, before = whole[-1], whole[-2]
    change = (last.spent.minor - before.spent.minor) * 10_000 // before.spent.minor
    values = {
        "month": date_text(last.first, "month"),
        "amount": money_text(last.spent),
        "share": percent(abs(change) // 100 * 100),
    }
    if change > 0:
        return _("Spending rose %(share)s to %(amount)s in %(month)s") % values
    if change < 0:
        return _("Spending fell %(share)s to %(amount)s in %(month)s") % values
    return _("Spending stayed at %(amount)s in %(month)s") % values


def _chart(view: reporting.Overview) -> Any:
    """Spending of twelve months; the running one is hatched, its forecast dashed."""
    running = view.months[-1]
    items = [_bar(month, view if month is running else None) for month in view.months]
    unit = int("1" + "0" * exponent(running.spent.currency))
    return charts.bars(
        items, name=_("Spent by month in %(currency)s") % {"currency": running.spent.currency}, scale=unit
    )


def _bar(month: Month, running: reporting.Overview | None) -> charts.Bar:
    following = month.first.replace(day=28) + timedelta(days=4)
    last = following - timedelta(days=following.day)
    return charts.Bar(
        label=str(format_date(month.first, "LLL", locale=babel_locale())),
        value=max(month.spent.minor, 0),
        title=f"{date_text(month.first, 'month')} {month.spent.text}",
        href=f"/buyer/orders?from={month.first.isoformat()}&to={last.isoformat()}",
        is_running=running is not None,
        forecast=running.forecast.minor if running is not None else 0,
    )
