"""The operator's settings about sellers; every figure of the rules is one of them (S-GEN-001)."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from galleria.kit import parameters
from galleria.kit.parameter_table import Parameter

_WORKING_DAYS, _MONTHS, _PEOPLE, _YEARS, _POINTS = (
    _("working days"), _("months"), _("people"), _("years"), _("points"),
)  # fmt: skip

_CURRENCY = settings.GALLERIA.currency  # S-DEC-011: the figures in the currency of the marketplace

SETTINGS = (
    Parameter("registration.allow_individual", "flag", False, _("Whether private persons may become sellers")),
    Parameter(
        "registration.identity",
        "choice",
        "review",
        _("When a company's identity is checked: with its application (review) or before it (before)"),
        choices=("review", "before"),
    ),
    Parameter("registration.refuse_programmes", "flag", True, _("Whether resellers are refused as sellers")),
    Parameter("registration.check_website", "flag", True, _("Whether the company's website must answer")),
    Parameter("registration.min_age_years", "whole", 1, _("Years for which the company must exist"), _YEARS, 0, 50),
    Parameter("registration.min_capital", "money", "500000.00 CNY", _("Registered capital that is expected")),
    Parameter(
        "registration.min_staff", "whole", 15, _("Technical and service staff that is expected"), _PEOPLE, 0, 10_000
    ),
    Parameter(
        "certification.max_failures", "whole", 3, _("Refusals in a row that lock a certification"), _("times"), 1, 50
    ),
    Parameter("violation.points_limit", "whole", 50, _("Points at which the cooperation ends"), _POINTS, 1, 1000),
    Parameter("violation.points_months", "whole", 12, _("Months after which points no longer count"), _MONTHS, 1, 120),
    Parameter(
        "violation.appeal_days", "whole", 10, _("Days in which a seller may appeal a decision"), _WORKING_DAYS, 1, 120
    ),
    Parameter("test_coupon.product_limit", "money", f"2500.00 {_CURRENCY}", _("Largest test coupon of a product")),
    Parameter(
        "test_coupon.year_limit", "money", f"10000.00 {_CURRENCY}", _("Test coupons of a seller in a calendar year")
    ),
    Parameter(
        "test_coupon.release_months", "whole", 3, _("Months in which something must be released after a request"),
        _MONTHS, 1, 60,
    ),
    Parameter("test_coupon.valid_months", "whole", 3, _("Months for which a test coupon is valid"), _MONTHS, 1, 60),
)  # fmt: skip


def define() -> None:
    """Add them to the table of operator settings."""
    parameters.define(*SETTINGS)
