"""A submission decided and withdrawn at the same moment: one wins, and only its effect happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from galleria.reviewing import ports, services
from galleria.reviewing.models import Submission
from tests.packages.reviewing.conftest import Signs, kind
from tests.people import NOW
from tests.races.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signs() -> Iterator[Signs]:
    made = Signs()
    ports.register(kind(made))
    yield made
    ports.KINDS.pop("sign")


def _acts(bruno: Any, olga: Any, row: Any) -> list[Callable[[], Any]]:
    boss, owner = olga.actor, bruno.actor
    return [
        lambda: services.approve(boss, submission_id=row.public_id, at=NOW),
        lambda: services.withdraw(owner, kind="sign", subject=row.subject, at=NOW),
        lambda: services.give_back(boss, submission_id=row.public_id, note="Too red.", at=NOW),
        lambda: services.approve(boss, submission_id=row.public_id, at=NOW),
    ]


@pytest.mark.req("S-APP-001", "S-DEC-010")
def test_of_deciding_and_withdrawing_at_once_one_wins(bruno: Any, olga: Any, signs: Signs) -> None:
    for number in range(5):
        row = signs.submit(bruno, f"sign_{number}")
        signs.effects.clear()

        results = at_once(_acts(bruno, olga, row))

        assert sum(isinstance(each, Submission) for each in results) == 1, results
        row.refresh_from_db()
        ended = {"approved": "approve", "returned": "return", "withdrawn": "withdraw"}[row.state]
        assert [verb for verb, _subject, _who in signs.effects] == [ended]


@pytest.mark.req("S-PRD-T2")
def test_one_subject_submitted_by_several_at_once_waits_once(bruno: Any, signs: Signs) -> None:
    actor = bruno.actor
    results = at_once(
        [lambda: services.submit(actor, kind="sign", subject="s", title="Fish", at=NOW) for _each in range(4)]
    )
    assert sum(isinstance(each, Submission) for each in results) == 1, results
    assert all(isinstance(each, Submission | services.AlreadyInReview) for each in results), results


def test_two_first_approvals_at_once_are_a_first_and_a_second(bruno: Any, olga: Any, signs: Signs) -> None:
    carl = olga.colleague("Carl", "OperatorCatalogue")
    row = signs.submit(bruno, second_eye=True)
    people = (olga.actor, carl.actor)
    at_once([lambda who=who: services.approve(who, submission_id=row.public_id, at=NOW) for who in people])
    row.refresh_from_db()
    assert row.state == "approved"
    assert {row.first_approval_by_id, row.decided_by_id} == {olga.user.pk, carl.user.pk}
    assert len(signs.effects) == 1
