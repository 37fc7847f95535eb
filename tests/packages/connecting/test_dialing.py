"""Dial tests: what is tested when, who is told, and what five bad days lead to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from galleria.connecting import rules, selectors, services
from galleria.connecting.jobs import check_domains, dial  # noqa: F401 (registers the jobs)
from galleria.connecting.models import DialTest, RemovalCandidate
from galleria.delivering.models import SellerCall
from galleria.kit import clock, jobs, parameters
from galleria.kit.actor import SYSTEM
from galleria.notifying.models import Message
from galleria.publishing.models import Product
from tests.packages.connecting.conftest import Bench
from tests.people import NOW

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = datetime(2027, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in the billing zone
AFTERNOON = datetime(2027, 3, 2, 7, 0, tzinfo=UTC)  # 15:00


@pytest.fixture
def proven(bench: Bench) -> Bench:
    for activity in ("newInstance", "queryInstance", "refreshInstance", "releaseInstance"):
        assert bench.debug(activity).case is not None
    return bench


def at_times(*times: datetime) -> None:
    """Let the marketplace's clock pass these instants, with everything that is due then."""
    for instant in times:
        clock.travel_to(instant)
        dial(instant)
        jobs.run_due(raise_errors=True)


def both_runs(day: int) -> None:
    at_times(MORNING + timedelta(days=day), AFTERNOON + timedelta(days=day))


@pytest.mark.req("A-DIA-001", "A-DIA-004")
def test_twice_a_day_every_product_on_sale_has_its_cases_repeated(proven: Bench, desk: Any, server: Any) -> None:
    before = len(server.store.calls())

    both_runs(0)

    tests = DialTest.objects.order_by("pk")
    assert [(test.product, test.day, test.run, test.passed) for test in tests] == [
        (desk, date(2027, 3, 2), "morning", True), (desk, date(2027, 3, 2), "afternoon", True),
    ]  # fmt: skip
    calls = server.store.calls()[before:]
    assert len(calls) == 8
    assert all('"testFlag":"1"' in call["body"] for call in calls)
    assert SellerCall.objects.filter(purpose="dial", verdict="success").count() == 8
    assert not Message.objects.filter(key="seller.dial_test_failed").exists()


@pytest.mark.req("A-DIA-001")
@pytest.mark.parametrize("state", ["hidden", "suspended", "removed", "draft"])
def test_what_is_not_on_sale_is_not_tested(proven: Bench, desk: Any, server: Any, state: str) -> None:
    Product.objects.update(state=state)
    before = len(server.store.calls())
    both_runs(0)
    assert (len(server.store.calls()), DialTest.objects.count()) == (before, 0)


@pytest.mark.req("A-DIA-001")
def test_the_times_are_nine_and_three_in_the_billing_zone_and_a_run_is_made_once(proven: Bench, server: Any) -> None:
    rhythm = next(schedule for schedule in jobs.schedules() if schedule.name == "connecting.dial")
    assert "0 9,15 * * *" in str(rhythm)
    assert services.run_of(MORNING) == (date(2027, 3, 2), "morning")
    assert services.run_of(AFTERNOON) == (date(2027, 3, 2), "afternoon")

    at_times(MORNING)
    calls = len(server.store.calls())
    assert services.dial(proven.address.public_id, day=date(2027, 3, 2), run="morning", at=MORNING) is None
    assert len(server.store.calls()) == calls


@pytest.mark.req("A-DIA-002", "S-SAS-003")
def test_a_failure_tells_the_owner_and_the_customer_service_mailbox_by_mail_and_in_the_message_centre(
    proven: Bench, bruno: Any, server: Any
) -> None:
    server.faults.add({"do": "code", "code": "000005", "activity": "queryInstance", "times": 1})

    at_times(MORNING)

    message = Message.objects.get(key="seller.dial_test_failed")
    assert (message.user, message.link) == (bruno.user, "/seller/interface/tests")
    assert {address for sent in mail.outbox for address in sent.to} == {bruno.user.email, "help@bruno.example"}
    text = str(mail.outbox[0].body)
    assert "Plainsong Helpdesk" in text
    assert 'queryInstance: resultCode "000005" (other internal error)' in text
    assert DialTest.objects.get().results[1]["problem"] == 'resultCode "000005" (other internal error)'
    at_times(AFTERNOON)
    assert Message.objects.filter(key="seller.dial_test_failed").count() == 1


@pytest.mark.req("A-DIA-004")
@pytest.mark.parametrize(
    ("runs", "days"),
    [
        ([(0, False, False)], 1),
        ([(0, False, True)], 0),
        ([(0, True, False)], 0),
        ([(2, False, False), (1, False, False), (0, False, False)], 3),
        ([(2, False, False), (1, True, False), (0, False, False)], 1),
        ([(2, False, False), (0, False, False)], 1),
    ],
)
def test_a_day_is_failed_when_both_runs_are(runs: list[tuple[int, bool, bool]], days: int) -> None:
    today = date(2027, 3, 2)
    tests = [
        rules.DayRun(today - timedelta(days=ago), run, passed)
        for ago, *both in runs
        for run, passed in zip(rules.RUNS, both, strict=True)
    ]
    assert rules.failed_days(tests, today) == days
    assert rules.failed_days(tests[:-1], today) == 0  # one run alone is no failed day


@pytest.mark.req("A-DIA-003")
def test_five_failed_days_in_a_row_suspend_the_product_and_tell_seller_and_operator(
    proven: Bench, desk: Any, bruno: Any, olga: Any, server: Any
) -> None:
    server.faults.add({"do": "down"})
    for day in range(4):
        both_runs(day)
    desk.refresh_from_db()
    assert (desk.state, selectors.health_of(desk.pk).failed_days) == ("on_sale", 4)

    at_times(MORNING + timedelta(days=4))
    desk.refresh_from_db()
    assert desk.state == "on_sale"
    at_times(AFTERNOON + timedelta(days=4))

    desk.refresh_from_db()
    assert desk.state == "suspended"
    assert [row.product for row in selectors.removal_candidates(olga.actor)] == [desk]
    assert RemovalCandidate.objects.get().facts == {"days": 5, "until": "2027-03-06"}
    keys = Message.objects.values_list("user__email", "key")
    assert (bruno.user.email, "seller.product_suspended_by_tests") in keys
    assert (olga.user.email, "operator.product_suspended_by_tests") in keys
    calls = len(server.store.calls())
    both_runs(5)
    assert len(server.store.calls()) == calls  # a suspended product is not tested


@pytest.mark.req("A-DIA-003")
def test_one_good_run_breaks_the_row(proven: Bench, desk: Any, server: Any) -> None:
    rule = server.faults.add({"do": "down"})
    for day in range(3):
        both_runs(day)
    server.faults.clear(rule.number)
    at_times(MORNING + timedelta(days=3))
    server.faults.add({"do": "down"})
    at_times(AFTERNOON + timedelta(days=3))
    for day in range(4, 8):
        both_runs(day)
    desk.refresh_from_db()
    assert (desk.state, selectors.health_of(desk.pk).failed_days) == ("on_sale", 4)


@pytest.mark.req("A-DIA-003")
def test_the_operator_lifts_a_suspension_and_the_limit_is_a_setting(
    proven: Bench, desk: Any, olga: Any, server: Any
) -> None:
    parameters.change(SYSTEM, "interface.suspend_after_days", 1, at=NOW)
    server.faults.add({"do": "down"})
    both_runs(0)
    desk.refresh_from_db()
    assert desk.state == "suspended"

    row = selectors.removal_candidates(olga.actor).get()
    services.close_candidate(olga.actor, candidate_id=row.public_id, note="Repaired", at=clock.now())

    desk.refresh_from_db()
    assert (desk.state, selectors.removal_candidates(olga.actor).count()) == ("on_sale", 0)


def test_products_of_one_address_share_a_call_and_have_a_test_each(
    proven: Bench, shop: Any, desk: Any, server: Any
) -> None:
    second = shop.product("Second", monthly="1.00")
    services.bind_product(proven.person.actor, product_id=second.public_id, address_id=proven.address.public_id, at=NOW)
    before = len(server.store.calls())
    at_times(MORNING)
    assert len(server.store.calls()) == before + 4
    assert {test.product for test in DialTest.objects.all()} == {desk, second}


def test_without_a_key_the_test_fails_in_words(proven: Bench, bruno: Any) -> None:
    bruno.seller.interface_keys.all().delete()
    at_times(MORNING)
    assert "no active interface key" in DialTest.objects.get().results[0]["problem"]
