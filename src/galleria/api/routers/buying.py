"""Quotes and orders: from a configuration to something that can be paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from annotated_types import Ge, Le
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Schema
from pydantic import Field

from galleria.api import exports
from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.routers.catalogue import agreement_refs
from galleria.api.schemas import buying as out
from galleria.api.schemas.catalogue import AgreementRef
from galleria.api.schemas.common import Cursor, Limit, OnlyDigits, PublicId, QueryInstant, QueryText, page_out
from galleria.buying import selectors, services
from galleria.buying.services.placing import agreement_keys
from galleria.buying.services.quoting import Quoted
from galleria.delivering import selectors as delivering
from galleria.kit import clock, pages
from galleria.kit.actor import Actor
from galleria.parties import selectors as parties

routes = Routes("Quotes and orders")
State = Literal[
    "", "pending_approval", "pending_confirmation", "pending_payment", "processing", "completed", "canceled",
    "refunding",
]  # fmt: skip
View = Literal["", "to_pay", "to_approve", "unpaid", "running", "refunding"]


@routes.write(
    "POST",
    "/quotes",
    out.QuoteOut,
    status=201,
    needs="gallery:product:view",
    problems=[404, 410],
    course="reads_first",
)
def create_quote(request: HttpRequest, body: out.QuoteIn) -> Callable[[], out.QuoteOut]:
    """Price a configuration and keep the price for a day.

    The answer names the agreements that an order of it has to accept, and how the price was calculated.
    """
    actor, at = actor_of(request), clock.now()
    configuration = body.model_dump(exclude={"product", "coupon", "offer"})
    quoted, code = services.quote_to_keep(
        actor, product_slug=body.product, configuration=configuration, coupon_code=body.coupon, offer=body.offer, at=at
    )
    agreements = _agreements(actor, quoted)
    return lambda: out.quote_out(services.keep(actor, quoted, code, offer=body.offer, at=at), quoted, agreements)


@routes.get("/quotes/{quote_id}", out.QuoteOut, needs="gallery:product:view", problems=[409, 410, 422])
def get_quote(request: HttpRequest, quote_id: PublicId) -> out.QuoteOut:
    """A quote, priced again now: `is_current` says whether it still has the price that it was kept with."""
    actor = actor_of(request)
    kept, quoted = services.requote(actor, quote_id=quote_id, at=clock.now())
    return out.quote_out(kept, quoted, _agreements(actor, quoted), is_current=quoted.digest == kept.digest)


def _agreements(actor: Actor, quoted: Quoted) -> list[AgreementRef]:
    keys = agreement_keys(quoted.chosen.product, parties.account_of(actor))
    return agreement_refs(parties.versions_to_accept(keys, clock.now()), keys)


@routes.write(
    "POST",
    "/orders",
    out.OrderOut,
    status=201,
    needs="gallery:order:create",
    repeat="required",
    problems=[404, 410],
    course="reads_first",
)
def create_order(request: HttpRequest, body: out.OrderIn) -> Callable[[], out.OrderOut]:
    """Order what a quote prices.

    Nothing is ordered when the price has changed meanwhile (PRICE_CHANGED, with both amounts), or when an agreement
    is not accepted in the version in force (AGREEMENT_NOT_ACCEPTED, AGREEMENT_VERSION_CHANGED). One quote makes one
    order, whatever is asked how often. With nothing to pay the order is processed at once.
    """
    actor, at = actor_of(request), clock.now()
    priced = services.priced_to_place(actor, quote_id=body.quote, coupon_code=body.coupon, at=at)

    def place() -> out.OrderOut:
        order = services.place_order(
            actor,
            quote_id=body.quote,
            agreements=body.agreements,
            consent=body.consent,
            extra=body.extra,
            coupon_code=body.coupon,
            priced=priced,
            at=at,
        )
        is_new = "lines" in getattr(order, "_prefetched_objects_cache", {}) and order.state == "pending_payment"
        return out.order_out(order) if is_new else _again(actor, order.public_id)

    return place


class OrderFilters(Schema):
    """What orders can be narrowed by. `placed_from` and `placed_to` are at most a year apart."""

    view: View = Field("", description="A ready-made selection")
    state: State = ""
    kind: Annotated[int, Ge(1), Le(99), OnlyDigits] | None = Field(None, description="Number of the kind of order")
    number: QueryText = Field("", description="Beginning of the order number")
    product: QueryText = Field("", description="Part of the product's name")
    delivery_type: QueryText = ""
    placed_from: QueryInstant | None = None
    placed_to: QueryInstant | None = None

    def narrowed(self) -> selectors.OrderFilter:
        return selectors.OrderFilter(**self.model_dump(exclude={"limit", "cursor"}))


class OrderList(OrderFilters):
    """Filters and the place in the list."""

    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/orders", out.OrderPage, needs="billing:order:view", problems=[422])
def list_orders(request: HttpRequest, filters: Query[OrderList]) -> out.OrderPage:
    """The account's orders, the newest first."""
    rows = selectors.orders_of(actor_of(request), filters.narrowed())
    page = pages.page_of(rows, sort="-created_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.OrderPage, page, out.order_out)


@routes.get("/orders/export", None, needs="billing:order:export", problems=[422], media_type="text/csv")
def export_orders(request: HttpRequest, filters: Query[OrderFilters]) -> HttpResponseBase:
    """The orders that the filters leave as CSV, a row a line, the newest first."""
    actor = actor_of(request)
    actor.require("billing:order:view")
    return exports.orders(selectors.orders_of(actor, filters.narrowed()), clock.now())


@routes.get("/orders/{order_id}", out.OrderDetail, needs="billing:order:view")
def get_order(request: HttpRequest, order_id: PublicId) -> out.OrderDetail:
    """One order with its agreements, its delivery and how it was calculated."""
    actor = actor_of(request)
    order = selectors.order_of(actor, order_id)
    return out.order_detail(order, list(delivering.deliveries_of_order(actor, order_id)))


@routes.write("POST", "/orders/{order_id}/cancel", out.OrderOut, needs="billing:order:cancel")
def cancel_order(request: HttpRequest, order_id: PublicId, body: out.ReasonIn) -> out.OrderOut:
    """Cancel an unpaid order, and what was placed together with it. Its coupon is free at once."""
    actor = actor_of(request)
    services.cancel_order(actor, order_id=order_id, reason=body.reason, at=clock.now())
    return _again(actor, order_id)


@routes.write("POST", "/orders/{order_id}/approve", out.OrderOut, needs="billing:order:pay")
def approve_order(request: HttpRequest, order_id: PublicId, body: out.NothingIn) -> out.OrderOut:
    """Let an order be paid that is above the limit of the person who placed it."""
    actor = actor_of(request)
    services.approve_order(actor, order_id=order_id, at=clock.now())
    return _again(actor, order_id)


@routes.write("POST", "/orders/{order_id}/reject", out.OrderOut, needs="billing:order:pay")
def reject_order(request: HttpRequest, order_id: PublicId, body: out.RefusalIn) -> out.OrderOut:
    """Refuse an order that needs approval; the reason is needed."""
    actor = actor_of(request)
    services.reject_order(actor, order_id=order_id, reason=body.reason, at=clock.now())
    return _again(actor, order_id)


@routes.write("POST", "/orders/{order_id}/accept", out.OrderOut, needs="gallery:serviceflow:accept")
def accept_order(request: HttpRequest, order_id: PublicId, body: out.NothingIn) -> out.OrderOut:
    """Accept what was delivered under supervision. Final; the subscription's period begins now."""
    actor = actor_of(request)
    services.accept_delivery(actor, order_id=order_id, at=clock.now())
    return _again(actor, order_id)


def _again(actor: Actor, order_id: str) -> out.OrderOut:
    """The order as it is now, with its lines."""
    return out.order_out(selectors.order_of(actor, order_id))
