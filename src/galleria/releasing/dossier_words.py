"""What stands in a document as a code, in the words in which a reviewer reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from galleria.assets.models import AssetVersion
from galleria.kit.errors import Text
from galleria.kit.prepared import Prepared
from galleria.parties import countries
from galleria.publishing.models import Category
from galleria.releasing import templates
from galleria.releasing.rules.found import english, items, word

VALUES: Final[Mapping[str, Mapping[str, Text]]] = {
    "delivery": {
        "saas": _("SaaS"), "image": _("Server image"), "license": _("License"),
        "professional": _("Professional service"), "consulting": _("Consulting service"), "hardware": _("Hardware"),
        "content": _("Content service"), "host": _("Cloud host"), "template": _("Template"),
    },
    "sales_model": {"common": _("Common product"), "joint": _("Joint operations")},
    "service_template": {"standard": _("Standard"), "website": _("Website building")},
    "licence_form": {
        "offline": _("Licence file or key, by hand"), "package": _("Software package"), "code": _("Authorisation code"),
    },
    "image.pricing": {"instance": _("per server"), "vcpu": _("per vCPU")},
    "unsubscription": {
        "platform": _("By the marketplace's rules"), "negotiated": _("You and the buyer agree"),
        "none": _("Not possible"),
    },
    "state": {
        "on_sale": _("Public: in lists and search"), "hidden": _("Hidden: only who has the address finds it"),
        "removed": _("Removed"),
    },
    "licence": {templates.STANDARD: _("The marketplace's template of an end user agreement")},
    "copyright.differs": {"name": _("The name"), "owner": _("The owner"), "other": _("Something else")},
    "interface.encryption": {"AES128": _("AES-128"), "AES256": _("AES-256")},
}  # fmt: skip
"""Values of fields by their code."""

PARTS: Final[Mapping[str, Text]] = {
    "time_zone": _("Time zone"), "hours": _("Hours"), "email": _("E-mail"), "hotline": _("Hotline"),
    "services": _("Services"), "languages": _("Languages"), "service_email": _("E-mail of customer service"),
    "certificate": _("Certificate"), "software_name": _("Name of the software in it"), "owner": _("Owner in it"),
    "differs": _("What differs from this product"), "declaration": _("Declaration about the difference"),
    "file": _("File"), "certificate_name": _("Name in that certificate"), "pricing": _("Priced"),
    "free": _("Free of charge"), "ports": _("Ports and first sign-in"), "address": _("Address"),
    "path": _("Path below it"),
    "encryption": _("Encryption of passwords and codes"), "name": _("Name"), "phone": _("Telephone"),
    "title": _("Title"), "description": _("Description"), "keywords": _("Search words"),
    "per_account": _("Most purchases of an account"), "days": _("within days"),
    "one_at_a_time": _("No second one before the first ends"),
}  # fmt: skip
"""The names of parts of fields."""

_DAYS: Final = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
_OFFERS: Final[Mapping[str, Text]] = {
    "period:month": _("A month"), "period:year": _("A year"), "one_time": _("Once"), "pay_per_use": _("By use"),
    "package": _("Package"), "exhaustible": _("Package, stops when used up"),
}  # fmt: skip
_MODELS: Final[Mapping[str, Text]] = {
    "tiered": pgettext_lazy("price model", "tiered"), "volume": pgettext_lazy("price model", "volume"),
}  # fmt: skip


def value(name: str, given: Any) -> Any:
    """The value of a field in words; one without words of its own stays as it is."""
    if isinstance(given, bool):
        return str(_("yes") if given else _("no"))
    if name == "after_sales.hours" and isinstance(given, list):
        return [_hours(row) for row in given if isinstance(row, dict)]
    if name == "regions" and isinstance(given, list):
        known = dict(countries.choices())
        return [str(known.get(code, code)) for code in given]
    if not isinstance(given, str) or not given:
        return given
    if name in VALUES:
        return str(VALUES[name].get(given, given))
    match name:
        case "category":
            return _category(given)
        case "asset":
            row = AssetVersion.objects.select_related("asset").filter(public_id=given).first()
            return f"{row.asset.name} {row.label}" if row else given
    return given


def _category(path: str) -> str:
    row: Category | None = _CATEGORY.one(path=path)
    names: list[str] = []
    while row is not None:
        names.insert(0, row.name)
        row = row.parent
    return " › ".join(names) or path


_CATEGORY = Prepared(lambda p: Category.objects.select_related("parent__parent").filter(path=p("path")))


def _hours(row: Mapping[str, Any]) -> str:
    """Such as `Mon, Tue 08:00–17:00`, neighbouring days as `Mon–Fri`."""
    given = row.get("days")
    days = sorted({day for day in given if day in range(1, 8)}) if isinstance(given, list) else []
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        said = f"{_DAYS[days[0] - 1]}–{_DAYS[days[-1] - 1]}"
    else:
        said = ", ".join(str(_DAYS[day - 1]) for day in days)
    return f"{said} {row.get('opens', '')}–{row.get('closes', '')}".strip()


def names_of(specification: Mapping[str, Any]) -> dict[str, str]:
    """The names of choices and their options by `choice` and `choice=option`."""
    found: dict[str, str] = {}
    for each in items(specification, "attributes"):
        key = word(each.get("key"))
        found[key] = english(each.get("name")) or key
        for option in items(each, "options"):
            found[f"{key}={word(option.get('key'))}"] = english(option.get("name")) or word(option.get("key"))
    return found


def offer(price: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """How a price is paid and what it is for: `A month, Edition: Basic`."""
    mode, period = word(price.get("mode")), word(price.get("period"))
    kind = f"{mode}:{period}" if period else mode
    words = [str(_OFFERS.get(kind, kind)), *(str(price[name]) for name in ("meter", "included") if price.get(name))]
    if price.get("model") in _MODELS:
        words.append(str(_MODELS[str(price["model"])]))
    only = price.get("only")
    for key, wanted in sorted(only.items()) if isinstance(only, dict) else ():
        chosen = wanted if isinstance(wanted, list) else [wanted]
        words.append(f"{names.get(key, key)}: {', '.join(names.get(f'{key}={each}', str(each)) for each in chosen)}")
    return ", ".join(words)
