"""What runs later: scans, taking in long files, tidying up."""

from __future__ import annotations

from galleria.assets import services
from galleria.kit import clock, jobs


@jobs.job("assets.scan", outside=True, max_attempts=5, backoff=(30, 120, 600))
def scan(scan_id: str, applicant: str = "") -> None:
    """Run the scanners over a version."""
    services.run_scan(scan_id, applicant=applicant)


@jobs.job("assets.take_in", outside=True, max_attempts=5)
def take_in(upload_id: str) -> None:
    """Check a long file and put it into the storage."""
    services.take_in(upload_id)


@jobs.cron("20 3 * * *", "assets.tidy_uploads", outside=True)
def tidy_uploads() -> None:
    """Forget uploads that nobody went on with."""
    services.tidy_uploads(clock.now())
