"""Quantities with their units: right for one and for several, in languages with plurals and in those without."""

from __future__ import annotations

import pytest

from galleria.web import words


@pytest.mark.parametrize(
    ("count", "unit", "beside_its_name", "alone"),
    [
        (1, "person", "1 person", "1 person"),
        (3, "person", "3", "People: 3"),
        ("25", "mailbox", "25", "People: 25"),
        (3, "TB", "3 TB", "3 TB"),
        (3, "vCPU", "3 vCPU", "3 vCPU"),
        (3, "人", "3 人", "3 人"),
        (3, "", "3", "3"),
    ],
)
def test_a_quantity_never_has_a_singular_behind_a_number(
    count: int | str, unit: str, beside_its_name: str, alone: str
) -> None:
    assert words.quantity(count, unit) == beside_its_name
    assert words.quantity(count, unit, "People") == alone
