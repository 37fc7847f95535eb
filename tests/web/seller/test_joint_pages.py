"""Joint operations by page: a request with its papers, three reviews, the certificate and its release (S-JOP)."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from galleria.publishing import services as publishing
from galleria.releasing.models import JointCertificate, Release
from tests.people import make_seller
from tests.web.reading import read

pytestmark = pytest.mark.django_db
HERE, REVIEW = "/seller/joint", "/operator/joint"
MATERIAL = {"introduction": "We back up.", "business_term": "20 years", "results": "All tests passed.",
            "compliance": "ISO 27001", "contact": "joint@okafor.example"}  # fmt: skip
BASICS = {"product_name": "Nightly Backup", "delivery": "license", "specifications": "Standard\nEnterprise"}
AGREED = {"accepts_service": "yes", "accepts_agreement": "yes"}
PRICES = {f"prices.{place}.{key}": f"{amount}.00 EUR" for place in (0, 1)
          for key, amount in (("list", 500), ("sales_base", 450), ("sharing_base", 400))}  # fmt: skip
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def begun(bruno: Any) -> JointCertificate:
    assert bruno.client.post(f"{HERE}/new", BASICS).status_code == 302
    return JointCertificate.objects.get()


def submitted(bruno: Any) -> JointCertificate:
    row = begun(bruno)
    sent = {**BASICS, **MATERIAL, **AGREED, "do": "submit"}
    assert bruno.client.post(f"{HERE}/{row.public_id}", sent).status_code == 302
    return row


def decide(olga: Any, row: JointCertificate, do: str = "pass", **more: str) -> Any:
    row.refresh_from_db()
    return olga.client.post(f"{REVIEW}/{row.public_id}", {"do": do, "state": row.state, **more})


def certified(bruno: Any, olga: Any) -> JointCertificate:
    row = submitted(bruno)
    for more in ({}, {}, PRICES):
        assert decide(olga, row, **more).status_code == 302
    row.refresh_from_db()
    return row


@pytest.mark.req("S-JOP-001")
def test_a_seller_without_requests_reads_what_the_programme_is(bruno: Any) -> None:
    page = read(bruno.client.get(HERE))
    assert page.has("No request yet", "Qualification review", "Technical verification", "Commercial review")
    packed = bruno.client.get(f"{HERE}/templates.zip")
    names = zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    assert names == ["1-introduction.md", "2-business_term.md", "3-results.md", "4-compliance.md", "5-contact.md"]


@pytest.mark.req("S-JOP-001", "S-JOP-002")
def test_a_request_is_kept_incomplete_and_refuses_to_be_submitted_so(bruno: Any) -> None:
    assert bruno.client.post(f"{HERE}/new", {**BASICS, "product_name": ""}).status_code == 422
    row = begun(bruno)
    one = f"{HERE}/{row.public_id}"
    assert bruno.client.post(one, {**BASICS, "introduction": "We back up.", "do": "save"}).status_code == 302
    answer = bruno.client.post(one, {**BASICS, **MATERIAL, "contact": "", "do": "submit", "accepts_service": "yes"})
    assert answer.status_code == 422
    page = read(answer)
    assert page.has("This is missing. Fill it in.", "Accept the agreement of the programme first.")
    assert "ISO 27001" in page.html
    row.refresh_from_db()
    assert (row.state, row.material["introduction"]) == ("draft", "We back up.")


@pytest.mark.req("S-JOP-001")
def test_characters_that_cannot_be_stored_are_refused_beside_their_field(bruno: Any) -> None:
    row = begun(bruno)
    wrong = {**BASICS, **MATERIAL, "product_name": "Backup\x07", "specifications": "A\x1bB", "contact": "\x08"}
    answer = bruno.client.post(f"{HERE}/{row.public_id}", {**wrong, "do": "save"})
    assert answer.status_code == 422
    # Three of them, each beside its field and in the summary.
    assert answer.content.decode().count("This holds characters that cannot be stored.") == 6
    assert bruno.client.post(f"{HERE}/new", wrong).status_code == 422
    row.refresh_from_db()
    assert row.product_name == "Nightly Backup"
    assert "contact" not in row.material


@pytest.mark.req("S-JOP-001")
def test_papers_come_and_go_and_only_the_reviewers_read_them(bruno: Any, olga: Any, ada: Any) -> None:
    row = begun(bruno)
    one = f"{HERE}/{row.public_id}"
    wrong = SimpleUploadedFile("report.pdf", b"MZ\x90\x00" + bytes(200))
    assert bruno.client.post(one, {**BASICS, "do": "save", "file": wrong}).status_code == 422
    sent = {**BASICS, **MATERIAL, "do": "save", "file": SimpleUploadedFile("report.pdf", PDF)}
    assert bruno.client.post(one, sent).status_code == 302
    row.refresh_from_db()
    (paper,) = row.material["files"]
    assert read(bruno.client.get(one)).has("report.pdf")
    assert [person.client.get(f"/files/{paper}").status_code for person in (bruno, olga, ada)] == [200, 200, 404]
    assert bruno.client.post(one, {"do": f"drop {paper}"}).status_code == 302
    row.refresh_from_db()
    assert row.material["files"] == []
    assert row.material["results"] == "All tests passed."


@pytest.mark.req("S-JOP-002")
def test_the_operator_passes_three_reviews_and_agrees_prices(bruno: Any, olga: Any) -> None:
    row = submitted(bruno)
    assert read(olga.client.get(REVIEW)).has("One request waits for a decision.", "Nightly Backup")
    decide(olga, row)
    stale = olga.client.post(f"{REVIEW}/{row.public_id}", {"do": "pass", "state": "qualification"})
    assert stale.status_code == 422
    decide(olga, row)
    answer = decide(olga, row, **{**PRICES, "prices.1.list": "cheap"})
    assert answer.status_code == 422
    assert read(answer).has("Write it like 9.00 EUR.")
    assert decide(olga, row, **PRICES).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.prices["Enterprise"]["sales_base"]) == ("certified", "450.00 EUR")
    assert read(bruno.client.get(f"{HERE}/{row.public_id}")).has("Release this product", "Agreed prices", "450.00 EUR")


@pytest.mark.req("S-JOP-002")
def test_a_refusal_is_read_and_the_request_submitted_again(bruno: Any, olga: Any) -> None:
    row = submitted(bruno)
    assert decide(olga, row, "reject", reason="no").status_code == 422
    assert decide(olga, row, "reject", reason="The report is missing.").status_code == 302
    page = read(bruno.client.get(f"{HERE}/{row.public_id}"))
    assert page.has("Why it was refused", "The report is missing.", "Submit again")
    sent = {**BASICS, **MATERIAL, **AGREED, "do": "submit"}
    assert bruno.client.post(f"{HERE}/{row.public_id}", sent).status_code == 302
    row.refresh_from_db()
    assert row.state == "qualification"
    assert bruno.client.post(f"{HERE}/{row.public_id}", {**sent, "do": "save"}).status_code == 409
    assert bruno.client.post(f"{HERE}/{row.public_id}", {"do": "delete"}).status_code == 409


@pytest.mark.req("S-JOP-T1", "S-JOP-T2")
def test_only_what_is_certified_is_released_with_its_name_and_specifications(bruno: Any, olga: Any) -> None:
    row = submitted(bruno)
    assert "Release this product" not in read(bruno.client.get(f"{HERE}/{row.public_id}")).text
    assert bruno.client.post(f"{HERE}/{row.public_id}/release").status_code == 409
    JointCertificate.objects.all().delete()
    row = certified(bruno, olga)
    answer = bruno.client.post(f"{HERE}/{row.public_id}/release")
    release = Release.objects.get()
    assert answer["Location"] == f"/seller/products/{release.public_id}/edit/listing"
    assert release.document == {
        "delivery": "license", "sales_model": "joint", "joint_certificate": row.public_id, "name": "Nightly Backup",
        "specifications": [{"key": "standard", "name": "Standard"}, {"key": "enterprise", "name": "Enterprise"}],
    }  # fmt: skip


@pytest.mark.req("S-JOP-T3", "S-JOP-002")
def test_a_certificate_of_another_company_or_taken_back_releases_nothing(bruno: Any, olga: Any) -> None:
    row = certified(bruno, olga)
    xenia = make_seller("xenia")
    for address in (f"{HERE}/{row.public_id}", f"{HERE}/{row.public_id}/release"):
        assert xenia.client.post(address, {"do": "save"}).status_code == 404
    assert xenia.client.get(f"{REVIEW}/{row.public_id}").status_code == 403
    JointCertificate.objects.update(company="Somebody Else Ltd")
    assert read(bruno.client.get(f"{HERE}/{row.public_id}")).has("another company cannot release with it")
    assert bruno.client.post(f"{HERE}/{row.public_id}/release").status_code == 409
    JointCertificate.objects.update(company=bruno.seller.legal_name)
    assert decide(olga, row, "revoke", reason="Tests were forged.").status_code == 302
    assert read(bruno.client.get(f"{HERE}/{row.public_id}")).has("Revoked", "Tests were forged.")
    assert Release.objects.count() == 0


def test_drafts_are_the_sellers_alone(bruno: Any, olga: Any) -> None:
    row = begun(bruno)
    assert olga.client.get(f"{REVIEW}/{row.public_id}").status_code == 404
    assert bruno.client.post(f"{HERE}/{row.public_id}", {"do": "delete"}).status_code == 302
    assert not JointCertificate.objects.exists()


@pytest.mark.req("S-JOP-003")
def test_the_product_page_says_that_it_is_sold_together_with_the_operator(bruno: Any, shop: Any) -> None:
    joint = shop.product("Joint Backup", once="500.00", delivery_type="license", sales_model="joint")
    plain = shop.product("Plain Backup", once="500.00", delivery_type="license")
    publishing.reindex_products([joint.pk, plain.pk])
    assert read(bruno.client.get(f"/products/{joint.slug}")).has(
        "Joint operations", "Certified, and sold together with"
    )
    assert "Joint operations" not in read(bruno.client.get(f"/products/{plain.slug}")).text


@pytest.mark.req("S-JOP-001")
def test_many_requests_stand_on_pages_of_twenty(bruno: Any) -> None:
    for number in range(23):
        sent = {**BASICS, "product_name": f"Backup {number:02}"}
        assert bruno.client.post(f"{HERE}/new", sent).status_code == 302

    first = read(bruno.client.get(HERE))
    names = [f"Backup {number:02}" for number in range(22, -1, -1)]
    shown = [name for name in names if name in first.text]
    assert shown == names[:20]
