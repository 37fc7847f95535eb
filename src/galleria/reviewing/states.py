"""The moves of a submission."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.states import Machine, Move

_DECIDED = _("This was decided or withdrawn in the meantime. Open it again to see how.")

SUBMISSION = Machine(
    field="state",
    name="submission",
    initial=("pending",),
    final=("approved", "returned", "withdrawn"),
    moves={
        "approve": Move(from_="pending", to="approved", refusal=_DECIDED),
        "return": Move(from_="pending", to="returned", refusal=_DECIDED),
        "withdraw": Move(from_="pending", to="withdrawn", refusal=_DECIDED),
    },
)
