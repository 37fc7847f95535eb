"""What an account was granted: offers by name, coupons to claim, redeem and read."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Schema

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import granting as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import Cursor, Limit, PublicId, QueryFlag, page_out
from galleria.kit import clock, pages
from galleria.pricing import selectors, services

routes = Routes("Offers and coupons")


class OfferList(Schema):
    """`open`: only those with which can be ordered now."""

    open: QueryFlag = False
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/offers", out.OfferPage, needs="gallery:product:view", problems=[422])
def list_offers(request: HttpRequest, filters: Query[OfferList]) -> out.OfferPage:
    """The prices that sellers, a partner or the operator made for the account, those that end first in front."""
    actor, at = actor_of(request), clock.now()
    rows = selectors.offers_for(actor, at, is_open=filters.open)
    page = pages.page_of(rows, sort="ends_at", cursor=filters.cursor or None, size=filters.limit)
    found = out.figures(list(page))
    return page_out(out.OfferPage, page, lambda row: out.offer_out(row, actor.account_pk, at, found))


@routes.get("/offers/{offer_id}", out.OfferOut, needs="gallery:product:view")
def get_offer(request: HttpRequest, offer_id: PublicId) -> out.OfferOut:
    """One offer; OFFER_NOT_AVAILABLE when it names other accounts. A quote takes its id as `offer`."""
    actor = actor_of(request)
    row = selectors.offer_for(actor, offer_id)
    return out.offer_out(row, actor.account_pk, clock.now(), out.figures([row]))


@routes.get("/coupons/{coupon_id}", out.CouponDetail, needs="billing:coupon:view")
def get_coupon(request: HttpRequest, coupon_id: PublicId) -> out.CouponDetail:
    """A coupon with its limits and every use of it."""
    return out.coupon_detail(selectors.coupon_of(actor_of(request), coupon_id))


@routes.get("/coupon-batches", out.ClaimableList, needs="billing:coupon:view")
def list_claimable_coupons(request: HttpRequest) -> out.ClaimableList:
    """The coupons that the account may claim now."""
    rows = selectors.claimable(actor_of(request), clock.now())
    return out.ClaimableList(items=[out.claimable_out(row) for row in rows])


@routes.write("POST", "/coupon-batches/{batch_id}/claim", out.CouponDetail, status=201, needs="billing:coupon:redeem")
def claim_coupon(request: HttpRequest, batch_id: PublicId, body: NothingIn) -> out.CouponDetail:
    """Take one of them. COUPONS_GONE when they are out, over, or the account has as many as it may."""
    actor = actor_of(request)
    made = services.claim_coupon(actor, batch_id=batch_id, at=clock.now())
    return out.coupon_detail(selectors.coupon_of(actor, made.public_id))


@routes.write("POST", "/coupon-codes", out.CouponDetail, status=201, needs="billing:coupon:redeem")
def redeem_coupon(request: HttpRequest, body: out.CodeIn) -> out.CouponDetail:
    """Make a printed code a coupon of the account; sending it again answers the same coupon."""
    actor = actor_of(request)
    made = services.redeem_coupon(actor, code=body.code, at=clock.now())
    return out.coupon_detail(selectors.coupon_of(actor, made.public_id))
