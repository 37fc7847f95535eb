"""Changing the specification of what is held: targets, preview, order."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Le
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.routers.catalogue import agreement_refs
from galleria.api.schemas import buying as orders
from galleria.api.schemas import changing as out
from galleria.api.schemas.common import OnlyDigits, PublicId
from galleria.buying import renewable, selectors
from galleria.buying.services import changing
from galleria.buying.services.placing import agreement_keys
from galleria.kit import clock
from galleria.parties import selectors as parties

routes = Routes("Subscriptions")
SEES = "gallery:subscription:view"


class ChangeQuery(Schema):
    """What is to be changed."""

    mode: out.Mode = Field("now", description="`now`: inside the running term; `renewal`: for the next one")
    sku: out.SkuCode = Field("", description="Code of the new SKU; empty: the present one")
    quantity: Annotated[int, Ge(1), Le(999_999_999), OnlyDigits] | None = Field(None, description="Empty: as it is")
    term: out.TermText = Field("", description="With a renewal: `month:3`; empty: as usual")
    coupon: orders.CouponCode = ""


@routes.get("/subscriptions/{subscription_id}/change-targets", out.TargetsOut, needs=SEES)
def list_change_targets(request: HttpRequest, subscription_id: PublicId) -> out.TargetsOut:
    """What the subscription can become: every SKU of its specification, whether it is possible, and why not."""
    found = changing.targets(actor_of(request), subscription_id=subscription_id, at=clock.now())
    return out.targets_out(found)


@routes.get("/subscriptions/{subscription_id}/change-preview", out.ChangePreviewOut, needs=SEES, problems=[409, 422])
def preview_change(request: HttpRequest, subscription_id: PublicId, asked: Query[ChangeQuery]) -> out.ChangePreviewOut:
    """What a change would cost and do: now and after, the fee with its working, the next amount.

    Nothing is stored. What cannot be changed is refused with NOT_CHANGEABLE and the reason.
    """
    wish = _wish(subscription_id, asked)
    at = clock.now()
    seen = changing.preview_change(actor_of(request), wish=wish, coupon_code=asked.coupon, at=at)
    keys = agreement_keys(seen.subscription.product, seen.subscription.account)
    return out.change_preview_out(seen, agreement_refs(parties.versions_to_accept(keys, at), keys))


@routes.write(
    "POST",
    "/subscriptions/{subscription_id}/changes",
    orders.OrderOut,
    status=201,
    needs=changing.MAY,
    repeat="required",
    problems=[503],
    course="outside",
)
def create_change(request: HttpRequest, subscription_id: PublicId, body: out.ChangeIn) -> orders.OrderOut:
    """Order a change that was previewed.

    Nothing is ordered when the preview is not true any more (PRICE_CHANGED, with both amounts). With a renewal the
    seller is asked first: SELLER_REFUSES_CHANGE has the seller's reason, SELLER_NOT_REACHED means to try again.
    """
    actor, at = actor_of(request), clock.now()
    order = changing.change(
        actor,
        wish=_wish(subscription_id, body),
        seen_digest=body.digest,
        agreements=body.agreements,
        coupon_code=body.coupon,
        at=at,
    )
    return orders.order_out(selectors.order_of(actor, order.public_id))


def _wish(subscription_id: str, asked: ChangeQuery | out.ChangeIn) -> changing.Wish:
    term = renewable.Term.parse(asked.term) if asked.term and asked.mode == "renewal" else None
    return changing.Wish(subscription_id, asked.mode, asked.sku, asked.quantity, term)
