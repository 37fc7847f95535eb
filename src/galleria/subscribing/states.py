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
        "enter_grace": Move("effective", "grace"),
        "freeze": Move(("effective", "expired", "grace"), "freezing"),
        "confirm_freeze": Move("freezing", "frozen"),
        "unfreeze": Move(("frozen", "freezing"), "unfreezing"),
        "confirm_unfreeze": Move("unfreezing", "effective"),
        "freeze_again": Move("unfreezing", "frozen"),  # the renewal that unfroze it was undone
        "renew": Move(("expired", "grace"), "effective"),
        "return_to_grace": Move("effective", "grace"),
        "close": Move(("effective", "expired", "grace", "frozen", "freezing", "unfreezing"), "closing"),
        "release": Move("closing", "released"),
    },
    initial=("initializing", "expired"),
    final=("released", "failed"),
)

# The expire policy (buyer-renewal-refund 2).
RENEWAL = Machine(
    name="renewal",
    field="renewal",
    moves={
        "enable": Move(("manual", "none", "auto"), "auto"),
        "disable": Move(("auto", "none"), "manual"),
        "plan_pay_per_use": Move("manual", "to_pay_per_use"),
        "cancel_pay_per_use": Move("to_pay_per_use", "manual"),
        "cancel": Move(("manual", "auto"), "none"),
    },
    initial=("manual", "auto"),
    final=("manual", "auto", "to_pay_per_use", "none"),
)
RENEWABLE = ("effective", "expired", "grace", "freezing", "frozen")
"""States in which a paid term can be added (B-EXP)."""
HELD = ("initializing", "effective", "expired", "grace", "frozen", "freezing", "unfreezing")
"""States in which a buyer holds a subscription."""
