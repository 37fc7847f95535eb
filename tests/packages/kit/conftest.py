"""Every test of the tools starts at noon UTC on 1 March 2027, with no tasks but its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from galleria.kit import clock, outbox
from galleria.kit.jobs import crons, registry

START = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    clock.set_for_tests(START)
    yield
    clock.set_for_tests(None)


@pytest.fixture(autouse=True)
def own_tasks() -> Iterator[None]:
    """Tasks, cron jobs and subscriptions of a test end with it; those of the product do not run here."""
    tables: list[dict[Any, Any]] = [registry.tasks, crons.crons, outbox._subscriptions]
    saved = [(table, dict(table)) for table in tables]
    for table in tables:
        table.clear()
    yield
    for table, content in saved:
        table.clear()
        table.update(content)
