"""Named locks (races/ has the ones with two callers)."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from galleria.kit import locks
from galleria.kit.models import NamedLock


@pytest.mark.django_db(transaction=True)
def test_locks_are_held_inside_a_transaction_only() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        locks.hold("account:acc_1")


@pytest.mark.django_db
def test_locks_can_be_held_again_and_read_as_a_block() -> None:
    with transaction.atomic():
        locks.hold("b", "a", "a")
        with locks.hold("a"):
            pass
        locks.hold()
    expected = ["a", "b"] if connection.vendor == "postgresql" else []
    assert sorted(NamedLock.objects.values_list("name", flat=True)) == expected
