"""What sellers grant by program: exclusive offers, coupons; the same services as the pages."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from ninja import Query, Schema

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import granting as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import Cursor, Limit, PublicId, QueryText, page_out
from galleria.kit import clock, pages
from galleria.pricing import selectors, services
from galleria.pricing.selectors import offers

routes = Routes("Selling: offers and coupons")
OFFER, COUPON = "seller:offer:manage", "seller:coupon:manage"
OfferState = Literal[
    "", "draft", "in_approval", "effective", "rejected", "withdrawn", "expired", "invalid", "used"
]  # fmt: skip


class SellerOfferList(Schema):
    """Filters and the place in the list."""

    state: OfferState = ""
    text: QueryText = ""
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/seller/offers", out.SellerOfferPage, needs=OFFER, problems=[422])
def list_seller_offers(request: HttpRequest, filters: Query[SellerOfferList]) -> out.SellerOfferPage:
    """The seller's offers, the newest first."""
    rows = selectors.offers_of(actor_of(request), "exclusive", filters.state, filters.text)
    page = pages.page_of(rows, sort="-created_at", cursor=filters.cursor or None, size=filters.limit)
    found = out.figures(list(page))
    return page_out(out.SellerOfferPage, page, lambda row: out.seller_offer_out(row, found))


def _given(body: out.OfferIn) -> services.OfferIn:
    values = body.model_dump(include={"name", "accounts", "order_types", "is_single", "remarks"})
    return services.OfferIn(
        **values,
        lines=[services.line_in(line.model_dump()) for line in body.lines],
        starts_at=out.instant("starts_at", body.starts_at),
        ends_at=out.instant("ends_at", body.ends_at),
    )


def _detail(request: HttpRequest, offer_id: str) -> out.SellerOfferDetail:
    row = selectors.offer_of(actor_of(request), offer_id)
    return out.seller_offer_detail(row, offers.uses_of(row), services.moves_of(row))


@routes.write("POST", "/seller/offers", out.SellerOfferDetail, status=201, needs=OFFER)
def create_seller_offer(request: HttpRequest, body: out.OfferIn) -> out.SellerOfferDetail:
    """Write an offer as a draft. INVALID names each wrong field: `accounts`, `lines.0.price`, …"""
    row = services.write_offer(actor_of(request), given=_given(body), at=clock.now())
    return _detail(request, row.public_id)


@routes.get("/seller/offers/{offer_id}", out.SellerOfferDetail, needs=OFFER)
def get_seller_offer(request: HttpRequest, offer_id: PublicId) -> out.SellerOfferDetail:
    """An offer with its figures and orders."""
    return _detail(request, offer_id)


@routes.write("PUT", "/seller/offers/{offer_id}", out.SellerOfferDetail, needs=OFFER)
def change_seller_offer(request: HttpRequest, offer_id: PublicId, body: out.OfferIn) -> out.SellerOfferDetail:
    """Write a draft anew; what was submitted can only be read."""
    services.write_offer(actor_of(request), given=_given(body), offer_id=offer_id, at=clock.now())
    return _detail(request, offer_id)


@routes.write("DELETE", "/seller/offers/{offer_id}", None, status=204, needs=OFFER)
def delete_seller_offer(request: HttpRequest, offer_id: PublicId) -> None:
    """Throw a draft away."""
    services.delete_draft(actor_of(request), offer_id=offer_id, at=clock.now())


@routes.write("POST", "/seller/offers/{offer_id}/submit", out.SellerOfferDetail, needs=OFFER)
def submit_seller_offer(request: HttpRequest, offer_id: PublicId, body: out.ConfirmIn) -> out.SellerOfferDetail:
    """Put it into force, or before the operator when it goes beyond the authorised range.

    OFFER_BEYOND_AUTHORISED tells the range; send `confirmed` to have the operator decide.
    """
    services.submit_offer(actor_of(request), offer_id=offer_id, confirmed=body.confirmed, at=clock.now())
    return _detail(request, offer_id)


@routes.write("POST", "/seller/offers/{offer_id}/withdraw", out.SellerOfferDetail, needs=OFFER)
def withdraw_seller_offer(request: HttpRequest, offer_id: PublicId, body: NothingIn) -> out.SellerOfferDetail:
    """Take it back while the operator decides on it."""
    services.withdraw_offer(actor_of(request), offer_id=offer_id, at=clock.now())
    return _detail(request, offer_id)


@routes.write("POST", "/seller/offers/{offer_id}/invalidate", out.SellerOfferDetail, needs=OFFER)
def invalidate_seller_offer(request: HttpRequest, offer_id: PublicId, body: out.EndIn) -> out.SellerOfferDetail:
    """End an offer that is in force; orders that were placed with it keep their price."""
    services.invalidate_offer(actor_of(request), offer_id=offer_id, reason=body.reason, at=clock.now())
    return _detail(request, offer_id)


# ----- coupons -----


class BatchList(Schema):
    """The place in the list."""

    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/seller/coupons", out.BatchPage, needs=COUPON, problems=[422])
def list_seller_coupons(request: HttpRequest, filters: Query[BatchList]) -> out.BatchPage:
    """The seller's coupons, the newest first."""
    rows = selectors.batches_of(actor_of(request))
    page = pages.page_of(rows, sort="-created_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.BatchPage, page, out.batch_out)


@routes.write("POST", "/seller/coupons", out.BatchDetail, status=201, needs=COUPON)
def create_seller_coupons(request: HttpRequest, body: out.BatchIn) -> out.BatchDetail:
    """Make coupons that are alike. They cannot be changed afterwards, only voided."""
    values = body.model_dump(exclude={"quantity", "per_account", "valid_from", "expires_at"})
    given = services.BatchIn(
        **values,
        quantity=str(body.quantity),
        per_account=str(body.per_account),
        valid_from=out.instant("valid_from", body.valid_from),
        expires_at=out.instant("expires_at", body.expires_at),
    )
    return out.batch_detail(services.make_batch(actor_of(request), given=given, at=clock.now()))


@routes.get("/seller/coupons/{batch_id}", out.BatchDetail, needs=COUPON)
def get_seller_coupons(request: HttpRequest, batch_id: PublicId) -> out.BatchDetail:
    """Coupons with what became of them."""
    return out.batch_detail(selectors.batch_of(actor_of(request), batch_id))


@routes.get("/seller/coupons/{batch_id}/codes", out.CodesOut, needs=COUPON)
def list_seller_codes(request: HttpRequest, batch_id: PublicId) -> out.CodesOut:
    """The printed codes."""
    batch = selectors.batch_of(actor_of(request), batch_id)
    found = selectors.codes_of(batch) if batch.claim == "code" else []
    return out.CodesOut(items=[out.CodeOut(code=code, state=state) for code, state in found])


@routes.write("POST", "/seller/coupons/{batch_id}/grant", out.BatchDetail, needs=COUPON)
def grant_seller_coupons(request: HttpRequest, batch_id: PublicId, body: out.AccountsIn) -> out.BatchDetail:
    """Give one to each of these accounts; they are told. All or none."""
    actor = actor_of(request)
    services.grant_coupons(actor, batch_id=batch_id, accounts=body.accounts, at=clock.now())
    return out.batch_detail(selectors.batch_of(actor, batch_id))


@routes.write("POST", "/seller/coupons/{batch_id}/void", out.BatchDetail, needs=COUPON)
def void_seller_coupons(request: HttpRequest, batch_id: PublicId, body: out.EndIn) -> out.BatchDetail:
    """Stop every one that is not used. Paid orders keep theirs."""
    return out.batch_detail(
        services.void_batch(actor_of(request), batch_id=batch_id, reason=body.reason, at=clock.now())
    )
