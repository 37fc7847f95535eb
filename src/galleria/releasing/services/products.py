"""Products on sale: hidden and shown, limits, regions, trials, stock; at once and written down (S-PRD-005, S-CFG)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.parties import countries
from galleria.parties.models import Account
from galleria.publishing import services as catalogue
from galleria.publishing.catalogue_file import schema
from galleria.publishing.importing.products import limit_values
from galleria.publishing.models import Product, ProductAccess, ProductRegion, Specification, TrialAccess
from galleria.publishing.states import SOLD
from galleria.releasing import selectors
from galleria.selling import selectors as selling
from galleria.selling import services as sellers

MANAGE = "seller:product:manage"
MOST_STOCK = 1_000_000
MOST_ACCOUNTS = 500


class RegionNotCertified(Invalid):
    """The seller is not certified with the party of a country; certification comes first (S-CFG-002)."""

    code = "REGION_NOT_CERTIFIED"


def _managed(actor: Actor, product_id: str, *, only_sold: bool = True) -> Product:
    """A product of the actor that may be configured. Raises NotFound, NotAllowed, PermissionMissing."""
    sellers.require_seller(actor, MANAGE)
    product = selectors.product_of(actor, product_id)
    if only_sold and product.state not in SOLD:
        raise NotAllowed(_("This product is suspended or removed; it can only be viewed."))
    return product


def hide_product(actor: Actor, *, product_id: str, reason: str = "", at: datetime) -> Product:
    """Take it out of lists and search; its address sells it (S-PRD-005). At once, and written down."""
    product = _managed(actor, product_id)
    return catalogue.hide_product(actor, product_id=product.public_id, reason=reason, at=at)


def show_product(actor: Actor, *, product_id: str, at: datetime) -> Product:
    """List a hidden product again."""
    product = _managed(actor, product_id)
    return catalogue.show_product(actor, product_id=product.public_id, at=at)


def hide_specification(actor: Actor, *, product_id: str, specification_id: str, at: datetime) -> Specification:
    """Leave it out of the choice; a link with its id still sells it (S-PRD-T7)."""
    return _turn(actor, product_id, specification_id, "on_sale", "hidden", "product.specification_hidden", at)


def show_specification(actor: Actor, *, product_id: str, specification_id: str, at: datetime) -> Specification:
    """Offer it again."""
    return _turn(actor, product_id, specification_id, "hidden", "on_sale", "product.specification_shown", at)


@transaction.atomic
def _turn(
    actor: Actor, product_id: str, specification_id: str, before: str, after: str, sentence: str, at: datetime
) -> Specification:
    product = _managed(actor, product_id)
    row = specification_in(product, specification_id)
    if Specification.objects.filter(pk=row.pk, state=before).update(state=after) != 1:
        raise NotAllowed
    row.state = after
    catalogue.reindex_products([product.pk], at=at)
    audit.record(actor, sentence, product, at=at, after={"specification": row.public_id})
    return row


def specification_in(product: Product, specification_id: str) -> Specification:
    """A specification by public id or key. Raises NotFound."""
    for row in product.specifications.all():
        if specification_id in {row.public_id, row.document_key}:
            return row
    raise NotFound


@transaction.atomic
def configure_sales(
    actor: Actor,
    *,
    product_id: str,
    specification_id: str = "",
    purchase_limit: dict[str, Any] | None = None,
    regions: Sequence[str] | Literal["everywhere"] | None = None,
    accepts_credit: bool | None = None,
    at: datetime,
) -> Product:
    """Change how a product is sold, at once. What is None stays; an empty purchase limit is none.

    `specification_id`: the purchase limit is for this one alone. Raises Invalid naming the field, RegionNotCertified.
    """
    product = _managed(actor, product_id)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if purchase_limit is not None:
        limit = _limit(purchase_limit)
        if specification_id:
            row = specification_in(product, specification_id)
            _only_prepaid([row])
            Specification.objects.filter(pk=row.pk).update(purchase_limit=limit)
        else:
            _only_prepaid(list(product.specifications.all()))
            before["purchase_limit"] = product.purchase_limit
            product.purchase_limit = limit
        after["purchase_limit"] = limit
    if regions is not None:
        before["regions"] = sorted(row.country for row in product.regions.all())
        after["regions"] = _set_regions(product, regions)
    if accepts_credit is not None:
        before["accepts_credit"], after["accepts_credit"] = product.accepts_credit, accepts_credit
        if accepts_credit and product.sales_model != "joint":
            raise Invalid(fields={"accepts_credit": _("Only joint operations products can be paid by credit.")})
        product.accepts_credit = accepts_credit
    product.changed_at = at
    product.save(update_fields=["purchase_limit", "sold_everywhere", "accepts_credit", "changed_at"])
    catalogue.reindex_products([product.pk], at=at)
    audit.record(actor, "product.configured", product, at=at, before=before, after=after)
    return product


def _limit(given: dict[str, Any]) -> dict[str, Any]:
    if not given:
        return {}
    try:
        limit = schema.PurchaseLimit.model_validate(given)
    except ValidationError:
        raise Invalid(
            fields={"purchase_limit": _("Give whole numbers, 1 to 1,000 purchases and up to 3,650 days.")}
        ) from None
    values = limit_values(limit)
    return values if any(values.values()) else {}


def _only_prepaid(rows: Sequence[Specification]) -> None:
    """Limits are for what is bought, not for what is charged by use (S-CFG-001)."""
    modes = {price.billing_mode for row in rows for sku in row.skus.all() for price in sku.prices.all()}
    if modes == {"pay_per_use"}:
        raise Invalid(fields={"purchase_limit": _("What is charged by use has no purchase limit.")})


def _set_regions(product: Product, regions: Sequence[str] | Literal["everywhere"]) -> list[str]:
    certified = selling.certified_countries(product.seller_id)
    if regions == "everywhere":
        if certified is not None:
            raise RegionNotCertified(
                fields={
                    "regions": _("You are not certified for every country. Choose those that you are certified for.")
                }
            )
        wanted: set[str] = set()
    else:
        wanted = {str(each).upper() for each in regions}
        if not wanted:
            raise Invalid(fields={"regions": _("Choose at least one country.")})
        known = {code for code, _name in countries.choices()}
        if unknown := sorted(wanted - known):
            raise Invalid(fields={"regions": _("%(code)s is not a country.") % {"code": unknown[0]}})
        if certified is not None and (missing := sorted(wanted - certified)):
            words = _("You are not certified for %(countries)s. Have your business information certified there.")
            raise RegionNotCertified(fields={"regions": words % {"countries": ", ".join(missing)}},
                                     extra={"countries": missing})  # fmt: skip
    product.sold_everywhere = regions == "everywhere"
    product.regions.exclude(country__in=wanted).delete()
    known_rows = set(product.regions.values_list("country", flat=True))
    ProductRegion.objects.bulk_create(
        ProductRegion(product=product, country=country) for country in sorted(wanted - known_rows)
    )
    return sorted(wanted)


def warnings_for(product: Product, *, accepts_credit: bool | None = None) -> list[Any]:
    """What a change of the configuration brings with it, to be shown before it is made (S-CFG-003)."""
    if accepts_credit is False and product.accepts_credit:
        return [_("Buyers who pay by credit cannot renew by credit any more.")]
    return []


@transaction.atomic
def set_trial_access(
    actor: Actor, *, product_id: str, access: str, accounts: Sequence[str] = (), at: datetime
) -> Product:
    """Open the trial to everyone, or to named accounts only: public ids, one name and id each (S-TRI-002)."""
    product = _managed(actor, product_id)
    if access not in {"everyone", "whitelist"}:
        raise Invalid(fields={"access": _("Choose everyone or named accounts.")})
    if not product.trial_days:
        raise Invalid(fields={"access": _("This product has no trial.")})
    found = _accounts(accounts)
    TrialAccess.objects.filter(product=product).delete()
    if access == "whitelist":
        TrialAccess.objects.bulk_create(TrialAccess(product=product, account=row) for row in found.values())
    product.trial_access = access
    product.save(update_fields=["trial_access"])
    after = {"access": access, "accounts": sorted(found)}
    audit.record(actor, "product.trial_access", product, at=at, after=after)
    return product


def _accounts(wanted: Sequence[str]) -> dict[str, Account]:
    """Accounts by public id. Raises Invalid for one that is not there."""
    if len(wanted) > MOST_ACCOUNTS:
        raise Invalid(fields={"accounts": _("Name at most %(most)s accounts.") % {"most": MOST_ACCOUNTS}})
    found = {row.public_id: row for row in Account.objects.filter(public_id__in=list(wanted))}
    if unknown := [each for each in wanted if each not in found]:
        raise Invalid(fields={"accounts": _("There is no account %(account)s.") % {"account": unknown[0][:60]}})
    return found


@transaction.atomic
def set_access(
    actor: Actor, *, product_id: str, specification_id: str = "", accounts: Sequence[str] = (), at: datetime
) -> Product:
    """Name the accounts that may buy what is restricted: the product, or one of its specifications (B-DET-004)."""
    product = _managed(actor, product_id)
    row = specification_in(product, specification_id) if specification_id else None
    if not (row.is_restricted if row else product.is_restricted):
        raise Invalid(fields={"accounts": _("This is sold to everybody. A release makes it for named accounts only.")})
    found = _accounts(accounts)
    ProductAccess.objects.filter(product=product, specification=row).delete()
    ProductAccess.objects.bulk_create(
        ProductAccess(product=product, specification=row, account=each) for each in found.values()
    )
    after = {"accounts": sorted(found), **({"of": row.public_id} if row else {})}
    audit.record(actor, "product.access", product, at=at, after=after)
    return product


@transaction.atomic
def set_stock(
    actor: Actor, *, product_id: str, specification_id: str, stock: int | None, at: datetime
) -> Specification:
    """Replenish: so many pieces are there now; None: they are not counted, which hardware always is (S-CFG-004)."""
    product = _managed(actor, product_id)
    row = specification_in(product, specification_id)
    if stock is None and product.delivery_type == "hardware":
        raise Invalid(fields={"stock": _("The stock of hardware is counted. Give a number.")})
    if stock is not None and not 0 <= stock <= MOST_STOCK:
        raise Invalid(fields={"stock": _("Give 0 to %(most)s pieces.") % {"most": f"{MOST_STOCK:,}"}})
    before = row.stock
    Specification.objects.filter(pk=row.pk).update(stock=stock)
    row.stock = stock
    audit.record(
        actor, "product.stock", product, at=at, before={"stock": before}, after={"stock": stock, "of": row.public_id}
    )
    return row
