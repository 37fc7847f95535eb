"""Which operator settings there are, the figures of the buyer rules, and how a value is checked (B-GEN-002)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Invalid, Text
from galleria.kit.money import BadAmount, Money

Kind = Literal["whole", "flag", "text", "choice", "time", "wholes", "words", "money", "table"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting. `unit` is for people; `None` as a value means "off" where `optional`.

    `scope_defaults`: what holds for a scope until the operator sets something for it; before the general value.
    """

    key: str
    kind: Kind
    default: Any
    meaning: Text
    unit: Text = ""
    least: int = 0
    most: int = 100_000
    choices: tuple[str, ...] = ()
    optional: bool = False
    scoped: bool = False
    scope_defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]


_HOURS, _DAYS, _TIMES = _("hours"), _("days"), _("times")

_FEE_TABLE = {
    "36": {"12": 15, "24": 10, "36": 5},
    "24": {"12": 15, "24": 10},
    "12": {"12": 10},
    "1": {"12": 10},
}
"""Months bought at least -> months used at most -> per cent of what was paid (buyer-renewal-refund, 7)."""

_SERVICES = {"professional": 0, "consulting": 0, "hardware": 0}
_NO_GRACE = {"saas": 0, "license": 0, "content": 0, "host": 0, "trial": 0, **_SERVICES}
"""Only images run on for a time of grace after their expiry; what people do simply ends (buyer-renewal-refund, 4)."""


OPERATOR_SETTINGS: tuple[Parameter, ...] = (
    Parameter("order.unpaid_ttl_hours", "whole", 168, _("How long an order can be paid"), _HOURS, 1, 8760),
    Parameter("order.combined_payment_max", "whole", 30, _("Orders in one combined payment"), _("orders"), 1, 100),
    Parameter(
        "provision.create_retry_hours", "whole", 3, _("How long a purchase is tried at the seller"), _HOURS, 0, 72
    ),
    Parameter(
        "provision.upgrade_retry_hours", "whole", 3, _("How long a change is tried at the seller"), _HOURS, 0, 72
    ),
    Parameter("provision.renew_retry_hours", "whole", 1, _("How long a renewal is tried at the seller"), _HOURS, 0, 72),
    Parameter("provision.expire_retry_hours", "whole", 1, _("How long a freeze is tried at the seller"), _HOURS, 0, 72),
    Parameter(
        "provision.release_retry_hours", "whole", 1, _("How long a release is tried at the seller"), _HOURS, 0, 72
    ),
    Parameter(
        "supervision.complete_delay_hours", "whole", 3, _("Longest wait from acceptance to completion"), _HOURS, 0, 72
    ),
    Parameter(
        "supervision.hard_limit_days",
        "whole",
        0,
        _("Days after which an open supervised order is closed; 0: never"),
        _DAYS,
        0,
        3650,
    ),
    Parameter(
        "supervision.idle_appeal_days",
        "whole",
        0,
        _("Days without a move before the buyer may appeal; 0: at any time"),
        _DAYS,
        0,
        365,
    ),
    Parameter(
        "supervision.reject_appeal_count", "whole", 3, _("Rejections after which the seller may appeal"), _TIMES, 1, 50
    ),
    Parameter(
        "supervision.auto_accept_days",
        "whole",
        None,
        _("Days after which a delivery counts as accepted; empty: never"),
        _DAYS,
        1,
        365,
        optional=True,
    ),
    Parameter("appeal.sla_working_days", "whole", 3, _("Working days in which an appeal is answered"), _DAYS, 1, 60),
    Parameter(
        "expiry.grace_days",
        "whole",
        15,
        _("Days of grace after expiry"),
        _DAYS,
        0,
        365,
        scoped=True,
        scope_defaults=_NO_GRACE,
    ),
    Parameter(
        "expiry.retention_days",
        "whole",
        15,
        _("Days of retention after grace"),
        _DAYS,
        0,
        365,
        scoped=True,
        scope_defaults=_SERVICES,
    ),
    Parameter(
        "expiry.reminder_days",
        "wholes",
        [15, 7, 3, 1, 0],
        _("Days before expiry on which the buyer is reminded; 0: the day itself"),
        _DAYS,
        0,
        365,
    ),
    Parameter(
        "renewal.deduct_offset_days", "whole", 7, _("Days before expiry on which automatic renewal pays"), _DAYS, 0, 60
    ),
    Parameter("renewal.deduct_time", "time", "03:00", _("Time of day at which automatic renewal pays")),
    Parameter("refund.unconditional_enabled", "flag", False, _("Whether new purchases can be returned without a fee")),
    Parameter("refund.unconditional_days", "whole", 5, _("Days in which that is possible"), _DAYS, 1, 60),
    Parameter(
        "refund.unconditional_per_year", "whole", 10, _("How often an account may do that in a year"), _TIMES, 0, 1000
    ),
    Parameter(
        "refund.handling_fee_table",
        "table",
        _FEE_TABLE,
        _("Handling fee: months bought, months used, per cent of what was paid"),
    ),
    Parameter(
        "refund.large_value_threshold", "money", "7000.00 USD", _("Refunds above this are reviewed by the operator")
    ),
    Parameter(
        "refund.negotiated_payout_hours", "whole", 3, _("Hours in which an agreed refund is paid out"), _HOURS, 0, 240
    ),
    Parameter("payment.card_brands", "words", ["visa", "mastercard"], _("Card brands that are taken")),
    Parameter("bill.run_day", "whole", 3, _("Day of the month on which bills are made"), _("day"), 1, 28),
    Parameter("bill.due_after_months", "whole", 1, _("Months after which a bill is due"), _("months"), 0, 12),
    Parameter(
        "trial.reminder_days",
        "wholes",
        [15, 7, 3, 1],
        _("Days before the end of a trial on which the buyer is reminded"),
        _DAYS,
        0,
        365,
    ),
    Parameter("trial.reminder_time", "time", "10:00", _("Time of day of these reminders")),
    Parameter(
        "invoice.issuer", "choice", "operator", _("Who invoices the buyer"), choices=("operator", "seller"), scoped=True
    ),
    Parameter("budget.max", "whole", 1000, _("Budgets an account may have"), _("budgets"), 1, 100_000),
    Parameter("budget.recipients_max", "whole", 10, _("Recipients of a budget's alerts"), _("people"), 1, 100),
    Parameter("alert.per_recipient_day", "whole", 100, _("Alerts sent to one recipient a day"), _("alerts"), 1, 10_000),
    Parameter("review.registration_days", "whole", 3, _("Until a registration is decided"), _("working days"), 1, 60),
    Parameter("review.certification_days", "whole", 1, _("Until a certification is decided"), _("working days"), 1, 60),
    Parameter(
        "review.profile_days", "whole", 3, _("Until a change of a seller's data is decided"), _("working days"), 1, 60
    ),
    Parameter("review.release_days", "whole", 3, _("Until a release is decided"), _("working days"), 1, 60),
    Parameter("review.removal_days", "whole", 3, _("Until a removal is decided"), _("working days"), 1, 60),
    Parameter("review.asset_days", "whole", 3, _("Until a scan by hand is entered"), _("working days"), 1, 60),
    Parameter("review.coupon_days", "whole", 3, _("Until a test coupon is decided"), _("working days"), 1, 60),
    Parameter("review.exit_days", "whole", 3, _("Until an exit is decided"), _("working days"), 1, 60),
    Parameter("asset.sites_max", "whole", 5, _("SaaS sites that a seller may have scanned"), _("sites"), 1, 1000),
    Parameter("asset.package_max_gb", "whole", 20, _("Longest application package"), "GB", 1, 1000),
    Parameter(
        "asset.direct_max_gb", "whole", 1, _("Longest package that is taken without object storage"), "GB", 1, 1000
    ),
    Parameter(
        "asset.image_regions",
        "words",
        [
            "bangkok",
            "hong-kong",
            "johannesburg",
            "mexico-city",
            "santiago",
            "sao-paulo",
            "singapore",
            "dublin",
        ],
        _("Regions from which system images are taken"),
    ),
)


def wrong(key: str, text: Text) -> Invalid:
    return Invalid(fields={key: text})


def check(parameter: Parameter, value: Any) -> Any:
    """The value as it is stored. Raises Invalid."""
    if value is None:
        if parameter.optional:
            return None
        raise wrong(parameter.key, _("Give a value."))
    return _CHECKS[parameter.kind](parameter, value)


def _whole(parameter: Parameter, value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,9}", text, re.ASCII):
        raise wrong(parameter.key, _("Give a whole number."))
    number = int(text)
    if not parameter.least <= number <= parameter.most:
        raise wrong(
            parameter.key,
            _("Give a number from %(least)d to %(most)d.") % {"least": parameter.least, "most": parameter.most},
        )
    return number


def _flag(parameter: Parameter, value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong(parameter.key, _("Say yes or no."))
    return value


def _text(parameter: Parameter, value: Any) -> str:
    if not isinstance(value, str) or len(value) > 2000:
        raise wrong(parameter.key, _("Give a text of at most 2,000 characters."))
    return value


def _choice(parameter: Parameter, value: Any) -> str:
    if value not in parameter.choices:
        raise wrong(parameter.key, _("Choose one of: %(choices)s.") % {"choices": ", ".join(parameter.choices)})
    return str(value)


def _time(parameter: Parameter, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value, re.ASCII):
        raise wrong(parameter.key, _("Give a time of day such as 03:00."))
    return value


def _wholes(parameter: Parameter, value: Any) -> list[int]:
    if not isinstance(value, list | tuple) or len(value) > 50:
        raise wrong(parameter.key, _("Give a list of whole numbers."))
    return sorted({_whole(parameter, each) for each in value}, reverse=True)


def _words(parameter: Parameter, value: Any) -> list[str]:
    may_be_empty = not parameter.default
    if not isinstance(value, list | tuple) or len(value) > 50 or not (value or may_be_empty):
        raise wrong(parameter.key, _("Give a list of words."))
    if not all(isinstance(each, str) and re.fullmatch(r"[a-z0-9_-]{1,40}", each) for each in value):
        raise wrong(parameter.key, _("Use small letters, digits and hyphens."))
    return list(value)


def _money(parameter: Parameter, value: Any) -> str:
    amount, _space, currency = str(value).partition(" ")
    try:
        parsed = Money.parse(amount, currency)
    except BadAmount:
        raise wrong(parameter.key, _("Give an amount and a currency such as 7000.00 USD.")) from None
    if parsed.is_negative:
        raise wrong(parameter.key, _("Give an amount that is not negative."))
    return str(parsed)


def _table(parameter: Parameter, value: Any) -> dict[str, dict[str, int]]:
    refusal = wrong(parameter.key, _("Give months bought, months used and whole per cents from 0 to 100."))
    if not isinstance(value, dict) or not value:
        raise refusal
    for bought, used in value.items():
        if not str(bought).isdigit() or not isinstance(used, dict):
            raise refusal
        for months, percent in used.items():
            if not str(months).isdigit() or type(percent) is not int or not 0 <= percent <= 100:
                raise refusal
    return {str(bought): {str(k): v for k, v in used.items()} for bought, used in value.items()}


_CHECKS: dict[Kind, Callable[[Parameter, Any], Any]] = {
    "whole": _whole, "flag": _flag, "text": _text, "choice": _choice, "time": _time,
    "wholes": _wholes, "words": _words, "money": _money, "table": _table,
}  # fmt: skip
