"""Products on sale by program: hidden, shown, limited, stocked, removed; notices and attributes."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import seller as out
from galleria.api.schemas.common import Cursor, Limit, PublicId, QueryFlag, QueryText, page_out
from galleria.kit import clock, pages
from galleria.releasing import selectors, services

routes = Routes("Selling: products")
VIEW, MANAGE = "seller:product:view", "seller:product:manage"
ProductKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,120}$")]


class SellerProductList(Schema):
    """Filters and the place in the list."""

    state: Literal["", "on_sale", "hidden", "suspended", "removed"] = ""
    delivery: QueryText = ""
    sales_model: Literal["", "partner", "joint", "operator"] = ""
    text: QueryText = Field("", description="Part of the name, or an id")
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/seller/products", out.SellerProductPage, needs=VIEW, problems=[422])
def list_seller_products(request: HttpRequest, filters: Query[SellerProductList]) -> out.SellerProductPage:
    """The seller's released products, removed ones included; those that changed last first."""
    rows = selectors.products_of(
        actor_of(request), state=filters.state, delivery=filters.delivery, sales_model=filters.sales_model,
        text=filters.text,
    )  # fmt: skip
    page = pages.page_of(rows, sort="-changed_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.SellerProductPage, page, lambda row: out.SellerProductOut(**out.product_out(row)))


@routes.get("/seller/products/{product_id}", out.SellerProductDetail, needs=VIEW)
def get_seller_product(request: HttpRequest, product_id: ProductKey) -> out.SellerProductDetail:
    """A product by id or slug, with its document: what `galleria product pull` writes."""
    return out.product_detail(selectors.product_details(actor_of(request), product_id))


def _detail(request: HttpRequest, product_id: str) -> out.SellerProductDetail:
    return out.product_detail(selectors.product_details(actor_of(request), product_id))


@routes.write("POST", "/seller/products/{product_id}/hide", out.SellerProductDetail, needs=MANAGE)
def hide_seller_product(request: HttpRequest, product_id: ProductKey, body: out.HideIn) -> out.SellerProductDetail:
    """Take it out of lists and search at once; its address sells it."""
    services.hide_product(actor_of(request), product_id=product_id, reason=body.reason, at=clock.now())
    return _detail(request, product_id)


@routes.write("POST", "/seller/products/{product_id}/show", out.SellerProductDetail, needs=MANAGE)
def show_seller_product(request: HttpRequest, product_id: ProductKey) -> out.SellerProductDetail:
    """List it again at once."""
    services.show_product(actor_of(request), product_id=product_id, at=clock.now())
    return _detail(request, product_id)


@routes.write("PUT", "/seller/products/{product_id}/sales", out.SellerProductDetail, needs=MANAGE)
def set_seller_sales(request: HttpRequest, product_id: ProductKey, body: out.SalesIn) -> out.SellerProductDetail:
    """Purchase limits, regions and payment by credit, at once."""
    services.configure_sales(
        actor_of(request),
        product_id=product_id,
        specification_id=body.specification,
        purchase_limit=None if body.purchase_limit is None else body.purchase_limit.plain(),
        regions=None if body.regions is None else (body.regions or "everywhere"),
        accepts_credit=body.accepts_credit,
        at=clock.now(),
    )
    return _detail(request, product_id)


@routes.write("PUT", "/seller/products/{product_id}/stock", out.SellerProductDetail, needs=MANAGE)
def set_seller_stock(request: HttpRequest, product_id: ProductKey, body: out.StockIn) -> out.SellerProductDetail:
    """How many pieces of a specification there are."""
    services.set_stock(
        actor_of(request), product_id=product_id, specification_id=body.specification, stock=body.stock, at=clock.now()
    )
    return _detail(request, product_id)


@routes.write("PUT", "/seller/products/{product_id}/trial-access", out.SellerProductDetail, needs=MANAGE)
def set_seller_trial(request: HttpRequest, product_id: ProductKey, body: out.TrialIn) -> out.SellerProductDetail:
    """Who may take the trial."""
    services.set_trial_access(
        actor_of(request), product_id=product_id, access=body.access, accounts=body.accounts, at=clock.now()
    )
    return _detail(request, product_id)


@routes.write("PUT", "/seller/products/{product_id}/access", out.SellerProductDetail, needs=MANAGE)
def set_seller_access(request: HttpRequest, product_id: ProductKey, body: out.AccessIn) -> out.SellerProductDetail:
    """Which accounts may buy what is restricted: the product, or one of its specifications."""
    services.set_access(
        actor_of(request), product_id=product_id, specification_id=body.specification, accounts=body.accounts,
        at=clock.now(),
    )  # fmt: skip
    return _detail(request, product_id)


@routes.get("/seller/products/{product_id}/upgrades", out.UpgradesOut, needs=VIEW)
def get_seller_upgrades(request: HttpRequest, product_id: ProductKey) -> out.UpgradesOut:
    """Which SKU a buyer may change into which, and the SKUs of the product."""
    return out.upgrades_out(services.upgrade_plan(actor_of(request), product_id=product_id))


@routes.write("PUT", "/seller/products/{product_id}/upgrades", out.UpgradesOut, needs=MANAGE)
def set_seller_upgrades(request: HttpRequest, product_id: ProductKey, body: out.UpgradesIn) -> out.UpgradesOut:
    """Say which SKU a buyer may change into which, by their codes; it holds at once."""
    actor = actor_of(request)
    pairs = [(each.source, each.target) for each in body.pairs]
    services.set_upgrade_rules(actor, product_id=product_id, pairs=pairs, at=clock.now())
    return out.upgrades_out(services.upgrade_plan(actor, product_id=product_id))


# ----- removals -----


class Scope(Schema):
    """What would be removed."""

    specification: QueryText = ""
    sku: QueryText = ""


@routes.get("/seller/products/{product_id}/removal-effects", out.EffectsOut, needs=VIEW, problems=[422])
def get_removal_effects(request: HttpRequest, product_id: ProductKey, scope: Query[Scope]) -> out.EffectsOut:
    """What a removal would change, before it is asked for."""
    found = services.removal_effects(
        actor_of(request), product_id=product_id, specification_id=scope.specification, sku_code=scope.sku
    )
    return out.EffectsOut(effects=[str(each) for each in found])


@routes.write("POST", "/seller/products/{product_id}/removals", out.RemovalOut, status=201, needs=MANAGE)
def create_seller_removal(request: HttpRequest, product_id: ProductKey, body: out.RemovalIn) -> out.RemovalOut:
    """Ask to end a sale; it ends at once when nobody holds it."""
    row = services.request_removal(
        actor_of(request), product_id=product_id, specification_id=body.specification, sku_code=body.sku,
        reason=body.reason, evidence=body.evidence, at=clock.now(),
    )  # fmt: skip
    return out.removal_out(row)


class RemovalList(Schema):
    """The place in the list."""

    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/seller/removals", out.RemovalPage, needs=VIEW, problems=[422])
def list_seller_removals(request: HttpRequest, filters: Query[RemovalList]) -> out.RemovalPage:
    """Requests to end sales, the newest first."""
    rows = selectors.removals_of(actor_of(request))
    page = pages.page_of(rows, sort="-requested_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.RemovalPage, page, out.removal_out)


@routes.write("POST", "/seller/removals/{removal_id}/withdraw", out.RemovalOut, needs=MANAGE)
def withdraw_seller_removal(request: HttpRequest, removal_id: PublicId) -> out.RemovalOut:
    """Take the request back while nothing is decided."""
    return out.removal_out(services.withdraw_removal(actor_of(request), removal_id=removal_id, at=clock.now()))


# ----- notices, attributes -----


class NoticeList(RemovalList):
    """`open`: only those that wait for an answer."""

    open: QueryFlag = False


@routes.get("/seller/notices", out.NoticePage, needs=VIEW, problems=[422])
def list_seller_notices(request: HttpRequest, filters: Query[NoticeList]) -> out.NoticePage:
    """Problems that the operator found, the newest first."""
    rows = selectors.notices_of(actor_of(request), open_only=filters.open)
    page = pages.page_of(rows, sort="-sent_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.NoticePage, page, out.notice_out)


@routes.write("POST", "/seller/notices/{notice_id}/answer", out.NoticeOut, needs=MANAGE)
def answer_seller_notice(request: HttpRequest, notice_id: PublicId, body: out.AnswerIn) -> out.NoticeOut:
    """Answer a problem; without an answer in time the product may be removed."""
    return out.notice_out(
        services.answer_notice(actor_of(request), notice_id=notice_id, text=body.text, at=clock.now())
    )


class AttributeList(Schema):
    """By type and by a part of the name."""

    kind: Literal["", "choice", "quantity"] = ""
    text: QueryText = ""


@routes.get("/seller/attributes", out.AttributesOut, needs=VIEW, problems=[422])
def list_seller_attributes(request: HttpRequest, filters: Query[AttributeList]) -> out.AttributesOut:
    """The marketplace's attributes and the seller's own."""
    rows = services.attributes_of(actor_of(request), kind=filters.kind, text=filters.text)
    return out.AttributesOut(items=[out.attribute_out(row) for row in rows])


@routes.write("POST", "/seller/attributes", out.AttributeOut, status=201, needs=MANAGE)
def create_seller_attribute(request: HttpRequest, body: out.AttributeIn) -> out.AttributeOut:
    """Make an attribute of the seller's own."""
    row = services.create_attribute(
        actor_of(request), kind=body.kind, code=body.code, name=body.name, description=body.description, at=clock.now()
    )
    return out.attribute_out(row)


@routes.write("PUT", "/seller/attributes/{code}", out.AttributeOut, needs=MANAGE)
def change_seller_attribute(request: HttpRequest, code: PublicId, body: out.AttributeChangeIn) -> out.AttributeOut:
    """Rename an attribute or describe it anew; released products keep their own copy."""
    row = services.change_attribute(
        actor_of(request), code=code, name=body.name, description=body.description, at=clock.now()
    )
    return out.attribute_out(row)


@routes.write("DELETE", "/seller/attributes/{code}", None, status=204, needs=MANAGE)
def delete_seller_attribute(request: HttpRequest, code: PublicId) -> None:
    """Forget an attribute; released products keep their own copy."""
    services.delete_attribute(actor_of(request), code=code, at=clock.now())
