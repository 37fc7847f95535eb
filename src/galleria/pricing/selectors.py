"""Reading prices, discounts, coupons and tax rates as the rules want them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q, QuerySet

from galleria.kit.actor import Actor
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.pricing.models import Coupon, Discount, TaxRate
from galleria.pricing.rules import coupons as coupon_rules
from galleria.pricing.rules import discounts as discount_rules
from galleria.pricing.rules import models as price_models
from galleria.pricing.rules import quote as quote_rules
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
    return [_discount(row) for row in rows]


_DISCOUNTS = Prepared(
    lambda p: (
        Discount.objects.filter(
            Q(accounts__isnull=True) | Q(accounts__account_id=p("account")), state="active", starts_at__lte=p("at")
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


def _discount(row: Discount) -> discount_rules.Discount:
    # What a row is limited to was already asked of the database, except how the buyer pays and for how long.
    is_fixed = row.fixed_price_e10 is not None
    return discount_rules.Discount(
        id=row.public_id,
        kind=row.kind,  # type: ignore[arg-type]
        name=row.name,
        form="unit_price" if is_fixed else "percent_off",
        value=row.fixed_price_e10 if row.fixed_price_e10 is not None else row.percent_e2,
        currency=row.currency if is_fixed else "",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        billing_modes=frozenset([row.billing_mode]) if row.billing_mode else frozenset(),
        period_types=frozenset([row.period_type]) if row.period_type else frozenset(),
        minimum_periods=row.minimum_periods,
    )


def tax_rate_e4(country: str, at: datetime) -> int:
    """The tax rate of a country in 1/10,000 at an instant; 0 where none is kept."""
    return _TAX_RATE.one(country=country, at=at) or 0


def coupon_rule(row: Coupon) -> coupon_rules.Coupon:
    """A stored coupon as the rules see it."""
    minimum = Money(row.minimum_minor, row.currency) if row.minimum_minor else None
    return coupon_rules.Coupon(
        id=row.public_id,
        code=row.code,
        kind=row.kind,  # type: ignore[arg-type]
        state=row.state,  # type: ignore[arg-type]
        face_value=Money(row.face_minor, row.currency),
        balance=Money(row.balance_minor, row.currency),
        valid_from=row.valid_from,
        expires_at=row.expires_at,
        limits=coupon_rules.Limits.from_json(row.limits, minimum),
        off_e4=row.percent_e2,
        seller_id=row.seller.public_id if row.seller else "",
        locked_by=row.locked_by,
        is_frozen=row.is_frozen,
    )


def coupons_of(actor: Actor, tab: str = "") -> QuerySet[Coupon]:
    """The account's coupons; `tab`: all, unused, used, expired (B-CPN-003). Soonest expiry first."""
    rows = Coupon.objects.select_related("seller").filter(account_id=actor.account_pk or 0)
    if tab in {"unused", "used", "expired"}:
        rows = rows.filter(state=tab)
    return rows.order_by(F("expires_at").asc(), "id")


def fitting_coupons(actor: Actor, priced: quote_rules.Quote, *, at: datetime, order_id: str = "") -> list[Coupon]:
    """The coupons that satisfy all their limits for this order (B-CPN-001); the best one first."""
    facts = quote_rules.order_facts(priced, order_id=order_id)
    fitting = [
        (row, rule)
        for row in coupons_of(actor).filter(state="unused", expires_at__gt=at)
        if not coupon_rules.why_not(rule := coupon_rule(row), facts, at)
    ]
    best = coupon_rules.best_coupon([rule for _row, rule in fitting], facts, at)
    fitting.sort(key=lambda pair: best is None or pair[1].id != best.id)
    return [row for row, _rule in fitting]


def coupon_by_code(actor: Actor, code: str) -> Coupon | None:
    """The account's coupon with this code, or None; without regard to case."""
    return coupons_of(actor).filter(code__iexact=code.strip()).first()
