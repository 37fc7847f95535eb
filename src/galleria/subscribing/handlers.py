"""What subscribing does itself when a timer is due; charging and calling sellers is registered by others."""

from __future__ import annotations

from datetime import datetime

from galleria.subscribing import ports, services
from galleria.subscribing.models import Subscription
from galleria.subscribing.rules.plan import Planned


def _begin_term(subscription: Subscription, planned: Planned, *, at: datetime) -> datetime | None:
    services.begin_term(subscription, at=at)
    return None


def connect() -> None:
    """Called by `config.wiring`."""
    ports.register("remind", services.remind, only_tells=True)
    ports.register("begin_term", _begin_term)
