"""An expired licence is frozen for fifteen days in which a renewal revives it; then it is released (S-LIC-002)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.buying import services as buying
from galleria.buying.services import renewing
from galleria.delivering import services as delivering
from galleria.delivering.models import Delivery
from galleria.kit import clock, parameters
from galleria.kit.actor import SYSTEM
from galleria.subscribing.models import Subscription
from tests.timeline import go_to

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def licence(shop: Any, ada: Any, bruno: Any) -> Subscription:
    """A monthly licence, delivered by hand and accepted."""
    product = shop.product("Counting House", monthly="30.00", delivery_type="license", is_supervised=True)
    shop.fund(ada, "500.00")
    order = shop.buy(ada, product)
    shop.work()
    delivering.confirm_as_seller(bruno.actor, delivery_id=Delivery.objects.get().public_id, at=clock.now())
    shop.work()
    buying.accept_delivery(ada.actor, order_id=order.public_id, at=clock.now())
    return Subscription.objects.get()


def fresh(row: Subscription) -> Subscription:
    return Subscription.objects.select_related("product__seller", "account").get(pk=row.pk)


@pytest.mark.req("S-LIC-002")
def test_an_expired_licence_is_frozen_for_fifteen_days_and_then_released(licence: Subscription) -> None:
    end = licence.expires_at
    go_to(end + HOUR)
    assert fresh(licence).state == "frozen"
    go_to(end + timedelta(days=15) - HOUR)
    assert fresh(licence).state == "frozen"
    go_to(end + timedelta(days=15) + HOUR)
    assert fresh(licence).state == "released"


@pytest.mark.req("S-LIC-002")
def test_a_renewal_in_those_days_revives_it_from_the_old_expiry(shop: Any, ada: Any, licence: Subscription) -> None:
    end = licence.expires_at
    go_to(end + timedelta(days=14))
    assert fresh(licence).state == "frozen"
    shop.pay(ada, *renewing.renew(ada.actor, wishes=[renewing.Wish(licence.public_id)], at=clock.now()))
    shop.work()
    row = fresh(licence)
    assert row.state == "effective", list(Delivery.objects.values_list("activity", "means", "state"))
    assert end + timedelta(days=27) < row.expires_at < end + timedelta(days=32)  # counted from the old expiry
    go_to(end + timedelta(days=16))
    assert fresh(licence).state == "effective"


@pytest.mark.req("S-LIC-002")
def test_the_fifteen_days_are_a_setting(licence: Subscription) -> None:
    parameters.change(SYSTEM, "expiry.retention_days", 5, at=clock.now(), scope="license")
    end = licence.expires_at
    go_to(end + timedelta(days=5) - HOUR)
    assert fresh(licence).state == "frozen"
    go_to(end + timedelta(days=5) + HOUR)
    assert fresh(licence).state == "released"
