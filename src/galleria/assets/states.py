"""When a version of an asset moves, and the words of its states and kinds (S-AST-001)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.states import Machine, Move

VERSION = Machine(
    field="state",
    name="asset version",
    initial="draft",
    final=("deleted",),
    moves={
        "submit": Move(
            ("draft", "rejected", "approved"), "scanning", refusal=_("This version is being scanned already.")
        ),
        "pass": Move("scanning", "approved"),
        "fail": Move("scanning", "rejected"),
        "break_off": Move("scanning", "draft"),
        "delete": Move(
            ("draft", "rejected", "approved"),
            "deleted",
            refusal=_("This version is being scanned. It can be deleted when the result is there."),
        ),
    },
)
UPLOAD = Machine(
    field="state",
    name="upload",
    initial="open",
    final=("taken", "refused", "dropped"),
    moves={
        "complete": Move("open", "checking"),
        "take": Move("checking", "taken"),
        "refuse": Move(("open", "checking"), "refused"),
        "drop": Move("open", "dropped", refusal=_("This upload has ended already.")),
    },
)
SEVERITY_WORDS = {
    "critical": _("Critical"), "high": _("High"), "medium": _("Medium"), "low": _("Low"), "note": _("Note"),
}  # fmt: skip
EDITABLE = ("draft", "rejected", "approved")

KINDS = {
    "image": _("System image"),
    "package": _("Application package"),
    "saas_site": _("SaaS site"),
    "container": _("Container image"),
}
STATE_WORDS = {
    "draft": _("Draft"),
    "scanning": _("Scanning"),
    "approved": _("Approved"),
    "rejected": _("Rejected"),
    "deleted": _("Deleted"),
}
STATE_TONES = {"draft": "", "scanning": "info", "approved": "good", "rejected": "bad", "deleted": ""}
