"""The public signing SDK of the reference, unmodified, asks our order query over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.client import Client, ClientBuilder
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.sdk_response import SdkResponse
from huaweicloudsdkcore.signer.signer import Signer

from galleria_seller import OrderClient, OrderQueryFailed
from tests.wire.open_api import QUERY
from tests.world import World

# The SDK asks for the time in a way that newer Pythons warn of.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow")]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A web server with a paid order."""
    world = World(tmp_path_factory.mktemp("open") / "world", program="tests.wire.open_world").build()
    world.serve()
    yield world
    world.stop()


class Told(SdkResponse):
    """An answer as it came; what the SDK generates for each interface has typed members."""

    openapi_types: dict[str, str] = {}


def ask(market: World, credentials: Any, query: list[tuple[str, str]], **headers: str) -> dict[str, Any]:
    """By the SDK's own client, with everything that it adds to a request."""
    client = (
        ClientBuilder(Client, "BasicCredentials,GlobalCredentials")
        .with_credentials(credentials)
        .with_endpoint(f"http://127.0.0.1:{market.port}")
        .build()
    )
    response = client.do_http_request(
        "GET", QUERY, query_params=query, header_params=dict(headers), response_type=Told,
        collection_formats={},
    )  # fmt: skip
    client.close()
    return dict(response.to_json_object())


def pair(market: World, name: str = "bruno") -> tuple[str, str]:
    return market.facts[name]["access_key"], market.facts[name]["secret_key"]


@pytest.mark.req("A-AKS-001", "A-AKS-002", "A-ORQ-001", "A-ORQ-002", "A-OPN-001")
@pytest.mark.parametrize("kind", [BasicCredentials, GlobalCredentials])
@pytest.mark.parametrize("content_type", ["application/json", "application/json;charset=UTF-8", "text/plain"])
def test_the_sdks_client_reads_an_order(market: World, kind: Any, content_type: str) -> None:
    order_id = market.facts["order"]
    credentials = kind(*pair(market), "0123456789abcdef")  # a project or a domain: a header more to sign

    answer = ask(market, credentials, [("orderId", order_id)], **{"Content-Type": content_type})

    assert answer["resultCode"] == "MKT.0000"
    assert answer["orderInfo"]["orderId"] == order_id
    assert answer["orderInfo"]["orderLine"][0]["productInfo"][0]["linearValue"] == 7
    assert answer["orderInfo"]["buyerInfo"]["customerId"] == market.facts["account"]


@pytest.mark.req("A-MOK-001", "A-OPN-T5")
def test_the_sdks_client_reads_a_line_of_a_mock_order(market: World) -> None:
    query = [("orderLineId", "MOCKPERIODYEARNEW-000001"), ("orderId", "MOCKPERIODYEARNEW")]

    answer = ask(market, BasicCredentials(*pair(market)), query)

    assert answer["orderInfo"]["orderLine"][0]["orderLineId"] == "MOCKPERIODYEARNEW-000001"


@pytest.mark.req("A-OPN-T3", "A-OPN-T4", "A-ERR-002", "A-ERR-001")
def test_the_sdks_client_reads_our_refusals(market: World) -> None:
    access_key, secret_key = pair(market)
    query = [("orderId", market.facts["order"])]

    with pytest.raises(ClientRequestException) as wrong:
        ask(market, BasicCredentials(access_key, secret_key[:-1] + "!"), query)
    with pytest.raises(ClientRequestException) as foreign:
        ask(market, BasicCredentials(*pair(market, "mallory")), query)

    assert (wrong.value.status_code, wrong.value.error_code) == (401, "APIG.0301")
    assert "signature is not right" in wrong.value.error_msg
    assert foreign.value.status_code == 401
    assert "CBC.0150" in str(foreign.value)


@pytest.mark.req("A-OPN-T3", "A-AKS-003")
def test_one_changed_byte_is_refused(market: World) -> None:
    def signed() -> SdkRequest:
        request = SdkRequest(
            method="GET", schema="http", host=f"127.0.0.1:{market.port}", resource_path=QUERY,
            query_params=[("orderId", market.facts["order"])], header_params={"Content-Type": "application/json"},
        )  # fmt: skip
        return Signer(BasicCredentials(*pair(market))).sign(request)

    def send(request: SdkRequest) -> tuple[int, str]:
        url = f"{request.schema}://{request.host}{request.uri}"
        answer = urllib3.request(
            request.method, url, headers=request.header_params, body=request.body, timeout=10, retries=False
        )
        told = answer.json()
        return answer.status, str(told.get("resultCode") or told["error_code"])

    genuine = signed()
    other_order, other_header, other_body, other_signature = signed(), signed(), signed(), signed()
    other_order.uri = other_order.uri[:-1] + ("A" if other_order.uri[-1] != "A" else "B")
    other_header.header_params["Content-Type"] = "application/jsoN"
    other_body.body = b" "
    last = other_signature.header_params["Authorization"][-1]
    other_signature.header_params["Authorization"] = other_signature.header_params["Authorization"][:-1] + (
        "0" if last != "0" else "1"
    )

    assert send(genuine) == (200, "MKT.0000")
    for changed in (other_order, other_header, other_body, other_signature):
        assert send(changed) == (401, "APIG.0301")


@pytest.mark.req("A-ORQ-001", "A-ORQ-002", "A-OPN-T4")
def test_the_sellers_package_reads_the_same_order(market: World) -> None:
    client = OrderClient(f"http://127.0.0.1:{market.port}", *pair(market))

    order = client.query(market.facts["order"], f"{market.facts['order']}-000001")
    with pytest.raises(OrderQueryFailed) as unknown:
        client.query("NOBODY")
    with pytest.raises(OrderQueryFailed) as wrong:
        OrderClient(client.address, "NOBODY", "x").query(market.facts["order"])

    line = order.lines[0]
    assert (order.kind, line.charging_mode, line.period_type, line.period_number) == ("NEW", "PERIOD", "year", 1)
    assert (line.product.linear_value, line.amount, line.amount_after_discount) == (7, "630", "630")
    assert line.ends_at is not None
    assert line.ends_at.strftime("%d.%m.%Y %H:%M:%S") == "01.03.2028 15:59:59"
    assert order.buyer is not None
    assert (order.buyer.customer_name, order.buyer.is_company, order.buyer.email) == ("Ada Works", True, None)
    assert (unknown.value.status, unknown.value.code) == (400, "CBC.0101")
    assert (wrong.value.status, wrong.value.code) == (401, "APIG.0301")
