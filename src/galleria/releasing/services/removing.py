"""Ending sales: a product, a specification, a SKU. With review unless nobody is touched (S-PRD-006, S-PRD-007)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from galleria.audit import services as audit
from galleria.buying import services as buying
from galleria.buying.models import OrderLine
from galleria.kit import files, outbox
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound, Text
from galleria.kit.spoken import stored
from galleria.pricing import services as pricing
from galleria.pricing.models import Coupon, Discount
from galleria.publishing import services as catalogue
from galleria.publishing.models import Product, Sku, Specification
from galleria.releasing import events, selectors
from galleria.releasing.models import RemovalRequest
from galleria.releasing.services import upgrades
from galleria.releasing.states import REMOVAL
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling import services as sellers
from galleria.subscribing.models import Subscription
from galleria.subscribing.states import HELD

MANAGE = "seller:product:manage"
AUTOMATIC = "nobody holds it"


class RemovalPending(NotAllowed):
    """A request for this product waits already."""

    code = "REMOVAL_PENDING"
    default_message = gettext_lazy("Another request to end the sale of this product waits for a decision.")


def _scope(product: Product, specification: Specification | None, sku: Sku | None) -> dict[str, Any]:
    """How rows that point at the catalogue are found for a scope."""
    if sku is not None:
        return {"sku": sku}
    if specification is not None:
        return {"specification": specification}
    return {"product": product}


def touched(product: Product, specification: Specification | None = None, sku: Sku | None = None) -> dict[str, int]:
    """How many subscriptions, paid orders in work and unpaid orders there are in a scope."""
    scope = _scope(product, specification, sku)
    lines = OrderLine.objects.filter(**scope)
    return {
        "subscriptions": Subscription.objects.filter(**scope, state__in=HELD).count(),
        "orders": lines.filter(order__state__in=("processing", "refunding")).values("order").distinct().count(),
        "unpaid": lines.filter(order__state__in=UNPAID).values("order").distinct().count(),
    }


UNPAID = ("pending_approval", "pending_confirmation", "pending_payment")


def effects(product: Product, specification: Specification | None = None, sku: Sku | None = None) -> list[Text]:
    """What the removal changes, in words: for the seller before submitting, and for the reviewer (S-PRD-007)."""
    numbers = touched(product, specification, sku)
    found: list[Text] = [_("New purchases are refused. It cannot be undone.")]
    if numbers["subscriptions"]:
        found.append(
            ngettext(
                "%(n)d subscription runs to its end; nobody can renew it by hand.",
                "%(n)d subscriptions run to their end; nobody can renew them by hand.",
                numbers["subscriptions"],
            )
            % {"n": numbers["subscriptions"]}
        )
    if numbers["unpaid"]:
        words = ngettext("%(n)d unpaid order is canceled.", "%(n)d unpaid orders are canceled.", numbers["unpaid"])
        found.append(words % {"n": numbers["unpaid"]})
    if numbers["orders"]:
        words = ngettext(
            "%(n)d paid order is delivered as promised.", "%(n)d paid orders are delivered as promised.",
            numbers["orders"],
        )  # fmt: skip
        found.append(words % {"n": numbers["orders"]})
    coupons = _coupons(product)
    if coupons and specification is None and sku is None:
        words = ngettext("%(n)d unused coupon becomes useless.", "%(n)d unused coupons become useless.", coupons)
        found.append(words % {"n": coupons})
    offers = _offers(product, specification).count()
    if offers:
        words = ngettext("%(n)d exclusive offer ends.", "%(n)d exclusive offers end.", offers)
        found.append(words % {"n": offers})
    return found


def _coupons(product: Product) -> int:
    """Unused coupons that are for this product alone."""
    rows = Coupon.objects.filter(state__in=("unused", "not_activated")).exclude(limits={})
    return sum(1 for row in rows if row.limits.get("products", {}).get("only") == [product.public_id])


def _offers(product: Product, specification: Specification | None) -> Any:
    rows = Discount.objects.filter(state="active").exclude(accounts__isnull=True)
    named = Q(specification=specification) if specification else Q(product=product)
    return rows.filter(named).distinct()


def removal_effects(actor: Actor, *, product_id: str, specification_id: str = "", sku_code: str = "") -> list[Text]:
    """What a removal would change, for the seller who thinks about it. Raises NotFound."""
    product = selectors.product_of(actor, product_id)
    return effects(product, *_parts(product, specification_id, sku_code))


def _parts(product: Product, specification_id: str, sku_code: str) -> tuple[Specification | None, Sku | None]:
    specification = None
    if specification_id:
        specification = next(
            (s for s in product.specifications.all() if specification_id in {s.public_id, s.document_key}), None
        )
        if specification is None:
            raise NotFound
    if not sku_code:
        return specification, None
    sku = Sku.objects.select_related("specification").filter(specification__product=product, code=sku_code).first()
    if sku is None:
        raise NotFound
    return sku.specification, sku


def request_removal(
    actor: Actor,
    *,
    product_id: str,
    specification_id: str = "",
    sku_code: str = "",
    reason: str,
    evidence: str = "",
    at: datetime,
) -> RemovalRequest:
    """Ask to end a sale; it ends at once when there is no subscription, open order or service order (D4).

    Raises Invalid, NotFound, RemovalPending, NotAllowed for what is removed already, PermissionMissing.
    """
    sellers.require_seller(actor, MANAGE)
    product = selectors.product_of(actor, product_id)
    specification, sku = _parts(product, specification_id, sku_code)
    if not 5 <= len(reason.strip()) <= 500:
        raise Invalid(fields={"reason": _("Say why, in 5 to 500 characters.")})
    if evidence and not files.files_of(actor, [evidence]):
        raise Invalid(fields={"evidence": _("This file is not there any more. Upload it again.")})
    if "removed" in {product.state, specification.state if specification else "", sku.state if sku else ""}:
        raise NotAllowed(_("This is removed already."))
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = RemovalRequest.objects.create(
                    product=product, specification=specification, sku=sku, reason=reason.strip(), evidence=evidence,
                    requested_by_id=actor.user_pk, requested_at=at,
                )  # fmt: skip
        except IntegrityError:
            raise RemovalPending from None
        audit.record(actor, "removal.requested", product, at=at, after={"scope": row.scope}, reason=row.reason)
        numbers = touched(product, specification, sku)
        nobody = not numbers["subscriptions"] and not numbers["orders"]
        target = specification.name if specification else ""
        reviewing.submit(
            actor,
            kind=selectors.REMOVAL_KIND,
            subject=row.public_id,
            title=f"{product.name} {target}".strip(),
            seller_name=product.seller.name,
            risks=[] if nobody else [stored(_("customers hold it"))],
            rule=AUTOMATIC if nobody else "",
            at=at,
        )
        row.refresh_from_db()
    return row


@transaction.atomic
def withdraw_removal(actor: Actor, *, removal_id: str, at: datetime) -> RemovalRequest:
    """Take the request back. Raises NotAllowed when it was decided."""
    sellers.require_seller(actor, MANAGE)
    row = selectors.removal_of(actor, removal_id)
    reviewing.withdraw(actor, kind=selectors.REMOVAL_KIND, subject=row.public_id, at=at)
    row.refresh_from_db()
    return row


def removal_approved(actor: Actor, submission: Submission, at: datetime) -> None:
    """End the sale with all that follows, in the transaction of the decision."""
    row = selectors.removal_for_review(submission.subject)
    REMOVAL.apply(row, "approve", decided_at=at)
    account_id = row.product.seller.account.public_id
    audit.record(actor, "removal.approved", row.product, at=at, after={"scope": row.scope}, account_id=account_id)
    end_sale(actor, product=row.product, specification=row.specification, sku=row.sku, reason=row.reason, at=at)


def removal_given_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """Refused; everything stays on sale."""
    row = selectors.removal_for_review(submission.subject)
    REMOVAL.apply(row, "reject", decided_at=at)
    account_id = row.product.seller.account.public_id
    audit.record(actor, "removal.rejected", row.product, at=at, reason=submission.note, account_id=account_id)


def removal_taken_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller withdrew it."""
    row = selectors.removal_for_review(submission.subject)
    REMOVAL.apply(row, "withdraw", decided_at=at)
    audit.record(actor, "removal.withdrawn", row.product, at=at)


@transaction.atomic
def end_sale(
    actor: Actor, *, product: Product, specification: Specification | None, sku: Sku | None, reason: str, at: datetime
) -> None:
    """Remove the scope: new purchases are refused, and what follows of that follows."""
    if sku is None and specification is None:
        catalogue.end_product(actor, product_id=product.public_id, reason=reason, at=at)  # follow_removal hears of it
        return
    if sku is not None:
        Sku.objects.filter(pk=sku.pk).update(state="removed", is_final=True)
    elif specification is not None:
        Specification.objects.filter(pk=specification.pk).update(state="removed")
        Sku.objects.filter(specification=specification).update(state="removed", is_final=True)
    catalogue.reindex_products([product.pk], at=at)
    _follow(product, specification, sku, at)


def follow_removal(product: Product, *, at: datetime) -> None:
    """What follows when a product is removed, whoever removed it; in the transaction of the removal."""
    _follow(product, None, None, at)


def _follow(product: Product, specification: Specification | None, sku: Sku | None, at: datetime) -> None:
    """Unpaid orders are canceled, upgrades die, exclusive offers end, nothing is renewed by itself (S-PRD-007)."""
    _cancel_unpaid(product, specification, sku, at)
    upgrades.revalidate(product, at=at)
    if sku is None:
        pricing.end_offers_of(product, specification, at=at)
    if sku is None and specification is None:
        pricing.end_coupons_of(product, at=at)
    # What renews by itself goes on doing so (B-ARN-007); by hand nobody renews what is no longer sold.
    scope = "sku" if sku else "specification" if specification else "product"
    outbox.publish(
        events.SalesEnded(
            product.public_id, scope, specification.public_id if specification else "", sku.code if sku else ""
        )
    )


def _cancel_unpaid(product: Product, specification: Specification | None, sku: Sku | None, at: datetime) -> None:
    lines = OrderLine.objects.filter(**_scope(product, specification, sku), order__state__in=UNPAID)
    for order_id in lines.values_list("order__public_id", flat=True).distinct():
        buying.cancel_unpaid(SYSTEM, order_id=order_id, reason=stored(_("The product is no longer sold")), at=at)
