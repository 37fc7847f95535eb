"""Jobs: queued with the transaction, run once, tried again, buried, dug up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from galleria.kit import clock, jobs
from galleria.kit.errors import NotFound
from galleria.kit.jobs import queue
from galleria.kit.jobs.crons import Line
from galleria.kit.jobs.running import run_claimed
from galleria.kit.models import CronSlot, Job, JobStat
from galleria.kit.money import Money
from tests.packages.kit.conftest import START

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen() -> list[object]:
    return []


def test_a_job_runs_once_with_its_arguments_and_leaves_no_row(seen: list[object]) -> None:
    @jobs.job("t.note")
    def note(amount: Money, at: datetime, words: list[str]) -> None:
        seen.append((amount, at, words, jobs.current().task, jobs.current().attempt))

    job_id = jobs.enqueue("t.note", amount=Money(100, "USD"), at=START, words=["a"])
    assert job_id.startswith("job_")
    ran = jobs.run_due()
    assert seen == [(Money(100, "USD"), START, ["a"], "t.note", 1)]
    assert ran.done == ["t.note"]
    assert not Job.objects.exists()
    assert jobs.run_due().count == 0
    with pytest.raises(LookupError):
        jobs.current()


def test_without_commit_there_is_no_job() -> None:
    jobs.job("t.note")(lambda: None)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.enqueue("t.note")
        raise ZeroDivisionError
    assert not Job.objects.exists()


def test_a_task_that_nobody_registered_and_data_that_is_not_plain_are_refused_at_once() -> None:
    with pytest.raises(jobs.UnknownJob, match=r"t\.nobody"):
        jobs.enqueue("t.nobody")
    jobs.job("t.note")(lambda thing: None)
    with pytest.raises(TypeError, match="pass its public id"):
        jobs.enqueue("t.note", thing=Job())


def test_two_functions_cannot_be_the_same_task() -> None:
    def one() -> None: ...
    def two() -> None: ...

    jobs.job("t.same")(one)
    jobs.job("t.same")(one)
    with pytest.raises(ValueError, match="two functions"):
        jobs.job("t.same")(two)


def test_jobs_run_in_the_order_they_are_due_and_bring_about_others(seen: list[object]) -> None:
    @jobs.job("t.first")
    def first(name: str) -> None:
        seen.append(name)
        if name == "late":
            jobs.enqueue("t.first", name="brought about")

    jobs.enqueue("t.first", name="late", run_at=START - timedelta(minutes=1))
    jobs.enqueue("t.first", name="early", run_at=START - timedelta(minutes=2))
    jobs.enqueue("t.first", name="tomorrow", run_at=START + timedelta(days=1))
    jobs.run_due()
    assert seen == ["early", "late", "brought about"]
    clock.advance(timedelta(days=1))
    jobs.run_due()
    assert seen[-1] == "tomorrow"


def test_of_the_same_dedupe_only_one_waits_and_a_new_one_may_come_after_it(seen: list[object]) -> None:
    @jobs.job("t.note")
    def note(n: int) -> None:
        seen.append(n)

    first = jobs.enqueue("t.note", dedupe="x", n=1)
    assert jobs.enqueue("t.note", dedupe="x", n=2) == first
    jobs.run_due()
    assert jobs.enqueue("t.note", dedupe="x", n=3) != first
    jobs.run_due()
    assert seen == [1, 3]


def test_a_failed_job_has_changed_nothing_and_is_tried_again_later_and_later() -> None:
    @jobs.job("t.fail", max_attempts=3)
    def fail() -> None:
        Job.objects.create(public_id="left behind", task="x", run_at=START + timedelta(days=9), created_at=START)
        raise ValueError("the seller is down")

    job_id = jobs.enqueue("t.fail")
    assert jobs.run_due().retried == ["t.fail"]
    row = Job.objects.get()
    assert (row.public_id, row.state, row.attempts) == (job_id, "ready", 1)
    assert row.run_at == START + timedelta(seconds=10)
    assert row.error.startswith("ValueError: the seller is down\n")
    assert 'raise ValueError("the seller is down")' in row.error
    jobs.run_due(START + timedelta(seconds=30))
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("dead", 3)
    assert row.dead_at == START + timedelta(seconds=30)


@pytest.mark.parametrize("attempts", [1, 2], ids=["dead", "tried again"])
def test_an_error_is_kept_whatever_characters_are_in_its_words(attempts: int) -> None:
    """A database refuses NUL and halves of characters: the job would hang, and nobody would read why."""

    @jobs.job("t.fail", max_attempts=attempts)
    def fail() -> None:
        raise ValueError("a\x00b \ud83d")

    jobs.enqueue("t.fail")
    jobs.run_due()

    row = Job.objects.get()
    assert (row.state, row.attempts) == ("dead" if attempts == 1 else "ready", 1)
    assert row.error.startswith("ValueError: a\ufffdb \ufffd\n")
    assert JobStat.objects.get(task="t.fail").last_error == "ValueError: a\ufffdb \ufffd"


def test_a_task_may_have_its_own_table_of_waits() -> None:
    @jobs.job("t.fail", max_attempts=4, backoff=(60, 3600))
    def fail() -> None:
        raise ValueError

    jobs.enqueue("t.fail")
    waits = []
    for _ in range(3):
        jobs.run_due()
        row = Job.objects.get()
        waits.append((row.run_at - clock.now()).total_seconds())
        clock.travel_to(row.run_at)
    assert waits == [60, 3600, 3600]


def test_what_follows_a_death_happens_with_it(seen: list[object]) -> None:
    @jobs.job("t.fail", max_attempts=1, on_dead=lambda error, n: seen.append((error.splitlines()[0], n)))
    def fail(n: int) -> None:
        raise ValueError("no")

    jobs.enqueue("t.fail", n=7)
    assert jobs.run_due().died == ["t.fail"]
    assert seen == [("ValueError: no", 7)]


def test_a_death_stays_marked_even_if_what_should_follow_fails_too() -> None:
    def broken(error: str) -> None:
        raise KeyError("on_dead")

    @jobs.job("t.fail", max_attempts=1, on_dead=broken)
    def fail() -> None:
        raise ValueError("no")

    jobs.enqueue("t.fail")
    jobs.run_due()
    row = jobs.dead().get()
    assert "ValueError: no" in row.error
    assert "KeyError: 'on_dead'" in row.error


def test_a_job_may_choose_when_to_come_back_give_up_or_wait_without_losing_an_attempt() -> None:
    @jobs.job("t.pick", max_attempts=2)
    def pick(what: str) -> None:
        if what == "at":
            raise jobs.RetryLater("later", at=START + timedelta(hours=1))
        if what == "poll":
            raise jobs.RetryLater("not there yet", delay=timedelta(seconds=5), counts=False)
        raise jobs.GiveUp("useless")

    ids = {what: jobs.enqueue("t.pick", what=what) for what in ("at", "poll", "never")}
    jobs.run_due(START + timedelta(seconds=60))
    rows = {what: Job.objects.get(public_id=job_id) for what, job_id in ids.items()}
    assert (rows["at"].run_at, rows["at"].attempts) == (START + timedelta(hours=1), 1)
    assert (rows["poll"].state, rows["poll"].attempts) == ("ready", 0)
    assert (rows["never"].state, rows["never"].attempts) == ("dead", 1)
    stat = JobStat.objects.get(task="t.pick")
    assert (stat.runs, stat.failures) == (15, 2)


def test_the_operator_sees_the_dead_and_gives_them_a_fresh_start(seen: list[object]) -> None:
    healthy: list[bool] = []

    @jobs.job("t.fail", max_attempts=1)
    def fail(n: int) -> None:
        if not healthy:
            raise ValueError("no")
        seen.append(n)

    ids = [jobs.enqueue("t.fail", n=n) for n in range(3)]
    jobs.run_due()
    assert jobs.waiting_summary().dead == 3
    assert {row.public_id for row in jobs.dead("t.fail")} == set(ids)
    healthy.append(True)
    assert jobs.retry(ids[0]).state == "ready"
    jobs.run_due()
    jobs.discard(ids[1])
    assert jobs.retry_all("t.fail") == 1
    jobs.run_due()
    assert seen == [0, 2]
    assert not Job.objects.exists()
    for action in (jobs.retry, jobs.discard):
        with pytest.raises(NotFound):
            action("job_nobody")


def test_the_summary_counts_what_waits_and_how_late_it_is() -> None:
    jobs.job("t.note")(lambda n: None)
    jobs.enqueue("t.note", n=1, run_at=START - timedelta(minutes=3))
    jobs.enqueue("t.note", n=2)
    jobs.enqueue("t.note", n=3, run_at=START + timedelta(minutes=3))
    summary = jobs.waiting_summary()
    assert (summary.due, summary.later, summary.running, summary.dead) == (2, 1, 0, 0)
    assert summary.lag == timedelta(minutes=3)
    assert summary.by_task == {"t.note": 2}
    assert [row.args for row in jobs.jobs_about(n=2)] == [{"n": 2}]


def test_history_is_one_row_a_task() -> None:
    outcome = iter([None, ValueError("first"), None])

    @jobs.job("t.note")
    def note() -> None:
        if error := next(outcome):
            raise error

    for _ in range(3):
        jobs.enqueue("t.note")
    jobs.run_due()
    (stat,) = jobs.stats()
    assert (stat.task, stat.runs, stat.failures, stat.last_error) == ("t.note", 3, 1, "ValueError: first")
    assert stat.last_run_at == stat.last_failed_at == START


# ----- leases -----


def leased(name: str = "w1", **changes: object) -> queue.Claimed:
    (held,) = queue.claim(name, 1)
    if changes:
        held.row().update(**changes)
    return held


def test_a_leased_job_is_not_given_to_another_worker() -> None:
    jobs.job("t.note")(lambda: None)
    jobs.enqueue("t.note")
    assert queue.has_due()
    leased()
    assert not queue.has_due()
    assert queue.claim("w2", 10) == []


def test_the_job_of_a_dead_worker_is_given_to_another_and_the_dead_one_is_fenced_off(seen: list[object]) -> None:
    jobs.job("t.note")(lambda: seen.append(1))
    jobs.enqueue("t.note")
    old = leased("w1", lease_until=clock.real_now() - timedelta(seconds=1))
    assert queue.reclaim_lost() == 1
    new = leased("w2")
    assert new.attempts == 2
    assert run_claimed(old) == "lost"
    assert queue.renew("w1", [old.pk]) == 0
    assert run_claimed(new) == "done"
    assert not Job.objects.exists()


def test_a_database_only_job_whose_lease_was_lost_is_rolled_back() -> None:
    @jobs.job("t.write")
    def write() -> None:
        JobStat.objects.create(task="trace")

    jobs.enqueue("t.write")
    old = leased("w1", lease_until=clock.real_now() - timedelta(seconds=1))
    queue.reclaim_lost()
    leased("w2")
    assert run_claimed(old) == "lost"
    assert not JobStat.objects.filter(task="trace").exists()


def test_a_job_that_kills_its_workers_dies_in_the_end(seen: list[object]) -> None:
    @jobs.job("t.poison", max_attempts=2, on_dead=seen.append)
    def poison() -> None: ...

    jobs.enqueue("t.poison")
    for _ in range(2):
        leased(lease_until=clock.real_now() - timedelta(seconds=1))
        queue.reclaim_lost()
    assert Job.objects.get().state == "dead"
    assert seen == ["The worker died while it ran this job."]


def test_a_lease_is_system_time_so_that_turning_the_clock_does_not_end_it() -> None:
    jobs.job("t.note")(lambda: None)
    jobs.enqueue("t.note")
    leased()
    clock.advance(timedelta(days=365))
    assert queue.reclaim_lost() == 0


def test_jobs_that_were_not_begun_are_given_back_without_losing_an_attempt() -> None:
    jobs.job("t.note")(lambda: None)
    jobs.enqueue("t.note")
    held = leased()
    assert queue.give_back("w1", [held.pk]) == 1
    assert Job.objects.get().attempts == 0
    assert queue.has_due()


def test_at_most_four_of_a_lane_are_leased_at_once_and_the_others_pass() -> None:
    jobs.job("t.call", outside=True)(lambda n: None)
    for n in range(30):
        jobs.enqueue("t.call", lane="seller:slow", n=n)
    for n in range(3):
        jobs.enqueue("t.call", lane=f"seller:{n}", n=n)
    jobs.enqueue("t.call", n=0)
    lanes = [held.lane for _ in range(3) for held in queue.claim("w1", 8, outside=True)]
    assert lanes.count("seller:slow") == 4
    assert set(lanes) == {"seller:slow", "seller:0", "seller:1", "seller:2", ""}
    Job.objects.filter(state="leased", lane="seller:slow")[:1].get().delete()
    assert [held.lane for held in queue.claim("w2", 8)] == ["seller:slow"]


def test_a_lane_holds_back_only_jobs_that_talk_to_others() -> None:
    jobs.job("t.inside")(lambda n: None)
    jobs.job("t.outside", outside=True)(lambda n: None)
    for n in range(12):
        jobs.enqueue("t.inside", lane="messages", n=n)
        jobs.enqueue("t.outside", lane="messages", n=n)
    both = queue.claim_each("w1", {False: 10, True: 10})
    assert [held.outside for held in both] == [False] * 10 + [True] * 4
    assert [(held.outside, held.args["n"]) for held in queue.claim("w2", 10)] == [(False, 10), (False, 11)]


def test_jobs_of_both_kinds_are_leased_in_one_order() -> None:
    jobs.job("t.inside")(lambda n: None)
    jobs.job("t.outside", outside=True)(lambda n: None)
    jobs.job("t.later", outside=True, priority=jobs.LATER)(lambda n: None)
    jobs.enqueue("t.later", n=0, run_at=START - timedelta(minutes=5))
    jobs.enqueue("t.outside", n=1)
    jobs.enqueue("t.inside", n=2)
    jobs.enqueue("t.outside", n=3, run_at=START - timedelta(seconds=1))
    jobs.enqueue("t.inside", n=4)
    order = [[held.args["n"] for held in queue.claim("w", 2, lane_limit=None)] for _ in range(3)]
    assert order == [[3, 1], [2, 4], [0]]


def test_a_worker_may_serve_some_queues_only() -> None:
    jobs.job("t.mail", queue="mail")(lambda: None)
    jobs.job("t.other")(lambda: None)
    jobs.enqueue("t.mail")
    jobs.enqueue("t.other")
    jobs.enqueue("t.other", queue="mail")
    assert [held.task for held in queue.claim("w", 9, queues=["mail"])] == ["t.mail", "t.other"]


# ----- cron -----


@pytest.mark.parametrize(
    ("line", "slot"),
    [
        ("0 3 * * *", "2027-03-02 03:00"), ("*/15 * * * *", "2027-03-01 20:15"), ("30 20 * * *", "2027-03-01 20:30"),
        ("0 10 3 * *", "2027-03-03 10:00"), ("0 0 29 2 *", "2028-02-29 00:00"), ("0 9 * * 1-5", "2027-03-02 09:00"),
        ("0 9 * * 7", "2027-03-07 09:00"), ("0 0 13 * 5", "2027-03-05 00:00"),
        ("5,35 8-10 1 1,7 *", "2027-07-01 08:05"),
    ],
)  # fmt: skip
@pytest.mark.req("B-TIM-001")
def test_a_cron_line_names_slots_in_the_billing_time_zone(line: str, slot: str) -> None:
    jobs.cron(line, "t.cron")(lambda: None)
    (schedule,) = jobs.schedules()
    assert schedule.next_slot.astimezone(clock.billing_zone()).strftime("%Y-%m-%d %H:%M") == slot


@pytest.mark.parametrize("line", ["", "* * * *", "60 * * * *", "5-1 * * * *", "a * * * *", "0 0 31 2 *"])
def test_a_cron_line_that_cannot_be_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        jobs.cron(line, "t.cron")(lambda: None)


@pytest.mark.parametrize("line", ["0 3 * * *", "*/7 1-3 * * 2", "0 0 1 */3 *"])
def test_the_latest_slot_is_the_last_one_before_the_next(line: str) -> None:
    from galleria.kit.jobs.crons import Cron

    each = Cron("t", Line.parse(line), line)
    at = START
    for _ in range(20):
        following = each.next(at)
        assert following > at
        assert each.latest(following) == following
        assert each.latest(following - timedelta(seconds=1)) == each.latest(at)
        at = following


def test_a_slot_is_queued_once_by_any_number_of_schedulers(seen: list[object]) -> None:
    jobs.cron("0 3 * * *", "t.nightly")(lambda: seen.append(clock.now()))
    assert jobs.schedule_crons() == 1
    assert jobs.schedule_crons() == 0
    jobs.run_due()
    assert (len(seen), jobs.run_due().count) == (1, 0)
    clock.travel_to(datetime(2027, 3, 1, 19, 0, tzinfo=UTC))
    jobs.run_due()
    assert seen == [START, datetime(2027, 3, 1, 19, 0, tzinfo=UTC)]


def test_a_month_is_lived_through_slot_by_slot_with_what_falls_due_between(seen: list[object]) -> None:
    @jobs.cron("0 0 * * *", "t.daily")
    def daily(slot: datetime) -> None:
        seen.append(slot)

    jobs.cron(60, "t.often")(lambda: None)
    jobs.job("t.note")(lambda: seen.append("note"))
    jobs.enqueue("t.note", run_at=START + timedelta(days=2))
    jobs.run_due(START + timedelta(days=4))
    first = datetime(2027, 2, 28, 16, 0, tzinfo=UTC)
    assert seen == [
        first,
        *(first + timedelta(days=n) for n in (1, 2)),
        "note",
        *(first + timedelta(days=n) for n in (3, 4)),
    ]
    assert clock.now() == START + timedelta(days=4)


def test_slots_that_were_jumped_over_are_not_made_up_for_one_by_one(seen: list[object]) -> None:
    jobs.cron("0 0 * * *", "t.daily")(lambda: seen.append(1))
    jobs.run_due()
    clock.advance(timedelta(days=30))
    jobs.run_due()
    assert len(seen) == 2


def test_a_paused_cron_job_stays_away_until_it_is_resumed_and_can_be_run_by_hand(seen: list[object]) -> None:
    jobs.cron("0 0 * * *", "t.daily")(lambda: seen.append(1))
    jobs.pause("t.daily")
    clock.advance(timedelta(days=1))
    jobs.run_due()
    assert (seen, jobs.schedules()[0].is_paused) == ([], True)
    assert jobs.run_now("t.daily").startswith("job_")
    jobs.run_due()
    assert seen == [1]
    jobs.resume("t.daily")
    jobs.run_due()
    assert seen == [1, 1]
    assert jobs.schedules()[0].stat.runs == 2  # type: ignore[union-attr]
    assert CronSlot.objects.count() == 1
    with pytest.raises(NotFound):
        jobs.pause("t.nobody")


def test_jobs_that_queue_each_other_without_end_are_noticed() -> None:
    @jobs.job("t.loop")
    def loop() -> None:
        jobs.enqueue("t.loop")

    jobs.enqueue("t.loop")
    with pytest.raises(RuntimeError, match="without end"):
        jobs.run_due(limit=50)


def test_a_test_may_ask_for_unexpected_errors_to_be_raised() -> None:
    @jobs.job("t.fail")
    def fail() -> None:
        raise ValueError("a bug")

    jobs.enqueue("t.fail")
    with pytest.raises(ValueError, match="a bug"):
        jobs.run_due(raise_errors=True)
