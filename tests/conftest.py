"""What every test has: people, and a clock that stands still (`tests.people`, `tests.environment`)."""

from __future__ import annotations

pytest_plugins = ["tests.people"]
