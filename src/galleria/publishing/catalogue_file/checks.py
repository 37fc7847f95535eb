"""Rules between the fields of an entry. Each returns what is wrong as (path inside the entry, message)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product as combinations
from math import prod
from typing import Final

from galleria.kit.money import exponent
from galleria.publishing.catalogue_file import schema
from galleria.publishing.catalogue_file.phrases import Phrase, phrase
from galleria.publishing.catalogue_file.yaml_text import Path

Wrong = tuple[Path, str]

MODES: Final[dict[str, frozenset[str]]] = {  # S-DMT-001
    "image": frozenset({"period", "pay_per_use", "one_time"}),
    "saas": frozenset({"period", "one_time", "pay_per_use", "package", "exhaustible"}),
    "license": frozenset({"period", "one_time"}),
    "professional": frozenset({"period", "one_time"}),
    "consulting": frozenset({"one_time"}),
    "hardware": frozenset({"one_time"}),
    "content": frozenset({"period", "one_time"}),
    "host": frozenset({"period", "one_time"}),
    "template": frozenset({"period", "one_time", "pay_per_use"}),
}
ALWAYS_SUPERVISED: Final = frozenset({"license", "professional", "hardware"})
MAY_BE_SUPERVISED: Final = frozenset({"saas", "template"}) | ALWAYS_SUPERVISED
TERMS: Final = {"month": range(1, 10), "year": range(1, 4)}  # B-CFG-003


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a specification may be (S-SKU-002); the operator can set others."""

    choices: int = 3
    quantities: int = 3
    options: int = 20
    skus: int = 500
    tiers: int = 10


LIMITS: Final = Limits()


def is_supervised(product: schema.Product) -> bool:
    """As written, or as the delivery type has it (S-DMT-001)."""
    return product.delivery in ALWAYS_SUPERVISED if product.supervised is None else product.supervised


def unsubscription_rule(product: schema.Product) -> str:
    """As written, or by delivery type and supervision (buyer-renewal-refund 6)."""
    if product.unsubscription:
        return product.unsubscription
    if product.delivery == "image":
        return "platform"
    return "negotiated" if is_supervised(product) else "none"


def choices_of(specification: schema.Specification) -> list[dict[str, str]]:
    """Every combination of the choice attributes' options; one empty one where there are none."""
    choices = [attribute for attribute in specification.attributes if attribute.kind == "choice"]
    return [
        dict(zip([attribute.key for attribute in choices], keys, strict=True))
        for keys in combinations(*([option.key for option in attribute.options] for attribute in choices))
    ]


def choices_for(price: schema.PriceEntry, specification: schema.Specification) -> list[dict[str, str]]:
    """The combinations that a price is for, without looking at the others."""
    choices = [attribute for attribute in specification.attributes if attribute.kind == "choice"]
    if not price.only.keys() <= {attribute.key for attribute in choices}:
        return []
    keys = [attribute.key for attribute in choices]
    rows = []
    for attribute in choices:
        wanted = price.only.get(attribute.key)
        known = [option.key for option in attribute.options]
        rows.append(
            known if wanted is None else [k for k in known if k in ([wanted] if isinstance(wanted, str) else wanted)]
        )
    return [dict(zip(keys, row, strict=True)) for row in combinations(*rows)]


def fits(price: schema.PriceEntry, choices: dict[str, str]) -> bool:
    """Whether a price is for this combination (`only` names the options it is for)."""
    return all(
        choices.get(key) in ([wanted] if isinstance(wanted, str) else wanted) for key, wanted in price.only.items()
    )


def too_many(count: int, most: int) -> Phrase:
    """A list has more entries than are allowed."""
    return phrase("has %(count)s entries; at most %(most)s are allowed", count=count, most=most)


def _doubled(path: Path, keys: Iterable[str]) -> Iterator[Wrong]:
    seen: set[str] = set()
    for position, key in enumerate(keys):
        if key in seen:
            yield (*path, position, "key"), phrase("%(key)s is used twice; keys are different from each other", key=key)
        seen.add(key)


# ----- products -----


def product(entry: schema.Product, limits: Limits = LIMITS) -> Iterator[Wrong]:
    """Everything that one product can have wrong between its fields."""
    if entry.supervised is True and entry.delivery not in MAY_BE_SUPERVISED:
        yield (
            ("supervised",),
            phrase("products delivered as %(delivery)s are never supervised; remove it", delivery=entry.delivery),
        )
    if entry.supervised is False and entry.delivery in ALWAYS_SUPERVISED:
        yield (
            ("supervised",),
            phrase("products delivered as %(delivery)s are always supervised; remove it", delivery=entry.delivery),
        )
    if is_supervised(entry) and not (entry.delivery_days and entry.acceptance):
        yield ("delivery_days",), "a supervised delivery needs delivery_days and acceptance"
    if entry.operating_system and entry.delivery not in {"image", "template", "host", "license"}:
        yield ("operating_system",), "only images, templates, hosts and licences have one; remove it"
    for name in ("trial_days", "contact_consent", "extra_parameters"):
        if getattr(entry, name) and entry.delivery != "saas":
            yield (name,), "only SaaS products have this; remove it"
    if entry.trial_days and not any(p.mode == "period" for s in entry.specifications for p in s.prices):
        yield ("trial_days",), "a trial needs a price per month or year"
    if entry.regions and len(set(entry.regions)) != len(entry.regions):
        yield ("regions",), "names a country twice"
    yield from _product_dates(entry)
    if entry.licence and entry.agreement:
        yield ("licence",), "give either licence or agreement, not both"
    yield from _doubled(("extra_parameters",), [parameter.key for parameter in entry.extra_parameters])
    for position, parameter in enumerate(entry.extra_parameters):
        if (parameter.kind == "choice") != (len(parameter.options) > 1):
            yield ("extra_parameters", position, "options"), "a choice needs two or more options, others none"
    yield from _doubled(("specifications",), [each.key for each in entry.specifications])
    for position, each in enumerate(entry.specifications):
        for path, message in specification(each, entry.delivery, limits):
            yield ("specifications", position, *path), message


def _product_dates(entry: schema.Product) -> Iterator[Wrong]:
    if entry.published_on and entry.changed_on and entry.changed_on < entry.published_on:
        yield ("changed_on",), "is before published_on"
    dates = [version.on for version in entry.versions]
    if dates != sorted(dates, reverse=True):
        yield ("versions",), "are not in order; write the newest first"
    if entry.versions and entry.version and entry.versions[0].version != entry.version:
        yield (
            ("version",),
            phrase("is not the newest of versions, %(version)s; make them equal", version=entry.versions[0].version),
        )
    names = [version.version for version in entry.versions]
    for position, name in enumerate(names):
        if name in names[:position]:
            yield ("versions", position, "version"), phrase("%(name)s is used twice", name=name)


def specification(entry: schema.Specification, delivery: str, limits: Limits = LIMITS) -> Iterator[Wrong]:
    """Everything that one specification can have wrong between its fields."""
    yield from _doubled(("attributes",), [attribute.key for attribute in entry.attributes])
    for kind, most in (("choice", limits.choices), ("quantity", limits.quantities)):
        if sum(attribute.kind == kind for attribute in entry.attributes) > most:
            yield (
                ("attributes",),
                phrase(
                    "has more than %(most)s attributes of kind %(kind)s; %(most)s are allowed", most=most, kind=kind
                ),
            )
    for position, attribute in enumerate(entry.attributes):
        if len(attribute.options) > limits.options:
            count = len(attribute.options)
            yield ("attributes", position, "options"), too_many(count, limits.options)
        for path, message in _attribute(attribute):
            yield ("attributes", position, *path), message
    if not entry.prices and delivery != "consulting":
        yield ("prices",), "is empty; a specification needs a price (0.00 for a free one)"
    count = prod(len(attribute.options) for attribute in entry.attributes if attribute.kind == "choice")
    if count > limits.skus:
        yield (
            ("attributes",),
            phrase("make %(count)s combinations; at most %(most)s are allowed", count=count, most=limits.skus),
        )
        return
    taken: dict[tuple[object, ...], int] = {}
    for position, price in enumerate(entry.prices):
        if price.mode not in MODES[delivery]:
            allowed = ", ".join(sorted(MODES[delivery]))
            yield (
                ("prices", position, "mode"),
                phrase(
                    "%(mode)s is not sold as %(delivery)s; use one of %(allowed)s",
                    mode=price.mode,
                    delivery=delivery,
                    allowed=allowed,
                ),
            )
        if len(price.tiers) > limits.tiers:
            yield ("prices", position, "tiers"), too_many(len(price.tiers), limits.tiers)
        for path, message in _price(price, entry):
            yield ("prices", position, *path), message
        for choices in choices_for(price, entry):
            key = (*sorted(choices.items()), price.mode, price.period, price.meter, currency_of(price))
            if key in taken:
                yield (
                    ("prices", position),
                    phrase("is a second price for the same thing as prices[%(place)s]", place=taken[key]),
                )
                break
            taken[key] = position


def _attribute(entry: schema.Attribute) -> Iterator[Wrong]:
    if entry.kind == "choice":
        if len(entry.options) < 2:
            yield ("options",), "a choice needs two or more options"
        yield from _doubled(("options",), [option.key for option in entry.options])
        if (entry.minimum, entry.maximum, entry.step) != (1, 1, 1) or entry.unit:
            yield ("minimum",), "minimum, maximum, step and unit are for quantities"
        return
    if entry.options:
        yield ("options",), "options are for choices; a quantity has minimum, maximum and step"
    if entry.minimum > entry.maximum:
        yield (
            ("minimum",),
            phrase("%(least)s is above the maximum of %(most)s", least=entry.minimum, most=entry.maximum),
        )
    elif (entry.maximum - entry.minimum) % entry.step:
        yield (
            ("step",),
            phrase(
                "%(least)s to %(most)s cannot be gone through in steps of %(step)s; change one of them",
                least=entry.minimum,
                most=entry.maximum,
                step=entry.step,
            ),
        )


def currency_of(price: schema.PriceEntry) -> str:
    """The currency of a price or of its first band; empty when it has neither."""
    if price.price:
        return price.price.currency
    return price.tiers[0].price.currency if price.tiers else ""


def _price(entry: schema.PriceEntry, specification: schema.Specification) -> Iterator[Wrong]:
    yield from _price_mode(entry)
    in_bands = entry.model in {"tiered", "volume"}
    if in_bands and entry.price:
        yield ("price",), phrase("a %(model)s price has tiers instead of a price", model=entry.model)
    if not in_bands and entry.tiers:
        yield ("tiers",), "tiers belong to the models tiered and volume"
    if not in_bands and not entry.price:
        yield ("price",), 'is missing; write it like "9.00 EUR"'
    quantities = {attribute.key: attribute for attribute in specification.attributes if attribute.kind == "quantity"}
    if entry.quantity and entry.quantity not in quantities:
        yield ("quantity",), phrase("%(key)s is not a quantity of this specification", key=entry.quantity)
    metered = entry.mode == "pay_per_use"
    if entry.model != "simple" and not entry.quantity and not metered:
        yield (
            ("quantity",),
            phrase("a %(model)s price needs the quantity that it is multiplied with", model=entry.model),
        )
    if entry.quantity and (entry.model == "simple" or metered):
        yield ("quantity",), "is not used by this price; remove it"
    if in_bands:
        attribute = quantities.get(entry.quantity or "")
        yield from _tiers(entry, attribute.minimum if attribute else 1, attribute.maximum if attribute else None)
    amount = entry.price
    if amount and entry.model == "simple" and not metered and amount.decimals > exponent(amount.currency):
        yield ("price",), phrase("has more decimals than %(currency)s has", currency=amount.currency)
    options = {a.key: {option.key for option in a.options} for a in specification.attributes if a.kind == "choice"}
    for key, wanted in entry.only.items():
        unknown = set([wanted] if isinstance(wanted, str) else wanted) - options.get(key, set())
        if key not in options or unknown:
            yield ("only", key), "names a choice or an option that this specification does not have"


def _price_mode(entry: schema.PriceEntry) -> Iterator[Wrong]:
    if entry.mode == "period":
        if not entry.period:
            yield ("period",), "is missing; a price per period says month or year"
        elif not entry.terms:
            yield ("terms",), "is missing; say how many months or years can be bought, for example [1, 3, 6]"
        elif wrong := [term for term in entry.terms if term not in TERMS[entry.period]]:
            most = TERMS[entry.period][-1]
            yield (
                ("terms",),
                phrase(
                    "%(term)s is not sold; 1 to %(most)s %(period)ss are", term=wrong[0], most=most, period=entry.period
                ),
            )
        elif len(set(entry.terms)) != len(entry.terms) or list(entry.terms) != sorted(entry.terms):
            yield ("terms",), "are not in order; write each once, the shortest first"
    elif entry.period or entry.terms:
        yield ("period",), "period and terms belong to the mode period; remove them"
    needs_meter = entry.mode in {"pay_per_use", "package", "exhaustible"}
    if needs_meter != bool(entry.meter):
        words = "is missing; say what is counted, for example page" if needs_meter else "is only for what is counted"
        yield ("meter",), words
    if (entry.mode in {"package", "exhaustible"}) != bool(entry.included):
        yield ("included",), "packages, and only they, say how much is included"


def _tiers(entry: schema.PriceEntry, minimum: int, maximum: int | None) -> Iterator[Wrong]:
    if len(entry.tiers) < 2:
        yield ("tiers",), "needs two or more bands"
        return
    previous = minimum - 1
    for position, tier in enumerate(entry.tiers):
        last = position == len(entry.tiers) - 1
        if tier.price.currency != entry.tiers[0].price.currency:
            yield ("tiers", position, "price"), "all bands have the same currency"
        if tier.up_to is None:
            if not last:
                yield ("tiers", position, "up_to"), "is missing; only the last band is open"
            continue
        if tier.up_to <= previous:
            yield (
                ("tiers", position, "up_to"),
                phrase("%(up_to)s is not above %(previous)s; bands go upwards", up_to=tier.up_to, previous=previous),
            )
        if last and (maximum is None or tier.up_to < maximum):
            yield ("tiers", position, "up_to"), "leaves quantities without a price; leave it out in the last band"
        previous = tier.up_to


# ----- the others -----


def category(entry: schema.Category) -> Iterator[Wrong]:
    for path, message in _doubled(("children",), [child.path for child in entry.children]):
        yield (*path[:-1], "path"), message


def agreement(entry: schema.Agreement | schema.ProductAgreement) -> Iterator[Wrong]:
    seen: set[str] = set()
    for position, version in enumerate(entry.versions):
        if version.version in seen:
            yield ("versions", position, "version"), f"{version.version} is used twice"
        seen.add(version.version)


def discount(entry: schema.Discount) -> Iterator[Wrong]:
    if entry.specification and not entry.product:
        yield ("specification",), "needs the product that it belongs to"
    if entry.product and entry.seller:
        yield ("seller",), "give either a seller or a product"
    if entry.days and entry.ends_on:
        yield ("days",), "give either days or ends_on"
    if entry.starts_on and entry.ends_on and entry.ends_on <= entry.starts_on:
        yield ("ends_on",), "is not after starts_on"
    if entry.period and entry.mode not in {None, "period"}:
        yield ("period",), f"does not go with the mode {entry.mode}"


def coupon(entry: schema.Coupon) -> Iterator[Wrong]:
    if entry.kind == "cash" and (not entry.face or entry.percent):
        yield ("face",), "a cash coupon has a face value and no percent"
    if entry.kind == "discount" and (entry.face or not entry.percent):
        yield ("percent",), "a discount coupon has a percent and no face value"
    if entry.face and entry.minimum and entry.face.currency != entry.minimum.currency:
        yield ("minimum",), "has another currency than the face value"
    for name in ("face", "minimum"):
        amount = getattr(entry, name)
        if amount and amount.decimals > exponent(amount.currency):
            yield (name,), f"has more decimals than {amount.currency} has"
