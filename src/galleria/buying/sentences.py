"""Sentences of the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "order.placed": _("{actor} placed order {object}"),
    "order.approved": _("{actor} approved order {object}"),
    "order.canceled": _("{actor} canceled order {object}: {reason}"),
    "order.accepted": _("{actor} accepted the delivery of order {object}"),
    "order.unsubscribed": _("{actor} unsubscribed with order {object}"),
    "order.unsubscription_withdrawn": _("{actor} withdrew unsubscription {object}"),
    "order.refund_approved": _("{actor} approved the refund of unsubscription {object}"),
    "subscription.unsubscribed": _("{actor} unsubscribed {object}"),
    "subscription.left": _("{actor} released {object}"),
    "subscription.renewal_failed": _("{object} could not renew by itself: {reason}"),
    "order.refunded": _("{actor} refunded order {object}: {reason}"),
}
