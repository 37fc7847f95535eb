"""What every test has: people, and a clock that stands still (`tests.people`, `tests.environment`)."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.people"]


@pytest.fixture(autouse=True)
def _fresh_parameters() -> None:
    """Operator settings that another test changed are forgotten with it."""
    from galleria.kit import parameters

    parameters.forget_cached()
