"""When a subscription may move, and the numbers of its states that the API keeps stable."""

from __future__ import annotations

from collections.abc import Mapping

from galleria.kit.states import Machine, Move

# buyer-guide 3.1, "Resource status"; the states without a number are ours and never leave by the API's number.
STATE_NUMBERS: Mapping[str, int] = {
    "initializing": 1,
    "effective": 2,
    "expired": 3,
    "frozen": 4,
    "grace": 5,
    "freezing": 6,
    "unfreezing": 7,
    "closing": 8,
}

SUBSCRIPTION = Machine(
    name="subscription",
    field="state",
    moves={
        "activate": Move("initializing", "effective"),
        "fail": Move("initializing", "failed"),
        "expire": Move("effective", "expired"),
        "enter_grace": Move("effective", "grace"),
        "freeze": Move(("effective", "expired", "grace"), "freezing"),
        "confirm_freeze": Move("freezing", "frozen"),
        "unfreeze": Move(("frozen", "freezing"), "unfreezing"),
        "confirm_unfreeze": Move("unfreezing", "effective"),
        "renew": Move(("expired", "grace"), "effective"),
        "close": Move(("effective", "expired", "grace", "frozen", "freezing"), "closing"),
        "release": Move("closing", "released"),
    },
    initial="initializing",
    final=("released", "failed"),
)
