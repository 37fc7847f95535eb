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


@dataclass(frozen=True)
class SubscriptionRenewed:
    """A term was added. `before` and `ends_at` are ISO instants: the old and the new expiry. `by_clock`: nobody ordered
    it."""

    subscription_id: str
    order_id: str
    before: str
    ends_at: str
    by_clock: bool = False


@dataclass(frozen=True)
class SubscriptionConverted:
    """A trial became a paid subscription."""

    subscription_id: str
    order_id: str
    ends_at: str


@dataclass(frozen=True)
class SubscriptionChanged:
    """Another configuration is in force."""

    subscription_id: str
    order_id: str


@dataclass(frozen=True)
class SubscriptionReminded:
    """Its end is near (`what` is the number of days), or its release (`what` is "release") (B-EXP-001, B-TRI-004)."""

    subscription_id: str
    what: str
    ends_at: str


@dataclass(frozen=True)
class GraceBegan:
    """The term is over; the buyer may go on for the time of grace."""

    subscription_id: str
    ends_at: str


@dataclass(frozen=True)
class SubscriptionFrozen:
    """It cannot be used any more; what is stored is kept until `ends_at`."""

    subscription_id: str
    ends_at: str


@dataclass(frozen=True)
class SubscriptionUnfrozen:
    """It can be used again."""

    subscription_id: str


@dataclass(frozen=True)
class SubscriptionReleased:
    """It is gone, and what was stored with it."""

    subscription_id: str


@dataclass(frozen=True)
class RenewalPolicyChanged:
    """How it renews was set; `policy` is the new state of the expire policy."""

    subscription_id: str
    policy: str


@dataclass(frozen=True)
class TimerStuck:
    """What the clock should have done failed again and again; an operator must look."""

    timer_id: str
    subscription_id: str
    kind: str
    problem: str
