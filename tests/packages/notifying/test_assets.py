# ruff: noqa: F811  fixtures have the names of what they give
"""Sellers hear of scans that ended without a person."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.kit import jobs
from galleria.notifying.models import Message
from galleria.notifying.rendering import rendered
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from tests.packages.assets.conftest import package, scanned  # noqa: F401  fixtures
from tests.packages.kit import hostile
from tests.people import Person


@pytest.fixture(autouse=True)
def _no_virus_scanner(settings: Any) -> None:
    settings.GALLERIA_CLAMAV = "off"


def told(person: Person) -> list[str]:
    return list(Message.objects.filter(user=person.user).order_by("pk").values_list("key", flat=True))


@pytest.mark.req("S-AST-001")
def test_a_rejected_scan_is_told_with_its_reason_to_those_who_look_after_assets(
    bruno: Person,
    package: Any,
    scanned: Any,
) -> None:
    version = scanned(package(hostile.zipped({"../up": b"x"})))
    reader = bruno.colleague("Ben", "BuyerReadOnly")
    jobs.run_due(with_crons=False)

    assert (told(bruno), told(reader)) == (["asset.rejected"], [])
    message = rendered(Message.objects.get())
    assert message.subject == "Backup V1.0 did not pass its scan"
    assert "A name leads out of the folder" in message.text
    assert Message.objects.get().link == f"/seller/assets/{version.asset.public_id}/versions/{version.public_id}"


@pytest.mark.req("S-AST-001", "S-AST-005")
def test_a_result_by_hand_is_told_once_as_a_review(
    bruno: Person,
    olga: Person,
    package: Any,
    scanned: Any,
    at: Any,
) -> None:
    version = scanned(package())
    reviewing.approve(olga.actor, submission_id=Submission.objects.get().public_id, at=at)
    jobs.run_due(with_crons=False)

    assert told(bruno) == ["review.approved"]
    assert Message.objects.get(user=bruno.user).link.endswith(version.public_id)
