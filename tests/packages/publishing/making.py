"""Products for the tests of the catalogue, in one line each."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from galleria.publishing import services
from galleria.publishing.models import Category, Price, Product, ProductRegion, Sku, Specification
from tests.people import NOW, Person

_numbers = itertools.count(1)


def category(path: str, name: str = "", *, name_zh: str = "", room: str = "data") -> Category:
    """A category with those above it."""
    parent = category(path.rsplit("/", 1)[0], room=room) if "/" in path else None
    row, _made = Category.objects.get_or_create(
        path=path,
        defaults={
            "name_en": name or path.rsplit("/", 1)[-1].capitalize(),
            "name_zh_hans": name_zh,
            "room": room,
            "parent": parent,
        },
    )
    return row


def product(
    seller: Person,
    name: str,
    *,
    where: str = "data/backup",
    monthly: str = "30.00",
    hourly: str = "",
    once: str = "",
    name_zh: str = "",
    summary: str = "Keeps copies",
    summary_zh: str = "",
    specification: str = "Standard",
    regions: tuple[str, ...] = (),
    days_old: int = 0,
    index: bool = True,
    **values: Any,
) -> Product:
    """A product with one specification and one SKU; prices in EUR."""
    number = next(_numbers)
    row = Product.objects.create(
        slug=values.pop("slug", name.lower().replace(" ", "-") or f"product-{number}"),
        seller=seller.seller,
        category=category(where),
        name_en=name,
        name_zh_hans=name_zh,
        summary_en=summary,
        summary_zh_hans=summary_zh,
        delivery_type=values.pop("delivery_type", "saas"),
        published_at=NOW - timedelta(days=days_old),
        changed_at=NOW - timedelta(days=days_old),
        sold_everywhere=not regions,
        **values,
    )
    for country in regions:
        ProductRegion.objects.create(product=row, country=country)
    spec = Specification.objects.create(product=row, name_en=specification)
    sku = Sku.objects.create(specification=spec, code=f"sku-{number}")
    for mode, period, amount in (("period", "month", monthly), ("pay_per_use", "", hourly), ("one_time", "", once)):
        if amount:
            Price.objects.create(
                sku=sku,
                product_code=f"code-{number}-{mode}",
                billing_mode=mode,
                period_type=period,
                currency="EUR",
                unit_price_e10=int(Decimal(amount) * 10**10),
                meter="hour" if mode == "pay_per_use" else "",
            )
    if index:
        services.reindex_products([row.pk])
    return row
