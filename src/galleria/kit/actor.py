"""Who asks: the first parameter of every service and selector."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from galleria.kit.errors import PermissionMissing

__all__ = ["SYSTEM", "Actor", "Channel", "PermissionMissing"]

Channel = Literal["web", "api", "system", "cli"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A user acting for an account, an API key, the operator, or the system itself.

    `user_id` and `account_id` are public ids, `user_pk` and `account_pk` row numbers. A visitor who is not
    signed in has neither. `request_id` and `address` go into the audit record (B-PRM-004).
    """

    user_id: str | None = None
    user_name: str = ""
    account_id: str | None = None
    account_pk: int | None = None
    user_pk: int | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    permissions: frozenset[str] = field(default_factory=frozenset)
    is_operator: bool = False
    channel: Channel = "web"
    country: str = ""  # of the account, whose catalogue is seen
    request_id: str = ""
    address: str = ""
    viewing_until: datetime | None = None  # an operator who looks at an account as its people see it, until then

    @property
    def is_system(self) -> bool:
        return self.channel == "system"

    @property
    def is_viewing(self) -> bool:
        """Whether this is an operator who only looks, and may change nothing."""
        return self.viewing_until is not None

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None or self.account_id is not None

    def may(self, action: str) -> bool:
        """Whether the action is permitted; the system may do everything."""
        return self.is_system or action in self.permissions

    def require(self, action: str) -> None:
        """Raises PermissionMissing, naming the action, unless it is permitted."""
        if not self.may(action):
            raise PermissionMissing(action)

    def having(self, *actions: str) -> Actor:
        """The same actor with more permissions."""
        return replace(self, permissions=self.permissions | frozenset(actions))


SYSTEM = Actor(user_name="operations system", channel="system")
"""Who does what runs by the clock or after an event."""

VISITOR = Actor()
"""Someone who is not signed in."""
