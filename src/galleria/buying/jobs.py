"""What runs by the clock."""

from __future__ import annotations

from galleria.buying import services
from galleria.buying.services import popularity
from galleria.kit import clock, jobs


@jobs.job("buying.pay_automatically", outside=True)
def pay_automatically(order_id: str) -> None:
    """After the order's commit and outside transactions: a card may be charged."""
    services.pay_automatically(order_id, at=clock.now())


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
