"""Products as buyers see them."""

from __future__ import annotations

from typing import Any

from galleria.api.schemas.common import Out, UnitPrice, language, unit_price
from galleria.publishing import selectors as publishing


class SellerOut(Out):
    """Who sells."""

    name: str
    slug: str
    is_verified: bool = False


class PriceFrom(Out):
    """The lowest price, as a card shows it. `mode`: period:month, one_time, …"""

    amount: str
    currency: str
    mode: str
    unit: str
    unit_name: str
    is_lowest: bool


class CardOut(Out):
    """A product in a list. `rating_e2`: mean score × 100."""

    id: str
    slug: str
    name: str
    summary: str
    seller: SellerOut
    delivery_type: str
    version: str
    delivery_promise: str
    rating_e2: int
    review_count: int
    trial_days: int
    is_restricted: bool
    price_from: PriceFrom | None
    published_on: str
    changed_on: str


class FacetValue(Out):
    """A value of a filter and how many products it has."""

    value: str
    name: str
    count: int


class Results(Out):
    """A page of search results. `total` is exact unless `is_capped`; `corrected` is what was searched instead of a
    misspelt text; `is_near` says that nothing has all the words and these have some."""

    items: list[CardOut]
    total: int
    is_capped: bool
    corrected: str
    is_near: bool
    next: str | None
    previous: str | None
    facets: dict[str, list[FacetValue]]


class OptionOut(Out):
    """A value to choose."""

    key: str
    name: str


class AttributeOut(Out):
    """What is chosen in a specification: one of `options`, or a number within limits."""

    key: str
    name: str
    kind: str
    options: list[OptionOut]
    minimum: int
    maximum: int
    step: int
    unit: str


class TierOut(Out):
    """A band of quantities; `up_to` null: without end."""

    up_to: int | None
    unit_price: UnitPrice


class PriceOut(Out):
    """A price of one combination. `mode` is what a quote asks for; `terms` are the numbers of periods."""

    mode: str
    choices: dict[str, str]
    sku: str
    billing_mode: str
    period_type: str
    terms: list[int]
    model: str
    unit_price: UnitPrice
    tiers: list[TierOut]
    quantity_key: str
    meter: str
    included: int


class SpecificationOut(Out):
    """An edition of a product."""

    id: str
    name: str
    summary: str
    features: dict[str, str]
    is_restricted: bool
    may_order: bool
    attributes: list[AttributeOut]
    prices: list[PriceOut]


class QuestionOut(Out):
    """What the seller asks before delivering; answered in `extra` of a quote or an order."""

    key: str
    label: str
    kind: str
    is_required: bool
    options: list[OptionOut]


class AgreementRef(Out):
    """An agreement in the version in force, to be accepted with an order."""

    key: str
    name: str
    issuer: str
    version: str


class ProductOut(Out):
    """Everything of a product. Texts are HTML where the name ends in `_html`."""

    id: str
    slug: str
    name: str
    summary: str
    state: str
    availability: str
    can_order: bool
    seller: SellerOut
    categories: list[OptionOut]
    delivery_type: str
    version: str
    delivery_promise: str
    delivery_days: int
    description_html: str
    guide_html: str
    highlights: list[str]
    tags: list[str]
    trial_days: int
    rating_e2: int
    review_count: int
    is_supervised: bool
    is_restricted: bool
    needs_contact_consent: bool
    accepts_credit: bool
    price_from: PriceFrom | None
    specifications: list[SpecificationOut]
    extra_parameters: list[QuestionOut]
    agreements: list[AgreementRef]


class CategoryOut(Out):
    """A category with the number of products in it and below."""

    path: str
    name: str
    count: int
    children: list[CategoryOut]


class CategoryList(Out):
    """All categories."""

    items: list[CategoryOut]


# --- making them ------------------------------------------------------------------------------------------
def _said(value: Any) -> Any:
    return publishing.in_language(value, language())


def _text(value: Any) -> str:
    found = _said(value)
    return str(found or "")


def price_from(price: dict[str, Any] | None) -> PriceFrom | None:
    if price is None:
        return None
    exact = unit_price(price["e10"], price["currency"])
    return PriceFrom(
        amount=exact.amount,
        currency=exact.currency,
        mode=price["mode"] or "",
        unit=price["unit"] or "",
        unit_name=_named(price["unit_name"]),
        is_lowest=bool(price["from"]),
    )


def _named(value: Any) -> str:
    return _text(value) if isinstance(value, dict) else str(value or "")


def card_out(card: dict[str, Any]) -> CardOut:
    return CardOut(
        id=card["id"],
        slug=card["slug"],
        name=_text(card["name"]),
        summary=_text(card["summary"]),
        seller=SellerOut(name=card["seller"], slug=card["seller_slug"], is_verified=card["is_verified"]),
        delivery_type=card["delivery"],
        version=card["version"] or "",
        delivery_promise=_text(card["promise"]),
        rating_e2=card["rating_e2"],
        review_count=card["reviews"],
        trial_days=card["trial_days"],
        is_restricted=card["is_restricted"],
        price_from=price_from(card["price"]),
        published_on=card["published"],
        changed_on=card["changed"],
    )


def _options(options: Any) -> list[OptionOut]:
    return [
        OptionOut(key=str(each["key"]), name=str(each.get("name") or each.get("label") or each["key"]))
        for each in options or []
    ]


def _mode(price: dict[str, Any]) -> str:
    detail = price["period"] or price["meter"]
    return f"{price['mode']}:{detail}" if detail else str(price["mode"])


def _price(sku: dict[str, Any], price: dict[str, Any]) -> PriceOut:
    currency = price["currency"]
    return PriceOut(
        mode=_mode(price),
        choices=sku["choices"],
        sku=sku["code"],
        billing_mode=price["mode"],
        period_type=price["period"],
        terms=[int(term) for term in price["terms"]],
        model=price["model"],
        unit_price=unit_price(price["e10"], currency),
        tiers=[
            TierOut(up_to=tier["up_to"], unit_price=unit_price(tier["unit_price_e10"], currency))
            for tier in price["tiers"]
        ],
        quantity_key=price["quantity"],
        meter=price["meter"],
        included=price["included"],
    )


def _specification(view: publishing.ProductView, row: dict[str, Any]) -> SpecificationOut:
    return SpecificationOut(
        id=row["id"],
        name=_text(row["name"]),
        summary=_text(row["summary"]),
        features={str(name): str(value) for name, value in (_said(row["features"]) or {}).items()},
        is_restricted=row["is_restricted"],
        may_order=view.can_order and view.may_order(row),
        attributes=[
            AttributeOut(
                key=each["key"],
                name=_text(each["name"]),
                kind=each["kind"],
                options=_options(_said(each["options"])),
                minimum=each["minimum"],
                maximum=each["maximum"],
                step=each["step"],
                unit=_text(each["unit"]),
            )
            for each in row["attributes"]
        ],
        prices=[_price(sku, price) for sku in row["skus"] for price in sku["prices"]],
    )


def questions_out(questions: Any) -> list[QuestionOut]:
    """The seller's own questions, three at most (B-CFG-005)."""
    return [
        QuestionOut(
            key=str(each["key"]),
            label=str(each.get("label") or each.get("name") or each["key"]),
            kind=str(each.get("kind") or ("choice" if each.get("options") else "text")),
            is_required=bool(each.get("required", True)),
            options=_options(each.get("options")),
        )
        for each in (questions or [])[:3]
    ]


def product_out(view: publishing.ProductView, agreements: list[AgreementRef]) -> ProductOut:
    card, detail = view.card, view.detail
    return ProductOut(
        id=view.public_id,
        slug=view.slug,
        name=_text(card["name"]),
        summary=_text(card["summary"]),
        state=view.state,
        availability=view.availability,
        can_order=view.can_order,
        seller=SellerOut(name=card["seller"], slug=card["seller_slug"], is_verified=card["is_verified"]),
        categories=[OptionOut(key=each["path"], name=_text(each["name"])) for each in detail["crumbs"]],
        delivery_type=card["delivery"],
        version=card["version"] or "",
        delivery_promise=_text(card["promise"]),
        delivery_days=detail["delivery_days"],
        description_html=_text(detail["description"]),
        guide_html=_text(detail["guide"]),
        highlights=[str(each) for each in _said(detail["highlights"]) or []],
        tags=[str(each) for each in _said(detail["tags"]) or []],
        trial_days=card["trial_days"],
        rating_e2=card["rating_e2"],
        review_count=card["reviews"],
        is_supervised=detail["is_supervised"],
        is_restricted=card["is_restricted"],
        needs_contact_consent=detail["needs_contact_consent"],
        accepts_credit=detail["accepts_credit"],
        price_from=price_from(card["price"]),
        specifications=[_specification(view, row) for row in detail["specifications"]],
        extra_parameters=questions_out(_said(detail["extra"])),
        agreements=agreements,
    )


def category_out(node: publishing.CategoryNode) -> CategoryOut:
    return CategoryOut(
        path=node.path, name=node.name, count=node.count, children=[category_out(each) for each in node.children]
    )
