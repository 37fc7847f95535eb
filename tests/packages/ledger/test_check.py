"""The nightly check finds what was changed behind the ledger's back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from galleria.kit import clock
from galleria.kit import jobs as queue
from galleria.kit.money import Money
from galleria.ledger import jobs, selectors, services
from galleria.ledger.models import LedgerAccount, LedgerCheck, LedgerTransaction, PendingAmount, Posting
from galleria.ledger.services import post

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def booked() -> Iterator[None]:
    clock.set_for_tests(AT)
    for n, amount in enumerate((10_000, 2_500)):
        post(
            reference=f"t{n}",
            kind="top_up",
            at=AT,
            postings=[services.Posting("bank", f"buyer_cash:acc_{n}", Money(amount, "USD"))],
        )
    yield
    clock.set_for_tests(None)


def test_a_good_ledger_is_recorded_as_good() -> None:
    result = services.check()
    assert (result.is_balanced, result.problems, result.transactions, result.postings) == (True, [], 2, 2)
    assert selectors.last_check() == result


def corrupt_balance() -> None:
    LedgerAccount.objects.filter(code="buyer_cash:acc_0").update(balance_minor=F("balance_minor") + 1)


def corrupt_amount() -> None:
    Posting.objects.filter(amount_minor=2_500).update(amount_minor=2_600)


def lose_a_posting() -> None:
    Posting.objects.filter(amount_minor=2_500).delete()


def lose_a_pending_amount() -> None:
    PendingAmount.objects.filter(amount_minor=-2_500).delete()


def overdraw() -> None:
    LedgerAccount.objects.filter(code="buyer_cash:acc_1").update(balance_minor=-1)


def change_the_kind() -> None:
    LedgerTransaction.objects.filter(reference="t1").update(kind="gift")


def mix_currencies() -> None:
    Posting.objects.filter(amount_minor=2_500).update(currency="EUR")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (corrupt_balance, ["USD sums to 0.01 USD, not to zero", "holds 100.01 USD but its postings make 100.00 USD"]),
        (corrupt_amount, ["postings make 26.00 USD", "was changed after it was booked"]),
        (lose_a_posting, ["has no postings", "postings make 0.00 USD"]),
        (lose_a_pending_amount, ["bank holds -100.00 USD but its postings make -125.00 USD", "USD sums to 25.00 USD"]),
        (overdraw, ["buyer_cash:acc_1 is overdrawn: -0.01 USD"]),
        (change_the_kind, ["was changed after it was booked"]),
        (mix_currencies, ["mixes currencies", "was changed after it was booked"]),
    ],
)
def test_damage_is_found_and_named(damage: Callable[[], None], words: list[str]) -> None:
    damage()
    result = services.check()
    assert not result.is_balanced
    for each in words:
        assert any(each in problem for problem in result.problems), (each, result.problems)


def test_the_check_runs_every_night_by_itself_and_old_results_go() -> None:
    LedgerCheck.objects.create(at=AT - timedelta(days=401), is_balanced=True, transactions=0, postings=0, duration_ms=1)
    queue.run_due(AT + timedelta(days=3))
    assert LedgerCheck.objects.count() == 4
    assert selectors.last_check().is_balanced  # type: ignore[union-attr]
    night = selectors.last_check().at.astimezone(clock.billing_zone())  # type: ignore[union-attr]
    assert (night.hour, night.minute) == (2, 30)
    assert not LedgerCheck.objects.filter(at__lt=AT - timedelta(days=400)).exists()
    jobs.add_up_busy_accounts()
    assert services.check().is_balanced


def test_the_table_of_moves_of_requests_to_undo_is_sound() -> None:
    from galleria.ledger.states import REVERSAL

    assert REVERSAL.problems(known=["waiting", "approved", "rejected"]) == []
