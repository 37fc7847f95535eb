"""The sample seller as a process of its own, called by the real client."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from galleria.delivering.adapters.saas_v2 import client, messages
from tests.wire.conftest import KEY, SellerProcess

StartSeller = Callable[..., SellerProcess]


@pytest.mark.req("A-V2N-001", "A-V2N-003", "A-V2Q-001", "A-V2Q-003")
def test_an_instance_is_made_and_asked_for_over_http(seller_process: StartSeller, lab: client.CallSettings) -> None:
    seller = seller_process()
    body = messages.new_instance(order_id="GA1", order_line_id="GA1-000001", business_id="business-1")

    made = client.call(seller.address(), KEY, "newInstance", body, settings=lab)
    asked = client.call(
        seller.address(), KEY, "queryInstance", messages.query_instance(made.verdict.instance_id), settings=lab
    )

    assert (made.status, made.verdict.outcome, made.verdict.instance_id) == (200, "succeeded", "business-1")
    info = asked.verdict.instance("business-1")
    assert info is not None
    assert info.app is not None
    assert info.app.front_end_url == f"{seller.url}/apps/business-1"
    assert info.app.user_name == "admin"
    assert len(info.app.password) == 19
