"""What an account spent, by month of the billing time zone; the figures of the overview (screen B3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth

from galleria.buying.models import Order
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.money import Money, divide_half_up


@dataclass(frozen=True)
class Month:
    """A calendar month and what was paid in it less what of that came back."""

    first: date
    spent: Money


def first_of_month(at: datetime, back: int = 0) -> date:
    """The first day of the billing month of an instant, or of one some months earlier."""
    day = clock.billing_date(at)
    number = day.year * 12 + day.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def begin_of(day: date) -> datetime:
    """The instant at which a day begins in the billing time zone."""
    return datetime.combine(day, time(0), tzinfo=clock.billing_zone())


def by_month(actor: Actor, *, currency: str, at: datetime, months: int = 12) -> list[Month]:
    """The last months, the running one included, in one currency; one query; months without trade are zero."""
    since = first_of_month(at, months - 1)
    rows = (
        Order.objects.filter(account_id=actor.account_pk or 0, currency=currency, paid_at__gte=begin_of(since))
        .exclude(paid_by="reseller")
        .annotate(month=TruncMonth("paid_at", tzinfo=clock.billing_zone()))
        .values_list("month")
        .annotate(spent=Sum(F("paid_minor") - F("refunded_minor")))
    )
    sums = {month.date(): spent for month, spent in rows}
    firsts = [first_of_month(at, back) for back in reversed(range(months))]
    return [Month(first, Money(sums.get(first, 0), currency)) for first in firsts]


def forecast(month: Month, at: datetime) -> Money:
    """What the running month comes to at its present pace; rounded half up."""
    day = clock.billing_date(at)
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return Money(divide_half_up(month.spent.minor * (following - month.first).days, day.day), month.spent.currency)
