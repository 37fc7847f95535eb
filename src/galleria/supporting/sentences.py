"""Sentences of the audit record."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "ticket.opened": _("{actor} wrote ticket {object}"),
    "ticket.answered": _("{actor} answered ticket {object}"),
    "ticket.closed": _("{actor} closed ticket {object}"),
    "question.asked": _("{actor} asked about {object}"),
}
