"""What runs by the clock."""

from __future__ import annotations

from galleria.kit import clock, jobs
from galleria.pricing import services


@jobs.cron("*/10 * * * *", "pricing.expire_coupons")
def expire_coupons() -> None:
    services.activate_coupons(clock.now())
    services.expire_coupons(clock.now())


@jobs.cron("*/10 * * * *", "pricing.expire_offers")
def expire_offers() -> None:
    services.expire_offers(clock.now())


@jobs.job("pricing.activate_coupons")
def activate_coupons() -> None:
    """At the instant at which the coupons of a batch become usable."""
    services.activate_coupons(clock.now())
