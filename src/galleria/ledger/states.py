"""When a request to undo a transaction is decided."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.states import Machine, Move

_DECIDED = _("This request was decided meanwhile.")

REVERSAL = Machine(
    field="state",
    name="reversal request",
    initial="waiting",
    final=("approved", "rejected"),
    moves={
        "approve": Move("waiting", "approved", refusal=_DECIDED),
        "reject": Move("waiting", "rejected", refusal=_DECIDED),
    },
)
