"""S1 in a browser without scripts: what is checked, the steps, the reviewer's words, what comes next."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from galleria.kit import files
from galleria.reviewing import services as reviewing
from galleria.selling.models import Application
from galleria.selling.services import applying
from tests.packages.kit import hostile
from tests.packages.selling import making
from tests.people import NOW


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.req("S-REG-T1", "S-REG-001", "S-SUB-001")
def test_a_sub_user_sees_the_reason_and_no_form(nora):
    making.applied  # noqa: B018  the company may have an application; a sub-user never sees it
    applying.begin(nora.actor, at=NOW)
    ben = nora.colleague("Ben Ode", "BuyerAdmin")

    page = text_of(ben.client.get("/seller/start"))

    assert "Only the owner can register the company." in page
    assert 'action="/seller/start' not in page
    assert ben.client.post("/seller/start/save", {"step": "company", "city": "Lund"}).status_code == 403
    assert "city" not in Application.objects.get().data


@pytest.mark.req("S-REG-001")
def test_every_check_is_listed_with_its_result(xavier):
    page = text_of(xavier.client.get("/seller/start"))

    assert page.count("Passed") == 5
    assert page.count("Not met") == 1
    assert "Only companies can sell." in page


@pytest.mark.req("S-REG-002", "S-REG-003", "S-REG-T2", "S-REG-T4", "S-REG-004")
def test_a_company_registers_is_returned_once_and_is_approved_by_pages_alone(nora, olga, site, agreements, party):
    browser = nora.client
    assert "Begin the application" in text_of(browser.get("/seller/start"))
    browser.post("/seller/start/begin")
    typed = {key: value for key, value in making.TYPED.items() if key != "tins"}
    company = {**typed, "step": "company", "act": "next", "website": "berg.example"}
    company["licence"] = SimpleUploadedFile("licence.pdf", hostile.pdf())
    company["logo"] = SimpleUploadedFile("logo.png", hostile.picture())
    refused = browser.post("/seller/start/save", company)
    assert refused.status_code == 422
    assert "Begin the address with https:// or http://." in text_of(refused)
    assert "licence.pdf" in text_of(refused)  # nothing typed or sent is lost
    again = {"step": "company", "act": "next", "website": f"{site}broken"}
    assert browser.post("/seller/start/save", again).headers["Location"] == "/seller/start?step=tax"
    tax = {
        "step": "tax",
        "act": "next",
        "eu_tax": "yes",
        "tins-country": ["SE", ""],
        "tins-number": ["SE5566778899", ""],
    }
    assert browser.post("/seller/start/save", tax).headers["Location"] == "/seller/start?step=contacts"
    contacts = {**typed, "step": "contacts", "act": "next", "contact_email": nora.user.email}
    assert browser.post("/seller/start/save", contacts).headers["Location"] == "/seller/start?step=agreements"

    page = text_of(browser.get("/seller/start?step=agreements"))
    assert "Every step is complete." in page
    missing = browser.post("/seller/start/submit", {"step": "agreements"})
    assert missing.status_code == 409
    assert "Please accept" in text_of(missing)
    ticks = {f"agree_{key}": version for key, version in making.ticked().items()}
    broken = browser.post("/seller/start/submit", {"step": "agreements", **ticks})
    assert "The website answers with error 500." in text_of(broken)
    browser.post("/seller/start/save", {"step": "company", "act": "save", "website": site})
    assert browser.post("/seller/start/submit", ticks).status_code == 302
    assert browser.post("/seller/start/submit", ticks).status_code == 409  # pressed twice

    row = Application.objects.get()
    assert "We decide until" in text_of(browser.get("/seller/start"))
    submission = making.submission_of(row.public_id)
    reviewing.remark(olga.actor, submission_id=submission.public_id, field="licence", text="Unreadable scan", at=NOW)
    making.give_back(olga, row.public_id, "One thing is missing.")
    page = text_of(browser.get("/seller/start"))
    assert page.index("One thing is missing.") < page.index("Unreadable scan")
    assert "To correct" in page
    upload = SimpleUploadedFile("better.pdf", hostile.pdf())
    browser.post("/seller/start/save", {"step": "company", "act": "next", "licence": upload})
    browser.post("/seller/start/submit", ticks)
    making.approve(olga, row.public_id)

    page = text_of(browser.get("/seller/start"))
    assert "You are a seller" in page
    assert "Have tax and bank data certified" in page


def test_a_program_named_as_a_picture_is_refused_beside_its_field(nora):
    nora.client.post("/seller/start/begin")

    upload = SimpleUploadedFile("logo.png", b"MZ" + b"\0" * 300)
    response = nora.client.post(
        "/seller/start/save", {"step": "company", "act": "save", "city": "Lund", "logo": upload}
    )

    assert response.status_code == 422
    assert 'id="logo-error"' in text_of(response)
    data = Application.objects.get().data
    assert (data["city"], data.get("logo", "")) == ("Lund", "")
    assert files.TYPES  # what is known of files decides, not their names


@pytest.mark.req("S-REG-003")
def test_withdrawing_after_the_decision_says_so(nora, olga, site, agreements, party):
    row = making.applied(nora, site)
    making.give_back(olga, row.public_id)

    response = nora.client.post("/seller/start/withdraw", follow=True)

    assert "decided or withdrawn in the meantime" in text_of(response)


def test_somebody_elses_window_does_not_overwrite(nora):
    nora.client.post("/seller/start/begin")
    nora.client.post("/seller/start/save", {"step": "company", "act": "save", "city": "Uppsala", "version": "1"})

    late = nora.client.post("/seller/start/save", {"step": "company", "act": "save", "city": "Lund", "version": "1"})

    assert late.status_code == 409
    assert "changed in another window" in text_of(late)
    assert Application.objects.get().data["city"] == "Uppsala"
