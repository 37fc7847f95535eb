"""Failed orders of a month, the removal queue, and calls that sellers start again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from galleria.connecting import selectors, services
from galleria.connecting.models import FailedOrder
from galleria.delivering import services as delivering
from galleria.delivering.models import Delivery, SellerCall
from galleria.kit import clock, jobs
from galleria.kit.errors import NotAllowed, NotFound, PermissionMissing
from galleria.notifying.models import Message
from galleria.subscribing.models import Subscription
from tests.people import NOW, make_seller

pytestmark = pytest.mark.django_db(transaction=True)


def fail_orders(shop: Any, person: Any, product: Any, count: int) -> None:
    """Orders whose whole retry window fails."""
    for _ in range(count):
        shop.buy(person, product)
    jobs.run_due(until=clock.now() + timedelta(hours=3, minutes=5))


@pytest.mark.req("S-SAS-T4")
def test_the_sixth_failed_order_of_a_month_puts_the_product_into_the_removal_queue(
    shop: Any, ada: Any, olga: Any, desk: Any, server: Any
) -> None:
    shop.fund(ada, "900.00")
    server.faults.add({"do": "down"})

    fail_orders(shop, ada, desk, 5)
    assert FailedOrder.objects.count() == 5
    assert list(selectors.removal_candidates(olga.actor)) == []
    fail_orders(shop, ada, desk, 1)

    row = selectors.removal_candidates(olga.actor).get()
    assert (row.product, row.reason, row.facts) == (desk, "failed_orders", {"month": "2027-03", "orders": 6})
    assert Message.objects.filter(user=olga.user, key="operator.removal_proposed").count() == 1
    assert selectors.health_of(desk.pk).failed_orders == 6
    assert selectors.health_of(desk.pk).on_removal_list


@pytest.mark.req("S-SAS-T4")
def test_months_are_counted_for_themselves_in_the_billing_zone(
    shop: Any, ada: Any, olga: Any, desk: Any, server: Any
) -> None:
    shop.fund(ada, "900.00")
    server.faults.add({"do": "down"})
    clock.travel_to(datetime(2027, 3, 31, 12, 0, tzinfo=UTC))
    fail_orders(shop, ada, desk, 3)
    clock.travel_to(datetime(2027, 3, 31, 17, 0, tzinfo=UTC))  # the first of April in the billing zone
    fail_orders(shop, ada, desk, 3)

    assert sorted(FailedOrder.objects.values_list("month", flat=True)) == ["2027-03"] * 3 + ["2027-04"] * 3
    assert not selectors.removal_candidates(olga.actor).exists()


@pytest.mark.req("S-SAS-T4")
def test_what_is_not_the_interfaces_fault_is_not_counted(
    shop: Any, ada: Any, olga: Any, desk: Any, server: Any
) -> None:
    shop.fund(ada, "900.00")
    server.faults.add({"do": "async", "polls": 10_000})
    shop.buy(ada, desk)
    shop.work()
    delivering.give_up(olga.actor, delivery_id=Delivery.objects.get().public_id, reason="A mistake", at=NOW)
    shop.work()
    assert Delivery.objects.get().state == "failed"
    assert FailedOrder.objects.count() == 0


def test_only_who_decides_on_releases_sees_the_queue(bruno: Any, ada: Any) -> None:
    for person in (bruno, ada):
        with pytest.raises(PermissionMissing):
            selectors.removal_candidates(person.actor)


# ----- alarms and restarts -----


@pytest.mark.req("A-ALM-001", "S-SAS-T3", "S-SAS-004")
def test_the_alarm_says_what_when_why_and_what_comes_next(
    shop: Any, ada: Any, bruno: Any, desk: Any, server: Any
) -> None:
    shop.fund(ada, "100.00")
    server.faults.add({"do": "code", "code": "000100", "message": "no room"})
    order = shop.buy(ada, desk)

    jobs.run_due(until=NOW + timedelta(hours=3, minutes=5))

    order.refresh_from_db()
    assert order.state == "canceled"
    assert shop.balance(ada).minor == 10_000
    alarms = [sent for sent in mail.outbox if "A call to your server failed" in sent.subject]
    assert sorted(address for sent in alarms for address in sent.to) == sorted(
        [bruno.user.email, "help@bruno.example"] * 4
    )
    text = str(alarms[0].body)
    call = SellerCall.objects.order_by("pk").first()
    assert call is not None
    for told in (
        "Product: Plainsong Helpdesk", f"Order: {order.public_id}", f"Order line: {order.public_id}-000001",
        "Activity: newInstance", f"Address: {desk.interface.address.url}", "Attempt: 1 of 4", "HTTP status: 200",
        "Result code: 000100", 'Message: resultCode "000100" (no instance resource available)', "Next attempt: ",
        "Deadline: ", "After the deadline the order is canceled", f"Record: {call.public_id}",
        f"/seller/interface/messages/{call.public_id}",
    ):  # fmt: skip
        assert told in text, told


@pytest.mark.req("A-ALM-002", "A-RET-005", "S-SAS-004")
def test_restart_calls_at_once_and_lets_the_order_go_on(
    shop: Any, ada: Any, bruno: Any, desk: Any, server: Any
) -> None:
    shop.fund(ada, "100.00")
    server.faults.add({"do": "down", "times": 1})
    order = shop.buy(ada, desk)
    shop.work()
    waiting = selectors.failed_calls_of(bruno.actor).get()
    assert waiting.state == "retrying"

    services.restart(bruno.actor, delivery_id=waiting.public_id, at=clock.now())
    shop.work()

    order.refresh_from_db()
    assert order.state == "completed"
    assert not selectors.failed_calls_of(bruno.actor).exists()


@pytest.mark.req("A-ALM-002", "A-RET-008")
def test_a_freeze_whose_hour_is_over_can_be_called_again_by_the_seller(
    shop: Any, ada: Any, bruno: Any, desk: Any, server: Any
) -> None:
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)
    shop.work()
    server.faults.add({"do": "down", "activity": "updateInstanceStatus"})
    subscription = Subscription.objects.get()
    assert subscription.expires_at is not None
    jobs.run_due(until=subscription.expires_at + timedelta(hours=2))
    freeze = Delivery.objects.get(activity="updateInstanceStatus")
    assert (freeze.state, freeze.attempts) == ("failed", 6)

    services.restart(bruno.actor, delivery_id=freeze.public_id, at=clock.now())
    shop.work()
    freeze.refresh_from_db()
    assert (freeze.state, freeze.attempts) == ("failed", 7)  # still down: given up again
    server.faults.clear()
    services.restart(bruno.actor, delivery_id=freeze.public_id, at=clock.now())
    shop.work()

    freeze.refresh_from_db()
    subscription.refresh_from_db()
    assert (freeze.state, subscription.state) == ("succeeded", "frozen")


@pytest.mark.req("A-ALM-002")
def test_an_order_that_was_refunded_is_over(shop: Any, ada: Any, bruno: Any, desk: Any, server: Any) -> None:
    shop.fund(ada, "100.00")
    server.faults.add({"do": "down"})
    fail_orders(shop, ada, desk, 1)
    with pytest.raises(NotAllowed):
        services.restart(bruno.actor, delivery_id=Delivery.objects.get().public_id, at=clock.now())


@pytest.mark.req("A-ALM-002")
def test_others_neither_see_nor_restart_calls(
    shop: Any, ada: Any, bruno: Any, xavier: Any, desk: Any, server: Any
) -> None:
    shop.fund(ada, "100.00")
    server.faults.add({"do": "down", "times": 1})
    shop.buy(ada, desk)
    shop.work()
    delivery, call = Delivery.objects.get(), SellerCall.objects.get()
    sven = make_seller("Sven")
    for stranger in (sven, xavier):
        with pytest.raises(NotFound):
            services.restart(stranger.actor, delivery_id=delivery.public_id, at=NOW)
        with pytest.raises(NotFound):
            selectors.call_of(stranger.actor, call.public_id)
    colleague = bruno.colleague("Ben", "BuyerReadOnly")
    with pytest.raises(PermissionMissing):
        services.restart(colleague.actor, delivery_id=delivery.public_id, at=NOW)


@pytest.mark.req("S-SAS-T4", "A-DIA-003")
def test_the_operator_decides_on_a_page_with_a_note(shop: Any, olga: Any, bruno: Any, desk: Any, server: Any) -> None:
    first = services.propose_removal(
        desk, reason="failed_orders", count=6, facts={"month": "2027-03", "orders": 6}, at=NOW
    )
    page = olga.client.get("/operator/removals").content.decode()
    assert "6 orders failed in 2027-03" in page
    assert bruno.client.get("/operator/removals").status_code == 403
    silent = olga.client.post(f"/operator/removals/{first.public_id}/remove", {"note": ""})
    assert silent.status_code == 422
    assert "Say in a few words why." in silent.content.decode()

    olga.client.post(f"/operator/removals/{first.public_id}/keep", {"note": "The server is repaired"})
    desk.refresh_from_db()
    assert (desk.state, selectors.removal_candidates(olga.actor).count()) == ("on_sale", 0)
    second = services.propose_removal(
        desk, reason="failed_orders", count=7, facts={"month": "2027-03", "orders": 7}, at=NOW
    )
    olga.client.post(f"/operator/removals/{second.public_id}/remove", {"note": "Failed again"})
    desk.refresh_from_db()
    assert (desk.state, selectors.removal_candidates(olga.actor).count()) == ("removed", 0)
    assert olga.client.post(f"/operator/removals/{second.public_id}/keep", {"note": "Too late"}).status_code == 404
