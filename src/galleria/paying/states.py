"""The lives of a payment, a refund, a top-up and a saved card, as tables."""

from __future__ import annotations

from typing import Final

from galleria.kit.states import Machine, Move

PAYMENT: Final = Machine(
    field="state",
    name="payment",
    initial=("pending", "succeeded"),
    final=("succeeded", "failed"),
    moves={
        "ask_cardholder": Move("pending", "needs_action"),
        # From `failed` too: what the gateway says it charged is true, whatever we believed before.
        "succeed": Move(("pending", "needs_action", "failed"), "succeeded"),
        "fail": Move(("pending", "needs_action"), "failed"),
    },
)

REFUND: Final = Machine(
    field="state",
    name="refund",
    initial=("pending", "succeeded"),
    final=("succeeded", "failed"),
    moves={
        "succeed": Move(("pending", "failed"), "succeeded"),
        "fail": Move("pending", "failed"),
        "retry": Move("failed", "pending"),
    },
)

TOP_UP: Final = Machine(
    field="state",
    name="top-up",
    initial="submitted",
    final=("confirmed", "rejected", "failed"),
    moves={
        "confirm": Move("submitted", "confirmed"),
        "reject": Move("submitted", "rejected"),
        "fail": Move("submitted", "failed"),
    },
)

MEANS: Final = Machine(
    field="state",
    name="payment means",
    initial="active",
    final=("removed",),
    moves={"remove": Move("active", "removed")},
)
