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

TICKET_WORDS = {"open": pgettext_lazy("state of a ticket", "Open"), "answered": _("Answered"), "closed": _("Closed")}

# key: (name, what to write)
CATEGORIES = {
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
