"""The document of a live product: what `importing.products.ProductWriter` would have to be given to write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from galleria.kit.prepared import Prepared, give
from galleria.parties.models import Agreement, AgreementVersion
from galleria.publishing.catalogue_file import checks, plain
from galleria.publishing.catalogue_file.plain import Plain, price_text, text_of
from galleria.publishing.models import (
    Price,
    Product,
    ProductRegion,
    ProductVersion,
    Sku,
    SkuAttribute,
    Specification,
)  # fmt: skip

WITH = ("regions", "versions", "specifications__attributes", "specifications__skus__prices")


def with_everything() -> Any:
    """Products with all that their document needs."""
    return Product.objects.select_related("seller", "category").prefetch_related(*WITH)


def read_everything(product: Product) -> None:
    """The same for one product that was read already."""
    give(product, "regions", _REGIONS.all(product=product.pk))
    give(product, "versions", _VERSIONS.all(product=product.pk))
    specifications = _SPECIFICATIONS.all(product=product.pk)
    give(product, "specifications", specifications)
    attributes = _by("specification_id", _ATTRIBUTES.all(product=product.pk))
    skus = _by("specification_id", _SKUS.all(product=product.pk))
    prices = _by("sku_id", _PRICES.all(product=product.pk))
    for each in specifications:
        give(each, "attributes", attributes.get(each.pk, []))
        give(each, "skus", skus.get(each.pk, []))
        for sku in skus.get(each.pk, []):
            give(sku, "prices", prices.get(sku.pk, []))


def _by(column: str, rows: list[Any]) -> dict[int, list[Any]]:
    """Rows by what they point to; they come in that order."""
    return {key: list(found) for key, found in groupby(rows, attrgetter(column))}


_REGIONS = Prepared(lambda p: ProductRegion.objects.filter(product_id=p("product")).order_by("pk"))
_VERSIONS = Prepared(lambda p: ProductVersion.objects.filter(product_id=p("product")).order_by("pk"))
_SPECIFICATIONS = Prepared(lambda p: Specification.objects.filter(product_id=p("product")))
_ATTRIBUTES = Prepared(
    lambda p: SkuAttribute.objects.filter(specification__product_id=p("product")).order_by(
        "specification_id", "position", "pk"
    )
)
_SKUS = Prepared(
    lambda p: Sku.objects.filter(specification__product_id=p("product")).order_by("specification_id", "pk")
)
_PRICES = Prepared(lambda p: Price.objects.filter(sku__specification__product_id=p("product")).order_by("sku_id", "pk"))


def document_of(product: Product) -> Plain:
    """The product as a release's document (see `catalogue_file.plain.document`). `with_everything` saves queries.

    What the operator or a catalogue file alone decides is not in it: figures, reviews, dates, the seller.
    """
    found: Plain = {"slug": product.slug, "category": product.category.path, "delivery": product.delivery_type}
    for name in ("name", "summary", "description", "guide", "highlights", "tags"):
        _translated(found, name, product, name)
    _translated(found, "delivery_promise", product, "delivery_promise")
    _translated(found, "acceptance", product, "acceptance_criteria")
    found |= {
        "cases": _cases(product),
        "extra_parameters": _parameters(product),
        "version": product.version,
        "versions": _versions(product),
        "operating_system": product.operating_system,
        "sales_model": "" if product.sales_model == "partner" else product.sales_model,
        "state": product.state if product.state in {"hidden", "removed"} else "",
        "restricted": product.is_restricted,
        "regions": None if product.sold_everywhere else sorted(row.country for row in product.regions.all()),
        "contact_consent": product.needs_contact_consent,
        "trial_days": product.trial_days,
        "accepts_credit": product.accepts_credit,
        "purchase_limit": {name: value for name, value in product.purchase_limit.items() if value},
        "delivery_days": product.delivery_days,
        **product.material,
        **product.papers,
    }
    if product.is_supervised != (product.delivery_type in checks.ALWAYS_SUPERVISED):
        found["supervised"] = product.is_supervised
    if product.unsubscription_rule != _usual_rule(product):
        found["unsubscription"] = product.unsubscription_rule
    if "licence" not in found:
        found["agreement"] = _agreement(product)
    found = {name: value for name, value in found.items() if value not in (None, "", [], {}, False, 0)}
    found["specifications"] = [specification_of(row) for row in product.specifications.all()]
    return found


def _usual_rule(product: Product) -> str:
    if product.delivery_type == "image":
        return "platform"
    return "negotiated" if product.is_supervised else "none"


def _translated(found: Plain, name: str, row: Any, column: str) -> None:
    english = getattr(row, f"{column}_en")
    if english is None:
        english = getattr(row, column)
    if english:
        found[name] = text_of(english, getattr(row, f"{column}_zh_hans") or None)


def _pairs(row: Any, column: str) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The entries of a list that is kept once per language, English beside Chinese."""
    english = getattr(row, f"{column}_en") or getattr(row, column) or []
    chinese = getattr(row, f"{column}_zh_hans") or english
    return list(zip(english, chinese if len(chinese) == len(english) else english, strict=True))


def _both(english: Any, chinese: Any) -> Any:
    return text_of(english, chinese, is_filled_up=True)


def _cases(product: Product) -> list[Plain]:
    cases = []
    for english, chinese in _pairs(product, "cases"):
        case: Plain = {
            "title": _both(english["title"], chinese["title"]),
            "text": _both(english["text"], chinese["text"]),
            "customer": english.get("customer", ""),
            "result": _both(english.get("result", ""), chinese.get("result", "")),
            "picture": english.get("picture", ""),
        }
        cases.append({name: value for name, value in case.items() if value})
    return cases


def _options(english: Sequence[Mapping[str, str]], chinese: Sequence[Mapping[str, str]]) -> list[Plain]:
    names = {option["key"]: option["name"] for option in chinese}
    return [{"key": each["key"], "name": _both(each["name"], names.get(each["key"]))} for each in english]


def _parameters(product: Product) -> list[Plain]:
    parameters = []
    for english, chinese in _pairs(product, "extra_parameters"):
        parameter: Plain = {"key": english["key"], "label": _both(english["label"], chinese["label"])}
        if english.get("kind", "text") != "text":
            parameter["kind"] = english["kind"]
        if english.get("options"):
            parameter["options"] = _options(english["options"], chinese.get("options") or [])
        if not english.get("required", True):
            parameter["required"] = False
        if english.get("help"):
            parameter["help"] = _both(english["help"], chinese.get("help"))
        parameters.append(parameter)
    return parameters


def _versions(product: Product) -> list[Plain]:
    rows = sorted(product.versions.all(), key=lambda row: (row.released_on, row.pk), reverse=True)
    found = []
    for row in rows:
        version: Plain = {"version": row.version, "on": row.released_on.isoformat()}
        _translated(version, "notes", row, "notes")
        found.append(version)
    return found


def _agreement(product: Product) -> Plain | None:
    agreement = _AGREEMENT.one(key=f"product:{product.public_id}")
    if agreement is None:
        return None
    found: Plain = {}
    _translated(found, "name", agreement, "name")
    found["versions"] = []
    for row in _AGREEMENT_VERSIONS.all(agreement=agreement.pk):
        version: Plain = {
            "version": row.version,
            "effective_on": row.effective_at.date().isoformat(),
            "text": text_of(row.texts.get("en", ""), row.texts.get("zh-hans")),
        }
        if row.change_note:
            version["change_note"] = row.change_note
        found["versions"].append(version)
    return found


_AGREEMENT = Prepared(lambda p: Agreement.objects.filter(key=p("key")))
_AGREEMENT_VERSIONS = Prepared(
    lambda p: AgreementVersion.objects.filter(agreement_id=p("agreement")).order_by("effective_at", "pk")
)


# ----- specifications -----


def specification_of(row: Specification) -> Plain:
    """A specification with its attributes and prices."""
    found: Plain = {"key": row.document_key}
    for name in ("name", "summary", "features"):
        _translated(found, name, row, name)
    if row.state != "on_sale":
        found["state"] = row.state
    if row.is_restricted:
        found["restricted"] = True
    if row.asset:
        found["asset"] = row.asset
    attributes = list(row.attributes.all())
    if attributes:
        found["attributes"] = [_attribute(each) for each in attributes]
    options = {each.key: [str(o["key"]) for o in _english_options(each)] for each in attributes
               if each.kind == "choice"}  # fmt: skip
    prices = plain.grouped(
        [
            ({key: str(sku.choices[key]) for key in options}, price_of(price))
            for sku in row.skus.all()
            if (row.state == "removed" or sku.state == "on_sale") and _is_of(sku, options)
            for price in sku.prices.all()
        ],
        options,
    )
    if prices:
        found["prices"] = prices
    return found


def _is_of(sku: Sku, options: Mapping[str, list[str]]) -> bool:
    """Whether a SKU is a combination of today's attributes; one of older attributes is kept for its buyers only."""
    return sku.choices.keys() == options.keys() and all(
        str(sku.choices[key]) in known for key, known in options.items()
    )


def _english_options(row: SkuAttribute) -> list[Plain]:
    return list(getattr(row, "options_en", None) or row.options)


def _attribute(row: SkuAttribute) -> Plain:
    found: Plain = {"key": row.key}
    _translated(found, "name", row, "name")
    found["kind"] = row.kind
    if row.kind == "choice":
        found["options"] = _options(_english_options(row), getattr(row, "options_zh_hans", None) or [])
        return found
    for name in ("minimum", "maximum", "step"):
        if getattr(row, name) != 1:
            found[name] = getattr(row, name)
    _translated(found, "unit", row, "unit")
    return found


def price_of(row: Price) -> Plain:
    """A price without what it is for."""
    found: Plain = {"mode": row.billing_mode}
    if row.period_type:
        found["period"] = row.period_type
    if row.terms:
        found["terms"] = list(row.terms)
    if row.model in {"tiered", "volume"}:
        found["tiers"] = [_tier(tier, row.currency) for tier in row.tiers]
    else:
        found["price"] = price_text(row.unit_price_e10, row.currency)
    if row.model != "simple":
        found["model"] = row.model
    for name, value in (("quantity", row.quantity_key), ("meter", row.meter), ("included", row.included)):
        if value:
            found[name] = value
    return found


def _tier(tier: Mapping[str, Any], currency: str) -> Plain:
    found: Plain = {} if tier["up_to"] is None else {"up_to": tier["up_to"]}
    return {**found, "price": price_text(tier["unit_price_e10"], currency)}
