"""Importing a catalogue: all or nothing, twice is once, codes stay, what was sold stays."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from galleria.audit.models import AuditRecord
from galleria.cli.main import main
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import PermissionMissing
from galleria.parties.models import Agreement, AgreementVersion, Seller
from galleria.pricing.models import Coupon, Discount
from galleria.publishing.importing import CatalogueRefused, import_catalogue
from galleria.publishing.models import (
    Category,
    Favorite,
    Listing,
    PopularPick,
    Price,
    Product,
    ProductAccess,
    Sku,
    Specification,
)
from tests.packages.publishing.catalogue_text import LOGO, catalogue, changed

AT = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(days=9)
DEMO = Path(__file__).resolve().parents[3] / "src" / "galleria" / "demo" / "catalogue"

pytestmark = pytest.mark.django_db


def run(text: str, at: datetime = AT, **options: Any) -> Any:
    return import_catalogue(SYSTEM, text=text, at=at, **options)


def counts(report: Any, kind: str) -> tuple[int, int, int]:
    found = report.of(kind)
    return found.created, found.updated, found.unchanged


def test_a_file_becomes_products_that_can_be_sold() -> None:
    report = run(catalogue())

    product = Product.objects.get(slug="anvil")
    assert (product.name_en, product.name_zh_hans) == ("Anvil", "铁砧")
    assert (product.seller.slug, product.category.path) == ("bruno", "data/backup")
    assert (product.trial_days, product.needs_contact_consent, product.is_supervised) == (14, True, False)
    assert product.unsubscription_rule == "none"
    assert product.extra_parameters_zh_hans[0]["label"] == "域名"
    assert counts(report, "products") == (1, 0, 0)
    assert counts(report, "sellers") == (1, 0, 0)
    assert counts(report, "categories") == (2, 0, 0)
    assert Seller.objects.get().account.kind == "enterprise"
    assert default_storage.exists(product.logo)


def test_each_combination_of_choices_is_a_sku_with_its_own_prices() -> None:
    run(catalogue())

    prices = {
        (sku.choices["size"], price.period_type): (price.unit_price_e10, price.quantity_key, price.terms)
        for sku in Sku.objects.all()
        for price in sku.prices.all()
    }
    assert prices == {
        ("s", "month"): (9 * 10**10, "people", [1, 3]),
        ("m", "month"): (9 * 10**10, "people", [1, 3]),
        ("m", "year"): (90 * 10**10, "people", [1]),
    }
    assert all(re.fullmatch(r"OFFI\d{18}", price.product_code) for price in Price.objects.all())


def test_the_active_language_decides_which_text_is_read() -> None:
    run(catalogue())

    with translation.override("zh-hans"):
        assert Product.objects.get().name == "铁砧"
        assert Specification.objects.get().name == "小"
        assert Product.objects.get().description.startswith("Heavy")


def test_untranslated_columns_hold_english_whatever_language_is_active() -> None:
    with translation.override("zh-hans"):
        run(catalogue())

    assert list(Product.objects.rewrite(False).values_list("name", flat=True)) == ["Anvil"]


def test_the_same_file_again_writes_nothing() -> None:
    run(catalogue())
    before = list(Product.objects.values())

    with CaptureQueriesContext(connection) as queries:
        report = run(catalogue(), at=LATER)

    assert not report.changed_anything
    assert counts(report, "products") == (0, 0, 1)
    assert list(Product.objects.values()) == before
    assert [q["sql"] for q in queries if re.match("INSERT|UPDATE|DELETE", q["sql"])] == []


def test_a_changed_price_keeps_its_codes_and_marks_the_product_as_changed() -> None:
    run(catalogue())
    codes = set(Price.objects.values_list("product_code", flat=True))
    skus = set(Sku.objects.values_list("code", flat=True))

    report = run(changed("price: 9.00 EUR", "price: 9.50 EUR"), at=LATER)

    assert counts(report, "products") == (0, 1, 0)
    assert report.changed_products == ["anvil"]
    assert set(Price.objects.values_list("product_code", flat=True)) == codes
    assert set(Sku.objects.values_list("code", flat=True)) == skus
    assert set(Price.objects.filter(period_type="month").values_list("unit_price_e10", flat=True)) == {95 * 10**9}
    assert Product.objects.get().changed_at == LATER


def test_codes_are_the_same_in_another_database() -> None:
    run(catalogue())
    codes = set(Price.objects.values_list("product_code", flat=True)) | set(Sku.objects.values_list("code", flat=True))
    specification = Specification.objects.get().public_id
    Product.objects.all().delete()

    run(catalogue())

    again = set(Price.objects.values_list("product_code", flat=True)) | set(Sku.objects.values_list("code", flat=True))
    assert again == codes
    assert Specification.objects.get().public_id == specification


def test_one_wrong_entry_and_nothing_is_stored() -> None:
    wrong = changed("category: data/backup", "category: data/nowhere")

    with pytest.raises(CatalogueRefused) as refused:
        run(wrong)

    line = wrong[: wrong.index("category: data/nowhere")].count("\n") + 1
    assert [str(problem) for problem in refused.value.problems] == [
        f"catalogue:{line}: products[0].category: data/nowhere is not a sub-category; write it like data/backup and "
        "add it under categories"
    ]
    assert refused.value.status == 422
    assert (Category.objects.count(), Seller.objects.count(), Product.objects.count()) == (0, 0, 0)


def test_references_may_point_to_what_was_imported_before() -> None:
    run(catalogue())
    only_products = "products:" + catalogue().split("products:")[1].replace("slug: anvil", "slug: hammer")

    run(only_products)

    assert Product.objects.get(slug="hammer").seller.slug == "bruno"


def test_a_dry_run_reports_and_stores_nothing() -> None:
    report = run(catalogue(), dry_run=True)

    assert counts(report, "products") == (1, 0, 0)
    assert Product.objects.count() == 0
    assert Listing.objects.count() == 0
    assert AuditRecord.objects.filter(sentence="catalogue.imported").count() == 0


@pytest.mark.req("S-PRD-T5", "S-PRD-T8")
def test_a_specification_that_vanished_is_taken_off_sale_and_not_deleted() -> None:
    run(catalogue())

    run(changed("- key: small", "- key: large"))

    assert dict(Specification.objects.values_list("state", "position")).keys() == {"on_sale", "removed"}
    assert Specification.objects.get(state="removed").skus.count() == 2


def test_a_price_that_was_sold_cannot_vanish(ada: Any) -> None:
    from galleria.buying.models import Order, OrderLine

    run(catalogue())
    price = Price.objects.get(period_type="year")
    order = Order.objects.create(
        public_id="GA2703010900AAAAAA", account=ada.account, creator_name="Ada", currency="EUR",
        official_minor=0, discounted_minor=0, due_minor=0, created_at=AT,
    )  # fmt: skip
    OrderLine.objects.create(
        public_id="GA2703010900AAAAAA-000001", order=order, product=price.sku.specification.product,
        specification=price.sku.specification, sku=price.sku, price=price, product_code=price.product_code,
        product_name="Anvil", billing_mode="period", official_minor=0, payable_minor=0,
    )  # fmt: skip
    text = changed(
        "          - {mode: period, period: year, terms: [1], price: 90.00 EUR, model: linear, quantity: people, "
        "only: {size: m}}\n",
        "",
    )

    with pytest.raises(CatalogueRefused) as refused:
        run(text)

    assert "the price period year EUR was sold and cannot be dropped" in str(refused.value.problems[0])
    assert Price.objects.filter(period_type="year").exists()


def test_what_buyers_and_sellers_did_stays(ada: Any) -> None:
    run(catalogue())
    product = Product.objects.get()
    ProductAccess.objects.create(product=product, account=ada.account)
    Favorite.objects.create(user=ada.user, product=product, saved_at=AT)
    Product.objects.update(sales_total=7, rating_e2=450)

    run(changed("trial_days: 14", "trial_days: 30"))

    assert ProductAccess.objects.count() == 1
    assert Favorite.objects.count() == 1
    product.refresh_from_db()
    assert (product.sales_total, product.rating_e2, product.trial_days) == (7, 450, 30)


def test_regions_and_states_follow_the_file() -> None:
    run(changed("delivery: saas", "delivery: saas\n    regions: [DE, AT]"))
    product = Product.objects.get()
    assert not product.sold_everywhere
    assert sorted(product.regions.values_list("country", flat=True)) == ["AT", "DE"]

    run(changed("delivery: saas", "delivery: saas\n    regions: [DE]\n    state: hidden"))
    product.refresh_from_db()
    assert product.state == "hidden"
    assert list(product.regions.values_list("country", flat=True)) == ["DE"]
    assert not Listing.objects.get(product=product).is_listed


def test_a_new_logo_is_a_new_file() -> None:
    run(catalogue())
    first = Product.objects.get().logo

    run(changed(LOGO, LOGO.replace("#123", "#456")))

    assert Product.objects.get().logo != first
    assert default_storage.exists(first)


def test_a_licence_template_becomes_the_product_s_own_agreement() -> None:
    template = """
agreements:
  - key: EULA_PLAIN
    kind: template
    name: "{product}, licence"
    versions:
      - version: "1"
        effective_on: 2026-01-01
        text: {en: "{seller} lets you use {product}.", zh: "{seller} 允许您使用 {product}。"}
"""
    text = changed("delivery: saas", "delivery: saas\n    licence: EULA_PLAIN")
    run(text + template)

    product = Product.objects.get()
    agreement = Agreement.objects.get()
    assert agreement.key == f"product:{product.public_id}"
    assert (agreement.kind, agreement.issuer, agreement.name_en) == ("product", "Bruno's Tools ApS", "Anvil, licence")
    assert agreement.versions.get().texts == {
        "en": "Bruno's Tools ApS lets you use Anvil.",
        "zh-hans": "Bruno's Tools ApS 允许您使用 铁砧。",
    }

    with pytest.raises(CatalogueRefused) as refused:
        run(text + template.replace("lets you", "forbids you to"))
    assert "exists with another text" in str(refused.value.problems[0])


def test_a_renamed_product_keeps_the_agreement_that_was_accepted() -> None:
    template = """
agreements:
  - key: EULA_PLAIN
    kind: template
    name: "{product}, licence"
    versions:
      - {version: "1", effective_on: 2026-01-01, text: "{seller} lets you use {product}. {product} is yours."}
"""
    text = changed("delivery: saas", "delivery: saas\n    licence: EULA_PLAIN") + template
    run(text)

    report = run(text.replace("{en: Anvil, zh: 铁砧}", "{en: Anvil (new), zh: 铁砧}"))

    assert Agreement.objects.get().name_en == "Anvil (new), licence"
    assert AgreementVersion.objects.get().texts == {"en": "Bruno's Tools ApS lets you use Anvil. Anvil is yours."}
    assert counts(report, "agreements") == (0, 1, 0)


def test_an_unknown_licence_is_a_problem_of_the_product() -> None:
    with pytest.raises(CatalogueRefused) as refused:
        run(changed("delivery: saas", "delivery: saas\n    licence: EULA_NONE"))

    assert "licence: EULA_NONE is not an agreement of kind template" in str(refused.value.problems[0])


def test_popular_products_are_replaced_by_the_list() -> None:
    run(catalogue(more="\npopular: [anvil]\n"))
    assert list(PopularPick.objects.values_list("product__slug", flat=True)) == ["anvil"]

    run(catalogue(more="\npopular: []\n"))
    assert PopularPick.objects.count() == 0

    with pytest.raises(CatalogueRefused):
        run(catalogue(more="\npopular: [hammer]\n"))


def test_discounts_and_coupons_come_with_the_catalogue() -> None:
    more = """
discounts:
  - {key: spring, name: Spring, percent: 12.5, product: anvil, specification: small, period: month, days: 30}
coupons:
  - {code: HELLO20, name: Hello, face: 20.00 EUR, minimum: 100.00 EUR, modes: [month], products: [anvil]}
"""
    run(catalogue(more=more))
    report = run(catalogue(more=more), at=LATER)

    discount, coupon = Discount.objects.get(), Coupon.objects.get()
    assert (discount.percent_e2, discount.starts_at, discount.ends_at) == (1250, AT, AT + timedelta(days=30))
    assert discount.specification == Specification.objects.get()
    assert (coupon.face_minor, coupon.minimum_minor, coupon.account_id) == (2000, 10000, None)
    assert coupon.limits == {
        "with_discounts": False, "products": {"only": [Product.objects.get().public_id]}, "modes": ["month"],
    }  # fmt: skip
    assert counts(report, "discounts") == (0, 0, 1)
    assert counts(report, "coupons") == (0, 0, 1)


def test_a_coupon_that_somebody_holds_is_left_alone(ada: Any) -> None:
    more = "\ncoupons:\n  - {code: HELLO20, name: Hello, face: %s EUR}\n"
    run(catalogue(more=more % "20.00"))
    Coupon.objects.update(account=ada.account, balance_minor=500)

    run(catalogue(more=more % "30.00"))

    assert (Coupon.objects.get().face_minor, Coupon.objects.get().balance_minor) == (2000, 500)


def test_a_stranger_may_not_import(xavier: Any) -> None:
    actor: Actor = xavier.actor

    with pytest.raises(PermissionMissing):
        import_catalogue(actor, text=catalogue(), at=AT)
    assert Product.objects.count() == 0


def test_the_import_is_written_down_with_its_counts() -> None:
    run(catalogue())

    record = AuditRecord.objects.get(sentence="catalogue.imported")
    assert record.after["products"]["created"] == 1


def test_the_command_lists_problems_and_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(changed("trial_days: 14", "trial_days: 999"), "utf-8")

    assert main(["import", str(file)]) == 1

    errors = capsys.readouterr().err
    assert "products[0].trial_days: '999' is out of range; it is at most 180" in errors
    assert "The catalogue has 1 problem; nothing was imported." in errors


def test_the_command_speaks_json_and_can_rehearse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(catalogue(), "utf-8")

    assert main(["import", str(file), "--dry-run", "--json"]) == 0
    rehearsal = json.loads(capsys.readouterr().out)
    assert Product.objects.count() == 0
    assert main(["import", str(file), "--json"]) == 0
    done = json.loads(capsys.readouterr().out)

    assert rehearsal["counts"] == done["counts"]
    assert rehearsal["dry_run"] is True
    assert done["changed_products"] == ["anvil"]
    assert Product.objects.count() == 1
    assert main(["import", str(tmp_path / "nothing.yaml")]) == 2


def test_the_sample_catalogue_is_complete_and_imports_twice() -> None:
    report = import_catalogue(SYSTEM, path=DEMO, at=AT)
    again = import_catalogue(SYSTEM, path=DEMO, at=LATER)

    assert not again.changed_anything
    assert report.of("products").created >= 84
    assert report.of("sellers").created >= 26
    assert PopularPick.objects.count() == 8
    products = Product.objects.all()
    assert {product.delivery_type for product in products} == {
        "image", "saas", "license", "professional", "consulting", "hardware", "content", "host", "template",
    }  # fmt: skip
    assert products.filter(delivery_type="saas").count() >= 40
    assert not [product.slug for product in products if not (product.name_zh_hans and product.description_zh_hans)]
    assert not [product.slug for product in products if not product.logo]
    used = set(products.values_list("category__path", flat=True))
    assert set(Category.objects.filter(parent__isnull=False).values_list("path", flat=True)) == used
    assert AgreementVersion.objects.filter(agreement__kind="platform").count() == 5
    assert AgreementVersion.objects.filter(agreement__kind="registration").count() == 2
