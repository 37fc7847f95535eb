"""Bruno's shop, for pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.packages.selling.conftest import agreements, party
from tests.shop import Shop

__all__ = ["agreements", "party"]


@pytest.fixture
def shop(bruno: Any) -> Shop:
    """What Bruno sells."""
    return Shop(bruno)


@pytest.fixture
def desk(shop: Shop) -> Any:
    """A SaaS product for 49.00 EUR a month, delivered by hand."""
    return shop.product("Plainsong Helpdesk", monthly="49.00", yearly="490.00", delivery_promise="about one minute")
