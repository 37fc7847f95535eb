"""What leaves the marketplace: the members of each activity, their limits, and no member more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from galleria.delivering.adapters.saas_v2 import messages, signature
from galleria.delivering.adapters.saas_v2.matrix import ChargingMode, needed_activities

ORDER = {"order_id": "GA2601150930X7K2QP", "order_line_id": "GA2601150930X7K2QP-000001"}
WIRE_ORDER = {"orderId": "GA2601150930X7K2QP", "orderLineId": "GA2601150930X7K2QP-000001"}
ENDS = datetime(2027, 1, 15, 15, 59, 59, tzinfo=UTC)


@pytest.mark.req("A-V2N-002", "A-V2C-005", "A-V2C-004")
def test_new_instance_names_order_line_and_business_and_nothing_about_buyer_product_or_amount() -> None:
    body = messages.new_instance(**ORDER, business_id="5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68")

    assert signature.payload(body) == (
        b'{"activity":"newInstance","businessId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68",'
        b'"orderId":"GA2601150930X7K2QP","orderLineId":"GA2601150930X7K2QP-000001"}'
    )


@pytest.mark.req("A-V2Q-002")
def test_query_instance_names_one_id_or_a_list() -> None:
    assert messages.query_instance("i-1") == {"activity": "queryInstance", "instanceId": "i-1"}
    assert messages.query_instance("i-1", "i-2")["instanceId"] == "i-1,i-2"
    with pytest.raises(messages.FieldProblem, match="names 101 instances, the limit is 100"):
        messages.query_instance(*[f"i-{n}" for n in range(101)])
    for wrong in (("",), ("x" * 65,), ("i-1", "i,2")):
        with pytest.raises(messages.FieldProblem):
            messages.query_instance(*wrong)


@pytest.mark.req("A-V2Q-002")
def test_many_instances_are_asked_for_one_by_one_unless_the_seller_allows_lists() -> None:
    ids = [f"{n:036d}" for n in range(150)]

    single = messages.query_instances(ids, batches=False)
    lists = messages.query_instances(ids, batches=True)

    assert [body["instanceId"] for body in single] == ids
    assert [body["instanceId"].count(",") + 1 for body in lists] == [100, 50]


@pytest.mark.req("A-V2R-001", "A-V2C-T10", "A-DEC-006", "A-V2C-006")
def test_refresh_instance_carries_the_new_end_as_14_digits_in_utc() -> None:
    beijing = datetime(2027, 1, 15, 23, 59, 59, tzinfo=timezone(timedelta(hours=8)))

    body = messages.refresh_instance(scene="RENEWAL", **ORDER, instance_id="i-1", ends_at=beijing)

    assert body == {
        "activity": "refreshInstance",
        "scene": "RENEWAL",
        **WIRE_ORDER,
        "instanceId": "i-1",
        "expireTime": "20270115155959",
    }
    assert messages.expire_time(ENDS) == body["expireTime"]
    with pytest.raises(ValueError, match="time zone"):
        messages.expire_time(ENDS.replace(tzinfo=None))


@pytest.mark.req("A-V2R-001")
@pytest.mark.parametrize("scene", ["TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"])
def test_refresh_instance_has_four_scenes_and_names_the_product_only_where_it_is_given(scene: messages.Scene) -> None:
    body = messages.refresh_instance(
        scene=scene, **ORDER, instance_id="i-1", ends_at=ENDS, product_id="OFFI900100200300400500"
    )

    assert (body["scene"], body["productId"]) == (scene, "OFFI900100200300400500")


@pytest.mark.req("A-V2R-001")
def test_a_change_upon_renewal_always_names_the_product() -> None:
    with pytest.raises(messages.FieldProblem, match=r"refreshInstance\.productId: is missing"):
        messages.refresh_instance(scene="RENEWAL_CHANGE", **ORDER, instance_id="i-1", ends_at=ENDS)


@pytest.mark.req("A-V2S-001")
def test_update_instance_status_freezes_and_unfreezes() -> None:
    assert messages.update_instance_status(instance_id="i-1", status="FREEZE") == {
        "activity": "updateInstanceStatus",
        "instanceId": "i-1",
        "status": "FREEZE",
    }
    assert messages.update_instance_status(instance_id="i-1", status="UNFREEZE")["status"] == "UNFREEZE"
    with pytest.raises(messages.FieldProblem, match="must be one of FREEZE, UNFREEZE, not 'THAW'"):
        messages.update_instance_status(instance_id="i-1", status="THAW")  # type: ignore[arg-type]


@pytest.mark.req("A-V2D-001")
def test_release_instance_names_the_order_only_after_an_unsubscription() -> None:
    assert messages.release_instance(instance_id="i-1") == {"activity": "releaseInstance", "instanceId": "i-1"}
    assert messages.release_instance(instance_id="i-1", **ORDER) == {
        "activity": "releaseInstance",
        "instanceId": "i-1",
        **WIRE_ORDER,
    }


@pytest.mark.req("A-V2U-001")
def test_upgrade_instance_names_the_new_order_and_the_old_instance() -> None:
    body = messages.upgrade_instance(instance_id="i-1", **ORDER)

    assert body == {"activity": "upgradeInstance", "instanceId": "i-1", **WIRE_ORDER}


@pytest.mark.req("A-V2K-001", "A-SIG-004")
def test_change_instance_check_sends_the_target_as_an_object() -> None:
    body = messages.change_instance_check(instance_id="i-1", product_id="OFFI1", sku_code="sku", linear_value=5)

    assert signature.payload(body) == (
        b'{"activity":"changeInstanceCheck","instanceId":"i-1",'
        b'"productInfo":{"linearValue":5,"productId":"OFFI1","skuCode":"sku"}}'
    )
    short = messages.change_instance_check(instance_id="i-1", product_id="OFFI1")
    assert short["productInfo"] == {"productId": "OFFI1"}
    with pytest.raises(messages.FieldProblem, match=r"productInfo\.skuCode"):
        messages.change_instance_check(instance_id="i-1", product_id="OFFI1", sku_code="x" * 65)


@pytest.mark.req("A-V2O-001", "A-V2O-002")
def test_order_notify_always_says_whether_it_is_a_test() -> None:
    assert messages.order_notify(**ORDER) == {"activity": "orderNotify", **WIRE_ORDER, "testFlag": "0"}
    assert messages.order_notify(**ORDER, testing=True)["testFlag"] == "1"


@pytest.mark.req("A-DEC-004", "A-V2N-002")
def test_production_sends_no_test_flag_unless_the_address_wants_a_zero() -> None:
    assert messages.flag_for(testing=False) is None
    assert messages.flag_for(testing=True) == "1"
    assert messages.flag_for(testing=True, send_zero=True) == "1"
    zero = messages.flag_for(testing=False, send_zero=True)
    assert messages.query_instance("i-1", test=zero)["testFlag"] == "0"


EVERY: list[Callable[[messages.TestFlag], messages.Body]] = [
    lambda flag: messages.new_instance(**ORDER, business_id="b", test=flag),
    lambda flag: messages.query_instance("i-1", test=flag),
    lambda flag: messages.refresh_instance(scene="RENEWAL", **ORDER, instance_id="i-1", ends_at=ENDS, test=flag),
    lambda flag: messages.update_instance_status(instance_id="i-1", status="FREEZE", test=flag),
    lambda flag: messages.release_instance(instance_id="i-1", test=flag),
    lambda flag: messages.upgrade_instance(instance_id="i-1", **ORDER, test=flag),
    lambda flag: messages.change_instance_check(instance_id="i-1", product_id="p", test=flag),
    lambda flag: messages.order_notify(**ORDER, testing=flag == "1"),
]


@pytest.mark.req("A-SIG-004", "A-V2C-001", "A-DEC-004")
@pytest.mark.parametrize("build", EVERY)
def test_all_values_are_strings_except_the_product_of_a_check(build: Any) -> None:
    body = build("1")

    assert body["testFlag"] == "1"
    assert "testFlag" not in build(None) or body["activity"] == "orderNotify"
    assert {name for name, value in body.items() if not isinstance(value, str)} <= {"productInfo"}


LIMITS = [(activity, field) for activity, fields in messages.FIELDS.items() for field in fields if field.limit]


def _values(activity: messages.Activity) -> dict[str, Any]:
    """A body with every member at its limit."""

    def value(field: messages.Field) -> Any:
        if field.limit is None:
            return {"productId": "p"}
        return field.choices[0] if field.choices else "x" * field.limit

    return {field.name: value(field) for field in messages.FIELDS[activity]}


@pytest.mark.req("A-V2N-002", "A-V2Q-002", "A-V2R-001", "A-V2S-001", "A-V2D-001", "A-V2U-001", "A-V2K-001", "A-V2O-001")
@pytest.mark.parametrize(("activity", "field"), LIMITS, ids=lambda value: getattr(value, "name", value))
def test_every_member_has_its_limit(activity: messages.Activity, field: messages.Field) -> None:
    assert messages.build(activity, _values(activity))["activity"] == activity
    assert field.limit is not None

    with pytest.raises(messages.FieldProblem) as caught:
        messages.build(activity, _values(activity) | {field.name: "x" * (field.limit + 1)})

    assert caught.value.field == field.name
    assert caught.value.problem == f"has {field.limit + 1} characters, the limit is {field.limit}"


@pytest.mark.req("A-DBG-001")
def test_values_typed_by_people_are_checked_by_name() -> None:
    good = {"orderId": "GA1", "orderLineId": "GA1-000001", "businessId": "b", "testFlag": ""}
    assert "testFlag" not in messages.build("newInstance", good)

    for change, problem in [
        ({"orderId": None}, "newInstance.orderId: is missing"),
        ({"orderId": ""}, "newInstance.orderId: is empty"),
        ({"orderId": 7}, "newInstance.orderId: must be a string, not int"),
        ({"colour": "red"}, "newInstance.colour: the activity has no such parameter"),
        ({"testFlag": "2"}, "newInstance.testFlag: must be one of 0, 1, not '2'"),
    ]:
        with pytest.raises(messages.FieldProblem) as caught:
            messages.build("newInstance", good | change)
        assert str(caught.value) == problem
    with pytest.raises(messages.FieldProblem, match="must be an object"):
        messages.build("changeInstanceCheck", {"instanceId": "i", "productInfo": "{}"})


@pytest.mark.req("A-V2C-002")
@pytest.mark.parametrize(
    ("modes", "can_change", "needed"),
    [
        (["one_time"], False, {"newInstance", "queryInstance", "releaseInstance"}),
        (["one_time"], True, {"newInstance", "queryInstance", "releaseInstance"}),
        (
            ["period"],
            False,
            {"newInstance", "queryInstance", "releaseInstance", "refreshInstance", "updateInstanceStatus"},
        ),
        (
            ["one_time", "period"],
            True,
            {
                "newInstance", "queryInstance", "releaseInstance", "refreshInstance", "updateInstanceStatus",
                "upgradeInstance", "changeInstanceCheck",
            },
        ),
        (
            ["usage", "package"],
            True,
            {"newInstance", "queryInstance", "releaseInstance", "refreshInstance", "updateInstanceStatus"},
        ),
    ],
)  # fmt: skip
def test_the_activities_that_a_product_needs_follow_from_its_charging_modes(
    modes: list[ChargingMode], can_change: bool, needed: set[str]
) -> None:
    assert needed_activities(modes, can_change=can_change) == needed
    assert needed_activities(modes, can_change=can_change, wants_notices=True) == needed | {"orderNotify"}
