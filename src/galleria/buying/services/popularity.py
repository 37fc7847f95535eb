"""Sales of the last 30 days, for the order of results and *Popular Applications* (B-CAT-003, B-CAT-004)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count

from galleria.buying.models import Order, OrderLine
from galleria.publishing import services as publishing

WINDOW = timedelta(days=30)


def count_sales(at: datetime) -> int:
    """Count what was paid for in the last 30 days; returns how many products have another figure now.

    A marketplace that is younger keeps the figures that its catalogue came with.
    """
    first = Order.objects.filter(paid_at__isnull=False).order_by("created_at").values_list("paid_at", flat=True).first()
    if first is None or first > at - WINDOW:
        return 0
    rows = (
        OrderLine.objects.filter(order__paid_at__gt=at - WINDOW, order__paid_at__lte=at, parent__isnull=True)
        .exclude(order__state="canceled")
        .values_list("product_id")
        .annotate(Count("pk"))
        .order_by()
    )
    return publishing.set_sales(dict(rows))
