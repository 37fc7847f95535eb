"""The catalogue. Anybody may read it; a key needs the permission all the same."""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import Ge, Le
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from galleria.api import paging
from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import catalogue as out
from galleria.api.schemas.common import Cursor, Limit, OnlyDigits, QueryText, Slug
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.parties import selectors as parties
from galleria.parties.services.agreements import platform_agreement_key, product_agreement_key
from galleria.publishing import rules, selectors

routes = Routes("Catalogue")
Values = Annotated[list[QueryText], Field(max_length=20)]
Amount = Annotated[int, Ge(0), Le(10_000_000), OnlyDigits]


class Filters(Schema):
    """What results can be narrowed by; several values of one filter are alternatives."""

    q: QueryText = Field("", description="Words to search for")
    category: QueryText = Field("", description="Path of a category")
    sub: Values = Field([], description="Paths of categories below it")
    delivery: Values = Field([], description="Delivery types")
    mode: Values = Field([], description="Billing modes")
    price: Values = Field([], description="Price bands: free, 50, 250, over")
    least: Amount | None = Field(None, description="Lowest price, major units")
    most: Amount | None = Field(None, description="Highest price, major units")
    os: Values = Field([], description="Operating systems")
    seller: Values = Field([], description="Names of sellers in addresses")
    terms: Values = Field([], description="free, trial")
    score: list[Annotated[str, Field(pattern="^(300|400|450)$")]] = Field(
        [], max_length=3, description="At least so many hundredths of a star"
    )
    country: Values = Field([], description="Countries where it is sold")
    sort: rules.Sort = Field("relevance", description="Order of the results")
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/products", out.Results, is_public=True, needs="gallery:product:view", problems=[422])
def list_products(request: HttpRequest, filters: Query[Filters]) -> out.Results:
    """Search and browse the catalogue.

    Answers cards with prices, the number of all hits, and for each filter how many products each value has.
    """
    asked: dict[str, Any] = filters.model_dump(exclude={"q", "limit", "cursor"})
    page = paging.number_of(filters.cursor, asked | {"q": filters.q, "limit": filters.limit})
    named: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in asked.items()}
    wishes = rules.Wishes(text=filters.q.strip(), page=page, **named)
    found = selectors.results(actor_of(request), wishes, size=filters.limit)
    key = asked | {"q": filters.q, "limit": filters.limit}
    seen = page * filters.limit
    return out.Results(
        items=[out.card_out(card) for card in found.cards],
        total=found.total,
        is_capped=found.is_capped,
        corrected=found.corrected,
        is_near=found.near,
        next=paging.cursor_of(page + 1, key) if found.total > seen else None,
        previous=paging.cursor_of(page - 1, key) if page > 1 else None,
        facets=_facets(found),
    )


def _facets(found: selectors.Results) -> dict[str, list[out.FacetValue]]:
    names: dict[str, Any] = {"seller": found.seller_names}
    return {
        facet: [
            out.FacetValue(value=value, name=str(names.get(facet, {}).get(value, value)), count=count)
            for value, count in sorted(values.items(), key=lambda each: (-each[1], each[0]))
            if count
        ]
        for facet, values in found.counts.items()
    }


@routes.get("/products/{slug}", out.ProductOut, is_public=True, needs="gallery:product:view", problems=[404])
def get_product(request: HttpRequest, slug: Slug) -> out.ProductOut:
    """Everything of one product: specifications with attributes and prices, trial, questions, agreements.

    `availability`: sold, hidden, removed, region (not sold in your country), restricted, seller (does not
    sell now), stopped (nothing new is sold because of a sanction).
    """
    actor = actor_of(request)
    view = selectors.product_view(actor, slug)
    return out.product_out(view, _agreements(actor, view))


def _agreements(actor: Actor, view: selectors.ProductView) -> list[out.AgreementRef]:
    through_reseller = actor.account_pk is not None and parties.account_of(actor).sales_model == "resale"
    keys = [
        platform_agreement_key(view.detail["sales_model"], through_reseller),
        product_agreement_key(view.public_id),
    ]
    return agreement_refs(parties.versions_to_accept(keys, clock.now()), keys)


def agreement_refs(versions: dict[str, Any], keys: list[str]) -> list[out.AgreementRef]:
    """The versions in force, in the order of the keys."""
    return [
        out.AgreementRef(
            key=key,
            name=versions[key].agreement.name,
            issuer=versions[key].agreement.issuer,
            version=versions[key].version,
        )
        for key in keys
        if key in versions
    ]


@routes.get("/categories", out.CategoryList, is_public=True, needs="gallery:product:view")
def list_categories(request: HttpRequest) -> out.CategoryList:
    """The tree of categories with the number of products in each."""
    return out.CategoryList(items=[out.category_out(node) for node in selectors.category_tree()])
