"""What subscribing tells the packages above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SubscriptionActivated:
    """The buyer can use it from now on."""

    subscription_id: str
    order_id: str
    order_line_id: str


@dataclass(frozen=True)
class CredentialRevealed:
    """Someone looked at the initial password (B-USE-001)."""

    subscription_id: str
    user_id: str
