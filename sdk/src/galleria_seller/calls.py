"""The marketplace's calls as typed objects: one class for each activity of SaaS 2.0.

`read` takes the members of a body and gives a call, or raises `BadCall`, which is answered with 000002.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, ClassVar, Literal, cast

MAX_QUERY_INSTANCES = 100
ID_LIMIT = 64
_MOMENT = re.compile(r"[0-9]{14}", re.ASCII)
Scene = Literal["TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"]
SCENES = ("TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE")


class BadCall(ValueError):
    """A parameter is missing or not valid; the message names it."""


@dataclass(frozen=True)
class Call:
    """What all calls have. `is_test`: the seller is debugging; answer as usual, but do not bill anybody."""

    activity: ClassVar[str] = ""
    is_test: bool


@dataclass(frozen=True)
class NewInstance(Call):
    """Make an instance for an order line; asked again for the same line, answer with the same instance.

    Use the `business_id` of the first request as the instance's id. What was bought by whom: query the order.
    """

    activity: ClassVar[str] = "newInstance"
    order_id: str
    order_line_id: str
    business_id: str


@dataclass(frozen=True)
class QueryInstance(Call):
    """Tell how instances are used, and how much."""

    activity: ClassVar[str] = "queryInstance"
    instance_ids: tuple[str, ...]


@dataclass(frozen=True)
class RefreshInstance(Call):
    """Set a new end. It is absolute: a repeat changes nothing. `product_id` only when the product changes."""

    activity: ClassVar[str] = "refreshInstance"
    scene: Scene
    order_id: str
    order_line_id: str
    instance_id: str
    expire_time: str
    product_id: str | None = None

    @property
    def ends_at(self) -> datetime:
        """`expire_time` as an instant."""
        return _instant(self.expire_time)


@dataclass(frozen=True)
class UpdateInstanceStatus(Call):
    """Freeze (keep the data, stop the use) or unfreeze. A repeat changes nothing."""

    activity: ClassVar[str] = "updateInstanceStatus"
    instance_id: str
    status: Literal["FREEZE", "UNFREEZE"]

    @property
    def is_freeze(self) -> bool:
        """Whether to freeze."""
        return self.status == "FREEZE"


@dataclass(frozen=True)
class ReleaseInstance(Call):
    """Delete the instance and its data. The order is the unsubscription, if that is why. A repeat is a success."""

    activity: ClassVar[str] = "releaseInstance"
    instance_id: str
    order_id: str | None = None
    order_line_id: str | None = None


@dataclass(frozen=True)
class UpgradeInstance(Call):
    """A change was paid: query the new order for what it is. The instance's id stays."""

    activity: ClassVar[str] = "upgradeInstance"
    instance_id: str
    order_id: str
    order_line_id: str


@dataclass(frozen=True)
class ChangeInstanceCheck(Call):
    """May the instance become this product? Refuse what would lose data: the buyer reads your message."""

    activity: ClassVar[str] = "changeInstanceCheck"
    instance_id: str
    product_id: str
    sku_code: str | None = None
    linear_value: int | None = None


@dataclass(frozen=True)
class OrderNotify(Call):
    """Something happened to an order: query it."""

    activity: ClassVar[str] = "orderNotify"
    order_id: str
    order_line_id: str


def read(members: Mapping[str, Any]) -> Call:
    """The call of a body. Raises BadCall."""
    reader = _READERS.get(members.get("activity")) if isinstance(members.get("activity"), str) else None  # type: ignore[arg-type]
    if reader is None:
        raise BadCall("unknown activity")
    return reader(members, members.get("testFlag") == "1")


def _needed(members: Mapping[str, Any], name: str, limit: int = ID_LIMIT) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value or len(value) > limit:
        raise BadCall(f"{name} is missing or too long")
    return value


def _optional(members: Mapping[str, Any], name: str) -> str | None:
    return None if members.get(name) in (None, "") else _needed(members, name)


def _new(members: Mapping[str, Any], is_test: bool) -> Call:
    return NewInstance(
        is_test,
        order_id=_needed(members, "orderId"),
        order_line_id=_needed(members, "orderLineId"),
        business_id=_needed(members, "businessId"),
    )


def _query(members: Mapping[str, Any], is_test: bool) -> Call:
    ids = _needed(members, "instanceId", limit=(ID_LIMIT + 1) * (MAX_QUERY_INSTANCES + 1)).split(",")
    if len(ids) > MAX_QUERY_INSTANCES:
        raise BadCall(f"more than {MAX_QUERY_INSTANCES} instances")
    return QueryInstance(is_test, instance_ids=tuple(ids))


def _refresh(members: Mapping[str, Any], is_test: bool) -> Call:
    scene, expire_time = _needed(members, "scene"), _needed(members, "expireTime")
    if scene not in SCENES:
        raise BadCall(f"scene must be one of {', '.join(SCENES)}")
    try:
        _instant(expire_time)
    except ValueError:
        raise BadCall("expireTime must have the form yyyyMMddHHmmss") from None
    return RefreshInstance(
        is_test,
        scene=cast(Scene, scene),
        order_id=_needed(members, "orderId"),
        order_line_id=_needed(members, "orderLineId"),
        instance_id=_needed(members, "instanceId"),
        expire_time=expire_time,
        product_id=_optional(members, "productId"),
    )


def _status(members: Mapping[str, Any], is_test: bool) -> Call:
    status = _needed(members, "status")
    if status not in ("FREEZE", "UNFREEZE"):
        raise BadCall("status must be FREEZE or UNFREEZE")
    wished: Literal["FREEZE", "UNFREEZE"] = "FREEZE" if status == "FREEZE" else "UNFREEZE"
    return UpdateInstanceStatus(is_test, instance_id=_needed(members, "instanceId"), status=wished)


def _release(members: Mapping[str, Any], is_test: bool) -> Call:
    return ReleaseInstance(
        is_test,
        instance_id=_needed(members, "instanceId"),
        order_id=_optional(members, "orderId"),
        order_line_id=_optional(members, "orderLineId"),
    )


def _upgrade(members: Mapping[str, Any], is_test: bool) -> Call:
    return UpgradeInstance(
        is_test,
        instance_id=_needed(members, "instanceId"),
        order_id=_needed(members, "orderId"),
        order_line_id=_needed(members, "orderLineId"),
    )


def _check(members: Mapping[str, Any], is_test: bool) -> Call:
    """`productInfo` is an object; its JSON as text is taken too."""
    info = members.get("productInfo")
    if isinstance(info, str):
        try:
            info = json.loads(info)
        except ValueError:
            info = None
    if not isinstance(info, dict):
        raise BadCall("productInfo is missing")
    linear_value = info.get("linearValue")
    is_number = isinstance(linear_value, int) and not isinstance(linear_value, bool)
    return ChangeInstanceCheck(
        is_test,
        instance_id=_needed(members, "instanceId"),
        product_id=_needed(info, "productId"),
        sku_code=_optional(info, "skuCode"),
        linear_value=linear_value if is_number else None,
    )


def _notify(members: Mapping[str, Any], is_test: bool) -> Call:
    return OrderNotify(is_test, order_id=_needed(members, "orderId"), order_line_id=_needed(members, "orderLineId"))


_READERS = {
    "newInstance": _new,
    "queryInstance": _query,
    "refreshInstance": _refresh,
    "updateInstanceStatus": _status,
    "releaseInstance": _release,
    "upgradeInstance": _upgrade,
    "changeInstanceCheck": _check,
    "orderNotify": _notify,
}


def _instant(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
