"""Payments, means, the balance, coupons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from galleria.api.schemas.common import PLAIN, In, Instant, MoneyOut, Out, PublicId, money

Method = Literal["balance", "card", "settlement", "credit"]


class PaymentIn(In):
    """Pay up to 30 orders with one payment. `means`: a saved card, the default one if empty.

    `contract_confirmed`: the orders are independent of a sales contract of the account.
    """

    orders: Annotated[list[PublicId], Field(min_length=1, max_length=30)]
    method: Method
    means: Annotated[str, Field(max_length=40, pattern=PLAIN)] = ""
    contract_confirmed: bool = False


class SkippedOut(Out):
    """An order that dropped out because its state had changed."""

    id: str
    state: str


class PaymentOut(Out):
    """A payment. `state`: pending, needs_action (open `action_url`, then confirm), succeeded, failed.

    `skipped`: orders that were asked for and are not part of it (only in the answer to the payment itself).
    """

    id: str
    state: str
    method: str
    means: str | None
    amount: MoneyOut
    refunded: MoneyOut
    orders: list[str]
    skipped: list[SkippedOut]
    action_url: str
    failure_code: str
    failure_text: str
    created_at: Instant
    finished_at: Instant | None


class OptionOut(Out):
    """A way to pay some orders, and why it is not open."""

    method: str
    title: str
    detail: str
    is_available: bool
    reason: str
    means: str


class OptionList(Out):
    """The ways to pay, in the order in which they are offered; empty when nothing is to be paid here."""

    due: MoneyOut
    orders: list[str]
    items: list[OptionOut]


def payment_out(payment: Any, skipped: tuple[Any, ...] = ()) -> PaymentOut:
    return PaymentOut(
        id=payment.public_id,
        state=payment.state,
        method=payment.method,
        means=payment.means.public_id if payment.means else None,
        amount=money(payment.amount_minor, payment.currency),
        refunded=money(payment.refunded_minor, payment.currency),
        orders=list(payment.order_ids),
        skipped=[SkippedOut(id=order.public_id, state=order.state) for order in skipped],
        action_url=payment.action_url,
        failure_code=payment.failure_code,
        failure_text=payment.failure_text,
        created_at=payment.created_at,
        finished_at=payment.finished_at,
    )
