"""A SaaS product whose editions and regions can be upgraded, for pages, API and files."""

from __future__ import annotations

from typing import Any

from galleria.delivering import services as delivering
from galleria.publishing.models import Product, Sku, SkuAttribute
from tests.packages.releasing.making import Maker

ACTIVITIES = ("newInstance", "queryInstance", "refreshInstance", "updateInstanceStatus", "upgradeInstance",
              "changeInstanceCheck", "releaseInstance")  # fmt: skip


def make_plans(maker: Maker, shop: Any) -> Product:
    """Editions a, b and c for 100, 300 and 600 EUR a month in two regions, the upgrade activity proven."""
    product: Product = shop.product("Plans", monthly="100.00")
    first = Sku.objects.get(specification__product=product)
    specification, price = first.specification, first.prices.get()
    specification.key = "plan"
    specification.save()
    for place, (key, options) in enumerate((("edition", "abc"), ("region", ("eu", "us")))):
        SkuAttribute.objects.create(
            specification=specification, key=key, name=key.title(), kind="choice", position=place,
            options=[{"key": each, "name": each.upper()} for each in options],
        )  # fmt: skip
    first.delete()
    for edition, amount in (("a", 100), ("b", 300), ("c", 600)):
        for region in ("eu", "us"):
            choices = {"edition": edition, "region": region}
            sku = Sku.objects.create(specification=specification, code=f"sku-{edition}-{region}", choices=choices)
            price.pk, price.sku, price.product_code = None, sku, f"OFFI-{edition}-{region}"
            price.unit_price_e10 = amount * 10**10
            price.save(force_insert=True)
    delivering.bind_product(product, maker.address)
    maker.prove(*ACTIVITIES)
    return product
