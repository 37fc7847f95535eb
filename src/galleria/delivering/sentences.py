"""Sentences of the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "delivery.restarted": _("{actor} had the seller called again for {object}"),
    "delivery.given_up": _("{actor} gave up delivery {object}: {reason}"),
    "delivery.confirmed": _("{actor} recorded delivery {object} as done by hand"),
}
