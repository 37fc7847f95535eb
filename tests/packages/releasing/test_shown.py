"""What buyers see of the listing material, and what they never see."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.kit.models import StoredFile
from tests.packages.releasing.making import Maker
from tests.people import Person


@pytest.mark.req("S-MAT-008", "S-MAT-015", "S-MAT-016", "S-MAT-017")
def test_buyers_see_pictures_support_and_guide_and_never_certificates(maker: Maker, olga: Person, visitor: Any) -> None:
    product = maker.released(maker.licence(), olga)

    page = visitor.get(f"/products/{product.slug}").content.decode()

    assert f"/files/{maker.picture}" in page
    assert "The console" in page
    assert "09:00–17:00 (GMT+01:00)" in page
    assert f"/files/{maker.guide}" in page
    assert maker.certificate not in page
    assert StoredFile.objects.get(public_id=maker.guide).is_public
    assert not StoredFile.objects.get(public_id=maker.certificate).is_public


@pytest.mark.req("S-CON-001")
def test_a_consulting_service_is_shown_with_its_contact_and_cannot_be_ordered(
    maker: Maker, olga: Person, ada: Person
) -> None:
    product = maker.released(maker.consulting(), olga)

    answer = ada.client.get(f"/products/{product.slug}")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "https://fernwerk.example/consulting" in page
    assert "Contact seller" in page
    assert "Add to order" not in page
