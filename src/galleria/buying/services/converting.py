"""A trial becomes a paid subscription: previewed, ordered, and begun when it is paid (B-T2C).

The instance stays; the paid term begins at payment, and what is left of the trial is not added to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.utils.translation import gettext_lazy as _

from galleria.buying import models, renewable, states
from galleria.buying.renewable import Term
from galleria.buying.services import effects, renewing
from galleria.buying.services.fulfilling import end_line
from galleria.buying.services.holding import Asked, held_of, place_on_held, term_of
from galleria.buying.services.renewed import Told, tell
from galleria.buying.services.shown import Shown
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed
from galleria.kit.money import Money
from galleria.pricing import selectors as pricing
from galleria.pricing.rules import quote as quote_rules
from galleria.subscribing import rules
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from galleria.subscribing.rules.plan import GONE

ORDER_TYPE = "trial_to_commercial"  # counts as new for coupons (B-T2C-003)


class NotATrial(NotAllowed):
    """Only trials are converted."""

    code = "NOT_A_TRIAL"
    default_message = _("This is not a trial, so there is nothing to convert. Renew it instead.")


@dataclass(frozen=True)
class Conversion(Shown):
    """What a conversion would cost and change now.

    ends_before: when the trial ends, or ended; ends_at: the end of the paid term if it is paid now
    lost_days: whole days of the trial that are given up, because the paid term begins at once
    then_due: what the term costs again, at today's price and without a coupon
    """

    term: Term
    terms: tuple[Term, ...]
    ends_before: datetime
    ends_at: datetime
    lost_days: int
    then_due: Money
    at: datetime


def why_not(subscription: Subscription) -> NotAllowed | None:
    """Why a trial cannot be converted; None when it can: in use and in retention, not after release (B-T2C-002)."""
    if not subscription.is_trial:
        return NotATrial()
    if subscription.state in GONE:
        return subscribing.ResourceReleased()
    if subscription.state not in renewable.RENEWABLE_STATES or subscription.expires_at is None:
        return NotAllowed(_("This trial is being set up. Convert it when it is in use."))
    return None if renewable.is_sold(subscription) else renewable.NoLongerSold()


def preview_conversion(
    actor: Actor, *, subscription_id: str, term: Term | None = None, coupon_code: str = "", at: datetime
) -> Conversion:
    """What converting would cost and change; nothing is stored.

    Raises NotFound, NotATrial, ResourceReleased, NoLongerSold, OpenOrderOnSubscription, Invalid (term).
    """
    row = renewing.rows_of(actor, [subscription_id])[0]
    refusal = why_not(row)
    if refusal is not None:
        raise refusal
    facts = renewing.facts_for(actor, [row], at)
    if row.pk in facts.blocks:
        raise facts.blocks[row.pk]
    prices = facts.prices_of(row)
    terms = renewable.terms_of(prices)
    if not terms:
        raise renewable.NoLongerSold
    chosen = term or terms[0]
    price = renewable.price_for(prices, chosen)
    coupon = pricing.coupon_by_code(actor, coupon_code) if coupon_code.strip() else None
    line = renewable.line_input(row, renewable.charge_for(price, row.quantity, chosen), chosen)
    offered = facts.discounts.get(row.pk, [])
    priced = quote_rules.quote(
        [line], at=at, order_type=ORDER_TYPE, discounts_offered=offered, tax_e4=facts.tax_e4,
        coupon=pricing.coupon_rule(coupon) if coupon else None,
    )  # fmt: skip
    again = quote_rules.quote([line], at=at, order_type="renewal", discounts_offered=offered, tax_e4=facts.tax_e4)
    ends_before = cast(datetime, row.expires_at)
    ends_at = rules.first_expiry(at, chosen.count, chosen.period_type, clock.billing_zone())
    asked = Asked(
        kind=states.CONVERSION,
        subscription=row,
        specification=row.specification,
        sku=row.sku,
        price=price,
        quantity=row.quantity,
        period_type=chosen.period_type,
        period_count=chosen.count,
        choices=row.choices,
        quote=priced,
        ends_at=ends_at,
        coupon=coupon if coupon is not None and priced.coupon_id else None,
        coupon_refused=("unknown",) if coupon_code.strip() and coupon is None else priced.coupon_reasons,
    )
    return Conversion(
        asked, chosen, tuple(terms), ends_before, ends_at, rules.days_left(at, ends_before), again.due, at
    )


def convert(
    actor: Actor,
    *,
    subscription_id: str,
    term: Term | None = None,
    coupon_code: str = "",
    seen_digest: str = "",
    seen_due: Money | None = None,
    at: datetime,
) -> models.Order:
    """Order a conversion as it was shown (B-T2C-001).

    Raises PermissionMissing, PriceChanged, what `preview_conversion` raises, the refusals of `place_on_held`.
    """
    actor.require("billing:subscription:renew")
    found = preview_conversion(actor, subscription_id=subscription_id, term=term, coupon_code=coupon_code, at=at)
    return place_on_held(actor, [found.asked], seen_digest=seen_digest, seen_due=seen_due, at=at)[0]


# ----- what a paid conversion does -----


def _paid(order: models.Order, line: models.OrderLine, at: datetime) -> None:
    subscription = held_of(line)
    same_product = subscription.product_code == line.product_code
    try:
        period = subscribing.convert(subscription, term_of(order, line), at=at)
    except subscribing.SubscriptionMoved:
        subscription = held_of(line)  # the clock took a step in between; read it again, once
        period = subscribing.convert(subscription, term_of(order, line), at=at)
    ends_at = cast(datetime, period.ends_at)
    told = Told("TRIAL_TO_FORMAL", ends_at, "" if same_product else line.product_code)
    tell(order, line, subscription, told, at)


def _delivered(line: models.OrderLine, at: datetime) -> None:
    end_line(line, at)


def _failed(line: models.OrderLine, reason: str, at: datetime) -> None:
    """The buyer has what was paid for; the seller's failure waits to be called again (B-REN-007)."""
    end_line(line, at)


effects.register(states.CONVERSION, effects.Effect(paid=_paid, delivered=_delivered, failed=_failed))
