"""When a delivery may move."""

from __future__ import annotations

from galleria.kit.states import Machine, Move

DELIVERY = Machine(
    name="delivery",
    field="state",
    moves={
        "start_provisioning": Move(("requested", "retrying"), "provisioning"),
        "retry": Move(("requested", "retrying"), "retrying"),
        "wait_for_seller": Move("requested", "waiting_seller"),
        "succeed": Move(("requested", "retrying", "provisioning", "waiting_seller"), "succeeded"),
        "fail": Move(("requested", "retrying", "provisioning", "waiting_seller"), "failed"),
        # A renewal came before the freeze was told: the seller need not hear of it any more.
        "supersede": Move(("requested", "retrying"), "superseded"),
        # "Restart Debugging" of the reference: refresh, freeze and release are repaired by hand (A-RET-008).
        "reopen": Move("failed", "retrying"),
    },
    initial="requested",
    final=("succeeded", "failed", "superseded"),
)
OPEN = ("requested", "retrying", "provisioning", "waiting_seller")
