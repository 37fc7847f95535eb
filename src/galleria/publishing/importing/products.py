"""Products with their specifications, SKUs and prices from a catalogue file or an approved release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import ProtectedError
from django.db.transaction import atomic

from galleria.parties.models import Seller
from galleria.publishing.catalogue_file import Entry, Problem, checks, material, plain, schema
from galleria.publishing.catalogue_file.values import Text
from galleria.publishing.importing.report import Outcome
from galleria.publishing.importing.rows import (
    product_code,
    put,
    sku_code,
    stable_id,
    start_of,
    translated,
)
from galleria.publishing.models import (
    Category,
    Price,
    Product,
    ProductRegion,
    ProductVersion,
    Sku,
    SkuAttribute,
    Specification,
)

_BATCH = 400
PriceKey = tuple[str, str, str, str]
"""Billing mode, period type, currency and meter: what makes a price of a SKU this price."""


@dataclass(slots=True)
class ProductWriter:
    """Stores one product. `changed` says whether anything below the product was written.

    `kept`: columns of the product that its document does not decide, with their values. Of the document,
    `publishing.documents.document_of` is the inverse.
    """

    entry: Entry[schema.Product]
    seller: Seller
    category: Category
    logo: str
    at: datetime
    kept: dict[str, Any] = field(default_factory=dict)
    changed: bool = False
    problems: list[Problem] = field(default_factory=list)

    def write(self, row: Product | None) -> tuple[Product, Outcome]:
        """Create or change the product; the outcome counts what is below it too."""
        source = self.entry.value
        values = product_values(source) | {"seller": self.seller, "category": self.category, "logo": self.logo}
        values |= self.kept
        product, outcome = put(row, Product, values, self._only_new())
        self._regions(product)
        self._versions(product)
        self._specifications(product)
        if outcome == "created" or not (self.changed or outcome == "updated"):
            return product, outcome
        changed_at = start_of(source.changed_on) or self.at
        put(product, Product, {"changed_at": max(changed_at, product.changed_at)}, {})
        return product, "updated"

    def _only_new(self) -> dict[str, Any]:
        source = self.entry.value
        figures = source.figures or schema.Figures()
        published = start_of(source.published_on) or self.at
        return {
            "slug": source.slug,
            "published_at": published,
            "changed_at": start_of(source.changed_on) or published,
            "rating_e2": int(figures.rating * 100) if figures.rating else 0,
            "review_count": figures.reviews,
            "sales_30d": figures.sales_month,
            "sales_total": figures.sales,
        }

    def _put(self, row: Any, model: Any, values: dict[str, Any], only_new: dict[str, Any]) -> Any:
        written, outcome = put(row, model, values, only_new)
        self.changed |= outcome != "unchanged"
        return written

    def _drop(self, rows: Iterable[Any]) -> None:
        for row in rows:
            row.delete()
            self.changed = True

    def _regions(self, product: Product) -> None:
        wanted = set(self.entry.value.regions or [])
        known = {row.country: row for row in product.regions.all()}
        self._drop(row for country, row in known.items() if country not in wanted)
        for country in sorted(wanted - known.keys()):
            self._put(None, ProductRegion, {"product": product, "country": country}, {})

    def _versions(self, product: Product) -> None:
        known = {row.version: row for row in product.versions.all()}
        wanted = {version.version: version for version in self.entry.value.versions}
        self._drop(row for name, row in known.items() if name not in wanted)
        for name, version in wanted.items():
            values = {"released_on": version.on, **translated("notes", version.notes)}
            self._put(known.get(name), ProductVersion, values, {"product": product, "version": name})

    def _specifications(self, product: Product) -> None:
        rows = list(product.specifications.all())
        known = {row.public_id: row for row in rows} | {row.document_key: row for row in rows}
        written: set[int] = set()
        for position, source in enumerate(self.entry.value.specifications):
            public_id = stable_id("spc", product.slug, source.key)
            values = {
                "key": source.key,
                "position": position,
                "state": source.state,
                "is_restricted": source.restricted,
                "asset": source.asset or "",
                **translated("name", source.name),
                **translated("summary", source.summary),
                **translated("features", source.features, {}),
            }
            only_new = {"product": product, "public_id": public_id}
            row = self._put(known.get(source.key) or known.get(public_id), Specification, values, only_new)
            written.add(row.pk)
            self._attributes(row, source)
            self._skus(product, row, source, position)
        for row in rows:  # it may have been sold: it is taken off sale, not deleted (S-PRD-004)
            if row.pk not in written:
                self._put(row, Specification, {"state": "removed"}, {})

    def _attributes(self, specification: Specification, source: schema.Specification) -> None:
        known = {row.key: row for row in specification.attributes.all()}
        for position, attribute in enumerate(source.attributes):
            only_new = {"specification": specification, "key": attribute.key}
            self._put(known.pop(attribute.key, None), SkuAttribute, attribute_values(attribute, position), only_new)
        self._drop(known.values())

    def _skus(self, product: Product, row: Specification, source: schema.Specification, position: int) -> None:
        state = "removed" if source.state == "removed" else "on_sale"
        known = {
            _choices_key(sku.choices): sku for sku in sorted(row.skus.all(), key=lambda sku: sku.state == "on_sale")
        }
        fresh: list[tuple[Sku, list[schema.PriceEntry]]] = []
        for choices, prices in priced_combinations(source):
            sku = known.pop(_choices_key(choices), None)
            if sku is None:
                code = sku_code(product.slug, source.key, choices)
                fresh.append((Sku(specification=row, code=code, choices=choices, state=state), prices))
                continue
            self._put(sku, Sku, {"state": state}, {})
            self._prices(sku, prices, ("specifications", position))
        self._new_skus(fresh)
        for sku in known.values():
            self._put(sku, Sku, {"state": "removed"}, {})

    def _new_skus(self, fresh: list[tuple[Sku, list[schema.PriceEntry]]]) -> None:
        """Many at once: a specification may have thousands."""
        if not fresh:
            return
        self.changed = True
        Sku.objects.bulk_create([sku for sku, _prices in fresh], batch_size=_BATCH)
        pairs = [(sku, price, price_key(price)) for sku, prices in fresh for price in prices]
        codes = [product_code(sku.code, *key) for sku, _price, key in pairs]
        taken: set[str] = set()
        for start in range(0, len(codes), _BATCH):
            rows = Price.objects.filter(product_code__in=codes[start : start + _BATCH])
            taken.update(rows.values_list("product_code", flat=True))
        Price.objects.bulk_create(
            [
                new_price(sku, price, key, free_product_code(sku.code, key) if code in taken else code)
                for (sku, price, key), code in zip(pairs, codes, strict=True)
            ],
            batch_size=_BATCH,
        )

    def _prices(self, sku: Sku, prices: list[schema.PriceEntry], path: tuple[str | int, ...]) -> None:
        known: dict[PriceKey, Price] = {
            (p.billing_mode, p.period_type, p.currency, p.meter): p for p in sku.prices.all()
        }
        for price in prices:
            key = price_key(price)
            row = known.pop(key, None)
            if row is not None:
                self._put(row, Price, price_values(price), {})
            else:
                new_price(sku, price, key, free_product_code(sku.code, key)).save(force_insert=True)
                self.changed = True
        for gone, old in known.items():
            try:
                with atomic():
                    self._drop([old])
            except ProtectedError:
                words = " ".join(part for part in gone if part)
                message = f"the price {words} was sold and cannot be dropped; set the specification's state to removed"
                self.problems.append(self.entry.problem((*path, "prices"), f"{message} and add a new one"))


def _choices_key(choices: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(key), str(value)) for key, value in choices.items()))


def price_key(price: schema.PriceEntry) -> PriceKey:
    """What makes a price of a SKU this price."""
    return (price.mode, price.period or "", checks.currency_of(price), price.meter or "")


def new_price(sku: Sku, price: schema.PriceEntry, key: PriceKey, code: str) -> Price:
    """A price that is not stored yet."""
    mode, period, currency, meter = key
    return Price(
        sku=sku, product_code=code, billing_mode=mode, period_type=period, currency=currency, meter=meter,
        **price_values(price),
    )  # fmt: skip


def priced_combinations(
    source: schema.Specification,
) -> list[tuple[dict[str, str], list[schema.PriceEntry]]]:
    """Every combination of choices that has a price, in the order of the options, with its prices."""
    found: dict[tuple[tuple[str, str], ...], list[schema.PriceEntry]] = {}
    for price in source.prices:
        for choices in checks.choices_for(price, source):
            found.setdefault(_choices_key(choices), []).append(price)
    everything = ((choices, found.get(_choices_key(choices))) for choices in checks.choices_of(source))
    return [(choices, prices) for choices, prices in everything if prices]


def free_product_code(sku: str, key: PriceKey) -> str:
    """A product code that no other price has."""
    attempt = 0
    while Price.objects.filter(product_code=(code := product_code(sku, *key, attempt=attempt))).exists():
        attempt += 1
    return code


def product_values(source: schema.Product) -> dict[str, Any]:
    """The columns of a product that the file decides."""
    limit = source.purchase_limit
    return {
        "delivery_type": source.delivery,
        "version": source.version or "",
        "operating_system": source.operating_system or "",
        "sales_model": source.sales_model,
        "state": source.state,
        "is_supervised": checks.is_supervised(source),
        "is_restricted": source.restricted,
        "sold_everywhere": source.regions is None,
        "needs_contact_consent": source.contact_consent,
        "trial_days": source.trial_days or 0,
        "accepts_credit": source.accepts_credit,
        "purchase_limit": limit_values(limit) if limit else {},
        "material": plain.fields_of(source, material.PUBLIC),
        "papers": plain.fields_of(source, material.PRIVATE),
        "unsubscription_rule": checks.unsubscription_rule(source),
        "delivery_days": source.delivery_days or 0,
        "scanned_at": start_of(source.scanned_on),
        "extra_parameters_en": _parameters(source, "en"),
        "extra_parameters_zh_hans": _parameters(source, "zh") or None,
        "cases_en": _cases(source, "en"),
        "cases_zh_hans": _cases(source, "zh") or None,
        **translated("name", source.name),
        **translated("summary", source.summary),
        **translated("description", source.description),
        **translated("guide", source.guide),
        **translated("highlights", source.highlights, []),
        **translated("tags", source.tags, []),
        **translated("delivery_promise", source.delivery_promise),
        **translated("acceptance_criteria", source.acceptance),
    }


def limit_values(limit: schema.PurchaseLimit) -> dict[str, Any]:
    """A purchase limit as it is kept."""
    values: dict[str, Any] = {"per_account": limit.per_account, "days": limit.days}
    for name in ("once", "one_at_a_time"):
        if getattr(limit, name):
            values[name] = True
    if limit.quantities:
        values["quantities"] = dict(sorted(limit.quantities.items()))
    return values


def _word(text: Text, language: str) -> str:
    return (text.zh if language == "zh" else "") or text.en


def _options(options: list[schema.Option], language: str) -> list[dict[str, str]]:
    return [{"key": option.key, "name": _word(option.name, language)} for option in options]


def _cases(source: schema.Product, language: str) -> list[dict[str, str]]:
    rows = []
    for case in source.cases:
        row = {"title": _word(case.title, language), "text": _word(case.text, language), "customer": case.customer}
        row |= {"result": _word(case.result, language) if case.result else "", "picture": case.picture or ""}
        rows.append({name: value for name, value in row.items() if value or name in {"title", "text"}})
    return rows


def _parameters(source: schema.Product, language: str) -> list[dict[str, Any]]:
    return [
        {
            "key": parameter.key,
            "label": _word(parameter.label, language),
            "kind": parameter.kind,
            "options": _options(parameter.options, language),
            "required": parameter.required,
            "help": _word(parameter.help, language) if parameter.help else "",
        }
        for parameter in source.extra_parameters
    ]


def attribute_values(source: schema.Attribute, position: int) -> dict[str, Any]:
    """The columns of an attribute."""
    return {
        "kind": source.kind,
        "minimum": source.minimum,
        "maximum": source.maximum,
        "step": source.step,
        "position": position,
        "options_en": _options(source.options, "en"),
        "options_zh_hans": _options(source.options, "zh") or None,
        **translated("name", source.name),
        **translated("unit", source.unit),
    }


def price_values(source: schema.PriceEntry) -> dict[str, Any]:
    """The columns of a price that may change; what makes it this price does not."""
    return {
        "terms": source.terms,
        "model": source.model,
        "unit_price_e10": source.price.e10 if source.price else source.tiers[0].price.e10,
        "tiers": [{"up_to": tier.up_to, "unit_price_e10": tier.price.e10} for tier in source.tiers],
        "quantity_key": source.quantity or "",
        "included": source.included,
    }
