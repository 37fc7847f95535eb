"""The clock and people renew at the same moment: one wins, the others get a clear answer, nobody pays twice."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.buying import services
from galleria.buying.models import Deduction, Order
from galleria.buying.services import auto_renewing
from galleria.buying.services.renewing import Wish
from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Period, Subscription, Timer
from tests.races.together import at_once
from tests.shop import euro
from tests.turning import local, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def due(shop: Any, ada: Any, desk: Any) -> Subscription:
    """Ada's helpdesk, 49.00 EUR, on its deduction day at three: it ends on 20 March 2028; 500.00 are there."""
    shop.fund(ada, "549.00")
    clock.set_for_tests(local("2028-02-20T10:00:00"))
    shop.buy(ada, desk, auto_renew=True)
    work()
    clock.set_for_tests(local("2028-03-13T03:00:00"))
    return Subscription.objects.get()


def by_clock(row: Subscription) -> Any:
    return auto_renewing.deduct_for(row.public_id, row.expires_at, clock.now(), at=clock.now())


def by_hand(shop: Any, person: Any, row: Subscription) -> Any:
    orders = services.renew(person.actor, wishes=[Wish(row.public_id)], at=clock.now())
    return shop.pay(person, *orders)


@pytest.mark.req("B-ARN-003")
def test_the_clock_of_four_workers_deducts_once(shop, ada, due):
    at_once([lambda: by_clock(due) for _each in range(4)])

    due.refresh_from_db()
    assert (Order.objects.filter(kind=2).count(), Deduction.objects.count()) == (1, 1)
    assert (due.expires_at, shop.balance(ada)) == (local("2028-04-20T23:59:59"), euro("451.00"))
    assert shop.is_balanced()


@pytest.mark.req("B-ARN-006", "B-ORD-012")
def test_the_clock_and_two_people_at_once_charge_for_what_was_added(shop, ada, due):
    results = at_once([lambda: by_clock(due), lambda: by_hand(shop, ada, due), lambda: by_hand(shop, ada, due)])

    assert all(not isinstance(result, Exception) or isinstance(result, Refused) for result in results)
    due.refresh_from_db()
    terms = Period.objects.filter(subscription=due, kind="renewal", state="paid").count()
    paid = Order.objects.filter(kind=2, state__in=("processing", "completed")).count()
    assert terms == paid >= 1
    assert shop.balance(ada) == euro("500.00") - euro("49.00") * terms
    assert due.expires_at == local(f"2028-0{3 + terms}-20T23:59:59")
    assert shop.is_balanced()


@pytest.mark.req("B-ARN-003")
def test_the_scheduler_started_twice_carries_out_each_event_once(shop, ada, due):
    Timer.objects.update(kind="deduct", due_at=clock.now(), try_at=clock.now(), state="waiting", order=2)

    at_once([lambda: subscribing.run_due(clock.now()) for _each in range(3)])

    assert (Order.objects.filter(kind=2).count(), shop.balance(ada)) == (1, euro("451.00"))


def test_an_order_is_renewed_once_whoever_pays_it_how_often(shop, ada, due):
    [order] = services.renew(ada.actor, wishes=[Wish(due.public_id)], at=clock.now())

    at_once([lambda: shop.pay(ada, order) for _each in range(3)])

    due.refresh_from_db()
    assert (due.expires_at, shop.balance(ada)) == (local("2028-04-20T23:59:59"), euro("451.00"))
