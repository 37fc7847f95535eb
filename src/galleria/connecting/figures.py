"""Settings of this package."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.parameter_table import Parameter
from galleria.kit.parameters import define

_TESTS = _("Failed days of dial tests in a row until a product is suspended")
_ORDERS = _("Orders of a product that may fail in a calendar month because of the seller's interface")

define(
    Parameter("interface.suspend_after_days", "whole", 5, _TESTS, _("days"), 1, 60),
    Parameter("interface.failed_orders_max", "whole", 5, _ORDERS, _("orders"), 1, 1000),
)
SUSPEND_AFTER_DAYS = "interface.suspend_after_days"
FAILED_ORDERS_MAX = "interface.failed_orders_max"
