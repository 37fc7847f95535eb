"""The machines of releases, removals, notices, joint certificates and products have no dead ends."""

from __future__ import annotations

import pytest

from galleria.kit.states import Machine
from galleria.publishing.states import PRODUCT
from galleria.releasing.states import EDITABLE, JOINT, NOTICE, RELEASE, REMOVAL


@pytest.mark.req("S-APP-001", "S-PRD-001", "S-JOP-002")
@pytest.mark.parametrize(
    ("machine", "known"),
    [
        (PRODUCT, ("draft", "pending", "on_sale", "hidden", "suspended", "removed")),
        (RELEASE, ("draft", "pending", "approved", "rejected")),
        (REMOVAL, ("pending", "approved", "rejected", "withdrawn")),
        (NOTICE, ("open", "answered", "closed")),
        (JOINT, ("draft", "qualification", "technical", "commercial", "certified", "rejected", "expired", "revoked")),
    ],
)
def test_every_state_is_reached_and_left(machine: Machine, known: tuple[str, ...]) -> None:
    assert machine.problems(known) == []


@pytest.mark.req("S-APP-001")
def test_a_release_is_edited_as_a_draft_and_after_a_rejection_only() -> None:
    assert [state for state in RELEASE.states if RELEASE.can(state, "submit")] == list(EDITABLE)
    assert RELEASE.allowed("pending") == ["withdraw", "approve", "reject"]


@pytest.mark.req("S-PRD-T9", "S-PRD-001")
def test_a_removed_product_makes_no_move() -> None:
    assert PRODUCT.allowed("removed") == []
