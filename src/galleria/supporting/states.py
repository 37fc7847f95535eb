"""When a ticket moves, and what tickets are about."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from galleria.kit.states import Machine, Move

TICKET = Machine(
    field="state",
    name="ticket",
    initial="open",
    final=("closed",),
    moves={
        "answer": Move("open", "answered", refusal=_("This ticket was answered or closed meanwhile.")),
        "reopen": Move("answered", "open"),
        "close": Move(("open", "answered"), "closed", refusal=_("This ticket is closed already.")),
    },
)

PRODUCT_TICKET = Machine(
    field="state",
    name="ticket to a seller",
    initial="new",
    final=("closed",),
    moves={
        "take": Move(("new", "reopened"), "in_progress", refusal=_("Somebody works on this ticket already.")),
        "resolve": Move("in_progress", "awaiting", refusal=_("Take the ticket first, then say how it was solved.")),
        "confirm": Move("awaiting", "closed", refusal=_("There is no solution to confirm.")),
        "reopen": Move("awaiting", "reopened", refusal=_("There is no solution to object to.")),
        "close": Move(
            ("new", "in_progress", "reopened"), "closed", refusal=_("This ticket is closed, or waits for your word.")
        ),
    },
)
"""A buyer's question about a product, answered by its seller (S-TCK-001)."""

ACCESS = Machine(
    field="access",
    name="a seller's look at a resource",
    initial="",
    final=(),
    moves={
        "ask": Move(("", "refused", "revoked"), "asked", refusal=_("You have asked already, or may look.")),
        "grant": Move("asked", "granted", refusal=_("Nobody asks to look any more.")),
        "refuse": Move("asked", "refused", refusal=_("Nobody asks to look any more.")),
        "revoke": Move("granted", "revoked", refusal=_("Nobody may look.")),
    },
)
"""Whether the handler of a ticket may look at the resource that it is about; asked for and given per ticket."""

OPEN = ("open", "new", "in_progress", "awaiting", "reopened")
WAITS_FOR_SELLER = ("new", "reopened", "in_progress")
TICKET_WORDS = {
    "open": pgettext_lazy("state of a ticket", "Open"),
    "new": pgettext_lazy("state of a ticket", "New"),
    "in_progress": _("In progress"),
    "awaiting": _("Solution to be confirmed"),
    "reopened": _("Reopened"),
    "answered": _("Answered"),
    "closed": _("Closed"),
}
TICKET_TONES = {
    "open": "warn", "new": "warn", "reopened": "warn", "in_progress": "info", "awaiting": "info", "answered": "good",
}  # fmt: skip
ENTRY_WORDS = {
    "opened": _("%(name)s wrote"),
    "said": _("%(name)s wrote"),
    "taken": _("%(name)s works on it"),
    "resolved": _("%(name)s resolved it"),
    "confirmed": _("%(name)s confirmed the solution"),
    "reopened": _("%(name)s reopened it"),
    "closed": _("%(name)s closed it"),
    "access_asked": _("%(name)s asked to look at the resource"),
    "access_granted": _("%(name)s allowed a look at the resource"),
    "access_refused": _("%(name)s did not allow a look at the resource"),
    "access_revoked": _("%(name)s took the look at the resource back"),
}

# key: (name, what to write)
CATEGORIES = {
    "product": (_("A product"), _("Its seller answers.")),
    "order": (_("An order or delivery"), _("What happened, and what did you expect?")),
    "credit": (
        _("Credit payment"),
        _("Ask to pay monthly by credit: say how much you plan to spend and who is responsible."),
    ),
    "transfer": (
        _("Bank transfer"),
        _("Give date, amount, currency, sender and bank of the transfer."),
    ),
    "withdrawal": (_("Withdraw balance"), _("Say how much of the unused balance is to be paid back.")),
    "seller": (_("Seller cannot be reached"), _("Say how and when you tried to reach the seller.")),
    "complaint": (_("Complaint about a product"), _("Facts, and what you ask for. We answer within 3 working days.")),
    "account": (_("Account and sign-in"), _("Say what you want to do and what happens instead.")),
    "deletion": (_("Deletion of personal data"), ""),
    "other": (_("Something else"), _("Say how we can help.")),
}
