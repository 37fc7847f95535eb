"""The pages of a seller's own company without scripts: certification, profile, storefront, recipients, exit."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from galleria.notifying.models import Message
from galleria.parties.models import Seller
from galleria.selling.models import Certification, Change, Recipient
from galleria.selling.selectors import changes
from tests.packages.kit import hostile
from tests.packages.selling import making
from tests.shop import Shop


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.req("S-CER-001", "S-CER-002", "S-CER-T1", "S-CER-T4")
def test_a_seller_signs_fills_in_and_is_certified_by_pages_alone(bruno, olga, party, agreements):
    page = f"/seller/certification/{party.public_id}"
    assert "Closed until certified" in text_of(bruno.client.get("/seller/certification"))
    assert bruno.client.post(f"{page}/sign", {}).status_code == 409
    assert bruno.client.post(f"{page}/sign", {"agree_AGR_SELLER": "1"}).status_code == 302
    wrong = bruno.client.post(page, {**making.BANK, "account_name": "Bruno Okafor", "act": "submit"})
    assert wrong.status_code == 422
    assert "must be in the name of the company" in text_of(wrong)
    assert 'value="Handels"' in text_of(wrong)  # nothing typed is lost
    assert bruno.client.post(page, {**making.BANK, "act": "submit"}).status_code == 302
    assert bruno.client.post(page, {**making.BANK, "act": "submit"}).status_code == 409  # pressed twice
    row = Certification.objects.get()
    assert "Our treasury decides until" in text_of(bruno.client.get(page))
    making.give_back(olga, row.public_id, "The bank does not know this account.")
    returned = text_of(bruno.client.get(page))
    assert "The bank does not know this account." in returned
    assert "refused once" in returned
    bruno.client.post(page, {**making.BANK, "act": "submit"})
    making.approve(olga, row.public_id)
    assert "You can sell here" in text_of(bruno.client.get("/seller/certification"))


def test_another_sellers_party_and_a_stranger_are_not_found_or_refused(bruno, xavier, ada, party):
    page = f"/seller/certification/{party.public_id}"
    assert bruno.client.get("/seller/certification/pty_nothing").status_code == 404
    for person in (xavier, ada):
        assert person.client.get(page).status_code == 403
        assert person.client.post(page, making.BANK).status_code == 403
    assert Certification.objects.count() == 0


@pytest.mark.req("S-ACC-001", "S-STO-001")
def test_a_profile_and_a_storefront_are_changed_by_pages(bruno, olga, site):
    profile = {
        "name": "Fernwerk Software", "about": "Ledgers.", "website": site, "service_phone": "+46 8 123 45 67",
        "service_email": "help@fernwerk.example", "contact_name": "Bruno", "contact_phone": "+46 70 123 45 67",
        "contact_email": "b@fernwerk.example", "act": "submit",
    }  # fmt: skip
    assert bruno.client.post("/seller/profile/edit", profile).status_code == 302
    assert "We decide until" in text_of(bruno.client.get("/seller/profile/edit"))
    making.approve(olga, Change.objects.get().public_id)
    assert Seller.objects.get().name == "Fernwerk Software"

    picture = SimpleUploadedFile("hall.png", hostile.picture(780, 440))
    small = SimpleUploadedFile("small.png", hostile.picture(100, 100))
    sent = {"story": "We began small.", "media": picture, "certificates": [small], "act": "save"}
    refused = bruno.client.post("/seller/storefront", sent)
    assert refused.status_code == 422
    assert "at least 900" in text_of(refused) and "hall.png" in text_of(refused)
    certificate = SimpleUploadedFile("iso.png", hostile.picture(1000, 700))
    bruno.client.post("/seller/storefront", {"certificates": [certificate], "act": "save"})
    data = changes.change_of(bruno.actor, "storefront").data
    bruno.client.post("/seller/storefront", {"drop": f"certificates:{data['certificates'][0]}"})
    assert changes.change_of(bruno.actor, "storefront").data["certificates"] == []
    assert bruno.client.post("/seller/storefront", {"act": "submit"}).status_code == 302
    making.approve(olga, Change.objects.get(kind="storefront").public_id)
    assert "We began small." in text_of(bruno.client.get("/sellers/fernwerk"))


@pytest.mark.req("S-TCK-T1", "S-ACC-001")
def test_hours_are_refused_beside_the_field_with_what_was_typed(bruno):
    wrong = bruno.client.post("/seller/profile/tickets", {"accepts": "yes", "ticket_hours": "Mon 09:00-12:00"})
    assert wrong.status_code == 422
    assert "40 hours together" in text_of(wrong) and 'value="Mon 09:00-12:00"' in text_of(wrong)
    assert bruno.client.post("/seller/profile/tickets", {"accepts": "yes", "ticket_hours": "24/7"}).status_code == 302
    assert Seller.objects.get().accepts_tickets


@pytest.mark.req("S-RCP-001")
def test_the_mail_of_a_new_recipient_leads_to_the_page_that_asks(bruno, visitor):
    sent = {"name": "Rob Roe", "email": "rob@fernwerk.example", "alerts-email": "yes"}
    assert bruno.client.post("/seller/recipients", {**sent, "email": "no"}).status_code == 422
    assert bruno.client.post("/seller/recipients", sent).status_code == 302
    Shop.work()
    letter = next(each for each in mail.outbox if each.to == ["rob@fernwerk.example"])
    link = next(word for word in letter.body.split() if "/seller/recipients/confirm" in word)
    address = link[link.index("/seller") :]
    assert "Fernwerk" in text_of(visitor.get(address))
    visitor.post("/seller/recipients/confirm", {"token": address.split("token=")[1]})
    assert Recipient.objects.get().verified_at is not None


@pytest.mark.req("S-NOT-001", "S-REG-003")
def test_the_applicant_is_told_of_the_decision_and_of_being_a_seller(nora, olga, site, agreements, party):
    row = making.applied(nora, site)
    making.give_back(olga, row.public_id, "The licence cannot be read.")
    Shop.work()
    told = Message.objects.get(user=nora.user, key="review.returned")
    assert "The licence cannot be read." in str(told.parameters) and told.link == "/seller/start"
    from galleria.selling.services import applying
    from tests.people import NOW

    applying.submit(nora.actor, accepted=making.ticked(), at=NOW)
    making.approve(olga, row.public_id)
    Shop.work()
    assert Message.objects.filter(user=nora.user, key="seller.registered").count() == 1


@pytest.mark.req("S-EXI-001", "S-EXI-T1")
def test_leaving_by_the_page_shows_what_is_open_and_can_be_withdrawn(bruno):
    product = Shop(bruno).product("Desk", monthly="9.00")
    refused = bruno.client.post("/seller/exit", {"reason": "We stop selling."})
    assert refused.status_code == 409
    assert "All products are off the shelf" in text_of(refused) and 'href="/seller/products"' in text_of(refused)
    product.state = "removed"
    product.save()
    assert bruno.client.post("/seller/exit", {"reason": "We stop selling."}).status_code == 302
    assert "Your wish to leave is with us" in text_of(bruno.client.get("/seller/exit"))
    assert bruno.client.post("/seller/exit", {"act": "withdraw"}).status_code == 302
    assert Seller.objects.get().state == "active"


@pytest.mark.req("S-GEN-003")
def test_a_buyer_becomes_a_seller_and_stays_a_buyer(nora, olga, site, agreements, party):
    assert nora.client.get("/buyer/").status_code == 200
    assert nora.client.get("/seller/profile").status_code == 403

    making.approve(olga, making.applied(nora, site).public_id)

    assert nora.client.get("/buyer/").status_code == 200
    assert nora.client.get("/seller/profile").status_code == 200
