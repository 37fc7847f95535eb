"""Into what a subscription can be changed: every SKU of its specification, and why one is not possible (B-CHG-001).

Reads catalogue, rules and orders; changes nothing. Used by the page, the API and the order itself, so that all three
say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from galleria.buying import models, states
from galleria.buying.rules import changing as rules
from galleria.buying.rules.changing import Held, Mode, Offer
from galleria.connecting.models import DebugCase
from galleria.delivering.models import ProductInterface
from galleria.kit.errors import NotAllowed, Text
from galleria.kit.prepared import Prepared
from galleria.pricing.rules import upgrades
from galleria.publishing.models import Price, Sku, SkuAttribute, UpgradeRule
from galleria.subscribing.models import Period, Subscription

SOLD = ("on_sale", "hidden")

SENTENCES: Mapping[str, Text] = {
    "trial": _("A trial cannot be changed. Convert it to a paid term first."),
    "not_saas": _("Only SaaS subscriptions for months or years can be changed."),
    "initializing": _("It is being set up. It can be changed when it is in use."),
    "grace": _("Its term is over. Renew it first, then change it."),
    "expired": _("Its term is over. Renew it first, then change it."),
    "freezing": _("It is frozen. Renew it first, then change it."),
    "frozen": _("It is frozen. Renew it first, then change it."),
    "unfreezing": _("It is being unfrozen. It can be changed when it is in use again."),
    "ended": _("It has ended."),
    "removed": _("The seller does not sell this any more, so it cannot be changed."),
    "no_rule": _("The seller offers no changes of this product."),
    "open_order": _("An order of this subscription is not finished."),
    "planned": _("Another configuration is paid for the next term already. Give that renewal back first."),
    "last_day": _("It ends within a day. Renew it first, then change it."),
    "to_pay_per_use": _("It goes on by use after its end. Cancel that first."),
    "too_early": _("Possible in the last 30 days before it ends."),
    "target_removed": _("Not sold any more."),
    "no_price": _("Has no price by month or year in your currency."),
    "present": _("This is what you have."),
    "no_pair": _("The seller does not offer this change."),
    "downgrade": _("Smaller: possible with a renewal only."),
    "mode": _("Both are not sold for the same term any more."),
    "price": _("Its price is not higher any more, so the seller's rule does not hold."),
    "nothing": _("Choose another configuration or another quantity: this is what you have."),
    "fewer": _("Fewer are possible with a renewal only."),
}


class NotChangeable(NotAllowed):
    """The subscription, or this target, cannot be changed so; `extra["reason"]` is the key of the reason."""

    code = "NOT_CHANGEABLE"

    @classmethod
    def because(cls, reason: str) -> NotChangeable:
        return cls(SENTENCES[reason], extra={"reason": reason})


@dataclass(frozen=True, slots=True)
class Target:
    """A SKU of the same specification. `now`, `renewal`: why it is not possible, empty when it is.

    prices: by month and by year, in the subscription's currency
    quantity: the attribute that is multiplied; None: it has no quantity
    """

    sku: Sku
    offer: Offer
    prices: tuple[Price, ...]
    quantity: SkuAttribute | None
    now: str
    renewal: str

    def why_not(self, mode: Mode) -> str:
        return self.now if mode == "now" else self.renewal

    def price_of(self, period_type: str) -> Price | None:
        """The price of a month or a year."""
        return next((price for price in self.prices if price.period_type == period_type), None)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a subscription can become. `why_not_now`, `why_not_renewal`: keys, empty when anything is possible.

    open_order: the number of the order that has to end first
    planned: the paid term with another configuration
    """

    subscription: Subscription
    why_not_now: str
    why_not_renewal: str
    targets: tuple[Target, ...]
    attributes: tuple[SkuAttribute, ...]
    open_order: str = ""
    planned: Period | None = None
    opens_at: datetime | None = None

    def why_not(self, mode: Mode) -> str:
        return self.why_not_now if mode == "now" else self.why_not_renewal

    def find(self, sku_code: str) -> Target | None:
        """The target of this SKU; the present one for an empty code."""
        wanted = sku_code or self.subscription.sku.code
        return next((each for each in self.targets if each.sku.code == wanted), None)

    def possible(self, mode: Mode) -> list[Target]:
        """The targets that can be chosen in this way."""
        return [] if self.why_not(mode) else [each for each in self.targets if not each.why_not(mode)]


_PRICES = Prepared(
    lambda p: (
        Price.objects.select_related("sku")
        .filter(sku__specification_id=p("specification"), billing_mode="period", currency=p("currency"))
        .order_by("sku_id", "period_type", "pk")
    )
)
_ATTRIBUTES = Prepared(lambda p: SkuAttribute.objects.filter(specification_id=p("specification")))
_RULES = Prepared(
    lambda p: UpgradeRule.objects.filter(product_id=p("product")).only("source_id", "target_id", "state", "reason")
)
_INTERFACE: Prepared[bool] = Prepared(
    lambda p: (
        ProductInterface.objects.filter(product_id=p("product"), address__contract="saas_v2", address__state="verified")
        .annotate(
            is_proven=Exists(DebugCase.objects.filter(address_id=OuterRef("address_id"), activity="upgradeInstance"))
        )
        .values_list("is_proven", flat=True)
    )
)
_WAITING: Prepared[str] = Prepared(
    lambda p: (
        models.Order.objects.filter(lines__subscription_id=p("subscription"), kind__in=states.ON_HELD)
        .filter(Q(state__in=states.UNPAID) | Q(state__in=("processing", "refunding")))
        .values_list("public_id", flat=True)
    )
)
_PLANNED = Prepared(
    lambda p: (
        Period.objects.select_related("sku", "price")
        .filter(subscription_id=p("subscription"), state="paid", kind="renewal", starts_at__gt=p("at"))
        .order_by("number")
    )
)


def targets_of(subscription: Subscription, *, at: datetime) -> Targets:
    """Every SKU of the specification, the present one first, the others by their price; six queries.

    `subscription` with product, specification and SKU.
    """
    attributes = tuple(_ATTRIBUTES.all(specification=subscription.specification_id))
    prices: dict[int, list[Price]] = {}
    for price in _PRICES.all(specification=subscription.specification_id, currency=subscription.currency):
        prices.setdefault(price.sku_id, []).append(price)
    pairs = {(row.source_id, row.target_id): row for row in _RULES.all(product=subscription.product_id)}
    waiting = next(iter(_WAITING.all(subscription=subscription.pk)), "")
    planned = _planned(subscription, at)
    held = _held(subscription, pairs, bool(waiting), planned)
    catalogue = _Catalogue(subscription, {pk: tuple(rows) for pk, rows in prices.items()}, pairs, attributes)
    targets = [_target(catalogue, rows[0].sku) for rows in prices.values()]
    if subscription.sku_id not in prices:
        targets.append(_target(catalogue, subscription.sku))
    targets.sort(key=lambda each: (not each.offer.is_present, _order(each), each.sku.pk))
    return Targets(
        subscription=subscription,
        why_not_now=rules.why_not(held, "now", at),
        why_not_renewal=rules.why_not(held, "renewal", at),
        targets=tuple(targets),
        attributes=attributes,
        open_order=waiting,
        planned=planned,
        opens_at=rules.opens_at(subscription.expires_at) if subscription.expires_at else None,
    )


def _order(target: Target) -> int:
    price = target.price_of("month") or (target.prices[0] if target.prices else None)
    if price is None:
        return 0
    return int(price.tiers[0]["unit_price_e10"]) if price.tiers else price.unit_price_e10


def _planned(subscription: Subscription, at: datetime) -> Period | None:
    """A paid term to come with something else than what is in force."""
    coming = _PLANNED.all(subscription=subscription.pk, at=at)
    present = (subscription.sku_id, subscription.quantity)
    return next((each for each in coming if (each.sku_id, each.quantity) != present), None)


def _held(
    subscription: Subscription,
    pairs: Mapping[tuple[int, int], UpgradeRule],
    is_waited_for: bool,
    planned: Period | None,
) -> Held:
    product = subscription.product
    proven = _INTERFACE.all(product=product.pk)
    has_rule = any(row.state == rules.VALID for row in pairs.values())
    return Held(
        state=subscription.state,
        delivery_type=product.delivery_type,
        billing_mode=subscription.billing_mode,
        is_trial=subscription.is_trial,
        is_sold=product.state in SOLD
        and subscription.specification.state != "removed"
        and subscription.sku.state == "on_sale",
        takes_changes=bool(proven) and (has_rule or any(proven)),
        renewal=subscription.renewal,
        expires_at=subscription.expires_at,
        planned_at=planned.starts_at if planned else None,
        is_waited_for=is_waited_for,
    )


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What is sold of a specification: prices by row number of the SKU, and the seller's rules."""

    subscription: Subscription
    prices: Mapping[int, tuple[Price, ...]]
    pairs: Mapping[tuple[int, int], UpgradeRule]
    attributes: Sequence[SkuAttribute]

    def facts(self, sku: Sku) -> upgrades.SkuFacts:
        """The SKU as the rules of upgrades see it, with the prices of this moment."""
        prices = {
            (price.period_type, price.currency): int(price.tiers[0]["unit_price_e10"])
            if price.tiers
            else price.unit_price_e10
            for price in self.prices.get(sku.pk, ())
        }
        return upgrades.SkuFacts(sku.code, str(sku.specification_id), sku.state == "on_sale", prices)

    def state(self, source: Sku, target: Sku) -> str:
        """Of the seller's rule from one to the other: `valid`, why it does not hold, or empty when there is none.

        Asked of today's prices too, so that a rule that has not been looked at since they changed offers nothing.
        """
        rule = self.pairs.get((source.pk, target.pk))
        if rule is None:
            return ""
        if rule.state != rules.VALID:
            return rule.reason or "no_pair"
        return upgrades.why_not(self.facts(source), self.facts(target)) or rules.VALID


def _target(catalogue: _Catalogue, sku: Sku) -> Target:
    held, prices = catalogue.subscription.sku, catalogue.prices.get(sku.pk, ())
    quantity = _quantity(prices, catalogue.attributes)
    offer = Offer(
        is_present=sku.pk == held.pk,
        is_sold=sku.state == "on_sale",
        has_price=bool(prices),
        is_scalable=quantity is not None,
        upwards=catalogue.state(held, sku),
        downwards=catalogue.state(sku, held),
    )
    return Target(
        sku, offer, prices, quantity, rules.why_not_target(offer, "now"), rules.why_not_target(offer, "renewal")
    )


def _quantity(prices: Sequence[Price], attributes: Sequence[SkuAttribute]) -> SkuAttribute | None:
    keys = {price.quantity_key for price in prices if price.quantity_key}
    return next((each for each in attributes if each.key in keys), None)


def chosen(targets: Targets, *, mode: Mode, sku_code: str, quantity: int | None) -> tuple[Target, int]:
    """The target and its quantity; the present quantity where none is given.

    Raises NotChangeable with the reason, which names the open order.
    """
    if reason := targets.why_not(mode):
        raise _refusal(targets, reason)
    target = targets.find(sku_code)
    if target is None:
        raise NotChangeable.because("no_pair")
    if reason := target.why_not(mode):
        raise NotChangeable.because(reason)
    before = targets.subscription.quantity
    after = before if quantity is None else quantity
    if target.quantity is None:
        after = 1
    elif reason := rules.why_not_quantity(target.offer, before, after, mode):
        raise NotChangeable.because(reason)
    return target, after


def _refusal(targets: Targets, reason: str) -> NotChangeable:
    refusal = NotChangeable.because(reason)
    if reason == "open_order":
        refusal.extra["order"] = targets.open_order
    if reason == "too_early" and targets.opens_at is not None:
        refusal.extra["opens_at"] = targets.opens_at.isoformat()
    return refusal
