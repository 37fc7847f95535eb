"""The seller's package: signatures, typed calls, answers within the contract, encrypted fields."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import galleria_seller as sdk
from galleria.delivering.adapters.saas_v2 import messages
from galleria_seller import answers, calls, fields, signature

KEY = "3f0c9a52-7d14-4b6e-9c38-51e2a7d0b846"
NOW_MS = 1768469400123
NEW = {"activity": "newInstance", "orderId": "GA1", "orderLineId": "GA1-000001", "businessId": "b-1"}


class Desk(sdk.Production):
    """Notes what it was asked."""

    def __init__(self) -> None:
        self.calls: list[sdk.Call] = []

    def new_instance(self, call: sdk.NewInstance) -> sdk.Created:
        self.calls.append(call)
        return sdk.Created(call.business_id, is_ready=call.order_id != "SLOW")

    def query_instance(self, call: sdk.QueryInstance) -> Iterable[sdk.InstanceInfo]:
        self.calls.append(call)
        return [sdk.InstanceInfo(each, sdk.AppInfo("https://a.example")) for each in call.instance_ids if each != "?"]

    def refresh_instance(self, call: sdk.RefreshInstance) -> None:
        self.calls.append(call)

    def update_instance_status(self, call: sdk.UpdateInstanceStatus) -> None:
        self.calls.append(call)

    def release_instance(self, call: sdk.ReleaseInstance) -> None:
        self.calls.append(call)

    def upgrade_instance(self, call: sdk.UpgradeInstance) -> None:
        raise sdk.NoSuchInstance

    def check_change(self, call: sdk.ChangeInstanceCheck) -> None:
        self.calls.append(call)
        raise sdk.Refusal("000005", "x" * 300)


def endpoint(production: sdk.Production | None = None, **more: Any) -> sdk.Endpoint:
    return sdk.Endpoint(production or Desk(), more.pop("keys", [KEY]), now_ms=lambda: NOW_MS, **more)


def say(target: sdk.Endpoint, members: dict[str, Any], *, key: str = KEY, nonce: str = "n-1") -> dict[str, Any]:
    signed = signature.sign(key, members, timestamp_ms=NOW_MS, nonce=nonce)
    return target.answer("POST", signed.query, signed.body).members


# ---- signatures ------------------------------------------------------------------------------------------

VECTORS = [
    (
        {
            "orderId": "GA2601150930X7K2QP", "activity": "newInstance", "testFlag": "1",
            "orderLineId": "GA2601150930X7K2QP-000001", "businessId": "5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68",
        },
        1768469400123,
        "7C1E5B90A2D34F688B0C9D7E6F51A234C0FFEE1122334455AABBCCDDEEFF0099",
        "FC44D57E9DC0B58C0B15E2CA56C0BA643864DCFADB6D1B3364D502412FE89C2B",
    ),
    (
        {
            "activity": "changeInstanceCheck", "instanceId": "5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68",
            "productInfo": {
                "linearValue": 5, "productId": "OFFI900100200300400501",
                "skuCode": "c4b1e7d2-08f6-4a93-9d5c-2e7f61a03b84",
            },
        },
        1768716100000,
        "N0nceN0nceN0nce3",
        "C9EC115E6A6B8EA8BEF419A9A8191A878591910CABF6C0623AC572DAF60438BA",
    ),
    (
        {
            "activity": "orderNotify", "orderId": "测试订单-01", "orderLineId": "测试订单-01-000001", "testFlag": "1",
        },
        1768716200000,
        "N0nceN0nceN0nce4",
        "4870225FCA689232E3C6171DCE7C105BC28DC256C67831FD4D10BB8407F87C83",
    ),
    (
        {"orderId": "GA1", "activity": "newInstance", "orderLineId": None, "businessId": ""},
        1768716300000,
        "N0nceN0nceN0nce5",
        "A06BB1EF5EE0B391C16E7BE981305737A481F6233833B6B6F052786874F10230",
    ),
]  # fmt: skip


@pytest.mark.req("A-SIG-001", "A-SIG-003", "A-SIG-005")
@pytest.mark.parametrize(("members", "timestamp", "nonce", "wanted"), VECTORS, ids=["V2-1", "V2-8", "V2-9", "V2-10"])
def test_the_package_signs_and_checks_the_vectors(
    members: dict[str, Any], timestamp: int, nonce: str, wanted: str
) -> None:
    signed = signature.sign(KEY, members, timestamp_ms=timestamp, nonce=nonce)

    assert signed.signature == wanted
    for keys, seen in (([KEY], None), (["other", KEY], None), (["other"], "000001"), ([], "000001")):
        assert signature.refusal(signed.query, signed.body, keys=keys, now_ms=timestamp) == seen
    assert signed.url("https://a.example/saas?x=1").startswith("https://a.example/saas?x=1&signature=")


@pytest.mark.req("A-SIG-002")
def test_an_endpoint_takes_a_call_once_and_refuses_what_is_not_signed() -> None:
    target = endpoint()
    signed = signature.sign(KEY, NEW, timestamp_ms=NOW_MS - 60_000, nonce="n")
    stale = signature.sign(KEY, NEW, timestamp_ms=NOW_MS - 60_001, nonce="m")
    query = "&".join(f"{name}={value}" for name, value in signed.query.items())

    codes = [target.answer("POST", query, signed.body).members["resultCode"] for _ in range(2)]

    assert codes == ["000000", "000001"]
    assert target.answer("POST", stale.query, stale.body).members["resultCode"] == "000002"
    assert say(endpoint(), NEW, key="other")["resultCode"] == "000001"
    assert target.answer("GET", query, b"").status == 405
    assert target.answer("POST", query, b" " * 300_000).status == 413


@pytest.mark.req("A-KEY-001")
def test_two_keys_are_taken_while_they_change_and_may_be_asked_for_anew_at_every_call() -> None:
    known = ["old"]
    target = endpoint(keys=lambda: known)
    before = say(target, NEW, key="old", nonce="1")["resultCode"]
    known[:] = ["new", "old"]
    both = [say(target, NEW, key=key, nonce=key)["resultCode"] for key in ("old", "new")]
    known[:] = ["new"]

    assert (before, both, say(target, NEW, key="old", nonce="3")["resultCode"]) == ("000000", ["000000"] * 2, "000001")


@pytest.mark.req("A-BSG-001", "A-DEC-002")
def test_answers_are_signed_on_request() -> None:
    signed = signature.sign(KEY, NEW, timestamp_ms=NOW_MS, nonce="n")

    answer = endpoint(sign_answers=True).answer("POST", signed.query, signed.body)
    plain = endpoint().answer("POST", signed.query, signed.body)

    assert dict(answer.headers)["Body-Sign"] == signature.body_sign(KEY, answer.body)
    assert "Body-Sign" not in dict(plain.headers)


def test_nonces_are_forgotten_after_ten_minutes_and_when_they_are_too_many() -> None:
    nonces = sdk.MemoryNonces(most=3)

    assert [nonces.use("a", 0), nonces.use("a", 600_000), nonces.use("a", 600_001)] == [True, False, True]
    assert [nonces.use(each, 600_002) for each in "bcdba"] == [True, True, True, False, True]


# ---- calls -----------------------------------------------------------------------------------------------


@pytest.mark.req("A-V2C-001", "A-SIG-004")
def test_every_call_that_the_marketplace_can_build_is_read() -> None:
    at = datetime(2027, 4, 1, 15, 59, 59, tzinfo=UTC)
    line = {"order_id": "GA1", "order_line_id": "GA1-000001"}
    built = [
        (messages.new_instance(**line, business_id="b", test="1"), sdk.NewInstance(True, "GA1", "GA1-000001", "b")),
        (messages.query_instance("i", "j"), sdk.QueryInstance(False, ("i", "j"))),
        (
            messages.refresh_instance(scene="RENEWAL_CHANGE", **line, instance_id="i", ends_at=at, product_id="P"),
            sdk.RefreshInstance(False, "RENEWAL_CHANGE", "GA1", "GA1-000001", "i", "20270401155959", "P"),
        ),
        (
            messages.update_instance_status(instance_id="i", status="FREEZE"),
            sdk.UpdateInstanceStatus(False, "i", "FREEZE"),
        ),
        (messages.release_instance(instance_id="i"), sdk.ReleaseInstance(False, "i")),
        (
            messages.release_instance(instance_id="i", **line),
            sdk.ReleaseInstance(False, "i", "GA1", "GA1-000001"),
        ),
        (messages.upgrade_instance(instance_id="i", **line), sdk.UpgradeInstance(False, "i", "GA1", "GA1-000001")),
        (
            messages.change_instance_check(instance_id="i", product_id="P", sku_code="S", linear_value=5),
            sdk.ChangeInstanceCheck(False, "i", "P", "S", 5),
        ),
        (messages.order_notify(**line, testing=True), sdk.OrderNotify(True, "GA1", "GA1-000001")),
    ]

    assert [calls.read(members) for members, _call in built] == [call for _members, call in built]
    assert {type(call).activity for _members, call in built} == set(messages.FIELDS)
    assert calls.read(built[2][0]).ends_at == at  # type: ignore[attr-defined]


@pytest.mark.req("A-V2K-001")
def test_the_target_of_a_change_may_be_json_as_text() -> None:
    call = calls.read({"activity": "changeInstanceCheck", "instanceId": "i", "productInfo": '{"productId":"P"}'})

    assert call == sdk.ChangeInstanceCheck(False, "i", "P")


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({}, "unknown activity"),
        ({"activity": ["newInstance"]}, "unknown activity"),
        ({"activity": "dance"}, "unknown activity"),
        (NEW | {"orderId": 7}, "orderId"),
        (NEW | {"businessId": "x" * 65}, "businessId"),
        ({"activity": "queryInstance", "instanceId": ",".join("i" * 101)}, "more than 100"),
        ({"activity": "updateInstanceStatus", "instanceId": "i", "status": "THAW"}, "FREEZE or UNFREEZE"),
        ({"activity": "refreshInstance", "scene": "OTHER", "expireTime": "20270401155959"}, "scene"),
        ({"activity": "refreshInstance", "scene": "RENEWAL", "expireTime": "20271301155959"}, "expireTime"),
        ({"activity": "changeInstanceCheck", "instanceId": "i", "productInfo": "["}, "productInfo"),
        ({"activity": "changeInstanceCheck", "instanceId": "i", "productInfo": {}}, "productId"),
        ({"activity": "releaseInstance", "instanceId": "i", "orderId": 7}, "orderId"),
    ],
)
def test_a_call_that_cannot_be_read_names_what_is_wrong(members: dict[str, Any], problem: str) -> None:
    told = say(endpoint(), members)

    assert told["resultCode"] == "000002"
    assert problem in told["resultMsg"]


# ---- answers ---------------------------------------------------------------------------------------------


@pytest.mark.req("A-V2N-003", "A-V2Q-003", "A-V2C-003")
def test_the_methods_decide_what_is_answered() -> None:
    desk = Desk()
    target = endpoint(desk)
    line = {"orderId": "GA1", "orderLineId": "GA1-000001"}
    asked: list[dict[str, Any]] = [
        NEW,
        NEW | {"orderId": "SLOW"},
        {"activity": "queryInstance", "instanceId": "i,?"},
        {"activity": "queryInstance", "instanceId": "?"},
        {"activity": "releaseInstance", "instanceId": "i"},
        {"activity": "upgradeInstance", "instanceId": "i", **line},
        {"activity": "orderNotify", **line},
    ]

    told = [say(target, members, nonce=str(number)) for number, members in enumerate(asked)]

    assert told == [
        {"resultCode": "000000", "resultMsg": "success.", "instanceId": "b-1"},
        {"resultCode": "000004", "resultMsg": "accepted.", "instanceId": "b-1"},
        {
            "resultCode": "000000",
            "resultMsg": "success.",
            "info": [{"instanceId": "i", "appInfo": {"frontEndUrl": "https://a.example"}}],
        },
        {"resultCode": "000003", "resultMsg": "no such instance"},
        {"resultCode": "000000", "resultMsg": "success."},
        {"resultCode": "000003", "resultMsg": "no such instance"},
        {"resultCode": "000002", "resultMsg": "orderNotify is not supported"},
    ]


def test_a_product_that_overrides_nothing_supports_nothing() -> None:
    for number, activity in enumerate(messages.FIELDS):
        members = {
            "activity": activity, "orderId": "a", "orderLineId": "b", "businessId": "c", "instanceId": "d",
            "scene": "RENEWAL", "expireTime": "20270401155959", "status": "FREEZE", "productInfo": {"productId": "P"},
        }  # fmt: skip
        told = say(endpoint(sdk.Production()), members, nonce=str(number))
        assert told == {"resultCode": "000002", "resultMsg": f"{activity} is not supported"}


def test_a_reason_is_cut_to_what_the_contract_takes() -> None:
    members = {"activity": "changeInstanceCheck", "instanceId": "i", "productInfo": {"productId": "P"}}

    assert say(endpoint(), members) == {"resultCode": "000005", "resultMsg": "x" * 255}


@pytest.mark.req("A-V2Q-003")
def test_usage_is_a_total_with_up_to_four_decimals() -> None:
    at = datetime(2026, 1, 15, 9, 30, 0, 123_000, tzinfo=UTC)
    usage = (
        sdk.UsageInfo(3, at),
        sdk.UsageInfo(Decimal("12.5000"), at, dashboard_url="https://a.example", related_instance_id="r"),
    )

    assert sdk.InstanceInfo("i", usage=usage).members()["usageInfo"] == [
        {"usageValue": "3", "statisticalTime": "20260115093000123"},
        {
            "relatedInstanceId": "r",
            "usageValue": "12.5000",
            "statisticalTime": "20260115093000123",
            "dashboardUrl": "https://a.example",
        },
    ]


@pytest.mark.req("A-V2Q-003", "A-V2N-003")
@pytest.mark.parametrize(
    "answer",
    [
        sdk.Created("x" * 65),
        sdk.Created(""),
        sdk.AppInfo("x" * 513),
        sdk.AppInfo("u", admin_url="x" * 513),
        sdk.AppInfo("u", user_name="x" * 129),
        sdk.AppInfo("u", password="x" * 129),
        sdk.AppInfo("u", memo="x" * 1025),
        sdk.InstanceInfo("x" * 65),
        sdk.UsageInfo(Decimal("1.00001"), datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_what_does_not_fit_into_the_contract_is_found_before_it_is_sent(answer: Any) -> None:
    with pytest.raises(answers.TooLong):
        answer.members()


def test_a_fault_of_the_product_is_an_internal_error_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(sdk.Production):
        def new_instance(self, call: sdk.NewInstance) -> sdk.Created:
            raise ZeroDivisionError

    assert say(endpoint(Broken()), NEW) == {"resultCode": "000005", "resultMsg": "internal error"}
    assert "The call was not carried out" in caplog.text


@pytest.mark.req("A-V2Q-003")
def test_memos_are_written_with_escapes() -> None:
    class Chinese(Desk):
        def query_instance(self, call: sdk.QueryInstance) -> Iterable[sdk.InstanceInfo]:
            return [sdk.InstanceInfo("i", sdk.AppInfo("https://a.example", memo="中文"))]

    signed = signature.sign(KEY, {"activity": "queryInstance", "instanceId": "i"}, timestamp_ms=NOW_MS, nonce="n")

    answer = endpoint(Chinese()).answer("POST", signed.query, signed.body)

    assert b'"memo":"\\u4e2d\\u6587"' in answer.body
    assert answer.members["info"][0]["appInfo"]["memo"] == "中文"


# ---- WSGI ------------------------------------------------------------------------------------------------


def test_wsgi_knows_its_paths_and_reads_no_more_than_it_must() -> None:
    app = sdk.WsgiApp({"/saas": endpoint()})
    signed = signature.sign(KEY, NEW, timestamp_ms=NOW_MS, nonce="n")
    query = "&".join(f"{name}={value}" for name, value in signed.query.items())

    def ask(path: str, body: bytes, length: str | None = None, method: str = "POST") -> tuple[str, bytes]:
        told: list[str] = []
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)) if length is None else length,
        }  # fmt: skip
        found = b"".join(app(environ, lambda status, headers: told.append(status)))
        return told[0], found

    assert ask("/saas", signed.body) == ("200 OK", b'{"resultCode":"000000","resultMsg":"success.","instanceId":"b-1"}')
    assert ask("/elsewhere", signed.body)[0] == "404 Not Found"
    assert ask("/saas", signed.body, method="GET")[0] == "405 Method Not Allowed"
    assert ask("/saas", b" " * 300_000)[0].startswith("413 ")
    assert b"000001" in ask("/saas", signed.body, length="x")[1]


# ---- encrypted fields of contract 1.0 --------------------------------------------------------------------

AES = [
    ("admin@demo.example.com", "Abcd1234Efgh5678", 256, "chRJCA/itmo2gn9QRkXRQ94wAEzKI14XlUgYN/a172M="),
    ("Init-Pw#2026", "Zyxw9876Vuts5432", 256, "vtNKEw5WpUJnYK6WImFFSQ=="),
    ("13800000000", "0123456789abcdef", 256, "UfdeVEGoC/Fs2ggcZ7Uohw=="),
    ("admin@demo.example.com", "Abcd1234Efgh5678", 128, "aP3l/ZyekysI/Xz7fG5dJ1fxdWHt55ySSkPSzZJi0As="),
    ("Init-Pw#2026", "Zyxw9876Vuts5432", 128, "cwonMqvRIPL/C+YBe8BR1A=="),
    ("13800000000", "0123456789abcdef", 128, "9dkLmYLG6FWPIKmJx3RFIA=="),
]


@pytest.mark.req("A-AES-001", "A-AES-002", "A-AES-003")
@pytest.mark.parametrize(("text", "iv", "bits", "sealed"), AES)
def test_the_vectors_of_the_encrypted_fields_come_out(text: str, iv: str, bits: Any, sealed: str) -> None:
    assert fields.encrypt(text, KEY, bits=bits, iv=iv) == iv + sealed
    assert fields.decrypt(iv + sealed, KEY, bits=bits) == text


@pytest.mark.req("A-AES-002", "A-AES-003")
def test_the_derived_keys_are_the_printed_ones() -> None:
    assert fields.derived_key(KEY).hex() == "4bad3987864f9b21eb5ee9df843b12ca22b3db26f7d4fc7ea989a3b0d0bbc6ce"
    assert fields.derived_key(KEY, 128).hex() == "4bad3987864f9b21eb5ee9df843b12ca"


@pytest.mark.req("A-AES-001")
def test_fields_go_there_and_back_with_a_new_beginning_each_time_and_changed_ones_are_refused() -> None:
    sealed = [fields.encrypt("密码 x", KEY) for _ in range(2)]

    assert sealed[0][:16] != sealed[1][:16]
    assert [fields.decrypt(each, KEY) for each in sealed] == ["密码 x"] * 2
    for broken in ("", "short", sealed[0][:-5], sealed[0][:16] + "!!!!", "é" * 40):
        with pytest.raises(fields.NotDecrypted):
            fields.decrypt(broken, KEY)
