"""What this package does when others tell something; `config.wiring` connects it."""

from __future__ import annotations


def connect() -> None:
    """Subscribe to events, register kinds of submissions."""
