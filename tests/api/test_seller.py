"""A seller's program: from nothing to a product on the shelf, and what it does with it there."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest

from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from tests.api.conftest import Program, program
from tests.packages.releasing.making import Maker
from tests.people import NOW, Person
from tests.plans import make_plans
from tests.shop import Shop


@pytest.fixture
def maker(bruno: Person) -> Maker:
    return Maker(bruno)


@pytest.fixture
def seller(bruno: Person) -> Program:
    return program(bruno)


def approve(olga: Person, release: str) -> None:
    submission = Submission.objects.get(kind="release", subject=release, state="pending")
    reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)


@pytest.mark.req("S-APP-001", "S-APP-T1", "S-APP-T3", "S-PRD-003")
def test_a_program_releases_a_product_is_rejected_once_and_changes_it(
    seller: Program, maker: Maker, olga: Person
) -> None:
    begun = seller.post("/seller/releases", {"delivery": "license"}).json()
    release = begun["id"]
    told = seller.get(f"/seller/releases/{release}/checks").json()
    assert told["can_submit"] is False
    assert {"path": "name", "level": "error", "code": "MISSING", "message": "This is missing. Fill it in."} in told[
        "findings"
    ]
    refused = seller.post(f"/seller/releases/{release}/submit")
    assert (refused.status_code, refused.json()["code"]) == (422, "RELEASE_REFUSED")

    document = maker.licence(slug="nightly")
    saved = seller.put(f"/seller/releases/{release}", {"document": document, "version": begun["version"]})
    assert (saved.status_code, saved.json()["slug"]) == (200, "nightly")
    late = seller.put(f"/seller/releases/{release}", {"document": {}, "version": begun["version"]})
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (409, "DRAFT_CHANGED", 2)
    assert seller.get(f"/seller/releases/{release}/checks").json()["can_submit"] is True

    pending = seller.post(f"/seller/releases/{release}/submit").json()
    assert (pending["state"], pending["takes_longer"]) == ("pending", False)
    assert pending["due_at"] is not None
    submission = Submission.objects.get(kind="release", subject=release)
    reviewing.remark(olga.actor, submission_id=submission.public_id, field="summary", text="Say for whom.", at=NOW)
    reviewing.give_back(olga.actor, submission_id=submission.public_id, note="Almost there.", at=NOW)

    back = seller.get(f"/seller/releases/{release}").json()
    assert (back["state"], back["reason"]) == ("rejected", "Almost there.")
    assert back["remarks"] == [{"path": "summary", "text": "Say for whom."}]
    assert back["document"]["name"] == "Nightly Backup"

    seller.put(f"/seller/releases/{release}", {"document": document, "version": back["version"], "notes": "For whom"})
    assert seller.post(f"/seller/releases/{release}/submit").status_code == 200
    approve(olga, release)

    product = seller.get("/seller/products/nightly").json()
    assert (product["state"], product["document_version"], product["address"]) == ("on_sale", 1, "/products/nightly")
    found = Program().get("/products?q=nightly").json()
    assert [each["slug"] for each in found["items"]] == ["nightly"]


def test_a_pulled_document_can_be_sent_back_and_changes_nothing(seller: Program, maker: Maker, olga: Person) -> None:
    maker.released(maker.licence(slug="nightly"), olga)
    pulled = seller.get("/seller/products/nightly").json()["document"]

    change = seller.post("/seller/releases", {"source": "product", "product": "nightly"}).json()

    assert change["document"] == pulled
    assert seller.get(f"/seller/releases/{change['id']}/checks").json()["can_submit"] is True


@pytest.mark.req("S-PRD-T1", "S-DEC-010")
def test_a_program_withdraws_what_waits(seller: Program, maker: Maker) -> None:
    release = maker.submitted(maker.licence()).subject

    assert seller.post(f"/seller/releases/{release}/withdraw").json()["state"] == "draft"
    again = seller.post(f"/seller/releases/{release}/withdraw")
    assert (again.status_code, again.json()["code"]) == (409, "NOT_ALLOWED")


def test_a_program_reads_and_writes_prices(seller: Program, maker: Maker) -> None:
    release = maker.draft(maker.saas())
    path = f"/seller/releases/{release.public_id}"

    price = seller.get(f"{path}/price?specification=standard&choices=edition:plus&mode=period:month&quantity=20").json()
    assert (price["net"], price["fee_percent"], price["seller_gets"]["amount"]) == (
        {"amount": "40.00", "currency": "EUR"}, "15", "34.00",
    )  # fmt: skip
    csv = seller.get(f"{path}/prices/standard")
    assert csv["Content-Type"] == "text/csv; charset=utf-8"
    text = csv.content.decode()
    taken = seller.put(
        f"{path}/prices/standard", {"csv": text.replace("plus,2.00", "plus,2.20"), "version": release.version}
    )
    assert "2.20 EUR" in str(taken.json()["document"])
    refused = seller.put(f"{path}/prices/standard", {"csv": text.replace("plus,2.00", "plus,x"), "version": 3})
    assert (refused.status_code, refused.json()["code"]) == (422, "PRICES_REFUSED")
    assert refused.json()["problems"] == [[3, "period:month", "“x” is not a price; write it like 9.00."]]


def test_a_program_hides_shows_limits_and_removes(seller: Program, maker: Maker, olga: Person) -> None:
    maker.released(maker.licence(slug="nightly"), olga)

    assert seller.post("/seller/products/nightly/hide", {"reason": "a pause"}).json()["state"] == "hidden"
    assert Program().get("/products?q=nightly").json()["items"] == []
    assert Program().get("/products/nightly").status_code == 200
    assert seller.post("/seller/products/nightly/show").json()["state"] == "on_sale"
    limited = seller.put("/seller/products/nightly/sales", {"purchase_limit": {"once": True}, "regions": ["SE", "NO"]})
    assert limited.json()["document"]["purchase_limit"] == {"once": True}
    assert limited.json()["document"]["regions"] == ["NO", "SE"]
    effects = seller.get("/seller/products/nightly/removal-effects").json()["effects"]
    assert effects == ["New purchases are refused. It cannot be undone."]
    ended = seller.post("/seller/products/nightly/removals", {"reason": "It is no longer made."}).json()
    assert (ended["state"], ended["scope"]) == ("approved", "product")
    assert seller.get("/seller/products/nightly").json()["actions"] == ["view"]


def png(width: int, height: int) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_a_program_uploads_a_logo_and_a_wrong_one_is_named_by_the_checks(seller: Program, maker: Maker) -> None:
    good = seller.post("/seller/files", {"name": "logo.png", "content": png(120, 120)})
    assert good.status_code == 201, good.content
    assert (good.json()["width"], good.json()["media_type"]) == (120, "image/png")
    wide = seller.post("/seller/files", {"name": "logo.png", "content": png(121, 120)}).json()

    found = maker.codes(maker.licence(logo_file=wide["id"]))
    assert found == {"logo_file": ["LOGO_SIZE"]}
    assert maker.codes(maker.licence(logo_file=good.json()["id"])) == {}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "a.pdf", "content": "!"}, 422),
        ({"name": "a.pdf", "content": base64.b64encode(b"MZ\x90\x00" + b"\0" * 100).decode()}, 422),
        ({"name": "a.svg", "content": base64.b64encode(b"<svg onload='x'/>").decode()}, 422),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(seller: Program, maker: Maker, body: Any, code: int) -> None:
    assert seller.post("/seller/files", body).status_code == code


@pytest.mark.req("S-ATR-001", "S-ATR-T1")
def test_attributes_are_made_found_and_forgotten(seller: Program, maker: Maker) -> None:
    from galleria.releasing import services

    services.install_presets(at=NOW)
    refused = seller.post("/seller/attributes", {"kind": "choice", "code": "version", "name": "Software version"})
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"code"})
    named = seller.post("/seller/attributes", {"kind": "choice", "code": "mine", "name": "version"})
    assert (named.status_code, set(named.json()["fields"])) == (422, {"name"})

    assert seller.post("/seller/attributes", {"kind": "quantity", "code": "seats", "name": "Seats"}).status_code == 201
    assert [each["code"] for each in seller.get("/seller/attributes?text=seat").json()["items"]] == ["seats"]
    preset = seller.delete("/seller/attributes/version")
    assert (preset.status_code, preset.json()["code"]) == (409, "NOT_ALLOWED")
    renamed = seller.put("/seller/attributes/seats", {"name": "Places", "description": "People who sign in"})
    assert (renamed.json()["name"], renamed.json()["code"], renamed.json()["kind"]) == ("Places", "seats", "quantity")
    assert seller.put("/seller/attributes/version", {"name": "Mine"}).json()["code"] == "NOT_ALLOWED"
    assert seller.delete("/seller/attributes/seats").status_code == 204


@pytest.mark.req("S-UPG-001")
def test_upgrades_are_read_and_set_by_sku_codes(seller: Program, maker: Maker, bruno: Person) -> None:
    plans = make_plans(maker, Shop(bruno))
    here = f"/seller/products/{plans.slug}/upgrades"
    found = seller.get(here).json()
    assert (found["count"], found["items"], found["refusal"], len(found["skus"])) == (0, [], "", 6)
    assert {"code": "sku-a-eu", "specification": "plan", "choices": {"edition": "a", "region": "eu"}} in found["skus"]

    saved = seller.put(here, {"pairs": [{"source": "sku-a-eu", "target": "sku-b-eu"}]})
    assert saved.json()["items"] == [
        {"source": "sku-a-eu", "target": "sku-b-eu", "state": "valid", "reason": ""}
    ]  # fmt: skip
    refused = seller.put(here, {"pairs": [{"source": "sku-b-eu", "target": "sku-a-eu"}]})
    assert (refused.status_code, refused.json()["fields"]) == (
        422, {"pairs.0": "The target has to cost more than the source."}
    )  # fmt: skip
    assert seller.get(here).json()["count"] == 1


def test_a_document_with_half_a_character_is_refused_by_the_name_of_its_field(seller: Any) -> None:
    release = seller.post("/seller/releases", {"delivery": "license"}).json()["id"]
    for document in ({"name": "\ud800"}, {"name": [{"\udfff": 1}]}):
        answer = seller.put(f"/seller/releases/{release}", {"document": document, "version": 1})
        assert (answer.status_code, answer.json()["fields"]) == (
            422, {"document": "Give a text without broken characters."}
        )  # fmt: skip
