"""The kinds of submissions that the packages bring, on the reviewer's page and in the message to the applicant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import translation

from galleria.kit.actor import SYSTEM
from galleria.notifying.models import Message
from galleria.notifying.rendering import rendered
from galleria.reviewing import ports, selectors
from galleria.reviewing.models import Submission
from galleria.selling.services import couponing
from tests.packages.releasing.making import Maker
from tests.packages.selling import making
from tests.packages.selling.conftest import agreements, nora, party, site  # noqa: F401  (fixtures)
from tests.people import NOW
from tests.shop import Shop
from tests.web.reading import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons")]
KINDS = ("registration", "certification", "profile", "exit", "test_coupon", "asset", "release", "removal")


@pytest.fixture
def registration(nora: Any, agreements: Any, party: Any, site: str) -> Submission:  # noqa: F811
    making.applied(nora, site)
    return Submission.objects.get(kind="registration")


@pytest.fixture
def release(bruno: Any) -> Submission:
    return Maker(bruno).submitted(Maker(bruno).licence())


@pytest.fixture
def coupon(bruno: Any) -> Submission:
    Maker(bruno)
    couponing.request(bruno.actor, scheme="Load test", amount="100.00", document=making.pdf("request.pdf"), at=NOW)
    return Submission.objects.get(kind="test_coupon")


@pytest.fixture(params=["registration", "release", "coupon"])
def submission(request: Any) -> Iterator[Submission]:
    yield request.getfixturevalue(request.param)


@pytest.mark.req("S-APP-001", "S-GEN-002")
def test_every_kind_is_registered_with_what_a_reviewer_needs() -> None:
    assert set(KINDS) <= set(ports.KINDS)
    for name in KINDS:
        kind = ports.KINDS[name]
        assert kind.permission.startswith("operator:")
        assert kind.days.startswith("review.")
        assert selectors.reasons(name)


def test_its_page_shows_every_field_for_few_queries(submission: Submission, olga: Any) -> None:
    address = f"/operator/reviews/{submission.public_id}"
    page = read(olga.client.get(address))
    dossier = ports.kind_of(submission.kind).dossier(SYSTEM, submission)
    for section in dossier.sections:
        assert page.has(str(section.label)), section.key
        for fact in section.facts:
            assert page.has(str(fact.label)), fact.key
    for text in dossier.checklist:
        assert page.has(str(text))
    with CaptureQueriesContext(connection) as caught:
        olga.client.get(address)
    assert len(caught) <= 29


@pytest.mark.req("S-APP-002", "S-APP-T3", "S-NOT-001", "S-FAQ-003")
def test_a_remark_on_a_field_reaches_the_applicant_with_a_link_to_the_page(submission: Submission, olga: Any) -> None:
    dossier = ports.kind_of(submission.kind).dossier(SYSTEM, submission)
    fact = dossier.sections[0].facts[0]
    answer = olga.client.post(
        f"/operator/reviews/{submission.public_id}/decide", {"act": "return", f"text:{fact.key}": "Please look again."}
    )
    assert answer.status_code == 302
    Shop.work()
    message = Message.objects.get(user=submission.applicant, key="review.returned")
    assert f"{fact.label}: Please look again." in rendered(message).text
    resolve(message.link)
    with translation.override("zh-hans"):
        assert "Please look again." in rendered(message).text


@pytest.mark.req("S-GEN-003")
def test_an_approved_registration_makes_the_account_a_seller(registration: Submission, olga: Any, nora: Any) -> None:  # noqa: F811
    assert nora.client.get("/seller/products").status_code == 403
    olga.client.post(f"/operator/reviews/{registration.public_id}/decide", {"act": "approve"})
    nora.account.refresh_from_db()
    assert nora.client.get("/seller/products").status_code == 200
    assert nora.client.get("/buyer/").status_code == 200, "it still buys"


@pytest.mark.req("S-APP-T1")
def test_an_approved_release_is_found_at_once(release: Submission, olga: Any, visitor: Any) -> None:
    olga.client.post(f"/operator/reviews/{release.public_id}/decide", {"act": "approve"})
    assert read(visitor.get("/search?q=nightly")).has(release.title)
