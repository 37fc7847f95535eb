"""When an order may move, and the numbers of its states and kinds that the API keeps stable (buyer-guide 3.1)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import NotAllowed
from galleria.kit.states import Machine, Move

STATE_NUMBERS: Mapping[str, int] = {
    "pending_approval": 1,
    "processing": 3,
    "canceled": 4,
    "completed": 5,
    "pending_payment": 6,
    "pending_confirmation": 9,
}
"""`refunding` is a display status without a number."""

KINDS: Mapping[int, str] = {
    1: "new",
    2: "renewal",
    3: "change",
    4: "unsubscription",
    10: "period_to_pay_per_use",
    11: "pay_per_use_to_period",
    12: "gift",
    13: "trial",
    14: "trial_to_commercial",
    15: "fee_adjustment",
}
NEW, RENEWAL, CHANGE, UNSUBSCRIPTION, TO_PAY_PER_USE, TO_PERIOD, TRIAL, CONVERSION = 1, 2, 3, 4, 10, 11, 13, 14
GIVEN_UP = (NEW, CHANGE, TRIAL)
"""Kinds that the operator may end while they are processed; the others stay in force without the seller's answer."""
PAID_ON_HELD = (RENEWAL, CHANGE, CONVERSION)
"""Kinds that are paid for something that is held already."""
ON_HELD = (RENEWAL, CHANGE, UNSUBSCRIPTION, TO_PAY_PER_USE, TO_PERIOD, CONVERSION)
"""Kinds that are about something that is held; one at a time (B-ORD-012)."""


class OrderStatusChanged(NotAllowed):
    """Someone or something moved the order meanwhile."""

    code = "ORDER_STATUS_CHANGED"
    default_message = _("This order has changed meanwhile. Reload to see its current state.")


ORDER = Machine(
    name="order",
    field="state",
    moves={
        "confirm": Move("pending_confirmation", "pending_payment"),
        "approve": Move("pending_approval", "pending_payment"),
        "pay": Move("pending_payment", "processing"),
        "cancel": Move(("pending_payment", "pending_approval", "pending_confirmation"), "canceled"),
        "complete": Move("processing", "completed"),
        "accept_refund": Move("pending_approval", "refunding"),  # an unsubscription of large value
        "start_refund": Move(("processing", "completed"), "refunding"),
        "finish_partial_refund": Move("refunding", "completed"),
        "finish_full_refund": Move("refunding", "canceled"),
    },
    initial=("pending_payment", "pending_approval", "pending_confirmation", "processing", "refunding"),
    final=("completed", "canceled"),
    refused=OrderStatusChanged,
)
UNPAID = ("pending_payment", "pending_approval", "pending_confirmation")
