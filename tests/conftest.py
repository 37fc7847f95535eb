"""What every test has: people, a shop with a seller's real server, and a clock that stands still."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.people", "tests.shop_fixtures", "tests.web.browser"]


@pytest.fixture(autouse=True)
def _fresh_parameters() -> None:
    """Operator settings that another test changed are forgotten with it."""
    from galleria.kit import parameters

    parameters.forget_cached()
