"""What pages, endpoints and services read of the catalogue. Visitors see the site's default region."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from rapidfuzz import fuzz, process

from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.money import exponent
from galleria.kit.prepared import Prepared, rows_of
from galleria.parties.models import Account, Seller
from galleria.publishing import projection, rules, search
from galleria.publishing.models import (
    Category,
    Favorite,
    Listing,
    Product,
    ProductAccess,
    ProductPage,
    Requirement,
    SearchTerm,
    Specification,
)
from galleria.publishing.rules import Wishes
from galleria.publishing.states import SOLD, UNRELEASED

PAGE_SIZE = 20
COMPARE_MAX = 4
_VOCABULARY = 60_000


# --- where the reader is ------------------------------------------------------------------------------------
def country_of(actor: Actor) -> str:
    """The country whose catalogue the actor sees: the account's, for visitors the site's default (B-CAT-001)."""
    if actor.country or actor.account_pk is None:
        return actor.country or str(settings.GALLERIA.default_region)
    found = Account.objects.filter(pk=actor.account_pk).values_list("country", flat=True).first()
    return found or str(settings.GALLERIA.default_region)


def minor_units() -> int:
    """How many minor units the site's currency has in one major unit."""
    return int(10 ** exponent(settings.GALLERIA.currency))


def _sold_in(country: str) -> Q:
    return Q(sold_everywhere=True) | Q(countries__contains=f",{country},")


# --- categories ---------------------------------------------------------------------------------------------
@dataclass
class CategoryNode:
    """A category with its children and the number of listed products in it and below."""

    pk: int
    path: str
    name: str
    room: str
    count: int = 0
    children: list[CategoryNode] = field(default_factory=list)


def category_tree() -> list[CategoryNode]:
    """The whole tree with counts of listed products, top categories first; one plain statement."""
    suffix = dict(projection.languages()).get((get_language() or "en").lower(), "en")
    sql = (
        f"SELECT id, parent_id, path, name_{suffix}, name_en, room, listed_count FROM publishing_category "  # noqa: S608
        "ORDER BY position, id"
    )
    nodes: dict[int, tuple[int | None, CategoryNode]] = {}
    for pk, parent, path, name, english, room, count in rows_of(sql):
        nodes[pk] = (parent, CategoryNode(pk, path, name or english or path, room, count))
    tops: list[CategoryNode] = []
    for parent, node in nodes.values():
        if parent is None:
            tops.append(node)
        elif parent in nodes:
            nodes[parent][1].children.append(node)
    for top in tops:
        _add_up(top)
    return tops


def _add_up(node: CategoryNode) -> int:
    node.count += sum(_add_up(child) for child in node.children)
    return node.count


def category_line(path: str) -> list[CategoryNode]:
    """The categories from the top to this path. Raises NotFound when there is no such category."""
    parts = path.split("/")
    paths = ["/".join(parts[: at + 1]) for at in range(len(parts))]
    found = {row.path: row for row in Category.objects.filter(path__in=paths)}
    if path not in found:
        raise NotFound
    return [
        CategoryNode(row.pk, row.path, row.name, row.room) for each in paths if (row := found.get(each)) is not None
    ]


# --- search -------------------------------------------------------------------------------------------------
@dataclass
class Results:
    """A page of results. `total` is exact unless `is_capped`; `corrected` is the spelling that was searched instead;
    `near` says that nothing matched all words and these match some."""

    wishes: Wishes
    cards: list[dict[str, Any]]
    total: int
    is_capped: bool
    counts: Mapping[str, Mapping[str, int]]
    country: str
    corrected: str = ""
    near: bool = False
    seller_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


def results(actor: Actor, wishes: Wishes, *, size: int = PAGE_SIZE) -> Results:
    """Search and browse: hits, facets with counts, one page of `size` cards; nothing grows with the catalogue.

    Without a hit the last word may go on ("tide" finds Tidemark), then the spelling is helped, then products with some
    of the words are near matches.
    """
    country, unit = country_of(actor), minor_units()
    words = rules.query_words(wishes.text)
    if wishes.text and not words:
        return Results(wishes, [], 0, False, {}, country)
    found = search.hits(wishes, country=country, unit=unit, words=words)
    corrected, near, is_typed = "", False, False
    if words and not found:
        found = search.hits(wishes, country=country, unit=unit, words=words, is_typed=True)
        is_typed = bool(found)
    if words and not found:
        corrected = _corrected(wishes.text, words)
        if corrected:
            words = rules.query_words(corrected)
            found = search.hits(wishes, country=country, unit=unit, words=words)
        if not found:
            words = rules.query_words(wishes.text)
            corrected, near = "", len(words) > 1
            found = search.hits(wishes, country=country, unit=unit, words=words, any_word=True) if near else []
    return _page(wishes, found, words, country, unit, corrected, near, is_typed, size)


def _page(
    wishes: Wishes,
    found: list[rules.Hit],
    words: list[str],
    country: str,
    unit: int,
    corrected: str,
    near: bool,
    is_typed: bool,
    size: int,
) -> Results:
    tests = rules.tests_of(wishes, unit)
    is_capped = len(found) > rules.MAX_RANKED
    narrowed = rules.narrow(found[: rules.MAX_RANKED], tests)
    passed = narrowed.passed
    if is_capped and tests:  # the sample is not enough: the database filters all
        passed = search.hits(
            wishes, country=country, unit=unit, words=words, any_word=near, is_typed=is_typed, with_filters=True
        )
        is_capped = len(passed) > rules.MAX_RANKED
        passed = passed[: rules.MAX_RANKED]
    ordered = rules.ordered(passed, wishes.sort)
    start = (wishes.page - 1) * size
    shown = [hit.product_pk for hit in ordered[start : start + size]]
    counts = rules.counts(narrowed, unit)
    top_sellers = [slug for slug, _number in counts["seller"].most_common(12)]
    names = Seller.objects.filter(slug__in={*top_sellers, *wishes.seller}).values_list("slug", "name") if found else []
    return Results(
        wishes=wishes,
        cards=cards(shown),
        total=len(ordered),
        is_capped=is_capped,
        counts=counts,
        country=country,
        corrected=corrected,
        near=near,
        seller_names=dict(names),
    )


def _corrected(text: str, words: Iterable[str]) -> str:
    """The text with words that the catalogue does not have replaced by its nearest; empty when nothing is near."""
    wanted = [word for word in words if rules.is_spelt(word)]
    known = set(SearchTerm.objects.filter(word__in=wanted).values_list("word", flat=True))
    unknown = [word for word in wanted if word not in known]
    if not unknown:
        return ""
    vocabulary = dict(SearchTerm.objects.order_by("-count").values_list("word", "count")[:_VOCABULARY])
    replaced: dict[str, str] = {}
    for word in unknown:
        near = process.extract(word, vocabulary.keys(), scorer=fuzz.ratio, limit=5, score_cutoff=72)
        if near:
            best = near[0][1]
            replaced[word] = max((hit for hit in near if hit[1] >= best - 2), key=lambda hit: vocabulary[hit[0]])[0]
    if not replaced:
        return ""
    return " ".join(replaced.get(word, word) for word in rules.query_words(text))


_CARDS: Prepared[tuple[int, Any]] = Prepared(
    lambda p: ProductPage.objects.filter(product_id__in=p.among("products", int)).values_list("product_id", "card")
)


def cards(product_pks: Iterable[int]) -> list[dict[str, Any]]:
    """The cards of these products in this order; one query. Each has `pk` added."""
    wanted = list(product_pks)
    if not wanted:
        return []
    found = dict(_CARDS.all(products=wanted))
    return [{**found[pk], "pk": pk} for pk in wanted if pk in found]


def _json(kept: Any) -> Any:
    """A JSON column as plain statements give it: text, or read already by the driver."""
    return json.loads(kept) if isinstance(kept, str) else kept


def cards_by_slug(slugs: Iterable[str]) -> list[dict[str, Any]]:
    """The cards of products by their addresses, in this order; drafts and unknown ones are left out."""
    wanted = list(slugs)
    rows = ProductPage.objects.filter(product__slug__in=wanted).exclude(product__state__in=UNRELEASED)
    found = {card["slug"]: {**card, "pk": pk} for pk, card in rows.values_list("product_id", "card")}
    return [found[slug] for slug in wanted if slug in found]


def front(actor: Actor, *, popular: int = 8, newest: int = 6) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Cards of the home page in two queries: *Popular Applications* (the operator's picks, filled up by sales of the
    last 30 days, B-CAT-004) and the newest products."""
    first, second = search.shelves(country_of(actor), popular=popular, newest=newest)
    found = {card["pk"]: card for card in cards(dict.fromkeys([*first, *second]))}
    return [found[pk] for pk in first if pk in found], [found[pk] for pk in second if pk in found]


def popular(actor: Actor, *, limit: int = 8) -> list[dict[str, Any]]:
    """*Popular Applications*."""
    return front(actor, popular=limit, newest=0)[0]


def newest(actor: Actor, *, limit: int = 6) -> list[dict[str, Any]]:
    """New products, newest first."""
    return front(actor, popular=0, newest=limit)[1]


def suggestions(actor: Actor, text: str, *, limit: int = 6) -> list[dict[str, Any]]:
    """The best few products for a text, for the command field."""
    words = rules.query_words(text)
    if not words:
        return []
    found = search.hits(Wishes(text=text), country=country_of(actor), unit=minor_units(), words=words, is_typed=True)
    return cards(hit.product_pk for hit in rules.ordered(found, "relevance")[:limit])


# --- one product ---------------------------------------------------------------------------------------------
@dataclass
class ProductView:
    """A product as a page shows it. `availability`: sold, hidden, removed, region, restricted, seller
    (does not sell now, or the product is suspended), stopped (a sanction: nothing new is sold)."""

    pk: int
    public_id: str
    slug: str
    state: str
    availability: str
    card: dict[str, Any]
    detail: dict[str, Any]
    open_specifications: frozenset[str] = frozenset()
    stock: Mapping[str, int] = field(default_factory=dict)  # pieces left, by specification, where they are counted

    @property
    def can_order(self) -> bool:
        return self.availability in {"sold", "hidden"}

    def may_order(self, specification: Mapping[str, Any]) -> bool:
        """Whether this reader may order one of its specifications."""
        return not specification["is_restricted"] or specification["id"] in self.open_specifications


_VIEW = (
    "SELECT p.id, p.public_id, p.state, p.is_restricted, l.sold_everywhere, l.countries, "
    "EXISTS(SELECT 1 FROM publishing_specification s WHERE s.product_id = p.id AND s.stock IS NOT NULL), "
    "g.card, g.detail FROM publishing_product p JOIN publishing_listing l ON l.product_id = p.id "
    "JOIN publishing_productpage g ON g.product_id = p.id WHERE p.slug = %s AND p.state NOT IN ('draft', 'pending')"
)


def product_view(actor: Actor, slug: str) -> ProductView:
    """Everything that the product page shows, with what holds for this actor.

    Hidden products open at their address (B-CAT-005); drafts do not exist for anyone but their seller.
    Raises NotFound.
    """
    rows = rows_of(_VIEW, [slug])
    if not rows:
        raise NotFound
    pk, public_id, state, is_restricted, everywhere, countries, is_counted, *kept = rows[0]
    card, detail = map(_json, kept)
    country = country_of(actor)
    opened: frozenset[str] = frozenset()
    if is_restricted or any(each["is_restricted"] for each in detail["specifications"]):
        opened = _opened(actor, pk, detail)
    if state == "removed":
        availability = "removed"
    elif state == "suspended" or detail["seller"]["state"] != "active":
        availability = "seller"
    elif _is_stopped(detail["seller"].get("trade_stop", "")):
        availability = "stopped"
    elif not everywhere and f",{country}," not in countries:
        availability = "region"
    elif is_restricted and not opened:
        availability = "restricted"
    else:
        availability = "hidden" if state == "hidden" else "sold"
    stock: dict[str, int] = {}
    if is_counted:  # hardware, and what its seller counts (S-CFG-004)
        counted = Specification.objects.filter(product_id=pk, stock__isnull=False)
        stock = {str(each): int(left) for each, left in counted.values_list("public_id", "stock") if left is not None}
    return ProductView(pk, public_id, slug, state, availability, card, detail, opened, stock)


def view_of(product_pk: int) -> ProductView:
    """What the product page shows of a product, for whoever prepares or looks after it. Raises NotFound."""
    page = ProductPage.objects.select_related("product").filter(product_id=product_pk).first()
    if page is None:
        raise NotFound
    product = page.product
    everything = frozenset(str(each["id"]) for each in page.detail["specifications"])
    return ProductView(
        product.pk, product.public_id, product.slug, product.state, "sold", page.card, page.detail, everything
    )  # fmt: skip


def _is_stopped(until: str) -> bool:
    """Whether a sanction forbids new sales now (S-VIO-T1)."""
    return bool(until) and datetime.fromisoformat(until) > clock.now()


def _opened(actor: Actor, product_pk: int, detail: Mapping[str, Any]) -> frozenset[str]:
    """Public ids of the specifications that the actor's account was named for."""
    if actor.account_pk is None:
        return frozenset()
    rows = ProductAccess.objects.filter(product_id=product_pk, account_id=actor.account_pk)
    named = list(rows.values_list("specification_id", flat=True))
    if not named:
        return frozenset()
    everything = None in named
    return frozenset(each["id"] for each in detail["specifications"] if everything or each["pk"] in named)


def product_by_slug(slug: str) -> Product:
    """The product at this address, drafts excluded. Raises NotFound."""
    product = Product.objects.exclude(state__in=UNRELEASED).filter(slug=slug).first()
    if product is None:
        raise NotFound
    return product


def product_named(text: str) -> Product | None:
    """The product with this name in its address, else the first with this whole name."""
    wanted = text.strip()
    if not wanted:
        return None
    by_name = Product.objects.filter(name__iexact=wanted).order_by("pk")
    return Product.objects.filter(slug=wanted).first() or by_name.first()


def product_by_id(public_id: str) -> Product:
    """The product with this public id. Raises NotFound."""
    product = Product.objects.filter(public_id=public_id).first()
    if product is None:
        raise NotFound
    return product


def compared(actor: Actor, slugs: Iterable[str]) -> list[ProductView]:
    """Up to four products side by side, in the order asked for; what cannot be seen is left out."""
    found: list[ProductView] = []
    for slug in list(dict.fromkeys(slugs))[:COMPARE_MAX]:
        try:
            found.append(product_view(actor, slug))
        except NotFound:
            continue
    return found


# --- sellers -------------------------------------------------------------------------------------------------
@dataclass
class Storefront:
    """A seller as buyers see it."""

    seller: Seller
    cards: list[dict[str, Any]]
    total: int
    rating_e2: int
    reviews: int


def storefront(actor: Actor, slug: str, *, limit: int = 48) -> Storefront:
    """A seller's page. Raises NotFound for one that is not active."""
    seller = Seller.objects.filter(slug=slug, state="active").first()
    if seller is None:
        raise NotFound
    rows = Listing.objects.filter(_sold_in(country_of(actor)), is_listed=True, seller_slug=slug)
    pks = list(rows.order_by("-sales_30d", "-pk").values_list("pk", flat=True)[: limit + 1])
    shown = cards(pks[:limit])
    reviews = sum(card["reviews"] for card in shown)
    score = sum(card["rating_e2"] * card["reviews"] for card in shown) // reviews if reviews else 0
    return Storefront(seller, shown, len(pks), score, reviews)


# --- favourites, requirements, sitemap -------------------------------------------------------------------------
@dataclass
class Saved:
    """A favourite with the card of its product. `state`: on_sale, hidden, removed."""

    card: dict[str, Any]
    state: str
    specification: str
    configuration: dict[str, Any]
    saved_at: datetime

    @property
    def can_buy(self) -> bool:
        return self.state in SOLD


def favorites_of(actor: Actor) -> list[Saved]:
    """The login's favourites, newest first (B-FAV-002); one query."""
    if actor.user_pk is None:
        return []
    rows = (
        Favorite.objects.filter(user_id=actor.user_pk)
        .select_related("product__page", "specification")
        .only("configuration", "saved_at", "product__state", "product__page__card", "specification__public_id")
        .order_by("-saved_at", "-pk")
    )
    return [
        Saved(
            row.product.page.card,
            row.product.state,
            row.specification.public_id if row.specification else "",
            row.configuration,
            row.saved_at,
        )
        for row in rows
    ]


def is_favorite(actor: Actor, product_pk: int) -> bool:
    """Whether this login saved the product."""
    return actor.user_pk is not None and Favorite.objects.filter(user_id=actor.user_pk, product_id=product_pk).exists()


def favorite_slugs(actor: Actor, slugs: Iterable[str]) -> frozenset[str]:
    """Those of the products that the login saved."""
    if actor.user_pk is None:
        return frozenset()
    rows = Favorite.objects.filter(user_id=actor.user_pk, product__slug__in=list(slugs))
    return frozenset(rows.values_list("product__slug", flat=True))


def requirements_of(actor: Actor) -> QuerySet[Requirement]:
    """What the login asked for, newest first."""
    return Requirement.objects.filter(user_id=actor.user_pk or 0).order_by("-created_at")


def sitemap() -> list[tuple[str, datetime]]:
    """Slug and time of change of every listed product, for search engines; 50,000 at most."""
    rows = Product.objects.filter(listing__is_listed=True).order_by("pk")
    return list(rows.values_list("slug", "changed_at")[:50_000])


def in_language(value: Mapping[str, Any] | None, language: str) -> Any:
    """One language of a text that is kept in all."""
    return projection.in_language(value, language)


def html_of(markdown: str, top: int = 3) -> str:
    """Cleaned HTML of a Markdown text, its headings of the levels `top` and the one below."""
    return projection.rendered(markdown, top)
