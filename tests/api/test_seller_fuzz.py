"""Generated requests over the endpoints of sellers, with a seller's key: no fault, no answer that is not declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from galleria.config.wsgi import application
from tests.api.conftest import program
from tests.packages.releasing.making import Maker

DOCUMENT = schemathesis.openapi.from_wsgi("/api/openapi.json", application).include(path_regex="/seller/")
DOCUMENT.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture
def caller(bruno: Any, olga: Any) -> Iterator[dict[str, str]]:
    """Bruno's headers; he has a product and a draft."""
    maker = Maker(bruno)
    maker.released(maker.licence(), olga)
    maker.draft(maker.saas())
    key = program(bruno).key
    # The test's transaction has to outlive the requests, as with the framework's own test client.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.slow
@DOCUMENT.parametrize()
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_a_seller_sends_breaks_it(case: Any, caller: dict[str, str]) -> None:
    case.call_and_validate(headers=caller, excluded_checks=[positive_data_acceptance])
