"""Orders and subscriptions as CSV for programs: ids, plain amounts, instants in UTC; streamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from django.http import StreamingHttpResponse

from galleria.buying.states import KINDS
from galleria.kit import csvout
from galleria.kit.money import Money

MOST: Final = 100_000
_CHUNK: Final = 500
ORDER_HEADER: Final = (
    "order", "line", "kind", "state", "product", "title", "seller", "delivery_type", "billing_mode", "period_type",
    "period_count", "quantity", "created_by", "created_at", "paid_at", "finished_at", "official", "discount", "coupon",
    "tax", "due", "refunded", "currency", "subscription",
)  # fmt: skip
SUBSCRIPTION_HEADER: Final = (
    "subscription", "state", "product", "name", "seller", "specification", "order", "instance", "billing_mode",
    "period_type", "period_count", "quantity", "paid", "currency", "is_trial", "auto_renew", "created_at",
    "effective_at", "expires_at", "released_at",
)  # fmt: skip


def orders(rows: Any, at: datetime) -> StreamingHttpResponse:
    """One row for each line of each order."""
    name = f"orders-{at.date().isoformat()}.csv"
    return csvout.download(name, ORDER_HEADER, _order_rows(rows[:MOST].iterator(chunk_size=_CHUNK)), bom=False)


def _order_rows(rows: Iterable[Any]) -> Iterator[list[Any]]:
    for order in rows:
        for line in order.lines.all():
            amounts = (
                line.official_minor, line.discount_minor, line.coupon_minor, line.tax_minor,
                line.payable_minor + line.tax_minor, line.refunded_minor,
            )  # fmt: skip
            yield [
                order.public_id, line.public_id, KINDS[order.kind], order.state, line.product.slug, line.product_name,
                line.product.seller.name, line.product.delivery_type, line.billing_mode, line.period_type,
                line.period_count, line.quantity, order.creator_name, _instant(order.created_at),
                _instant(order.paid_at), _instant(order.finished_at),
                *(Money(minor, order.currency) for minor in amounts), order.currency,
                line.subscription.public_id if line.subscription else "",
            ]  # fmt: skip


def subscriptions(rows: Any, at: datetime) -> StreamingHttpResponse:
    """One row for each subscription."""
    name = f"subscriptions-{at.date().isoformat()}.csv"
    found = rows[:MOST].iterator(chunk_size=_CHUNK)
    return csvout.download(name, SUBSCRIPTION_HEADER, (_subscription(row) for row in found), bom=False)


def _subscription(row: Any) -> list[Any]:
    return [
        row.public_id, row.state, row.product.slug, row.product.name, row.product.seller.name, row.specification.name,
        row.order_id, row.instance_id, row.billing_mode, row.period_type, row.period_count, row.quantity,
        Money(row.paid_minor, row.currency), row.currency, row.is_trial, row.auto_renew, _instant(row.created_at),
        _instant(row.effective_at), _instant(row.expires_at), _instant(row.released_at),
    ]  # fmt: skip


def _instant(value: datetime | None) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""
