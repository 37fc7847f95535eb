"""Legal texts: which applies, versions, acceptance."""

from __future__ import annotations

from datetime import timedelta

import pytest

from galleria.kit.errors import Invalid, NotFound, PermissionMissing
from galleria.parties import selectors, services
from galleria.parties.models import AgreementAcceptance
from tests.people import NOW


def publish(version: str = "1.0", *, key: str = "AGR_PARTNER_USER", after: int = 0, kind: str = "platform"):
    return services.publish_version(
        key=key,
        kind=kind,
        name="Partner product terms",
        issuer="Nordhaven Cloud",
        version=version,
        texts={"en": f"Text {version}", "zh-hans": f"文本 {version}"},
        effective_at=NOW + timedelta(days=after),
    )


@pytest.mark.req("B-TRM-001", "B-TRM-T1")
@pytest.mark.parametrize(
    ("sales_model", "through_reseller", "key"),
    [
        ("partner", False, "AGR_PARTNER_USER"),
        ("partner", True, "AGR_PARTNER_USER"),
        ("joint", False, "AGR_JOINT_USER"),
        ("joint", True, "AGR_JOINT_USER"),
        ("operator", False, "AGR_OPERATOR_USER"),
        ("operator", True, "AGR_OPERATOR_EULA"),
    ],
)
def test_exactly_one_platform_agreement_applies(sales_model, through_reseller, key):
    assert services.platform_agreement_key(sales_model, through_reseller) == key


@pytest.mark.req("B-TRM-002")
def test_a_version_is_in_force_from_its_time_and_the_older_one_stays_readable(db, at):
    first, second = publish("1.0", after=-10), publish("2.0", after=5)

    assert selectors.current_version("AGR_PARTNER_USER", at) == first
    assert selectors.current_version("AGR_PARTNER_USER", at + timedelta(days=5)) == second
    assert [v.version for v in selectors.versions_of("AGR_PARTNER_USER", at)] == ["1.0"]
    assert selectors.version_of("AGR_PARTNER_USER", "1.0").texts["zh-hans"] == "文本 1.0"
    assert selectors.current_version("AGR_NONE", at) is None
    with pytest.raises(NotFound):
        selectors.versions_of("AGR_NONE", at)


@pytest.mark.req("B-TRM-002")
def test_what_was_published_never_changes(db, at):
    publish("1.0")
    publish("1.0")

    with pytest.raises(Invalid):
        services.publish_version(
            key="AGR_PARTNER_USER", kind="platform", name="Partner product terms", issuer="Nordhaven Cloud",
            version="1.0", texts={"en": "Something else"}, effective_at=NOW,
        )  # fmt: skip
    assert selectors.version_of("AGR_PARTNER_USER", "1.0").texts["en"] == "Text 1.0"


@pytest.mark.req("B-TRM-005")
def test_an_order_without_acceptance_names_the_missing_agreements(db, at):
    publish()
    publish(key="product:prd_1", kind="product")

    with pytest.raises(services.AgreementNotAccepted) as refusal:
        services.require_acceptance(["AGR_PARTNER_USER", "product:prd_1"], {"AGR_PARTNER_USER": "1.0"}, at)

    assert refusal.value.code == "AGREEMENT_NOT_ACCEPTED"
    assert refusal.value.extra == {"missing": ["product:prd_1"]}


@pytest.mark.req("B-TRM-T2", "B-TRM-005")
def test_after_a_version_change_the_old_tick_is_refused_until_the_new_one_is_given(db, at):
    publish("1.0", after=-10)
    new = publish("2.0")

    with pytest.raises(services.AgreementVersionChanged) as refusal:
        services.require_acceptance(["AGR_PARTNER_USER"], {"AGR_PARTNER_USER": "1.0"}, at)
    assert refusal.value.code == "AGREEMENT_VERSION_CHANGED"
    assert refusal.value.extra == {"changed": {"AGR_PARTNER_USER": "2.0"}}

    assert services.require_acceptance(["AGR_PARTNER_USER"], {"AGR_PARTNER_USER": "2.0"}, at) == [new]


@pytest.mark.req("B-TRM-003", "B-TRM-004")
def test_my_agreements_says_what_was_accepted_by_whom_when_and_for_which_order(ada, at):
    ben = ada.colleague("Ben", "BuyerPurchaser")
    version = publish()

    services.accept_agreements(ben.actor, versions=[version], at=at, order_id="GA2703011700ABCDEF")

    acceptance = selectors.acceptances_of(ada.actor)[0]
    assert acceptance.account == ada.account
    assert (acceptance.user, acceptance.version, acceptance.accepted_at) == (ben.user, version, at)
    assert (acceptance.order_id, acceptance.address) == ("GA2703011700ABCDEF", "192.0.2.7")


def test_accepting_twice_for_one_order_is_one_acceptance(ada, at):
    version = publish()

    services.accept_agreements(ada.actor, versions=[version], at=at, order_id="GA1")
    services.accept_agreements(ada.actor, versions=[version], at=at, order_id="GA1")
    services.accept_agreements(ada.actor, versions=[version], at=at, order_id="GA2")

    assert AgreementAcceptance.objects.count() == 2
    assert selectors.accepted_versions(ada.account.pk, [version.pk]) == {version.pk}


def test_the_older_marketplace_terms_can_only_be_read(ada, at):
    legacy = publish(key="AGR_LEGACY")

    with pytest.raises(Invalid):
        services.accept_agreements(ada.actor, versions=[legacy], at=at)
    assert AgreementAcceptance.objects.count() == 0


def test_a_stranger_and_an_acceptor_do_not_see_what_ada_accepted(ada, xavier, at):
    services.accept_agreements(ada.actor, versions=[publish()], at=at)

    assert selectors.acceptances_of(xavier.actor) == []
    with pytest.raises(PermissionMissing):
        selectors.acceptances_of(ada.colleague("Ben", "BuyerAcceptor").actor)


def test_several_versions_are_read_with_one_query(db, at, django_assert_num_queries):
    publish("1.0", after=-10)
    publish("2.0", after=-5)
    publish("1.0", key="AGR_JOINT_USER")

    with django_assert_num_queries(1):
        found = selectors.current_versions(["AGR_PARTNER_USER", "AGR_JOINT_USER", "AGR_NONE"], at)

    assert {key: row.version for key, row in found.items()} == {"AGR_PARTNER_USER": "2.0", "AGR_JOINT_USER": "1.0"}
