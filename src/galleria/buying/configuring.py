"""From what a person chose on a product page to exactly one SKU and price, or a refusal that says what to change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.buying import limits
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.kit.prepared import Prepared
from galleria.publishing.models import Price, Product, ProductAccess, ProductRegion, Sku, SkuAttribute, Specification
from galleria.selling import selectors as selling

MONTH_TERMS = range(1, 10)
YEAR_TERMS = range(1, 4)
EXTRA_LIMIT = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


_PRODUCT = Prepared(
    # Without its long texts: they are read if somebody asks for them.
    lambda p: (
        Product.objects.select_related("seller", "category", "popular_pick")
        .defer("description", "guide", "cases", "highlights", "acceptance_criteria", "material", "papers")
        .filter(slug=p("slug"))
    )
)
_SPECIFICATIONS = Prepared(lambda p: Specification.objects.filter(product_id=p("product")))
_ATTRIBUTES = Prepared(lambda p: SkuAttribute.objects.filter(specification_id=p("specification")))
_PRICES = Prepared(
    lambda p: (
        Price.objects.select_related("sku")
        .filter(sku__specification_id=p("specification"), sku__state="on_sale")
        .order_by("sku_id", "pk")
    )
)


class SkuUnavailable(Refused):
    """The combination is not, or no longer, sold."""

    code = "SKU_UNAVAILABLE"
    status = 409
    default_message = _("This combination is not sold any more. Choose another one.")


class ProductUnavailable(Refused):
    """The product was removed from the catalogue."""

    code = "PRODUCT_UNAVAILABLE"
    status = 410
    default_message = _("This product is no longer sold.")


class TradeStopped(Refused):
    """A sanction forbids new sales of the product; renewals go on (S-VIO-T1)."""

    code = "TRADE_STOPPED"
    status = 409
    default_message = _("This product cannot be purchased now.")


class RegionNotSold(Refused):
    """The product is not sold in the buyer's country."""

    code = "REGION_NOT_SOLD"
    status = 409
    default_message = _("The seller does not sell this product in your country.")


class RestrictedProduct(Refused):
    """Only accounts that the seller named may buy it (B-DET-004)."""

    code = "RESTRICTED_PRODUCT"
    status = 403
    default_message = _("This is sold to named accounts only. Contact the seller for authorization.")


@dataclass(frozen=True)
class Configuration:
    """What was chosen, as plain values; this is what a quote and a favourite keep.

    `mode`: `period:month`, `period:year`, `one_time`, `pay_per_use`, `package`, `exhaustible`, or `trial`.
    `term`: number of periods. `attributes`: attribute key to option key or number.
    """

    product: str  # slug
    specification: str = ""  # public id; empty: the first one on sale
    attributes: dict[str, str] = field(default_factory=dict)
    mode: str = ""
    term: int = 1
    region: str = ""
    auto_renew: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_plain(cls, product: str, given: Mapping[str, Any]) -> Configuration:
        """Read a form or a JSON object. Raises Invalid, naming the field, for values of a wrong form."""
        term = given.get("term", 1)
        try:
            number = int(str(term))
        except ValueError:
            raise Invalid(fields={"term": _("Give the term as a whole number.")}) from None
        attributes, extra = given.get("attributes") or {}, given.get("extra") or {}
        if not isinstance(attributes, Mapping) or not isinstance(extra, Mapping):
            raise Invalid(fields={"attributes": _("Give attributes by name.")})
        _refuse_control_characters(given, attributes, extra)
        return cls(
            product=product,
            specification=str(given.get("specification") or ""),
            attributes={str(key): str(value) for key, value in attributes.items()},
            mode=str(given.get("mode") or ""),
            term=number,
            region=str(given.get("region") or "")[:40],
            auto_renew=bool(given.get("auto_renew")),
            extra={str(key): str(value) for key, value in extra.items()},
        )

    def to_plain(self) -> dict[str, Any]:
        """A plain dict for storing; `from_plain(product, …)` gives the same configuration back."""
        return {
            "product": self.product,
            "specification": self.specification,
            "attributes": self.attributes,
            "mode": self.mode,
            "term": self.term,
            "region": self.region,
            "auto_renew": self.auto_renew,
            "extra": self.extra,
        }


def _refuse_control_characters(
    given: Mapping[str, Any], attributes: Mapping[str, Any], extra: Mapping[str, Any]
) -> None:
    """What cannot be stored or shown safely is refused before it is kept anywhere, with the name of the field."""
    texts = [(name, given.get(name)) for name in ("specification", "mode", "region")]
    texts += [(f"a.{key}", f"{key}{value}") for key, value in attributes.items()]
    texts += [(f"x.{key}", f"{key}{value}") for key, value in extra.items()]
    bad = {_CONTROL.sub("", name): _("Use ordinary characters.") for name, text in texts if _CONTROL.search(str(text))}
    if bad:
        raise Invalid(fields=bad)


@dataclass(frozen=True)
class Chosen:
    """A configuration resolved to rows. `trial_days` is set when a trial was asked for."""

    configuration: Configuration
    product: Product
    specification: Specification
    attributes: tuple[SkuAttribute, ...]
    sku: Sku
    price: Price
    quantity: int
    periods: int
    trial_days: int = 0

    @property
    def is_trial(self) -> bool:
        return self.trial_days > 0


def choose(actor: Actor, configuration: Configuration, *, country: str, at: datetime) -> Chosen:
    """Resolve a configuration for this actor.

    Raises NotFound, ProductUnavailable, RegionNotSold, RestrictedProduct, SkuUnavailable, QuantityOutOfRange,
    PurchaseLimitReached, Invalid.
    """
    product = _PRODUCT.one(slug=configuration.product)
    if product is None or product.state == "draft":
        raise NotFound
    check_may_buy(actor, product, country=country, at=at)
    specification = _specification(actor, product, configuration.specification)
    attributes = tuple(_ATTRIBUTES.all(specification=specification.pk))
    values = _attribute_values(attributes, configuration.attributes)
    sku, prices = _sku(specification, attributes, values)
    price, trial_days = _price(product, prices, configuration.mode)
    quantity = int(values[price.quantity_key]) if price.quantity_key else 1
    chosen = Chosen(
        configuration=configuration,
        product=product,
        specification=specification,
        attributes=attributes,
        sku=sku,
        price=price,
        quantity=quantity,
        periods=_periods(price, configuration.term) if not trial_days else 1,
        trial_days=trial_days,
    )
    check_all_limits(actor, chosen, values, at=at)
    return chosen


def is_limited(chosen: Chosen) -> bool:
    """Whether what was chosen can be bought so often only, so that two orders at once must wait for each other."""
    return chosen.is_trial or limits.is_limited(chosen.product, chosen.specification)


def check_all_limits(actor: Actor, chosen: Chosen, values: Mapping[str, str] | None = None, *, at: datetime) -> None:
    """Every limit of product and specification. `values`: of all attributes, worked out when they are not given."""
    product, specification = chosen.product, chosen.specification
    limits.check_purchase_limit(actor, product, chosen.quantity, at=at)
    if limits.is_limited(product, specification):
        known = values or _attribute_values(chosen.attributes, chosen.configuration.attributes)
        limits.check_limits(actor, product, specification, chosen.price.billing_mode, known)


def check_may_buy(actor: Actor, product: Product, *, country: str, at: datetime) -> None:
    """On sale or hidden (B-CAT-005), sold in the country, open to this account, under no sanction (S-VIO-T1)."""
    if product.state not in {"on_sale", "hidden"} or product.seller.state != "active":
        raise ProductUnavailable
    if selling.trade_stop(product.seller, product.public_id, at):
        raise TradeStopped
    if not product.sold_everywhere and not ProductRegion.objects.filter(product=product, country=country).exists():
        raise RegionNotSold
    if product.is_restricted and not _has_access(actor, product, None):
        raise RestrictedProduct


def _has_access(actor: Actor, product: Product, specification: Specification | None) -> bool:
    rows = ProductAccess.objects.filter(product=product, account_id=actor.account_pk or 0)
    if specification is not None:
        return any(row.specification_id in {None, specification.pk} for row in rows)
    return rows.exists()


def _specification(actor: Actor, product: Product, public_id: str) -> Specification:
    rows = [each for each in _SPECIFICATIONS.all(product=product.pk) if each.state != "removed"]
    if public_id:
        found = next((each for each in rows if each.public_id == public_id), None)
    else:
        found = next((each for each in rows if each.state == "on_sale" and not each.is_restricted), None)
    if found is None:
        raise SkuUnavailable
    if found.is_restricted and not _has_access(actor, product, found):
        raise RestrictedProduct
    return found


def _attribute_values(attributes: tuple[SkuAttribute, ...], given: Mapping[str, str]) -> dict[str, str]:
    """A value for every attribute, the first option or the minimum where none was given."""
    unknown = set(given) - {each.key for each in attributes}
    if unknown:
        raise Invalid(fields={f"a.{key}": _("This product has no such attribute.") for key in sorted(unknown)})
    return {each.key: _value(each, given.get(each.key, "")) for each in attributes}


def _value(attribute: SkuAttribute, given: str) -> str:
    name = f"a.{attribute.key}"
    if attribute.kind == "choice":
        keys = [str(option["key"]) for option in attribute.options]
        if given in keys:
            return given
        if given or not keys:
            raise Invalid(fields={name: _("Choose one of the options.")})
        return keys[0]
    text = given or str(attribute.minimum)
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Invalid(fields={name: _("Give a whole number.")})
    number = int(text)
    fits = attribute.minimum <= number <= attribute.maximum and (number - attribute.minimum) % attribute.step == 0
    if not fits:
        message = _("%(name)s: choose %(minimum)s to %(maximum)s in steps of %(step)s.") % {
            "name": attribute.name,
            "minimum": attribute.minimum,
            "maximum": attribute.maximum,
            "step": attribute.step,
        }
        raise limits.QuantityOutOfRange(message, fields={name: message})
    return str(number)


def _sku(
    specification: Specification, attributes: tuple[SkuAttribute, ...], values: Mapping[str, str]
) -> tuple[Sku, list[Price]]:
    """The SKU of the choices with its prices, the first one first."""
    choices = {each.key: values[each.key] for each in attributes if each.kind == "choice"}
    fitting = [
        price
        for price in _PRICES.all(specification=specification.pk)
        if {str(key): str(value) for key, value in price.sku.choices.items()} == choices
    ]
    if not fitting:
        raise SkuUnavailable
    sku = fitting[0].sku
    return sku, [price for price in fitting if price.sku_id == sku.pk]


def _price(product: Product, prices: list[Price], mode: str) -> tuple[Price, int]:
    if mode == "trial":
        period = next((each for each in prices if each.billing_mode == "period"), None)
        if not product.trial_days or period is None:
            raise SkuUnavailable(_("This product has no trial."))
        return period, product.trial_days
    if not mode:
        return prices[0], 0
    billing_mode, _colon, detail = mode.partition(":")
    for price in prices:
        if price.billing_mode == billing_mode and detail in {"", price.period_type, price.meter}:
            return price, 0
    raise SkuUnavailable(_("The seller does not offer this way of paying for the chosen combination."))


def _periods(price: Price, term: int) -> int:
    """The number of periods; 1 for what is not sold by term (B-CFG-003)."""
    if price.billing_mode != "period":
        return 1
    allowed = [int(each) for each in price.terms] or list(YEAR_TERMS if price.period_type == "year" else MONTH_TERMS)
    if term not in allowed:
        raise Invalid(
            fields={
                "term": _("Choose one of the offered terms: %(terms)s.")
                % {"terms": ", ".join(str(each) for each in allowed)}
            }
        )
    return term


def checked_extra(product: Product, given: Mapping[str, str]) -> dict[str, str]:
    """The seller's own questions (up to 3, B-CFG-005), answered; raises Invalid naming each that is not."""
    problems: dict[str, Any] = {}
    answers: dict[str, str] = {}
    for question in product.extra_parameters[:3]:
        key = str(question["key"])
        value = str(given.get(key, "")).strip()
        options = [str(each["key"]) for each in question.get("options", [])]
        if not value and question.get("required", True):
            problems[f"x.{key}"] = _("The seller needs this to deliver.")
        elif len(value) > EXTRA_LIMIT or _CONTROL.search(value):
            problems[f"x.{key}"] = _("Use up to 200 ordinary characters.")
        elif value and options and value not in options:
            problems[f"x.{key}"] = _("Choose one of the options.")
        elif value:
            answers[key] = value
    if problems:
        raise Invalid(fields=problems)
    return answers
