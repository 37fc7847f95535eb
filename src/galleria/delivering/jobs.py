"""What runs in the worker: calls to sellers, each outside transactions."""

from __future__ import annotations

from galleria.delivering import services
from galleria.kit import jobs


# The schedule of a delivery's calls is the delivery's own; the queue only repeats what crashed on our side.
@jobs.job("delivering.work_on", outside=True, max_attempts=20, backoff=(5, 30, 120, 600))
def work_on(delivery_id: str, attempt: int) -> None:
    services.work_on(delivery_id, attempt)


@jobs.job("delivering.poll_instance", outside=True, max_attempts=20, backoff=(5, 30, 120, 600))
def poll_instance(delivery_id: str, poll: int) -> None:
    services.poll_instance(delivery_id, poll)
