"""What people deliver, by the seller's program: the queue, one delivery, and the word that it is done (S8)."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from ninja import Query, Schema

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import company as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import Cursor, Limit, PublicId, QueryText, page_out
from galleria.connecting import services as connecting
from galleria.delivering import services as delivering
from galleria.kit import clock, pages
from galleria.reporting import service_orders

routes = Routes("Selling: deliveries")
HERE = "/seller/deliveries"


class SellerDeliveryList(Schema):
    """Which deliveries, and the place in the list. `acceptance`: it is the buyer's turn."""

    view: Literal["waiting", "acceptance", "stuck", "done"] = "waiting"
    q: QueryText = ""
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get(HERE, out.SellerDeliveryPage, needs=service_orders.VIEW, problems=[404, 422])
def list_seller_deliveries(request: HttpRequest, filters: Query[SellerDeliveryList]) -> out.SellerDeliveryPage:
    """Deliveries that people do: by hand, or supervised by the buyer."""
    view = "" if filters.view == "waiting" else filters.view
    rows = service_orders.service_orders_of(actor_of(request), service_orders.QueueFilter(view=view, words=filters.q))
    page = pages.page_of(
        rows, sort=service_orders.sort_of(view), cursor=filters.cursor or None, size=filters.limit
    )  # fmt: skip
    return page_out(out.SellerDeliveryPage, page, out.delivery_out)


@routes.get(f"{HERE}/{{delivery_id}}", out.SellerDeliveryDetail, needs=service_orders.VIEW)
def get_seller_delivery(request: HttpRequest, delivery_id: PublicId) -> out.SellerDeliveryDetail:
    """One delivery with what was chosen and answered."""
    return out.delivery_detail(service_orders.service_order(actor_of(request), delivery_id))


@routes.write("POST", f"{HERE}/{{delivery_id}}/confirm", out.SellerDeliveryOut, needs="seller:delivery:act")
def confirm_seller_delivery(request: HttpRequest, delivery_id: PublicId, body: NothingIn) -> out.SellerDeliveryOut:
    """Say that it is delivered; the buyer is told, and accepts it where the product asks for that."""
    row = delivering.confirm_as_seller(actor_of(request), delivery_id=delivery_id, at=clock.now())
    row.subscription.refresh_from_db()
    return out.delivery_out(row)


@routes.write("POST", f"{HERE}/{{delivery_id}}/call", out.SellerDeliveryOut, needs="seller:delivery:act")
def call_for_seller_delivery(request: HttpRequest, delivery_id: PublicId, body: NothingIn) -> out.SellerDeliveryOut:
    """Have the own server called now, instead of at the next planned time."""
    row = connecting.restart(actor_of(request), delivery_id=delivery_id, at=clock.now())
    return out.delivery_out(row)
