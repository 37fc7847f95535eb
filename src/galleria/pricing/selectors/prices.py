"""Reading prices, discounts and tax rates as the rules want them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from galleria.kit.prepared import Prepared
from galleria.pricing.models import Discount, TaxRate
from galleria.pricing.rules import discounts as discount_rules
from galleria.pricing.rules import models as price_models
from galleria.publishing.models import Price, Product, SkuAttribute, Specification


def price_model(price: Price, attributes: Iterable[SkuAttribute]) -> price_models.PriceModel:
    """The price model of a price, with the quantities that its attribute allows."""
    attribute = next((each for each in attributes if each.key == price.quantity_key), None)
    limits = (
        price_models.QuantityRange(attribute.minimum, attribute.maximum, attribute.step)
        if attribute is not None
        else price_models.ONE
    )
    return price_models.model_of(
        price.model,
        price.currency,
        unit_price_e10=price.unit_price_e10,
        tiers=price.tiers,
        quantities=limits,
    )


def discounts_for(
    account_pk: int | None, product: Product, specification: Specification, at: datetime
) -> list[discount_rules.Discount]:
    """The discounts that this buyer may use for a specification: those for everybody and their own."""
    return discounts_of(account_pk, product.pk, specification.pk, product.seller_id, at)


def discounts_of(
    account_pk: int | None, product_pk: int, specification_pk: int, seller_pk: int, at: datetime
) -> list[discount_rules.Discount]:
    """Like `discounts_for`, by row numbers. Every product page and every quote asks this."""
    rows = _DISCOUNTS.all(
        account=account_pk or 0, at=at, product=product_pk, specification=specification_pk, seller=seller_pk
    )
    return [discount_rule(row) for row in rows]


NO_OFFER = "none"


def picked(offered: list[discount_rules.Discount], offer_id: str) -> list[discount_rules.Discount]:
    """The discounts that are left when the buyer picked an exclusive offer, or "none" of them (S-OFR-004).

    Empty, or an offer that is not there any more: all, and the best one wins.
    """
    if offer_id == NO_OFFER:
        return [each for each in offered if each.kind != "exclusive"]
    return [each for each in offered if offer_id and each.offer_id == offer_id] or offered


_DISCOUNTS = Prepared(
    lambda p: (
        Discount.objects.filter(
            Q(accounts__isnull=True, offer__isnull=True) | Q(accounts__account_id=p("account"), accounts__is_open=True),
            state="active",
            starts_at__lte=p("at"),
        )
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=p("at")))
        .filter(Q(product__isnull=True) | Q(product_id=p("product")))
        .filter(Q(specification__isnull=True) | Q(specification_id=p("specification")))
        .filter(Q(seller__isnull=True) | Q(seller_id=p("seller")))
        .distinct()
        .order_by("id")
    )
)
_TAX_RATE: Prepared[int] = Prepared(
    lambda p: (
        TaxRate.objects.filter(country=p("country"), valid_from__lte=p("at"))
        .order_by("-valid_from", "-id")
        .values_list("rate_e4", flat=True)[:1]
    )
)


def discount_rule(row: Discount) -> discount_rules.Discount:
    """A stored discount as the rules see it.

    Product, specification and seller it is limited to were asked of the database already.
    """
    form, value = _form(row)
    return discount_rules.Discount(
        id=row.public_id,
        kind=row.kind,  # type: ignore[arg-type]
        name=row.name,
        form=form,
        value=value,
        currency="" if form == "percent_off" else row.currency,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        sku_ids=frozenset([row.sku_id]) if row.sku_id else frozenset(),
        order_types=frozenset(row.order_types),
        billing_modes=frozenset([row.billing_mode]) if row.billing_mode else frozenset(),
        period_types=frozenset([row.period_type]) if row.period_type else frozenset(),
        minimum_periods=row.minimum_periods,
        quantity=row.quantity or 0,
        periods=row.periods or 0,
        offer_id=row.offer_id or "",
    )


def _form(row: Discount) -> tuple[discount_rules.Form, int]:
    if row.line_price_minor is not None:
        return "line_price", row.line_price_minor
    if row.fixed_price_e10 is not None:
        return "unit_price", row.fixed_price_e10
    return "percent_off", row.percent_e2


def tax_rate_e4(country: str, at: datetime) -> int:
    """The tax rate of a country in 1/10,000 at an instant; 0 where none is kept."""
    return _TAX_RATE.one(country=country, at=at) or 0
