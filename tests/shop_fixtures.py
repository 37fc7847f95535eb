"""A shop with a seller's real server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from galleria.demo.sample_seller.server import SampleSeller, Settings
from tests.shop import KEY, Shop


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SampleSeller]:
    """The sample seller, answering over HTTP on the loopback network."""
    running = SampleSeller(Settings(state=tmp_path / "seller", key=KEY)).start()
    yield running
    running.stop()


@pytest.fixture
def sandbox_cards(settings: Any) -> None:
    """Cards are those of the sandbox."""
    settings.GALLERIA_SANDBOX_CARDS = True
    settings.STRIPE_SECRET_KEY = ""


@pytest.fixture
def shop(bruno: Any) -> Shop:
    """What Bruno sells."""
    return Shop(bruno)


@pytest.fixture
def desk(shop: Shop, server: SampleSeller) -> Any:
    """A SaaS product that Bruno's server delivers: 49.00 EUR a month."""
    product = shop.product("Plainsong Helpdesk", monthly="49.00", yearly="490.00")
    shop.connect(product, server.address())
    return product
