from __future__ import annotations

import pytest

from tests.packages.releasing.making import Maker
from tests.people import Person


@pytest.fixture
def maker(bruno: Person) -> Maker:
    """Bruno with everything that releases need."""
    return Maker(bruno)
