"""From submission to the shelf: review, remarks, withdrawal, approval by rule, two who decide at once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from galleria.buying.models import Order
from galleria.connecting import services as connecting
from galleria.kit import clock, parameters
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import NotAllowed
from galleria.publishing import documents
from galleria.publishing import selectors as catalogue
from galleria.publishing.models import Product
from galleria.publishing.rules import Wishes
from galleria.releasing import dossiers, selectors, services
from galleria.releasing.models import Release, ReleasedDocument, Revision
from galleria.reviewing import rules as review_rules
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling.models import Sanction, Violation
from tests.packages.releasing.making import Maker
from tests.people import NOW, Person
from tests.shop import Shop


def change(maker: Maker, product: Product, **changes: Any) -> Release:
    """A saved draft that changes the live product."""
    actor = maker.seller.actor
    release = services.start_release(actor, product_id=product.public_id, source="product", at=NOW)
    document = {**release.document, **changes}
    return services.save(actor, release_id=release.public_id, document=document, version=release.version, at=NOW)


def approve(olga: Person, release: Release) -> Submission:
    submission = Submission.objects.get(kind="release", subject=release.public_id, state="pending")
    return reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)


def submit(maker: Maker, release: Release) -> Release:
    return services.submit_release(maker.seller.actor, release_id=release.public_id, at=NOW)


@pytest.mark.req("S-APP-T1", "S-APP-001", "S-APP-002", "S-PRD-001", "S-PRD-002")
def test_an_approved_product_is_on_the_shelf_and_in_search_at_once(maker: Maker, olga: Person, ada: Person) -> None:
    product = maker.released(maker.licence(), olga)

    assert (product.state, product.slug, product.document_version) == ("on_sale", "nightly-backup", 1)
    found = catalogue.results(ada.actor, Wishes(text="nightly"))
    assert [card["slug"] for card in found.cards] == ["nightly-backup"]
    view = catalogue.product_view(ada.actor, "nightly-backup")
    assert view.can_order
    assert view.card["logo"] == "" or view.card["logo"].startswith("logos/")
    assert "certificate" not in str(view.detail)


@pytest.mark.req("S-APP-001")
def test_what_has_errors_is_not_submitted_and_stays_a_draft(maker: Maker, bruno: Person, at: datetime) -> None:
    release = maker.draft(maker.licence(version="v0.1", logo_file="fil_gone"))

    with pytest.raises(services.ReleaseRefused) as refused:
        services.submit_release(bruno.actor, release_id=release.public_id, at=at)

    assert set(refused.value.fields) == {"version", "logo_file"}
    assert Release.objects.get(pk=release.pk).state == "draft"
    assert not Submission.objects.exists()


@pytest.mark.req("S-APP-001")
def test_a_seller_under_a_release_ban_submits_nothing(maker: Maker, bruno: Person, at: datetime) -> None:
    release = maker.draft(maker.licence())
    violation = Violation.objects.create(
        seller=bruno.seller, conduct="other", points=12, appeal_until=at + timedelta(days=10), decided_at=at
    )
    Sanction.objects.create(
        violation=violation, seller=bruno.seller, kind="release_ban", starts_at=at, until=at + timedelta(days=30)
    )

    with pytest.raises(services.ReleaseRefused) as refused:
        services.submit_release(bruno.actor, release_id=release.public_id, at=at)

    assert "release" in refused.value.fields


@pytest.mark.req("S-APP-T3", "S-APP-001")
def test_a_rejected_release_keeps_the_reasons_by_field_and_goes_on_from_there(
    maker: Maker, bruno: Person, olga: Person, at: datetime
) -> None:
    release = submit(maker, maker.draft(maker.licence()))
    submission = Submission.objects.get(subject=release.public_id)
    for field, text in (("summary", "Say for whom."), ("specifications.0.prices", "Too dear?")):
        reviewing.remark(olga.actor, submission_id=submission.public_id, field=field, text=text, at=at)
    reviewing.give_back(olga.actor, submission_id=submission.public_id, note="Please correct.", at=at)

    back = selectors.release_of(bruno.actor, release.public_id)
    assert back.state == "rejected"
    assert {path: [r.text for r in said] for path, said in selectors.remarks_of(back).items()} == {
        "summary": ["Say for whom."],
        "specifications.0.prices": ["Too dear?"],
    }
    assert back.document["summary"] == maker.licence()["summary"]

    document = {**back.document, "summary": "Backs up the servers of small companies every night."}
    services.save(bruno.actor, release_id=back.public_id, document=document, version=back.version, at=at)
    approve(olga, submit(maker, back))
    assert [(row.round, row.document["summary"]) for row in Revision.objects.filter(release=back)] == [
        (1, maker.licence()["summary"]),
        (2, "Backs up the servers of small companies every night."),
    ]
    assert [row.round for row in selectors.rounds_of(back)] == [2, 1]


@pytest.mark.req("S-PRD-T1", "S-APP-001", "S-DEC-010")
@pytest.mark.parametrize("method", ["licence", "professional", "consulting", "image"])
def test_a_pending_release_of_any_method_is_withdrawn_and_is_a_draft_again(
    maker: Maker, bruno: Person, at: datetime, method: str
) -> None:
    release = submit(maker, maker.draft(getattr(maker, method)()))

    withdrawn = services.withdraw_release(bruno.actor, release_id=release.public_id, at=at)

    assert withdrawn.state == "draft"
    assert Submission.objects.get().state == "withdrawn"
    with pytest.raises(NotAllowed):
        services.withdraw_release(bruno.actor, release_id=release.public_id, at=at)


@pytest.mark.req("S-PRD-T2")
def test_of_one_product_one_release_waits_and_it_is_named(maker: Maker, olga: Person, at: datetime) -> None:
    product = maker.released(maker.licence(), olga)
    first = submit(maker, change(maker, product, summary="Backs up servers, quietly."))
    again = Release.objects.create(
        seller=first.seller, product=product, kind="change", delivery="license", document=first.document,
        created_at=at, changed_at=at,
    )  # fmt: skip

    with pytest.raises(services.AlreadyPending) as refused:
        submit(maker, again)

    assert refused.value.extra["release"] == first.public_id
    assert first.public_id in refused.value.message


@pytest.mark.req("S-APP-T2", "S-APP-002")
def test_the_tenth_of_a_day_may_take_longer_and_is_late_after_twice_the_time(maker: Maker, at: datetime) -> None:
    releases = [submit(maker, maker.draft(maker.licence(slug=f"n{n}"))) for n in range(10)]

    rows = {row.subject: row for row in Submission.objects.all()}
    assert [rows[each.public_id].takes_longer for each in releases] == [False] * 9 + [True]
    last = rows[releases[-1].public_id]
    span = last.due_at - last.submitted_at
    assert not review_rules.is_overdue(
        last.due_at + timedelta(minutes=1), last.submitted_at, last.due_at, takes_longer=True
    )
    assert review_rules.is_overdue(
        last.submitted_at + 2 * span + timedelta(minutes=1), last.submitted_at, last.due_at, takes_longer=True
    )


@pytest.mark.req("S-DEC-008", "S-APP-002")
def test_a_decision_is_promised_within_three_working_days(maker: Maker, at: datetime) -> None:
    submission = maker.submitted(maker.licence())

    assert submission.due_at == datetime.fromisoformat("2027-03-04T09:00:00+00:00")  # Monday to Thursday


# ----- what a change does -----


@pytest.mark.req("S-PRD-T3", "S-PRD-T4", "S-PRD-004")
def test_a_new_price_holds_after_approval_and_placed_orders_keep_theirs(
    maker: Maker, olga: Person, ada: Person, shop: Shop
) -> None:
    product = maker.released(maker.licence(), olga)
    shop.agreement("AGR_PARTNER_USER", "platform", "Terms")
    shop.fund(ada, "2000.00")
    order = shop.order(ada, product, mode="one_time")
    specifications = [{**documents.document_of(product)["specifications"][0],
                       "prices": [{"mode": "one_time", "price": "550.00 EUR"}]}]  # fmt: skip
    release = submit(maker, change(maker, product, specifications=specifications))

    # during the review everybody still sees and pays the old price
    assert catalogue.product_view(ada.actor, product.slug).card["price"]["e10"] == 500 * 10**10
    assert shop.order(ada, product, mode="one_time").due_minor == 50_000
    approve(olga, release)
    assert catalogue.product_view(ada.actor, product.slug).card["price"]["e10"] == 550 * 10**10
    assert shop.order(ada, product, mode="one_time").due_minor == 55_000

    assert Order.objects.get(pk=order.pk).due_minor == 50_000


@pytest.mark.req("S-PRD-004")
def test_each_approval_keeps_its_document_for_ever(maker: Maker, olga: Person) -> None:
    product = maker.released(maker.licence(), olga)
    approve(olga, submit(maker, change(maker, product, summary="Backs up servers, quietly.", version="V1.1")))

    kept = ReleasedDocument.objects.filter(product=product)
    assert [(row.number, row.document["summary"][:12], row.document["version"]) for row in kept] == [
        (1, "Backs up ser", "V1.0"),
        (2, "Backs up ser", "V1.1"),
    ]
    assert [row["version"] for row in kept[1].document["versions"]] == ["V1.1", "V1.0"]
    assert Product.objects.get(pk=product.pk).document_version == 2


@pytest.mark.req("S-PRD-004", "S-PRD-005")
def test_what_was_changed_at_once_meanwhile_is_not_taken_back(maker: Maker, bruno: Person, olga: Person) -> None:
    product = maker.released(maker.licence(), olga)
    release = change(maker, product, summary="Backs up servers, quietly.")
    services.hide_product(bruno.actor, product_id=product.public_id, at=NOW)
    services.configure_sales(bruno.actor, product_id=product.public_id, purchase_limit={"once": True}, at=NOW)

    approve(olga, submit(maker, release))

    product = Product.objects.get(pk=product.pk)
    assert (product.state, product.purchase_limit["once"]) == ("hidden", True)
    assert product.summary == "Backs up servers, quietly."


@pytest.mark.req("S-PRD-T5")
def test_leaving_a_released_specification_out_is_refused_with_a_hint(maker: Maker, olga: Person, at: datetime) -> None:
    product = maker.released(maker.licence(), olga)
    other = {"key": "other", "name": "Other", "prices": [{"mode": "one_time", "price": "9.00 EUR"}]}

    with pytest.raises(services.ReleaseRefused) as refused:
        submit(maker, change(maker, product, specifications=[other]))

    assert "ask for its removal" in refused.value.fields["specifications"]


def test_a_suspended_product_can_be_changed_and_stays_suspended(maker: Maker, olga: Person) -> None:
    from galleria.publishing import services as publishing

    product = maker.released(maker.licence(), olga)
    publishing.suspend_product(olga.actor, product_id=product.public_id, reason="The guide is wrong.", at=NOW)

    approve(olga, submit(maker, change(maker, product, summary="Backs up servers, quietly.")))

    assert Product.objects.get(pk=product.pk).state == "suspended"


@pytest.mark.req("S-APP-001")
def test_an_approval_that_no_longer_holds_is_refused_and_nothing_is_released(
    maker: Maker, bruno: Person, olga: Person, at: datetime
) -> None:
    from galleria.kit.models import StoredFile

    release = submit(maker, maker.draft(maker.licence()))
    StoredFile.objects.filter(public_id=maker.guide).delete()

    with pytest.raises(services.ReleaseRefused):
        approve(olga, release)

    assert not Product.objects.exists()
    assert Release.objects.get(pk=release.pk).state == "pending"
    assert Submission.objects.get().state == "pending"


# ----- rules that approve, second eyes, risks -----


def test_a_change_of_texts_alone_needs_nobody_when_the_operator_says_so(
    maker: Maker, olga: Person, at: datetime
) -> None:
    product = maker.released(maker.licence(), olga)
    parameters.change(SYSTEM, "release.auto_approve_texts", True, at=at)

    texts = submit(maker, change(maker, product, summary="Backs up servers, quietly."))
    assert (texts.state, Submission.objects.get(subject=texts.public_id).rule) == ("approved", "texts")
    assert Product.objects.get(pk=product.pk).summary == "Backs up servers, quietly."

    named = submit(maker, change(maker, product, name="Nightly Backup Plus", copyright={
        **maker.licence()["copyright"], "software_name": "Nightly Backup Plus"}))  # fmt: skip
    assert named.state == "pending"


def test_a_first_product_needs_two_reviewers_when_the_operator_says_so(
    maker: Maker, olga: Person, at: datetime
) -> None:
    parameters.change(SYSTEM, "release.second_eye_first", True, at=at)
    submission = maker.submitted(maker.licence())
    assert submission.needs_second_eye
    assert "first product of this seller" in submission.risks

    reviewing.approve(olga.actor, submission_id=submission.public_id, at=at)
    assert not Product.objects.exists()
    with pytest.raises(NotAllowed):
        reviewing.approve(olga.actor, submission_id=submission.public_id, at=at)
    second = olga.colleague("Oskar", "OperatorCatalogue")
    reviewing.approve(second.actor, submission_id=submission.public_id, at=at)
    assert Product.objects.get().state == "on_sale"


def test_the_dossier_shows_every_field_beside_what_is_live(maker: Maker, olga: Person, ada: Person, shop: Shop) -> None:
    product = maker.released(maker.licence(), olga)
    specifications = [{**documents.document_of(product)["specifications"][0],
                       "prices": [{"mode": "one_time", "price": "550.00 EUR"}]}]  # fmt: skip
    release = submit(
        maker,
        change(maker, product, specifications=specifications, summary={"en": "Backs up, quietly.", "zh": "安静备份"}),
    )
    submission = Submission.objects.get(subject=release.public_id)

    found = dossiers.of_release(olga.actor, submission)
    changed = {fact.key: (fact.before, fact.value) for part in found.sections for fact in part.facts if fact.is_changed}

    assert changed == {
        "summary": (maker.licence()["summary"], "Backs up, quietly."),
        "summary.zh": ("", "安静备份"),
        "specifications.0.prices": (["Once: 500.00 EUR"], ["Once: 550.00 EUR"]),
    }
    assert "prices rise" in submission.risks
    assert {str(each) for each in found.effects} == {
        "Orders that were placed keep their amounts; renewals cost what is asked then.",
        "Prices rise: buyers pay more at their next renewal.",
    }
    assert ("As it is now", "/products/nightly-backup") in [(str(label), href) for label, href in found.links]
    assert found.history
    papers = {fact.key: fact.href for part in found.sections if part.key == "papers" for fact in part.facts}
    assert papers["copyright.certificate"] == f"/files/{maker.certificate}"


@pytest.mark.req("S-SKU-001")
def test_the_dossier_names_listings_that_are_like_it(maker: Maker, olga: Person) -> None:
    maker.released(maker.licence(), olga)
    submission = maker.submitted(maker.licence(slug="nightly-two"))

    found = dossiers.of_release(olga.actor, submission)

    assert [href for _label, href in found.similar] == ["/products/nightly-backup"]


# ----- interfaces -----


@pytest.fixture
def saas(maker: Maker, bruno: Person, server: Any, shop: Shop) -> dict[str, Any]:
    """A SaaS document whose address is Bruno's real server, with every case saved."""
    from galleria.connecting import probing
    from galleria.delivering import services as delivering
    from tests.shop import KEY

    delivering.set_interface_key(bruno.seller.pk, "base", KEY, active_from=NOW, at=NOW)
    maker.address.url = server.address()
    maker.address.save()
    instance = ""
    for name, variant in (("newInstance", ""), ("queryInstance", ""), ("refreshInstance", "RENEWAL"),
                          ("updateInstanceStatus", "FREEZE"), ("updateInstanceStatus", "UNFREEZE"),
                          ("releaseInstance", "")):  # fmt: skip
        activity = probing.as_activity(name)
        assert activity is not None
        values = probing.presets(activity, at=NOW, instance_id=instance, variant=variant)
        done = connecting.debug(
            bruno.actor, address_id=maker.address.public_id, activity=name, values=values, save=True, at=NOW
        )
        instance = done.tried.instance_id or instance
    return maker.saas()


@pytest.mark.req("S-SAS-T1", "S-SAS-003", "S-APP-001")
def test_saved_cases_are_repeated_at_submission_and_bind_the_product(
    maker: Maker, olga: Person, saas: dict[str, Any]
) -> None:
    submission = maker.submitted(saas)
    assert {
        "name": "Interface",
        "state": "ok",
        "text": "The saved cases were repeated, all passed",
    } in submission.results

    reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)

    assert Product.objects.get().interface.address == maker.address


@pytest.mark.req("S-SAS-003")
def test_an_interface_that_fails_its_cases_cannot_be_submitted(
    maker: Maker, bruno: Person, server: Any, saas: dict[str, Any], at: datetime
) -> None:
    release = maker.draft(saas)
    server.stop()

    with pytest.raises(services.CasesFailed) as refused:
        services.submit_release(bruno.actor, release_id=release.public_id, at=at)

    assert "newInstance" in refused.value.message
    assert Release.objects.get(pk=release.pk).state == "draft"


@pytest.mark.req("S-DMT-002", "S-SKU-T1")
def test_a_released_saas_product_is_bought_and_the_server_answers_with_its_address(
    maker: Maker, olga: Person, ada: Person, shop: Shop, saas: dict[str, Any]
) -> None:
    from galleria.buying.limits import QuantityOutOfRange
    from galleria.subscribing.models import AppInfo, Subscription

    product = maker.released(saas, olga)
    shop.agreement("AGR_PARTNER_USER", "platform", "Partner Product User Agreement")
    shop.fund(ada, "500.00")
    chosen = {"mode": "period:month", "term": 1, "attributes": {"edition": "plus", "users": "20"}}
    with pytest.raises(QuantityOutOfRange):
        shop.order(ada, product, **{**chosen, "attributes": {"edition": "plus", "users": "15"}})

    order = shop.buy(ada, product, **chosen)
    shop.work()

    assert order.due_minor == 4_000
    subscription = Subscription.objects.get(order_id=order.public_id)
    assert subscription.state == "effective"
    info = AppInfo.objects.get(subscription=subscription)
    assert info.front_end_url.startswith("http")
    assert info.user_name


# ----- two at once -----


@pytest.mark.django_db(transaction=True)
def test_when_a_reviewer_decides_while_the_seller_withdraws_one_wins(maker: Maker, bruno: Person, olga: Person) -> None:
    release = submit(maker, maker.draft(maker.licence()))
    submission = Submission.objects.get(subject=release.public_id)
    barrier, outcomes = threading.Barrier(2), []
    clock.set_for_tests(NOW)

    def act(name: str, work: Any) -> None:
        try:
            barrier.wait(timeout=10)
            work()
            outcomes.append(name)
        except NotAllowed:
            pass
        finally:
            connection.close()

    threads = [
        threading.Thread(target=act, args=("approved", lambda: reviewing.approve(
            olga.actor, submission_id=submission.public_id, at=NOW))),
        threading.Thread(target=act, args=("withdrawn", lambda: services.withdraw_release(
            bruno.actor, release_id=release.public_id, at=NOW))),
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(outcomes) == 1
    state = Release.objects.get(pk=release.pk).state
    assert state == ("approved" if outcomes == ["approved"] else "draft")
    assert Product.objects.exists() is (state == "approved")
