"""Which changes a buyer may make inside a specification: pairs of SKUs, and when a pair dies (S-UPG-001)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid
from galleria.pricing.rules import upgrades as fees
from galleria.publishing.models import Product, Sku, UpgradeRule
from galleria.releasing import selectors
from galleria.releasing.wording import UPGRADE_SENTENCES
from galleria.selling import services as sellers


@transaction.atomic
def set_upgrade_rules(
    actor: Actor, *, product_id: str, pairs: Sequence[tuple[str, str]], at: datetime
) -> list[UpgradeRule]:
    """Say which SKU can be changed into which (codes); other pairs of the product are forgotten.

    Raises Invalid, naming the pair, unless both are sold by period, belong to one specification, and the target is
    dearer; for products that are not SaaS, or without a proven upgrade interface.
    """
    sellers.require_seller(actor, "seller:product:manage")
    product = selectors.product_of(actor, product_id)
    if product.delivery_type != "saas":
        raise Invalid(fields={"pairs": _("Only SaaS products can be upgraded.")})
    if product.state == "removed":
        raise Invalid(fields={"pairs": _("A removed product cannot be upgraded.")})
    if pairs and not _is_proven(product):
        raise Invalid(fields={"pairs": _("Debug the upgrade activity of your interface and save its case first.")})
    skus = {sku.code: sku for row in product.specifications.all() for sku in row.skus.all()}
    wanted: dict[tuple[int, int], tuple[Sku, Sku]] = {}
    for place, (source, target) in enumerate(pairs):
        if source not in skus or target not in skus:
            raise Invalid(fields={f"pairs.{place}": _("This product has no such SKU.")})
        reason = why_not(skus[source], skus[target])
        if reason:
            raise Invalid(fields={f"pairs.{place}": UPGRADE_SENTENCES[reason]})
        wanted[skus[source].pk, skus[target].pk] = (skus[source], skus[target])
    UpgradeRule.objects.filter(product=product).delete()
    rows = UpgradeRule.objects.bulk_create(
        UpgradeRule(product=product, source=source, target=target, changed_at=at) for source, target in wanted.values()
    )
    audit.record(actor, "product.upgrade_rules", product, at=at, after={"pairs": len(rows)})
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
    return fees.why_not(_facts(source), _facts(target))


def _facts(sku: Sku) -> fees.SkuFacts:
    prices = {
        (price.period_type, price.currency): price.tiers[0]["unit_price_e10"] if price.tiers else price.unit_price_e10
        for price in sku.prices.all()
        if price.billing_mode == "period"
    }
    is_sold = sku.state == "on_sale" and sku.specification.state != "removed"
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
