"""The surroundings of a release, gathered for its rules: files, assets, certification, the live product."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from galleria.assets.models import AssetVersion
from galleria.buying.models import OrderLine
from galleria.connecting import selectors as connecting
from galleria.delivering.models import ProductionAddress
from galleria.kit.models import StoredFile
from galleria.kit.prepared import Prepared
from galleria.parties.models import Seller
from galleria.publishing import documents
from galleria.publishing.models import Category, Product, Sku, Specification, UpgradeRule
from galleria.releasing import templates
from galleria.releasing.figures import figures_at
from galleria.releasing.models import JointCertificate, Release
from galleria.releasing.rules.context import Context, FileFacts, JointFacts
from galleria.releasing.rules.found import every_text, items, part, word
from galleria.selling import selectors as selling
from galleria.subscribing.models import Subscription
from galleria.subscribing.states import HELD

OPEN_ORDERS = ("pending_approval", "pending_confirmation", "pending_payment", "processing", "refunding")


def context_of(release: Release, *, at: datetime) -> Context:
    """Everything that the rules have to know about this release."""
    product = live_product(release.product_id)
    document = release.document
    return Context(
        figures=figures_at(at),
        live=documents.document_of(product) if product else None,
        files=_files(release.seller, document),
        categories=leaves(),
        slugs_taken=slugs_taken(document, product),
        seller_name=release.seller.legal_name,
        sells_hardware=selling.profile_of(release.seller).is_hardware_seller,
        is_certified=selling.is_certified(release.seller_id),
        certified=selling.certified_countries(release.seller_id),
        banned_until=selling.release_ban_until(release.seller_id, at),
        has_logo=bool(product and product.logo),
        assets=_assets(release.seller, document),
        addresses=_addresses(release.seller_id),
        unproven=tuple(_unproven(document, product)),
        licences=templates.keys(),
        joint=_joint(release.seller, at),
        **(_sold(product) if product else {}),
    )


def live_product(product_pk: int | None) -> Product | None:
    """The product with all that its document needs."""
    found = None if product_pk is None else _PRODUCT.one(pk=product_pk)
    if found is not None:
        documents.read_everything(found)
    return found


_PRODUCT = Prepared(lambda p: Product.objects.select_related("seller", "category").filter(pk=p("pk")))


def leaves() -> frozenset[str]:
    """Paths of the categories that products can be in: those with nothing below them."""
    rows = Category.objects.annotate(below=Count("children")).filter(below=0)
    return frozenset(rows.values_list("path", flat=True))


def slugs_taken(document: dict[str, Any], product: Product | None) -> frozenset[str]:
    """The document's slug, if another product has it."""
    slug = word(document.get("slug"))
    rows = Product.objects.filter(slug=slug)
    if product is not None:
        rows = rows.exclude(pk=product.pk)
    return frozenset([slug]) if slug and rows.exists() else frozenset()


def _files(seller: Seller, document: dict[str, Any]) -> dict[str, FileFacts]:
    wanted = {text for _path, text in every_text(document) if text.startswith("fil_")}
    rows = StoredFile.objects.filter(
        Q(purpose="release") | Q(is_public=True), public_id__in=wanted, account_id=seller.account_id
    )
    return {
        row.public_id: FileFacts(row.name, row.media_type, row.size, row.width, row.height, row.is_public)
        for row in rows
    }


def _joint(seller: Seller, at: datetime) -> dict[str, JointFacts]:
    rows = JointCertificate.objects.filter(
        seller=seller, state="certified", expires_at__gt=at, company=seller.legal_name
    )
    return {
        row.public_id: JointFacts(
            row.public_id, row.company, row.product_name, row.delivery, frozenset(row.specifications),
            prices={name: str(each.get("list", "")) for name, each in row.prices.items()},
        )
        for row in rows
    }  # fmt: skip


def _assets(seller: Seller, document: dict[str, Any]) -> dict[str, tuple[str, str]]:
    wanted = {word(each.get("asset")) for each in items(document, "specifications")}
    rows = AssetVersion.objects.filter(public_id__in=wanted, asset__account_id=seller.account_id)
    return {row[0]: (row[1], row[2]) for row in rows.values_list("public_id", "asset__kind", "state")}


def _addresses(seller_pk: int) -> frozenset[str]:
    rows = ProductionAddress.objects.filter(seller_id=seller_pk, state="verified")
    return frozenset(rows.values_list("public_id", flat=True))


def _unproven(document: dict[str, Any], product: Product | None) -> list[str]:
    """Activities of the interface without a proven case, for what the document sells (S-SAS-T1)."""
    address = word(part(document, "interface").get("address"))
    if document.get("delivery") != "saas" or not address:
        return []
    specifications = [each for each in items(document, "specifications") if each.get("state") != "removed"]
    modes = {word(price.get("mode")) for each in specifications for price in items(each, "prices")}
    has_upgrade = bool(product) and UpgradeRule.objects.filter(product=product, state="valid").exists()
    return connecting.missing_cases(
        product, address, sorted(modes - {""}), has_upgrade, has_trial=bool(document.get("trial_days"))
    )


def _sold(product: Product) -> dict[str, Any]:
    """What buyers hold of a product, and what of it was removed."""
    busy: dict[int, set[str]] = {}
    for row in Subscription.objects.filter(product=product, state__in=HELD).values_list(
        "specification_id", "billing_mode"
    ):
        busy.setdefault(row[0], set()).add(row[1])
    lines = OrderLine.objects.filter(product=product, order__state__in=OPEN_ORDERS)
    for line in lines.values_list("specification_id", "billing_mode"):
        busy.setdefault(line[0], set()).add(line[1])
    keys = {row.pk: row.document_key for row in product.specifications.all()}
    removed_skus: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    for sku in Sku.objects.filter(specification__product=product, is_final=True).exclude(
        specification__state="removed"
    ):
        combination = tuple(sorted((str(key), str(value)) for key, value in sku.choices.items()))
        removed_skus.setdefault(keys[sku.specification_id], set()).add(combination)
    removed = Specification.objects.filter(product=product, state="removed")
    return {
        "busy": {keys[pk]: frozenset(modes) for pk, modes in busy.items() if pk in keys},
        "removed": frozenset(row.document_key for row in removed),
        "removed_skus": {key: frozenset(rows) for key, rows in removed_skus.items()},
    }
