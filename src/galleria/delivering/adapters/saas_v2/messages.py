"""The requests of SaaS 2.0: one builder for each activity, with the contract's field limits.

A builder returns the members of the body, unsigned and unordered, or raises `FieldProblem`: what leaves
this file fits into every seller's columns. All values are strings except `productInfo` (A-SIG-004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

Activity = Literal[
    "newInstance",
    "queryInstance",
    "refreshInstance",
    "updateInstanceStatus",
    "releaseInstance",
    "upgradeInstance",
    "changeInstanceCheck",
    "orderNotify",
]
Body = dict[str, Any]
TestFlag = Literal["0", "1"] | None
Scene = Literal["TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"]
Status = Literal["FREEZE", "UNFREEZE"]

MAX_QUERY_INSTANCES: Final = 100


@dataclass(frozen=True)
class Field:
    """One parameter of a request: its limit in characters (None: an object) and whether it must be there."""

    name: str
    limit: int | None
    mandatory: bool = True
    choices: tuple[str, ...] = ()


class FieldProblem(ValueError):
    """A value that the contract does not allow; names the field, the limit and what was seen."""

    def __init__(self, activity: str, field: str, problem: str) -> None:
        super().__init__(f"{activity}.{field}: {problem}")
        self.activity, self.field, self.problem = activity, field, problem


_TEST_FLAG = Field("testFlag", 2, mandatory=False, choices=("0", "1"))
_ORDER = (Field("orderId", 64), Field("orderLineId", 64))
_SCENES = ("TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE")

# A-V2N-002, A-V2Q-002, A-V2R-001, A-V2S-001, A-V2D-001, A-V2U-001, A-V2K-001, A-V2O-001
FIELDS: Final[dict[Activity, tuple[Field, ...]]] = {
    "newInstance": (*_ORDER, Field("businessId", 64), _TEST_FLAG),
    "queryInstance": (Field("instanceId", 100), _TEST_FLAG),
    "refreshInstance": (
        Field("scene", 64, choices=_SCENES),
        *_ORDER,
        Field("instanceId", 64),
        Field("productId", 64, mandatory=False),
        Field("expireTime", 20),
        _TEST_FLAG,
    ),
    "updateInstanceStatus": (Field("instanceId", 64), Field("status", 32, choices=("FREEZE", "UNFREEZE")), _TEST_FLAG),
    "releaseInstance": (
        Field("instanceId", 64),
        Field("orderId", 64, mandatory=False),
        Field("orderLineId", 64, mandatory=False),
        _TEST_FLAG,
    ),
    "upgradeInstance": (Field("instanceId", 64), *_ORDER, _TEST_FLAG),
    "changeInstanceCheck": (Field("instanceId", 64), Field("productInfo", None), _TEST_FLAG),
    "orderNotify": (*_ORDER, Field("testFlag", 2, choices=("0", "1"))),
}


def build(activity: Activity, values: Body) -> Body:
    """A body from values by their wire names; None is left out. For the debugger, where people type."""
    fields = {field.name: field for field in FIELDS[activity]}
    for name in values:
        if name not in fields and name != "activity":
            raise FieldProblem(activity, name, "the activity has no such parameter")
    body: Body = {"activity": activity}
    for name, field in fields.items():
        value = values.get(name)
        if value is None or (value == "" and not field.mandatory):
            if field.mandatory:
                raise FieldProblem(activity, name, "is missing")
            continue
        _check(activity, field, value)
        body[name] = value
    return body


def _check(activity: Activity, field: Field, value: Any) -> None:
    if field.limit is None:
        if not isinstance(value, dict) or not value:
            raise FieldProblem(activity, field.name, "must be an object with members")
        return
    if not isinstance(value, str):
        raise FieldProblem(activity, field.name, f"must be a string, not {type(value).__name__}")
    if not value:
        raise FieldProblem(activity, field.name, "is empty")
    several = activity == "queryInstance" and "," in value  # a seller that allows lists allows long ones
    if len(value) > field.limit and not several:
        raise FieldProblem(activity, field.name, f"has {len(value)} characters, the limit is {field.limit}")
    if field.choices and value not in field.choices:
        raise FieldProblem(activity, field.name, f"must be one of {', '.join(field.choices)}, not {value!r}")


def flag_for(*, testing: bool, send_zero: bool = False) -> TestFlag:
    """`1` when debugging; in production nothing, or `0` for the old servers that insist on it (D4)."""
    return "1" if testing else "0" if send_zero else None


def expire_time(ends_at: datetime) -> str:
    """An aware instant as the contract writes it: UTC, `yyyyMMddHHmmss`, 14 digits (D6)."""
    if ends_at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return ends_at.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def new_instance(*, order_id: str, order_line_id: str, business_id: str, test: TestFlag = None) -> Body:
    """Make an instance. `business_id` is new on every request, also on retries (A-V2N-002)."""
    values = {"orderId": order_id, "orderLineId": order_line_id, "businessId": business_id, "testFlag": test}
    return build("newInstance", values)


def query_instance(*instance_ids: str, test: TestFlag = None) -> Body:
    """Ask for the state of one instance, or of up to 100 where the seller allows lists (A-V2Q-002)."""
    if len(instance_ids) > MAX_QUERY_INSTANCES:
        problem = f"names {len(instance_ids)} instances, the limit is {MAX_QUERY_INSTANCES}"
        raise FieldProblem("queryInstance", "instanceId", problem)
    for instance_id in instance_ids:
        if not instance_id or len(instance_id) > 64 or ("," in instance_id and len(instance_ids) > 1):
            raise FieldProblem("queryInstance", "instanceId", f"{instance_id!r} cannot be asked for in a list")
    return build("queryInstance", {"instanceId": ",".join(instance_ids), "testFlag": test})


def refresh_instance(
    *,
    scene: Scene,
    order_id: str,
    order_line_id: str,
    instance_id: str,
    ends_at: datetime,
    product_id: str | None = None,
    test: TestFlag = None,
) -> Body:
    """Set a new end. `product_id` goes along when the period type changes, and always on RENEWAL_CHANGE."""
    if scene == "RENEWAL_CHANGE" and not product_id:
        raise FieldProblem("refreshInstance", "productId", "is missing; a change upon renewal names the product")
    return build(
        "refreshInstance",
        {
            "scene": scene,
            "orderId": order_id,
            "orderLineId": order_line_id,
            "instanceId": instance_id,
            "productId": product_id,
            "expireTime": expire_time(ends_at),
            "testFlag": test,
        },
    )


def update_instance_status(*, instance_id: str, status: Status, test: TestFlag = None) -> Body:
    """Freeze or unfreeze."""
    return build("updateInstanceStatus", {"instanceId": instance_id, "status": status, "testFlag": test})


def release_instance(
    *, instance_id: str, order_id: str | None = None, order_line_id: str | None = None, test: TestFlag = None
) -> Body:
    """Delete. The order is named only when an unsubscription causes the release (A-V2D-001)."""
    values = {"instanceId": instance_id, "orderId": order_id, "orderLineId": order_line_id, "testFlag": test}
    return build("releaseInstance", values)


def upgrade_instance(*, instance_id: str, order_id: str, order_line_id: str, test: TestFlag = None) -> Body:
    """Tell of a paid change; the order is the new one, the instance id stays (A-V2U-001)."""
    values = {"instanceId": instance_id, "orderId": order_id, "orderLineId": order_line_id, "testFlag": test}
    return build("upgradeInstance", values)


def change_instance_check(
    *,
    instance_id: str,
    product_id: str,
    sku_code: str | None = None,
    linear_value: int | None = None,
    test: TestFlag = None,
) -> Body:
    """Ask whether the instance can become this product (A-V2K-001)."""
    target = {"productId": product_id, "skuCode": sku_code, "linearValue": linear_value}
    for name in ("productId", "skuCode"):
        if target[name] is not None and not 0 < len(str(target[name])) <= 64:
            raise FieldProblem("changeInstanceCheck", f"productInfo.{name}", "must have 1 to 64 characters")
    info = {name: value for name, value in target.items() if value is not None}
    return build("changeInstanceCheck", {"instanceId": instance_id, "productInfo": info, "testFlag": test})


def order_notify(*, order_id: str, order_line_id: str, testing: bool = False) -> Body:
    """Tell of an order. The flag is mandatory here, so production sends `0` (A-V2O-002)."""
    flag = "1" if testing else "0"
    return build("orderNotify", {"orderId": order_id, "orderLineId": order_line_id, "testFlag": flag})


def query_instances(instance_ids: Sequence[str], *, batches: bool, test: TestFlag = None) -> list[Body]:
    """The calls that ask for many instances: one each, or lists of 100 where the seller's setting allows them."""
    size = MAX_QUERY_INSTANCES if batches else 1
    groups = [instance_ids[start : start + size] for start in range(0, len(instance_ids), size)]
    return [query_instance(*group, test=test) for group in groups]
