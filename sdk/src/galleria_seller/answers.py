"""What you answer, with the limits of the contract, and the reasons for refusing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

SUCCESS = "000000"
INVALID_PARAMETER = "000002"
NO_SUCH_INSTANCE = "000003"
IN_PROGRESS = "000004"
INTERNAL_ERROR = "000005"
NO_RESOURCES = "000100"
MESSAGE_LIMIT = 255


class Refusal(Exception):
    """Raise it to answer with another code than success; `message` is at most 255 characters."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code, self.message = code, message[:MESSAGE_LIMIT]


class NoSuchInstance(Refusal):
    """000003: this instance was never made, or is gone."""

    def __init__(self, message: str = "no such instance") -> None:
        super().__init__(NO_SUCH_INSTANCE, message)


class NotReady(Refusal):
    """000004: still being worked on; the marketplace asks again."""

    def __init__(self, message: str = "being made") -> None:
        super().__init__(IN_PROGRESS, message)


class NoResources(Refusal):
    """000100: no room for another instance; the marketplace tries again for three hours."""

    def __init__(self, message: str = "no instance resource available") -> None:
        super().__init__(NO_RESOURCES, message)


class TooLong(ValueError):
    """An answer does not fit into the contract; names the member and the limit."""


def _fit(name: str, value: str, limit: int) -> str:
    if len(value) > limit:
        raise TooLong(f"{name} has {len(value)} characters, the limit is {limit}")
    return value


def _members(*given: tuple[str, str, int]) -> dict[str, Any]:
    """Members that have a value, each checked against its limit."""
    return {name: _fit(name, value, limit) for name, value, limit in given if value}


@dataclass(frozen=True)
class Created:
    """An instance, by an id that is unique over all your instances. `is_ready`: it can be used already."""

    instance_id: str
    is_ready: bool = True

    def members(self) -> dict[str, Any]:
        """As on the wire."""
        if not self.instance_id:
            raise TooLong("instanceId is empty")
        return {"instanceId": _fit("instanceId", self.instance_id, 64)}


@dataclass(frozen=True)
class AppInfo:
    """How the buyer reaches and first signs in to the application."""

    front_end_url: str
    admin_url: str = ""
    user_name: str = ""
    password: str = ""
    memo: str = ""

    def members(self) -> dict[str, Any]:
        """As on the wire."""
        return _members(
            ("frontEndUrl", self.front_end_url, 512),
            ("adminUrl", self.admin_url, 512),
            ("userName", self.user_name, 128),
            ("password", self.password, 128),
            ("memo", self.memo, 1024),
        )


@dataclass(frozen=True)
class UsageInfo:
    """A running total of a pay-per-use instance, or the used part of a package; up to 4 decimals."""

    value: Decimal | int
    at: datetime
    dashboard_url: str = ""
    related_instance_id: str = ""

    def members(self) -> dict[str, Any]:
        """As on the wire."""
        moment = self.at.astimezone(timezone.utc).strftime("%Y%m%d%H%M%S%f")[:17]
        value = format(Decimal(self.value), "f")
        if len(value.partition(".")[2]) > 4:
            raise TooLong("usageValue has more than 4 decimals")
        return _members(
            ("relatedInstanceId", self.related_instance_id, 64),
            ("usageValue", value, 20),
            ("statisticalTime", moment, 20),
            ("dashboardUrl", self.dashboard_url, 512),
        )


@dataclass(frozen=True)
class InstanceInfo:
    """All about one instance."""

    instance_id: str
    app: AppInfo | None = None
    usage: tuple[UsageInfo, ...] = ()

    def members(self) -> dict[str, Any]:
        """As on the wire."""
        found: dict[str, Any] = {"instanceId": _fit("instanceId", self.instance_id, 64)}
        if self.app is not None:
            found["appInfo"] = self.app.members()
        if self.usage:
            found["usageInfo"] = [each.members() for each in self.usage]
        return found


def success(**members: Any) -> dict[str, Any]:
    """The members of a good answer."""
    return {"resultCode": SUCCESS, "resultMsg": "success.", **members}


def created(answer: Created) -> dict[str, Any]:
    """The answer to newInstance."""
    if answer.is_ready:
        return success(**answer.members())
    return {"resultCode": IN_PROGRESS, "resultMsg": "accepted.", **answer.members()}


def informed(found: Iterable[InstanceInfo]) -> dict[str, Any]:
    """The answer to queryInstance."""
    return success(info=[each.members() for each in found])


def refused(refusal: Refusal) -> dict[str, Any]:
    """The answer to a call that is refused."""
    return {"resultCode": refusal.code, "resultMsg": refusal.message}
