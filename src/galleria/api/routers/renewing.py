"""Renewals: what is pending, previews, orders; how subscriptions go on; trials that are converted."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import buying as orders
from galleria.api.schemas import renewing as out
from galleria.api.schemas.common import Cursor, Limit, PublicId, QueryFlag, QueryText
from galleria.buying import selectors, services
from galleria.buying.renewable import Term
from galleria.buying.services import converting, renewing
from galleria.buying.services.renewing import Wish
from galleria.kit import clock, pages
from galleria.reporting import renewals as reporting
from galleria.subscribing import selectors as subscriptions
from galleria.subscribing import services as subscribing

routes = Routes("Renewals")
SEES, RENEWS, SETS = "billing:subscription:view", "billing:subscription:renew", "billing:subscription:autorenew"
Ids = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64}){0,9}$")]


class PendingList(Schema):
    """What pending renewals can be narrowed by, and the place in the list."""

    policy: Literal["", "manual", "auto", "to_pay_per_use", "none"] = Field("", description="How it goes on")
    ends: Literal["", "expired", "7", "15", "30"] = Field("", description="Expired, or within so many days")
    words: QueryText = Field("", description="Part of the product's name, or an order, instance or subscription id")
    delivery_type: QueryText = ""
    region: QueryText = ""
    without_unpaid: QueryFlag = Field(False, description="Not those that have an order to pay")
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/renewals", out.PendingPage, needs=SEES, problems=[422])
def list_renewals(request: HttpRequest, filters: Query[PendingList]) -> out.PendingPage:
    """What ends some day, the soonest first, with the price of its usual renewal today."""
    actor, at = actor_of(request), clock.now()
    narrowed = reporting.RenewalFilter(
        tab=filters.policy, ends=filters.ends, words=filters.words, delivery_type=filters.delivery_type,
        region=filters.region, without_unpaid=filters.without_unpaid,
    )  # fmt: skip
    page = pages.page_of(
        reporting.rows(actor, narrowed, at=at), sort="expires_at", cursor=filters.cursor or None, size=filters.limit
    )
    unpaid = reporting.unpaid_orders(page.items)
    found = renewing.priced(actor, page.items, at=at) if page.items else []
    items = [out.pending_out(row, what, unpaid.get(row.pk, "")) for row, what in found]
    return out.PendingPage(items=items, next=page.next, previous=page.previous)


class RenewalQuery(Schema):
    """What is to be renewed."""

    term: out.TermText = Field("", description="`month:3`; empty: as usual")
    is_aligned: QueryFlag = Field(False, description="To the account's renewal date")
    coupon: orders.CouponCode = ""


class RenewalsQuery(RenewalQuery):
    """Which subscriptions are to be renewed together, and how."""

    subscriptions: Ids = Field(..., description="At most ten, with commas between them")


def _wishes(ids: list[str], term: str, is_aligned: bool) -> list[Wish]:
    chosen = Term.parse(term) if term else None
    return [Wish(each, chosen, is_aligned) for each in dict.fromkeys(ids)]


@routes.get("/renewals/preview", out.RenewalPreviewOut, needs=SEES, problems=[404, 409, 422])
def preview_renewals(request: HttpRequest, asked: Query[RenewalsQuery]) -> out.RenewalPreviewOut:
    """What renewing these together would cost and change; those that cannot be renewed are named with the reason."""
    wishes = _wishes(asked.subscriptions.split(","), asked.term, asked.is_aligned)
    preview = services.preview_renewals(
        actor_of(request), wishes=wishes, coupon_code=asked.coupon, most=renewing.MOST_BY_API, at=clock.now()
    )
    renewing.require_some(preview)
    return out.preview_out(preview)


@routes.get("/subscriptions/{subscription_id}/renewal-preview", out.RenewalPreviewOut, needs=SEES, problems=[409, 422])
def preview_renewal(
    request: HttpRequest, subscription_id: PublicId, asked: Query[RenewalQuery]
) -> out.RenewalPreviewOut:
    """What a renewal would cost and change: both ends, due now with its working, the next amount and date."""
    wishes = _wishes([subscription_id], asked.term, asked.is_aligned)
    preview = services.preview_renewals(actor_of(request), wishes=wishes, coupon_code=asked.coupon, at=clock.now())
    return out.preview_out(preview)


@routes.write("POST", "/renewals", out.OrdersOut, status=201, needs=RENEWS, repeat="required", problems=[404])
def create_renewals(request: HttpRequest, body: out.RenewalsIn) -> out.OrdersOut:
    """Order renewals as they were previewed; several are one combined order.

    Nothing is ordered when the preview is not true any more: PRICE_CHANGED, with both amounts.
    """
    actor = actor_of(request)
    made = services.renew(
        actor,
        wishes=_wishes(list(body.subscriptions), body.term, body.is_aligned),
        coupon_code=body.coupon,
        seen_digest=body.digest,
        most=renewing.MOST_BY_API,
        at=clock.now(),
    )
    return out.orders_out([selectors.order_of(actor, each.public_id) for each in made])


@routes.get("/subscriptions/{subscription_id}/renewal-policy", out.PolicyOut, needs=SEES)
def get_renewal_policy(request: HttpRequest, subscription_id: PublicId) -> out.PolicyOut:
    """How the subscription goes on after its end, and when it is deducted next."""
    row = subscriptions.subscription_of(actor_of(request), subscription_id)
    return out.policy_out(row, _deduct_at(row))


@routes.write("PUT", "/subscriptions/{subscription_id}/renewal-policy", out.PolicyOut, needs=SETS)
def set_renewal_policy(request: HttpRequest, subscription_id: PublicId, body: out.PolicyIn) -> out.PolicyOut:
    """Set how it goes on: by hand, by itself with term and number, by use after its end, or not at all.

    Switched on when no daily deduction is left before the end, it is deducted at once.
    """
    term = Term.parse(body.term) if body.term else None
    row = subscribing.set_renewal(
        actor_of(request),
        subscription_id=subscription_id,
        policy=body.policy,
        period_type=term.period_type if term else "",
        period_count=term.count if term else 0,
        times=body.times,
        at=clock.now(),
    )
    return out.policy_out(row, _deduct_at(row))


def _deduct_at(row: object) -> object:
    coming = subscribing.coming_events(row, at=clock.now())  # type: ignore[arg-type]
    return next((each.due_at for each in coming if each.kind == "deduct"), None)


@routes.get("/subscriptions/{subscription_id}/deductions", out.DeductionsOut, needs=SEES)
def list_deductions(request: HttpRequest, subscription_id: PublicId) -> out.DeductionsOut:
    """The attempts to renew it by itself, and why they failed."""
    return out.deductions_out(reporting.deductions_of(actor_of(request), subscription_id))


@routes.get("/renewal-setting", out.SettingOut, needs=SEES)
def get_renewal_setting(request: HttpRequest) -> out.SettingOut:
    """On which day automatic renewal pays, and the one renewal date of the account."""
    return out.setting_out(renewing.setting_of(actor_of(request), at=clock.now()))


@routes.write("PUT", "/renewal-setting", out.SettingOut, needs=SETS)
def set_renewal_setting(request: HttpRequest, body: out.SettingIn) -> out.SettingOut:
    """Set them; what is null stays. A renewal date is a day from 1 to 28, or 31 for the last one."""
    actor, at = actor_of(request), clock.now()
    subscribing.set_renewal_setting(actor, offset_days=body.deduct_days_before, day=body.renewal_day, at=at)
    return out.setting_out(renewing.setting_of(actor, at=at))


class ConversionQuery(Schema):
    """What the trial is to become."""

    term: out.TermText = Field("", description="`year:1`; empty: the shortest")
    coupon: orders.CouponCode = ""


@routes.get("/subscriptions/{subscription_id}/conversion-preview", out.ConversionOut, needs=SEES, problems=[409, 422])
def preview_conversion(
    request: HttpRequest, subscription_id: PublicId, asked: Query[ConversionQuery]
) -> out.ConversionOut:
    """What converting a trial would cost and change. The instance, its sign-in and its data stay."""
    found = converting.preview_conversion(
        actor_of(request),
        subscription_id=subscription_id,
        term=Term.parse(asked.term) if asked.term else None,
        coupon_code=asked.coupon,
        at=clock.now(),
    )
    return out.conversion_out(found)


@routes.write(
    "POST",
    "/subscriptions/{subscription_id}/conversion",
    orders.OrderOut,
    status=201,
    needs=RENEWS,
    repeat="required",
)
def create_conversion(request: HttpRequest, subscription_id: PublicId, body: out.ConversionIn) -> orders.OrderOut:
    """Order a conversion as it was previewed; the paid term begins when it is paid."""
    actor = actor_of(request)
    order = converting.convert(
        actor,
        subscription_id=subscription_id,
        term=Term.parse(body.term) if body.term else None,
        coupon_code=body.coupon,
        seen_digest=body.digest,
        at=clock.now(),
    )
    return orders.order_out(selectors.order_of(actor, order.public_id))
