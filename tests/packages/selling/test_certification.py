"""Tax and bank data: signed for, certified, locked, changed while the old ones hold (S-CER)."""

from __future__ import annotations

import pytest
from django.db import connection

from galleria.audit.models import AuditRecord
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.kit.models import Job
from galleria.parties import services as parties
from galleria.parties.models import AgreementAcceptance
from galleria.reviewing import ports
from galleria.reviewing.models import Submission
from galleria.selling import selectors, services
from galleria.selling.models import Certification
from galleria.selling.selectors import certifications
from galleria.selling.services import certifying, contracting
from tests.packages.selling import making
from tests.people import NOW


def signed(person, party, agreements):
    return certifying.sign(
        person.actor, party_id=party.public_id, accepted={"AGR_SELLER": agreements["AGR_SELLER"].version}, at=NOW
    )


@pytest.fixture
def typed(bruno, party, agreements):
    """Bruno has signed and typed everything."""
    signed(bruno, party, agreements)
    return certifying.save(bruno.actor, party_id=party.public_id, values=making.BANK, at=NOW)


@pytest.mark.req("S-CER-001", "S-CER-002")
def test_signing_is_recorded_under_my_agreements_and_opens_the_form(bruno, party, agreements):
    assert [row.state for row in certifications.certifications_of(bruno.actor)] == ["unsigned"]
    with pytest.raises(NotAllowed, match="Sign with"):
        certifying.save(bruno.actor, party_id=party.public_id, values=making.BANK, at=NOW)
    with pytest.raises(parties.AgreementNotAccepted):
        certifying.sign(bruno.actor, party_id=party.public_id, accepted={}, at=NOW)

    row = signed(bruno, party, agreements)

    assert (row.state, row.signed_by) == ("uncertified", "Bruno Okafor")
    accepted = AgreementAcceptance.objects.get(account=bruno.account)
    assert accepted.version.agreement.key == "AGR_SELLER"
    with pytest.raises(NotAllowed):
        signed(bruno, party, agreements)


@pytest.mark.req("S-CER-T1", "S-CER-001")
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("account_name", "Bruno Okafor", "must be in the name of the company: Fernwerk AB."),
        ("account_number", "12", "Give 4 to 34"),
        ("swift", "ABC", "8 or 11 letters"),
        ("tax_number", "", "This is needed."),
        ("taxpayer", "nobody", "Choose one."),
        ("tax_rate", "101", "from 0 to 100"),
        ("finance_email", "fia", "e-mail address"),
        ("related", "", "Choose yes or no."),
        ("privacy", "no", "without your consent"),
    ],
)
def test_wrong_data_are_refused_beside_the_field(bruno, party, typed, field, value, words):
    certifying.save(bruno.actor, party_id=party.public_id, values={field: value}, at=NOW)

    with pytest.raises(Invalid) as refusal:
        certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)

    assert list(refusal.value.fields) == [field]
    assert words in refusal.value.fields[field]
    assert Submission.objects.count() == 0


@pytest.mark.req("S-CER-002", "S-CER-003")
def test_certified_data_open_sales_and_are_due_in_one_working_day(bruno, olga, party, typed):
    certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    submission = making.submission_of(typed.public_id)
    assert (submission.due_at - NOW).days == 1
    assert selectors.is_certified(bruno.seller.pk) is False

    making.approve(olga, typed.public_id)

    row = Certification.objects.get()
    assert (row.state, row.certified_at, row.failures, row.draft) == ("certified", NOW, 0, {})
    assert selectors.is_certified(bruno.seller.pk)
    assert selectors.certified_countries(bruno.seller.pk) is None
    payee = certifications.payees(bruno.seller.pk)[0]
    assert (payee.account_name, payee.account_number, payee.swift) == (
        "Fernwerk AB", "SE45 5000 0000 0583 9825 7466", "HANDSESS",
    )  # fmt: skip
    assert Job.objects.filter(task__startswith="CertificationDecided").exists()


def test_the_bank_account_is_encrypted_in_the_database(bruno, party, typed):
    with connection.cursor() as cursor:
        cursor.execute("SELECT draft, draft_bank_account, data FROM selling_certification")
        row = cursor.fetchone()

    assert "5000" not in " ".join(map(str, row))


@pytest.mark.req("S-CER-T2", "S-CER-002")
def test_the_third_refusal_in_a_row_locks_and_only_the_operator_unlocks(bruno, olga, ada, party, typed):
    for number in (1, 2, 3):
        certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
        making.give_back(olga, typed.public_id, f"Wrong for the {number}. time")
    row = Certification.objects.get()
    assert (row.state, row.failures) == ("locked", 3)
    with pytest.raises(certifying.CertificationLocked):
        certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    with pytest.raises(certifying.CertificationLocked):
        certifying.save(bruno.actor, party_id=party.public_id, values=making.BANK, at=NOW)
    for person in (bruno, ada):
        with pytest.raises(PermissionMissing):
            certifying.unlock(person.actor, certification_id=row.public_id, at=NOW)

    certifying.unlock(olga.actor, certification_id=row.public_id, at=NOW)

    row.refresh_from_db()
    assert (row.state, row.failures) == ("uncertified", 0)
    certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    assert AuditRecord.objects.filter(sentence="seller.certification_unlocked").count() == 1


@pytest.mark.req("S-CER-002")
def test_two_refusals_and_an_approval_begin_the_count_anew(bruno, olga, party, typed):
    for _each in range(2):
        certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
        making.give_back(olga, typed.public_id)
    certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    making.approve(olga, typed.public_id)

    assert Certification.objects.get().failures == 0


@pytest.mark.req("S-CER-T5", "S-CER-003", "S-CER-002")
def test_while_a_change_waits_bills_go_to_the_old_account(bruno, olga, party, typed):
    certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    making.approve(olga, typed.public_id)
    certifying.save(
        bruno.actor, party_id=party.public_id, values={"account_number": "SE99 1111 2222", "bank_name": "Nord"}, at=NOW
    )
    assert certifications.payees(bruno.seller.pk)[0].bank_name == "Handels"
    certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)

    row = Certification.objects.get()
    assert (row.state, selectors.is_certified(bruno.seller.pk)) == ("change", True)
    assert certifications.payees(bruno.seller.pk)[0].account_number == "SE45 5000 0000 0583 9825 7466"
    dossier = ports.kind_of("certification").dossier(olga.actor, making.submission_of(typed.public_id))
    changed = {fact.key for section in dossier.sections for fact in section.facts if fact.is_changed}
    assert changed == {"account_number", "bank_name"}

    making.give_back(olga, typed.public_id)
    assert Certification.objects.get().state == "certified"
    certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    making.approve(olga, typed.public_id)
    assert certifications.payees(bruno.seller.pk)[0].account_number == "SE99 1111 2222"


@pytest.mark.req("S-CER-T3", "S-CER-003")
def test_without_a_certified_party_there_is_nobody_to_bill_and_the_reason_is_said(bruno, olga, party, typed):
    assert certifications.payees(bruno.seller.pk) == []
    assert "not certified" in str(certifications.why_no_bill(bruno.seller.pk, "SE"))

    certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    making.approve(olga, typed.public_id)

    assert certifications.why_no_bill(bruno.seller.pk, "SE") is None


@pytest.mark.req("S-CER-T4", "S-CER-003", "S-GEN-005")
def test_regions_of_parties_without_certification_are_closed_with_a_link(bruno, olga, party):
    east = contracting.save_party(olga.actor, name="East Pte", country="SG", currency="SGD", at=NOW)
    contracting.set_regions(olga.actor, party_id=east.public_id, countries_=["SG", "MY"], at=NOW)
    making.certify(bruno)

    open_ = selectors.certified_countries(bruno.seller.pk)
    assert open_ is not None
    assert "SE" in open_ and not {"SG", "MY"} & open_
    rows = {row["party"].name: row for row in certifications.sales_regions(bruno.seller.pk)}
    assert (rows["East Pte"]["is_open"], rows["East Pte"]["countries"]) == (False, ["MY", "SG"])
    assert rows["East Pte"]["href"] == f"/seller/certification/{east.public_id}"
    assert rows[party.name]["is_open"] is True
    assert "East Pte" in str(certifications.why_no_bill(bruno.seller.pk, "SG"))


def test_withdrawing_and_deciding_exclude_each_other(bruno, olga, party, typed):
    certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    with pytest.raises(NotAllowed):
        certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    certifying.withdraw(bruno.actor, party_id=party.public_id, at=NOW)
    assert Certification.objects.get().state == "uncertified"

    with pytest.raises(NotAllowed):
        making.approve(olga, typed.public_id)
    assert selectors.is_certified(bruno.seller.pk) is False


@pytest.mark.req("S-SUB-001")
def test_finance_sends_data_in_but_only_the_owner_signs(bruno, ada, party, agreements):
    fia = bruno.colleague("Fia Berg", "SellerFinance")
    with pytest.raises(PermissionMissing):
        signed(fia, party, agreements)
    signed(bruno, party, agreements)
    certifying.save(fia.actor, party_id=party.public_id, values=making.BANK, at=NOW)
    certifying.submit(fia.actor, party_id=party.public_id, at=NOW)

    publisher = bruno.colleague("Pia", "SellerPublisher")
    with pytest.raises(PermissionMissing):
        certifications.certifications_of(publisher.actor)
    with pytest.raises(selectors.NotASeller):
        certifying.save(ada.actor, party_id=party.public_id, values=making.BANK, at=NOW)
    with pytest.raises(NotFound):
        certifying.save(bruno.actor, party_id="pty_unknown", values=making.BANK, at=NOW)


@pytest.mark.req("S-REG-T5")
def test_a_seller_without_certification_is_known_as_such_and_one_of_the_catalogue_file_counts(bruno, party):
    assert (selectors.is_certified(bruno.seller.pk), selectors.certified_countries(bruno.seller.pk)) == (
        False, frozenset(),
    )  # fmt: skip
    services.certify_from_catalogue(bruno.seller, at=NOW)
    services.certify_from_catalogue(bruno.seller, at=NOW)
    assert (selectors.is_certified(bruno.seller.pk), selectors.certified_countries(bruno.seller.pk)) == (True, None)


@pytest.mark.req("S-DEC-009")
def test_the_fee_is_15_per_cent_until_the_operator_sets_another(olga):
    assert str(selectors.fee_percent("saas")) == "15"
    contracting.set_fee(olga.actor, delivery_type="", percent="12.5", at=NOW)
    contracting.set_fee(olga.actor, delivery_type="saas", percent="5", at=NOW)
    assert (str(selectors.fee_percent("saas")), str(selectors.fee_percent("image"))) == ("5", "12.5")
    for wrong in ("", "-1", "101", "1.005", "NaN"):
        with pytest.raises(Invalid):
            contracting.set_fee(olga.actor, delivery_type="saas", percent=wrong, at=NOW)


def test_only_the_operator_changes_parties_and_fees(bruno, olga, party):
    for person in (bruno,):
        with pytest.raises(PermissionMissing):
            contracting.save_party(person.actor, name="x", country="SE", currency="EUR", at=NOW)
        with pytest.raises(PermissionMissing):
            contracting.set_fee(person.actor, delivery_type="", percent="1", at=NOW)
    with pytest.raises(NotAllowed):
        contracting.set_regions(olga.actor, party_id=party.public_id, countries_=["SE"], at=NOW)
    with pytest.raises(Invalid):
        contracting.save_party(olga.actor, name=party.name, country="SE", currency="EUR", at=NOW)


@pytest.mark.req("S-NOT-001", "S-REG-005")
def test_a_new_version_of_what_was_signed_is_accepted_again_by_the_owner(bruno, party, typed):
    from galleria.selling.selectors import started

    assert certifications.agreements_to_accept(bruno.seller, NOW) == []
    parties.publish_version(
        key="AGR_SELLER", kind="platform", name="x", issuer="x", version="2", texts={"en": "New words."},
        effective_at=NOW,
    )  # fmt: skip
    assert [row.version for row in certifications.agreements_to_accept(bruno.seller, NOW)] == ["2"]
    assert "agreements" in [step.key for step in started.getting_started(bruno.actor)]
    ben = bruno.colleague("Ben", "SellerAdmin")
    with pytest.raises(PermissionMissing):
        certifying.accept_new_versions(ben.actor, accepted={"AGR_SELLER": "2"}, at=NOW)
    with pytest.raises(parties.AgreementVersionChanged):
        certifying.accept_new_versions(bruno.actor, accepted={"AGR_SELLER": "1"}, at=NOW)
    assert "New versions of agreements" in bruno.client.get("/seller/profile").content.decode()
    assert bruno.client.post("/seller/profile/agreements", {}).status_code == 409
    assert bruno.client.post("/seller/profile/agreements", {"agree_AGR_SELLER": "2"}).status_code == 302
    assert certifications.agreements_to_accept(bruno.seller, NOW) == []
