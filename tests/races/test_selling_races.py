"""Two people at the same moment: reviewer and applicant, two buttons, two accounts of one company."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from galleria.kit.errors import Refused
from galleria.parties.models import Seller
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling.models import Application, TestCoupon
from galleria.selling.selectors import coupons
from galleria.selling.services import applying, couponing
from tests.packages.selling import making
from tests.packages.selling.conftest import site
from tests.people import NOW
from tests.races.together import at_once

__all__ = ["site"]


@pytest.fixture
def nora(transactional_db: None, at: Any) -> Any:
    return making.make_company()


def outcomes(results: list[Any]) -> Counter[str]:
    """How many were done, how many refused; anything else is a fault."""
    assert all(isinstance(each, Refused) for each in results if isinstance(each, Exception)), results
    return Counter("refused" if isinstance(each, Exception) else "done" for each in results)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S-REG-003")
def test_of_a_withdrawal_and_an_approval_exactly_one_happens(nora, olga, site):
    row = making.applied(nora, site)
    submission = making.submission_of(row.public_id).public_id
    seller, reviewer = nora.actor, olga.actor

    results = at_once([
        lambda: applying.withdraw(seller, at=NOW),
        lambda: reviewing.approve(reviewer, submission_id=submission, at=NOW),
    ])  # fmt: skip

    assert outcomes(results) == {"done": 1, "refused": 1}
    state = Application.objects.get().state
    assert (state, Seller.objects.count()) in {("draft", 0), ("approved", 1)}


@pytest.mark.django_db(transaction=True)
def test_pressing_submit_in_two_windows_makes_one_submission(nora, site):
    making.filled(nora, site)
    ticked, actor = making.ticked(), nora.actor

    results = at_once([lambda: applying.submit(actor, accepted=ticked, at=NOW)] * 3)

    assert outcomes(results) == {"done": 1, "refused": 2}
    assert Submission.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S-TCP-T2")
def test_two_requests_at_once_do_not_exceed_the_year(bruno):
    actor = bruno.actor
    for _each in range(3):
        couponing.request(actor, scheme="Test", amount="2500.00", document=making.pdf(), at=NOW)

    results = at_once([
        lambda: couponing.request(actor, scheme="Test", amount="1500.00", document=making.pdf(), at=NOW)
        for _each in range(3)
    ])  # fmt: skip

    assert outcomes(results) == {"done": 1, "refused": 2}
    assert TestCoupon.objects.count() == 4
    assert coupons.left_this_year(bruno.seller.pk, NOW).minor == 100_000
