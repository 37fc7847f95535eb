"""Debugging calls on the wire: what a server must bear from tests, and what the probe makes of its answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from galleria.connecting import probing
from galleria.delivering.adapters.saas_v2 import client, messages
from galleria.delivering.adapters.saas_v2.messages import FieldProblem
from galleria.demo.sample_seller.server import SampleSeller
from tests.misreading import misreading_server  # noqa: F401 (fixture)
from tests.shop import KEY
from tests.wire.conftest import SellerProcess

AT = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def attempt(seller: Any, lab: client.CallSettings, activity: Any, **more: Any) -> probing.Tried:
    values = {**probing.presets(activity, at=AT), **more}
    body = probing.body_of(activity, values)
    return probing.attempt(seller.address(), KEY, activity, body, settings=lab, pause=0.01)


@pytest.mark.req("A-DBG-002")
def test_the_preset_values_are_those_that_sellers_have_in_their_tests() -> None:
    made = {activity: probing.presets(activity, at=AT) for activity in probing.ORDER}
    assert made["newInstance"]["orderId"] == "CS1906666666ABCDE"
    assert made["queryInstance"] == {"instanceId": "huaiweitest123456"}
    assert made["refreshInstance"]["productId"] == "00301-666666-0--0"
    assert made["refreshInstance"]["expireTime"] == "20270115093000"
    assert made["upgradeInstance"]["orderId"] == "CS1906666688ABCDE"
    assert made["changeInstanceCheck"]["productInfo.productId"] == "00301-666688-0--0"
    assert probing.CUSTOMER_ID == "68cbc86abc2018ab880d92f36422fa0e"
    for activity in probing.ORDER:
        assert messages.build(activity, probing.body_of(activity, made[activity]))["testFlag"] == "1"


@pytest.mark.req("A-DBG-003")
@pytest.mark.parametrize(
    ("activity", "values", "field", "problem"),
    [
        ("newInstance", {"orderId": ""}, "orderId", "is missing"),
        ("newInstance", {"orderId": "x" * 65}, "orderId", "has 65 characters, the limit is 64"),
        ("refreshInstance", {"scene": "HOLIDAY"}, "scene", "must be one of"),
        ("changeInstanceCheck", {"productInfo.productId": ""}, "productInfo.productId", "is missing"),
        (
            "changeInstanceCheck",
            {"productInfo.linearValue": "five"},
            "productInfo.linearValue",
            "must be a whole number",
        ),
        ("changeInstanceCheck", {"productInfo.skuCode": "s" * 65}, "productInfo.skuCode", "the limit is 64"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(
    activity: Any, values: dict[str, str], field: str, problem: str
) -> None:
    with pytest.raises(FieldProblem) as wrong:
        probing.body_of(activity, {**probing.presets(activity, at=AT), **values})
    assert wrong.value.field == field
    assert problem in wrong.value.problem


@pytest.mark.req("A-DBG-001", "A-V2N-004")
def test_a_test_order_can_be_made_again_after_its_instance_was_deleted(
    seller: SampleSeller, lab: client.CallSettings
) -> None:
    first = attempt(seller, lab, "newInstance").instance_id
    assert attempt(seller, lab, "releaseInstance", instanceId=first).passed
    assert not attempt(seller, lab, "queryInstance", instanceId=first).passed

    again = attempt(seller, lab, "newInstance").instance_id

    assert again == first
    assert attempt(seller, lab, "queryInstance", instanceId=first).passed


def test_an_instance_of_a_real_order_stays_deleted(seller: SampleSeller, lab: client.CallSettings) -> None:
    body = messages.new_instance(order_id="GA1", order_line_id="GA1-000001", business_id="b-1")
    client.call(seller.address(), KEY, "newInstance", body, settings=lab)
    gone = messages.release_instance(instance_id="b-1")
    client.call(seller.address(), KEY, "releaseInstance", gone, settings=lab)
    client.call(seller.address(), KEY, "newInstance", body, settings=lab)
    asked = client.call(seller.address(), KEY, "queryInstance", messages.query_instance("b-1"), settings=lab)
    assert asked.verdict.code == "000003"


@pytest.mark.req("A-RET-017", "A-DBG-003")
@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"do": "down"}, "http: the connection was closed before an answer arrived"),
        ({"do": "status", "status": 503}, "HTTP status 503 instead of 200"),
        ({"do": "html"}, "the answer is not JSON"),
        ({"do": "raw", "body": '{"resultMsg":"fine"}'}, "resultCode is missing"),
        ({"do": "code", "code": "000005"}, 'resultCode "000005" (other internal error)'),
        ({"do": "code", "code": "000999", "message": "busy"}, 'resultCode "000999" (a code of the seller\'s own)'),
        ({"do": "body_sign", "value": "wrong"}, "Body-Sign does not match the answer's body"),
    ],
)
def test_what_counts_as_a_failed_call(
    seller: SampleSeller, lab: client.CallSettings, fault: dict[str, Any], problem: str
) -> None:
    seller.faults.add(fault)
    tried = attempt(seller, lab, "newInstance")
    assert not tried.passed
    assert problem in tried.problem


def test_a_departure_from_the_contract_that_orders_forgive_is_a_failure_here(
    seller: SampleSeller, lab: client.CallSettings
) -> None:
    made = attempt(seller, lab, "newInstance")
    body = f'{{"resultCode":"000000","info":[{{"instanceId":"{made.instance_id}","appInfo":{{"frontEndUrl":""}}}}]}}'
    seller.faults.add({"do": "raw", "body": body})
    tried = attempt(seller, lab, "queryInstance", instanceId=made.instance_id)
    assert tried.problem == "info[0].appInfo.frontEndUrl is missing"


@pytest.mark.req("A-V2C-T3", "A-V2N-006")
@pytest.mark.parametrize(("polls", "passed"), [(0, True), (2, True), (9, True)])
def test_provisioning_is_asked_for_three_times_at_most(
    seller: SampleSeller, lab: client.CallSettings, polls: int, passed: bool
) -> None:
    seller.faults.add({"do": "async", "polls": polls, "times": 1})
    tried = attempt(seller, lab, "newInstance")
    assert tried.passed is passed  # the id is enough for this activity
    assert len(tried.polls) == (0 if polls == 0 else min(polls + 1, 3))
    asked = attempt(seller, lab, "queryInstance", instanceId=tried.instance_id)
    assert asked.passed is (polls < 6)


@pytest.mark.req("A-DBG-004")
@pytest.mark.parametrize("variant", ["descending", "plain_sha256", "seconds", "base64_key"])
def test_the_misreading_that_a_server_accepts_is_named(
    misreading_server: Callable[..., str],  # noqa: F811
    lab: client.CallSettings,
    variant: str,
) -> None:
    body = probing.body_of("newInstance", probing.presets("newInstance", at=AT))
    found = probing.diagnose(misreading_server(variant), KEY, "newInstance", body, settings=lab)
    assert found.variant == variant


@pytest.mark.req("A-DBG-004", "A-KEY-001")
def test_a_verifier_with_another_key_is_not_taken_for_a_misreading_and_a_key_of_another_type_is_named(
    seller_process: Callable[..., SellerProcess], lab: client.CallSettings
) -> None:
    seller = seller_process("--key", "the-general-key")
    body = probing.body_of("newInstance", probing.presets("newInstance", at=AT))
    assert probing.diagnose(seller.address(), KEY, "newInstance", body, settings=lab) == probing.Diagnosis(
        tried=("descending", "plain_sha256", "seconds", "base64_key")
    )
    found = probing.diagnose(
        seller.address(), KEY, "newInstance", body, settings=lab, other_keys={"general": "the-general-key"}
    )
    assert (found.variant, found.key_kind) == (None, "general")


@pytest.mark.req("A-DIA-004", "A-RET-018")
def test_repetitions_never_send_the_same_bytes_twice(seller: SampleSeller, lab: client.CallSettings) -> None:
    values = probing.presets("newInstance", at=AT)
    case = probing.SavedCase("newInstance", "", values, "saved-then")
    for _ in range(2):
        assert all(each.passed for each in probing.repeat(seller.address(), KEY, [case], settings=lab))
    bodies = [call["body"] for call in seller.store.calls()]
    assert len(set(bodies)) == 2
    assert not any(str(values["businessId"]) in body for body in bodies)
