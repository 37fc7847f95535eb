"""What a subscription can be renewed for: whether at all, the terms offered, what one costs (B-REN-003 to 006).

Reads prices of the catalogue, changes nothing. A removed specification keeps its prices: what renewed by itself
before the removal goes on, by hand it ends (B-REN-003, B-ARN-007).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from galleria.buying.configuring import MONTH_TERMS, YEAR_TERMS
from galleria.buying.naming import title_of
from galleria.kit import clock
from galleria.kit.errors import Invalid, NotAllowed
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.pricing import selectors as pricing
from galleria.pricing.models import Discount
from galleria.pricing.rules import discounts as discount_rules
from galleria.pricing.rules import models as price_models
from galleria.pricing.rules.discounts import LineInput
from galleria.pricing.rules.renewals import renewal_charge
from galleria.publishing.models import Price
from galleria.subscribing import rules
from galleria.subscribing.models import Period, Subscription
from galleria.subscribing.rules import renewal as one_date
from galleria.subscribing.rules.calendar import PeriodType
from galleria.subscribing.rules.plan import GONE
from galleria.subscribing.services import ResourceReleased

SOLD = ("on_sale", "hidden", "suspended")
"""Products that are there; a sanction stops new sales only (S-VIO-T1)."""
RENEWABLE_STATES = ("effective", "grace", "expired", "freezing", "frozen")
COMPARABLE = ("new", "renewal", "conversion")


class NotRenewable(NotAllowed):
    """This subscription has no renewal (B-REN-003)."""

    code = "NOT_RENEWABLE"
    default_message = _("Only a subscription for a term can be renewed.")


class OtherPlanned(NotRenewable):
    """Another configuration is paid for the next term: what a term after it would be is not known before it begins."""

    default_message = _("Another configuration is paid for the next term. Renew when that has begun.")


class NoLongerSold(NotRenewable):
    """The seller took it off sale (B-REN-003)."""

    code = "NO_LONGER_SOLD"
    default_message = _("The seller does not sell this any more, so it cannot be renewed by hand.")


class ConvertInstead(NotRenewable):
    """A trial is not renewed but converted (B-T2C-001)."""

    code = "CONVERT_INSTEAD"
    default_message = _("A trial cannot be renewed. Convert it to a paid term instead.")


@dataclass(frozen=True, slots=True)
class Term:
    """A number of months or years."""

    period_type: PeriodType
    count: int

    @property
    def key(self) -> str:
        """As forms and addresses write it: `month:3`."""
        return f"{self.period_type}:{self.count}"

    @property
    def months(self) -> int:
        return rules.MONTHS[self.period_type] * self.count

    @classmethod
    def parse(cls, text: str) -> Term:
        """A term of a form. Raises Invalid."""
        kind, _colon, count = text.partition(":")
        if kind not in rules.MONTHS or not (count.isascii() and count.isdigit() and 1 <= int(count) <= 1200):
            raise Invalid(fields={"term": _("Choose one of the offered terms.")})
        return cls(cast(PeriodType, kind), int(count))


def why_not(subscription: Subscription, *, automatic: bool = False) -> NotAllowed | None:
    """Why a subscription cannot be renewed; None when it can. `automatic`: by the clock, on a setting that was on."""
    if subscription.is_trial:
        return ConvertInstead()
    if subscription.billing_mode != "period":
        return NotRenewable()
    if subscription.state in GONE:
        return ResourceReleased()
    if subscription.state not in RENEWABLE_STATES:
        return NotRenewable(_("This subscription is being set up or unfrozen. Renew it when it is in use."))
    if subscription.renewal == "to_pay_per_use":
        return NotRenewable(
            _("This subscription changes to pay-per-use when it ends. Cancel that first, then renew it.")
        )
    return None if automatic or is_sold(subscription) else NoLongerSold()


def is_sold(subscription: Subscription) -> bool:
    """Whether product, specification and SKU are still in the catalogue."""
    return (
        subscription.product.state in SOLD
        and subscription.specification.state != "removed"
        and subscription.sku.state == "on_sale"
    )


_PRICES = Prepared(lambda p: Price.objects.filter(sku_id=p("sku"), billing_mode="period").order_by("period_type", "pk"))
_LAST_PERIOD = Prepared(
    lambda p: Period.objects.filter(subscription_id=p("subscription"), state="paid").order_by("-number")[:1]
)


def prices_of_many(subscriptions: Sequence[Subscription]) -> dict[tuple[int, str], list[Price]]:
    """The monthly and yearly prices of what is held, by SKU and currency; one query."""
    found: dict[tuple[int, str], list[Price]] = {}
    if len(subscriptions) == 1:  # what the clock renews, one after the other
        rows: Iterable[Price] = _PRICES.all(sku=subscriptions[0].sku_id)
    else:
        skus = {each.sku_id for each in subscriptions}
        rows = Price.objects.filter(sku_id__in=skus, billing_mode="period").order_by("period_type", "pk")
    for row in rows:
        found.setdefault((row.sku_id, row.currency), []).append(row)
    return found


def sold_by_use(subscriptions: Iterable[Subscription]) -> set[int]:
    """The SKUs among them that have a price by use; one query (B-ARN-010)."""
    wanted = {(each.sku_id, each.currency) for each in subscriptions}
    rows = Price.objects.filter(sku_id__in={sku for sku, _currency in wanted}, billing_mode="pay_per_use")
    return {sku for sku, currency in rows.values_list("sku_id", "currency") if (sku, currency) in wanted}


def terms_of(prices: Sequence[Price]) -> list[Term]:
    """1 to 9 months and 1 to 3 years, or what the seller offers, where there is a price (B-REN-005); shortest first."""
    terms = [
        Term(cast(PeriodType, price.period_type), int(count))
        for price in prices
        for count in (price.terms or (YEAR_TERMS if price.period_type == "year" else MONTH_TERMS))
    ]
    return sorted(set(terms), key=lambda each: (each.months, each.period_type == "year"))


def price_for(prices: Sequence[Price], term: Term, terms: Sequence[Term] | None = None) -> Price:
    """The price of a term. Raises Invalid when it is not among `terms`, or those that are offered."""
    if term not in (terms_of(prices) if terms is None else terms):
        raise Invalid(fields={"term": _("Choose one of the offered terms.")})
    return next(price for price in prices if price.period_type == term.period_type)


def usual_term(subscription: Subscription, prices: Sequence[Price], terms: Sequence[Term] | None = None) -> Term | None:
    """What is renewed unless something else is chosen: what auto-renewal buys, one month, or one year (B-ARN-002).

    `terms`: those to choose from, if not all that are offered.
    """
    offered = terms_of(prices) if terms is None else list(terms)
    wanted = []
    if subscription.renewal_period_type in rules.MONTHS and subscription.renewal_period_count:
        wanted.append(Term(cast(PeriodType, subscription.renewal_period_type), subscription.renewal_period_count))
    if subscription.period_type in rules.MONTHS:
        wanted.append(Term(cast(PeriodType, subscription.period_type), 1))
        wanted.append(Term(cast(PeriodType, subscription.period_type), subscription.period_count))
    return next((term for term in wanted if term in offered), offered[0] if offered else None)


def model_of(price: Price, quantity: int) -> price_models.PriceModel:
    """The price model for exactly the quantity that is held, whatever quantities are sold now.

    Raises NotRenewable when no band of the price holds the quantity any more.
    """
    try:
        return price_models.model_of(
            price.model,
            price.currency,
            unit_price_e10=price.unit_price_e10,
            tiers=price.tiers,
            quantities=price_models.QuantityRange(quantity, quantity, 1),
        )
    except price_models.BandsInvalid:
        raise NotRenewable(_("The seller does not sell this quantity any more. Change the quantity first.")) from None


def charge_for(price: Price, quantity: int, term: Term, extra_days: int = 0) -> price_models.Charge:
    """The list price of a renewal of what is held."""
    return renewal_charge(
        model_of(price, quantity), quantity, term.count, period_type=term.period_type, extra_days=extra_days
    )


def line_input(
    subscription: Subscription, charge: price_models.Charge, term: Term, *, key: str = "000001",
    earlier_discounts: Iterable[str] = (),
) -> LineInput:  # fmt: skip
    """The line of a renewal as discounts and coupons see it."""
    product = subscription.product
    return LineInput(
        key=key,
        charge=charge,
        product_id=product.public_id,
        specification_id=subscription.specification.public_id,
        sku_id=subscription.sku.code,
        seller_id=product.seller.public_id,
        region=subscription.region,
        billing_mode="period",
        period_type=term.period_type,
        is_curated=hasattr(product, "popular_pick"),
        earlier_discount_ids=frozenset(earlier_discounts),
        title=title_of(product, subscription.specification),
    )


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a renewal begins and ends. `anchor_day`: the day that later renewals keep."""

    before: datetime
    ends_at: datetime
    extra_days: int
    anchor_day: int


def ends_of(subscription: Subscription, term: Term, *, renewal_day: int | None = None) -> Ends:
    """The new expiry, counted from the old one (1.2); with `renewal_day` on the account's date (B-URD-003)."""
    before = cast(datetime, subscription.expires_at)
    zone = clock.billing_zone()
    anchor = subscription.anchor_day or rules.anchor_day_of(before, zone)
    if renewal_day is None:
        return Ends(before, rules.renewed_expiry(before, term.count, term.period_type, anchor, zone), 0, anchor)
    aligned = one_date.aligned_expiry(before, term.count, term.period_type, anchor, renewal_day, zone)
    return Ends(before, aligned.expires_at, aligned.extra_days, aligned.anchor_day)


def last_periods(subscriptions: Sequence[Subscription]) -> dict[int, Period]:
    """The latest paid stretch of each, by row number; one query."""
    if len(subscriptions) == 1:
        last = _LAST_PERIOD.one(subscription=subscriptions[0].pk)
        return {subscriptions[0].pk: last} if last is not None else {}
    rows = Period.objects.filter(subscription__in=[each.pk for each in subscriptions], state="paid").order_by("number")
    return {row.subscription_id: row for row in rows}


def discounts_of_many(
    account_pk: int | None, held: Sequence[Subscription], at: datetime
) -> dict[int, list[discount_rules.Discount]]:
    """The discounts that the account may use for each, by row number of the subscription; one query."""
    if len(held) == 1:
        one = held[0]
        found_ = pricing.discounts_of(account_pk, one.product_id, one.specification_id, one.product.seller_id, at)
        return {one.pk: found_}
    rows = (
        Discount.objects.filter(
            Q(accounts__isnull=True, offer__isnull=True)
            | Q(accounts__account_id=account_pk or 0, accounts__is_open=True),
            Q(ends_at__isnull=True) | Q(ends_at__gt=at),
            Q(product__isnull=True) | Q(product_id__in={each.product_id for each in held}),
            Q(specification__isnull=True) | Q(specification_id__in={each.specification_id for each in held}),
            Q(seller__isnull=True) | Q(seller_id__in={each.product.seller_id for each in held}),
            state="active",
            starts_at__lte=at,
        )
        .exclude(offer__is_single=True)  # one order may use it, not every one of these
        .distinct()
        .order_by("id")
    )
    found = [(row, pricing.discount_rule(row)) for row in rows]
    return {
        each.pk: [
            rule
            for row, rule in found
            if row.product_id in {None, each.product_id}
            and row.specification_id in {None, each.specification_id}
            and row.seller_id in {None, each.product.seller_id}
        ]
        for each in held
    }


@dataclass(frozen=True, slots=True)
class PriceChange:
    """What the last term cost at list price, and what the same term costs at list price today (B-REN-006)."""

    term: Term
    was: Money
    now: Money

    @property
    def is_higher(self) -> bool:
        return self.now > self.was


def price_change_of(subscription: Subscription) -> PriceChange | None:
    """The same for one subscription, of which nothing has been read yet. Raises NotRenewable."""
    prices = prices_of_many([subscription]).get((subscription.sku_id, subscription.currency), [])
    return price_change(subscription, last_periods([subscription]).get(subscription.pk), prices)


def price_change(subscription: Subscription, period: Period | None, prices: Sequence[Price]) -> PriceChange | None:
    """Both list prices when the last term would not cost today what it did; None if it would, or cannot be compared."""
    if (
        period is None
        or period.kind not in COMPARABLE
        or (period.sku_id, period.quantity, period.currency)
        != (subscription.sku_id, subscription.quantity, subscription.currency)
    ):
        return None
    price = next((each for each in prices if each.period_type == period.period_type), None)
    if price is None or not period.period_count:
        return None
    term = Term(cast(PeriodType, period.period_type), period.period_count)
    was = Money(period.official_minor, period.currency)
    now = charge_for(price, period.quantity, term, period.extra_days).amount
    return PriceChange(term, was, now) if now != was else None


def earlier_discounts(subscription: Subscription, lines: Iterable[Any]) -> frozenset[str]:
    """The discounts that earlier orders of a subscription used: a promotion goes on only with these (9.2)."""
    return frozenset(str(each["discount_id"]) for line in lines for each in line.discounts if each.get("discount_id"))
