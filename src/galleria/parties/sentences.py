"""Sentences of the audit record for what happens to people and accounts; `config.wiring` registers them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "account.registered": _("{actor} registered {object}"),
    "account.completed": _("{actor} completed the data of {object}"),
    "account.changed": _("{actor} changed the data of {object}"),
    "account.restricted": _("{actor} restricted {object}"),
    "account.frozen": _("{actor} froze {object}"),
    "account.lifted": _("{actor} lifted the restriction of {object}"),
    "account.closed": _("{actor} closed {object}"),
    "account.view_began": _("{actor} began to look at {object} as its people see it"),
    "account.view_ended": _("{actor} stopped looking at {object}"),
    "user.changed": _("{actor} changed their profile"),
    "user.invited": _("{actor} invited {object}"),
    "user.invitation_withdrawn": _("{actor} withdrew the invitation of {object}"),
    "user.joined": _("{actor} joined with the invitation of {object}"),
    "user.roles_changed": _("{actor} changed the roles of {object}"),
    "user.removed": _("{actor} removed {object} from the account"),
    "user.signed_in": _("{actor} signed in"),
    "user.password_changed": _("{actor} changed their password"),
    "user.second_step_changed": _("{actor} changed the second step of their sign-in"),
    "user.deletion_requested": _("{actor} asked for their data to be deleted"),
    "user.data_exported": _("{actor} exported their own data"),
    "key.created": _("{actor} made the key {object}"),
    "key.revoked": _("{actor} revoked the key {object}"),
    "agreement.accepted": _("{actor} accepted {object}"),
    "operator.created": _("{actor} made {object} an operator"),
}
