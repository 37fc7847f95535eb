"""Sentences of the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "subscription.password_revealed": _("{actor} revealed the password of {object}"),
    "subscription.auto_renewal_on": _("{actor} let {object} renew by itself"),
    "subscription.auto_renewal_off": _("{actor} stopped {object} from renewing"),
}
