"""When a domain counts as the seller's."""

from __future__ import annotations

from galleria.kit.states import Machine, Move

DOMAIN = Machine(
    name="domain",
    field="state",
    moves={
        "prove": Move(("pending", "expired", "lost"), "proven"),
        "expire": Move("pending", "expired"),
        "renew": Move(("expired", "pending"), "pending"),
        "lose": Move("proven", "lost"),
    },
    initial="pending",
    final=("proven",),
)
