"""What runs later: scans, taking in long files, tidying up."""

from __future__ import annotations

from galleria.assets import services
from galleria.kit import clock, jobs


def end_broken_scan(error: str, scan_id: str, applicant: str = "") -> None:
    """The scan is given up; the seller can ask for another one."""
    services.end_broken_scan(scan_id, at=clock.now())


def refuse_upload(error: str, upload_id: str) -> None:
    """The file is given up; the seller can send it again."""
    services.refuse_upload(upload_id, at=clock.now())


@jobs.job("assets.scan", outside=True, max_attempts=5, backoff=(30, 120, 600), on_dead=end_broken_scan)
def scan(scan_id: str, applicant: str = "") -> None:
    """Run the scanners over a version."""
    services.run_scan(scan_id, applicant=applicant)


@jobs.job("assets.take_in", outside=True, max_attempts=5, on_dead=refuse_upload)
def take_in(upload_id: str) -> None:
    """Check a long file and put it into the storage."""
    services.take_in(upload_id)


@jobs.cron("20 3 * * *", "assets.tidy_uploads", outside=True)
def tidy_uploads() -> None:
    """Forget uploads that nobody went on with."""
    services.tidy_uploads(clock.now())
