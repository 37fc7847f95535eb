"""The moves of an offer and of a batch of coupons."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.states import Machine, Move

_DECIDED = _("This offer was decided or withdrawn in the meantime. Open it again to see how.")

OFFER = Machine(
    field="state",
    name="offer",
    initial="draft",
    final=("withdrawn", "rejected", "expired", "invalid", "used"),
    moves={
        "take_effect": Move("draft", "effective", _("This offer was submitted already.")),
        "submit": Move("draft", "in_approval", _("This offer was submitted already.")),
        "withdraw": Move("in_approval", "withdrawn", _("Only an offer that waits for approval can be withdrawn.")),
        "approve": Move("in_approval", "effective", _DECIDED),
        "reject": Move("in_approval", "rejected", _DECIDED),
        "invalidate": Move("effective", "invalid", _("Only an effective offer can be invalidated.")),
        "expire": Move("effective", "expired"),
        "use_up": Move("effective", "used"),
        "free": Move("used", "effective"),
    },
)
"""S-OFR-002. `use_up`: every named account has ordered with a single offer; `free`: one of these orders was canceled
before it was paid."""

COUPON_BATCH = Machine(
    field="state",
    name="coupon batch",
    initial="active",
    final=("active", "void"),
    moves={"void": Move("active", "void", _("These coupons are void already."))},
)
"""S-CPN-001: void stops what is not used."""
