"""The sample seller asks the marketplace what was ordered, over HTTP, when it has a pair of keys."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from galleria.delivering.adapters.saas_v2 import client, messages
from galleria.demo.sample_seller import pages
from galleria.demo.sample_seller.sellers import read_sellers
from galleria.demo.sample_seller.server import SampleSeller, Settings
from galleria_seller import OrderClient, OrderQueryFailed
from tests.wire.conftest import KEY, NEW, RawServer, SellerProcess, Wire
from tests.world import World

ORDER = {
    "orderId": "GA1",
    "orderType": "NEW",
    "createTime": "20260115093000",
    "orderLine": [
        {
            "orderLineId": "GA1-000001",
            "chargingMode": "PERIOD",
            "expireTime": "20270115155959",
            "productInfo": [{"productId": "OFFI1", "skuCode": "s", "linearValue": 50, "productName": "CRM,<b>"}],
            "extendParams": None,
        }
    ],
    "buyerInfo": {"customerId": "c", "customerName": "demo_buyer"},
}
RawServers = Callable[..., RawServer]


def http(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status.encode(), len(body), body)


def told(order: dict[str, Any]) -> bytes:
    return http("200 OK", json.dumps({"resultCode": "MKT.0000", "resultMsg": "Success", "orderInfo": order}).encode())


def seller_of(market: RawServer, folder: Path) -> SampleSeller:
    pair = {"address": f"http://127.0.0.1:{market.port}", "access_key": "AK", "secret_key": "SK"}
    return SampleSeller(Settings(state=folder, key=KEY, orders=pair)).start()


@pytest.mark.req("A-ORQ-001", "A-V2N-002")
def test_a_new_instance_knows_what_was_bought_and_asks_once(raw_server: RawServers, tmp_path: Path) -> None:
    market = raw_server(told(ORDER))
    server = seller_of(market, tmp_path)

    codes = [Wire(server).say(NEW | {"businessId": f"b-{number}"})["resultCode"] for number in (1, 2)]
    instance = server.store.instance("b-1")
    server.stop()

    assert codes == ["000000", "000000"]
    assert instance is not None
    assert (instance["product_id"], instance["expire_time"]) == ("OFFI1", "20270115155959")
    assert json.loads(instance["order_info"]) == ORDER
    assert len(market.requests) == 1
    line, *headers = market.requests[0].decode().split("\r\n")
    assert parse_qs(urlsplit(line.split(" ")[1]).query) == {"orderId": ["GA1"], "orderLineId": ["GA1-000001"]}
    assert any(header.startswith("Authorization: SDK-HMAC-SHA256 Access=AK, ") for header in headers)


@pytest.mark.req("A-V2U-001")
def test_an_upgrade_is_read_from_the_new_order(raw_server: RawServers, tmp_path: Path) -> None:
    changed = ORDER | {"orderId": "GA2", "orderType": "CHANGE"}
    changed["orderLine"] = [ORDER["orderLine"][0] | {"expireTime": "20280115155959"}]  # type: ignore[index]
    answers = iter([told(ORDER), told(changed)])

    def script(server: RawServer, connection: Any) -> None:
        server.read_request(connection)
        connection.sendall(next(answers))

    server = seller_of(raw_server(script), tmp_path)
    Wire(server).say(NEW)
    upgrade = {
        "activity": "upgradeInstance",
        "instanceId": "b-1",
        "orderId": "GA2",
        "orderLineId": "GA2-000001",
    }
    code = Wire(server).say(upgrade)["resultCode"]
    instance = server.store.instance("b-1")
    server.stop()

    assert code == "000000"
    assert instance is not None
    assert (instance["expire_time"], json.loads(instance["order_info"])["orderId"]) == ("20280115155959", "GA2")


@pytest.mark.parametrize(
    "answer",
    [
        http("401 Unauthorized", b'{"error_code":"APIG.0301","error_msg":"x","request_id":""}'),
        http("200 OK", b"<html>"),
        http("200 OK", b'{"resultCode":"MKT.0000"}'),
        http("302 Found", b""),
        b"",
    ],
)
def test_an_instance_is_made_even_when_the_order_is_not_told(
    raw_server: RawServers, tmp_path: Path, answer: bytes
) -> None:
    server = seller_of(raw_server(answer), tmp_path)

    code = Wire(server).say(NEW)["resultCode"]
    instance = server.store.instance("b-1")
    server.stop()

    assert code == "000000"
    assert instance is not None
    assert instance["order_info"] == ""


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        (http("400 Bad Request", b'{"resultCode":"CBC.0101","resultMsg":"no"}'), "CBC.0101", 400),
        (http("429 Too Many Requests", b'{"error_code":"APIG.0308","error_msg":"no"}'), "APIG.0308", 429),
        (http("200 OK", b'{"resultCode":"CBC.0000"}'), "CBC.0000", 200),
        (http("200 OK", b"[]"), "", 200),
        (http("302 Found\r\nLocation: http://127.0.0.1:1/", b"{}"), "", 302),
        (told(ORDER | {"createTime": "yesterday"}), "", 200),
        (b"", "", 0),
    ],
)
def test_the_packages_client_says_what_it_was_told(
    raw_server: RawServers, answer: bytes, code: str, status: int
) -> None:
    client_ = OrderClient(f"http://127.0.0.1:{raw_server(answer).port}/", "AK", "SK")

    with pytest.raises(OrderQueryFailed) as refused:
        client_.query("GA1")

    assert (refused.value.code, refused.value.status) == (code, status)


def test_the_packages_client_speaks_http_only() -> None:
    with pytest.raises(ValueError, match="https://"):
        OrderClient("ftp://market.example", "AK", "SK")


def test_the_application_shows_what_was_bought() -> None:
    seller = read_sellers('{"north": "key"}')["north"]
    instance = {
        "instance_id": "b-1", "created_ms": 0, "expire_time": "20270115155959", "order_id": "GA1",
        "order_info": json.dumps(ORDER),
    }  # fmt: skip

    page = pages.notebook(seller, instance, [])

    assert "<dt>Product</dt><dd>CRM,&lt;b&gt;</dd>" in page
    assert "<dt>Quantity</dt><dd>50</dd>" in page
    assert "<dt>Bought by</dt><dd>demo_buyer</dd>" in page


@pytest.mark.parametrize("orders", ["[]", "{}", '{"address": "https://a"}', '{"address": 1, "access_key": "a"}'])
def test_half_a_pair_of_keys_is_refused(orders: str) -> None:
    with pytest.raises(ValueError, match="orders needs"):
        read_sellers(f'{{"north": {{"key": "k", "orders": {orders}}}}}')


def test_a_file_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "sample-seller.sqlite3") as db:
        db.execute(
            "CREATE TABLE instances (seller TEXT NOT NULL, instance_id TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL,"
            " order_line_id TEXT NOT NULL, business_id TEXT NOT NULL, state TEXT NOT NULL,"
            " polls_left INTEGER NOT NULL, expire_time TEXT NOT NULL DEFAULT '', product_id TEXT NOT NULL DEFAULT '',"
            " user_name TEXT NOT NULL, password TEXT NOT NULL, created_ms INTEGER NOT NULL, is_test INTEGER NOT NULL,"
            " PRIMARY KEY (seller, order_id, order_line_id))"
        )
    db.close()
    server = SampleSeller(Settings(state=tmp_path, key=KEY)).start()

    code = Wire(server).say(NEW)["resultCode"]
    server.stop()

    assert code == "000000"


@pytest.mark.slow
@pytest.mark.req("A-ORQ-001", "A-V2N-002", "A-MOK-001")
def test_the_real_marketplace_tells_the_sample_seller_of_orders_and_mock_orders(
    tmp_path: Path, seller_process: Callable[..., SellerProcess], lab: client.CallSettings
) -> None:
    world = World(tmp_path / "world", program="tests.wire.open_world").build()
    try:
        world.serve()
        assert world.status("/api/mkp-openapi-public/") == 404  # the first request loads the program
        pair = world.facts["bruno"]
        seller = seller_process(
            "--key", KEY, "--marketplace", f"http://127.0.0.1:{world.port}", "--access-key", pair["access_key"],
            "--secret-key", pair["secret_key"],
        )  # fmt: skip
        for number, order in enumerate((world.facts["order"], "MOCKPERIODYEARNEW")):
            body = messages.new_instance(
                order_id=order, order_line_id=f"{order}-000001", business_id=f"b-{number}", test="1"
            )
            client.call(seller.address(), KEY, "newInstance", body, settings=lab)
        made = {each["instance_id"]: each for each in seller.shown()["instances"]}
    finally:
        world.stop()

    real, mock = (json.loads(made[name]["order_info"]) for name in ("b-0", "b-1"))
    assert real["orderLine"][0]["productInfo"][0]["productName"] == "Desk,Standard,Yearly/Monthly"
    assert made["b-0"]["expire_time"] == "20280301155959"
    assert mock["orderLine"][0]["productInfo"][0]["linearValue"] == 50
