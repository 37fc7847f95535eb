"""Changing a specification: what it would cost and change, the seller's check, the order of exactly that (B-CHG).

*Now*: more, inside the running term; the seller's server makes the change once it is paid, and the expiry stays.
*With a renewal*: also less, in the last thirty days; the seller is asked first, and it begins with the new term.
What is paid then, and what the seller's answer does, is in `changed` and, for renewals, in `renewed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import cached_property
from typing import Any, cast

from django.utils.translation import gettext_lazy as _

from galleria.buying import changeable, limits, models, renewable, states
from galleria.buying.changeable import NotChangeable, Target, Targets
from galleria.buying.limits import QuantityOutOfRange
from galleria.buying.rules import changing as rules
from galleria.buying.rules.changing import Mode
from galleria.buying.services import holding
from galleria.buying.services.guarding import OpenOrderOnSubscription
from galleria.buying.services.holding import Asked
from galleria.buying.services.ordering import PriceChanged
from galleria.buying.services.placing import agreement_keys
from galleria.buying.services.quoting import country_of
from galleria.buying.services.shown import Shown
from galleria.delivering.services import checking_changes
from galleria.kit import clock, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.money import Money
from galleria.pricing import selectors as pricing
from galleria.pricing.models import Coupon
from galleria.pricing.rules import changes
from galleria.pricing.rules import models as price_models
from galleria.pricing.rules import quote as quote_rules
from galleria.pricing.rules.discounts import Discount
from galleria.pricing.rules.exact import to_money
from galleria.publishing.models import Price
from galleria.subscribing import rules as calendar
from galleria.subscribing import selectors as subscriptions
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from galleria.subscribing.rules import plan

MAY = "gallery:subscription:change"
_WITH = ("product__seller", "product__popular_pick", "specification", "sku", "price", "account")


@dataclass(frozen=True)
class Wish:
    """What somebody wants changed. `sku`: code, empty: the present one; `quantity` None: as it is.

    `term`: only with a renewal; None: as usual.
    """

    subscription_id: str
    mode: Mode
    sku: str = ""
    quantity: int | None = None
    term: renewable.Term | None = None


@dataclass(frozen=True)
class Side:
    """A configuration, before or after. `per_period`: its list price for one month or year (`price.period_type`)."""

    target: Target
    quantity: int
    choices: dict[str, Any]
    price: Price
    per_period: Money
    ends_at: datetime


@dataclass(frozen=True)
class Preview(Shown):
    """A change as it would be ordered now.

    days_left: whole days that the fee is for; 0 with a renewal
    begins_at: when the new configuration is in force; None: as soon as the seller has made the change
    terms: what can be chosen, with `term` the chosen one; empty inside the term
    then_due, then_at: the next amount at today's price, tax included, and when it is deducted or falls due
    """

    targets: Targets
    mode: Mode
    before: Side
    after: Side
    days_left: int
    begins_at: datetime | None
    then_due: Money | None
    then_at: datetime
    term: renewable.Term | None = None
    terms: tuple[renewable.Term, ...] = ()

    @property
    def is_less(self) -> bool:
        """Something is given up: fewer units, or a smaller SKU."""
        offer = self.after.target.offer
        return self.after.quantity < self.before.quantity or (
            not offer.is_present and offer.upwards != rules.VALID
        )  # fmt: skip


def targets(actor: Actor, *, subscription_id: str, at: datetime) -> Targets:
    """Every SKU that the subscription could become, and why it cannot. Raises NotFound."""
    rows = subscriptions.subscriptions_of(actor).select_related(*_WITH)
    row = rows.filter(public_id=subscription_id, account_id=actor.account_pk or 0).first()
    if row is None:
        raise NotFound
    return changeable.targets_of(row, at=at)


def preview_change(actor: Actor, *, wish: Wish, coupon_code: str = "", at: datetime) -> Preview:
    """What a change would cost and do; nothing is stored and the seller is not asked yet.

    Raises NotFound, NotChangeable with its reason, Invalid (term), QuantityOutOfRange, PurchaseLimitReached.
    """
    found = targets(actor, subscription_id=wish.subscription_id, at=at)
    return preview_of(actor, found, wish=wish, coupon_code=coupon_code, at=at)


def preview_of(actor: Actor, found: Targets, *, wish: Wish, coupon_code: str = "", at: datetime) -> Preview:
    """Like `preview_change`, with the targets that were read already."""
    target, quantity = changeable.chosen(found, mode=wish.mode, sku_code=wish.sku, quantity=wish.quantity)
    facts = _Facts(actor, found, coupon_code.strip(), at)
    seen = _inside(facts, target, quantity) if wish.mode == "now" else _renewal(facts, target, quantity, wish.term)
    limits.check_growth(actor, seen.subscription, seen.asked.price, quantity, at=at)
    return seen


def change(
    actor: Actor,
    *,
    wish: Wish,
    seen_digest: str,
    seen_due: Money | None = None,
    agreements: Mapping[str, str],
    coupon_code: str = "",
    token: str = "",
    at: datetime,
) -> models.Order:
    """Order a change as it was shown. With a renewal the seller is asked first (A-V2K-001).

    `agreements`: key to the version that was ticked. `token`: of the form; sent again it answers the same order.
    Called outside transactions: the seller may take 5 s, after which everything is worked out once more. Raises
    PermissionMissing, PriceChanged with both amounts, what `preview_change` raises, SellerRefusesChange with the
    seller's reason, CheckNotAnswered, and the refusals of `holding.place_on_held`.
    """
    actor.require(MAY)
    known = _order_with(actor, wish.subscription_id, token)
    if known is not None:
        return known
    preview = preview_change(actor, wish=wish, coupon_code=coupon_code, at=at)
    if wish.mode == "renewal":
        if seen_digest != preview.digest:
            raise PriceChanged(seen_due or preview.due, preview.due)
        ask_seller(preview, at=at)
        preview = preview_change(actor, wish=wish, coupon_code=coupon_code, at=at)
    asked = replace(preview.asked, extra={**preview.asked.extra, "token": token}) if token else preview.asked
    keys = agreement_keys(asked.subscription.product, asked.subscription.account)
    try:
        return holding.place_on_held(
            actor,
            [asked],
            seen_digest=seen_digest,
            seen_due=seen_due,
            agreement_keys=keys,
            agreements=agreements,
            at=at,
        )[0]
    except OpenOrderOnSubscription:
        known = _order_with(actor, wish.subscription_id, token)  # of two submits of one page the first was quicker
        if known is not None:
            return known
        raise


def _order_with(actor: Actor, subscription_id: str, token: str) -> models.Order | None:
    """The order that a form with this token made."""
    if not token:
        return None
    rows = models.Order.objects.filter(
        account_id=actor.account_pk or 0,
        lines__subscription__public_id=subscription_id,
        lines__held__token=token,
        kind__in=(states.RENEWAL, states.CHANGE),
    )
    return rows.first()


def ask_seller(preview: Preview, *, at: datetime) -> None:
    """The seller's check of a change with a renewal; nothing when the seller allows it. Outside transactions.

    Raises SellerRefusesChange, CheckNotAnswered, CheckNotPossible, TooManyRequests.
    """
    after = preview.after
    checking_changes.check_change(
        preview.subscription,
        checking_changes.Target(
            product_code=after.price.product_code,
            sku_code=after.target.sku.code,
            linear_value=after.quantity if after.price.quantity_key else None,
        ),
        at=at,
    )


# ----- pricing -----


@dataclass(frozen=True)
class _Facts:
    """What both kinds of change are priced with; each is read once."""

    actor: Actor
    targets: Targets
    coupon_code: str
    at: datetime

    @property
    def subscription(self) -> Subscription:
        return self.targets.subscription

    @property
    def expires_at(self) -> datetime:
        return cast(datetime, self.subscription.expires_at)

    @cached_property
    def coupon(self) -> Coupon | None:
        return pricing.coupon_by_code(self.actor, self.coupon_code) if self.coupon_code else None

    @cached_property
    def discounts(self) -> list[Discount]:
        row = self.subscription
        return pricing.discounts_for(row.account_id, row.product, row.specification, self.at)

    @cached_property
    def tax_e4(self) -> int:
        return pricing.tax_rate_e4(country_of(self.actor), self.at)


def _inside(facts: _Facts, target: Target, quantity: int) -> Preview:
    """An upgrade or expansion for the days that are left (10.1)."""
    row = facts.subscription
    days_left = calendar.days_left(facts.at, facts.expires_at)
    before = _before(facts)
    if target.offer.is_present:
        price = paid_by = before.price  # more of the same: neither SKU nor product change (A-V2C-006)
    else:
        offered = cast(list[changes.PeriodType], [each.period_type for each in target.prices])
        paid_by = cast(Price, target.price_of(changes.period_for(days_left, offered)))
        price = target.price_of(row.period_type) or target.prices[0]
    charge = _sellable(
        lambda: changes.upgrade_fee(
            _holding(before.target, before.price, before.quantity, renewable.model_of(before.price, before.quantity)),
            _holding(target, paid_by, quantity, pricing.price_model(paid_by, facts.targets.attributes)),
            days_left,
        )
    )
    after = _side(facts, target, price, quantity, facts.expires_at)
    priced = _quote(facts, target, charge, "change", row.period_type, facts.coupon)
    asked = _asked(facts, states.CHANGE, before, after, row.period_type, row.period_count, priced)
    then_due, then_at = _next(facts, after, None)
    return Preview(asked, facts.targets, "now", before, after, days_left, None, then_due, then_at)


def _renewal(facts: _Facts, target: Target, quantity: int, wanted: renewable.Term | None) -> Preview:
    """The new configuration for a new term, at its price (B-CHG-002)."""
    row = facts.subscription
    terms = tuple(renewable.terms_of(target.prices))
    term = wanted or renewable.usual_term(row, target.prices)
    if term is None:
        raise NotChangeable.because("no_price")
    price = renewable.price_for(target.prices, term)
    charge = _term_charge(facts, price, quantity, term)
    after = _side(facts, target, price, quantity, renewable.ends_of(row, term).ends_at)
    priced = _quote(facts, target, charge, "renewal", term.period_type, facts.coupon)
    before = _before(facts)
    asked = _asked(facts, states.RENEWAL, before, after, term.period_type, term.count, priced)
    then_due, then_at = _next(facts, after, term)
    return Preview(asked, facts.targets, "renewal", before, after, 0, facts.expires_at, then_due, then_at, term, terms)


def _term_charge(facts: _Facts, price: Price, quantity: int, term: renewable.Term) -> price_models.Charge:
    return _sellable(
        lambda: price_models.charge(pricing.price_model(price, facts.targets.attributes), quantity, term.count)
    )


def _next(facts: _Facts, after: Side, term: renewable.Term | None) -> tuple[Money | None, datetime]:
    """The next amount at today's price, and when it is deducted (by itself) or falls due (by hand)."""
    row = facts.subscription
    following = term or renewable.usual_term(row, after.target.prices)
    due = None
    if following is not None:
        price = renewable.price_for(after.target.prices, following)
        charge = _term_charge(facts, price, after.quantity, following)
        due = _quote(facts, after.target, charge, "renewal", following.period_type, None).due
    if not row.auto_renew or row.renewals_left == 0:
        return due, after.ends_at
    offset, _day = subscribing.renewal_setting_of(row.account_id, at=facts.at)
    deduct = time.fromisoformat(str(parameters.get("renewal.deduct_time", at=facts.at)))
    times = plan.deduction_times(after.ends_at, offset, deduct, clock.billing_zone())
    return due, times[0] if times else after.ends_at


def _asked(
    facts: _Facts, kind: int, before: Side, after: Side, period_type: str, period_count: int, priced: quote_rules.Quote
) -> Asked:
    unknown = bool(facts.coupon_code) and facts.coupon is None
    return Asked(
        kind=kind,
        subscription=facts.subscription,
        specification=facts.subscription.specification,
        sku=after.target.sku,
        price=after.price,
        quantity=after.quantity,
        period_type=period_type,
        period_count=period_count,
        quote=priced,
        choices=after.choices,
        ends_at=after.ends_at,
        coupon=facts.coupon if priced.coupon_id else None,
        coupon_refused=("unknown",) if unknown else priced.coupon_reasons,
        extra={"before": {"sku": before.target.sku.code, "quantity": before.quantity, "choices": before.choices}},
    )


def _sellable(charge: Callable[[], price_models.Charge]) -> price_models.Charge:
    """The charge; a quantity that is not sold is refused with the limits."""
    try:
        return charge()
    except price_models.QuantityOutOfRange as problem:
        limits = problem.limits
        if limits.maximum is None:
            words = _("Choose %(minimum)s or more, in steps of %(step)s.")
        else:
            words = _("Choose %(minimum)s to %(maximum)s, in steps of %(step)s.")
        told = words % {"minimum": limits.minimum, "maximum": limits.maximum, "step": limits.step}
        raise QuantityOutOfRange(told, fields={"quantity": told}) from None
    except ValueError:
        raise NotChangeable.because("no_price") from None


def _holding(target: Target, price: Price, quantity: int, model: price_models.PriceModel) -> changes.Holding:
    return changes.Holding(target.sku.code, model, quantity, cast(changes.PeriodType, price.period_type))


def _before(facts: _Facts) -> Side:
    """What is held, at the list price of today for the duration that was bought (P_orig)."""
    row = facts.subscription
    target = cast(Target, facts.targets.find(""))
    price = target.price_of(row.period_type) or row.price
    if price is None or price.billing_mode != "period":
        raise NotChangeable.because("no_price")
    return _side(facts, target, price, row.quantity, facts.expires_at)


def _side(facts: _Facts, target: Target, price: Price, quantity: int, ends_at: datetime) -> Side:
    choices = {**facts.subscription.choices, **{str(key): str(value) for key, value in target.sku.choices.items()}}
    if target.quantity is not None:
        choices[target.quantity.key] = str(quantity)
    return Side(target, quantity, choices, price, _per_period(price, quantity), ends_at)


def _per_period(price: Price, quantity: int) -> Money:
    return to_money(price_models.per_period(renewable.model_of(price, quantity), quantity), price.currency)


def _quote(
    facts: _Facts, target: Target, charge: price_models.Charge, order_type: str, period_type: str, coupon: Coupon | None
) -> quote_rules.Quote:
    row = facts.subscription
    term = renewable.Term(cast(changes.PeriodType, period_type), 1)
    line = replace(renewable.line_input(row, charge, term), sku_id=target.sku.code)
    return quote_rules.quote(
        [line],
        at=facts.at,
        order_type=order_type,
        discounts_offered=facts.discounts,
        coupon=pricing.coupon_rule(coupon) if coupon else None,
        tax_e4=facts.tax_e4,
    )
