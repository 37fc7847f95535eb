"""What each delivery method asks for; trials, regions, joint operations; what a change may not touch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from galleria.releasing.rules import Context, findings
from galleria.releasing.rules.context import JointFacts
from tests.packages.releasing.test_material import GUIDE, WHOLE, WORD, agreement, changed, context, found

ASSETS = {"asv_site": ("saas_site", "approved"), "asv_new": ("saas_site", "scanning"), "asv_img": ("image", "approved"),
          "asv_pkg": ("package", "approved")}  # fmt: skip
MONTH = {"mode": "period", "period": "month", "terms": [1], "price": "9.00 EUR"}
ONCE = {"mode": "one_time", "price": "9.00 EUR"}


def specification(*prices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"key": "one", "name": "One", "prices": list(prices or [MONTH]), **more}


def saas(**changes: Any) -> dict[str, Any]:
    gone = {"licence_form": None, "service_template": None, "delivery_days": None, "acceptance": None}
    return changed(**{
        **gone, "delivery": "saas", "interface": {"address": "adr_1"},
        "specifications": [specification(asset="asv_site")], **changes,
    })  # fmt: skip


def image(**changes: Any) -> dict[str, Any]:
    gone = {"licence_form": None, "service_template": None, "delivery_days": None, "acceptance": None}
    return changed(**{
        **gone, "delivery": "image", "guide": "Open port 443.", "specifications": [specification(asset="asv_img")],
        **changes,
    })  # fmt: skip


def service(**changes: Any) -> dict[str, Any]:
    return changed(**{
        "delivery": "professional", "licence_form": None, "copyright": None, "request_templates": [WORD],
        "name": "Migration Service", "specifications": [specification(ONCE)], **changes,
    })  # fmt: skip


def consulting(**changes: Any) -> dict[str, Any]:
    gone = (
        "licence",
        "licence_form",
        "service_template",
        "copyright",
        "version",
        "delivery_days",
        "acceptance",
        "guide_file",
    )
    return changed(**{
        **dict.fromkeys(gone), "delivery": "consulting", "website": "https://fernwerk.example",
        "contact": {"email": "a@example.com"}, "specifications": [{"key": "talk", "name": "Talk"}], **changes,
    })  # fmt: skip


def wrong(document: dict[str, Any], **facts: Any) -> dict[str, str]:
    known = {"assets": ASSETS, "addresses": frozenset({"adr_1"}), **facts}
    return found(document, **known)


@pytest.mark.req("S-DMT-001", "S-MAT-002")
def test_each_method_has_a_document_without_anything_wrong() -> None:
    for document in (saas(), image(), service(), consulting(), WHOLE):
        assert wrong(document) == {}, document["delivery"]
    assert wrong(changed(delivery="hardware", copyright=None, version=None, licence_form=None,
                         service_template=None), sells_hardware=True) == {}  # fmt: skip


@pytest.mark.req("S-DMT-001")
@pytest.mark.parametrize(
    ("document", "mode", "is_sold"),
    [
        (saas(), "pay_per_use", True), (saas(), "package", True), (saas(), "one_time", True),
        (image(), "pay_per_use", True), (image(), "package", False), (WHOLE, "pay_per_use", False),
        (WHOLE, "one_time", True), (service(), "exhaustible", False), (service(), "period", True),
    ],
)  # fmt: skip
def test_each_method_has_its_billing_modes(document: dict[str, Any], mode: str, is_sold: bool) -> None:
    price: dict[str, Any] = {"mode": mode, "price": "9.00 EUR"}
    if mode == "period":
        price |= {"period": "month", "terms": [1]}
    if mode in {"pay_per_use", "package", "exhaustible"}:
        price["meter"] = "page"
    if mode in {"package", "exhaustible"}:
        price["included"] = 100
    first = {**document["specifications"][0], "prices": [price]}
    codes = wrong({**document, "specifications": [first]})

    assert (codes.get("specifications.0.prices.0.mode") != "FORM") is is_sold


@pytest.mark.req("S-DMT-001")
@pytest.mark.parametrize(("document", "code"), [(WHOLE, "ALWAYS_SUPERVISED"), (service(), "ALWAYS_SUPERVISED")])
def test_licences_and_services_are_always_supervised(document: dict[str, Any], code: str) -> None:
    assert wrong({**document, "supervised": False}).get("supervised") == code


@pytest.mark.req("S-DMT-001", "S-SAS-002")
def test_a_saas_seller_chooses_supervision_and_then_says_when_it_is_done() -> None:
    assert wrong(saas(supervised=True)).keys() >= {"acceptance", "delivery_days"}
    assert wrong(saas(supervised=True, acceptance="It runs.", delivery_days=2)) == {}


@pytest.mark.req("S-SAS-T1", "S-SAS-002", "S-SAS-001")
def test_saas_needs_an_approved_site_a_proven_address_and_its_cases() -> None:
    assert wrong(saas(specifications=[specification()])) == {"specifications.0.asset": "ASSET_MISSING"}
    for asset, code in (("asv_new", "ASSET_NOT_APPROVED"), ("asv_img", "ASSET_KIND"), ("asv_none", "ASSET_UNKNOWN")):
        assert wrong(saas(specifications=[specification(asset=asset)])) == {"specifications.0.asset": code}
    assert wrong(saas(interface=None)) == {"interface.address": "INTERFACE_MISSING"}
    assert wrong(saas(interface={"address": "adr_2"})) == {"interface.address": "ADDRESS_UNPROVEN"}
    missing = findings(
        saas(), context(assets=ASSETS, addresses=frozenset({"adr_1"}), unproven=("queryInstance", "releaseInstance"))
    )
    assert [(each.code, each.values["activities"]) for each in missing] == [
        ("CASES_MISSING", "queryInstance, releaseInstance")
    ]


@pytest.mark.req("S-IMG-T3", "S-IMG-001")
def test_an_image_is_free_or_priced_by_vcpu() -> None:
    free = [specification({**MONTH, "price": "0.00 EUR"}, asset="asv_img")]
    assert wrong(image(image={"free": True}, specifications=free)) == {}
    assert wrong(image(image={"free": True, "pricing": "vcpu"}, specifications=free))["image.free"] == "FREE_BY_VCPU"
    assert wrong(image(image={"free": True})) == {"specifications.0.prices.0.price": "FREE_HAS_PRICE"}
    assert wrong(image(specifications=free)) == {"specifications.0.prices.0.price": "PRICE_ZERO"}
    assert wrong(image(image={"pricing": "vcpu"})) == {"specifications.0.prices.0.model": "VCPU_NEEDS_QUANTITY"}
    vcpu = {"key": "vcpu", "name": "vCPU", "kind": "quantity", "minimum": 1, "maximum": 64}
    by_vcpu = {**MONTH, "model": "linear", "quantity": "vcpu"}
    linear = [specification(by_vcpu, asset="asv_img", attributes=[vcpu])]
    assert wrong(image(image={"pricing": "vcpu"}, specifications=linear)) == {}


@pytest.mark.req("S-IMG-T2", "S-PRD-004")
def test_an_image_that_was_set_free_stays_free() -> None:
    free = image(image={"free": True}, specifications=[specification({**MONTH, "price": "0.00 EUR"}, asset="asv_img")])
    assert wrong({**free, "image": {"free": False}}, live=free)["image.free"] == "FREE_IMAGE_FIXED"


@pytest.mark.req("S-LIC-001")
def test_a_licence_says_how_it_is_delivered_and_is_sold_one_way() -> None:
    assert wrong(changed(licence_form=None)) == {"licence_form": "MISSING"}
    assert wrong(changed(service_template=None)) == {"service_template": "MISSING"}
    assert wrong(changed(licence_form="package")) == {"specifications.0.asset": "ASSET_MISSING"}
    assert wrong(changed(licence_form="package", specifications=[specification(ONCE, asset="asv_pkg")])) == {}
    assert wrong(changed(specifications=[specification(ONCE, MONTH)])) == {
        "specifications.0.prices": "ONE_BILLING_FAMILY"
    }
    for form in ("offline", "code"):
        assert wrong(changed(licence_form=form)) == {}


@pytest.mark.req("S-PSV-001")
def test_a_service_has_a_flow_and_a_request_template_and_says_that_it_is_one() -> None:
    assert wrong(service(service_template=None)) == {"service_template": "MISSING"}
    assert wrong(service(service_template="website")) == {}
    assert wrong(service(request_templates=None)) == {"request_templates": "REQUEST_TEMPLATE_MISSING"}
    doubts = findings(service(name="Nightly"), context())
    assert [(each.level, each.code) for each in doubts] == [("warning", "SAY_SERVICE")]
    days = {"key": "days", "name": "Person-days", "kind": "quantity", "minimum": 1, "maximum": 90}
    tiered = {"mode": "one_time", "model": "tiered", "quantity": "days",
              "tiers": [{"up_to": 10, "price": "900.00 EUR"}, {"price": "800.00 EUR"}]}  # fmt: skip
    assert wrong(service(specifications=[specification(tiered, attributes=[days])])) == {}


@pytest.mark.req("S-CON-001")
@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"website": None}, {"website": "MISSING"}), ({"contact": None}, {"contact.email": "MISSING"}),
        ({"website": "http://fernwerk.example"}, {"website": "NOT_HTTPS"}),
        ({"website": "https://fernwerk.github.io"}, {"website": "NOT_COMPANY_DOMAIN"}),
        ({"specifications": [specification(ONCE)]}, {"specifications.0.prices": "NOT_SOLD_HERE"}),
        ({"licence": "STANDARD_EULA"}, {"licence": "NOT_FOR_CONSULTING"}),
        ({"agreement": agreement("privacy")}, {"agreement": "NOT_FOR_CONSULTING"}),
    ],
)  # fmt: skip
def test_a_consulting_service_is_shown_and_not_sold(changes: dict[str, Any], codes: dict[str, str]) -> None:
    assert wrong(consulting(**changes)) == codes


@pytest.mark.req("S-DMT-001", "S-GEN-004")
def test_hardware_is_for_sellers_whom_the_operator_admitted() -> None:
    box = changed(delivery="hardware", copyright=None, version=None, licence_form=None, service_template=None)
    assert wrong(box) == {"delivery": "HARDWARE_NOT_OPEN"}
    assert wrong(box, sells_hardware=True) == {}


@pytest.mark.req("S-TRI-T1", "S-TRI-001", "S-BLM-001")
@pytest.mark.parametrize(
    ("days", "is_fine"), [(2, False), (3, True), (4, True), (179, True), (180, True), (181, False)]
)
def test_a_trial_lasts_3_to_180_days(days: int, is_fine: bool) -> None:
    assert (wrong(saas(trial_days=days)) == {}) is is_fine
    assert (wrong(saas(trial_days=days)).get("trial_days") == "TRIAL_DAYS") is not is_fine


@pytest.mark.req("S-TRI-T1", "S-TRI-001")
def test_what_is_sold_once_or_is_no_saas_has_no_trial() -> None:
    once = saas(trial_days=7, specifications=[specification(ONCE, asset="asv_site")])
    assert wrong(once) == {"trial_days": "TRIAL_NEEDS_PERIOD"}
    assert wrong(changed(trial_days=7, specifications=[specification()]))["trial_days"] == "TRIAL_ONLY_SAAS"


@pytest.mark.req("S-CFG-002")
def test_only_certified_countries_can_be_chosen() -> None:
    assert wrong(changed(regions=["SE", "NO"]), certified=frozenset({"SE", "NO"})) == {}
    assert wrong(changed(regions=["SE", "US"]), certified=frozenset({"SE"})) == {"regions": "REGION_NOT_CERTIFIED"}
    assert wrong(changed(regions=["US"]), certified=None) == {}


def test_a_banned_or_uncertified_seller_submits_nothing() -> None:
    assert wrong(WHOLE, banned_until=datetime(2027, 5, 1, tzinfo=UTC)) == {"": "BANNED"}
    assert wrong(WHOLE, is_certified=False) == {"": "NOT_CERTIFIED"}


# ----- joint operations -----

CERTIFICATE = JointFacts("joc_1", "Fernwerk AB", "Nightly Backup", "license", frozenset({"One"}))


def joint(**changes: Any) -> dict[str, Any]:
    return changed(**{"sales_model": "joint", "joint_certificate": "joc_1", **changes})


@pytest.mark.req("S-JOP-T1", "S-JOP-001")
def test_a_joint_product_needs_a_certificate() -> None:
    assert wrong(joint(), joint={"joc_1": CERTIFICATE}) == {}
    assert wrong(joint(joint_certificate=None)) == {"joint_certificate": "JOINT_CERTIFICATE_MISSING"}
    assert wrong(changed(joint_certificate="joc_1")) == {"joint_certificate": "JOINT_ONLY"}


@pytest.mark.req("S-JOP-T2")
def test_a_joint_product_is_what_was_certified() -> None:
    other = {"specifications": [{**WHOLE["specifications"][0], "name": "Two"}]}
    assert wrong(joint(**other), joint={"joc_1": CERTIFICATE}) == {"specifications": "JOINT_DIFFERS"}
    named = {"name": "Daily", "copyright": {**WHOLE["copyright"], "software_name": "Daily"}}
    assert wrong(joint(**named), joint={"joc_1": CERTIFICATE}) == {"name": "JOINT_DIFFERS"}


@pytest.mark.req("S-JOP-T3")
def test_a_certificate_of_another_company_cannot_be_used() -> None:
    """Only certificates of this seller are among the facts; one of another company is unknown."""
    assert wrong(joint(), joint={}) == {"joint_certificate": "JOINT_CERTIFICATE_UNKNOWN"}
    expired = JointFacts("joc_1", "Fernwerk AB", "Nightly Backup", "license", is_valid=False)
    assert wrong(joint(), joint={"joc_1": expired}) == {"joint_certificate": "JOINT_CERTIFICATE_UNKNOWN"}


# ----- changes -----


@pytest.mark.req("S-PRD-004", "S-MAT-002")
@pytest.mark.parametrize(
    ("document", "live", "path"),
    [
        (saas(), WHOLE, "delivery"), (changed(slug="new"), changed(slug="old"), "slug"),
        (joint(), changed(sales_model="partner"), "sales_model"),
    ],
)  # fmt: skip
def test_some_fields_stay_as_they_were_released(document: Any, live: Any, path: str) -> None:
    assert wrong(document, live=live, joint={"joc_1": CERTIFICATE})[path] == "FIXED"


@pytest.mark.req("S-SAS-T2", "S-PRD-004")
def test_the_supervision_of_a_released_product_stays() -> None:
    assert wrong(saas(supervised=True, acceptance="It runs.", delivery_days=2), live=saas()) == {
        "supervised": "SUPERVISION_FIXED"
    }


@pytest.mark.req("S-PRD-004")
def test_a_bound_sign_on_credential_stays() -> None:
    live = saas(interface={"address": "adr_1", "credential": "one"})
    assert wrong(saas(interface={"address": "adr_1", "credential": "two"}), live=live) == {
        "interface.credential": "FIXED"
    }


@pytest.mark.req("S-PRD-T5", "S-PRD-004")
def test_a_released_specification_is_not_deleted_but_removed_by_request() -> None:
    two = changed(specifications=[specification(ONCE), specification(ONCE, key="two", name="Two")])
    gone = findings(WHOLE, context(live=two))
    assert [(each.code, each.values) for each in gone] == [("SPECIFICATION_DELETED", {"key": "two"})]
    removed = changed(specifications=[specification(ONCE), specification(ONCE, key="two", name="Two", state="removed")])
    assert wrong(removed, live=two) == {"specifications.1.state": "REMOVE_BY_REQUEST"}
    assert wrong(removed, live=removed, removed=frozenset({"two"})) == {}
    assert wrong(two, live=removed, removed=frozenset({"two"})) == {"specifications.1.state": "REMOVED_STAYS_REMOVED"}


@pytest.mark.req("S-PRD-004")
def test_nothing_is_added_when_all_specifications_are_removed() -> None:
    live = changed(specifications=[specification(ONCE, state="removed")])
    more = changed(specifications=[specification(ONCE, state="removed"), specification(ONCE, key="two", name="Two")])
    assert wrong(more, live=live, removed=frozenset({"one"})) == {"specifications.1": "ALL_REMOVED"}


@pytest.mark.req("S-PRD-004", "S-BLM-001")
def test_a_billing_mode_that_is_held_and_a_released_package_stay() -> None:
    live = saas(specifications=[specification(MONTH, asset="asv_site")])
    once = saas(specifications=[specification(ONCE, asset="asv_site")])
    busy = {"one": frozenset({"period"})}
    assert wrong(once, live=live, busy=busy) == {"specifications.0.prices": "MODE_IN_USE"}
    assert wrong(once, live=live) == {}
    package = {"mode": "package", "meter": "page", "included": 100, "price": "5.00 EUR"}
    use = {"mode": "pay_per_use", "meter": "page", "price": "0.10 EUR"}
    packed = saas(specifications=[specification(use, package, asset="asv_site")])
    alone = saas(specifications=[specification(package, asset="asv_site")])
    assert wrong(alone) == {"specifications.0.prices.0.meter": "PACKAGE_NEEDS_USE"}
    assert wrong(packed) == {}
    unpacked = saas(specifications=[specification(use, asset="asv_site")])
    assert wrong(unpacked, live=packed) == {"specifications.0.prices": "PACKAGE_DELETED"}


@pytest.mark.req("S-PRD-006")
def test_a_combination_that_was_removed_for_good_is_not_sold_again() -> None:
    options = [{"key": "a", "name": "A"}, {"key": "b", "name": "B"}]
    choice = {"key": "kind", "name": "Kind", "kind": "choice", "options": options}
    live = changed(specifications=[specification({**ONCE, "only": {"kind": "a"}}, attributes=[choice])])
    again = changed(specifications=[specification(ONCE, attributes=[choice])])
    gone = {"one": frozenset({(("kind", "b"),)})}
    assert wrong(again, live=live, removed_skus=gone) == {"specifications.0.prices.0": "SKU_REMOVED"}
    assert wrong(live, live=live, removed_skus=gone) == {}


def test_two_specifications_have_two_names() -> None:
    two = changed(specifications=[specification(ONCE), specification(ONCE, key="two")])
    assert wrong(two) == {"specifications.1.name": "SAME_NAME"}


def test_a_guide_file_is_enough_for_an_image() -> None:
    assert wrong(image(guide=None, guide_file=GUIDE)) == {}
    assert isinstance(context(), Context)
