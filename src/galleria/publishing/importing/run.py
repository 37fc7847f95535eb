"""The import itself: read, check, store in one transaction, write down, refresh the search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import translation

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.parties.models import Seller
from galleria.publishing import services
from galleria.publishing.catalogue_file import Catalogue, Entry, Problem, read_catalogue
from galleria.publishing.importing.agreements import import_agreements, import_product_agreement
from galleria.publishing.importing.logos import store_logo
from galleria.publishing.importing.parties import import_sellers
from galleria.publishing.importing.products import ProductWriter
from galleria.publishing.importing.report import CatalogueRefused, ImportReport
from galleria.publishing.importing.rows import put, translated
from galleria.publishing.models import Category, PopularPick, Product

Section = Callable[[Actor, Sequence[Entry[Any]], ImportReport, datetime], list[Problem]]
_sections: dict[str, Section] = {}


def register_section(name: str, importer: Section) -> None:
    """A package above imports `discounts` or `coupons`; called from the wiring."""
    _sections[name] = importer


def import_catalogue(
    actor: Actor,
    *,
    path: Path | str | None = None,
    text: str | None = None,
    at: datetime,
    dry_run: bool = False,
) -> ImportReport:
    """Store a catalogue file, a folder of them, or a text; the same again changes nothing.

    Raises CatalogueRefused with every problem, and stores nothing, when anything is wrong. `dry_run` does
    everything and takes it back.
    """
    actor.require("operator:catalogue:manage")
    catalogue = read_catalogue(path=path, text=text)
    if catalogue.problems:
        raise CatalogueRefused(catalogue.problems)
    # English is active so that untranslated columns are written from the English text.
    with translation.override("en"), transaction.atomic():
        report = _store(actor, catalogue, at=at, is_dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _store(actor: Actor, catalogue: Catalogue, *, at: datetime, is_dry_run: bool) -> ImportReport:
    report = ImportReport(is_dry_run=is_dry_run)
    categories = _import_categories(catalogue, report)
    sellers = import_sellers(catalogue, report, at=at, is_dry_run=is_dry_run)
    problems = import_agreements(catalogue, report)
    changed, product_problems = _import_products(catalogue, report, categories, sellers, at=at)
    problems += product_problems
    problems += _import_popular(catalogue, report)
    for name, section in _sections.items():
        problems += section(actor, getattr(catalogue, name), report, at)
    if problems:
        raise CatalogueRefused(problems)
    if report.changed_anything:
        subject = audit.Subject("catalogue", "catalogue", "")
        audit.record(actor, "catalogue.imported", subject, at=at, after=report.as_json()["counts"])
    _reindex(report, changed, sellers, at)
    return report


def _import_categories(catalogue: Catalogue, report: ImportReport) -> dict[str, Category]:
    rows = {row.path: row for row in Category.objects.all()}
    for position, entry in enumerate(catalogue.categories):
        top = entry.value
        values = {"room": top.room, "position": position, "parent": None, **translated("name", top.name)}
        parent, outcome = put(rows.get(top.path), Category, values, {"path": top.path})
        report.of("categories").add(outcome)
        rows[top.path] = parent
        for place, child in enumerate(top.children):
            path = f"{top.path}/{child.path}"
            values = {"room": top.room, "position": place, "parent": parent, **translated("name", child.name)}
            rows[path], outcome = put(rows.get(path), Category, values, {"path": path})
            report.of("categories").add(outcome)
    return rows


def _import_products(
    catalogue: Catalogue,
    report: ImportReport,
    categories: dict[str, Category],
    sellers: dict[str, Seller],
    *,
    at: datetime,
) -> tuple[list[Product], list[Problem]]:
    problems: list[Problem] = []
    changed: list[Product] = []
    slugs = [entry.value.slug for entry in catalogue.products]
    known = {row.slug: row for row in _with_everything(slugs)}
    wanted = {entry.value.seller for entry in catalogue.products} - sellers.keys()
    sellers = sellers | {row.slug: row for row in Seller.objects.filter(slug__in=wanted)}
    for entry in catalogue.products:
        source = entry.value
        seller, category = sellers.get(source.seller), categories.get(source.category)
        if seller is None:
            problems.append(entry.problem(("seller",), f"{source.seller} is not a seller; add it under sellers"))
        if category is None or category.parent_id is None:
            words = f"{source.category} is not a sub-category; write it like data/backup and add it under categories"
            problems.append(entry.problem(("category",), words))
        if seller is None or category is None:
            continue
        logo = store_logo(source.slug, catalogue.logos.get(("products", source.slug)), is_dry_run=report.is_dry_run)
        writer = ProductWriter(entry, seller, category, logo, at)
        product, outcome = writer.write(known.get(source.slug))
        problems += writer.problems
        problems += import_product_agreement(catalogue, entry, report, product_id=product.public_id, seller=seller)
        report.of("products").add(outcome)
        if outcome != "unchanged":
            changed.append(product)
            report.changed_products.append(product.slug)
    return changed, problems


def _with_everything(slugs: list[str]) -> list[Product]:
    return list(
        Product.objects.filter(slug__in=slugs)
        .select_related("seller", "category")
        .prefetch_related("regions", "versions", "specifications__attributes", "specifications__skus__prices")
    )


def _import_popular(catalogue: Catalogue, report: ImportReport) -> list[Problem]:
    if catalogue.popular is None:
        return []
    problems: list[Problem] = []
    wanted = [entry.value for entry in catalogue.popular]
    products = {row.slug: row for row in Product.objects.filter(slug__in=wanted)}
    known = {pick.product_id: pick for pick in PopularPick.objects.all()}
    for position, entry in enumerate(catalogue.popular):
        product = products.get(entry.value)
        if product is None:
            problems.append(entry.problem((), f"{entry.value} is not a product"))
        elif entry.value in wanted[:position]:
            problems.append(entry.problem((), f"{entry.value} is named twice"))
        else:
            _pick, outcome = put(known.pop(product.pk, None), PopularPick, {"position": position}, {"product": product})
            report.of("popular").add(outcome)
    for pick in known.values():
        pick.delete()
        report.of("popular").add("updated")
    return problems


def _reindex(report: ImportReport, changed: list[Product], sellers: dict[str, Seller], at: datetime) -> None:
    """Refresh what search and pages read: of what changed, and of all that shows a changed seller or category."""
    pks = {product.pk for product in changed}
    if report.of("sellers").updated:
        pks.update(Product.objects.filter(seller__in=sellers.values()).values_list("pk", flat=True))
    if report.of("categories").updated:
        pks.update(Product.objects.values_list("pk", flat=True))
    services.reindex_products(sorted(pks), at=at)
