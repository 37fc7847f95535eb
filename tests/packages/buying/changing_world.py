"""What can be changed, for tests of services, pages and the API: a house in two sizes, and seats."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from galleria.buying.models import Order
from galleria.buying.services import changing
from galleria.buying.services.changing import Wish
from galleria.connecting.models import DebugCase
from galleria.kit import clock
from galleria.publishing.models import Price, Product, Sku, SkuAttribute, Specification, UpgradeRule
from galleria.subscribing.models import Subscription
from tests.people import NOW
from tests.shop import EUR, Shop


def e10(text: str) -> int:
    return int(Decimal(text) * 10**10)


TIERS = [{"up_to": 20, "unit_price_e10": e10("5.00")}, {"up_to": 100, "unit_price_e10": e10("4.00")}]


@dataclass
class House:
    """A product in two sizes, Basic and Professional, with a rule from the smaller to the larger one."""

    shop: Shop
    product: Product
    sku: dict[str, Sku] = field(default_factory=dict)

    def price(self, size: str, period: str, amount: str) -> Price:
        return Price.objects.create(
            sku=self.sku[size], product_code=f"OFFI{Price.objects.count() + 1:018d}", billing_mode="period",
            period_type=period, currency=EUR, unit_price_e10=e10(amount),
        )  # fmt: skip

    def code(self, size: str) -> str:
        return self.sku[size].code


def make_house(shop: Shop, url: str) -> House:
    """Basic: 100.00 a month, 1,000.00 a year; Professional: 180.00 and 1,800.00."""
    product = shop.product("House")
    specification = Specification.objects.get(product=product)
    SkuAttribute.objects.create(
        specification=specification, key="size", name="Size", kind="choice",
        options=[{"key": "basic", "name": "Basic"}, {"key": "professional", "name": "Professional"}],
    )  # fmt: skip
    Sku.objects.filter(specification=specification).delete()
    made = House(shop, product)
    for size in ("basic", "professional"):
        made.sku[size] = Sku.objects.create(specification=specification, code=f"sku-{size}", choices={"size": size})
    for size, month, year in (("basic", "100.00", "1000.00"), ("professional", "180.00", "1800.00")):
        made.price(size, "month", month)
        made.price(size, "year", year)
    UpgradeRule.objects.create(
        product=product, source=made.sku["basic"], target=made.sku["professional"], changed_at=NOW
    )
    shop.connect(product, url)
    return made


def seats(shop: Shop, server: Any, model: str) -> Product:
    """A product by users: 5.00 a month each, in bands 4.00 from 21 on."""
    tiers = None if model == "linear" else TIERS
    product = shop.product(
        "Seats", monthly="5.00", yearly="50.00", seats=(1, 100, 1), model=model, tiers=tiers
    )  # fmt: skip
    Price.objects.filter(sku__specification__product=product, period_type="year").update(
        tiers=[{**each, "unit_price_e10": each["unit_price_e10"] * 10} for each in tiers or []]
    )
    address = shop.connect(product, server.address())
    DebugCase.objects.create(address=address, activity="upgradeInstance", saved_at=NOW, run_at=NOW)
    return product


def bought(shop: Shop, ada: Any, product: Product, **chosen: Any) -> Subscription:
    """Bought, paid and delivered."""
    shop.fund(ada, "9000.00")
    order = shop.buy(ada, product, **chosen)
    shop.work()
    return Subscription.objects.get(order_id=order.public_id)


def days_before_expiry(row: Subscription, days: int) -> datetime:
    """That many whole days and an hour before the end."""
    assert row.expires_at is not None
    at = row.expires_at - timedelta(days=days, hours=1)
    clock.set_for_tests(at)
    return at


def preview(person: Any, row: Subscription, mode: str = "now", **wish: Any) -> changing.Preview:
    coupon = wish.pop("coupon", "")
    asked = Wish(row.public_id, mode, **wish)  # type: ignore[arg-type]
    return changing.preview_change(person.actor, wish=asked, coupon_code=coupon, at=clock.now())


def accepted(person: Any, row: Subscription) -> dict[str, str]:
    return Shop(person).accepted(person, row.product)


def order(person: Any, row: Subscription, mode: str = "now", **wish: Any) -> Order:
    """Order what the preview shows."""
    seen = preview(person, row, mode, **wish)
    coupon = wish.pop("coupon", "")
    asked = Wish(row.public_id, mode, **wish)  # type: ignore[arg-type]
    return changing.change(
        person.actor, wish=asked, seen_digest=seen.digest, seen_due=seen.due, coupon_code=coupon,
        agreements=accepted(person, row), at=clock.now(),
    )  # fmt: skip
