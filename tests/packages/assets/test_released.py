"""What a released product tells of its assets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.assets import selectors, services
from galleria.assets.models import AssetVersion
from galleria.assets.services.refusals import AssetInUse
from tests.packages.releasing.making import Maker
from tests.people import Person


@pytest.mark.req("S-AST-T2", "S-AST-001")
def test_a_released_product_says_when_it_was_scanned_and_keeps_its_asset(bruno: Person, olga: Person, at: Any) -> None:
    maker = Maker(bruno)
    document = maker.image()
    version = AssetVersion.objects.get(public_id=document["specifications"][0]["asset"])
    AssetVersion.objects.filter(pk=version.pk).update(decided_at=at - timedelta(days=3))
    product = maker.released(document, olga)
    product.refresh_from_db()

    assert product.scanned_at == at - timedelta(days=3)
    assert selectors.products_with(bruno.actor, version) == [product.name]
    with pytest.raises(AssetInUse) as refusal:
        services.delete_version(bruno.actor, version_id=version.public_id, at=at)
    assert product.name in str(refusal.value)
    with pytest.raises(AssetInUse):
        services.delete_asset(bruno.actor, asset_id=version.asset.public_id, at=at)


def test_of_several_versions_the_oldest_result_counts(bruno: Person, at: Any) -> None:
    maker = Maker(bruno)
    ids = [maker.asset("package"), maker.asset("package"), maker.asset("package", "rejected")]
    for days, version_id in enumerate(ids, start=1):
        AssetVersion.objects.filter(public_id=version_id).update(decided_at=at - timedelta(days=days))

    assert selectors.scanned_at(ids) == at - timedelta(days=2)
    assert selectors.scanned_at([]) is None
    assert selectors.scanned_at([ids[2]]) is None
