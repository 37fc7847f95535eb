"""What runs by the clock."""

from __future__ import annotations

from datetime import datetime

from galleria.buying import services
from galleria.buying.services import auto_renewing, popularity
from galleria.kit import clock, jobs


@jobs.job("buying.pay_automatically", outside=True)
def pay_automatically(order_id: str) -> None:
    """After the order's commit and outside transactions: a card may be charged."""
    services.pay_automatically(order_id, at=clock.now())


@jobs.job("buying.deduct_now", outside=True)
def deduct_now(subscription_id: str, expires_at: str, planned_at: str) -> None:
    """Auto-renewal was switched on when no daily deduction was left (B-ARN-005)."""
    ends, planned = datetime.fromisoformat(expires_at), datetime.fromisoformat(planned_at)
    again = auto_renewing.deduct_for(subscription_id, ends, planned, at=clock.now())
    if again is not None:
        raise jobs.RetryLater(at=again, counts=False)


@jobs.cron(60, "buying.expire_orders")
def expire_orders() -> None:
    while services.expire_orders(clock.now()):
        pass


@jobs.cron(3600, "buying.count_sales")
def count_sales() -> None:
    popularity.count_sales(clock.now())


@jobs.cron(600, "buying.warn_expiring")
def warn_expiring() -> None:
    while services.warn_expiring(clock.now()):
        pass
