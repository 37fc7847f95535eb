"""The seller's library of attributes, and how the SKU builder takes from it (S-ATR-001)."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.publishing.models import ProductAttribute, SkuAttribute, Specification
from galleria.releasing import services
from galleria.releasing.rules import price_grid
from tests.people import NOW, make_seller
from tests.web.reading import read

pytestmark = pytest.mark.django_db
HERE = "/seller/attributes"


@pytest.fixture(autouse=True)
def presets(db: None) -> None:
    services.install_presets(at=NOW)


def made(bruno: Any, code: str = "edition", name: str = "Edition", kind: str = "choice") -> ProductAttribute:
    return services.create_attribute(bruno.actor, kind=kind, code=code, name=name, at=NOW)


@pytest.mark.req("S-ATR-001")
def test_the_library_shows_ones_own_first_and_finds_by_kind_and_name(bruno: Any) -> None:
    made(bruno)
    page = read(bruno.client.get(HERE))
    assert page.has("Edition", "Application name", "Person-days", "Marketplace", "Add an attribute")
    assert page.text.index("Edition") < page.text.index("Application name")
    assert read(bruno.client.get(f"{HERE}?type=quantity")).has("Users", "Person-days")
    found = read(bruno.client.get(f"{HERE}?q=editi"))
    assert "Edition" in found.text and "Application name" not in found.text
    assert read(bruno.client.get(f"{HERE}?q=zzz")).has("Nothing fits these filters")


@pytest.mark.req("S-ATR-001", "S-ATR-T1")
@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"kind": "choice", "code": "version", "name": "Ours"}, "The marketplace uses “version” itself."),
        ({"kind": "choice", "code": "ours", "name": "Version"}, "The marketplace uses “Version” itself."),
        ({"kind": "choice", "code": "1st", "name": "First"}, "Use a letter, then up to 31 letters"),
        ({"kind": "choice", "code": "x" * 33, "name": "Long"}, "Use a letter, then up to 31 letters"),
        ({"kind": "choice", "code": "ours", "name": "x" * 31}, "Use 1 to 30 characters."),
        ({"kind": "choice", "code": "ours", "name": "Ours", "description": "x" * 201}, "Use up to 200 characters."),
        ({"kind": "", "code": "ours", "name": "Ours"}, "Choose enumeration or quantity."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    bruno: Any, sent: dict[str, str], words: str
) -> None:
    answer = bruno.client.post(HERE, sent)
    assert answer.status_code == 422
    page = read(answer)
    assert page.has(words)
    assert f'value="{sent["code"]}"' in page.html
    assert not ProductAttribute.objects.exclude(seller=None).exists()


@pytest.mark.req("S-ATR-001", "S-ATR-T2", "S-SKU-T3")
def test_an_attribute_is_made_renamed_and_deleted_and_products_keep_theirs(bruno: Any, desk: Any) -> None:
    answer = bruno.client.post(HERE, {"kind": "choice", "code": "serviceLevel", "name": "Service level"})
    assert read(bruno.client.get(answer["Location"])).has("Service level can be used in every specification now.")
    twice = bruno.client.post(HERE, {"kind": "choice", "code": "serviceLevel", "name": "Again"})
    assert read(twice).has("You have an attribute with this code already.")
    SkuAttribute.objects.create(
        specification=Specification.objects.get(product=desk), key="service-level", name="Service level", kind="choice"
    )
    one = f"{HERE}/serviceLevel"
    assert read(bruno.client.get(one)).has("One product uses it; it keeps its own copy")
    assert bruno.client.post(one, {"do": "save", "name": ""}).status_code == 422
    assert bruno.client.post(one, {"do": "save", "name": "Level", "description": "How fast"}).status_code == 302
    assert bruno.client.post(one, {"do": "delete"}).status_code == 302
    assert not ProductAttribute.objects.exclude(seller=None).exists()
    assert SkuAttribute.objects.get(key="service-level").name == "Service level"


@pytest.mark.req("S-ATR-001")
def test_the_marketplaces_own_and_other_sellers_attributes_are_not_changed(bruno: Any) -> None:
    made(bruno)
    assert read(bruno.client.get(f"{HERE}/version")).has("belongs to the marketplace")
    assert bruno.client.post(f"{HERE}/version", {"do": "delete"}).status_code == 409
    other = make_seller("xenia")
    assert other.client.get(f"{HERE}/edition").status_code == 404
    assert other.client.post(f"{HERE}/edition", {"do": "delete"}).status_code == 404
    assert ProductAttribute.objects.filter(seller=bruno.seller).count() == 1


@pytest.mark.req("S-ATR-001", "S-SKU-002")
def test_the_builder_takes_a_copy_from_the_library(bruno: Any) -> None:
    made(bruno, "supportLevel", "Support")
    release = services.start_release(bruno.actor, delivery="saas", at=NOW)
    document = {**release.document, "specifications": [{"key": "standard", "name": "Standard"}]}
    services.save(bruno.actor, release_id=release.public_id, document=document, version=release.version, at=NOW)
    here = f"/seller/products/{release.public_id}/edit/specifications/0"
    form = read(bruno.client.get(here)).form(here)
    form.send(bruno.client, do="add library", more={"library": "supportLevel"})
    form = read(bruno.client.get(here)).form(here)
    form.send(bruno.client, do="add library", more={"library": "personDays"})
    release.refresh_from_db()
    first, second = release.document["specifications"][0]["attributes"]
    assert first == {"key": "support-level", "name": "Support", "kind": "choice"}
    assert (second["key"], second["kind"], price_grid.word(second["name"])) == (
        "person-days", "quantity", "Person-days"
    )  # fmt: skip
    page = read(bruno.client.get(here))
    assert 'value="supportLevel"' not in page.html and 'value="users"' in page.html
