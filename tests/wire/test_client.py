"""Our caller against a seller's server over real HTTP: good, slow, wrong and down (A-V2C-T1 to T10)."""

from __future__ import annotations

import json
import re
import shlex
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from galleria.delivering.adapters.saas_v2 import client, messages, signature
from galleria.demo.sample_seller.server import SampleSeller
from galleria.kit import outgoing
from galleria_seller import signature as verify
from tests.wire.conftest import KEY, RawServer

StartRaw = Callable[..., RawServer]
ENDS = datetime(2027, 1, 15, 15, 59, 59, tzinfo=UTC)


def new(order: str = "GA1", business: str = "") -> messages.Body:
    return messages.new_instance(
        order_id=order, order_line_id=f"{order}-000001", business_id=business or str(uuid.uuid4())
    )


class Caller:
    """Calls one seller with the lab's settings."""

    def __init__(self, seller: SampleSeller, settings: client.CallSettings) -> None:
        self.seller = seller
        self.settings = settings

    def __call__(self, body: messages.Body, key: str = KEY, **more: Any) -> client.Exchange:
        settings = replace(self.settings, **more.pop("settings", {}))
        if more.pop("hasty", False):
            settings = replace(settings, policy=replace(settings.policy, seconds=0.8))
        return client.call(self.seller.address(), key, body["activity"], body, settings=settings, **more)

    def order(self, **rule: Any) -> None:
        """Make the seller misbehave."""
        self.seller.faults.add(rule)


@pytest.fixture
def caller(seller: SampleSeller, lab: client.CallSettings) -> Caller:
    return Caller(seller, lab)


# ---- the record ----------------------------------------------------------------------------------------


@pytest.mark.req("A-V2C-001", "A-SIG-002", "A-ADR-001", "A-ALM-002")
def test_a_call_leaves_a_complete_record(raw_server: StartRaw, lab: client.CallSettings) -> None:
    answer = b'{"resultCode":"000000","resultMsg":"success.","instanceId":"i-1"}'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    server = raw_server(head % len(answer) + answer)
    before = time.time_ns() // 1_000_000

    exchange = client.call(f"http://127.0.0.1:{server.port}/p?shop=7", KEY, "newInstance", new(), settings=lab)

    sent_head, _, sent_body = server.requests[0].partition(b"\r\n\r\n")
    found = re.fullmatch(
        rb"POST (/p\?shop=7&signature=[0-9A-F]{64}&timestamp=[0-9]{13}&nonce=[0-9A-F]{64}) HTTP/1.1",
        sent_head.splitlines()[0],
    )
    assert found
    assert b"\r\nAccept: application/json\r\n" in sent_head + b"\r\n"
    assert b"\r\nContent-Type: application/json;charset=utf8\r\n" in sent_head + b"\r\n"
    assert exchange.url == f"http://127.0.0.1:{server.port}{found.group(1).decode()}"
    assert exchange.request_body == sent_body
    assert (exchange.status, exchange.body, exchange.address) == (200, answer, "127.0.0.1")
    assert ("Content-Type", "application/json") in exchange.headers
    assert (exchange.phase, exchange.verdict.outcome, exchange.verdict.instance_id) == ("answer", "succeeded", "i-1")
    assert before <= exchange.timestamp_ms <= time.time_ns() // 1_000_000
    assert abs(exchange.sent_at.timestamp() * 1000 - exchange.timestamp_ms) < 1
    assert 0 <= exchange.milliseconds < 5000


def test_the_body_must_be_of_the_activity(lab: client.CallSettings) -> None:
    with pytest.raises(ValueError, match="not one of queryInstance"):
        client.call("http://127.0.0.1/", KEY, "queryInstance", new(), settings=lab)


def test_the_record_hides_account_and_password(caller: Caller) -> None:
    made = caller(new())
    asked = caller(messages.query_instance(made.verdict.instance_id))

    app = asked.verdict.instances[0].app
    assert app is not None
    assert app.password.encode() in asked.body
    assert app.password.encode() not in asked.logged_body
    assert app.password not in repr(asked)


@pytest.mark.req("A-DBG-001")
def test_the_request_command_is_a_line_for_a_shell(lab: client.CallSettings) -> None:
    signed = client.prepare(KEY, messages.order_notify(order_id="it's", order_line_id="1"), settings=lab)

    words = shlex.split(client.curl_command("https://isv.example.com/saas", signed))

    assert words[:3] == ["curl", "-X", "POST"]
    assert words[words.index("--data-raw") + 1].encode() == signed.payload
    assert words[-1] == signed.url("https://isv.example.com/saas")


# ---- A-V2C-T1 to T10 -----------------------------------------------------------------------------------


EVERY: list[messages.Body] = [
    new(),
    messages.query_instance("i-1"),
    messages.query_instance("i-1", "i-2"),
    messages.refresh_instance(
        scene="RENEWAL", order_id="GA2", order_line_id="GA2-000001", instance_id="i-1", ends_at=ENDS
    ),
    messages.update_instance_status(instance_id="i-1", status="FREEZE"),
    messages.release_instance(instance_id="i-1"),
    messages.upgrade_instance(instance_id="i-1", order_id="GA3", order_line_id="GA3-000001"),
    messages.change_instance_check(instance_id="i-1", product_id="OFFI1", sku_code="sku", linear_value=5),
    messages.order_notify(order_id="测试订单-01", order_line_id="测试订单-01-000001"),
]


@pytest.mark.req("A-V2C-T1", "A-DEC-001")
@pytest.mark.parametrize("body", EVERY, ids=lambda body: body["activity"])
def test_t1_verifiers_with_sorting_and_over_raw_bytes_accept_every_call(
    raw_server: StartRaw, lab: client.CallSettings, body: messages.Body
) -> None:
    server = raw_server(b'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{"resultCode":"000000"}')

    exchange = client.call(f"http://127.0.0.1:{server.port}/saas", KEY, body["activity"], body, settings=lab)

    sent = server.requests[0].partition(b"\r\n\r\n")[2]
    query = dict(part.split("=") for part in exchange.url.partition("?")[2].split("&"))
    arguments = (KEY, query["signature"], query["timestamp"], query["nonce"], sent)
    assert verify.is_signed(*arguments)
    assert verify.is_signed_raw(*arguments)
    assert not verify.is_signed("another key", *arguments[1:])


@pytest.mark.req("A-V2C-T2", "A-ADR-001")
def test_t2_a_seller_that_sleeps_is_a_timeout(caller: Caller) -> None:
    caller.order(do="slow", seconds=3, times=1)

    exchange = caller(new(), hasty=True)

    assert (exchange.phase, exchange.status, exchange.verdict.outcome) == ("timeout", None, "failed")
    assert exchange.verdict.problem == "timeout: no complete answer within 0.8 s (while waiting for the answer)"
    assert 750 <= exchange.milliseconds < 2500
    assert not exchange.never_arrived


@pytest.mark.slow
@pytest.mark.req("A-V2C-T2", "A-ADR-001")
def test_t2_the_limit_is_five_seconds_when_nothing_else_is_set(caller: Caller) -> None:
    caller.order(do="slow", seconds=6, times=1)
    policy = outgoing.Policy(allowed_networks=caller.settings.policy.allowed_networks)

    exchange = caller(new(), settings={"policy": policy})

    assert exchange.phase == "timeout"
    assert 4900 <= exchange.milliseconds < 5900


@pytest.mark.req("A-V2C-T3", "A-V2N-006", "A-V2Q-001")
def test_t3_an_asynchronous_seller_is_ready_at_the_third_query(caller: Caller) -> None:
    caller.order(do="async", polls=2)

    made = caller(new())
    queries = [caller(messages.query_instance(made.verdict.instance_id)) for _ in range(3)]

    assert (made.verdict.outcome, made.verdict.code) == ("accepted", "000004")
    assert [query.verdict.outcome for query in queries] == ["not_yet", "not_yet", "succeeded"]
    assert queries[2].verdict.instance(made.verdict.instance_id) is not None


@pytest.mark.req("A-V2C-T5", "A-RET-018")
def test_t5_a_retry_is_a_new_request_for_the_same_order(caller: Caller) -> None:
    caller.order(do="code", code="000005", times=1)

    first, second = caller(new("GA7")), caller(new("GA7"))

    assert (first.verdict.outcome, second.verdict.outcome) == ("failed", "succeeded")
    calls = caller.seller.store.calls()
    queries = [dict(part.split("=") for part in call["path"].partition("?")[2].split("&")) for call in calls]
    bodies = [json.loads(call["body"]) for call in calls]
    assert queries[0]["nonce"] != queries[1]["nonce"]
    assert queries[0]["signature"] != queries[1]["signature"]
    assert int(queries[0]["timestamp"]) < int(queries[1]["timestamp"])
    assert bodies[0]["businessId"] != bodies[1]["businessId"]
    assert (bodies[0]["orderId"], bodies[0]["orderLineId"]) == (bodies[1]["orderId"], bodies[1]["orderLineId"])


@pytest.mark.req("A-V2C-T6", "A-DEC-002", "A-BSG-001")
def test_t6_a_signed_answer_is_verified_and_an_unsigned_one_accepted(caller: Caller) -> None:
    absent = caller(new())
    caller.order(do="body_sign", value="right", times=2)
    right, required = caller(new()), caller(new(), settings={"require_body_sign": True})
    caller.order(do="body_sign", value="wrong", times=1)
    wrong = caller(new())
    missing = caller(new(), settings={"require_body_sign": True})

    assert [one.verdict.outcome for one in (absent, right, required)] == ["succeeded"] * 3
    assert (wrong.verdict.outcome, wrong.verdict.field) == ("failed", "Body-Sign")
    assert wrong.verdict.problem == "Body-Sign does not match the answer's body"
    assert missing.verdict.problem == "http header->bodySign is empty"


@pytest.mark.req("A-V2C-T7")
def test_t7_a_number_as_result_code_is_a_failure(caller: Caller) -> None:
    caller.order(do="wrong_type")

    assert caller(new()).verdict.problem == "resultCode must be a string, not 0"


@pytest.mark.req("A-V2C-T8", "A-DBG-003")
def test_t8_an_instance_id_of_65_characters_is_a_failure_that_names_the_field(caller: Caller) -> None:
    caller.order(do="long_instance")

    verdict = caller(new()).verdict

    assert (verdict.outcome, verdict.field) == ("failed", "instanceId")
    assert verdict.problem == "instanceId has 65 characters, the limit is 64"


@pytest.mark.req("A-V2C-T9")
def test_t9_a_status_of_401_is_a_failure_although_the_body_says_success(caller: Caller) -> None:
    caller.order(do="status", status=401)

    exchange = caller(new())

    assert (exchange.status, exchange.verdict.problem) == (401, "HTTP status 401 instead of 200")
    assert b'"resultCode":"000000"' in exchange.body


@pytest.mark.req("A-V2C-T10", "A-V2R-003")
def test_t10_a_renewal_sets_the_end_of_the_period_in_utc_and_a_repeat_changes_nothing(caller: Caller) -> None:
    instance_id = caller(new()).verdict.instance_id
    body = messages.refresh_instance(
        scene="RENEWAL", order_id="GA2", order_line_id="GA2-000001", instance_id=instance_id, ends_at=ENDS
    )

    outcomes = [caller(body).verdict.outcome for _ in range(2)]

    instance = caller.seller.store.instance(instance_id)
    assert outcomes == ["succeeded", "succeeded"]
    assert instance is not None
    assert instance["expire_time"] == "20270115155959"
    assert len(caller.seller.store.changes()) == 1


# ---- sellers that misbehave ----------------------------------------------------------------------------


@pytest.mark.req("A-RET-017", "A-ADR-001")
@pytest.mark.parametrize(
    ("rule", "status", "phase", "problem"),
    [
        ({"do": "html"}, 200, "answer", "the answer is not JSON (it begins with \"<html>"),
        ({"do": "redirect"}, 302, "answer", "HTTP status 302: redirects are not followed"),
        ({"do": "down"}, None, "http", "http: the connection was closed before an answer arrived"),
        ({"do": "huge"}, 200, "too_large", "too_large: the answer is longer than 1048576 bytes"),
        ({"do": "drip", "seconds": 8}, 200, "timeout", "timeout: no complete answer within 0.8 s (while reading"),
        ({"do": "code", "code": "000002"}, 200, "answer", 'resultCode "000002" (invalid request parameter)'),
        ({"do": "raw", "body": "{", "status": 503}, 503, "answer", "HTTP status 503 instead of 200"),
        ({"do": "raw", "body": "", "status": 204}, 204, "answer", "HTTP status 204 instead of 200"),
    ],
    ids=lambda value: value["do"] if isinstance(value, dict) else "",
)  # fmt: skip
def test_every_misbehaviour_is_a_failure_with_its_reason(
    caller: Caller, rule: dict[str, Any], status: int | None, phase: str, problem: str
) -> None:
    caller.order(**rule)

    exchange = caller(new(), hasty=rule["do"] == "drip")

    assert (exchange.verdict.outcome, exchange.status, exchange.phase) == ("failed", status, phase)
    assert exchange.verdict.problem.startswith(problem)
    assert caller.seller.store.instances() == [] or rule["do"] == "drip"


@pytest.mark.req("A-V2N-004", "A-RET-018")
def test_a_seller_that_succeeds_after_our_time_out_gives_the_same_instance_to_the_retry(caller: Caller) -> None:
    caller.order(do="late", seconds=3, times=1)

    first = caller(new("GA9", "business-1"), hasty=True)
    second = caller(new("GA9", "business-2"))

    assert first.phase == "timeout"
    assert second.verdict.instance_id == "business-1"
    assert len(caller.seller.store.instances()) == 1


@pytest.mark.req("A-V2N-005")
def test_another_instance_id_on_retry_is_visible_to_whoever_kept_the_first(caller: Caller) -> None:
    first = caller(new("GA9"))
    caller.order(do="other_instance", times=1)
    second = caller(new("GA9"))

    assert second.verdict.instance_id != first.verdict.instance_id
    assert second.verdict.instance_id.startswith("other-")


@pytest.mark.req("A-V2Q-004")
def test_a_query_without_info_is_not_ready(caller: Caller) -> None:
    instance_id = caller(new()).verdict.instance_id
    caller.order(do="no_info", times=1)

    assert caller(messages.query_instance(instance_id)).verdict.outcome == "not_yet"
    assert caller(messages.query_instance(instance_id)).verdict.outcome == "succeeded"


@pytest.mark.req("A-V2D-003")
def test_a_release_may_be_repeated(caller: Caller) -> None:
    instance_id = caller(new()).verdict.instance_id
    body = messages.release_instance(instance_id=instance_id)
    caller.order(do="code", code="000003", activity="releaseInstance", times=2)

    assert caller(body).verdict.outcome == "failed"
    assert caller(body, repeated=True).verdict.outcome == "succeeded"
    assert caller(body).verdict.outcome == "succeeded"


@pytest.mark.req("A-V2R-003")
def test_an_older_seller_that_does_not_know_the_renewal_change_refuses_it(caller: Caller) -> None:
    instance_id = caller(new()).verdict.instance_id
    caller.order(do="code", code="000002", activity="refreshInstance")
    body = messages.refresh_instance(
        scene="RENEWAL_CHANGE",
        order_id="GA2",
        order_line_id="GA2-000001",
        instance_id=instance_id,
        ends_at=ENDS,
        product_id="OFFI1",
    )

    verdict = caller(body).verdict

    assert (verdict.outcome, verdict.code) == ("failed", "000002")


def test_a_call_that_was_blocked_or_refused_never_arrived(caller: Caller, lab: client.CallSettings) -> None:
    blocked = client.call("https://10.0.0.1/saas", KEY, "newInstance", new(), settings=lab)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    refused = client.call(f"http://127.0.0.1:{port}/", KEY, "newInstance", new(), settings=lab)

    assert (blocked.phase, blocked.never_arrived, blocked.status) == ("blocked", True, None)
    assert blocked.verdict.problem == "blocked: 10.0.0.1 is not a public address"
    assert (refused.phase, refused.never_arrived) == ("connect", True)


# ---- signature variants --------------------------------------------------------------------------------


@pytest.mark.req("A-DBG-004", "A-SIG-006")
@pytest.mark.parametrize("variant", signature.VARIANTS)
def test_a_server_built_on_a_misreading_accepts_its_variant_and_only_that(
    raw_server: StartRaw, lab: client.CallSettings, variant: signature.Variant
) -> None:
    """The server repeats the signature as its documentation reads it, from the parsed body."""

    def misread(server: RawServer, connection: socket.socket) -> None:
        head, _, body = server.read_request(connection).partition(b"\r\n\r\n")
        query = dict(part.split(b"=") for part in head.split()[1].partition(b"?")[2].split(b"&"))
        timestamp_ms = int(query[b"timestamp"]) * (1000 if variant == "seconds" else 1)
        is_fresh = abs(time.time_ns() // 1_000_000 - timestamp_ms) < 60_000
        expected = signature.sign(
            KEY,
            json.loads(body),
            timestamp_ms=timestamp_ms,
            nonce=query[b"nonce"].decode(),
            variant=variant,
        )
        is_right = is_fresh and expected.signature.encode() == query[b"signature"]
        code = b"000000" if is_right else b"000001"
        answer = b'{"resultCode":"%s"}' % code
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))

    url = f"http://127.0.0.1:{raw_server(misread).port}/saas"
    body = messages.update_instance_status(instance_id="i-1", status="FREEZE")
    accepted = [
        tried
        for tried in signature.VARIANTS
        if client.call(url, KEY, "updateInstanceStatus", body, settings=replace(lab, variant=tried)).is_success
    ]

    assert accepted == [variant]


@pytest.mark.req("A-DBG-004")
def test_the_standard_seller_answers_000001_to_every_misreading(caller: Caller) -> None:
    codes = {variant: caller(new(), settings={"variant": variant}).verdict.code for variant in signature.VARIANTS}

    # Seconds are a moment of 1970 to a server that reads milliseconds: a stale timestamp.
    assert codes == {
        "standard": "000000",
        "descending": "000001",
        "plain_sha256": "000001",
        "seconds": "000002",
        "base64_key": "000001",
    }
