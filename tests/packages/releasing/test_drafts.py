"""Drafts: begun from four sources, written by two people, checked, looked at, thrown away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.publishing.models import Product
from galleria.releasing import selectors, services
from galleria.releasing.models import Release
from galleria.selling.selectors import NotASeller
from tests.packages.releasing.making import Maker
from tests.people import Person


def test_bruno_begins_from_nothing_and_the_draft_knows_its_delivery(bruno: Person, at: datetime) -> None:
    release = services.start_release(bruno.actor, delivery="saas", at=at)

    assert (release.kind, release.state, release.version) == ("new", "draft", 1)
    assert release.document == {"delivery": "saas"}
    assert [row.public_id for row in selectors.releases_of(bruno.actor)] == [release.public_id]


def test_a_delivery_method_that_does_not_exist_is_refused(bruno: Person, at: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        services.start_release(bruno.actor, delivery="pigeon", at=at)

    assert "delivery" in refused.value.fields
    assert not Release.objects.exists()


def test_ada_who_does_not_sell_cannot_begin(ada: Person, at: datetime) -> None:
    with pytest.raises(NotASeller):
        services.start_release(ada.actor, delivery="saas", at=at)


def test_a_colleague_without_the_right_cannot_write(bruno: Person, maker: Maker, at: datetime) -> None:
    release = maker.draft(maker.licence())
    reader = bruno.colleague("Ben", "BuyerReadOnly")

    with pytest.raises(PermissionMissing):
        services.save(reader.actor, release_id=release.public_id, document={}, version=release.version, at=at)


def test_a_stranger_finds_no_draft_of_bruno(maker: Maker, at: datetime) -> None:
    from tests.people import make_seller

    other = make_seller("Carla", slug="carla", seller_name="Carla")
    release = maker.draft(maker.licence())

    for ask in (
        lambda: selectors.release_of(other.actor, release.public_id),
        lambda: services.save(other.actor, release_id=release.public_id, document={}, version=2, at=at),
        lambda: services.check(other.actor, release_id=release.public_id, at=at),
        lambda: services.delete_release(other.actor, release_id=release.public_id, at=at),
        lambda: services.preview(other.actor, release.public_id, at=at),
        lambda: services.submit_release(other.actor, release_id=release.public_id, at=at),
    ):
        with pytest.raises(NotFound):
            ask()


@pytest.mark.req("S-APP-001")
def test_of_two_people_who_save_one_draft_the_second_is_told_who_was_first(bruno: Person, at: datetime) -> None:
    ben = bruno.colleague("Ben", "SellerAdmin")
    release = services.start_release(bruno.actor, delivery="saas", at=at)
    services.save(
        ben.actor, release_id=release.public_id, document={"delivery": "saas", "name": "Ben's"}, version=1, at=at
    )

    with pytest.raises(services.DraftChanged) as refused:
        services.save(bruno.actor, release_id=release.public_id, document={"delivery": "saas"}, version=1, at=at)

    assert refused.value.extra["saved_by"] == "Ben"
    assert refused.value.extra["version"] == 2
    assert selectors.release_of(bruno.actor, release.public_id).document["name"] == "Ben's"


@pytest.mark.parametrize(
    "document", [["a list"], {"name": "nul \u0000"}, {"name": "\ud800"}, {"x": "y" * 4_000_001}, {"n": float("nan")}]
)
def test_what_cannot_be_stored_is_refused(bruno: Person, at: datetime, document: Any) -> None:
    release = services.start_release(bruno.actor, delivery="saas", at=at)

    with pytest.raises(Invalid):
        services.save(bruno.actor, release_id=release.public_id, document=document, version=1, at=at)


@pytest.mark.req("S-PRD-004")
def test_a_change_begins_with_the_live_product_and_two_begin_the_same_one(
    maker: Maker, bruno: Person, olga: Person, at: datetime
) -> None:
    product = maker.released(maker.licence(), olga)

    release = services.start_release(bruno.actor, product_id=product.public_id, source="product", at=at)
    again = services.start_release(bruno.actor, product_id=product.slug, source="product", at=at)

    assert release.kind == "change"
    assert release.document["name"] == "Nightly Backup"
    assert release.base_version == 1
    assert again.pk == release.pk


def test_a_copy_is_a_new_product_without_what_belongs_to_the_first(
    maker: Maker, bruno: Person, olga: Person, at: datetime
) -> None:
    product = maker.released(maker.licence(), olga)

    copy = services.start_release(bruno.actor, product_id=product.public_id, source="copy", at=at)

    assert copy.kind == "new"
    assert copy.product is None
    assert not {"slug", "copyright", "versions"} & copy.document.keys()
    assert copy.document["name"] == "Nightly Backup"


@pytest.mark.req("S-PRD-T9")
def test_a_removed_product_cannot_be_changed(maker: Maker, bruno: Person, olga: Person, at: datetime) -> None:
    product = maker.released(maker.licence(), olga)
    Product.objects.filter(pk=product.pk).update(state="removed")

    with pytest.raises(NotAllowed):
        services.start_release(bruno.actor, product_id=product.public_id, source="product", at=at)
    assert selectors.actions_of(Product.objects.get(pk=product.pk)) == ["view"]


def test_a_draft_is_deleted_and_a_pending_release_is_not(maker: Maker, bruno: Person, at: datetime) -> None:
    draft = maker.draft(maker.licence())
    services.delete_release(bruno.actor, release_id=draft.public_id, at=at)
    assert not Release.objects.filter(pk=draft.pk).exists()

    submission = maker.submitted(maker.licence())
    with pytest.raises(NotAllowed):
        services.delete_release(bruno.actor, release_id=submission.subject, at=at)
    assert Release.objects.filter(public_id=submission.subject).exists()


@pytest.mark.parametrize(
    "document",
    [
        {"delivery": "saas"},
        {"delivery": "saas", "name": "Half", "specifications": [{"key": "BAD KEY"}, {"name": "No key"}]},
        {"delivery": "saas", "name": 7, "seo": {"title": ["x"]}, "unknown": {"a": 1}, "figures": {"sales": 9}},
        {"delivery": "nothing", "specifications": "no list", "regions": ["xx"], "trial_days": 1},
        {"delivery": "saas", "description": "<script>x</script>", "highlights": {"en": ["a" * 500]}},
    ],
)
def test_a_preview_shows_what_is_there_and_leaves_no_trace(
    maker: Maker, bruno: Person, at: datetime, document: dict[str, Any]
) -> None:
    release = services.start_release(bruno.actor, delivery="saas", at=at)
    services.save(bruno.actor, release_id=release.public_id, document=document, version=1, at=at)

    view = services.preview(bruno.actor, release.public_id, at=at)

    assert view.card["delivery"] == "saas"
    assert not Product.objects.exists()


def test_a_preview_of_a_whole_draft_is_the_product_page(maker: Maker, bruno: Person, at: datetime) -> None:
    release = maker.draft(maker.saas())

    view = services.preview(bruno.actor, release.public_id, at=at)

    assert view.card["name"]["en"] == "Nightly Backup"
    assert view.card["trial_days"] == 14
    assert [sku["choices"] for sku in view.detail["specifications"][0]["skus"]] == [
        {"edition": "basic"},
        {"edition": "plus"},
    ]
    assert "certificate" not in str(view.detail)
