"""What parties tells the packages above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UserInvited:
    """A person is to be invited by mail. `sealed_token` is the encrypted token of the link."""

    invitation_id: str
    sealed_token: str


@dataclass(frozen=True)
class RolesChanged:
    """A user's roles in an account are others now."""

    account_id: str
    user_id: str
    actor_name: str
