"""What the seller did not do in time: given up, called again by hand, overtaken, or undone."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from galleria.buying import services
from galleria.buying.models import Order
from galleria.buying.renewable import Term
from galleria.buying.services.guarding import ChangeUnderWay
from galleria.buying.services.renewing import Wish
from galleria.delivering import services as delivering
from galleria.delivering.models import Delivery, SellerCall
from galleria.delivering.services.looking_after import NotRestartable
from galleria.kit import clock
from galleria.kit.errors import NotAllowed
from galleria.subscribing.models import Period, Subscription
from tests.packages.buying import changing_world as changing
from tests.shop import euro
from tests.turning import local, turn_to, work

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = Term("month", 1)


@pytest.fixture
def alder(shop: Any, ada: Any, server: Any) -> Subscription:
    """A server image of Ada's, 60.00 EUR a month, from 31 March: until 30 April 23:59:59."""
    image = shop.product("Alder", monthly="60.00", delivery_type="image")
    shop.connect(image, server.address())
    shop.fund(ada, "1000.00")
    clock.set_for_tests(local("2027-03-31T10:00:00"))
    order = shop.buy(ada, image)
    work()
    return Subscription.objects.get(order_id=order.public_id)


def renewed(shop: Any, person: Any, row: Subscription) -> Order:
    """Renewed for a month and paid; nobody has been called yet."""
    [order] = services.renew(person.actor, wishes=[Wish(row.public_id, MONTH)], at=clock.now())
    shop.pay(person, order)
    return order


def an_hour_goes_by() -> None:
    """The calls at 0, 2, 5, 15, 30 and 60 minutes."""
    start = clock.now()
    for minutes in (0, 2, 5, 15, 30, 60):
        turn_to(start + timedelta(minutes=minutes))


# ----- given up, and called again -----


@pytest.mark.req("A-RET-008", "A-ALM-002", "B-REN-007")
@pytest.mark.parametrize("works", [True, False], ids=["the seller is back", "still down"])
def test_a_renewal_that_was_given_up_is_called_again_and_its_order_stays_completed(
    shop, ada, olga, alder, server, works
):
    server.faults.add({"do": "down", "activity": "refreshInstance"})
    order = renewed(shop, ada, alder)
    an_hour_goes_by()
    refresh = Delivery.objects.get(activity="refreshInstance")
    order.refresh_from_db()
    assert (refresh.state, order.state) == ("failed", "completed")
    if works:
        server.faults.clear()

    delivering.restart(olga.actor, delivery_id=refresh.public_id, at=clock.now())
    work()

    refresh.refresh_from_db()
    order.refresh_from_db()
    assert refresh.state == ("succeeded" if works else "failed")
    assert (order.state, shop.balance(ada)) == ("completed", euro("880.00"))
    assert SellerCall.objects.filter(activity="refreshInstance").count() == 7


@pytest.mark.req("A-V2R-003")
def test_a_renewal_with_a_change_that_was_given_back_is_not_called_again(shop, ada, olga, server):
    house = changing.make_house(shop, server.address())
    row = changing.bought(shop, ada, house.product, mode="period:month", attributes={"size": "professional"})
    changing.days_before_expiry(row, 20)
    server.faults.add({"do": "down", "activity": "refreshInstance"})
    placed = changing.order(ada, row, "renewal", sku="sku-basic")
    shop.pay(ada, placed)
    an_hour_goes_by()
    placed.refresh_from_db()
    assert placed.state == "canceled"
    refresh = Delivery.objects.get(scene="RENEWAL_CHANGE")

    assert not delivering.can_be_called(refresh)
    with pytest.raises(NotRestartable):
        delivering.restart(olga.actor, delivery_id=refresh.public_id, at=clock.now())

    refresh.refresh_from_db()
    assert refresh.state == "failed"


@pytest.mark.req("B-REN-007", "B-ORD-015")
def test_a_renewal_is_not_refunded_as_undelivered_because_it_stays_in_force(shop, ada, olga, alder, server):
    turn_to("2027-05-18T12:00:00")  # frozen
    server.faults.add({"do": "down", "activity": "refreshInstance"})
    order = renewed(shop, ada, alder)
    work()
    address = f"/operator/trade/orders/{order.public_id}"
    page = olga.client.get(address)
    assert page.status_code == 200
    assert f"{address}/refund" not in page.content.decode()

    with pytest.raises(NotAllowed, match="give the renewal back instead"):
        services.refund_order(olga.actor, order_id=order.public_id, reason="The seller is gone.", at=clock.now())

    assert Delivery.objects.get(activity="refreshInstance").state == "retrying"


@pytest.mark.req("B-REN-007", "B-EXP-005", "A-V2S-003")
def test_a_refresh_that_is_given_up_by_a_person_thaws_what_was_renewed(shop, ada, olga, alder, server):
    turn_to("2027-05-18T12:00:00")
    server.faults.add({"do": "down", "activity": "refreshInstance"})
    order = renewed(shop, ada, alder)
    work()
    alder.refresh_from_db()
    assert alder.state == "unfreezing"
    refresh = Delivery.objects.get(activity="refreshInstance")

    delivering.give_up(olga.actor, delivery_id=refresh.public_id, reason="The seller is gone.", at=clock.now())
    work()

    alder.refresh_from_db()
    order.refresh_from_db()
    assert (alder.state, order.state) == ("effective", "completed")


# ----- overtaken -----


@pytest.mark.req("A-V2R-001", "B-REN-007")
def test_a_refresh_that_is_repeated_after_a_newer_one_tells_the_end_that_holds_now(shop, ada, alder, server):
    turn_to("2027-04-20T12:00:00")
    server.faults.add({"do": "down", "activity": "refreshInstance"})
    renewed(shop, ada, alder)
    work()
    server.faults.clear()
    alder.refresh_from_db()
    renewed(shop, ada, alder)
    work()

    turn_to("2027-04-20T12:03:00")

    told = SellerCall.objects.filter(activity="refreshInstance").order_by("pk")
    ends = [json.loads(call.request_body)["expireTime"] for call in told]
    assert ends == ["20270531155959", "20270630155959", "20270630155959"]


# ----- undone -----


def ends_told(scene: str) -> set[str]:
    calls = SellerCall.objects.filter(activity="refreshInstance")
    bodies = [json.loads(call.request_body) for call in calls]
    return {body["expireTime"] for body in bodies if body["scene"] == scene}


@pytest.mark.req("A-V2R-001", "A-V2R-003", "B-CHG-002")
def test_a_seller_whose_answers_got_lost_hears_the_end_that_holds_after_the_renewal_was_undone(shop, ada, server):
    house = changing.make_house(shop, server.address())
    row = changing.bought(shop, ada, house.product, mode="period:month", attributes={"size": "professional"})
    before = f"{row.expires_at:%Y%m%d%H%M%S}"
    changing.days_before_expiry(row, 20)
    # It grants the new term with the smaller size, but nobody hears of it.
    server.faults.add({"do": "status", "status": 500, "activity": "refreshInstance", "scene": "RENEWAL_CHANGE"})

    placed = changing.order(ada, row, "renewal", sku="sku-basic")
    shop.pay(ada, placed)
    work()
    granted = server.store.instances()[0]
    assert granted["expire_time"] > before
    an_hour_goes_by()

    placed.refresh_from_db()
    row.refresh_from_db()
    assert (placed.state, f"{row.expires_at:%Y%m%d%H%M%S}") == ("canceled", before)
    assert server.store.instances()[0]["expire_time"] == before
    undone = Delivery.objects.get(scene="UNSUBSCRIBE_RENEWAL_PERIOD")
    assert (undone.state, undone.order_id, undone.order_line_id) == (
        "succeeded", placed.public_id, placed.lines.get().public_id,
    )  # fmt: skip


@pytest.mark.req("A-V2R-001", "A-RET-008")
def test_the_end_that_holds_again_is_told_again_when_the_seller_is_back(shop, ada, olga, server):
    house = changing.make_house(shop, server.address())
    row = changing.bought(shop, ada, house.product, mode="period:month", attributes={"size": "professional"})
    holds = f"{row.expires_at:%Y%m%d%H%M%S}"
    changing.days_before_expiry(row, 20)
    server.faults.add({"do": "down", "activity": "refreshInstance"})
    shop.pay(ada, changing.order(ada, row, "renewal", sku="sku-basic"))
    an_hour_goes_by()
    an_hour_goes_by()
    undone = Delivery.objects.get(scene="UNSUBSCRIBE_RENEWAL_PERIOD")
    assert undone.state == "failed"

    server.faults.clear()
    delivering.restart(olga.actor, delivery_id=undone.public_id, at=clock.now())
    work()

    undone.refresh_from_db()
    assert (undone.state, ends_told("UNSUBSCRIBE_RENEWAL_PERIOD")) == ("succeeded", {holds})
    assert Order.objects.filter(kind=2).get().state == "canceled"


@pytest.mark.req("A-V2R-003", "B-ORD-012", "B-CHG-002")
def test_a_change_that_has_begun_is_guarded_until_the_seller_has_answered(shop, ada, server):
    house = changing.make_house(shop, server.address())
    row = changing.bought(shop, ada, house.product, mode="period:month", attributes={"size": "professional"})
    expiry = changing.days_before_expiry(row, 0) + timedelta(hours=1)
    clock.set_for_tests(expiry - timedelta(minutes=20))
    server.faults.add({"do": "down", "activity": "refreshInstance"})
    before = shop.balance(ada)
    placed = changing.order(ada, row, "renewal", sku="sku-basic")
    shop.pay(ada, placed)
    work()

    turn_to(expiry + timedelta(minutes=5))

    row.refresh_from_db()
    assert row.sku.code == "sku-basic"
    with pytest.raises(ChangeUnderWay):
        services.renew(ada.actor, wishes=[Wish(row.public_id, MONTH)], at=clock.now())
    for minutes in (10, 40):
        turn_to(expiry + timedelta(minutes=minutes))
    placed.refresh_from_db()
    assert (placed.state, shop.balance(ada)) == ("canceled", before)
    assert Period.objects.get(order_id=placed.public_id).state == "undone"
