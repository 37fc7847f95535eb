"""O4: the list of accounts, one account, what the operator does with a seller; contracting parties and fees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.audit.models import AuditRecord
from galleria.parties.models import Account, Seller
from galleria.selling import selectors
from galleria.selling.models import Certification, ContractingParty, TestCoupon, Violation
from galleria.selling.services import certifying, couponing, sanctioning
from tests.packages.selling import making
from tests.people import NOW


def text_of(response: Any) -> str:
    return str(response.content.decode())


def address(person: Any) -> str:
    return f"/operator/accounts/{person.account.public_id}"


def test_accounts_are_found_by_name_address_and_number(olga, ada, bruno, rita):
    page = text_of(olga.client.get("/operator/accounts"))
    assert all(name in page for name in ("Byron Analytics AB", "Fernwerk", "Mendes Consulting Lda"))
    sellers = text_of(olga.client.get("/operator/accounts?view=sellers"))
    assert "Fernwerk" in sellers and "Byron" not in sellers
    found = text_of(olga.client.get(f"/operator/accounts?q={ada.account.public_id}"))
    assert "Byron Analytics AB" in found and "Fernwerk" not in found
    assert "No account found" in text_of(olga.client.get("/operator/accounts?q=zzz"))


def test_only_operators_open_the_pages(ada, bruno, olga, visitor):
    for person in (ada, bruno):
        assert person.client.get("/operator/accounts").status_code == 403
        assert person.client.get(address(ada)).status_code == 403
        assert person.client.post(f"{address(ada)}/act", {"act": "freeze", "reason": "because"}).status_code == 403
        assert person.client.post(f"{address(bruno)}/seller/level", {"level": "leading"}).status_code == 403
        assert person.client.get("/operator/settings/selling").status_code == 403
    assert visitor.get("/operator/accounts").status_code == 302
    assert Account.objects.get(pk=ada.account.pk).state == "normal"
    assert olga.client.get("/operator/accounts/acc_nothing").status_code == 404
    assert olga.client.post(f"{address(ada)}/seller/level", {"level": "leading"}).status_code == 404


@pytest.mark.req("S-REG-001")
def test_a_company_is_verified_restricted_with_a_reason_and_lifted(olga, ada):
    olga.client.post(f"{address(ada)}/act", {"act": "verify", "verified_name": "Byron Analytics Aktiebolag"})
    refused = olga.client.post(f"{address(ada)}/act", {"act": "restrict", "reason": ""})
    assert refused.status_code == 422
    olga.client.post(f"{address(ada)}/act", {"act": "restrict", "reason": "Invoices unpaid"})
    account = Account.objects.get(pk=ada.account.pk)
    assert (account.verified_name, account.state, account.state_reason) == (
        "Byron Analytics Aktiebolag", "restricted", "Invoices unpaid",
    )  # fmt: skip
    olga.client.post(f"{address(ada)}/act", {"act": "lift"})
    assert Account.objects.get(pk=ada.account.pk).state == "normal"
    assert AuditRecord.objects.filter(sentence="account.verified").count() == 1


@pytest.mark.req("S-VIO-002", "S-VIO-001")
def test_a_violation_is_recorded_answered_and_taken_back_from_the_page(olga, bruno):
    wrong = olga.client.post(
        f"{address(bruno)}/seller/violation", {"conduct": "mismatch", "reason": "short", "sanctions": ["release_ban"]}
    )
    assert wrong.status_code == 422
    assert "Give the day on which it ends." in text_of(wrong)
    day = (NOW + timedelta(days=10)).date().isoformat()
    olga.client.post(
        f"{address(bruno)}/seller/violation",
        {"conduct": "mismatch", "reason": "The licence is another one.", "sanctions": ["warning", "release_ban"],
         "until_release_ban": day},
    )  # fmt: skip
    row = Violation.objects.get()
    assert (row.points, [each.kind for each in row.sanctions.all()]) == (5, ["warning", "release_ban"])
    assert selectors.release_ban_until(bruno.seller.pk, NOW) is not None
    sanctioning.appeal(bruno.actor, violation_id=row.public_id, text="It is the right one.", at=NOW)
    assert "It is the right one." in text_of(olga.client.get(address(bruno)))
    olga.client.post(
        f"{address(bruno)}/seller/answer", {"violation": row.public_id, "act": "revoke", "answer": "You are right."}
    )
    assert selectors.release_ban_until(bruno.seller.pk, NOW) is None


@pytest.mark.req("S-CER-T2", "S-BEN-001", "S-TCP-001")
def test_the_operator_unlocks_sets_level_and_values_test_coupons(olga, bruno, party, agreements):
    certifying.sign(bruno.actor, party_id=party.public_id, accepted={"AGR_SELLER": "1"}, at=NOW)
    Certification.objects.update(state="locked", failures=3)
    row = Certification.objects.get()
    assert "Unlock" in text_of(olga.client.get(address(bruno)))
    olga.client.post(f"{address(bruno)}/seller/unlock", {"certification": row.public_id})
    assert Certification.objects.get().state == "uncertified"

    olga.client.post(f"{address(bruno)}/seller/level", {"level": "preferred"})
    assert Seller.objects.get().level == "preferred"
    olga.client.post(f"{address(bruno)}/seller/flags", {"hardware": "yes"})
    assert selectors.profile_of(bruno.seller).is_hardware_seller

    couponing.request(bruno.actor, scheme="2027 test", amount="900.00", document=making.pdf(), at=NOW)
    asked = TestCoupon.objects.get()
    too_much = {"request": asked.public_id, "amount": "2500.01"}
    assert olga.client.post(f"{address(bruno)}/seller/coupon", too_much).status_code == 422
    olga.client.post(f"{address(bruno)}/seller/coupon", {"request": asked.public_id, "amount": "400.00"})
    assert TestCoupon.objects.get().granted_minor == 40_000


@pytest.mark.req("S-GEN-005", "S-DEC-009")
def test_parties_countries_and_fees_are_set_on_a_page(olga, party):
    page = "/operator/settings/selling"
    olga.client.post(page, {"act": "party", "name": "East Pte", "country": "SG", "currency": "sgd"})
    east = ContractingParty.objects.get(name="East Pte")
    olga.client.post(page, {"act": "regions", "party": east.public_id, "countries": "sg, MY"})
    assert selectors.party_of("MY") == east
    assert selectors.party_of("SE") == party
    assert "MY SG" in text_of(olga.client.get(page))
    assert olga.client.post(page, {"act": "regions", "party": east.public_id, "countries": "XX"}).status_code == 422
    olga.client.post(page, {"act": "fees", "fee_default": "15", "fee_saas": "12.5"})
    assert str(selectors.fee_percent("saas")) == "12.5"
    refused = olga.client.post(page, {"act": "fees", "fee_saas": "twelve"})
    assert refused.status_code == 422
    assert "Give a figure from 0 to 100" in text_of(refused)
