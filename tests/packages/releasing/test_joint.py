"""Joint operations: three reviews, a certificate, and what may be released with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.publishing.models import Product
from galleria.releasing import services
from galleria.releasing.models import JointCertificate
from tests.packages.releasing.making import Maker
from tests.people import NOW, Person, make_seller

MATERIAL = {"introduction": "We back up.", "business_term": "20 years", "results": "All tests passed.",
            "compliance": "ISO 27001", "contact": "joint@fernwerk.example"}  # fmt: skip
PRICES = {"Standard": {"list": "500.00 EUR", "sales_base": "450.00 EUR", "sharing_base": "400.00 EUR"}}


def begun(bruno: Person, **changes: Any) -> JointCertificate:
    values = {"product_name": "Nightly Backup", "delivery": "license", "specifications": ["Standard"], **changes}
    return services.start_certificate(bruno.actor, material=MATERIAL, at=NOW, **values)


def certified(bruno: Person, olga: Person) -> JointCertificate:
    row = begun(bruno)
    services.submit_certificate(bruno.actor, certificate_id=row.public_id, accepts_agreement=True, at=NOW)
    for prices in (None, None, PRICES):
        row = services.pass_review(olga.actor, certificate_id=row.public_id, prices=prices, at=NOW)
    return row


@pytest.mark.req("S-JOP-002", "S-JOP-001")
def test_a_request_goes_through_three_reviews_and_is_valid_for_a_year(
    bruno: Person, olga: Person, at: datetime
) -> None:
    row = begun(bruno)
    with pytest.raises(Invalid) as refused:
        services.submit_certificate(bruno.actor, certificate_id=row.public_id, accepts_agreement=False, at=at)
    assert set(refused.value.fields) == {"accepts_agreement"}
    services.submit_certificate(bruno.actor, certificate_id=row.public_id, accepts_agreement=True, at=at)
    states = [JointCertificate.objects.get().state]
    for prices in (None, None):
        states.append(services.pass_review(olga.actor, certificate_id=row.public_id, prices=prices, at=at).state)
    with pytest.raises(Invalid):
        services.pass_review(olga.actor, certificate_id=row.public_id, prices={}, at=at)
    row = services.pass_review(olga.actor, certificate_id=row.public_id, prices=PRICES, at=at)

    assert [*states, row.state] == ["qualification", "technical", "commercial", "certified"]
    assert row.expires_at == at + timedelta(days=365)
    with pytest.raises(NotAllowed):
        services.pass_review(olga.actor, certificate_id=row.public_id, at=at)


@pytest.mark.req("S-JOP-002")
def test_a_refused_request_is_submitted_again_and_begins_anew(bruno: Person, olga: Person, at: datetime) -> None:
    row = begun(bruno)
    services.submit_certificate(bruno.actor, certificate_id=row.public_id, accepts_agreement=True, at=at)
    services.pass_review(olga.actor, certificate_id=row.public_id, at=at)
    services.reject_certificate(olga.actor, certificate_id=row.public_id, reason="Tests failed.", at=at)
    assert JointCertificate.objects.get().reason == "Tests failed."

    services.submit_certificate(bruno.actor, certificate_id=row.public_id, accepts_agreement=False, at=at)

    assert JointCertificate.objects.get().state == "qualification"


@pytest.mark.req("S-JOP-T1")
def test_a_joint_release_begins_only_with_a_certified_product(maker: Maker, bruno: Person, olga: Person) -> None:
    assert not services.may_release_joint(bruno.actor, NOW)
    with pytest.raises(NotAllowed):
        services.start_release(bruno.actor, delivery="license", sales_model="joint", at=NOW)

    row = certified(bruno, olga)

    assert services.may_release_joint(bruno.actor, NOW)
    release = services.start_release(bruno.actor, delivery="license", sales_model="joint", at=NOW)
    assert release.document == {"delivery": "license", "sales_model": "joint"}
    product = maker.released(maker.licence(sales_model="joint", joint_certificate=row.public_id), olga)
    assert (product.state, product.sales_model) == ("on_sale", "joint")


@pytest.mark.req("S-JOP-T2", "S-JOP-003")
def test_what_differs_from_the_certificate_is_refused_prices_included(
    maker: Maker, bruno: Person, olga: Person
) -> None:
    row = certified(bruno, olga)
    joint = {"sales_model": "joint", "joint_certificate": row.public_id}

    assert maker.codes(maker.licence(**joint)) == {}
    dearer = [{"key": "standard", "name": "Standard", "prices": [{"mode": "one_time", "price": "600.00 EUR"}]}]
    assert maker.codes(maker.licence(**joint, specifications=dearer)) == {
        "specifications.0.prices.0.price": ["JOINT_PRICE"]
    }
    paper = {**maker.licence()["copyright"], "software_name": "Daily"}
    assert maker.codes(maker.licence(**joint, name="Daily", copyright=paper)) == {"name": ["JOINT_DIFFERS"]}


@pytest.mark.req("S-JOP-T3")
def test_another_company_cannot_use_the_certificate(maker: Maker, bruno: Person, olga: Person) -> None:
    row = certified(bruno, olga)
    other = Maker(make_seller("Carla", slug="carla", seller_name="Carla"))

    found = other.codes(other.licence(sales_model="joint", joint_certificate=row.public_id))
    assert found == {"joint_certificate": ["JOINT_CERTIFICATE_UNKNOWN"]}
    with pytest.raises(NotFound):
        services.submit_certificate(other.seller.actor, certificate_id=row.public_id, accepts_agreement=True, at=NOW)
    with pytest.raises(PermissionMissing):
        services.pass_review(bruno.actor, certificate_id=row.public_id, at=NOW)
    bruno.seller.legal_name = "Fernwerk Holding AB"  # the account became another company
    bruno.seller.save()
    assert not services.may_release_joint(bruno.actor, NOW)


@pytest.mark.req("S-JOP-002")
@pytest.mark.parametrize("ends", ["expires", "revoked"])
def test_when_a_certificate_ends_its_product_is_not_sold_any_more(
    maker: Maker, bruno: Person, olga: Person, ends: str
) -> None:
    row = certified(bruno, olga)
    product = maker.released(maker.licence(sales_model="joint", joint_certificate=row.public_id), olga)

    if ends == "expires":
        assert services.expire_certificates(NOW + timedelta(days=304)) == 0
        assert JointCertificate.objects.get().warned_at is None
        services.expire_certificates(NOW + timedelta(days=305))
        assert JointCertificate.objects.get().warned_at == NOW + timedelta(days=305)
        assert services.expire_certificates(NOW + timedelta(days=365)) == 1
    else:
        services.revoke_certificate(olga.actor, certificate_id=row.public_id, reason="Terms broken.", at=NOW)

    assert Product.objects.get(pk=product.pk).state == "suspended"
