"""What this package does when others tell something; `config.wiring` connects it."""

from __future__ import annotations

from galleria.connecting import services
from galleria.delivering.events import DeliveryFailed
from galleria.kit import clock, jobs, outbox


def on_delivery_failed(event: DeliveryFailed) -> None:
    """S-SAS-T4: orders that the interface made fail are counted."""
    services.note_failed_order(event.delivery_id, clock.now())


def connect() -> None:
    """Subscribe to events; after the commit, since nothing of money or rights depends on it."""
    outbox.subscribe(DeliveryFailed, on_delivery_failed, priority=jobs.LATER)
