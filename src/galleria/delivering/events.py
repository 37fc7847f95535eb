"""What delivering tells the packages above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeliverySucceeded:
    """The seller has done what was asked for; for `newInstance` the buyer can use the application."""

    delivery_id: str
    subscription_id: str
    activity: str
    order_id: str
    order_line_id: str


@dataclass(frozen=True)
class DeliveryFailed:
    """The seller could not be brought to do it within the time of the rules; it is not tried again."""

    delivery_id: str
    subscription_id: str
    activity: str
    order_id: str
    order_line_id: str
    reason: str


@dataclass(frozen=True)
class CallFailed:
    """One call failed (A-ALM-001). `next_at` and `deadline_at` are ISO instants, empty when there is none."""

    call_id: str
    delivery_id: str
    seller_id: str
    product_id: str
    order_id: str
    order_line_id: str
    activity: str
    attempt: int
    attempts_planned: int
    http_status: int
    result_code: str
    message: str
    next_at: str
    deadline_at: str


@dataclass(frozen=True)
class DeliveryOverdue:
    """Asynchronous provisioning has been waiting for `hours`; the seller is told at 1, the operator at 72."""

    delivery_id: str
    seller_id: str
    order_id: str
    hours: int
