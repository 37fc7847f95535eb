"""Sentences of the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "order.placed": _("{actor} placed order {object}"),
    "order.approved": _("{actor} approved order {object}"),
    "order.canceled": _("{actor} canceled order {object}: {reason}"),
    "order.accepted": _("{actor} accepted the delivery of order {object}"),
    "order.refunded": _("{actor} refunded order {object}: {reason}"),
}
