"""What the seller says at once on a product's page: pieces in stock, named accounts; and what buyers see of it."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.publishing.models import Product, ProductAccess, Specification
from galleria.releasing import dossiers, services
from galleria.reviewing.models import Submission
from tests.packages.releasing.making import Maker
from tests.people import NOW, Person


@pytest.fixture
def maker(bruno: Person) -> Maker:
    from galleria.selling.models import SellerProfile

    SellerProfile.objects.update_or_create(seller=bruno.seller, defaults={"is_hardware_seller": True})
    return Maker(bruno)


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.req("S-CFG-004")
def test_the_stock_of_hardware_is_given_on_its_page_and_seen_by_buyers(
    maker: Maker, bruno: Person, olga: Person, ada: Person
) -> None:
    product = maker.released(maker.hardware(), olga)
    row = Specification.objects.get(product=product)
    page, shelf = f"/seller/products/{product.public_id}", f"/products/{product.slug}"

    assert "nothing is there" in words(bruno.client.get(page))
    sold_out = words(ada.client.get(shelf))
    assert "Sold out for now" in sold_out
    assert 'id="continue"' not in sold_out
    for typed in ("", "two", "-1", "1.5", "1000001", "9" * 12):
        act = {"do": f"stock {row.public_id}", f"stock-{row.public_id}": typed}
        answer = bruno.client.post(f"{page}/configure", act)
        assert answer.status_code == 422, typed
        assert f'id="stock-{row.public_id}-error"' in words(answer)
    for typed, said in (("1", "1 piece left"), ("10", "10 pieces left")):
        act = {"do": f"stock {row.public_id}", f"stock-{row.public_id}": typed}
        assert bruno.client.post(f"{page}/configure", act).status_code == 302
        assert said in words(ada.client.get(shelf))
    act = {"do": f"stock {row.public_id}", f"stock-{row.public_id}": "11"}
    bruno.client.post(f"{page}/configure", act)
    plenty = words(ada.client.get(shelf))
    assert "left" not in plenty.split('id="plate"')[1].split("</aside>")[0]
    assert 'id="continue"' in plenty


@pytest.mark.req("B-DET-004")
def test_accounts_that_may_buy_a_restricted_product_are_named_on_its_page(
    maker: Maker, bruno: Person, olga: Person, ada: Person, xavier: Person
) -> None:
    product = maker.released(maker.licence(restricted=True), olga)
    page, shelf = f"/seller/products/{product.public_id}", f"/products/{product.slug}"
    assert "sold to named accounts only" in words(ada.client.get(shelf))

    wrong = bruno.client.post(f"{page}/configure", {"do": "access ", "access-": "acc_nobody"})
    assert (wrong.status_code, "There is no account acc_nobody." in words(wrong)) == (422, True)
    named = bruno.client.post(f"{page}/configure", {"do": "access ", "access-": ada.account.public_id})
    assert named.status_code == 302
    assert ada.account.public_id in words(bruno.client.get(page))
    assert 'id="continue"' in words(ada.client.get(shelf))
    assert "sold to named accounts only" in words(xavier.client.get(shelf))
    bruno.client.post(f"{page}/configure", {"do": "access ", "access-": ""})
    assert not ProductAccess.objects.exists()


@pytest.mark.req("B-DET-004")
def test_what_is_sold_to_everybody_names_nobody(maker: Maker, bruno: Person, olga: Person, ada: Person) -> None:
    product = maker.released(maker.licence(), olga)
    accounts = [ada.account.public_id]

    with pytest.raises(services.products.Invalid):
        services.set_access(bruno.actor, product_id=product.public_id, accounts=accounts, at=NOW)

    assert not ProductAccess.objects.exists()


@pytest.mark.req("S-CON-001")
def test_a_consulting_service_speaks_of_no_price_anywhere(
    maker: Maker, bruno: Person, olga: Person, ada: Person
) -> None:
    release = maker.draft(maker.consulting())
    editor = words(bruno.client.get(f"/seller/products/{release.public_id}/edit/specifications/0"))
    for told in ("Price tester", "Add a quantity", "Currency", "Only for named accounts"):
        assert told not in editor
    product = maker.released(maker.consulting(name="First Advice Service"), olga)
    shelf = words(ada.client.get(f"/products/{product.slug}"))
    for told in ("Your price", "This combination is not sold", "Why can I not pay", "Leaving", "side by side"):
        assert told not in shelf
    assert "Get in touch" in shelf
    own = words(bruno.client.get(f"/seller/products/{product.public_id}"))
    assert "Limit of purchases" not in own


@pytest.mark.req("S-MAT-007", "S-IMG-001")
def test_titles_for_search_engines_and_ports_are_on_the_page(maker: Maker, olga: Person, ada: Person) -> None:
    seo = {"title": "Backups by night", "description": "Every night, every server.", "keywords": ["backup", "night"]}
    product = maker.released(maker.image(seo=seo), olga)

    page = words(ada.client.get(f"/products/{product.slug}"))

    assert "<title>Backups by night · Fernwerk" in page
    assert '<meta name="description" content="Every night, every server.">' in page
    assert '<meta name="keywords" content="backup, night">' in page
    assert "Open port 443." in page


@pytest.mark.req("S-IMG-001")
def test_ports_in_their_own_field_are_enough(maker: Maker) -> None:
    document = maker.image(guide="Sign in by key.")

    assert "guide" not in maker.codes(document)
    assert maker.codes({**document, "image": {"pricing": "instance"}})["guide"] == ["GUIDE_PORTS"]


def test_reviewers_read_words_where_the_document_has_codes(maker: Maker, olga: Person) -> None:
    choice = {"key": "edition", "name": "Edition", "kind": "choice",
              "options": [{"key": "basic", "name": "Basic"}, {"key": "plus", "name": "Plus"}]}  # fmt: skip
    prices = [
        {"mode": "period", "period": "month", "terms": [1, 2], "price": "1.00 EUR", "only": {"edition": "basic"}},
        {"mode": "pay_per_use", "meter": "hour", "price": "0.02 EUR"},
    ]
    specification = {"key": "one", "name": "One", "asset": maker.asset("image"), "attributes": [choice],
                     "prices": prices}  # fmt: skip
    submission: Submission = maker.submitted(maker.image(specifications=[specification], unsubscription="none"))

    found = dossiers.of_release(olga.actor, submission)
    told = {fact.key: fact.value for part in found.sections for fact in part.facts}

    assert told["delivery"] == "Server image"
    assert told["unsubscription"] == "Not possible"
    assert told["category"] == "Data › Backup"
    assert told["after_sales.hours"] == ["Mon–Fri 09:00–17:00"]
    assert told["licence"] == "The marketplace's template of an end user agreement"
    assert told["specifications.0.asset"] == "image of tests V1.0"
    assert told["specifications.0.prices"] == [
        "A month, Edition: Basic: 1.00 EUR (1, 2)", "By use, hour: 0.02 EUR",
    ]  # fmt: skip
    assert told["image.pricing"] == "per server"
    assert not any(str(value).startswith(("asv_", "STANDARD")) for value in told.values())
    assert Product.objects.count() == 0


@pytest.mark.req("S-MAT-005", "S-GEN-001", "S-MAT-006")
def test_uploads_and_tags_follow_the_operators_figures(maker: Maker, bruno: Person, olga: Person) -> None:
    from io import BytesIO

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    from galleria.kit import parameters

    release = maker.draft(maker.licence())
    media = f"/seller/products/{release.public_id}/edit/media"
    tags = f"/seller/products/{release.public_id}/edit/categories"
    assert "The marketplace’s tags" not in words(bruno.client.get(tags))
    parameters.change(olga.actor, "release.logo_side", 240, at=NOW, reason="Larger.")
    parameters.change(olga.actor, "release.tags", ["backup", "mail"], at=NOW, reason="A list.")
    for side, said in ((120, "must be exactly 240 × 240"), (240, "240 × 240 px")):
        content = BytesIO()
        Image.new("RGB", (side, side)).save(content, "PNG")
        upload = SimpleUploadedFile("side.png", content.getvalue())
        answer = bruno.client.post(media, {"do": "save", "here": "", "logo_file": upload}, follow=True)
        assert said in words(answer), side
    assert "The marketplace’s tags: backup, mail." in words(bruno.client.get(tags))
