"""S7: where a release is, what the reviewer says about which field, and what differed between rounds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.releasing import services
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from tests.packages.releasing.making import Maker
from tests.people import NOW, make_seller
from tests.web.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(bruno: Any) -> Maker:
    return Maker(bruno)


@pytest.fixture
def service(bruno: Any, maker: Maker) -> Any:
    """A professional service that waits for its reviewer."""
    return sent_in(bruno, maker.professional())


def sent_in(bruno: Any, document: dict[str, Any]) -> Any:
    release = services.start_release(bruno.actor, delivery=document["delivery"], at=NOW)
    services.save(bruno.actor, release_id=release.public_id, document=document, version=release.version, at=NOW)
    return services.submit_release(bruno.actor, release_id=release.public_id, at=NOW)


def returned(olga: Any, release: Any, **remarks: str) -> None:
    submission = Submission.objects.get(subject=release.public_id, state="pending")
    for field, text in remarks.items():
        reviewing.remark(
            olga.actor, submission_id=submission.public_id, field=field.replace("__", "."), text=text, at=NOW
        )
    reviewing.give_back(olga.actor, submission_id=submission.public_id, note="Almost there.", at=NOW)


@pytest.mark.req("S-APP-001")
def test_the_page_says_when_a_decision_is_to_be_expected(bruno: Any, service: Any) -> None:
    page = read(bruno.client.get(f"/seller/releases/{service.public_id}"))
    assert page.has("In review since", "Submitted", "Automatic checks", "decision until", "Withdraw")
    assert page.has("Every rule of the listing material is kept")
    listed = read(bruno.client.get("/seller/releases?view=review"))
    assert listed.has(service.title, "In review 1")


@pytest.mark.req("S-PRD-T1", "S-APP-001")
def test_withdrawing_makes_it_a_draft_again(bruno: Any, service: Any) -> None:
    bruno.client.post(f"/seller/releases/{service.public_id}/withdraw")
    service.refresh_from_db()
    assert service.state == "draft"
    assert read(bruno.client.get(f"/seller/releases/{service.public_id}")).has("Go on in the editor", "Withdrawn")


@pytest.mark.req("S-APP-T3")
def test_remarks_lead_to_their_fields_and_stand_beside_them(bruno: Any, olga: Any, service: Any) -> None:
    returned(olga, service, summary="Say what the buyer gets.", specifications__0__name="Too vague.")
    page = read(bruno.client.get(f"/seller/releases/{service.public_id}"))
    assert page.has("Returned to you with 2 remarks.", "Almost there.", "Say what the buyer gets.", "Too vague.")
    assert f"/seller/products/{service.public_id}/edit/listing#at-summary" in page.html
    assert f"/seller/products/{service.public_id}/edit/specifications/0#at-specifications-0-name" in page.html
    beside = bruno.client.get(f"/seller/products/{service.public_id}/edit/listing").content.decode()
    assert "Say what the buyer gets." in beside[beside.index('id="at-summary-found"') :][:600]
    beside = bruno.client.get(f"/seller/products/{service.public_id}/edit/specifications/0").content.decode()
    assert "Too vague." in beside[beside.index('id="at-specifications-0-name-found"') :][:600]
    assert read(bruno.client.get("/seller/releases")).has("One was returned to you.")


def test_remarks_on_sections_groups_and_prices_find_their_place(bruno: Any, olga: Any, service: Any) -> None:
    returned(
        olga,
        service,
        listing="Shorter.",
        papers="Whose?",
        after_sales="Say when.",
        specifications__0__prices="Why so dear?",
    )
    page = bruno.client.get(f"/seller/releases/{service.public_id}").content.decode()
    here = f"/seller/products/{service.public_id}/edit"
    for address in ("listing#top", "agreements#top", "support#at-after-sales-time-zone",
                    "specifications/0#at-specifications-0-prices"):  # fmt: skip
        assert f'href="{here}/{address}"' in page, address
    for address, text in (("listing", "Shorter."), ("agreements", "Whose?"), ("support", "Say when."),
                          ("specifications/0", "Why so dear?")):  # fmt: skip
        assert text in read(bruno.client.get(f"{here}/{address}")).text, address


@pytest.mark.req("S-APP-T3")
def test_rounds_show_what_differs_from_the_one_before(bruno: Any, olga: Any, service: Any) -> None:
    returned(olga, service, summary="Say what the buyer gets.")
    service.refresh_from_db()
    document = {**service.document, "summary": "We move your servers within a week-end."}
    services.save(bruno.actor, release_id=service.public_id, document=document, version=service.version, at=NOW)
    services.submit_release(bruno.actor, release_id=service.public_id, at=NOW + timedelta(hours=1))
    page = read(bruno.client.get(f"/seller/releases/{service.public_id}"))
    assert page.has("Round 2", "Round 1", "Against the round before", "We move your servers within a week-end.")


@pytest.mark.req("S-APP-002", "S-APP-T2")
def test_ten_in_a_day_may_take_longer(bruno: Any, service: Any) -> None:
    Submission.objects.filter(subject=service.public_id).update(takes_longer=True)
    page = read(bruno.client.get(f"/seller/releases/{service.public_id}"))
    assert page.has("You sent in ten or more today; it may take longer than promised.")


@pytest.mark.req("S-APP-T1")
def test_an_approved_release_leads_to_its_product(bruno: Any, olga: Any, service: Any) -> None:
    submission = Submission.objects.get(subject=service.public_id)
    reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)
    Submission.objects.filter(pk=submission.pk, state="pending").exists() and reviewing.approve(
        olga.actor, submission_id=submission.public_id, at=NOW
    )
    service.refresh_from_db()
    if service.state != "approved":
        pytest.skip("a second pair of eyes is asked for")
    page = read(bruno.client.get(f"/seller/releases/{service.public_id}"))
    assert page.has("it is on the shelf.", "Open the product")
    assert read(bruno.client.get(f"/seller/products/{service.product.public_id}")).has("Releases", "Approved")


def test_a_release_in_review_is_not_edited(bruno: Any, service: Any) -> None:
    here = f"/seller/products/{service.public_id}/edit/listing"
    page = read(bruno.client.get(here))
    assert page.has("This cannot be changed now")
    answer = bruno.client.post(here, {"do": "save", "here": "name", "name.en": "Other"})
    assert answer["Location"] == f"/seller/releases/{service.public_id}"
    service.refresh_from_db()
    assert service.title != "Other"


def test_releases_of_others_are_not_found(service: Any) -> None:
    eve = make_seller("Eve", slug="eve", seller_name="Eve Tools")
    assert eve.client.get(f"/seller/releases/{service.public_id}").status_code == 404
    assert eve.client.post(f"/seller/releases/{service.public_id}/withdraw").status_code == 404
    assert service.title not in read(eve.client.get("/seller/releases")).text


def test_a_complete_draft_is_sent_in_by_page(bruno: Any, maker: Maker) -> None:
    document = maker.professional()
    release = services.start_release(bruno.actor, delivery=document["delivery"], at=NOW)
    services.save(bruno.actor, release_id=release.public_id, document=document, version=release.version, at=NOW)
    here = f"/seller/products/{release.public_id}"
    assert read(bruno.client.get(f"{here}/checks")).has("Nothing is missing. It can be sent in.")
    assert bruno.client.post(f"{here}/submit").status_code == 422
    assert bruno.client.post(f"{here}/submit", {"sure": "yes"})["Location"] == f"/seller/releases/{release.public_id}"
    release.refresh_from_db()
    assert release.state == "pending"


@pytest.mark.parametrize("method", ["saas", "image", "licence", "professional", "consulting"])
def test_a_complete_document_survives_every_section_unchanged(bruno: Any, maker: Maker, method: str) -> None:
    """Opening and saving a section changes nothing: every field of it is in the form and comes back as it was."""
    from galleria.web.seller import editor_sections

    document = getattr(maker, method)()
    release = services.start_release(bruno.actor, delivery=document["delivery"], at=NOW)
    services.save(bruno.actor, release_id=release.public_id, document=document, version=release.version, at=NOW)
    for section in editor_sections.sections_for(document["delivery"]):
        if section.key == "specifications":
            continue
        here = f"/seller/products/{release.public_id}/edit/{section.key}"
        form = read(bruno.client.get(here)).form(here)
        assert form.send(bruno.client, do="save").status_code == 302
        release.refresh_from_db()
        assert {k: v for k, v in release.document.items() if v is not False} == {
            k: v for k, v in document.items() if v is not False
        }, section.key
