"""Telling the packages above: events (architecture, "The map").

An event is a frozen dataclass of plain data, published in the transaction that makes it true. Some subscribers
run at once in that transaction (money, rights, states); for each of the others a job is queued in it,
so that they run after the commit, at least once, each retried by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

from galleria.kit import jobs
from galleria.kit.jobs.registry import enqueue_values

E = TypeVar("E")


@dataclasses.dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber of one event."""

    event: type[Any]
    handler: Callable[[Any], None]
    in_transaction: bool
    task: str
    lane: Callable[[Any], str] | None
    concerns: Callable[[Any], bool] | None


_subscriptions: dict[type[Any], list[Subscription]] = {}


def _is_event(kind: type[Any]) -> bool:
    params = getattr(kind, "__dataclass_params__", None)
    return params is not None and bool(params.frozen)


def subscribe(
    event: type[E],
    handler: Callable[[E], None],
    *,
    in_transaction: bool = False,
    outside: bool = False,
    max_attempts: int = 10,
    lane: Callable[[E], str] | None = None,
    concerns: Callable[[E], bool] | None = None,
    priority: int = 0,
) -> None:
    """Call `handler(event)` for every event of that type; subscribing twice is once.

    `in_transaction`: at once, in the publisher's transaction. Otherwise from a job after the commit, in a
    transaction of its own, or with `outside` in none (mail, calls). `lane` puts the job into a lane.
    Events for which `concerns` says no are none of its business: nothing is queued for them.
    """
    if not _is_event(event):
        raise TypeError(f"{event.__name__} is not a frozen dataclass")
    name = f"{handler.__module__}.{getattr(handler, '__qualname__', repr(handler))}"
    task = f"{event.__name__}>{name.removeprefix('galleria.')}"[:200]
    if not in_transaction:
        jobs.job(task, outside=outside, max_attempts=max_attempts, priority=priority)(_runner(event, handler))
    found = _subscriptions.setdefault(event, [])
    found[:] = [each for each in found if each.task != task]
    found.append(Subscription(event, handler, in_transaction, task, lane, concerns))


def _runner(event: type[Any], handler: Callable[[Any], None]) -> Callable[..., None]:
    def run(**values: Any) -> None:
        handler(event(**values))

    run.__module__ = handler.__module__
    run.__qualname__ = f"{event.__qualname__}>{getattr(handler, '__qualname__', '')}"
    return run


def publish(event: Any) -> None:
    """Tell the subscribers. Belongs into the transaction that makes the event true."""
    found = _subscriptions.get(type(event), ())
    if not found:
        if not _is_event(type(event)):
            raise TypeError(f"{type(event).__name__} is not a frozen dataclass")
        return
    with transaction.atomic(savepoint=False):
        values = {each.name: getattr(event, each.name) for each in dataclasses.fields(event)}
        for each in found:
            if each.concerns is not None and not each.concerns(event):
                continue
            if each.in_transaction:
                each.handler(event)
            else:
                lane = each.lane(event) if each.lane else ""
                enqueue_values(each.task, values, lane=lane)


def subscriptions() -> dict[str, list[str]]:
    """Event name to the names of its subscribers, for the reference pages."""
    return {
        event.__name__: [each.task.split(">", 1)[1] for each in found]
        for event, found in sorted(_subscriptions.items(), key=lambda item: item[0].__name__)
    }
