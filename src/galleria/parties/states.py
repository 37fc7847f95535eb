"""When an account and an invitation may move, and what an account may do in its state (B-ACC-003)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.states import Machine, Move

ACCOUNT = Machine(
    field="state",
    name="account",
    initial="normal",
    final=("normal", "closed"),
    moves={
        "restrict": Move("normal", "restricted"),
        "freeze": Move(("normal", "restricted"), "frozen"),
        "lift": Move(("restricted", "frozen"), "normal"),
        "close": Move(("normal", "restricted"), "closed"),
    },
)

INVITATION = Machine(
    field="state",
    name="invitation",
    initial="open",
    final=("accepted", "withdrawn", "expired"),
    moves={
        "accept": Move("open", "accepted", refusal=_("This invitation was used or withdrawn.")),
        "withdraw": Move("open", "withdrawn", refusal=_("This invitation was used or withdrawn already.")),
        "expire": Move("open", "expired"),
    },
)

ACCOUNT_WORDS = {
    "normal": _("Normal"),
    "restricted": _("Restricted"),
    "frozen": _("Frozen"),
    "closed": _("Closed"),
}
