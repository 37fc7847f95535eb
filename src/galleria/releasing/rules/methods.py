"""What each delivery method asks for beside the listing (S-IMG-001, S-SAS-002, S-LIC-001, S-PSV-001, S-CON-001)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from galleria.releasing.rules.context import Context
from galleria.releasing.rules.found import Wrong, english, items, part, word
from galleria.releasing.rules.papers import is_supervised

MAY_CHOOSE_SUPERVISION: Final = frozenset({"saas", "template"})
_ASSETS: Final = {
    "image": frozenset({"image"}),
    "saas": frozenset({"saas_site"}),
    "license": frozenset({"package", "container"}),
}
_PUBLIC_HOSTS: Final = re.compile(
    r"^https://([a-z0-9-]+\.)*(github\.io|wixsite\.com|blogspot\.com|wordpress\.com)(/|$)"
)


def findings(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    """What the delivery method of the document asks for."""
    delivery = word(document.get("delivery"))
    if not delivery:
        yield Wrong("delivery", "MISSING")
    yield from _RULES.get(delivery, _none)(document, context)
    yield from _joint(document, context)


def _none(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    return iter(())


def _asset(document: dict[str, Any], context: Context, delivery: str, *, needed: bool) -> Iterator[Wrong]:
    for place, specification in enumerate(items(document, "specifications")):
        path, asset = f"specifications.{place}.asset", word(specification.get("asset"))
        if specification.get("state") == "removed":
            continue
        if not asset:
            if needed:
                yield Wrong(path, "ASSET_MISSING")
            continue
        if context.assets is None:
            continue
        known = context.assets.get(asset)
        if known is None:
            yield Wrong(path, "ASSET_UNKNOWN")
        elif known[0] not in _ASSETS[delivery]:
            yield Wrong(path, "ASSET_KIND", {"kind": known[0]})
        elif known[1] != "approved":
            yield Wrong(path, "ASSET_NOT_APPROVED", {"state": known[1]})


def _image(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    yield from _asset(document, context, "image", needed=True)
    image = part(document, "image")
    is_free, pricing = bool(image.get("free")), image.get("pricing", "instance")
    if is_free and pricing == "vcpu":
        yield Wrong("image.free", "FREE_BY_VCPU")
    for place, number, price in _prices(document):
        path = f"specifications.{place}.prices.{number}"
        amounts = [price.get("price"), *(tier.get("price") for tier in items(price, "tiers"))]
        if is_free and any(not _is_zero(amount) for amount in amounts if amount is not None):
            yield Wrong(f"{path}.price", "FREE_HAS_PRICE")
        if pricing == "vcpu" and price.get("model", "simple") == "simple":
            yield Wrong(f"{path}.model", "VCPU_NEEDS_QUANTITY")


def _saas(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    yield from _asset(document, context, "saas", needed=True)
    interface = part(document, "interface")
    address = word(interface.get("address"))
    if not address:
        yield Wrong("interface.address", "INTERFACE_MISSING")
    elif context.addresses is not None and address not in context.addresses:
        yield Wrong("interface.address", "ADDRESS_UNPROVEN")
    elif context.unproven:
        yield Wrong("interface.address", "CASES_MISSING", {"activities": ", ".join(context.unproven)})


def _license(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    form = word(document.get("licence_form"))
    if not form:
        yield Wrong("licence_form", "MISSING")
    yield from _asset(document, context, "license", needed=form == "package")
    if not word(document.get("service_template")):
        yield Wrong("service_template", "MISSING")
    yield from _one_family(document)
    yield from _always_supervised(document)


def _one_family(document: dict[str, Any]) -> Iterator[Wrong]:
    """Yearly/monthly or one-time, not both in one specification (S-LIC-001)."""
    for place, specification in enumerate(items(document, "specifications")):
        modes = {word(price.get("mode")) for price in items(specification, "prices")}
        if {"period", "one_time"} <= modes:
            yield Wrong(f"specifications.{place}.prices", "ONE_BILLING_FAMILY")


def _professional(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    if not word(document.get("service_template")):
        yield Wrong("service_template", "MISSING")
    if not document.get("request_templates"):
        yield Wrong("request_templates", "REQUEST_TEMPLATE_MISSING")
    yield from _one_family(document)
    yield from _always_supervised(document)
    words = f"{english(document.get('name'))} {english(document.get('description'))}"
    if not re.search(r"\bservices?\b|consult|training|migration|support|服务", words, re.IGNORECASE):
        yield Wrong("name", "SAY_SERVICE", level="warning")


def _consulting(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    website = word(document.get("website"))
    if not website:
        yield Wrong("website", "MISSING")
    elif not website.startswith("https://"):
        yield Wrong("website", "NOT_HTTPS")
    elif _PUBLIC_HOSTS.match(website):
        yield Wrong("website", "NOT_COMPANY_DOMAIN")
    if not word(part(document, "contact").get("email")):
        yield Wrong("contact.email", "MISSING")
    for place, _number, _price in _prices(document):
        yield Wrong(f"specifications.{place}.prices", "NOT_SOLD_HERE")
    for name in ("agreement", "licence", "trial_days", "interface"):
        if document.get(name):
            yield Wrong(name, "NOT_FOR_CONSULTING")
    if is_supervised(document):
        yield Wrong("supervised", "NOT_FOR_CONSULTING")


def _hardware(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    if not context.sells_hardware:
        yield Wrong("delivery", "HARDWARE_NOT_OPEN")
    yield from _always_supervised(document)


def _always_supervised(document: dict[str, Any]) -> Iterator[Wrong]:
    if document.get("supervised") is False:
        yield Wrong("supervised", "ALWAYS_SUPERVISED")


def _joint(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    """A joint operations product is what was certified, of whom it was certified (S-JOP-T1 to T3)."""
    if document.get("sales_model") != "joint":
        if document.get("joint_certificate"):
            yield Wrong("joint_certificate", "JOINT_ONLY")
        return
    certificate = word(document.get("joint_certificate"))
    if not certificate:
        yield Wrong("joint_certificate", "JOINT_CERTIFICATE_MISSING")
        return
    facts = context.joint.get(certificate)
    if facts is None or not facts.is_valid:
        yield Wrong("joint_certificate", "JOINT_CERTIFICATE_UNKNOWN")
        return
    if facts.product_name.casefold() != english(document.get("name")).casefold():
        yield Wrong("name", "JOINT_DIFFERS", {"certified": facts.product_name})
    if facts.delivery != document.get("delivery"):
        yield Wrong("delivery", "JOINT_DIFFERS", {"certified": facts.delivery})
    names = {english(each.get("name")) for each in items(document, "specifications")}
    for place, each in enumerate(items(document, "specifications")):
        agreed = facts.prices.get(english(each.get("name")), "")
        for number, price in enumerate(items(each, "prices")):
            if agreed and word(price.get("price")) != agreed:
                path = f"specifications.{place}.prices.{number}.price"
                yield Wrong(path, "JOINT_PRICE", {"agreed": agreed})
    if facts.specifications and names != facts.specifications:
        yield Wrong("specifications", "JOINT_DIFFERS", {"certified": ", ".join(sorted(facts.specifications))})


def _prices(document: dict[str, Any]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    for place, specification in enumerate(items(document, "specifications")):
        for number, price in enumerate(items(specification, "prices")):
            yield place, number, price


def _is_zero(amount: Any) -> bool:
    number = word(amount).partition(" ")[0]
    return bool(number) and not number.strip("0.")


_RULES: Final = {
    "image": _image,
    "saas": _saas,
    "license": _license,
    "professional": _professional,
    "consulting": _consulting,
    "hardware": _hardware,
}
