"""System images: the picker with its reasons, what an image asset holds (S-IMG-001, S-IMG-002)."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.assets import rules, selectors, services
from galleria.assets.models import AssetVersion
from galleria.assets.services.refusals import NotReady
from galleria.kit import jobs
from galleria.kit.errors import Invalid
from tests.people import Person, make_seller

REASON_OF = {
    "backup-data": "not_system_disk", "own-kernel": "not_public_base", "office-copy": "other_region",
    "half-made": "not_normal", "sealed": "encrypted", "partner-image": "other_account",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _demo_cloud(settings: Any) -> None:
    settings.GALLERIA_IMAGE_SOURCE = "demo"


@pytest.fixture
def version(bruno: Person, at: Any) -> AssetVersion:
    return services.add_asset(bruno.actor, kind="image", name="Backup server", at=at).versions.get()


def choose(bruno: Person, version: AssetVersion, at: Any, **more: Any) -> AssetVersion:
    image = next(c.image for c in selectors.images_for(bruno.actor) if c.is_usable)
    values: dict[str, Any] = {
        "image_id": image.image_id, "regions": ["singapore", "dublin"], "agency": True, "security_rules": "tcp 443",
        **more,
    }  # fmt: skip
    return services.edit_version(bruno.actor, version_id=version.public_id, label="V1.0", at=at, **values)


@pytest.mark.req("S-IMG-002", "S-IMG-T1")
def test_the_picker_lists_images_with_the_reason_why_one_cannot_be_used(bruno: Person, version: AssetVersion) -> None:
    listed = selectors.images_for(bruno.actor)

    assert [c.image.name for c in listed if c.is_usable] == ["backup-server-2", "backup-server-3"]
    assert {c.image.name: list(c.reasons) for c in listed if not c.is_usable} == {
        name: [reason] for name, reason in REASON_OF.items()
    }


@pytest.mark.req("S-IMG-002", "S-IMG-T1")
def test_an_image_that_another_asset_uses_cannot_be_chosen_again(bruno: Person, version: AssetVersion, at: Any) -> None:
    choose(bruno, version, at)
    again = services.add_asset(bruno.actor, kind="image", name="Copy", at=at).versions.get()
    with pytest.raises(Invalid) as refusal:
        choose(bruno, again, at, image_id=AssetVersion.objects.get(pk=version.pk).image_id)
    assert refusal.value.fields == {"image_id": "This image cannot be used: another asset uses it already."}

    reasons = {c.image.name: list(c.reasons) for c in selectors.images_for(bruno.actor, but=version.public_id)}
    assert reasons["backup-server-2"] == []  # for the version that has it, it is not somebody else's


@pytest.mark.req("S-IMG-001", "S-IMG-002")
@pytest.mark.parametrize(("name", "words"), [
    ("backup-data", "not an image of a system disk"), ("own-kernel", "not built from a public base image"),
    ("office-copy", "a region from which images are not taken"), ("half-made", "not in the state"),
    ("sealed", "encrypted"), ("partner-image", "another account"),
])  # fmt: skip
def test_an_unusable_image_is_refused_with_its_reason(
    bruno: Person, version: AssetVersion, at: Any, name: str, words: str
) -> None:
    image = next(c.image for c in selectors.images_for(bruno.actor) if c.image.name == name)
    with pytest.raises(Invalid) as refusal:
        choose(bruno, version, at, image_id=image.image_id)
    assert words in refusal.value.fields["image_id"]


@pytest.mark.req("S-IMG-001", "S-AST-002")
def test_an_image_asset_holds_image_regions_agency_and_rules_and_is_looked_at_by_a_person(
    bruno: Person, version: AssetVersion, at: Any
) -> None:
    with pytest.raises(NotReady):
        services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    changed = choose(bruno, version, at)
    assert {k: changed.source[k] for k in ("name", "region", "regions", "agency", "security_rules", "is_demo")} == {
        "name": "backup-server-2", "region": "singapore", "regions": ["singapore", "dublin"], "agency": True,
        "security_rules": "tcp 443", "is_demo": True,
    }  # fmt: skip

    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    jobs.run_due(with_crons=False)
    changed.refresh_from_db()
    assert [(c["name"], c["state"]) for c in changed.scans.get().checks] == [
        ("virus", "manual"), ("vulnerabilities", "manual"), ("accounts", "manual"),
    ]  # fmt: skip


@pytest.mark.req("S-IMG-001")
@pytest.mark.parametrize(
    ("change", "field"),
    [({"regions": []}, "regions"), ({"regions": ["atlantis"]}, "regions"), ({"agency": False}, "agency"),
     ({"image_id": "img-of-somebody"}, "image_id"), ({"security_rules": "x" * 1001}, "security_rules")],
)  # fmt: skip
def test_what_an_image_asset_lacks_is_said(
    bruno: Person, version: AssetVersion, at: Any, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        choose(bruno, version, at, **change)
    assert list(refusal.value.fields) == [field]


@pytest.mark.req("S-IMG-002")
def test_every_reason_has_its_word_and_several_are_all_named() -> None:
    bad = rules.why_unusable(
        is_system_disk=False, has_public_base=False, region="x", state="error", is_encrypted=True, is_used=True,
        is_own=False, regions=["singapore"],
    )  # fmt: skip
    assert bad == list(rules.UNUSABLE)


def test_without_a_cloud_there_are_no_images(bruno: Person, settings: Any) -> None:
    settings.GALLERIA_IMAGE_SOURCE = "none"

    assert selectors.images_for(bruno.actor) == []
    assert not selectors.image_source().is_demo


def test_another_seller_sees_other_images(bruno: Person) -> None:
    other = make_seller("Mallory Quinn")
    mine = {c.image.image_id for c in selectors.images_for(bruno.actor)}
    assert not mine & {c.image.image_id for c in selectors.images_for(other.actor)}
