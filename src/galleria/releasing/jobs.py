"""What releasing does later."""

from __future__ import annotations

from galleria.kit import clock, jobs
from galleria.releasing.services import joint, submitting


@jobs.job("releasing.repeat_cases", max_attempts=3, outside=True)
def repeat_cases(address_id: str) -> None:
    """After an approval the saved cases of the interface are repeated (S-SAS-003)."""
    submitting.repeat_cases(address_id, clock.now())


@jobs.cron("20 1 * * *", "releasing.expire_certificates")
def expire_certificates() -> None:
    """Joint operations certificates that are over end with the sale of their products (S-JOP-002)."""
    joint.expire_certificates(clock.now())
