"""Becoming a seller: what is checked before, the form, the review, the ways out (S-REG)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from galleria.audit.models import AuditRecord
from galleria.kit import parameters, secrets
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.kit.files import FileRefused
from galleria.kit.models import Job
from galleria.parties import services as parties
from galleria.parties.models import AgreementAcceptance, Seller
from galleria.reviewing import ports
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Holiday, Submission
from galleria.selling import selectors, services
from galleria.selling.models import Application, Filing
from galleria.selling.selectors import applications
from galleria.selling.services import applying
from tests.packages.selling import making
from tests.people import NOW, make_person


def failed(person):
    return [each.key for each in applications.preconditions(person.actor) if not each.passed]


# ----- before the form -----


@pytest.mark.req("S-REG-001")
def test_a_company_passes_every_check_and_each_is_listed(nora):
    checks = applications.preconditions(nora.actor)

    assert [each.key for each in checks] == ["account", "owner", "identity", "programmes", "entity", "former"]
    assert all(each.passed and str(each.text) for each in checks)


@pytest.mark.req("S-REG-001", "S-REG-T1", "S-REG-005")
def test_a_sub_user_is_told_why_and_gets_no_application(nora):
    ben = nora.colleague("Ben Ode", "BuyerAdmin")

    assert failed(ben) == ["owner"]
    with pytest.raises(PermissionMissing, match="Only the owner"):
        applying.begin(ben.actor, at=NOW)
    assert Application.objects.count() == 0


@pytest.mark.req("S-REG-001")
def test_persons_resellers_and_incomplete_accounts_are_refused_with_the_reason(rita, xavier, at):
    newcomer = making.make_company("Nils Ek", account_name="Ek AB", complete=False)

    assert failed(xavier) == ["identity"]
    assert failed(rita) == ["programmes"]
    assert failed(newcomer) == ["account"]
    with pytest.raises(applying.PreconditionFailed, match="Only companies can sell") as refusal:
        applying.begin(xavier.actor, at=NOW)
    assert refusal.value.extra == {"failed": ["identity"]}


@pytest.mark.req("S-REG-001")
def test_the_operator_may_admit_persons_and_resellers(rita, xavier):
    parameters.change(SYSTEM, "registration.allow_individual", True, at=NOW)
    parameters.change(SYSTEM, "registration.refuse_programmes", False, at=NOW)

    assert failed(xavier) == []
    assert failed(rita) == []


@pytest.mark.req("S-REG-001")
def test_identity_can_be_asked_for_before_the_application(nora):
    parameters.change(SYSTEM, "registration.identity", "before", at=NOW)
    assert failed(nora) == ["identity"]

    nora.account.verified_name = "Berg Ledgers AB"
    nora.account.save()
    assert failed(nora) == []


@pytest.mark.req("S-REG-001", "S-REG-005")
def test_a_second_account_of_the_same_company_is_refused(bruno, at):
    twin = making.make_company("Tilda", account_name="FERNWERK  AB")
    elsewhere = make_person("Tom", account_name="Fernwerk AB", country="DE")

    assert failed(twin) == ["entity"]
    assert failed(elsewhere) == []


@pytest.mark.req("S-REG-T6", "S-REG-001")
def test_a_seller_that_left_cannot_apply_again(bruno):
    Seller.objects.update(state="left")

    assert failed(bruno) == ["former"]
    with pytest.raises(applying.PreconditionFailed, match="cannot register again"):
        applying.begin(bruno.actor, at=NOW)


# ----- the form -----


@pytest.mark.req("S-REG-002")
def test_a_draft_keeps_what_was_typed_right_or_wrong(nora):
    applying.begin(nora.actor, at=NOW)

    row = applying.save(nora.actor, values={"website": "nonsense", "city": "Uppsala"}, group="company", at=NOW)

    assert (row.data["website"], row.data["city"], row.state) == ("nonsense", "Uppsala", "draft")
    assert row.data["company_name"] == "Berg Ledgers AB"
    problems = applying.problems_of(row, NOW, group="company")
    assert str(problems["website"]) == "Begin the address with https:// or http://."
    assert "city" not in problems


@pytest.mark.req("S-REG-002")
def test_the_name_of_the_company_cannot_be_typed(nora):
    applying.begin(nora.actor, at=NOW)

    row = applying.save(nora.actor, values={"company_name": "Other Ltd", "country": "FR"}, at=NOW)

    assert (row.data["company_name"], row.data["country"]) == ("Berg Ledgers AB", "SE")


@pytest.mark.req("S-REG-002")
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("introduction", "", "This is needed."),
        ("introduction", "x" * 1001, "At most 1000 characters."),
        ("introduction", "pay\u202efdp", "This holds characters that nobody sees"),
        ("employees", "many", "Choose one."),
        ("capital", "-5", "Give the true figure"),
        ("capital", "a lot", "Give the figure as"),
        ("capital_currency", "crowns", "three letters"),
        ("founded_on", "2027-03-02", "still to come"),
        ("founded_on", "soon", "Give a date"),
        ("licence_until", "2027-02-28", "The licence has expired"),
        ("business_until", "2027-02-28", "The business term has ended"),
        ("website", "ftp://berg.example", "Begin the address with"),
        ("website", "https://", "Give the address of a page"),
        ("contact_phone", "070-1234567", "with \\+ and the country code"),
        ("contact_email", "nora", "Give an e-mail address"),
        ("service_hours", "Mon-Thu 09:00-17:00", "At least 8 hours on 5 days"),
        ("service_hours", "office hours", "Write days and times"),
        ("operator_contact", "", "Choose yes or no."),
        ("tins", [], "Add the number"),
        ("tins", [{"country": "US", "number": "12345"}], "Choose the country"),
        ("tins", [{"country": "SE", "number": "1"}], "Give the tax number of Sweden"),
        ("tins", [{"country": "SE", "number": "12345"}, {"country": "SE", "number": "54321"}], "each country once"),
    ],
)
def test_every_limit_of_the_form_is_said_beside_its_field(nora, site, agreements, field, value, words):
    making.filled(nora, site, business_term="fixed", business_until="2031-01-01")
    applying.save(nora.actor, values={field: value}, at=NOW)

    with pytest.raises(Invalid) as refusal:
        applying.submit(nora.actor, accepted=making.ticked(), at=NOW)

    assert list(refusal.value.fields) == [field]
    import re

    assert re.search(words, refusal.value.fields[field])
    assert Submission.objects.count() == 0


@pytest.mark.req("S-REG-002")
def test_an_introduction_of_1_and_of_1000_characters_is_fine(nora, site):
    row = making.filled(nora, site, introduction="x")
    assert applying.problems_of(row, NOW) == {}
    row = applying.save(nora.actor, values={"introduction": "x" * 1000}, at=NOW)
    assert applying.problems_of(row, NOW) == {}


@pytest.mark.req("S-REG-002", "S-REG-005")
def test_documents_are_needed_and_taken_by_their_content(nora, site):
    applying.begin(nora.actor, at=NOW)
    row = applying.save(nora.actor, values=making.TYPED, at=NOW)
    assert {"licence", "logo"} <= set(applying.problems_of(row, NOW))

    from galleria.kit import files

    with pytest.raises(FileRefused) as refusal:
        applying.attach(nora.actor, field="licence", upload=files.Content("licence.pdf", b"MZ" + b"\0" * 200), at=NOW)
    assert list(refusal.value.fields) == ["licence"]
    with pytest.raises(FileRefused):
        applying.attach(nora.actor, field="logo", upload=making.pdf("logo.png"), at=NOW)
    with pytest.raises(NotFound):
        applying.attach(nora.actor, field="city", upload=making.pdf(), at=NOW)
    row = applying.attach(nora.actor, field="licence", upload=making.pdf(), at=NOW)
    assert row.data["licence"].startswith("fil_")


@pytest.mark.req("S-REG-002")
def test_an_address_of_the_contact_is_proven_with_a_code(nora, site, agreements):
    row = making.filled(nora, site, contact_email="office@berg.example")
    assert "Prove this address" in str(applying.problems_of(row, NOW)["contact_email"])

    applying.send_code(nora.actor, at=NOW)
    job = Job.objects.filter(task__startswith="ContactCodeWanted").first()
    sealed = job.args["sealed"] if job else ""
    address, code = secrets.decrypt(sealed).split()
    assert (address, len(code)) == ("office@berg.example", 6)

    wrong = "000000" if code != "000000" else "111111"
    with pytest.raises(Invalid):
        applying.prove_email(nora.actor, code=wrong, at=NOW)
    row = applying.prove_email(nora.actor, code=code, at=NOW + timedelta(minutes=29))
    assert applying.problems_of(row, NOW) == {}


@pytest.mark.req("S-REG-002")
def test_a_code_is_worth_nothing_after_half_an_hour_or_five_wrong_ones(nora, site):
    making.filled(nora, site, contact_email="office@berg.example")
    applying.send_code(nora.actor, at=NOW)
    job = Job.objects.get(task__startswith="ContactCodeWanted")
    code = secrets.decrypt(job.args["sealed"]).split()[1]
    with pytest.raises(NotAllowed, match="a moment ago"):
        applying.send_code(nora.actor, at=NOW)
    with pytest.raises(Invalid):
        applying.prove_email(nora.actor, code=code, at=NOW + timedelta(minutes=31))
    for _each in range(5):
        with pytest.raises(Invalid):
            applying.prove_email(nora.actor, code="x", at=NOW)
    with pytest.raises(Invalid):
        applying.prove_email(nora.actor, code=code, at=NOW)


def test_two_windows_do_not_overwrite_each_other(nora):
    row = applying.begin(nora.actor, at=NOW)
    applying.save(nora.actor, values={"city": "Uppsala"}, version=row.version, at=NOW)

    with pytest.raises(applying.ChangedMeanwhile):
        applying.save(nora.actor, values={"city": "Lund"}, version=row.version, at=NOW)

    assert Application.objects.get().data["city"] == "Uppsala"


# ----- submitting -----


@pytest.mark.req("S-REG-T2", "S-REG-005")
@pytest.mark.parametrize(
    ("path", "words"),
    [("broken", "The website answers with error 500.")],
)
def test_a_website_that_does_not_answer_is_refused_at_its_field(nora, site, agreements, path, words):
    making.filled(nora, site + path)

    with pytest.raises(Invalid) as refusal:
        applying.submit(nora.actor, accepted=making.ticked(), at=NOW)

    assert refusal.value.fields == {"website": words}
    assert Application.objects.get().state == "draft"


@pytest.mark.req("S-REG-T2")
def test_a_website_inside_the_operators_network_is_not_called(nora, site, agreements, settings):
    settings.GALLERIA_OUTGOING_ALLOW = ()
    making.filled(nora, site)

    with pytest.raises(Invalid) as refusal:
        applying.submit(nora.actor, accepted=making.ticked(), at=NOW)

    assert refusal.value.fields == {"website": "This address cannot be called from here."}


@pytest.mark.req("S-REG-003", "S-REG-T3", "S-REG-002")
def test_a_submitted_application_is_due_in_three_working_days_without_holidays(nora, site, agreements):
    Holiday.objects.create(date=(NOW + timedelta(days=1)).date(), name="Day off")

    row = making.applied(nora, site)

    submission = making.submission_of(row.public_id)
    assert (row.state, submission.kind, submission.title) == ("review", "registration", "Berg Ledgers AB")
    assert submission.due_at == NOW + timedelta(days=4)
    assert Filing.objects.get().data["city"] == "Uppsala"
    accepted = AgreementAcceptance.objects.filter(account=nora.account).values_list(
        "version__agreement__key", flat=True
    )
    assert set(accepted) == {"AGR_SELLER", "AGR_CUSTOMER", "AGR_PRIVACY"}
    assert AuditRecord.objects.filter(sentence="seller.application_submitted").count() == 1


@pytest.mark.req("S-REG-001")
def test_what_the_company_declared_is_laid_beside_what_is_expected(nora, site, agreements):
    row = making.applied(nora, site, capital="1000", capital_currency="SEK", staff="14")

    results = {each["name"]: each["state"] for each in making.submission_of(row.public_id).results}

    assert results == {
        "Age of the company": "ok", "Registered capital": "warning", "Staff": "warning", "Website": "ok",
    }  # fmt: skip


@pytest.mark.req("S-REG-002", "S-REG-005")
def test_every_agreement_must_be_ticked_in_the_version_in_force(nora, site, agreements):
    making.filled(nora, site)
    ticked = making.ticked()
    with pytest.raises(parties.AgreementNotAccepted) as missing:
        applying.submit(nora.actor, accepted={"AGR_PRIVACY": "1"}, at=NOW)
    assert set(missing.value.extra["missing"]) == {"AGR_SELLER", "AGR_CUSTOMER"}

    parties.publish_version(
        key="AGR_SELLER", kind="platform", name="x", issuer="x", version="2", texts={"en": "New words."},
        effective_at=NOW,
    )  # fmt: skip
    with pytest.raises(parties.AgreementVersionChanged) as changed:
        applying.submit(nora.actor, accepted=ticked, at=NOW)
    assert changed.value.extra["changed"] == {"AGR_SELLER": "2"}
    assert Submission.objects.count() == 0

    applying.submit(nora.actor, accepted=making.ticked(), at=NOW)
    assert Application.objects.get().agreements["AGR_SELLER"] == "2"


def test_submitting_twice_is_refused_and_leaves_one_submission(nora, site, agreements):
    making.applied(nora, site)

    with pytest.raises(NotAllowed):
        applying.submit(nora.actor, accepted=making.ticked(), at=NOW)
    with pytest.raises(NotAllowed):
        applying.save(nora.actor, values={"city": "Lund"}, at=NOW)

    assert Submission.objects.count() == 1


# ----- deciding -----


@pytest.mark.req("S-REG-003", "S-REG-T4")
def test_a_rejected_application_is_corrected_and_submitted_again_and_both_rounds_stay(nora, olga, site, agreements):
    row = making.applied(nora, site)
    submission = making.submission_of(row.public_id)
    reviewing.remark(olga.actor, submission_id=submission.public_id, field="licence", text="Unreadable.", at=NOW)
    making.give_back(olga, row.public_id, "The licence cannot be read.")

    row.refresh_from_db()
    assert row.state == "rejected"
    later = NOW + timedelta(days=1)
    applying.attach(nora.actor, field="licence", upload=making.pdf("better.pdf"), at=later)
    applying.submit(nora.actor, accepted=making.ticked(), at=later)

    rounds = applications.rounds_of(row)
    assert [(each.round, each.state) for each in rounds] == [(2, "pending"), (1, "returned")]
    assert rounds[1].note == "The licence cannot be read."
    assert [(each.field, each.text) for each in rounds[1].remarks.all()] == [("licence", "Unreadable.")]
    first, second = Filing.objects.order_by("pk")
    assert first.data["licence"] != second.data["licence"]
    dossier = ports.kind_of("registration").dossier(olga.actor, rounds[0])
    changed = [fact.key for section in dossier.sections for fact in section.facts if fact.is_changed]
    assert changed == ["licence"]


@pytest.mark.req("S-REG-003", "S-REG-004")
def test_an_approved_company_is_a_seller_with_its_console_but_may_not_sell_yet(nora, olga, site, agreements, party):
    row = making.applied(nora, site)

    making.approve(olga, row.public_id)

    seller = selectors.seller_of(nora.actor)
    assert (seller.name, seller.legal_name, seller.slug, seller.state, seller.level) == (
        "Berg Ledgers AB", "Berg Ledgers AB", "berg-ledgers-ab", "active", "certified",
    )  # fmt: skip
    assert (seller.support_email, seller.address) == ("help@berg.example", "Kungsgatan 4, Uppsala")
    assert seller.logo.startswith("/files/fil_")
    assert nora.actor.may("seller:product:release")
    assert services.require_seller(nora.actor, "seller:product:release") == seller
    assert selectors.is_certified(seller.pk) is False
    assert selectors.certified_countries(seller.pk) == frozenset()
    nora.account.refresh_from_db()
    assert nora.account.verified_name == "Berg Ledgers AB"
    job = Job.objects.filter(task__startswith="SubmissionDecided").first()
    assert job is not None  # the applicant is told (S-NOT-001)


@pytest.mark.req("S-REG-003")
def test_a_withdrawn_application_is_a_draft_again(nora, site, agreements):
    making.applied(nora, site)

    row = applying.withdraw(nora.actor, at=NOW)

    assert row.state == "draft"
    assert Submission.objects.get().state == "withdrawn"


@pytest.mark.req("S-REG-003")
def test_of_a_decision_and_a_withdrawal_one_wins(nora, olga, site, agreements):
    row = making.applied(nora, site)
    submission = making.submission_of(row.public_id)
    applying.withdraw(nora.actor, at=NOW)

    with pytest.raises(NotAllowed):
        reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)
    assert Seller.objects.count() == 0

    applying.submit(nora.actor, accepted=making.ticked(), at=NOW)
    making.approve(olga, row.public_id)
    with pytest.raises(NotAllowed):
        applying.withdraw(nora.actor, at=NOW)
    assert Seller.objects.count() == 1


def test_two_accounts_of_one_company_are_not_both_admitted(nora, olga, site, agreements):
    twin = making.make_company("Nils", account_name="Berg Ledgers")
    first, second = making.applied(nora, site), making.applied(twin, site)
    making.approve(olga, first.public_id)

    with pytest.raises(NotAllowed, match="is the same company"):
        making.approve(olga, second.public_id)

    assert Seller.objects.count() == 1
    assert making.submission_of(second.public_id).state == "pending"


def test_a_stranger_and_a_buyer_decide_nothing_and_see_nothing(nora, ada, xavier, site, agreements):
    row = making.applied(nora, site)
    submission = making.submission_of(row.public_id)

    for person in (ada, xavier, nora):
        with pytest.raises(NotFound):
            reviewing.approve(person.actor, submission_id=submission.public_id, at=NOW)
    with pytest.raises(NotFound):
        applying.withdraw(ada.actor, at=NOW)
    assert applications.application_of(ada.actor) is None
    assert Seller.objects.count() == 0
