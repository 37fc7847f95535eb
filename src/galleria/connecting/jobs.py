"""What runs by the clock: dial tests twice a day, domains once a day."""

from __future__ import annotations

from datetime import date, datetime

from galleria.connecting import services
from galleria.kit import clock, jobs


@jobs.cron("0 9,15 * * *", "connecting.dial")
def dial(slot: datetime) -> None:
    """One job for each address, so that a slow server keeps nobody waiting (A-DIA-001)."""
    day, run = services.run_of(slot)
    for address_id in services.addresses_to_dial():
        jobs.enqueue(
            "connecting.dial_address", dedupe=f"dial:{address_id}:{day}:{run}", lane="dial", address_id=address_id,
            day=day.isoformat(), run=run,
        )  # fmt: skip


@jobs.job("connecting.dial_address", outside=True, max_attempts=3, backoff=(60, 300))
def dial_address(address_id: str, day: str, run: str) -> None:
    services.dial(address_id, day=date.fromisoformat(day), run=run, at=clock.now())


@jobs.cron("30 4 * * *", "connecting.check_domains")
def check_domains() -> None:
    """Unused tokens expire; proven domains are asked again (A-ADR-001)."""
    at = clock.now()
    services.expire_domains(at)
    for domain_id in services.domains_to_check(at):
        jobs.enqueue("connecting.check_domain", dedupe=f"domain:{domain_id}", lane="dial", domain_id=domain_id)


@jobs.job("connecting.check_domain", outside=True, max_attempts=2, backoff=(60,))
def check_domain(domain_id: str) -> None:
    services.recheck_domain(domain_id, clock.now())
