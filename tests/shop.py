"""A small marketplace for tests: products, agreements, money, a seller's server, and a whole purchase in a line.

shop = Shop(bruno)
desk = shop.product("Helpdesk", monthly="49.00")
shop.fund(ada, "100.00")
order = shop.buy(ada, desk)
shop.work()
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from galleria.buying import services as buying
from galleria.buying.models import Order
from galleria.delivering import services as delivering
from galleria.delivering.models import ProductionAddress
from galleria.kit import clock, jobs
from galleria.kit.actor import SYSTEM
from galleria.kit.money import Money
from galleria.ledger import selectors as ledger_selectors
from galleria.ledger import services as ledger
from galleria.parties import selectors as parties
from galleria.parties import services as parties_services
from galleria.pricing.models import Coupon, TaxRate
from galleria.publishing.models import Category, Price, Product, Sku, SkuAttribute, Specification
from tests.people import NOW, Person

KEY = "3f0c9a52-7d14-4b6e-9c38-51e2a7d0b846"
EUR = "EUR"


def euro(text: str) -> Money:
    return Money.parse(text, EUR)


def e10(text: str) -> int:
    return int(Decimal(text) * 10**10)


@dataclass
class Shop:
    """What one seller sells. Prices in EUR before tax; no tax unless `tax` is called."""

    seller: Person
    made: int = field(default=0)

    def product(
        self,
        name: str,
        *,
        monthly: str = "",
        yearly: str = "",
        once: str = "",
        hourly: str = "",
        seats: tuple[int, int, int] | None = None,
        model: str = "simple",
        tiers: list[dict[str, Any]] | None = None,
        delivery_type: str = "saas",
        **values: Any,
    ) -> Product:
        """A product with one specification and one SKU; `seats`: a quantity attribute (minimum, maximum, step)."""
        self.made += 1
        category, _made = Category.objects.get_or_create(
            path="business", defaults={"name": "Business", "room": "business"}
        )
        slug = name.lower().replace(" ", "-")
        product = Product.objects.create(
            slug=slug,
            seller=self.seller.seller,
            category=category,
            name=name,
            summary=f"{name} for tests",
            delivery_type=delivery_type,
            published_at=NOW,
            changed_at=NOW,
            **values,
        )
        specification = Specification.objects.create(product=product, name="Standard")
        if seats:
            SkuAttribute.objects.create(
                specification=specification,
                key="seats",
                name="Seats",
                kind="quantity",
                minimum=seats[0],
                maximum=seats[1],
                step=seats[2],
            )
        sku = Sku.objects.create(specification=specification, code=str(uuid.uuid4()))
        common = {
            "sku": sku,
            "currency": EUR,
            "model": model,
            "tiers": tiers or [],
            "quantity_key": "seats" if seats else "",
        }
        priced = (
            ("period", "month", monthly),
            ("period", "year", yearly),
            ("one_time", "", once),
            ("pay_per_use", "", hourly),
        )
        for number, (mode, period, amount) in enumerate(priced):
            if amount:
                Price.objects.create(
                    product_code=f"OFFI{Price.objects.count() + 1:012d}{number:06d}",
                    billing_mode=mode,
                    period_type=period,
                    unit_price_e10=e10(amount),
                    **common,
                )
        self.agreement("AGR_PARTNER_USER", "platform", "Partner Product User Agreement")
        self.agreement(f"product:{product.public_id}", "product", f"{name} licence", product_id=product.public_id)
        return product

    def agreement(self, key: str, kind: str, name: str, *, version: str = "1", product_id: str = "") -> Any:
        """An agreement with a version in force since the beginning."""
        return parties_services.publish_version(
            key=key,
            kind=kind,
            name=name,
            issuer="Tests",
            version=version,
            effective_at=NOW,
            texts={"en": f"{name}, version {version}"},
            product_id=product_id,
        )

    def tax(self, rate_e4: int, country: str = "SE") -> None:
        TaxRate.objects.create(country=country, name="VAT", rate_e4=rate_e4, valid_from=NOW)

    def connect(self, product: Product, url: str, key: str = KEY) -> ProductionAddress:
        """Deliver the product through a server."""
        delivering.set_interface_key(self.seller.seller.pk, "base", key, active_from=NOW, at=NOW)
        address = ProductionAddress.objects.create(seller=self.seller.seller, url=url, created_at=NOW)
        delivering.bind_product(product, address)
        return address

    def fund(self, person: Person, amount: str) -> None:
        """Put money on a balance, as a bank transfer would."""
        ledger.post(
            reference=f"test:fund:{uuid.uuid4()}",
            kind="top_up",
            at=clock.now(),
            postings=[
                ledger.Posting(from_="bank_clearing", to=f"buyer_cash:{person.account.public_id}", amount=euro(amount))
            ],
        )

    def balance(self, person: Person) -> Money:
        return ledger_selectors.balance(f"buyer_cash:{person.account.public_id}", EUR)

    def coupon(self, person: Person, code: str, amount: str, **values: Any) -> Coupon:
        """A cash coupon of the person's account, valid for thirty days."""
        from galleria.pricing import services as pricing

        return pricing.issue_coupon(
            SYSTEM,
            account=person.account,
            name=code,
            face=euro(amount),
            valid_from=NOW,
            expires_at=datetime.fromtimestamp(NOW.timestamp() + 30 * 86400, tz=NOW.tzinfo),
            code=code,
            at=NOW,
            **values,
        )

    def configuration(self, product: Product, **chosen: Any) -> dict[str, Any]:
        return {"mode": "period:month", "term": 1, **chosen}

    def accepted(self, person: Person, product: Product) -> dict[str, str]:
        """Every agreement of an order of the product, in the version in force."""
        from galleria.buying.services.placing import agreement_keys

        versions = parties.current_versions(agreement_keys(product, person.account), clock.now())
        return {key: row.version for key, row in versions.items()}

    def order(
        self, person: Person, product: Product, *, coupon: str = "", consent: bool = True, **chosen: Any
    ) -> Order:
        """Quote and place, unpaid."""
        at = clock.now()
        kept = buying.keep_quote(
            person.actor,
            product_slug=product.slug,
            configuration=self.configuration(product, **chosen),
            coupon_code=coupon,
            at=at,
        )
        return buying.place_order(
            person.actor,
            quote_id=kept.public_id,
            agreements=self.accepted(person, product),
            consent=consent,
            at=at,
        )

    def pay(self, person: Person, *orders: Order, method: str = "balance", token: str = "", **more: Any) -> buying.Paid:
        return buying.pay_orders(
            person.actor,
            order_ids=[order.public_id for order in orders],
            method=method,
            token=token or str(uuid.uuid4()),
            at=clock.now(),
            **more,
        )

    def buy(self, person: Person, product: Product, *, method: str = "balance", **chosen: Any) -> Order:
        """Quote, place and pay."""
        order = self.order(person, product, **chosen)
        if order.state == "pending_payment":
            self.pay(person, order, method=method)
        order.refresh_from_db()
        return order

    @staticmethod
    def work() -> None:
        """Run everything that is due now, and what follows from it."""
        jobs.run_due(raise_errors=True)

    @staticmethod
    def is_balanced() -> bool:
        return ledger_selectors.is_balanced()
