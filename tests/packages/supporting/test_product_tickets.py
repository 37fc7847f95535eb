"""Tickets about products: routed to the seller, answered, resolved, confirmed or reopened (S-TCK)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.audit.models import AuditRecord
from galleria.kit import jobs
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.notifying.models import Message
from galleria.parties.models import Seller
from galleria.selling.services import people
from galleria.subscribing.models import Subscription
from galleria.supporting import selectors, services, states
from galleria.supporting.models import Ticket, TicketEntry
from tests.people import NOW, Person, make_seller
from tests.shop import Shop


@pytest.fixture
def helpdesk(bruno: Person) -> Any:
    """A product of Bruno, who takes tickets."""
    Seller.objects.filter(pk=bruno.seller.pk).update(accepts_tickets=True, ticket_hours="Mon-Fri 09:00-17:00")
    return Shop(bruno).product("Plainsong Helpdesk", monthly="49.00")


def write(person: Person, about: Any, **more: Any) -> Ticket:
    values = {"subject": "No mail arrives", "text": "Since this morning.", "product": about.public_id, **more}
    return services.open_ticket(person.actor, category="product", at=NOW, **values)


def resolve(person: Person, ticket: Ticket, **more: str) -> Ticket:
    values = {"cause": "A full disk.", "solution": "Emptied it.", **more}
    return services.resolve_ticket(person.actor, ticket_id=ticket.public_id, at=NOW, **values)


def test_the_machines_have_no_dead_ends() -> None:
    assert states.PRODUCT_TICKET.problems(["new", "in_progress", "awaiting", "reopened", "closed"]) == []
    assert states.ACCESS.problems(["", "asked", "granted", "refused", "revoked"]) == []


@pytest.mark.req("S-TCK-001")
def test_a_ticket_about_a_product_goes_to_its_seller(ada: Person, bruno: Person, olga: Person, helpdesk: Any) -> None:
    ticket = write(ada, helpdesk)

    assert (ticket.state, ticket.product) == ("new", helpdesk)
    assert list(selectors.tickets_for_seller(bruno.actor)) == [ticket]
    assert selectors.ticket_counts(bruno.actor) == {"new": 1, "waiting": 1}
    # The operator sees it, and answers what is its own.
    assert list(selectors.tickets_for_operator(olga.actor)) == [ticket]
    assert selectors.open_tickets(olga.actor) == 0
    with pytest.raises(NotAllowed):
        services.answer_ticket(olga.actor, ticket_id=ticket.public_id, answer="Ask them.", at=NOW)


@pytest.mark.req("S-TCK-001")
def test_the_course_of_a_ticket(ada: Person, bruno: Person, helpdesk: Any) -> None:
    ticket = write(ada, helpdesk)
    key = {"ticket_id": ticket.public_id, "at": NOW}
    with pytest.raises(NotAllowed):
        resolve(bruno, ticket)  # nobody took it

    assert services.take_ticket(bruno.actor, **key).state == "in_progress"
    services.say_as_seller(bruno.actor, text="Which mailbox?", **key)
    services.say(ada.actor, text="All of them.", **key)
    for empty in ({"cause": " "}, {"solution": ""}):
        with pytest.raises(Invalid) as refused:
            resolve(bruno, ticket, **empty)
        assert list(refused.value.fields) == list(empty)
    assert resolve(bruno, ticket).state == "awaiting"
    assert services.reopen_ticket(ada.actor, text="Still nothing.", **key).state == "reopened"
    services.take_ticket(bruno.actor, **key)
    resolve(bruno, ticket, solution="Emptied the other one.")
    assert services.confirm_ticket(ada.actor, **key).state == "closed"

    assert [(each.kind, each.side) for each in selectors.entries_of(ticket)] == [
        ("opened", "buyer"), ("taken", "seller"), ("said", "seller"), ("said", "buyer"), ("resolved", "seller"),
        ("reopened", "buyer"), ("taken", "seller"), ("resolved", "seller"), ("confirmed", "buyer"),
    ]  # fmt: skip
    ticket.refresh_from_db()
    assert (ticket.cause, ticket.solution) == ("A full disk.", "Emptied the other one.")
    for late in (
        lambda: services.say(ada.actor, text="One more thing", **key),
        lambda: services.take_ticket(bruno.actor, **key),
        lambda: services.close_ticket(ada.actor, **key),
    ):
        with pytest.raises(NotAllowed):
            late()
    assert AuditRecord.objects.filter(sentence="ticket.resolved", account_id=ada.account.public_id).count() == 2


@pytest.mark.req("S-TCK-001")
def test_a_ticket_that_is_too_long_can_only_be_ended(ada: Person, bruno: Person, helpdesk: Any) -> None:
    ticket = write(ada, helpdesk)
    services.take_ticket(bruno.actor, ticket_id=ticket.public_id, at=NOW)
    resolve(bruno, ticket)
    have = ticket.entries.count()
    entry = {"ticket": ticket, "kind": "said", "side": "buyer", "text": "Hello?", "at": NOW}
    TicketEntry.objects.bulk_create([TicketEntry(**entry) for _each in range(199 - have)])
    services.say(ada.actor, ticket_id=ticket.public_id, text="The last one.", at=NOW)
    assert ticket.entries.count() == 200

    more = {"ticket_id": ticket.public_id, "text": "One more.", "at": NOW}
    for act, actor in (
        (services.say, ada.actor),
        (services.say_as_seller, bruno.actor),
        (services.reopen_ticket, ada.actor),
    ):
        with pytest.raises(NotAllowed) as refused:
            act(actor, **more)
        assert refused.value.message == "This ticket has become too long. Close it and open a new one."
    assert services.confirm_ticket(ada.actor, ticket_id=ticket.public_id, at=NOW).state == "closed"


@pytest.mark.req("S-TCK-001")
def test_the_other_side_is_told(ada: Person, bruno: Person, helpdesk: Any) -> None:
    ben = bruno.colleague("Ben", "SellerSupport")
    other = Shop(bruno).product("Backup", monthly="9.00")
    people.set_user(
        bruno.actor, user_id=ben.user.public_id, roles=["SellerSupport"], products=[other.public_id], at=NOW
    )
    Message.objects.all().delete()
    ticket = write(ada, helpdesk)
    jobs.run_due(with_crons=False, raise_errors=True)
    told = Message.objects.get(key="ticket.moved")
    assert (told.user, told.link) == (bruno.user, f"/seller/tickets/{ticket.public_id}")  # not Ben, who has another one

    services.say_as_seller(bruno.actor, ticket_id=ticket.public_id, text="Which mailbox?", at=NOW)
    jobs.run_due(with_crons=False, raise_errors=True)
    told = Message.objects.filter(key="ticket.moved").latest("pk")
    assert (told.user, told.link) == (ada.user, f"/account/tickets/{ticket.public_id}")


@pytest.mark.req("S-TCK-001", "S-SUB-T2")
def test_a_ticket_is_for_those_who_look_after_the_product(
    ada: Person, bruno: Person, xavier: Person, helpdesk: Any
) -> None:
    ticket = write(ada, helpdesk)
    other = Shop(bruno).product("Backup", monthly="9.00")
    ben, dag = bruno.colleague("Ben", "SellerSupport"), bruno.colleague("Dag", "SellerSales")
    key = {"ticket_id": ticket.public_id, "at": NOW}

    def given(*products: Any) -> None:
        ids = [each.public_id for each in products]
        people.set_user(bruno.actor, user_id=ben.user.public_id, roles=["SellerSupport"], products=ids, at=NOW)

    given(other)
    eve = make_seller("Eve", slug="eve")
    for stranger in (ben, eve):
        assert not selectors.tickets_for_seller(stranger.actor).exists()
        for act in (
            lambda who: selectors.ticket_for_seller(who.actor, ticket.public_id),
            lambda who: services.take_ticket(who.actor, **key),
            lambda who: services.say_as_seller(who.actor, text="Hello", **key),
            lambda who: services.ask_access(who.actor, text="To look", **key),
        ):
            with pytest.raises(NotFound):
                act(stranger)
    with pytest.raises(PermissionMissing):
        services.take_ticket(dag.actor, **key)
    for act in (
        lambda: services.say(xavier.actor, text="Hello", **key),
        lambda: services.confirm_ticket(xavier.actor, **key),
        lambda: services.say(bruno.actor, text="Hello", **key),
    ):
        with pytest.raises(NotFound):
            act()
    given(helpdesk)
    assert services.take_ticket(ben.actor, **key).state == "in_progress"


@pytest.mark.req("S-TCK-T2", "S-TCK-001")
def test_who_takes_no_tickets_gets_no_new_ones_and_finishes_the_open_ones(
    ada: Person, bruno: Person, helpdesk: Any
) -> None:
    ticket = write(ada, helpdesk)
    Seller.objects.filter(pk=bruno.seller.pk).update(accepts_tickets=False)

    with pytest.raises(selectors.SellerTakesNoTickets):
        write(ada, helpdesk)
    for wrong in ({"product": "prd_none"}, {"product": "nothing-like-it"}):
        with pytest.raises(NotFound):
            write(ada, helpdesk, **wrong)
    with pytest.raises(Invalid):
        write(ada, helpdesk, product="")
    assert services.take_ticket(bruno.actor, ticket_id=ticket.public_id, at=NOW).state == "in_progress"


@pytest.mark.req("S-TCK-001")
def test_a_look_at_the_resource_is_asked_for_granted_for_days_and_taken_back(
    ada: Person, bruno: Person, helpdesk: Any, shop: Shop
) -> None:
    shop.fund(ada, "90.00")
    shop.buy(ada, helpdesk)
    held = Subscription.objects.get(product=helpdesk)
    ticket = write(ada, helpdesk, link=held.public_id)
    key = {"ticket_id": ticket.public_id}

    def seen(after: timedelta = timedelta(0)) -> Any:
        ticket.refresh_from_db()
        return selectors.resource_of(bruno.actor, ticket, NOW + after)

    with pytest.raises(NotAllowed):
        services.grant_access(ada.actor, days=3, at=NOW, **key)  # nobody asked
    services.ask_access(bruno.actor, text="To see its state.", at=NOW, **key)
    assert seen() is None
    for days in (0, 31):
        with pytest.raises(Invalid):
            services.grant_access(ada.actor, days=days, at=NOW, **key)
    services.grant_access(ada.actor, days=3, at=NOW, **key)
    assert (seen(), seen(timedelta(days=3))) == (held, None)
    services.revoke_access(ada.actor, at=NOW, **key)
    assert seen() is None
    services.ask_access(bruno.actor, text="Once more, please.", at=NOW, **key)
    services.refuse_access(ada.actor, at=NOW, **key)
    assert seen() is None
    services.ask_access(bruno.actor, text="Really.", at=NOW, **key)
    services.grant_access(ada.actor, days=1, at=NOW, **key)
    later = NOW + timedelta(days=2)
    services.ask_access(bruno.actor, text="It was over.", at=later, **key)
    services.close_ticket(ada.actor, at=later, **key)
    assert seen() is None


@pytest.mark.req("S-TCK-001")
def test_only_a_subscription_of_the_buyer_and_the_product_can_be_looked_at(
    ada: Person, bruno: Person, helpdesk: Any, shop: Shop, xavier: Person
) -> None:
    shop.fund(ada, "90.00")
    order = shop.buy(ada, helpdesk)
    held = Subscription.objects.get(product=helpdesk)

    assert selectors.subscription_of_ticket(write(ada, helpdesk, link=order.public_id)) == held
    assert selectors.subscription_of_ticket(write(xavier, helpdesk, link=held.public_id)) is None
    ticket = write(ada, helpdesk)
    with pytest.raises(NotAllowed):
        services.ask_access(bruno.actor, ticket_id=ticket.public_id, text="To look.", at=NOW)
