"""A seller with a server of his own, an address on it, and every case saved."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.connecting import probing, services
from galleria.delivering.models import ProductionAddress
from tests.people import NOW


class Bench:
    """Bruno at the debugging console."""

    def __init__(self, person: Any, address: ProductionAddress) -> None:
        self.person, self.address = person, address
        self.instance_id = ""

    def values(self, activity: str, variant: str = "", **changed: str) -> dict[str, str]:
        known = probing.as_activity(activity)
        assert known is not None
        return {**probing.presets(known, at=NOW, instance_id=self.instance_id, variant=variant), **changed}

    def debug(self, activity: str, variant: str = "", *, save: bool = True, **changed: str) -> services.Debugged:
        found = services.debug(
            self.person.actor, address_id=self.address.public_id, activity=activity,
            values=self.values(activity, variant, **changed), save=save, at=NOW,
        )  # fmt: skip
        self.instance_id = found.tried.instance_id or self.instance_id
        return found

    def save_all(self) -> None:
        """What a yearly product with upgrades needs."""
        for activity, variant in (
            ("newInstance", ""), ("queryInstance", ""), ("refreshInstance", "RENEWAL"),
            ("updateInstanceStatus", "FREEZE"), ("updateInstanceStatus", "UNFREEZE"), ("upgradeInstance", ""),
            ("changeInstanceCheck", ""), ("releaseInstance", ""),
        ):  # fmt: skip
            assert self.debug(activity, variant).case is not None, activity


@pytest.fixture
def bench(shop: Any, bruno: Any, desk: Any) -> Bench:
    return Bench(bruno, desk.interface.address)
