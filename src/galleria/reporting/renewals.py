"""The Renewals page: what is renewed how, what ends when, and which order is in the way (buyer-renewal-refund 1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from galleria.buying.models import Deduction, OrderLine
from galleria.buying.services.guarding import open_orders_of
from galleria.buying.states import ON_HELD, UNPAID
from galleria.kit.actor import Actor
from galleria.subscribing import selectors
from galleria.subscribing.models import Subscription

TABS = ("manual", "auto", "to_pay_per_use", "none")
SHOWN = ("effective", "grace", "expired", "freezing", "frozen", "unfreezing")
EXPORT_MOST = 10_000
PENDING_MOST = 200
_PACKAGES = ("package", "exhaustible")
_WITH = ("product__popular_pick", "sku")


@dataclass(frozen=True)
class RenewalFilter:
    """What the page can be narrowed by; empty values do not narrow.

    tab: one of `TABS`, empty: all of them
    ends: expired, or a number of days; `ends_from`, `ends_to`: a span of one's own, the second excluded
    without_unpaid: not those with an order to pay; packages: "" with the others, "without" them, "only" them
    """

    tab: str = "manual"
    ends: str = ""
    ends_from: datetime | None = None
    ends_to: datetime | None = None
    words: str = ""
    delivery_type: str = ""
    region: str = ""
    state: str = ""
    without_unpaid: bool = False
    packages: str = ""


def rows(actor: Actor, narrowed: RenewalFilter, *, at: datetime) -> QuerySet[Subscription]:
    """The account's subscriptions that end some day, the soonest first."""
    found = _all(actor).select_related("product__seller", "product__category", "specification", "account", *_WITH)
    if narrowed.tab:
        found = found.filter(renewal=narrowed.tab)
    found = _by_end(found, narrowed, at)
    if narrowed.words:
        words = narrowed.words
        found = found.filter(
            Q(product__name__icontains=words) | Q(order_id=words) | Q(instance_id=words) | Q(public_id=words)
        )
    if narrowed.delivery_type:
        found = found.filter(product__delivery_type=narrowed.delivery_type)
    if narrowed.region:
        found = found.filter(region=narrowed.region)
    if narrowed.state:
        found = found.filter(state__in=_STATES.get(narrowed.state, (narrowed.state,)))
    if narrowed.without_unpaid:
        unpaid = OrderLine.objects.filter(subscription=OuterRef("pk"), order__state__in=UNPAID, order__kind__in=ON_HELD)
        found = found.exclude(Exists(unpaid))
    if narrowed.packages:
        is_package = Q(billing_mode__in=_PACKAGES)
        found = found.filter(is_package if narrowed.packages == "only" else ~is_package)
    return found.order_by("expires_at", "id")


# In use: inside the term; expired: in grace; frozen: in retention (4).
_STATES = {
    "in_use": ("effective",),
    "expired": ("grace", "expired"),
    "frozen": ("freezing", "frozen", "unfreezing"),
}


def _by_end(found: QuerySet[Subscription], narrowed: RenewalFilter, at: datetime) -> QuerySet[Subscription]:
    if narrowed.ends == "expired":
        found = found.filter(expires_at__lte=at)
    elif narrowed.ends.isdigit():
        found = found.filter(expires_at__gt=at, expires_at__lte=at + timedelta(days=int(narrowed.ends)))
    if narrowed.ends_from:
        found = found.filter(expires_at__gte=narrowed.ends_from)
    if narrowed.ends_to:
        found = found.filter(expires_at__lt=narrowed.ends_to)
    return found


def _all(actor: Actor) -> QuerySet[Subscription]:
    return selectors.subscriptions_of(actor).filter(state__in=SHOWN, expires_at__isnull=False)


def tallies(actor: Actor) -> dict[str, int]:
    """How many each tab has; one query."""
    counts = {tab: Count("pk", filter=Q(renewal=tab)) for tab in TABS}
    return dict(_all(actor).order_by().aggregate(**counts))


def regions(actor: Actor) -> list[str]:
    """Where the account's subscriptions run, for the filter."""
    found = _all(actor).order_by("region").exclude(region="").values_list("region", flat=True).distinct()
    return list(found[:50])


def unpaid_orders(found: Iterable[Subscription]) -> dict[int, str]:
    """The order to pay first, by row number of the subscription; one query."""
    held = list(found)
    return open_orders_of(held) if held else {}


def failures(found: Iterable[Subscription]) -> dict[int, Deduction]:
    """The last failed deduction for the present end of each, by row number; one query."""
    held = {each.pk: each for each in found}
    rows = Deduction.objects.filter(subscription__in=list(held), state="failed").order_by("tried_at")
    return {row.subscription_id: row for row in rows if row.expires_at == held[row.subscription_id].expires_at}


def deductions_of(actor: Actor, subscription_id: str) -> list[Deduction]:
    """The attempts to renew a subscription by itself, the latest first. Raises NotFound."""
    row = selectors.subscription_of(actor, subscription_id)
    return list(row.deductions.order_by("-tried_at", "-pk")[:50])
