"""How pages of the buyer and of the operator name a product, a line, a subscription."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from galleria.kit.money import Money, divide_half_up
from galleria.web import words


def product_tag(product: Any) -> dict[str, Any]:
    """What the frame and label components want of a product."""
    return {
        "name": product.name,
        "logo": product.logo,
        "room": product.category.room,
        "href": f"/products/{product.slug}",
        "slug": product.slug,
    }


def line_medium(line: Any) -> list[str]:
    """The third line of a wall label: how it is bought."""
    days = line.trial_days
    if line.is_trial:
        return [words.billing("period", "day", days, is_trial=True)]
    found = [words.billing(line.billing_mode, line.period_type, line.period_count)]
    if line.quantity > 1:
        found.append(f"× {line.quantity}")
    return found


def a_month(paid: Money, period_type: str, count: int) -> Money | None:
    """What a term costs a month, rounded half up; None for what has no term."""
    months = {"month": count, "year": 12 * count}.get(period_type, 0)
    return Money(divide_half_up(paid.minor, months), paid.currency) if months else None


def due_of(order: Any) -> Money:
    """What an order costs, tax included."""
    return Money(order.due_minor, order.currency)


def net_of_line(order: Any, line: Any) -> Money:
    """What a line costs after discount and coupon, before tax."""
    return Money(line.payable_minor, order.currency)


def tax_of(orders: Iterable[Any]) -> Money | None:
    """The tax of orders in one currency."""
    rows = list(orders)
    return Money.sum((Money(row.tax_minor, row.currency) for row in rows), rows[0].currency) if rows else None
