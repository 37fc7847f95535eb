"""What paying tells the packages above. Ids are public; orders are numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaymentSucceeded:
    """The money of these orders is there. A subscriber in the transaction that refuses undoes the payment:
    what a card was charged then goes back to it."""

    payment_id: str
    order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """A card payment did not come about; the orders are as unpaid as before."""

    payment_id: str
    order_ids: tuple[str, ...]
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class RefundSucceeded:
    """The refund of an order has reached where it was paid from. `reference` is the caller's."""

    refund_id: str
    order_id: str
    reference: str


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """The gateway refuses a refund for good; the operator has to act (`retry_refund`)."""

    refund_id: str
    order_id: str
    reference: str
    text: str


@dataclass(frozen=True, slots=True)
class BalanceToppedUp:
    """Money came onto a balance, `debt_paid` of it went to the debt (B-TOP-004)."""

    account_id: str
    top_up_id: str


@dataclass(frozen=True, slots=True)
class TopUpRejected:
    """A bank transfer could not be found or matched; the reason is on the top-up."""

    account_id: str
    top_up_id: str


@dataclass(frozen=True, slots=True)
class DebtPaid:
    """The account owes nothing that is overdue any more: what was frozen for it may go on (B-TOP-T1)."""

    account_id: str
