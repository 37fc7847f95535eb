"""Structured data for search engines, as JSON-LD. The content policy allows data blocks: they are not scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from galleria.kit.money import exponent, from_e10, plain
from galleria.publishing.selectors import ProductView
from galleria.web.context import Page


def block(data: Mapping[str, Any]) -> Markup:
    """A data block; `<` is written so that no text can end it."""
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False, separators=(",", ":"))
    harmless = text.replace("<", "\\u003c").replace("&", "\\u0026")
    return Markup(f'<script type="application/ld+json">{harmless}</script>')  # noqa: S704


def product_data(view: ProductView, page: Page, card: Mapping[str, Any]) -> Markup:
    """The product, its offer, its score and where it hangs."""
    address = f"{page.site_url}/products/{view.slug}"
    data: dict[str, Any] = {
        "@type": "Product",
        "name": card["name"],
        "description": card["summary"],
        "url": address,
        "sku": view.public_id,
        "brand": {"@type": "Brand", "name": view.card["seller"]},
    }
    if view.card["logo"]:
        data["image"] = f"{page.site_url}/media/{view.card['logo']}"
    if view.card["price"]:
        price = view.card["price"]
        data["offers"] = {
            "@type": "Offer",
            "price": plain(from_e10(price["e10"]), exponent(price["currency"])),
            "priceCurrency": price["currency"],
            "availability": "https://schema.org/" + ("InStock" if view.state == "on_sale" else "Discontinued"),
            "url": address,
            "seller": {"@type": "Organization", "name": view.detail["seller"]["legal_name"]},
        }
    if view.card["reviews"]:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": f"{view.card['rating_e2'] / 100:.1f}",
            "reviewCount": view.card["reviews"],
        }
    return block(data)
