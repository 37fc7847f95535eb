"""The moves of an application, a certification, a change, a seller, a violation and a test coupon."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from galleria.kit.states import Machine, Move

_IN_REVIEW = _("This is in review or decided. Reload to see the current state.")
_DECIDED = _("This was decided or withdrawn in the meantime. Reload to see the current state.")

APPLICATION = Machine(
    field="state",
    name="seller application",
    initial="draft",
    final=("approved",),
    moves={
        "submit": Move(("draft", "rejected"), "review", refusal=_IN_REVIEW),
        "approve": Move("review", "approved", refusal=_DECIDED),
        "reject": Move("review", "rejected", refusal=_DECIDED),
        "withdraw": Move("review", "draft", refusal=_DECIDED),
    },
)

CERTIFICATION = Machine(
    field="state",
    name="certification",
    initial="unsigned",
    final=("certified",),
    moves={
        "sign": Move("unsigned", "uncertified", refusal=_("You have signed with this party already.")),
        "submit": Move("uncertified", "review", refusal=_IN_REVIEW),
        "approve": Move("review", "certified", refusal=_DECIDED),
        "reject": Move("review", "uncertified", refusal=_DECIDED),
        "withdraw": Move("review", "uncertified", refusal=_DECIDED),
        "lock": Move("uncertified", "locked"),
        "unlock": Move("locked", "uncertified", refusal=_("This certification is not locked.")),
        "change": Move("certified", "change", refusal=_IN_REVIEW),
        "approve_change": Move("change", "certified", refusal=_DECIDED),
        "reject_change": Move("change", "certified", refusal=_DECIDED),
        "renew": Move(("certified", "change", "uncertified", "review"), "unsigned"),
    },
)

CHANGE = Machine(
    field="state",
    name="seller change",
    initial="draft",
    final=("approved",),
    moves={
        "submit": Move(("draft", "returned"), "review", refusal=_IN_REVIEW),
        "approve": Move("review", "approved", refusal=_DECIDED),
        "return": Move("review", "returned", refusal=_DECIDED),
        "withdraw": Move("review", "draft", refusal=_DECIDED),
    },
)

EXIT = Machine(
    field="exit_state",
    name="seller exit",
    initial="active",
    final=("active", "exited"),
    moves={
        "request": Move("active", "review", refusal=_("Your exit is in review already.")),
        "approve": Move("review", "exited", refusal=_DECIDED),
        "return": Move("review", "active", refusal=_DECIDED),
        "withdraw": Move("review", "active", refusal=_DECIDED),
        "readmit": Move("exited", "active", refusal=_("This seller has not left.")),
    },
)

VIOLATION = Machine(
    field="state",
    name="violation",
    initial="decided",
    final=("decided", "confirmed", "revoked"),
    moves={
        "appeal": Move("decided", "appealed", refusal=_("This decision cannot be appealed any more.")),
        "confirm": Move("appealed", "confirmed", refusal=_DECIDED),
        "revoke": Move(("decided", "appealed", "confirmed"), "revoked", refusal=_DECIDED),
    },
)

TEST_COUPON = Machine(
    field="state",
    name="test coupon",
    initial="review",
    final=("granted", "refused", "withdrawn"),
    moves={
        "grant": Move("review", "granted", refusal=_DECIDED),
        "refuse": Move("review", "refused", refusal=_DECIDED),
        "withdraw": Move("review", "withdrawn", refusal=_DECIDED),
    },
)

APPLICATION_WORDS = {
    "draft": _("Draft"), "review": _("Under review"), "rejected": _("To correct"), "approved": _("Approved"),
}  # fmt: skip
CERTIFICATION_WORDS = {
    "unsigned": _("To sign"), "uncertified": _("Not certified"), "review": _("In review"),
    "certified": _("Certified"), "change": _("Certified, change in review"), "locked": _("Locked"),
}  # fmt: skip
CHANGE_WORDS = {
    "draft": _("Draft"), "review": _("In review"), "returned": _("To correct"), "approved": _("Approved"),
}  # fmt: skip
EXIT_WORDS = {"active": _("Active"), "review": _("Exit in review"), "exited": pgettext_lazy("seller", "Left")}
SELLER_WORDS = {"active": _("Active"), "suspended": _("Cooperation ended"), "left": pgettext_lazy("seller", "Left")}
TONES = {
    "draft": "", "review": "warn", "rejected": "bad", "returned": "bad", "approved": "good", "unsigned": "",
    "uncertified": "", "certified": "good", "change": "good", "locked": "bad", "active": "good", "exited": "",
    "left": "", "suspended": "bad", "granted": "good", "refused": "bad", "withdrawn": "", "decided": "bad",
    "appealed": "warn", "confirmed": "bad", "revoked": "",
}  # fmt: skip
VIOLATION_WORDS = {
    "decided": _("Decided"), "appealed": _("Appealed"), "confirmed": _("Confirmed"), "revoked": _("Revoked"),
}  # fmt: skip
TEST_COUPON_WORDS = {
    "review": _("In review"), "granted": _("Granted"), "refused": _("Refused"), "withdrawn": _("Withdrawn"),
}  # fmt: skip
