"""Orders on what is held: renewals, changes, conversions. One order a subscription; several are one combined order.

The caller has worked out and priced what is asked; here it is checked once more under the subscription's lock, frozen
and, where nothing is to be paid by the buyer, processed. What the order then does is its effect (`effects`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.buying import limits, models
from galleria.buying.naming import title_of
from galleria.buying.reading import long_texts
from galleria.buying.services.guarding import require_free
from galleria.buying.services.ordering import (
    CouponNotUsable,
    NoPaymentMeans,
    PriceChanged,
    check_budget,
    place,
)
from galleria.kit import locks
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.parties import selectors as parties
from galleria.parties import services as parties_services
from galleria.parties.models import Account
from galleria.parties.services.agreements import require_acceptance
from galleria.paying import services as paying
from galleria.pricing.models import Coupon
from galleria.pricing.rules import quote as quote_rules
from galleria.publishing.models import Price, Sku, Specification
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription


@dataclass(frozen=True)
class Asked:
    """What one order asks of one subscription.

    kind: number of the order's kind (`states.KINDS`)
    subscription: as it was when it was priced; its state, expiry and configuration must still be so
    quote: the priced quote, of one line
    coupon: the row that pays a part; None without one
    coupon_refused: why the coupon that was asked for is not used
    ends_at: the expiry afterwards
    extra: more of what is asked, kept with the line (`extra` of `OrderLine`), such as the renewal date
    """

    kind: int
    subscription: Subscription
    specification: Specification
    sku: Sku
    price: Price
    quantity: int
    period_type: str
    period_count: int
    quote: quote_rules.Quote
    choices: dict[str, Any] = field(default_factory=dict)
    extra_days: int = 0
    ends_at: datetime | None = None
    coupon: Coupon | None = None
    coupon_refused: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def due(self) -> Money:
        return self.quote.due

    @property
    def is_limited_growth(self) -> bool:
        """Whether it asks for more of what an account may have so many of."""
        held = self.subscription
        return self.quantity > held.quantity and limits.is_limited(held.product, held.specification)


def digest_of(asked: Sequence[Asked]) -> str:
    """Changes when anything changes that the buyer would notice: what is asked, the figures, the expiry."""
    told = [
        [
            each.kind, each.subscription.public_id, each.subscription.state, _text(each.subscription.expires_at),
            each.sku.pk, each.quantity, each.period_type, each.period_count, each.extra_days, _text(each.ends_at),
            each.quote.currency, each.quote.coupon_id, each.quote.tax_e4, each.due.minor,
            [[line.official.minor, line.after_discount.minor, line.coupon.minor] for line in each.quote.lines],
        ]
        for each in asked
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _text(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""


@transaction.atomic
def place_on_held(
    actor: Actor,
    asked: Sequence[Asked],
    *,
    seen_digest: str = "",
    seen_due: Money | None = None,
    agreement_keys: Sequence[str] = (),
    agreements: Mapping[str, str] | None = None,
    may_wait: bool = True,
    at: datetime,
) -> list[models.Order]:
    """Place one order for each; several are one combined order (B-REN-001, B-ORD-013). All or none.

    `seen_digest`: of the preview that was confirmed; another one is refused with both amounts. `agreement_keys`: what
    must be accepted. `may_wait`: an order of somebody who may not spend so much waits for approval.

    Raises PriceChanged, SubscriptionMoved, OpenOrderOnSubscription, CouponNotUsable, CouponLocked, NoPaymentMeans,
    PartnerBudgetExceeded, AgreementNotAccepted, PurchaseLimitReached, account states.
    """
    if not asked:
        raise Invalid(_("Choose at least one subscription."))
    growing = [each for each in asked if each.is_limited_growth]
    # With purchases of what is limited too: of two at once the second sees the first (S-CFG-001).
    purchases = [f"purchases:{actor.account_id}"] if growing else []
    locks.hold(*(f"subscription:{each.subscription.public_id}" for each in asked), *purchases)
    account = parties.account_of(actor)
    parties_services.require_orderable(account)
    for each in asked:
        _still_so(each.subscription)
        require_free(each.subscription.public_id)
        if each.coupon_refused:
            raise CouponNotUsable(extra={"reasons": list(each.coupon_refused)})
    for each in growing:
        limits.check_growth(actor, each.subscription, each.price, each.quantity, at=at)
    due = Money.sum((each.due for each in asked), asked[0].quote.currency)
    if seen_digest and seen_digest != digest_of(asked):
        raise PriceChanged(seen_due or due, due)
    versions = require_acceptance(list(agreement_keys), agreements or {}, at) if agreement_keys else []
    _require_means(account, asked, due)
    orders = [
        place(
            actor, account, kind=each.kind, quote=each.quote, coupon=each.coupon, versions=versions,
            line=_line(each), at=at,
        )
        for each in asked
    ]  # fmt: skip
    if len(orders) > 1:
        combined = orders[0].public_id
        models.Order.objects.filter(pk__in=[order.pk for order in orders]).update(combined_id=combined)
        for order in orders:
            order.combined_id = combined
    return orders


def _still_so(subscription: Subscription) -> None:
    """Nobody moved it since it was priced."""
    seen = (subscription.state, subscription.expires_at, subscription.sku_id, subscription.quantity)
    if _NOW.one(subscription=subscription.pk) != seen:
        raise subscribing.SubscriptionMoved


_NOW: Prepared[tuple[Any, ...]] = Prepared(
    lambda p: Subscription.objects.filter(pk=p("subscription")).values_list("state", "expires_at", "sku_id", "quantity")
)


def _require_means(account: Account, asked: Sequence[Asked], due: Money) -> None:
    if account.sales_model == "resale":
        check_budget(account, due)
        return
    products = [each.subscription.product.public_id for each in asked]
    if due.minor > 0 and not paying.has_payment_means(
        account_id=account.public_id, products=list(dict.fromkeys(products)), amount=due
    ):
        raise NoPaymentMeans


def _line(asked: Asked) -> models.OrderLine:
    held = asked.subscription
    return models.OrderLine(
        product=held.product,
        specification=asked.specification,
        sku=asked.sku,
        price=asked.price,
        subscription=held,
        product_code=asked.price.product_code,
        product_name=title_of(held.product, asked.specification)[:300],
        billing_mode="period",
        period_type=asked.period_type,
        period_count=asked.period_count,
        quantity=asked.quantity,
        choices=asked.choices or held.choices,
        extra={},
        held={**asked.extra, "extra_days": asked.extra_days, "ends_at": _text(asked.ends_at)},
        region=held.region,
        unit_price_e10=asked.price.unit_price_e10,
    )


def term_of(order: models.Order, line: models.OrderLine) -> subscribing.Term:
    """What a paid line adds to its subscription."""
    return subscribing.Term(
        order_id=order.public_id,
        order_line_id=line.public_id,
        period_type=line.period_type,
        period_count=line.period_count,
        specification_id=line.specification_id,
        sku_id=line.sku_id,
        price_id=line.price_id,
        product_code=line.product_code,
        quantity=line.quantity,
        choices=line.choices,
        extra_days=int(line.held.get("extra_days", 0)),
        anchor_day=int(line.held.get("anchor_day", 0)),
        official_minor=line.official_minor,
        paid_minor=line.payable_minor,
        tax_minor=line.tax_minor,
        coupon_minor=line.coupon_minor,
        by_clock=order.user_id is None,
    )


def held_of(line: models.OrderLine) -> Subscription:
    """The subscription of a line, afresh, with what deliveries and timers need of it."""
    found = _HELD.one(subscription=line.subscription_id or 0)
    if found is None:
        raise Subscription.DoesNotExist
    return found


_HELD = Prepared(
    lambda p: (
        Subscription.objects.select_related("product__seller", "account")
        .defer(*long_texts("product", "product__seller"))
        .filter(pk=p("subscription"))
    )
)
