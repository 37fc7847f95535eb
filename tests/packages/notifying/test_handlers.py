"""Which message follows which event: the table of the specification, with real orders and a real seller's server."""

from __future__ import annotations

import pytest
from django.core import mail

from galleria.buying import services as buying
from galleria.kit import clock, outbox
from galleria.kit.money import Money
from galleria.notifying.models import Message
from galleria.notifying.rendering import rendered
from galleria.paying import events as paying
from galleria.supporting import services as supporting
from tests.people import NOW


def told(person):
    """The keys of a person's messages, oldest first."""
    return list(Message.objects.filter(user=person.user).order_by("pk").values_list("key", flat=True))


@pytest.mark.req("B-PRM-002", "B-MSG-003")
def test_who_may_pay_is_told_of_an_order_by_somebody_who_may_not(ada, shop, desk):
    ben = ada.colleague("Ben", "BuyerPurchaser")
    carla = ada.colleague("Carla", "BuyerFinance")
    shop.fund(ada, "100.00")

    shop.order(ben, desk)
    shop.work()

    assert told(ada) == told(carla) == ["order.to_pay"]
    assert told(ben) == []
    message = Message.objects.filter(user=carla.user).get()
    assert "Ben placed order" in rendered(message).text
    assert "49.00" in rendered(message).text


def test_who_can_pay_alone_is_not_told_to(ada, shop, desk):
    shop.fund(ada, "100.00")
    shop.order(ada, desk)
    shop.work()

    assert told(ada) == []


@pytest.mark.req("B-MSG-003")
def test_a_purchase_is_told_with_a_receipt_and_when_it_is_ready(ada, shop, desk):
    shop.fund(ada, "100.00")

    order = shop.buy(ada, desk)
    shop.work()

    assert told(ada) == ["order.paid", "order.completed"]
    subjects = [message.subject for message in mail.outbox if message.to == [ada.user.email]]
    assert f"Galleria: Payment received for order {order.public_id}" in subjects
    assert "Galleria: Plainsong Helpdesk, Standard is ready" in subjects


@pytest.mark.req("B-MSG-003")
def test_an_order_whose_time_is_over_is_told_to_creator_and_finance(ada, shop, desk):
    ben = ada.colleague("Ben", "BuyerPurchaser")
    shop.fund(ada, "100.00")
    order = shop.order(ben, desk)
    shop.work()
    clock.travel_to(order.expires_at)
    shop.work()

    assert told(ada)[0] == "order.to_pay"
    assert told(ada)[-1] == "order.canceled_by_system"
    assert "order.canceled_by_system" in told(ben)


def test_a_canceled_order_is_told_to_its_creator(ada, shop, desk):
    ben = ada.colleague("Ben", "BuyerPurchaser")
    shop.fund(ada, "100.00")
    order = shop.order(ben, desk)
    buying.cancel_order(ada.actor, order_id=order.public_id, at=clock.now())
    shop.work()

    assert told(ben) == ["order.canceled"]


@pytest.mark.req("A-ALM-001")
def test_each_failed_call_reaches_the_sellers_owner_and_the_support_address_once(ada, bruno, shop, desk, server):
    server.stop()
    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    mail.outbox.clear()
    shop.work()

    assert told(bruno) == ["seller.call_failed"]
    alarms = [message for message in mail.outbox if "A call to your server failed" in message.subject]
    assert sorted(address for message in alarms for address in message.to) == [
        "bruno.okafor@example.com", "help@bruno.example",
    ]  # fmt: skip
    for part in ("Plainsong Helpdesk", order.public_id, "newInstance", "Attempt: 1 of 4", "Deadline:", "Record: cal_"):
        assert part in alarms[0].body, part


@pytest.mark.req("B-MSG-003")
def test_a_refund_because_of_a_failed_delivery_is_told_with_its_amount(ada, shop, desk, server):
    server.stop()
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)
    shop.work()
    from datetime import timedelta

    from galleria.kit import jobs

    jobs.run_due(clock.now() + timedelta(hours=4), raise_errors=True)

    assert told(ada) == ["order.paid", "order.refunded"]
    assert rendered(Message.objects.filter(key="order.refunded").get()).subject.startswith("49.00\u00a0EUR comes back")


def test_a_ticket_reaches_the_operator_and_its_answer_the_writer(ada, olga):
    ticket = supporting.open_ticket(ada.actor, category="credit", subject="Pay monthly", text="Please", at=NOW)
    from galleria.kit import jobs

    jobs.run_due(with_crons=False, raise_errors=True)
    assert told(olga) == ["ticket.opened"]

    supporting.answer_ticket(olga.actor, ticket_id=ticket.public_id, answer="Yes, 5,000 EUR.", at=NOW)
    jobs.run_due(with_crons=False, raise_errors=True)

    assert told(ada) == ["ticket.answered"]
    assert "Yes, 5,000 EUR." in mail.outbox[-1].body


def test_new_roles_are_told_in_words(ada):
    from galleria.kit import jobs
    from galleria.parties import services

    ben = ada.colleague("Ben", "BuyerPurchaser")
    services.change_roles(ada.actor, user_id=ben.user.public_id, roles=["BuyerFinance"], at=NOW)
    jobs.run_due(with_crons=False, raise_errors=True)

    assert rendered(Message.objects.get(user=ben.user)).text == "Ada Byron changed your roles: Finance."


def test_a_top_up_is_told_to_who_may_top_up(ada):
    from galleria.kit import jobs
    from galleria.paying.models import TopUp

    reader = ada.colleague("Rea", "BuyerReadOnly")
    top_up = TopUp.objects.create(
        account=ada.account, method="bank", currency="EUR", amount_minor=5000, state="confirmed", created_at=NOW
    )
    outbox.publish(paying.BalanceToppedUp(ada.account.public_id, top_up.public_id))
    jobs.run_due(with_crons=False, raise_errors=True)

    assert told(ada) == ["balance.topped_up"]
    assert told(reader) == []
    assert str(Money(5000, "EUR").text) in rendered(Message.objects.get()).text
