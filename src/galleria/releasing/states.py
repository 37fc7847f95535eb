"""The moves of releases, removal requests and problem notices (S-APP-001)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.states import Machine, Move

_DECIDED = _("This was decided or withdrawn in the meantime. Open it again to see how.")

EDITABLE = ("draft", "rejected")

RELEASE = Machine(
    field="state",
    name="release",
    initial=("draft",),
    final=("approved",),
    moves={
        "submit": Move(from_=EDITABLE, to="pending", refusal=_("This is in review or was decided already.")),
        "withdraw": Move(from_="pending", to="draft", refusal=_DECIDED),
        "approve": Move(from_="pending", to="approved", refusal=_DECIDED),
        "reject": Move(from_="pending", to="rejected", refusal=_DECIDED),
    },
)

REMOVAL = Machine(
    field="state",
    name="removal",
    initial=("pending",),
    final=("approved", "rejected", "withdrawn"),
    moves={
        "withdraw": Move(from_="pending", to="withdrawn", refusal=_DECIDED),
        "approve": Move(from_="pending", to="approved", refusal=_DECIDED),
        "reject": Move(from_="pending", to="rejected", refusal=_DECIDED),
    },
)

NOTICE = Machine(
    field="state",
    name="notice",
    initial=("open",),
    final=("closed",),
    moves={
        "answer": Move(from_="open", to="answered", refusal=_("This was answered or closed already.")),
        "reopen": Move(from_="answered", to="open"),
        "close": Move(from_=("open", "answered"), to="closed"),
    },
)

JOINT = Machine(
    field="state",
    name="joint certificate",
    initial=("draft",),
    final=("expired", "revoked"),
    moves={
        "submit": Move(from_=("draft", "rejected"), to="qualification"),
        "pass_qualification": Move(from_="qualification", to="technical", refusal=_DECIDED),
        "pass_technical": Move(from_="technical", to="commercial", refusal=_DECIDED),
        "certify": Move(from_="commercial", to="certified", refusal=_DECIDED),
        "reject": Move(from_=("qualification", "technical", "commercial"), to="rejected", refusal=_DECIDED),
        "expire": Move(from_="certified", to="expired"),
        "revoke": Move(from_="certified", to="revoked"),
    },
)
