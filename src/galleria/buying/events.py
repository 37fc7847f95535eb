"""What buying tells the packages above (messages to people)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OrderPlaced:
    """An order was submitted; `state` says whether it waits for payment or approval, `by_clock` that nobody did it.

    `kind`, here and below: the number of the order's kind (`states.KINDS`).
    """

    order_id: str
    state: str
    kind: int = 0
    by_clock: bool = False


@dataclass(frozen=True)
class OrderPaid:
    """Payment succeeded; the delivery is under way."""

    order_id: str
    kind: int = 0


@dataclass(frozen=True)
class OrderApproved:
    """An order that needed review may be paid now."""

    order_id: str


@dataclass(frozen=True)
class OrderCanceled:
    """Canceled by a person, or by the system when its time was over."""

    order_id: str
    by_system: bool
    reason: str


@dataclass(frozen=True)
class OrderExpiring:
    """An unpaid order will be canceled within a day."""

    order_id: str


@dataclass(frozen=True)
class OrderCompleted:
    """The order's flow has ended: everything is delivered."""

    order_id: str
    kind: int = 0


@dataclass(frozen=True)
class OrderRefunded:
    """Money went back because something could not be delivered."""

    order_id: str
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True)
class OrderPaymentFailed:
    """A payment did not go through; the order stays unpaid."""

    order_id: str
    code: str
    text: str


@dataclass(frozen=True)
class UnsubscriptionAsked:
    """Somebody leaves; `state` says whether the refund is under way or waits for its review."""

    order_id: str
    state: str


@dataclass(frozen=True)
class UnsubscriptionCompleted:
    """Everything that was to come back has arrived where it came from."""

    order_id: str


@dataclass(frozen=True)
class AutoRenewed:
    """A subscription renewed itself and was paid. `left`: renewals to come, -1 without a number; `ends_at`: ISO."""

    subscription_id: str
    order_id: str
    due_minor: int
    currency: str
    ends_at: str
    left: int


@dataclass(frozen=True)
class AutoRenewalFailed:
    """A deduction failed, people are told (B-ARN-004). `next_at`: ISO, empty after the last one; `failures`: so far."""

    subscription_id: str
    code: str
    reason: str
    expires_at: str
    next_at: str
    failures: int


@dataclass(frozen=True)
class RenewalPriceRises:
    """The next automatic renewal costs more than the last one (B-ARN-009). List prices, and what will be due."""

    subscription_id: str
    was_minor: int
    now_minor: int
    due_minor: int
    currency: str
    deduct_at: str
