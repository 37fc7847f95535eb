"""Putting a document on the shelf: into the tables of the catalogue, for good or only to be looked at."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import translation
from pydantic import ValidationError

from galleria.assets import selectors as assets
from galleria.delivering import services as delivering
from galleria.delivering.models import ProductionAddress
from galleria.kit import files
from galleria.kit.errors import Invalid, NotFound
from galleria.kit.models import StoredFile
from galleria.publishing import documents, services
from galleria.publishing.catalogue_file import Catalogue, Entry, material, schema
from galleria.publishing.catalogue_file.plain import NOT_IN_DOCUMENTS
from galleria.publishing.catalogue_file.yaml_text import Document
from galleria.publishing.importing.agreements import import_product_agreement
from galleria.publishing.importing.products import ProductWriter
from galleria.publishing.importing.report import ImportReport
from galleria.publishing.models import Category, Product, Specification
from galleria.publishing.selectors import ProductView, view_of
from galleria.releasing import templates
from galleria.releasing.models import Release
from galleria.releasing.rules import form
from galleria.releasing.rules.found import english, part, word

AT_ONCE: Final = ("state", "purchase_limit", "regions", "accepts_credit", "restricted")
"""Fields that a seller changes at once under Products: a release that did not touch them does not take them back."""


def slug_of(name: str) -> str:
    """An address made of a name: ASCII, lower case, words joined by hyphens; free of other products' addresses."""
    base = form.slug_from(name) or "product"
    slug, number = base, 1
    while Product.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug


def merged(document: dict[str, Any], base: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    """The document with what was changed at once meanwhile, where the release itself did not touch it."""
    result = dict(document)
    for name in AT_ONCE:
        if document.get(name) == base.get(name):
            if name in live:
                result[name] = live[name]
            else:
                result.pop(name, None)
    states = {word(each.get("key")): each.get("state") for each in live.get("specifications", [])}
    before = {word(each.get("key")): each.get("state") for each in base.get("specifications", [])}
    rows = []
    for each in document.get("specifications", []):
        row = dict(each)
        key = word(row.get("key"))
        if key in states and row.get("state") == before.get(key):
            row.pop("state", None)
            if states[key]:
                row["state"] = states[key]
        rows.append(row)
    if rows:
        result["specifications"] = rows
    return result


def put_on_shelf(release: Release, document: dict[str, Any], *, at: datetime) -> tuple[Product, list[str]]:
    """Create or change the product of a release; returns it and what could not be written, in words.

    Call it in a transaction; `reindex_products` is done here, so that search knows it in the same transaction.
    """
    product = documents.with_everything().filter(pk=release.product_id).first() if release.product_id else None
    slug = product.slug if product else word(document.get("slug")) or slug_of(english(document.get("name")))
    if product is None and Product.objects.filter(slug=slug).exists():
        slug = slug_of(slug)
    source = form.product_of({**document, "slug": slug}, seller=release.seller.slug)
    source = _with_version(source, release, at)
    category = Category.objects.filter(path=source.category).first()
    if category is None:
        raise Invalid(fields={"category": f"{source.category} is not a category"})
    entry = Entry(source, (), Document("release"))
    state = _state(product, source)
    scanned = assets.scanned_at(each.asset or "" for each in source.specifications)
    kept: dict[str, Any] = {"state": state, "scanned_at": scanned or (product.scanned_at if product else None)}
    if product is not None:
        kept["changed_at"] = at
    known = {row.pk for row in product.specifications.all()} if product else set()
    writer = ProductWriter(entry, release.seller, category, _logo(source, release, product, slug), at, kept)
    # English is active so that untranslated columns are written from the English text.
    with translation.override("en"):
        written, _outcome = writer.write(product)
        problems = [str(problem.message) for problem in writer.problems]
        problems += _agreement(release, entry, written)
    if source.delivery == "hardware":  # counted from the beginning, and nothing is there yet (S-CFG-004)
        Specification.objects.filter(product=written, stock=None).exclude(pk__in=known).update(stock=0)
    _bind(source, release, written)
    _open_files(source, release)
    services.reindex_products([written.pk], at=at)
    return written, problems


def _state(product: Product | None, source: schema.Product) -> str:
    """A new product goes on sale, or hidden when it says so; a suspended one stays suspended."""
    if product is None or product.state in {"on_sale", "hidden"}:
        return "hidden" if source.state == "hidden" else "on_sale"
    return product.state


def _with_version(source: schema.Product, release: Release, at: datetime) -> schema.Product:
    """A version that is not in the list of versions yet is released today."""
    if not source.version or any(each.version == source.version for each in source.versions):
        return source
    notes = {"en": release.notes} if release.notes else None
    row = schema.ReleasedVersion.model_validate({"version": source.version, "on": at.date(), "notes": notes})
    return source.model_copy(update={"versions": [row, *source.versions]})


def _logo(source: schema.Product, release: Release, product: Product | None, slug: str) -> str:
    """The stored logo below `logos/`, named by its content like those of a catalogue file."""
    if not source.logo_file:
        return product.logo if product else ""
    kept = product.logo if product else ""
    try:
        row = files.stored(source.logo_file)
        if row.account_id != release.seller.account_id or row.kind not in files.PICTURES:
            return kept  # only the seller's own picture: a draft can name any file
        with files.open_file(row) as content:
            data = content.read()
    except NotFound:
        return kept
    name = f"logos/{slug[:80]}-{hashlib.sha256(data).hexdigest()[:12]}.png"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(data))
    return name


def _agreement(release: Release, entry: Entry[schema.Product], product: Product) -> list[str]:
    catalogue = Catalogue(agreements=[Entry(each, (), Document("templates")) for each in templates.agreements()])
    known = {each.value.key for each in catalogue.agreements}
    if entry.value.licence and entry.value.licence not in known:
        return []  # a template of an earlier catalogue file: the agreement that it made stays
    problems = import_product_agreement(
        catalogue, entry, ImportReport(), product_id=product.public_id, seller=release.seller
    )
    return [problem.message for problem in problems]


def _open_files(source: schema.Product, release: Release) -> None:
    """What the product page shows can be read by everybody from now on; papers stay with seller and reviewers."""
    shown = [source.logo_file, source.guide_file, *source.description_pictures, *source.request_templates]
    shown += [medium.file for medium in source.media] + [case.picture for case in source.cases]
    wanted = [file_id for file_id in shown if file_id]
    StoredFile.objects.filter(public_id__in=wanted, account_id=release.seller.account_id, is_public=False).update(
        is_public=True
    )


def _bind(source: schema.Product, release: Release, product: Product) -> None:
    if source.interface is None:
        return
    address = ProductionAddress.objects.filter(seller=release.seller, public_id=source.interface.address).first()
    if address is not None:
        delivering.bind_product(product, address)


# ----- looking at it -----

_STANDS_IN: Final[dict[str, Any]] = {"name": "…", "summary": "…", "description": "…", "delivery": "saas"}


def previewed(release: Release, *, at: datetime) -> ProductView:
    """The product page of a release. Everything is written and taken back."""
    document = showable(release)
    with transaction.atomic():
        product, _problems = put_on_shelf(release, document, at=at)
        view = view_of(product.pk)
        transaction.set_rollback(True)
    return view


def showable(release: Release) -> dict[str, Any]:
    """The document with everything left out that does not have the form of a product yet."""
    document: dict[str, Any] = json.loads(json.dumps(release.document))
    document.setdefault("delivery", release.delivery)
    for name, value in _STANDS_IN.items():
        if not document.get(name):
            document[name] = value
    leaf = Category.objects.filter(path=word(document.get("category"))).first()
    if leaf is None:
        first = Category.objects.filter(children=None).order_by("position", "pk").first()
        document["category"] = first.path if first else ""
    for name in NOT_IN_DOCUMENTS & document.keys():
        del document[name]
    if not release.product_id:
        document["slug"] = slug_of(word(document.get("slug")) or english(document["name"]))
    if not document.get("specifications"):
        document["specifications"] = [{"key": "preview", "name": "…"}]
    for _attempt in range(200):
        try:
            form.product_of(document, seller=release.seller.slug)
        except ValidationError as error:
            _leave_out(document, error.errors(include_url=False)[0]["loc"])
        else:
            return document
    return {**document, **_STANDS_IN, "specifications": [{"key": "preview", "name": "…"}]}


def _leave_out(document: dict[str, Any], place: tuple[str | int, ...]) -> None:
    """Take the nearest thing away that is there, or let a word stand in for it at the top."""
    path = [each for each in place if not str(each).startswith("function-")]
    holders: list[tuple[Any, str | int]] = []
    value: Any = document
    for each in path:
        if (isinstance(value, dict) and each in value) or (isinstance(value, list) and isinstance(each, int)):
            holders.append((value, each))
            value = value[each]  # type: ignore[index]
        else:
            break
    if not holders:
        return
    holder, key = holders[-1]
    missing = len(holders) < len(path)  # a part is missing: the whole that lacks it goes
    if missing and isinstance(holder, dict) and holder is document and key == "specifications":
        document["specifications"] = [{"key": "preview", "name": "…"}]
        return
    if holder is document and key in _STANDS_IN:
        document[str(key)] = _STANDS_IN[str(key)]
        return
    del holder[key]
    if not document.get("specifications"):
        document["specifications"] = [{"key": "preview", "name": "…"}]


def papers_of(document: dict[str, Any]) -> dict[str, Any]:
    """What only the seller and reviewers see."""
    return {name: part(document, name) or document[name] for name in material.PRIVATE if name in document}
