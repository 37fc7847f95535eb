"""Purchased applications."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Schema
from pydantic import Field

from galleria.api import exports
from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import subscribing as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import Cursor, Limit, OnlyDigits, PublicId, QueryText, page_out
from galleria.delivering import services as delivering
from galleria.kit import clock, pages
from galleria.subscribing import selectors, services

routes = Routes("Subscriptions")
View = Literal["", "active", "expiring", "trials", "frozen", "ended"]


class SubscriptionFilters(Schema):
    """What subscriptions can be narrowed by."""

    view: View = Field("", description="A ready-made selection")
    delivery_type: QueryText = ""
    state: QueryText = ""
    billing_mode: QueryText = ""
    expires_in: Annotated[int, Ge(0), Le(3660), OnlyDigits] | None = Field(
        None, description="Expires within so many days"
    )
    words: QueryText = Field("", description="Part of the product's name, or an order, instance or subscription id")

    def narrowed(self) -> selectors.SubscriptionFilter:
        return selectors.SubscriptionFilter(**self.model_dump(exclude={"limit", "cursor"}))


class SubscriptionList(SubscriptionFilters):
    """Filters and the place in the list."""

    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/subscriptions", out.SubscriptionPage, needs="gallery:subscription:view", problems=[422])
def list_subscriptions(request: HttpRequest, filters: Query[SubscriptionList]) -> out.SubscriptionPage:
    """What the account holds, the newest first."""
    rows = selectors.subscriptions_of(actor_of(request), filters.narrowed(), at=clock.now())
    page = pages.page_of(rows, sort="-created_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.SubscriptionPage, page, out.subscription_out)


@routes.get("/subscriptions/export", None, needs="gallery:subscription:view", problems=[422], media_type="text/csv")
def export_subscriptions(request: HttpRequest, filters: Query[SubscriptionFilters]) -> HttpResponseBase:
    """The subscriptions that the filters leave as CSV, the newest first."""
    at = clock.now()
    return exports.subscriptions(selectors.subscriptions_of(actor_of(request), filters.narrowed(), at=at), at)


@routes.get("/subscriptions/{subscription_id}", out.SubscriptionOut, needs="gallery:subscription:view")
def get_subscription(request: HttpRequest, subscription_id: PublicId) -> out.SubscriptionOut:
    """One subscription."""
    return out.subscription_out(selectors.subscription_of(actor_of(request), subscription_id))


@routes.get("/subscriptions/{subscription_id}/coming", out.ComingList, needs="gallery:subscription:view")
def list_coming_events(request: HttpRequest, subscription_id: PublicId) -> out.ComingList:
    """What will happen by itself if nobody does anything: reminders, deductions, freezing, release, with rules."""
    subscription = selectors.subscription_of(actor_of(request), subscription_id)
    events = services.coming_events(subscription, at=clock.now())
    return out.ComingList(items=[out.coming_out(each) for each in events])


@routes.get("/subscriptions/{subscription_id}/app-info", out.AppInfoOut, needs="gallery:subscription:view")
def get_app_info(request: HttpRequest, subscription_id: PublicId) -> out.AppInfoOut:
    """Where the application is and who signs in there, as the seller last told it."""
    return out.app_info_out(selectors.app_info_of(actor_of(request), subscription_id))


@routes.write(
    "POST",
    "/subscriptions/{subscription_id}/app-info/refresh",
    out.AppInfoOut,
    needs="gallery:subscription:view",
    repeat="unkept",
    course="outside",
)
def refresh_app_info(request: HttpRequest, subscription_id: PublicId, body: NothingIn) -> out.AppInfoOut:
    """Ask the seller's server again, at most once in 10 seconds.

    If it does not answer, what it told last stays and `last_error` says why.
    """
    info = delivering.refresh_app_info(actor_of(request), subscription_id=subscription_id, at=clock.now())
    return out.app_info_out(info)


@routes.write(
    "POST",
    "/subscriptions/{subscription_id}/password",
    out.PasswordOut,
    needs="gallery:credential:view",
    repeat="unkept",
)
def reveal_password(request: HttpRequest, subscription_id: PublicId, body: NothingIn) -> out.PasswordOut:
    """Reveal the initial password. Who looked is recorded and the account's people are told.

    The answer is never kept: sent again, it is revealed and recorded again.
    """
    password = services.reveal_password(actor_of(request), subscription_id=subscription_id, at=clock.now())
    return out.PasswordOut(password=password)


@routes.get("/subscriptions/{subscription_id}/auto-renewal", out.AutoRenewalOut, needs="billing:subscription:view")
def get_auto_renewal(request: HttpRequest, subscription_id: PublicId) -> out.AutoRenewalOut:
    """Whether the subscription renews by itself."""
    return out.auto_renewal_out(selectors.subscription_of(actor_of(request), subscription_id))


@routes.write(
    "PUT",
    "/subscriptions/{subscription_id}/auto-renewal",
    out.AutoRenewalOut,
    needs="billing:subscription:autorenew",
)
def set_auto_renewal(request: HttpRequest, subscription_id: PublicId, body: out.AutoRenewalIn) -> out.AutoRenewalOut:
    """Switch renewing by itself on or off, for a subscription that is in use and has a term."""
    row = services.set_auto_renewal(
        actor_of(request), subscription_id=subscription_id, is_on=body.is_on, at=clock.now()
    )
    return out.auto_renewal_out(row)
