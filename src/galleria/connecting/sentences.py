"""Sentences of the audit record; `config.wiring` registers them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Text

SENTENCES: dict[str, Text] = {
    "domain.added": _("{actor} added the domain {object}"),
    "domain.proven": _("{actor} proved the domain {object}"),
    "domain.expired": _("{object} was not proven in time"),
    "domain.lost": _("{object} is not proven any more: {reason}"),
    "domain.removed": _("{actor} removed the domain {object}"),
    "interface.added": _("{actor} added the production address {object}"),
    "interface.changed": _("{actor} changed the settings of the production address {object}"),
    "interface.removed": _("{actor} removed the production address {object}"),
    "interface.bound": _("{actor} connected {object} with a production address"),
    "interface_key.made": _("{actor} made an interface key"),
    "interface_key.shown": _("{actor} looked at an interface key"),
    "interface_key.withdrawn": _("{actor} withdrew an interface key that was not active yet"),
    "case.saved": _("{actor} saved the debugging case {object}"),
    "case.removed": _("{actor} removed the debugging case {object}"),
    "product.suspended_by_tests": _("{object} was suspended after days of failed tests"),
    "removal.proposed": _("{object} was put into the list of products to remove"),
    "removal.closed": _("{actor} let {object} stay: {reason}"),
}
