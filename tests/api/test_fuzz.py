"""Generated requests over the whole document: no fault, no answer that is not declared."""

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
from tests.api.conftest import order_of, program

EXAMPLES = 12
# Not asked: that all input of the right form is accepted. Rules of trade answer 422 too (a quantity out of range).
DOCUMENT = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
DOCUMENT.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture
def caller(shop: Any, ada: Any, desk: Any) -> Iterator[dict[str, str]]:
    """Ada's headers; her account has something of everything, so that ids lead somewhere."""
    asking = program(ada)
    shop.buy(ada, desk)
    asking.post("/orders", order_of(asking.quote(desk)))
    asking.put("/favorites/helpdesk", {})
    shop.coupon(ada, "WELCOME20", "20.00")
    # The test's transaction has to outlive the requests, as with the framework's own test client.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield {"Authorization": f"Bearer {asking.key}", "Accept-Encoding": "identity"}
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.slow
@DOCUMENT.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_sent_breaks_it(case: Any, caller: dict[str, str]) -> None:
    case.call_and_validate(headers=caller, excluded_checks=[positive_data_acceptance])
