"""A deduction that has not ended: nobody waits for it for ever, and none is lost while a change is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from galleria.buying import services
from galleria.buying.models import Deduction, Order
from galleria.buying.services import auto_renewing
from galleria.kit import clock
from galleria.paying import services as paying
from galleria.publishing.models import Product
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from tests import till
from tests.packages.buying import changing_world as changing
from tests.shop import euro
from tests.turning import local, turn_to, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox_cards")]


@pytest.fixture
def desk_of_ada(shop: Any, ada: Any, desk: Product) -> Subscription:
    """49.00 EUR a month until 20 March 23:59:59; it renews by itself, from a card; the balance is empty."""
    shop.fund(ada, "49.00")
    clock.set_for_tests(local("2028-02-20T10:00:00"))
    shop.buy(ada, desk, auto_renew=True)
    work()
    till.card(ada)
    return Subscription.objects.get()


def killed_before_the_charge(row: Subscription) -> Order:
    """The clock has ordered, and its process died before the card was charged."""
    clock.set_for_tests(local("2028-03-13T03:00:00"))
    with transaction.atomic():
        auto_renewing._begin(row.public_id, row.expires_at, clock.now(), clock.now())
    return Order.objects.get(kind=2)


@pytest.mark.req("B-ARN-004", "B-ORD-023")
def test_when_its_order_is_canceled_the_deduction_is_over_and_the_next_day_has_its_own(shop, ada, desk_of_ada):
    order = killed_before_the_charge(desk_of_ada)

    services.cancel_order(ada.actor, order_id=order.public_id, at=clock.now())

    attempt = Deduction.objects.get()
    assert (attempt.state, attempt.code) == ("failed", "ORDER_CANCELED")
    turn_to("2028-03-14T03:00:00")
    desk_of_ada.refresh_from_db()
    assert desk_of_ada.expires_at == local("2028-04-20T23:59:59")
    assert list(Deduction.objects.order_by("planned_at").values_list("state", flat=True)) == ["failed", "paid"]


@pytest.mark.req("B-ARN-004", "B-PAY-004")
def test_a_card_payment_that_turns_out_to_have_failed_ends_the_deduction_and_its_order(shop, ada, desk_of_ada):
    order = killed_before_the_charge(desk_of_ada)
    means = paying.automatic_method(ada.account.public_id, [services.paying_orders.charge_of(order)], clock.now())
    with transaction.atomic():
        payment = paying.charge(
            auto_renewing.acting_for(ada.account), account_id=ada.account.public_id,
            charges=[services.paying_orders.charge_of(order)], method="card", means_id=means.means_id,
            token=auto_renewing.token_of(order.public_id), at=clock.now(),
        )  # fmt: skip
    subscribing.set_renewal(ada.actor, subscription_id=desk_of_ada.public_id, policy="manual", at=clock.now())

    paying.reconcile_payment(payment.public_id, at=clock.now())

    attempt = Deduction.objects.get()
    order.refresh_from_db()
    assert (attempt.state, order.state) == ("failed", "canceled")
    assert attempt.code == "PAYMENT_INTERRUPTED"


@pytest.mark.req("B-ARN-003")
def test_a_deduction_of_an_earlier_end_does_not_stand_for_the_one_of_now(shop, ada, desk_of_ada):
    desk_of_ada.deductions.create(
        expires_at=local("2028-02-20T23:59:59"), planned_at=local("2028-02-13T03:00:00"), state="paying",
        order_id=desk_of_ada.order_id, currency="EUR", tried_at=local("2028-02-13T03:00:00"),
    )  # fmt: skip

    turn_to("2028-03-13T03:00:00")

    desk_of_ada.refresh_from_db()
    assert desk_of_ada.expires_at == local("2028-04-20T23:59:59")


# ----- while a change is made -----


def changed_at(shop: Any, ada: Any, server: Any, row: Subscription, at: Any) -> Order:
    """A larger size is ordered and paid; the seller's server is down for upgrades."""
    clock.set_for_tests(at)
    server.faults.add({"do": "down", "activity": "upgradeInstance"})
    placed = changing.order(ada, row, sku="sku-professional")
    shop.pay(ada, placed)
    return placed


@pytest.fixture
def basic(shop: Any, ada: Any, server: Any) -> Subscription:
    """The small house, 100.00 EUR a month, until 1 April 23:59:59; it renews by itself from the balance."""
    house = changing.make_house(shop, server.address())
    chosen: dict[str, Any] = {"mode": "period:month", "attributes": {"size": "basic"}, "auto_renew": True}
    return changing.bought(shop, ada, house.product, **chosen)


@pytest.mark.req("B-ARN-003", "B-ORD-012")
def test_a_deduction_waits_until_the_seller_has_made_a_change_or_not(shop, ada, basic, server):
    subscribing.set_renewal_setting(ada.actor, offset_days=2, at=clock.now())
    expiry = basic.expires_at
    day = expiry - timedelta(days=2, hours=20, minutes=59, seconds=59)  # 03:00 of the first deduction
    before = shop.balance(ada)
    placed = changed_at(shop, ada, server, basic, day - timedelta(hours=1))
    work()

    turn_to(day + timedelta(hours=1))
    assert not Deduction.objects.exists()
    turn_to(day + timedelta(hours=3))

    placed.refresh_from_db()
    basic.refresh_from_db()
    assert placed.state == "canceled"
    assert [each.state for each in Deduction.objects.all()] == ["paid"]
    assert basic.expires_at > expiry
    assert before - shop.balance(ada) == euro("100.00")


@pytest.mark.req("B-ARN-004", "B-ORD-012")
def test_at_the_last_moment_a_change_under_way_is_a_failure_that_is_told(shop, ada, basic, server):
    expiry = basic.expires_at
    placed = changed_at(shop, ada, server, basic, expiry - timedelta(days=1, hours=1))

    def tried(at: Any) -> Any:
        clock.set_for_tests(at)
        return auto_renewing.deduct_for(basic.public_id, expiry, expiry - timedelta(hours=21), at=at)

    assert tried(expiry - timedelta(minutes=20)) == expiry - timedelta(minutes=10)
    assert not Deduction.objects.exists()
    assert tried(expiry - timedelta(minutes=10)) is None
    failed = Deduction.objects.get()
    assert (failed.state, failed.code) == ("failed", "CHANGE_UNDER_WAY")
    assert placed.public_id in failed.reason
