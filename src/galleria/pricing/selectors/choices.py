"""What a seller can make an offer or a coupon for: its products, their specifications and priced things."""

from __future__ import annotations

from dataclasses import dataclass

from galleria.kit.actor import Actor
from galleria.kit.money import Money
from galleria.pricing.models import Discount
from galleria.publishing.models import Price, Product
from galleria.selling import selectors as selling


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a quotation line can name. `value`: as forms send it: spec:<id>, sku:<code>|<mode>."""

    value: str
    name: str
    price: Price | None = None

    @property
    def list_price(self) -> Money | None:
        """Of one unit and period; None where it is no single amount."""
        if self.price is None or self.price.model in ("tiered", "volume"):
            return None
        return Money.from_e10(self.price.unit_price_e10, self.price.currency)


def products_to_offer(actor: Actor) -> list[Product]:
    """The products of the actor's seller that are sold, hidden ones too, as far as the user looks after them."""
    rows = Product.objects.filter(seller=selling.seller_of(actor), state__in=("on_sale", "hidden"))
    scope = selling.product_scope(actor)
    return list((rows if scope is None else rows.filter(public_id__in=scope)).order_by("name", "pk")[:500])


def things_of(product: Product) -> list[Thing]:
    """Specifications, and each SKU with its ways of paying; what is charged by use has no offers."""
    rows = (
        Price.objects.select_related("sku__specification")
        .filter(sku__specification__product=product, sku__state="on_sale")
        .exclude(billing_mode="pay_per_use")
        .exclude(sku__specification__state="removed")
        .order_by("sku__specification__position", "sku__specification_id", "sku_id", "pk")
    )
    found: dict[str, Thing] = {}
    for price in rows[:300]:
        specification = price.sku.specification
        found.setdefault(
            f"spec:{specification.public_id}", Thing(f"spec:{specification.public_id}", specification.name)
        )
        named = ", ".join(str(each) for each in price.sku.choices.values())
        name = f"{specification.name} ({named})" if named else specification.name
        value = f"sku:{price.sku.code}|{mode_of(price.billing_mode, price.period_type)}"
        found[value] = Thing(value, name, price)
    return list(found.values())


def mode_of(billing_mode: str, period_type: str) -> str:
    """A way of paying in one word: period:month, one_time."""
    return f"{billing_mode}:{period_type}" if period_type else billing_mode


def value_of(line: Discount) -> str:
    """A quotation line as forms name it."""
    if line.sku_id:
        return f"sku:{line.sku_id}|{mode_of(line.billing_mode, line.period_type)}"
    return f"spec:{line.specification.public_id}" if line.specification is not None else "*"
