"""From rows to what pages read: the narrow listing, the card, and the prepared product page.

Everything is kept in all languages, `{"en": …, "zh-hans": …}`, and written by `services.reindex_products` in the
transaction that changed the product. Markdown is rendered here, once, and cleaned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import nh3
from django.conf import settings
from markdown_it import MarkdownIt

from galleria.kit.money import Money
from galleria.publishing import rules
from galleria.publishing.models import Category, Listing, Price, Product, ProductPage, Sku, SkuAttribute, Specification

FORMAT = 5
"""Raise it when cards, details or index words are made differently: `./galleria setup` then makes them anew."""

_TAGS = {"p", "ul", "ol", "li", "strong", "em", "code", "pre", "a", "blockquote", "table", "thead", "tbody",
         "tr", "th", "td", "hr", "br"}  # fmt: skip


@cache
def languages() -> list[tuple[str, str]]:
    """Code and column suffix of each language."""
    return [(code, code.replace("-", "_")) for code, _name in settings.LANGUAGES]


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


_HEADING = re.compile(r"<(/?)h([1-6])>")


def rendered(text: str, top: int = 3) -> str:
    """Cleaned HTML of a Markdown text; its headings have two levels at most, beginning at `top` (UI-A11Y-13)."""
    if not text:
        return ""
    html = _leveled(_markdown().render(text), top)
    tags = _TAGS | {f"h{top}", f"h{top + 1}"}
    return nh3.clean(
        html, tags=tags, attributes={"a": {"href"}}, url_schemes={"https", "mailto"}, link_rel="nofollow noopener"
    )


def _leveled(html: str, top: int) -> str:
    """The first heading is of the top level, as are those that are written at least as large; the others are below."""
    largest = 7

    def put(found: re.Match[str]) -> str:
        nonlocal largest
        level = int(found[2])
        if not found[1]:
            largest = min(largest, level)
        return f"<{found[1]}h{top if level <= largest else top + 1}>"

    return _HEADING.sub(put, html)


def each_language(row: Any, field: str) -> dict[str, Any]:
    """A translated field in all languages; English where a translation is missing."""
    english = getattr(row, f"{field}_en", None)
    if english is None:
        english = getattr(row, field)
    return {code: getattr(row, f"{field}_{suffix}", None) or english for code, suffix in languages()}


# --- prices -----------------------------------------------------------------------------------------------
def price_of_one(price: Price) -> int:
    """`e10` of one unit for one period: the band of the smallest quantity where there are bands."""
    return price.tiers[0]["unit_price_e10"] if price.tiers else price.unit_price_e10


def smallest(price: Price, attributes: Iterable[SkuAttribute]) -> int:
    """The smallest quantity that can be bought; what a card's price is for is one unit of it."""
    return next((each.minimum for each in attributes if each.key == price.quantity_key), 1)


def _offered(specification: Specification) -> bool:
    return specification.state == "on_sale"


def _from_price(product: Product) -> rules.FromPrice | None:
    rows: list[dict[str, Any]] = []
    for specification in product.specifications.all():
        if not _offered(specification) or specification.is_restricted:
            continue
        units = {each.key: each_language(each, "unit") for each in specification.attributes.all() if each.unit}
        for sku in specification.skus.all():
            if sku.state != "on_sale":
                continue
            rows += [
                {
                    "billing_mode": price.billing_mode,
                    "period_type": price.period_type,
                    "currency": price.currency,
                    "meter": price.meter,
                    "e10": price_of_one(price),
                    "unit_name": units.get(price.quantity_key, {}),
                }
                for price in sku.prices.all()
            ]
    return rules.from_price(rows, settings.GALLERIA.currency)


# --- the three rows ---------------------------------------------------------------------------------------
def is_listed(product: Product) -> bool:
    """Whether lists and search may show it: on sale, its seller active, something in it on sale."""
    return (
        product.state == "on_sale"
        and product.seller.state == "active"
        and any(_offered(each) for each in product.specifications.all())
    )


def listing(product: Product) -> Listing:
    """The narrow row, not saved."""
    price = _from_price(product)
    modes = {
        price_row.billing_mode
        for specification in product.specifications.all()
        if _offered(specification)
        for sku in specification.skus.all()
        if sku.state == "on_sale"
        for price_row in sku.prices.all()
    }
    countries = sorted(region.country for region in product.regions.all())
    return Listing(
        product_id=product.pk,
        is_listed=is_listed(product),
        sold_everywhere=product.sold_everywhere,
        countries=f",{','.join(countries)}," if countries else "",
        top=product.category.path.split("/", 1)[0],
        category_path=product.category.path,
        seller_slug=product.seller.slug,
        delivery_type=product.delivery_type,
        operating_system=product.operating_system,
        modes=f",{','.join(sorted(modes))}," if modes else "",
        currency=price.currency if price else settings.GALLERIA.currency,
        price_from_minor=Money.from_e10(price.e10, price.currency).minor if price else None,
        is_free=bool(price and price.e10 == 0),
        has_trial=product.trial_days > 0,
        rating_e2=product.rating_e2,
        sales_30d=product.sales_30d,
        published_at=product.published_at,
    )


def search_texts(product: Product) -> tuple[str, str, str]:
    """What is searched (B-CAT-001): name; seller, tags, specifications and categories; the short description."""
    labels = [product.seller.name, *(tag for tags in each_language(product, "tags").values() for tag in tags)]
    for specification in product.specifications.all():
        if _offered(specification):
            labels += each_language(specification, "name").values()
    scopes: list[str] = []
    category: Category | None = product.category
    while category is not None:
        labels += each_language(category, "name").values()
        scopes.append(rules.scope_word(category.path))
        category = category.parent
    return (
        " ".join(dict.fromkeys(each_language(product, "name").values())),
        " ".join(dict.fromkeys(labels)),
        " ".join(dict.fromkeys([*each_language(product, "summary").values(), *scopes])),
    )


def card(product: Product) -> dict[str, Any]:
    """What a card shows."""
    price = _from_price(product)
    return {
        "slug": product.slug,
        "id": product.public_id,
        "name": each_language(product, "name"),
        "summary": each_language(product, "summary"),
        "seller": product.seller.name,
        "seller_slug": product.seller.slug,
        "is_verified": product.seller.verified_at is not None,
        "logo": product.logo,
        "room": product.category.room,
        "delivery": product.delivery_type,
        "version": product.version,
        "os": product.operating_system,
        "promise": each_language(product, "delivery_promise"),
        "rating_e2": product.rating_e2,
        "reviews": product.review_count,
        "trial_days": product.trial_days,
        "changed": product.changed_at.date().isoformat(),
        "published": product.published_at.date().isoformat(),
        "is_restricted": product.is_restricted,
        "price": None
        if price is None
        else {
            "e10": price.e10,
            "currency": price.currency,
            "unit": price.unit,
            "mode": price.mode,
            "from": price.is_lowest,
            "unit_name": price.unit_name,
        },
    }


def words_of(texts: Iterable[str]) -> str:
    """The distinct words that spelling help may suggest."""
    return " ".join(sorted({word for text in texts for word in rules.tokens(text) if rules.is_spelt(word)}))


def page(product: Product, texts: tuple[str, str, str]) -> ProductPage:
    """Card, words and detail, not saved."""
    return ProductPage(
        product_id=product.pk, card=card(product), words=words_of(texts), detail=detail(product), format=FORMAT
    )


def detail(product: Product) -> dict[str, Any]:
    """All that a product page shows beside reviews, questions, agreements and what depends on the reader."""
    crumbs: list[dict[str, Any]] = []
    category: Category | None = product.category
    while category is not None:
        crumbs.insert(0, {"path": category.path, "name": each_language(category, "name")})
        category = category.parent
    return {
        "crumbs": crumbs,
        "description": {code: rendered(text) for code, text in each_language(product, "description").items()},
        "guide": {code: rendered(text) for code, text in each_language(product, "guide").items()},
        "highlights": each_language(product, "highlights"),
        "cases": each_language(product, "cases"),
        "acceptance": {code: rendered(text) for code, text in each_language(product, "acceptance_criteria").items()},
        "tags": each_language(product, "tags"),
        "is_supervised": product.is_supervised,
        "delivery_days": product.delivery_days,
        "unsubscription": product.unsubscription_rule,
        "accepts_credit": product.accepts_credit,
        "purchase_limit": product.purchase_limit,
        "needs_contact_consent": product.needs_contact_consent,
        "extra": each_language(product, "extra_parameters"),
        "scanned_at": product.scanned_at.isoformat() if product.scanned_at else "",
        "sales_model": product.sales_model,
        "sales_total": product.sales_total,
        "versions": [
            {"version": row.version, "on": row.released_on.isoformat(), "notes": each_language(row, "notes")}
            for row in sorted(product.versions.all(), key=lambda row: (row.released_on, row.pk), reverse=True)
        ],
        "material": material_of(product),
        "seller": _seller(product),
        "specifications": [
            _specification(row) for row in product.specifications.all() if row.state in {"on_sale", "hidden"}
        ],
    }


SHOWN_MATERIAL = ("media", "description_pictures", "after_sales", "guide_file", "request_templates", "private_cloud",
                  "image", "website", "contact", "licence_form", "seo")  # fmt: skip
"""Of the listing material what the product page shows; certificates and letters are kept elsewhere (`papers`)."""


def material_of(product: Product) -> dict[str, Any]:
    """The listing material for pages, texts in all languages."""
    return {name: _spoken(product.material[name]) for name in SHOWN_MATERIAL if product.material.get(name)}


_PLAIN_TEXTS = frozenset({"caption", "services", "title", "description", "ports", "keywords"})


def _spoken(value: Any, name: str = "") -> Any:
    """Translated texts of a document as pages keep them: a value for each language of the site."""
    if isinstance(value, dict) and "en" in value and value.keys() <= {"en", "zh"}:
        return {code: value.get("zh" if code.startswith("zh") else "en") or value["en"] for code, _s in languages()}
    if name in _PLAIN_TEXTS:
        return {code: value for code, _suffix in languages()}
    if isinstance(value, dict):
        return {key: _spoken(each, key) for key, each in value.items()}
    return [_spoken(each) for each in value] if isinstance(value, list) else value


def _trade_stop(product: Product) -> str:
    """Until when nothing new of it is sold because of a sanction (S-VIO-T1); empty when it is sold."""
    seller = product.seller
    if seller.trade_stop_until is None:
        return ""
    is_meant = not seller.trade_stop_products or product.public_id in seller.trade_stop_products
    return seller.trade_stop_until.isoformat() if is_meant else ""


def _seller(product: Product) -> dict[str, Any]:
    seller = product.seller
    return {
        "id": seller.public_id,
        "pk": seller.pk,
        "slug": seller.slug,
        "name": seller.name,
        "legal_name": seller.legal_name,
        "registration_number": seller.registration_number,
        "address": seller.address,
        "country": seller.country,
        "website": seller.website,
        "verified_at": seller.verified_at.isoformat() if seller.verified_at else "",
        "support_email": seller.support_email,
        "support_phone": seller.support_phone,
        "support_hours": each_language(seller, "support_hours"),
        "support_languages": each_language(seller, "support_languages"),
        "answers_in": each_language(seller, "answers_in"),
        "state": seller.state,
        "level": seller.level,
        "accepts_tickets": seller.accepts_tickets and seller.state == "active",
        "ticket_hours": seller.ticket_hours,
        "trade_stop": _trade_stop(product),
    }


def _specification(row: Specification) -> dict[str, Any]:
    attributes = list(row.attributes.all())
    return {
        "id": row.public_id,
        "pk": row.pk,
        "name": each_language(row, "name"),
        "summary": each_language(row, "summary"),
        "features": each_language(row, "features"),
        "state": row.state,
        "is_restricted": row.is_restricted,
        "attributes": [
            {
                "key": each.key,
                "name": each_language(each, "name"),
                "kind": each.kind,
                "options": each_language(each, "options"),
                "minimum": each.minimum,
                "maximum": each.maximum,
                "step": each.step,
                "unit": each_language(each, "unit"),
            }
            for each in attributes
        ],
        "skus": [_sku(sku, attributes) for sku in row.skus.all() if sku.state == "on_sale"],
    }


def _sku(sku: Sku, attributes: list[SkuAttribute]) -> dict[str, Any]:
    return {
        "code": sku.code,
        "choices": {str(key): str(value) for key, value in sku.choices.items()},
        "prices": [
            {
                "id": price.pk,
                "mode": price.billing_mode,
                "period": price.period_type,
                "terms": price.terms,
                "currency": price.currency,
                "model": price.model,
                "e10": price_of_one(price),
                "tiers": price.tiers,
                "quantity": price.quantity_key,
                "least": smallest(price, attributes),
                "meter": price.meter,
                "included": price.included,
            }
            for price in sorted(sku.prices.all(), key=lambda price: price.pk)
        ],
    }


def in_language(value: Mapping[str, Any] | None, language: str) -> Any:
    """One language of a kept text."""
    if not value:
        return ""
    if not isinstance(value, Mapping):
        return value
    return value.get(language) or value.get("en") or ""
