"""What pages and endpoints read of subscriptions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.prepared import Prepared
from galleria.subscribing.models import AppInfo, Subscription, Timer

_RELATED = ("product__seller", "product__category", "specification", "account")
IN_USE = ("effective", "grace", "freezing", "frozen", "unfreezing", "expired")
ENDED = ("released", "failed", "closing")
MOST_IN_CALENDAR = 200


@dataclass(frozen=True)
class SubscriptionFilter:
    """What *Purchased Apps* can be narrowed by; empty values do not narrow. `expires_in`: days."""

    view: str = ""  # active, expiring, trials, frozen, ended
    delivery_type: str = ""
    state: str = ""
    billing_mode: str = ""
    expires_in: int | None = None
    words: str = ""


def subscriptions_of(
    actor: Actor, narrowed: SubscriptionFilter | None = None, *, at: datetime | None = None
) -> QuerySet[Subscription]:
    """The account's subscriptions, newest first; all of them for the operator."""
    rows = Subscription.objects.select_related(*_RELATED).order_by("-created_at", "-id")
    if not (actor.is_operator or actor.is_system):
        rows = rows.filter(account__public_id=actor.account_id or "")
    return _narrow(rows, narrowed, at) if narrowed else rows


def _narrow(rows: QuerySet[Subscription], narrowed: SubscriptionFilter, at: datetime | None) -> QuerySet[Subscription]:
    views = {
        "active": Q(state__in=("initializing", "effective", "grace")),
        "expiring": Q(state__in=IN_USE, expires_at__lte=at + timedelta(days=30)) if at else Q(),
        "trials": Q(is_trial=True),
        "frozen": Q(state__in=("frozen", "freezing", "expired")),
        "ended": Q(state__in=ENDED),
    }
    rows = rows.filter(views.get(narrowed.view, Q()))
    if narrowed.delivery_type:
        rows = rows.filter(product__delivery_type=narrowed.delivery_type)
    if narrowed.state:
        rows = rows.filter(state=narrowed.state)
    if narrowed.billing_mode:
        rows = rows.filter(billing_mode=narrowed.billing_mode)
    if narrowed.expires_in is not None and at is not None:
        rows = rows.filter(expires_at__lte=at + timedelta(days=narrowed.expires_in))
    if narrowed.words:
        rows = rows.filter(
            Q(product__name__icontains=narrowed.words)
            | Q(order_id=narrowed.words)
            | Q(instance_id=narrowed.words)
            | Q(public_id=narrowed.words)
        )
    return rows


_ONE = Prepared(lambda p: Subscription.objects.select_related(*_RELATED).filter(public_id=p("subscription")))


def subscription_of(actor: Actor, subscription_id: str) -> Subscription:
    """One subscription for this actor. Raises NotFound, also for another account's."""
    found = _ONE.one(subscription=subscription_id)
    if found is None or not (actor.is_operator or actor.is_system or found.account.public_id == actor.account_id):
        raise NotFound
    return found


def app_info_of(actor: Actor, subscription_id: str) -> AppInfo:
    """What the seller told about using the application. Raises NotFound, also when it has told nothing yet."""
    subscription = subscription_of(actor, subscription_id)
    info = AppInfo.objects.filter(subscription=subscription).first()
    if info is None:
        raise NotFound
    return info


def counts_of(actor: Actor, at: datetime) -> dict[str, int]:
    """How many are in use, being made, expiring within 7 and 30 days; in one query."""
    active = Q(state__in=IN_USE)
    return dict(
        subscriptions_of(actor)
        .order_by()
        .aggregate(
            in_use=Count("pk", filter=active),
            initializing=Count("pk", filter=Q(state="initializing")),
            expiring_7=Count("pk", filter=active & Q(expires_at__lte=at + timedelta(days=7))),
            expiring_30=Count("pk", filter=active & Q(expires_at__lte=at + timedelta(days=30))),
        )
    )


def running_by_product(actor: Actor, product_ids: Collection[int]) -> dict[int, int]:
    """How many of each product the account runs, for the dot on cards; nothing for visitors."""
    if actor.account_pk is None or not product_ids:
        return {}
    rows = (
        Subscription.objects.filter(account_id=actor.account_pk, product_id__in=product_ids, state__in=IN_USE)
        .values_list("product_id")
        .annotate(count=Count("pk"))
    )
    return dict(rows)


def timers(actor: Actor, *, only_stuck: bool = False) -> QuerySet[Timer]:
    """What the clock will do next with each subscription, soonest first; for the operator. Raises PermissionMissing."""
    actor.require("operator:work:manage")
    rows = Timer.objects.select_related("subscription__product", "subscription__account")
    rows = rows.filter(state="stuck") if only_stuck else rows.exclude(state="idle")
    return rows.order_by("try_at", "id")


def timer_tallies(actor: Actor, at: datetime) -> dict[str, int]:
    """How many timers wait, are late by more than five minutes, and are stuck; one query."""
    actor.require("operator:work:manage")
    late = Q(state="waiting", try_at__lt=at - timedelta(minutes=5))
    return dict(
        Timer.objects.aggregate(
            waiting=Count("pk", filter=Q(state="waiting")),
            late=Count("pk", filter=late),
            stuck=Count("pk", filter=Q(state="stuck")),
        )
    )


def ends_of(account_pk: int) -> list[Subscription]:
    """What an account holds that ends some day, soonest first; for its calendar."""
    return list(
        Subscription.objects.select_related("product", "specification")
        .filter(account_id=account_pk, state__in=IN_USE, expires_at__isnull=False)
        .order_by("expires_at", "id")[:MOST_IN_CALENDAR]
    )


def names_of(public_ids: Collection[str]) -> dict[str, str]:
    """What people call subscriptions, "product · specification" in the active language, by public id."""
    rows = Subscription.objects.select_related("product", "specification").filter(public_id__in=public_ids)
    return {row.public_id: f"{row.product.name} · {row.specification.name}" for row in rows}
