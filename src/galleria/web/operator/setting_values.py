"""Values of operator settings: as people read them, as fields ask for them, and back from what was typed."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from markupsafe import Markup, escape

from galleria.kit.errors import Invalid
from galleria.kit.money import BadAmount, Money
from galleria.kit.parameter_table import Parameter
from galleria.web import words
from galleria.web.formats import money_text, number

SCOPES = {"": gettext_lazy("Everything"), **words.DELIVERY_TYPES, "trial": gettext_lazy("Trials")}


def text(parameter: Parameter, value: Any) -> str:
    """The value in one line."""
    if value is None:
        return _("off")
    match parameter.kind:
        case "flag":
            return _("yes") if value else _("no")
        case "whole":
            return f"{number(value)} {_one(parameter.unit) if value == 1 else parameter.unit}".strip()
        case "wholes":
            return f"{', '.join(str(each) for each in value)} {parameter.unit}".strip() if value else _("none")
        case "words":
            return ", ".join(value) or _("none")
        case "money":
            return _amount(str(value))
        case "table":
            return "; ".join(_line(bought, used) for bought, used in value.items())
    return str(value) or _("empty")


ONE = {
    "days": pgettext_lazy("one of a unit", "day"), "hours": pgettext_lazy("one of a unit", "hour"),
    "minutes": pgettext_lazy("one of a unit", "minute"), "months": pgettext_lazy("one of a unit", "month"),
    "orders": pgettext_lazy("one of a unit", "order"), "times": pgettext_lazy("one of a unit", "time"),
}  # fmt: skip


def _one(unit: Any) -> str:
    """The word for a unit where there is one of it."""
    with translation.override("en"):
        english = str(unit)
    return str(ONE.get(english, unit))


def _amount(value: str) -> str:
    amount, _blank, currency = value.partition(" ")
    try:
        return money_text(Money.parse(amount, currency))
    except BadAmount:
        return value


def _line(bought: str, used: dict[str, int]) -> str:
    steps = ", ".join(_("up to %(months)s: %(percent)s %%") % {"months": m, "percent": p} for m, p in used.items())
    return _("from %(months)s months: %(steps)s") % {"months": bought, "steps": steps}


def shown(parameter: Parameter, value: Any) -> Markup:
    """The value as markup: long texts and tables get a shape of their own."""
    if parameter.kind == "table" and value:
        lines = Markup("").join(Markup("<li>{}</li>").format(_line(bought, used)) for bought, used in value.items())
        return Markup('<ul class="items">{}</ul>').format(lines)
    if parameter.kind == "text" and value and "\n" in value:
        return Markup('<div class="prewrap">{}</div>').format(value)
    return escape(text(parameter, value))


def typed(parameter: Parameter, value: Any) -> str:
    """What the field begins with."""
    if value is None:
        return ""
    match parameter.kind:
        case "flag":
            return "yes" if value else "no"
        case "wholes" | "words":
            return ", ".join(str(each) for each in value)
        case "table":
            return "\n".join(
                f"{bought}: " + ", ".join(f"{months}={percent}" for months, percent in used.items())
                for bought, used in value.items()
            )
    return str(value)


def read(parameter: Parameter, data: QueryDict) -> Any:
    """The value that was typed, for `parameters.change` to check. Raises Invalid where it cannot be understood."""
    given = data.get("value", "").replace("\x00", "").strip()
    if not given and parameter.optional:
        return None
    match parameter.kind:
        case "flag":
            return {"yes": True, "no": False}.get(given, given)
        case "wholes" | "words":
            return [each.strip() for each in given.replace("\n", ",").split(",") if each.strip()]
        case "table":
            return _table(parameter, given)
        case "text":
            return given.replace("\r\n", "\n")
    return given


def _table(parameter: Parameter, given: str) -> dict[str, dict[str, int]]:
    """Lines such as `36: 12=15, 24=10`: months bought, then months used and per cent."""
    found: dict[str, dict[str, int]] = {}
    try:
        for line in filter(None, (each.strip() for each in given.splitlines())):
            bought, _colon, rest = line.partition(":")
            steps = (each.split("=") for each in rest.split(","))
            found[str(int(bought))] = {str(int(months)): int(percent) for months, percent in steps}
    except ValueError:
        raise Invalid(fields={parameter.key: _("Write lines such as “36: 12=15, 24=10”.")}) from None
    return found


def help_text(parameter: Parameter) -> str:
    """What may be typed."""
    parts = {
        "whole": _("A whole number from %(least)s to %(most)s.")
        % {"least": number(parameter.least), "most": number(parameter.most)},
        "wholes": _("Whole numbers with commas between them."),
        "words": _("Words with commas between them: small letters, digits, hyphens."),
        "money": _("An amount and a currency, such as 7000.00 USD."),
        "time": _("A time of day such as 03:00, in the marketplace’s billing time zone."),
        "table": _(
            "A line for each number of months bought: months used at most = per cent, such as “36: 12=15, 24=10”."
        ),
    }
    optional = [_("Empty switches it off.")] if parameter.optional else []
    return " ".join([*filter(None, [parts.get(parameter.kind, "")]), *optional])
