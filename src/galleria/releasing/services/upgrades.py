"""Which changes a buyer may make inside a specification: pairs of SKUs, and when a pair dies (S-UPG-001)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, Text
from galleria.kit.money import Money
from galleria.pricing.rules import changes
from galleria.pricing.rules import upgrades as fees
from galleria.pricing.rules.exact import to_money
from galleria.pricing.rules.models import QuantityOutOfRange, per_period
from galleria.pricing.selectors import price_model
from galleria.publishing.models import Product, Sku, Specification, UpgradeRule
from galleria.releasing import selectors
from galleria.releasing.wording import UPGRADE_SENTENCES
from galleria.selling import services as sellers

MOST_PAIRS: Final = 500
"""Upgrades that a product may have."""

MOST_COMPARED: Final = 40
"""SKUs of a specification up to which every pair is looked at and offered on the page."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A change from one SKU to another. `state`: empty while it is only possible, else valid or invalid."""

    source: Sku
    target: Sku
    state: str = ""
    reason: str = ""

    @property
    def why(self) -> Text:
        """Why it does not hold, in words."""
        return UPGRADE_SENTENCES.get(self.reason, "")


@dataclass(frozen=True, slots=True)
class SpecificationPlan:
    """A specification with its SKUs, the cheapest first, and its pairs: those that are set, and those that could be.

    `is_too_wide`: there are so many SKUs that possible pairs are not listed.
    """

    specification: Specification
    skus: list[Sku]
    pairs: list[Pair]
    is_too_wide: bool

    @property
    def set_pairs(self) -> list[Pair]:
        return [each for each in self.pairs if each.state]

    @property
    def choices(self) -> list[Any]:
        """The enumeration attributes along which SKUs differ."""
        return [each for each in self.specification.attributes.all() if each.kind == "choice"]


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """The upgrades of a product. `refusal`: why none can be added, in words; empty when they can."""

    product: Product
    refusal: Text
    specifications: list[SpecificationPlan] = field(default_factory=list)

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Source and target of every pair that is set, by their SKU codes."""
        return [
            (pair.source.code, pair.target.code) for plan in self.specifications for pair in plan.set_pairs
        ]  # fmt: skip


def upgrade_plan(actor: Actor, *, product_id: str) -> UpgradePlan:
    """What can be changed into what, and what could be. Raises NotFound."""
    product = selectors.product_of(actor, product_id)
    rules: dict[tuple[int, int], UpgradeRule] = {
        (row.source_id, row.target_id): row for row in UpgradeRule.objects.filter(product=product)
    }
    plans = []
    for row in product.specifications.all():
        skus = [sku for sku in row.skus.all() if sku.state == "on_sale" or any(sku.pk in pair for pair in rules)]
        if row.state != "removed" or any(sku.pk in pair for sku in skus for pair in rules):
            plans.append(_plan(row, skus, rules))
    return UpgradePlan(product, _refusal(product), plans)


def _refusal(product: Product) -> Text:
    if product.delivery_type != "saas":
        return _("Only SaaS products can be upgraded.")
    if product.state == "removed":
        return _("A removed product cannot be upgraded.")
    if not _is_proven(product):
        return _("Debug the upgrade activity of your interface and save its case first.")
    return ""


def _plan(
    specification: Specification, skus: list[Sku], rules: Mapping[tuple[int, int], UpgradeRule]
) -> SpecificationPlan:
    known = {sku.pk: sku for sku in skus}
    facts = {sku.pk: _facts(sku, specification) for sku in skus}
    skus.sort(key=lambda sku: (min(facts[sku.pk].prices.values(), default=0), sku.pk))
    found: dict[tuple[int, int], Pair] = {}
    is_too_wide = len(skus) > MOST_COMPARED
    for source in () if is_too_wide else skus:
        for target in skus:
            if not fees.why_not(facts[source.pk], facts[target.pk]):
                found[source.pk, target.pk] = Pair(source, target)
    for (one, other), rule in rules.items():
        if one in known and other in known:
            found[one, other] = Pair(known[one], known[other], rule.state, rule.reason)
    place = {sku.pk: number for number, sku in enumerate(skus)}
    pairs = sorted(found.values(), key=lambda pair: (place[pair.source.pk], place[pair.target.pk]))
    return SpecificationPlan(specification, skus, pairs, is_too_wide)


def pairs_along(plan: SpecificationPlan, attribute: str = "") -> list[tuple[str, str]]:
    """Every possible pair of a specification; with an attribute those that differ in nothing else."""
    facts = {sku.pk: _facts(sku, plan.specification) for sku in plan.skus}

    def rest(sku: Sku) -> list[tuple[str, Any]]:
        return sorted((key, value) for key, value in sku.choices.items() if key != attribute)

    groups: dict[str, list[Sku]] = {}
    for sku in plan.skus:
        groups.setdefault(str(rest(sku)) if attribute else "", []).append(sku)
    return [
        (source.code, target.code)
        for skus in groups.values()
        for source in skus
        for target in skus
        if not fees.why_not(facts[source.pk], facts[target.pk])
    ]


@dataclass(frozen=True, slots=True)
class Example:
    """What a change costs a buyer who has used half of a period of the smallest size."""

    period: str
    quantity: int
    before: Money
    after: Money
    days_left: int
    days: int
    fee: Money


def example_of(plan: SpecificationPlan, pair: Pair) -> Example | None:
    """The fee of a pair with half of its period left (S-UPG-002); None where both are not sold by one period."""
    prices = {sku.pk: {(each.period_type, each.currency): each for each in sku.prices.all()
                       if each.billing_mode == "period"} for sku in (pair.source, pair.target)}  # fmt: skip
    common = sorted(prices[pair.source.pk].keys() & prices[pair.target.pk].keys())
    if not common:
        return None
    period, currency = common[0]
    models = [price_model(prices[sku.pk][common[0]], plan.specification.attributes.all())
              for sku in (pair.source, pair.target)]  # fmt: skip
    quantity = max(model.quantities.minimum for model in models)
    kind: changes.PeriodType = "month" if period == "month" else "year"
    days = changes.DAYS[kind]
    old, new = (
        changes.Holding(sku.code, model, quantity, kind)
        for sku, model in zip((pair.source, pair.target), models, strict=True)
    )
    before, after = (to_money(per_period(model, quantity), currency) for model in models)
    try:
        fee = changes.upgrade_fee(old, new, days // 2).amount
    except (QuantityOutOfRange, ValueError):
        return None
    return Example(period, quantity, before, after, days // 2, days, fee)


@transaction.atomic
def set_upgrade_rules(
    actor: Actor, *, product_id: str, pairs: Sequence[tuple[str, str]], at: datetime
) -> list[UpgradeRule]:
    """Say which SKU can be changed into which (codes); other pairs of the product are forgotten.

    Raises Invalid, naming the pair, unless both are sold by period, belong to one specification, and the target is
    dearer; for products that are not SaaS, or without a proven upgrade interface. Pairs that are there already stay
    as they are, also while they do not hold.
    """
    sellers.require_seller(actor, "seller:product:manage")
    product = selectors.product_of(actor, product_id)
    known = {(row.source.code, row.target.code): row
             for row in UpgradeRule.objects.select_related("source", "target").filter(product=product)}  # fmt: skip
    wanted = list(dict.fromkeys(pairs))
    new = [pair for pair in wanted if pair not in known]
    if (refusal := _refusal(product)) and (new or product.delivery_type != "saas"):
        raise Invalid(fields={"pairs": refusal})
    if len(wanted) > MOST_PAIRS:
        words = _("A product has at most %(most)s upgrades; these are %(count)s.")
        raise Invalid(fields={"pairs": words % {"most": MOST_PAIRS, "count": len(wanted)}})
    facts = {
        sku.code: (sku, _facts(sku, row)) for row in product.specifications.all() for sku in row.skus.all()
    }  # fmt: skip
    for place, (source, target) in enumerate(pairs):
        if (source, target) in known:
            continue
        if source not in facts or target not in facts:
            raise Invalid(fields={f"pairs.{place}": _("This product has no such SKU.")})
        if reason := fees.why_not(facts[source][1], facts[target][1]):
            raise Invalid(fields={f"pairs.{place}": UPGRADE_SENTENCES[reason]})
    gone = [row.pk for pair, row in known.items() if pair not in set(wanted)]
    if not new and not gone:
        return list(known.values())
    UpgradeRule.objects.filter(pk__in=gone).delete()
    UpgradeRule.objects.bulk_create(
        UpgradeRule(product=product, source=facts[source][0], target=facts[target][0], changed_at=at)
        for source, target in new
    )
    rows = list(UpgradeRule.objects.select_related("source", "target").filter(product=product).order_by("pk"))
    audit.record(
        actor, "product.upgrade_rules", product, at=at, before={"pairs": len(known)}, after={"pairs": len(rows)}
    )
    return rows


def _is_proven(product: Product) -> bool:
    from galleria.connecting import selectors as connecting
    from galleria.delivering.models import ProductInterface

    bound = ProductInterface.objects.select_related("address").filter(product=product).first()
    if bound is None:
        return False
    return not connecting.missing_cases(product, bound.address.public_id, ["period"], True)


def why_not(source: Sku, target: Sku) -> str:
    """Why a change from one to the other is not possible: a key of `UPGRADE_SENTENCES`, empty when it is."""
    return fees.why_not(_facts(source, source.specification), _facts(target, target.specification))


def _facts(sku: Sku, specification: Specification) -> fees.SkuFacts:
    prices = {
        (price.period_type, price.currency): price.tiers[0]["unit_price_e10"] if price.tiers else price.unit_price_e10
        for price in sku.prices.all()
        if price.billing_mode == "period"
    }
    is_sold = sku.state == "on_sale" and specification.state != "removed"
    return fees.SkuFacts(sku.code, str(sku.specification_id), is_sold, prices)


def revalidate(product: Product, *, at: datetime) -> int:
    """After a change of prices or a removal: mark rules that hold no longer, and those that hold again (S-UPG-T4)."""
    rows = UpgradeRule.objects.filter(product=product).select_related("source__specification", "target__specification")
    changed = 0
    for rule in rows.prefetch_related("source__prices", "target__prices"):
        reason = why_not(rule.source, rule.target)
        state = "invalid" if reason else "valid"
        if (rule.state, rule.reason) != (state, reason):
            UpgradeRule.objects.filter(pk=rule.pk).update(state=state, reason=reason, changed_at=at)
            changed += 1
    return changed


def upgrades_of(sku: Sku) -> list[Sku]:
    """What a buyer of this SKU can change to; nothing when the rules are invalid."""
    rows = UpgradeRule.objects.filter(source=sku, state="valid").select_related("target")
    return [rule.target for rule in rows]
