"""The document of a live product is the exact inverse of writing one."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galleria.kit.actor import SYSTEM
from galleria.publishing import documents
from galleria.publishing.catalogue_file import Entry, checks, plain, read_catalogue, schema
from galleria.publishing.catalogue_file.yaml_text import Document
from galleria.publishing.importing import import_catalogue
from galleria.publishing.importing.products import ProductWriter
from galleria.publishing.models import Price, Product, Sku
from tests.packages.publishing.making import category
from tests.people import NOW, Person

DEMO = Path(__file__).parents[3] / "src" / "galleria" / "demo" / "catalogue"


def written(document: dict[str, Any], person: Person, row: Product | None = None) -> tuple[Product, str]:
    """Write a document; the product with everything, and what happened."""
    entry = Entry(schema.Product.model_validate({**document, "seller": "fernwerk"}), (), Document("test"))
    product, outcome = ProductWriter(entry, person.seller, category("data/backup"), "", NOW).write(row)
    return documents.with_everything().get(pk=product.pk), outcome


def canonical(document: dict[str, Any]) -> dict[str, Any]:
    return plain.document(schema.Product.model_validate({**document, "seller": "fernwerk"}))


@pytest.mark.slow
def test_every_product_of_the_sample_catalogue_comes_back_as_its_file_says(db: None, at: Any) -> None:
    catalogue = read_catalogue(path=DEMO)
    import_catalogue(SYSTEM, path=DEMO, at=at)
    rows = {row.slug: row for row in documents.with_everything()}

    different = []
    for entry in catalogue.products:
        wanted, found = plain.document(entry.value), documents.document_of(rows[entry.value.slug])
        for document in (wanted, found):
            document.pop("agreement", None)  # of a template it is filled in, and kept as a text of its own
        if wanted != found:
            different.append((entry.value.slug, [k for k in {*wanted, *found} if wanted.get(k) != found.get(k)]))
    assert len(catalogue.products) > 80
    assert different == []


@pytest.mark.slow
def test_one_product_is_read_like_all_of_them_and_its_parts_cost_no_more_queries(
    db: None, at: Any, django_assert_num_queries: Any
) -> None:
    import_catalogue(SYSTEM, path=DEMO, at=at)
    everything = {row.pk: documents.document_of(row) for row in documents.with_everything()}

    found = {}
    for row in Product.objects.select_related("category"):
        with django_assert_num_queries(6):
            documents.read_everything(row)
        with django_assert_num_queries(0):
            parts = [(sku.specification, list(sku.prices.all())) for each in row.specifications.all()
                     for sku in each.skus.all()]  # fmt: skip
        assert all(each.product is row for each, _prices in parts)
        found[row.pk] = documents.document_of(row)

    assert len(found) > 80
    assert found == everything


# ----- any document -----

TEXT = st.sampled_from(["Plain", "Two words", "云备份", "a: b", "'q'", "# no", "x" * 40])
BOTH = st.one_of(TEXT, st.fixed_dictionaries({"en": TEXT, "zh": st.sampled_from(["中文", "Plain"])}))
AMOUNT = st.integers(1, 10_000_000).map(lambda cents: f"{cents // 100}.{cents % 100:02} EUR")
KEYS = ["alpha", "beta", "gamma"]


@st.composite
def specifications(draw: Any, key: str) -> dict[str, Any]:
    """A specification with some choices, a quantity perhaps, and prices for some of the combinations."""
    attributes = []
    for name in KEYS[: draw(st.integers(0, 2))]:
        options = [{"key": f"{name}-{n}", "name": draw(BOTH)} for n in range(draw(st.integers(2, 3)))]
        attributes.append({"key": name, "name": draw(BOTH), "kind": "choice", "options": options})
    has_quantity = draw(st.booleans())
    if has_quantity:
        step = draw(st.integers(1, 10))
        attributes.append({"key": "users", "name": "Users", "kind": "quantity", "minimum": 1, "step": step,
                           "maximum": 1 + step * draw(st.integers(1, 20))})  # fmt: skip
    found = {"key": key, "name": draw(BOTH), "attributes": attributes, "features": {"Seats": "5"}}
    combinations = checks.choices_of(schema.Specification.model_validate({**found, "prices": []}))
    prices = []
    for choices in combinations:
        for mode in draw(st.sets(st.sampled_from(["month", "year", "once"]), min_size=0, max_size=3)):
            price: dict[str, Any] = {"mode": "one_time"} if mode == "once" else {
                "mode": "period", "period": mode, "terms": [1, 2]}  # fmt: skip
            if has_quantity and draw(st.booleans()):
                price |= {"model": "tiered", "quantity": "users",
                          "tiers": [{"up_to": 5, "price": draw(AMOUNT)}, {"price": draw(AMOUNT)}]}  # fmt: skip
            else:
                price["price"] = draw(st.one_of(AMOUNT, st.just("5.00 EUR")))
            prices.append({**price, **({"only": choices} if choices else {})})
    if not prices:
        prices = [{"mode": "one_time", "price": "5.00 EUR"}]
    return {**found, "prices": draw(st.permutations(prices))}


@st.composite
def products(draw: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "slug": "any", "category": "data/backup", "delivery": draw(st.sampled_from(["saas", "license", "content"])),
        "name": draw(BOTH), "summary": draw(BOTH), "description": "Some\n\n- list", "highlights": ["one", "two"],
        "specifications": [draw(specifications(f"spec-{n}")) for n in range(draw(st.integers(1, 2)))],
    }  # fmt: skip
    more = {
        "cases": st.just([{"title": "T", "text": "X", "customer": "C", "result": {"en": "R", "zh": "果"}}]),
        "tags": st.lists(TEXT, max_size=3), "version": st.sampled_from(["V1.0", "V2.3.4"]),
        "regions": st.sampled_from([["SE"], ["NO", "SE"]]), "restricted": st.booleans(),
        "purchase_limit": st.sampled_from([{"per_account": 2, "days": 30}, {"once": True}]),
        "delivery_days": st.integers(1, 365), "acceptance": BOTH, "delivery_promise": BOTH,
        "unsubscription": st.sampled_from(["platform", "negotiated", "none"]),
        "extra_parameters": st.just([{"key": "host", "label": {"en": "Host", "zh": "主机"}, "required": False}]),
        "seo": st.just({"title": "T", "keywords": ["a", "b"]}), "logo_file": st.just("fil_1"),
        "media": st.just([{"file": "fil_2", "caption": {"en": "A", "zh": "图"}}]), "licence": st.just("STANDARD_EULA"),
        "after_sales": st.just({"time_zone": "(GMT+01:00)", "hours": [
            {"days": [1, 2], "opens": "09:00", "closes": "17:00"}], "email": "a@example.com"}),
        "copyright": st.just({"certificate": "fil_3", "software_name": "N", "owner": "O"}),
        "interface": st.just({"address": "adr_1", "encryption": "AES256"}), "private_cloud": st.booleans(),
        "versions": st.just([{"version": "V2.3.4", "on": "2027-01-01", "notes": BOTH_NOTES}]),
    }  # fmt: skip
    for name in draw(st.sets(st.sampled_from(sorted(more)))):
        found[name] = draw(more[name])
    return found


BOTH_NOTES = {"en": "New", "zh": "新"}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(document=products())
def test_any_document_is_written_read_back_and_written_again_without_a_change(
    db: None, at: Any, bruno: Person, document: dict[str, Any]
) -> None:
    Price.objects.all().delete()
    Product.objects.all().delete()
    first, outcome = written(document, bruno)
    assert outcome == "created"
    found = documents.document_of(first)
    assert found == canonical(document)

    again, outcome = written(found, bruno, first)
    assert outcome == "unchanged"
    assert documents.document_of(again) == found


def test_a_changed_price_is_written_where_it_was_and_gone_ones_are_taken_off(db: None, at: Any, bruno: Person) -> None:
    document = {
        "slug": "any", "category": "data/backup", "delivery": "content", "name": "N", "summary": "S",
        "description": "D", "specifications": [{
            "key": "one", "name": "One", "attributes": [{"key": "kind", "name": "Kind", "kind": "choice", "options": [
                {"key": "a", "name": "A"}, {"key": "b", "name": "B"}]}],
            "prices": [{"mode": "one_time", "price": "5.00 EUR"}],
        }],
    }  # fmt: skip
    product, _outcome = written(document, bruno)
    codes = set(Sku.objects.values_list("code", flat=True))
    numbers = set(Price.objects.values_list("product_code", flat=True))
    changed = copy.deepcopy(document)
    changed["specifications"][0]["prices"] = [{"mode": "one_time", "price": "6.00 EUR", "only": {"kind": "a"}}]  # type: ignore[index]

    product, outcome = written(changed, bruno, product)

    assert outcome == "updated"
    assert set(Sku.objects.values_list("code", flat=True)) == codes
    assert set(Price.objects.values_list("product_code", flat=True)) == numbers
    assert {sku.choices["kind"]: sku.state for sku in Sku.objects.all()} == {"a": "on_sale", "b": "removed"}
    assert documents.document_of(product) == canonical(changed)


def test_products_that_are_older_than_documents_have_one_and_keep_their_rows(db: None, at: Any, bruno: Person) -> None:
    from tests.packages.publishing.making import product

    row = product(bruno, "Old Backup", description_en="Keeps copies")
    row = documents.with_everything().get(pk=row.pk)
    before = {sku.code for sku in Sku.objects.all()}
    document = documents.document_of(row)

    again, _outcome = written({**document, "summary": "Changed"}, bruno, row)

    assert {sku.code for sku in Sku.objects.all()} == before
    assert again.specifications.count() == 1
    assert documents.document_of(again)["summary"] == "Changed"
