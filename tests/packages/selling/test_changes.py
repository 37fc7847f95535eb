"""Profile, change of name, storefront, customer service, tickets (S-ACC, S-STO, S-TCK)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from galleria.kit import files
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.parties.models import Account, Seller
from galleria.publishing import sellers as catalogue
from galleria.publishing.models import ProductPage
from galleria.reviewing import ports
from galleria.reviewing.models import Submission
from galleria.selling import events, rules, selectors
from galleria.selling.models import Certification, Change
from galleria.selling.selectors import changes
from galleria.selling.services import certifying, changing
from tests.packages.kit import hostile
from tests.packages.selling import making
from tests.people import NOW
from tests.shop import Shop

NEW = {
    "name": "Fernwerk Software", "about": "Ledgers and more.", "about_zh": "账本。", "service_phone": "+46 8 123 45 67",
    "service_email": "help@fernwerk.example", "contact_name": "Bruno", "contact_phone": "+46 70 123 45 67",
    "contact_email": "bruno@fernwerk.example",
}  # fmt: skip


def seller(person):
    return Seller.objects.get(account=person.account)


# ----- profile -----


@pytest.mark.req("S-ACC-001")
def test_the_live_profile_stays_until_the_change_is_approved(bruno, olga, site):
    row = changing.save(bruno.actor, kind="profile", values={**NEW, "website": site}, at=NOW)
    changing.submit(bruno.actor, kind="profile", at=NOW)
    submission = making.submission_of(row.public_id)
    assert (submission.kind, (submission.due_at - NOW).days) == ("profile", 3)
    assert seller(bruno).name == "Fernwerk"
    dossier = ports.kind_of("profile").dossier(olga.actor, submission)
    changed = {fact.key: fact.before for section in dossier.sections for fact in section.facts if fact.is_changed}
    assert changed["name"] == "Fernwerk"

    making.approve(olga, row.public_id)

    now = seller(bruno)
    assert (now.name, now.website, now.support_email) == ("Fernwerk Software", site, "help@fernwerk.example")
    assert (now.about_en, now.about_zh_hans) == ("Ledgers and more.", "账本。")
    assert selectors.profile_of(now).contact_email == "bruno@fernwerk.example"
    assert changes.change_of(bruno.actor, "profile") is None


@pytest.mark.req("S-ACC-001")
def test_a_returned_change_is_corrected_and_one_without_changes_is_refused(bruno, olga, site):
    with pytest.raises(NotAllowed, match="Nothing has changed"):
        changing.submit(bruno.actor, kind="profile", at=NOW)
    row = changing.save(bruno.actor, kind="profile", values={**NEW, "website": site}, at=NOW)
    changing.submit(bruno.actor, kind="profile", at=NOW)
    with pytest.raises(NotAllowed):
        changing.submit(bruno.actor, kind="profile", at=NOW)
    with pytest.raises(NotAllowed):
        changing.save(bruno.actor, kind="profile", values=NEW, at=NOW)
    making.give_back(olga, row.public_id)
    assert changes.change_of(bruno.actor, "profile").state == "returned"
    changing.save(bruno.actor, kind="profile", values={"about": "x" * 1001}, at=NOW)
    with pytest.raises(Invalid) as refusal:
        changing.submit(bruno.actor, kind="profile", at=NOW)
    assert list(refusal.value.fields) == ["about"]
    changing.save(bruno.actor, kind="profile", values={"about": "Short."}, at=NOW)
    changing.submit(bruno.actor, kind="profile", at=NOW)
    changing.withdraw(bruno.actor, kind="profile", at=NOW)
    with pytest.raises(NotAllowed):
        making.approve(olga, row.public_id)
    changing.discard(bruno.actor, kind="profile", at=NOW)
    assert Change.objects.count() == 0
    assert seller(bruno).name == "Fernwerk"


def test_strangers_and_users_without_the_right_change_nothing(bruno, ada, site):
    pia = bruno.colleague("Pia", "SellerPublisher")
    for person, refusal in ((ada, selectors.NotASeller), (pia, PermissionMissing)):
        with pytest.raises(refusal):
            changing.save(person.actor, kind="profile", values=NEW, at=NOW)
        with pytest.raises(refusal):
            changing.set_tickets(person.actor, accepts=False, hours="", at=NOW)
    with pytest.raises(NotFound):
        changing.save(bruno.actor, kind="gossip", values=NEW, at=NOW)


@pytest.mark.req("S-ACC-001", "S-TCK-001")
def test_hours_of_customer_service_hold_at_once(bruno):
    changing.set_support(
        bruno.actor, hours="Mon-Fri 08:00-18:00 (CET)", languages="English", answers_in="1 day", at=NOW
    )

    assert (seller(bruno).support_hours, seller(bruno).answers_in) == ("Mon-Fri 08:00-18:00 (CET)", "1 day")
    assert Submission.objects.count() == 0
    with pytest.raises(Invalid) as refusal:
        changing.set_support(bruno.actor, hours="sometimes", languages="", answers_in="", at=NOW)
    assert list(refusal.value.fields) == ["service_hours"]


# ----- the name -----


@pytest.fixture
def renamed(bruno, olga, party, agreements):
    """A change of name with its papers."""
    Seller.objects.update(registration_number="556677-8899")
    making.certify(bruno)
    changing.attach(bruno.actor, kind="name", field="licence", upload=making.pdf(), at=NOW)
    changing.attach(bruno.actor, kind="name", field="proof", upload=making.pdf("proof.pdf"), at=NOW)
    return changing.save(
        bruno.actor, kind="name", values={"new_name": "Farnwerk AB", "registration_number": "556677-8899"}, at=NOW
    )


@pytest.mark.req("S-ACC-002")
def test_after_a_change_of_name_everything_is_signed_and_certified_anew(bruno, olga, renamed):
    changing.submit(bruno.actor, kind="name", at=NOW)
    assert selectors.is_certified(bruno.seller.pk)

    making.approve(olga, renamed.public_id)

    account = Account.objects.get(pk=bruno.account.pk)
    assert (seller(bruno).legal_name, account.name, account.verified_name) == ("Farnwerk AB",) * 3
    row = Certification.objects.get()
    assert (row.state, row.reason) == ("unsigned", "The company has a new name.")
    assert selectors.is_certified(bruno.seller.pk) is False
    certifying.sign(bruno.actor, party_id=row.party.public_id, accepted={"AGR_SELLER": "1"}, at=NOW)
    certifying.save(bruno.actor, party_id=row.party.public_id, values=making.BANK, at=NOW)
    with pytest.raises(Invalid) as refusal:  # the bank account is still in the old name
        certifying.submit(bruno.actor, party_id=row.party.public_id, at=NOW)
    assert list(refusal.value.fields) == ["account_name"]


@pytest.mark.req("S-ACC-003")
def test_another_legal_entity_cannot_take_over_the_seller(bruno, renamed):
    changing.save(bruno.actor, kind="name", values={"registration_number": "112233-4455"}, at=NOW)

    with pytest.raises(Invalid, match="correct") as refusal:
        changing.submit(bruno.actor, kind="name", at=NOW)

    assert "cannot become another legal entity" in refusal.value.fields["registration_number"]
    assert Submission.objects.count() == 0


@pytest.mark.req("S-ACC-002", "S-SUB-001")
def test_only_the_owner_changes_the_name_and_papers_are_needed(bruno):
    ben = bruno.colleague("Ben", "SellerAdmin")
    with pytest.raises(PermissionMissing, match="Only the owner"):
        changing.save(ben.actor, kind="name", values={"new_name": "Farnwerk AB"}, at=NOW)
    changing.save(bruno.actor, kind="name", values={"new_name": "Farnwerk AB", "registration_number": "1"}, at=NOW)
    with pytest.raises(Invalid) as refusal:
        changing.submit(bruno.actor, kind="name", at=NOW)
    assert set(refusal.value.fields) == {"licence", "proof"}


@pytest.mark.req("S-ACC-002")
def test_a_name_is_not_changed_while_a_certification_is_decided(bruno, olga, party, renamed):
    certifying.save(bruno.actor, party_id=party.public_id, values=making.BANK, at=NOW)
    certifying.submit(bruno.actor, party_id=party.public_id, at=NOW)
    changing.submit(bruno.actor, kind="name", at=NOW)

    with pytest.raises(NotAllowed, match="Decide on it first"):
        making.approve(olga, renamed.public_id)

    assert seller(bruno).legal_name == "Fernwerk AB"


# ----- the storefront -----


@pytest.mark.req("S-STO-001")
def test_a_storefront_shows_after_its_review(bruno, olga):
    changing.attach(bruno.actor, kind="storefront", field="media", upload=making.png(780, 440), at=NOW)
    for _each in range(5):
        changing.attach(bruno.actor, kind="storefront", field="certificates", upload=making.png(900, 700), at=NOW)
    row = changing.save(bruno.actor, kind="storefront", values={"story": "We began in a cellar."}, at=NOW)
    changing.submit(bruno.actor, kind="storefront", at=NOW)
    assert changes.decoration(bruno.seller.pk) == {}

    making.approve(olga, row.public_id)

    live = changes.decoration(bruno.seller.pk)
    assert (live["story"], len(live["certificates"])) == ("We began in a cellar.", 5)
    page = bruno.client.get("/sellers/fernwerk").content.decode()
    assert "We began in a cellar." in page
    assert f"/files/{live['media']}" in page


@pytest.mark.req("S-STO-001")
@pytest.mark.parametrize(
    ("field", "size", "words"),
    [
        ("media", (779, 440), "exactly 780 × 440"),
        ("certificates", (899, 600), "at least 900"),
        ("certificates", (1201, 600), "at most 1200"),
    ],
)
def test_pictures_of_other_sizes_are_refused(bruno, field, size, words):
    with pytest.raises(files.FileRefused, match=words):
        changing.attach(bruno.actor, kind="storefront", field=field, upload=making.png(*size), at=NOW)


@pytest.mark.req("S-STO-001")
def test_a_film_is_known_by_its_content_and_a_sixth_certificate_is_one_too_many(bruno):
    film = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\x00" * 200
    row = changing.attach(bruno.actor, kind="storefront", field="media", upload=files.Content("a.mp4", film), at=NOW)
    assert files.stored(row.data["media"]).media_type == "video/mp4"
    with pytest.raises(files.FileRefused):
        no_film = files.Content("b.mp4", b"no film at all, but long enough to look at")
        changing.attach(bruno.actor, kind="storefront", field="media", upload=no_film, at=NOW)
    for _each in range(5):
        changing.attach(bruno.actor, kind="storefront", field="certificates", upload=making.png(900, 700), at=NOW)
    with pytest.raises(Invalid, match="correct"):
        changing.attach(bruno.actor, kind="storefront", field="certificates", upload=making.png(900, 700), at=NOW)
    first = changes.change_of(bruno.actor, "storefront").data["certificates"][0]
    row = changing.detach(bruno.actor, kind="storefront", field="certificates", file_id=first, at=NOW)
    assert len(row.data["certificates"]) == 4
    assert hostile.EICAR  # scanners are asked by the store of files


# ----- tickets -----


@pytest.mark.req("S-TCK-T1", "S-TCK-001")
@pytest.mark.parametrize(
    "hours", ["Mon-Fri 09:00-16:59", "Mon-Thu 08:00-18:00", "Mon, Wed, Fri 08:00-20:00", "", "always", "Mon-Fri 25-33"]
)
def test_less_than_forty_hours_a_week_are_refused(bruno, hours):
    with pytest.raises(Invalid) as refusal:
        changing.set_tickets(bruno.actor, accepts=True, hours=hours, at=NOW)

    assert list(refusal.value.fields) == ["ticket_hours"]
    assert seller(bruno).accepts_tickets is False


@pytest.mark.req("S-TCK-T1")
@pytest.mark.parametrize(
    "hours",
    ["Mon-Fri 09:00-17:00 (CET)", "Mon–Fri 9–17", "24/7", "Mon-Wed 8:00-16:00; Thu-Fri 10-18", "周一至周五 09:00-18:00",
     "Fri-Tue 22:00-06:00"],
)  # fmt: skip
def test_forty_hours_on_five_days_are_enough_however_they_are_written(hours):
    assert rules.are_enough(rules.hours_by_day(hours))


@pytest.mark.req("S-TCK-T2", "S-TCK-001")
def test_switching_tickets_off_hides_the_entry_and_leaves_open_tickets(bruno, ada):
    from galleria.supporting import services as supporting

    product = Shop(bruno).product("Desk", monthly="9.00")
    told = events.SellerChanged(bruno.seller.public_id)
    changing.set_tickets(bruno.actor, accepts=True, hours="Mon-Fri 09:00-17:00", at=NOW)
    catalogue.on_seller_changed(told)
    page = ada.client.get(f"/products/{product.slug}").content.decode()
    assert "Submit a ticket" in page and "Mon-Fri 09:00-17:00" in page
    ticket = supporting.open_ticket(ada.actor, category="seller", subject="Help", text="Please.", at=NOW)

    changing.set_tickets(bruno.actor, accepts=False, hours="", at=NOW)
    catalogue.on_seller_changed(told)  # the job that the change queued, at once

    assert "Submit a ticket" not in ada.client.get(f"/products/{product.slug}").content.decode()
    assert ProductPage.objects.get(product=product).detail["seller"]["accepts_tickets"] is False
    ticket.refresh_from_db()
    assert ticket.state == "open"


@pytest.mark.req("S-TCK-T2")
def test_the_work_that_changes_product_pages_is_queued_with_the_change(bruno):
    from galleria.kit.models import Job

    changing.set_tickets(bruno.actor, accepts=True, hours="24/7", at=NOW)

    job = Job.objects.get(task__startswith="SellerChanged")
    assert job.run_at <= NOW + timedelta(minutes=1)


@pytest.mark.req("S-ACC-004", "S-ACC-005")
def test_the_company_page_shows_level_certifications_and_where_the_key_is(bruno, party):
    page = bruno.client.get("/seller/profile").content.decode()

    assert "Certified seller" in page and party.name in page
    assert "••••••••" in page and "/seller/interface" in page and "/account/agreements" in page
