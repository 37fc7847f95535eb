"""What delivering does when a timer of a subscription is due."""

from __future__ import annotations

from galleria.delivering.services import ending
from galleria.subscribing import ports


def connect() -> None:
    """Called by `config.wiring`."""
    ports.register("expire", ending.expire)
    ports.register("freeze", ending.freeze)
    ports.register("release", ending.release)
