"""Sentences of the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "subscription.password_revealed": _("{actor} revealed the password of {object}"),
    "subscription.auto_renewal_on": _("{actor} let {object} renew by itself"),
    "subscription.auto_renewal_off": _("{actor} stopped {object} from renewing"),
    "subscription.pay_per_use_planned": _("{actor} let {object} be charged by use after its end"),
    "subscription.renewal_canceled": _("{actor} canceled the renewal of {object}"),
    "subscription.grace_began": _("The term of {object} ended; its time of grace began"),
    "subscription.frozen": _("{object} was frozen"),
    "subscription.unfrozen": _("{object} can be used again"),
    "subscription.released": _("{object} was released"),
    "subscription.pay_per_use": _("{object} is charged by use from now on"),
    "account.renewal_setting": _("{actor} changed how the account renews"),
    "calendar.made": _("{actor} made an address for a calendar of {object}"),
    "calendar.dropped": _("{actor} dropped the address for a calendar of {object}"),
    "timer.retried": _("{actor} let the clock try {object} again"),
}
