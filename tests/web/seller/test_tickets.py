"""S12: tickets about products, from the product's page to the seller and back (S-TCK)."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.parties.models import Seller
from galleria.publishing import services as publishing
from galleria.subscribing.models import Subscription
from galleria.supporting.models import Ticket
from tests.shop import Shop
from tests.web.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def takes(bruno: Any) -> Any:
    """Say whether Bruno takes tickets, as his profile does."""

    def switch(yes: bool) -> None:
        seller = Seller.objects.get(pk=bruno.seller.pk)
        seller.accepts_tickets, seller.ticket_hours = yes, "Mon-Fri 09:00-17:00 (CET)"
        seller.save()
        publishing.reindex_seller(seller.pk)

    switch(True)
    return switch


@pytest.mark.req("S-TCK-001", "S-TCK-T2")
def test_a_buyer_writes_from_the_pages_of_the_product_and_the_seller_answers(
    shop: Shop, desk: Any, ada: Any, bruno: Any, takes: Any
) -> None:
    shop.fund(ada, "500.00")
    shop.buy(ada, desk)
    held = Subscription.objects.get(product=desk)
    mine, place = f"/buyer/subscriptions/{held.public_id}", f"/account/tickets/new?product={desk.slug}"
    assert place in read(ada.client.get(f"/products/{desk.slug}")).html
    assert place in read(ada.client.get(mine)).html
    page = read(ada.client.get(f"{place}&link={held.public_id}"))
    assert "Tickets are answered Mon-Fri 09:00-17:00 (CET)." in page.text
    assert "Credit payment" not in page.text

    sent = {"product": desk.slug, "link": held.public_id, "subject": "No mail", "text": "None arrives."}
    answer = ada.client.post("/account/tickets/new", sent)
    ticket = Ticket.objects.get()
    own, his = f"/account/tickets/{ticket.public_id}", f"/seller/tickets/{ticket.public_id}"
    assert (answer.status_code, answer["Location"]) == (302, own)
    assert (ticket.product, ticket.state) == (desk, "new")
    assert "No mail" in read(bruno.client.get("/seller/tickets?view=waiting")).text

    assert bruno.client.post(f"{his}/take").status_code == 302
    assert bruno.client.post(f"{his}/say", {"text": "Which mailbox?"}).status_code == 302
    assert "Which mailbox?" in read(ada.client.get(own)).text
    wrong = bruno.client.post(f"{his}/resolve", {"cause": "", "solution": "Emptied it."})
    assert wrong.status_code == 422
    assert "Emptied it." in read(wrong).html
    assert bruno.client.post(f"{his}/access", {"why": "To see its state."}).status_code == 302
    assert "The seller asks to look at your resource" in read(ada.client.get(own)).text
    assert "Standard" not in read(bruno.client.get(his)).text
    assert ada.client.post(f"{own}/grant", {"days": "x"}).status_code == 422
    assert ada.client.post(f"{own}/grant", {"days": "3"}).status_code == 302
    assert "Standard" in read(bruno.client.get(his)).text
    assert ada.client.post(f"{own}/revoke").status_code == 302
    assert "Standard" not in read(bruno.client.get(his)).text

    assert bruno.client.post(f"{his}/resolve", {"cause": "Full disk", "solution": "Emptied it."}).status_code == 302
    assert "Is it solved?" in read(ada.client.get(own)).text
    assert ada.client.post(f"{own}/reopen", {"text": "Still none."}).status_code == 302
    assert "Reopened" in read(bruno.client.get(his)).text
    assert ada.client.post(f"{own}/confirm").status_code == 409
    bruno.client.post(f"{his}/take")
    bruno.client.post(f"{his}/resolve", {"cause": "Full disk", "solution": "Emptied the other."})
    assert ada.client.post(f"{own}/confirm").status_code == 302
    assert Ticket.objects.get().state == "closed"

    takes(False)
    assert place not in read(ada.client.get(f"/products/{desk.slug}")).html
    assert place not in read(ada.client.get(mine)).html
    assert ada.client.get(place).status_code == 409
    assert "Emptied the other." in read(bruno.client.get(his)).text


def test_others_find_neither_ticket_nor_act(
    shop: Shop, desk: Any, ada: Any, bruno: Any, xavier: Any, takes: Any
) -> None:
    ada.client.post("/account/tickets/new", {"product": desk.public_id, "subject": "A", "text": "B"})
    key = Ticket.objects.get().public_id
    sales = bruno.colleague("Sam", "SellerSales")

    assert xavier.client.get(f"/account/tickets/{key}").status_code == 404
    assert xavier.client.post(f"/account/tickets/{key}/say", {"text": "Hello"}).status_code == 404
    assert ada.client.post(f"/account/tickets/{key}/dance").status_code == 404
    assert bruno.client.post(f"/seller/tickets/{key}/dance").status_code == 404
    assert sales.client.post(f"/seller/tickets/{key}/take").status_code == 403
    assert ada.client.get(f"/seller/tickets/{key}").status_code == 403
    assert Ticket.objects.get().state == "new"
