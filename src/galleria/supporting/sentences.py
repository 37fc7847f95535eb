"""Sentences of the audit record."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "ticket.opened": _("{actor} wrote ticket {object}"),
    "ticket.answered": _("{actor} answered ticket {object}"),
    "ticket.closed": _("{actor} closed ticket {object}"),
    "ticket.taken": _("{actor} took ticket {object}"),
    "ticket.said": _("{actor} wrote into ticket {object}"),
    "ticket.resolved": _("{actor} resolved ticket {object}"),
    "ticket.confirmed": _("{actor} confirmed the solution of ticket {object}"),
    "ticket.reopened": _("{actor} reopened ticket {object}"),
    "ticket.access_asked": _("{actor} asked to look at the resource of ticket {object}"),
    "ticket.access_granted": _("{actor} let the seller look at the resource of ticket {object}"),
    "ticket.access_refused": _("{actor} did not let the seller look at the resource of ticket {object}"),
    "ticket.access_revoked": _("{actor} no longer lets the seller look at the resource of ticket {object}"),
    "question.asked": _("{actor} asked about {object}"),
    "enquiry.sent": _("{actor} told the seller of {object} what is needed"),
}
