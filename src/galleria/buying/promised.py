"""What held when something was ordered, for the day on which it is left: the product's rule for leaving, and the
operator's settings. Whoever changes one of them afterwards changes later orders only (B-GEN-002, B-ORD-002)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from galleria.buying import models
from galleria.kit import clock, parameters
from galleria.pricing.rules import refunds
from galleria.pricing.rules.refunds import FeeTable
from galleria.publishing.models import Product
from galleria.subscribing import rules as calendar
from galleria.subscribing.models import Subscription


@dataclass(frozen=True)
class Promised:
    """The conditions of one order. `is_returnable`: new purchases within `days`, `per_year` times (7.1); `promise`: of
    the product; empty for orders that are older than this record of it."""

    fee_table: FeeTable
    is_returnable: bool
    days: int
    per_year: int
    excluded: frozenset[str]
    promise: Mapping[str, Any] = field(default_factory=dict)

    def is_supervised(self, product: Product) -> bool:
        return bool(self.promise.get("is_supervised", product.is_supervised))

    def beyond_usual(self, product: Product) -> str:
        """What the seller promised beyond the usual rule of the delivery type; empty: nothing (S-PRD)."""
        usual = "negotiated" if self.is_supervised(product) else "none"
        if product.delivery_type == "image":
            usual = "platform"
        rule = str(self.promise.get("unsubscription", product.unsubscription_rule))
        return "" if rule == usual else rule


def of_product(product: Product) -> dict[str, Any]:
    """What an order line keeps of its product (`OrderLine.promise`)."""
    return {"unsubscription": product.unsubscription_rule, "is_supervised": product.is_supervised}


def of_lines(line_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """What these order lines keep of their products, by line number; one query."""
    rows = models.OrderLine.objects.filter(public_id__in=list(line_ids)).exclude(promise={})
    return dict(rows.values_list("public_id", "promise"))


def at_order(ordered_at: datetime, promise: Mapping[str, Any]) -> Promised:
    """The conditions of an order that was placed then."""
    return Promised(
        fee_table=refunds.fee_table(parameters.get("refund.handling_fee_table", at=ordered_at)),
        is_returnable=bool(parameters.get("refund.unconditional_enabled", at=ordered_at)),
        days=int(parameters.get("refund.unconditional_days", at=ordered_at)),
        per_year=int(parameters.get("refund.unconditional_per_year", at=ordered_at)),
        excluded=frozenset(parameters.get("refund.excluded_products", at=ordered_at)),
        promise=promise,
    )


def withdrawal_until(row: Subscription, contracted_at: datetime | None = None) -> datetime | None:
    """Until when a consumer may withdraw: to the end of that many days after the contract (UI-GEN-17). None: never.

    `contracted_at`: when it was paid; without it, when the subscription was opened, which is the same for new ones.
    """
    account, begun = row.account, contracted_at or row.created_at
    days = int(parameters.get("refund.withdrawal_days", at=begun))
    if account.kind != "individual" or not days:
        return None
    if account.country.lower() not in parameters.get("refund.withdrawal_regions", at=begun):
        return None
    zone = clock.billing_zone()
    return calendar.end_of_day(calendar.local_date(begun, zone) + timedelta(days=days), zone)
