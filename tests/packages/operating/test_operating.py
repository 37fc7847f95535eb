"""The operator's acts: permitted, done, written down; refused, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from galleria.audit import selectors as audit
from galleria.audit.models import AuditRecord
from galleria.kit import clock, jobs, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.kit.jobs import crons, registry
from galleria.kit.models import Job
from galleria.kit.money import Money
from galleria.ledger import selectors as ledger
from galleria.ledger.models import LedgerTransaction
from galleria.ledger.reversals import AlreadyAsked, SecondPersonNeeded
from galleria.ledger.services import AlreadyReversed, InsufficientBalance, Posting, post
from galleria.operating import selectors, services

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ALL = frozenset({"operator:work:manage", "operator:setting:manage", "operator:ledger:view", "operator:ledger:reverse"})
OLGA = Actor("usr_olga", "Olga", "acc_op", permissions=ALL, is_operator=True)
OSKAR = Actor("usr_oskar", "Oskar", "acc_op", permissions=ALL, is_operator=True)
XAVIER = Actor("usr_xav", "Xavier", "acc_xav")
ADA = "buyer_cash:acc_ada"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_world() -> Iterator[None]:
    clock.set_for_tests(AT)
    tables: list[dict[Any, Any]] = [registry.tasks, crons.crons]
    saved = [(table, dict(table)) for table in tables]
    for table in tables:
        table.clear()
    yield
    for table, content in saved:
        table.clear()
        table.update(content)
    clock.set_for_tests(None)


@pytest.fixture
def dead_job() -> str:
    @jobs.job("t.fail", max_attempts=1)
    def fail(amount: Money) -> None:
        raise ValueError("no")

    job_id = jobs.enqueue("t.fail", amount=Money(100, "USD"))
    jobs.run_due()
    return job_id


@pytest.fixture
def topped_up() -> LedgerTransaction:
    return post(reference="t1", kind="top_up", at=AT, postings=[Posting("bank", ADA, Money(10_000, "USD"))])


def written() -> list[str]:
    return [audit.sentence_of(row) for row in AuditRecord.objects.order_by("id")]


# ----- who may -----


@pytest.mark.req("B-PRM-004")
@pytest.mark.parametrize(
    "act",
    [
        lambda: services.retry_job(XAVIER, job_id="job_1", at=AT),
        lambda: services.retry_dead_jobs(XAVIER, task="t.fail", at=AT),
        lambda: services.discard_job(XAVIER, job_id="job_1", reason="not needed", at=AT),
        lambda: services.pause_schedule(XAVIER, name="t", reason="too often", at=AT),
        lambda: services.resume_schedule(XAVIER, name="t", at=AT),
        lambda: services.run_schedule_now(XAVIER, name="t", at=AT),
        lambda: services.change_setting(XAVIER, key="bill.run_day", value=5, reason="because", at=AT),
        lambda: services.check_ledger(XAVIER, at=AT),
        lambda: services.ask_for_reversal(XAVIER, transaction_id="ltx_1", reason="because", at=AT),
        lambda: services.approve_reversal(XAVIER, request_id="rev_1", at=AT),
        lambda: services.reject_reversal(XAVIER, request_id="rev_1", reason="because", at=AT),
        lambda: selectors.work(XAVIER),
        lambda: selectors.dead_jobs(XAVIER),
        lambda: selectors.jobs_about(XAVIER),
        lambda: selectors.operator_settings(XAVIER, at=AT),
        lambda: selectors.operator_setting(XAVIER, "bill.run_day", at=AT),
        lambda: selectors.settings_changed(XAVIER),
        lambda: selectors.setting_history(XAVIER, "bill.run_day"),
        lambda: selectors.books(XAVIER),
        lambda: selectors.ledger_accounts(XAVIER),
        lambda: selectors.ledger_entries(XAVIER, ADA, "USD"),
        lambda: selectors.ledger_transaction(XAVIER, "ltx_1"),
        lambda: selectors.ledger_transactions(XAVIER),
    ],
)
def test_a_stranger_may_nothing_of_this_and_leaves_no_trace(act: Callable[[], object]) -> None:
    with pytest.raises(PermissionMissing):
        act()
    assert written() == []


# ----- work -----


def test_a_dead_job_gets_a_fresh_start_on_record(dead_job: str) -> None:
    services.retry_job(OLGA, job_id=dead_job, at=AT)
    assert Job.objects.get().state == "ready"
    assert written() == ["Olga gave the job t.fail a fresh start"]
    with pytest.raises(NotFound):
        services.retry_job(OLGA, job_id="job_nobody", at=AT)
    assert len(written()) == 1


def test_all_dead_jobs_of_a_task_get_a_fresh_start(dead_job: str) -> None:
    assert services.retry_dead_jobs(OLGA, task="t.fail", at=AT) == 1
    assert written() == ["Olga gave all dead jobs of t.fail a fresh start"]


def test_a_dead_job_is_removed_with_a_reason_and_what_it_was_stays_on_record(dead_job: str) -> None:
    with pytest.raises(Invalid) as refusal:
        services.discard_job(OLGA, job_id=dead_job, reason=" no ", at=AT)
    assert list(refusal.value.fields) == ["reason"]
    services.discard_job(OLGA, job_id=dead_job, reason="done by hand", at=AT)
    assert not Job.objects.exists()
    record = AuditRecord.objects.get()
    assert audit.sentence_of(record) == "Olga removed the dead job t.fail: done by hand"
    assert record.before["args"] == {"amount": [100, "USD"]}
    assert record.before["error"].startswith("ValueError: no")
    with pytest.raises(NotFound):
        services.discard_job(OLGA, job_id=dead_job, reason="done by hand", at=AT)


def test_what_comes_by_the_clock_is_paused_resumed_and_run_by_hand() -> None:
    jobs.cron("0 3 * * *", "t.nightly")(lambda: None)
    services.pause_schedule(OLGA, name="t.nightly", reason="maintenance", at=AT)
    assert selectors.work(OLGA).schedules[0].is_paused
    services.run_schedule_now(OLGA, name="t.nightly", at=AT)
    services.resume_schedule(OLGA, name="t.nightly", at=AT)
    assert not selectors.work(OLGA).schedules[0].is_paused
    assert written() == [
        "Olga paused t.nightly: maintenance",
        "Olga ran t.nightly outside its times",
        "Olga resumed t.nightly",
    ]


def test_the_operator_sees_what_waits_what_died_and_what_it_is_about(dead_job: str) -> None:
    jobs.enqueue("t.fail", amount=Money(1, "USD"), run_at=AT + timedelta(hours=1))
    seen = selectors.work(OLGA)
    assert (seen.waiting.later, seen.waiting.dead, [row.public_id for row in seen.dead]) == (1, 1, [dead_job])
    assert [stat.task for stat in seen.stats] == ["t.fail"]
    assert seen.workers == []
    assert [row.public_id for row in selectors.dead_jobs(OLGA, task="t.fail")] == [dead_job]
    assert selectors.jobs_about(OLGA, order_id="GA1") == []


# ----- settings -----


@pytest.mark.req("B-GEN-002", "B-PRM-004")
def test_a_setting_changes_from_a_date_on_record_and_not_in_the_past() -> None:
    tomorrow = AT + timedelta(days=1)
    services.change_setting(OLGA, key="bill.run_day", value=5, reason="bank holiday", at=AT, holds_from=tomorrow)
    assert (parameters.get("bill.run_day"), parameters.get("bill.run_day", at=tomorrow)) == (3, 5)
    record = AuditRecord.objects.get()
    assert audit.sentence_of(record) == "Olga changed the setting bill.run_day: bank holiday"
    assert audit.changes_of(record) == [("from", None, tomorrow), ("value", 3, 5)]
    with pytest.raises(Invalid):
        services.change_setting(
            OLGA, key="bill.run_day", value=6, reason="too late", at=AT, holds_from=AT - timedelta(seconds=1)
        )
    with pytest.raises(Invalid):
        services.change_setting(OLGA, key="bill.run_day", value=99, reason="too much", at=AT)
    assert [row.value for row in selectors.setting_history(OLGA, "bill.run_day")] == [5]
    assert len(written()) == 1


@pytest.mark.req("B-GEN-002")
def test_every_setting_is_readable_with_the_value_in_force() -> None:
    services.change_setting(OLGA, key="bill.run_day", value=5, reason="bank holiday", at=AT)
    services.change_setting(OLGA, key="bill.run_day", value=7, reason="next year", at=AT, holds_from=AT + timedelta(9))
    services.change_setting(OLGA, key="expiry.grace_days", value=30, reason="long ones", at=AT, scope="saas")
    found = {each.parameter.key: each for each in selectors.operator_settings(OLGA, at=AT)}
    assert set(found) == set(parameters.parameters)
    day, unpaid, grace = (found[key] for key in ("bill.run_day", "order.unpaid_ttl_hours", "expiry.grace_days"))
    assert (day.value, day.change.version, day.coming.value, day.is_default) == (5, 1, 7, False)
    assert (unpaid.value, unpaid.change, unpaid.coming, unpaid.is_default) == (168, None, None, True)
    assert (grace.value, grace.scopes, grace.is_default) == (15, (("saas", 30),), False)
    assert selectors.operator_setting(OLGA, "bill.run_day", at=AT + timedelta(10)).value == 7
    assert [row.value for row in selectors.settings_changed(OLGA, limit=2)] == [30, 7]


@pytest.mark.req("B-GEN-002")
def test_a_planned_change_that_is_called_off_is_planned_no_more() -> None:
    later = AT + timedelta(days=3)
    services.change_setting(OLGA, key="bill.run_day", value=9, reason="new rhythm", at=AT, holds_from=later)
    services.change_setting(OLGA, key="bill.run_day", value=3, reason="as before", at=AT, holds_from=later)
    assert selectors.operator_setting(OLGA, "bill.run_day", at=AT).coming is None
    assert parameters.get("bill.run_day", at=later) == 3


# ----- the ledger -----


def test_undoing_needs_a_reason_and_a_second_person(topped_up: LedgerTransaction) -> None:
    with pytest.raises(Invalid):
        services.ask_for_reversal(OLGA, transaction_id=topped_up.public_id, reason="", at=AT)
    request = services.ask_for_reversal(OLGA, transaction_id=topped_up.public_id, reason="booked twice", at=AT)
    assert selectors.books(OLGA).reversals == [request]
    with pytest.raises(SecondPersonNeeded):
        services.approve_reversal(OLGA, request_id=request.public_id, at=AT)
    assert ledger.balance(ADA, "USD") == Money(10_000, "USD")
    services.approve_reversal(OSKAR, request_id=request.public_id, at=AT)
    assert ledger.balance(ADA, "USD").is_zero
    undone = selectors.ledger_transaction(OLGA, topped_up.public_id).reversed_by
    assert (undone.reason, undone.kind) == ("booked twice", "top_up.reversed")
    assert selectors.books(OLGA).reversals == []
    assert written() == ["Olga asked to undo t1: booked twice", "Oskar approved that t1 is undone"]
    with pytest.raises(NotAllowed):
        services.approve_reversal(OSKAR, request_id=request.public_id, at=AT)
    with pytest.raises(AlreadyReversed):
        services.ask_for_reversal(OLGA, transaction_id=topped_up.public_id, reason="again please", at=AT)


def test_one_request_waits_at_a_time_and_may_be_rejected_or_taken_back(topped_up: LedgerTransaction) -> None:
    first = services.ask_for_reversal(OLGA, transaction_id=topped_up.public_id, reason="booked twice", at=AT)
    with pytest.raises(AlreadyAsked):
        services.ask_for_reversal(OSKAR, transaction_id=topped_up.public_id, reason="booked twice", at=AT)
    services.reject_reversal(OLGA, request_id=first.public_id, reason="my mistake", at=AT)
    with pytest.raises(NotAllowed):
        services.approve_reversal(OSKAR, request_id=first.public_id, at=AT)
    services.ask_for_reversal(OSKAR, transaction_id=topped_up.public_id, reason="booked twice", at=AT)
    assert ledger.balance(ADA, "USD") == Money(10_000, "USD")
    with pytest.raises(NotFound):
        services.ask_for_reversal(OLGA, transaction_id="ltx_nobody", reason="booked twice", at=AT)
    with pytest.raises(NotFound):
        services.approve_reversal(OLGA, request_id="rev_nobody", at=AT)


def test_what_was_spent_cannot_be_undone_and_the_request_goes_on_waiting(topped_up: LedgerTransaction) -> None:
    post(reference="p", kind="payment", at=AT, postings=[Posting(ADA, "orders_paid", Money(1, "USD"))])
    request = services.ask_for_reversal(OLGA, transaction_id=topped_up.public_id, reason="charged back", at=AT)
    with pytest.raises(InsufficientBalance):
        services.approve_reversal(OSKAR, request_id=request.public_id, at=AT)
    request.refresh_from_db()
    assert (request.state, len(written())) == ("waiting", 1)


def test_the_books_show_totals_the_latest_check_and_every_account(topped_up: LedgerTransaction) -> None:
    result = services.check_ledger(OLGA, at=AT)
    books = selectors.books(OLGA)
    assert books.is_balanced
    assert books.last_check == result
    assert books.totals == {"USD": {"bank": Money(-10_000, "USD"), "buyer_cash": Money(10_000, "USD")}}
    assert [each.code for each in selectors.ledger_accounts(OLGA, kind="buyer_cash")] == [ADA]
    assert [each.code for each in selectors.ledger_accounts(OLGA, limit=1)] == ["bank"]
    assert [entry.amount for entry in selectors.ledger_entries(OLGA, ADA, "USD")] == [Money(10_000, "USD")]
    assert [row.reference for row in selectors.ledger_transactions(OLGA, party_id="acc_ada")] == ["t1"]
