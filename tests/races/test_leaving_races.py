"""Leaving at the same moment as somebody else does something: one wins, the others get an answer, money adds up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.buying import leaving
from galleria.buying.models import Order
from galleria.buying.services import leaving as services
from galleria.buying.services import renewing
from galleria.delivering.models import Delivery
from galleria.kit import clock, parameters
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import Refused
from galleria.paying.models import Refund
from galleria.subscribing.models import Period, Subscription
from tests.packages.buying.leaving_world import BOUGHT, CONFIRMED, LEAVES, at, held, preview
from tests.races.together import Killed, at_once, killed_at_write
from tests.shop import euro

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(shop: Any, server: Any) -> Any:
    product = shop.product("Plainsong Image", monthly="100.00", delivery_type="image")
    shop.connect(product, server.address())
    return product


def leaver(person: Any, subscription: Any) -> Any:
    """Somebody who confirms the preview of this moment."""
    seen = preview(person, subscription)
    actor = person.actor

    def leave() -> Any:
        return services.leave(
            actor, subscription_ids=[subscription.public_id], seen_digest=seen.digest, at=clock.now(), **CONFIRMED
        )

    return leave


@pytest.mark.req("B-UNS-004")
def test_of_two_people_who_leave_one_does_and_the_other_is_told(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "100.00")
    subscription = held(shop, ada, image)
    ben = ada.colleague("Ben", "BuyerFinance")
    at(LEAVES)

    results = at_once([leaver(ada, subscription), leaver(ben, subscription), leaver(ada, subscription)])

    assert sum(isinstance(result, services.Left) for result in results) == 1
    assert all(isinstance(result, services.Left | Refused) for result in results)
    assert (shop.balance(ada), Refund.objects.count(), Order.objects.filter(kind=4).count()) == (euro("44.62"), 1, 1)
    assert Delivery.objects.filter(activity="releaseInstance").count() == 1
    assert shop.is_balanced()


@pytest.mark.req("B-ORF-001")
def test_of_two_who_give_the_same_renewal_back_one_does(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "200.00")
    subscription = held(shop, ada, image)
    shop.pay(ada, *renewing.renew(ada.actor, wishes=[renewing.Wish(subscription.public_id)], at=clock.now()))
    shop.work()
    seen = preview(ada, subscription, kind=leaving.RENEWALS)
    actor = ada.actor

    def give_back() -> Any:
        return services.leave(
            actor, subscription_ids=[subscription.public_id], kind=leaving.RENEWALS, seen_digest=seen.digest,
            at=clock.now(), **CONFIRMED,
        )  # fmt: skip

    results = at_once([give_back] * 3)

    assert sum(isinstance(result, services.Left) for result in results) == 1
    assert shop.balance(ada) == euro("100.00")
    assert sorted(Period.objects.values_list("state", flat=True)) == ["given_back", "paid"]


@pytest.mark.req("B-UNS-001", "B-ORD-012")
def test_leaving_while_somebody_renews_does_one_or_the_other_and_keeps_no_money(
    shop: Any, ada: Any, image: Any
) -> None:
    shop.fund(ada, "200.00")
    subscription = held(shop, ada, image)
    ben = ada.colleague("Ben", "BuyerFinance")
    at(LEAVES)
    actor = ben.actor

    def renew() -> Any:
        orders = renewing.renew(actor, wishes=[renewing.Wish(subscription.public_id)], at=clock.now())
        shop.pay(ben, *orders)
        return orders

    left, renewed = at_once([leaver(ada, subscription), renew])
    shop.work()

    subscription.refresh_from_db()
    if isinstance(left, services.Left):
        assert isinstance(renewed, Refused)
        assert (subscription.state, shop.balance(ada)) == ("released", euro("144.62"))
    else:
        assert isinstance(left, Refused)
        assert (subscription.state, shop.balance(ada)) == ("effective", euro("0.00"))
        assert subscription.expires_at.isoformat() == "2027-07-01T15:59:59+00:00"
    assert shop.is_balanced()


@pytest.mark.req("S-RFD-T3")
def test_two_returns_at_the_limit_of_the_year_are_not_both_without_a_fee(shop: Any, ada: Any, image: Any) -> None:
    for key, value in (("enabled", True), ("per_year", 1)):
        parameters.change(SYSTEM, f"refund.unconditional_{key}", value, at=BOUGHT - timedelta(days=9))
    shop.fund(ada, "200.00")
    rows = [held(shop, ada, image) for _each in range(2)]

    results = at_once([leaver(ada, row) for row in rows])

    assert sum(isinstance(result, services.Left) for result in results) == 1
    assert [type(result) for result in results if not isinstance(result, services.Left)] == [services.RefundChanged]
    assert shop.balance(ada) == euro("100.00")


@pytest.mark.req("B-UNS-004")
def test_killed_at_any_write_nothing_is_half_done_and_the_next_try_succeeds(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "200.00")
    subscription = held(shop, ada, image)
    at(LEAVES)
    writes = 0
    ended = False
    while not ended:
        leave = leaver(ada, subscription)
        try:
            with killed_at_write(writes):
                leave()
            ended = True
        except Killed:
            writes += 1
            assert Subscription.objects.get(pk=subscription.pk).state == "effective"
            assert not Order.objects.filter(kind=4).exists()
            assert shop.balance(ada) == euro("100.00")

    assert writes > 10
    assert (shop.balance(ada), Refund.objects.count()) == (euro("144.62"), 1)
    assert shop.is_balanced()
