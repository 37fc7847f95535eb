"""Events: some subscribers hear them at once, the others after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from django.db import transaction

from galleria.kit import jobs, outbox
from galleria.kit.models import Job
from galleria.kit.money import Money
from tests.packages.kit.conftest import START

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class OrderPaid:
    order_id: str
    name: str
    amount: Money
    at: datetime
    lines: tuple[str, ...] = ()


PAID = OrderPaid("GA1", "lane and run_at are no secret names here", Money(100, "USD"), START, ("a", "b"))
heard: list[tuple[str, object]] = []


@pytest.fixture(autouse=True)
def nothing_heard() -> None:
    heard.clear()


def at_once(event: OrderPaid) -> None:
    heard.append(("at once", event))


def later(event: OrderPaid) -> None:
    heard.append(("later", event))


def broken(event: OrderPaid) -> None:
    raise ValueError("broken")


def test_subscribers_in_the_transaction_hear_at_once_and_the_others_from_a_job() -> None:
    outbox.subscribe(OrderPaid, at_once, in_transaction=True)
    outbox.subscribe(OrderPaid, later)
    outbox.publish(PAID)
    assert heard == [("at once", PAID)]
    assert jobs.run_due().done == ["OrderPaid>tests.packages.kit.test_outbox.later"]
    assert heard == [("at once", PAID), ("later", PAID)]


def test_an_event_of_a_transaction_that_failed_was_never_published() -> None:
    outbox.subscribe(OrderPaid, later)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.publish(PAID)
        raise ZeroDivisionError
    assert not Job.objects.exists()


def test_a_subscriber_at_once_that_refuses_takes_the_whole_transaction_with_it() -> None:
    outbox.subscribe(OrderPaid, later)
    outbox.subscribe(OrderPaid, broken, in_transaction=True)
    with pytest.raises(ValueError, match="broken"), transaction.atomic():
        outbox.publish(PAID)
    assert not Job.objects.exists()


def test_one_broken_subscriber_does_not_keep_the_others_from_hearing() -> None:
    outbox.subscribe(OrderPaid, broken)
    outbox.subscribe(OrderPaid, later)
    outbox.publish(PAID)
    ran = jobs.run_due()
    assert (len(ran.done), len(ran.retried)) == (1, 1)
    assert heard == [("later", PAID)]


def test_subscribing_twice_is_once_and_lanes_are_worked_out_of_the_event() -> None:
    for _ in range(2):
        outbox.subscribe(OrderPaid, later, outside=True, lane=lambda event: f"order:{event.order_id}")
    outbox.publish(PAID)
    job = Job.objects.get()
    assert (job.lane, job.outside) == ("order:GA1", True)
    assert outbox.subscriptions() == {"OrderPaid": ["tests.packages.kit.test_outbox.later"]}


def test_nothing_is_queued_for_a_subscriber_whom_an_event_does_not_concern() -> None:
    outbox.subscribe(OrderPaid, later, concerns=lambda event: event.amount.minor > 100)
    outbox.publish(PAID)
    assert not Job.objects.exists()
    outbox.publish(OrderPaid("GA2", "", Money(101, "USD"), START))
    assert len(jobs.run_due().done) == 1


def test_an_event_is_a_frozen_dataclass() -> None:
    class Loose: ...

    with pytest.raises(TypeError, match="frozen dataclass"):
        outbox.subscribe(Loose, later)  # type: ignore[type-var, arg-type]
    with pytest.raises(TypeError, match="frozen dataclass"):
        outbox.publish(Loose())


def test_an_event_that_nobody_hears_costs_nothing(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        outbox.publish(PAID)
