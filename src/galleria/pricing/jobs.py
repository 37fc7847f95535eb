"""What runs by the clock."""

from __future__ import annotations

from galleria.kit import clock, jobs
from galleria.pricing import services


@jobs.cron("*/10 * * * *", "pricing.expire_coupons")
def expire_coupons() -> None:
    services.expire_coupons(clock.now())
