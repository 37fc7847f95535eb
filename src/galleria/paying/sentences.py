"""What the audit record can say about money; `config.wiring` registers it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "means.added": _("{actor} added the card {object}"),
    "means.made_default": _("{actor} made {object} the default card"),
    "means.removed": _("{actor} removed the card {object}"),
    "top_up.submitted": _("{actor} announced the bank transfer {object}"),
    "top_up.confirmed": _("{actor} booked the bank transfer {object}"),
    "top_up.rejected": _("{actor} rejected the bank transfer {object}: {reason}"),
    "approval.granted": _("{actor} approved later payment for {object}"),
    "approval.ended": _("{actor} ended the approval of later payment for {object}: {reason}"),
    "credit.repaid": _("{actor} repaid credit of {object}"),
    "refund.retried": _("{actor} asked the card gateway again for the refund {object}"),
    "refund.to_balance": _("{actor} put the refund {object} on the balance: {reason}"),
}
