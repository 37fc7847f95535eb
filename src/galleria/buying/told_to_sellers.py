"""What the order query reads of an order; whether the asking seller may see it is decided by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from galleria.buying import models, states
from galleria.kit import clock
from galleria.kit.prepared import Prepared
from galleria.publishing.models import SkuAttribute
from galleria.subscribing import rules

_FIRST_KINDS = frozenset({"new", "trial", "gift"})
_NEEDED = (
    *(field.attname for field in models.OrderLine._meta.concrete_fields),
    *(
        f"order__{name}"
        for name in ("public_id", "kind", "state", "currency", "created_at", "paid_at", "consent", "account_id")
    ),
    *(f"order__account__{name}" for name in ("public_id", "kind", "name", "verified_name")),
    "product__public_id",
    "product__seller_id",
    "sku__code",
    "sku__choices",
    "price__quantity_key",
    "subscription__state",
    "subscription__effective_at",
    "subscription__expires_at",
)
_LINES = Prepared(
    lambda p: (
        models.OrderLine.objects.select_related("order__account", "product", "sku", "price", "subscription")
        .only(*_NEEDED)
        .filter(order__public_id=p("order"))
        .order_by("public_id")
    )
)


def lines_of_order(order_id: str) -> list[models.OrderLine]:
    """The lines of an order with what a seller is told of them; of whatever seller. Empty: no such order."""
    return _LINES.all(order=order_id)


def attributes_of(lines: Sequence[models.OrderLine]) -> dict[int, list[SkuAttribute]]:
    """The attributes of the lines' specifications, by row number of the specification."""
    found: dict[int, list[SkuAttribute]] = {}
    wanted = {line.specification_id for line in lines if line.choices or line.sku.choices}
    if wanted:
        for attribute in SkuAttribute.objects.filter(specification_id__in=wanted):
            found.setdefault(attribute.specification_id, []).append(attribute)
    return found


def end_of(line: models.OrderLine, at: datetime) -> datetime | None:
    """The end of what the line bought; None for what has none (bought once, paid by use).

    Sellers ask before they have delivered, when no period has begun yet: then it is the end of a period that begins
    now, or, when nothing was ever delivered, at the payment.
    """
    held = line.subscription
    kind = states.KINDS[line.order.kind]
    if held is not None and held.expires_at is not None and kind not in _FIRST_KINDS:
        return held.expires_at
    if line.billing_mode != "period":
        return held.expires_at if held is not None and line.billing_mode != "one_time" else None
    begins_at = line.order.paid_at or line.order.created_at
    if held is not None:
        begins_at = held.effective_at or (at if held.state == "initializing" else begins_at)
    zone = clock.billing_zone()
    if line.is_trial:
        return rules.trial_expiry(begins_at, line.trial_days, zone)
    return rules.first_expiry(begins_at, line.period_count, cast(rules.PeriodType, line.period_type), zone)
