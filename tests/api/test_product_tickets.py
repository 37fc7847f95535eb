"""A ticket about a product by program: the buyer's and the seller's side (S-TCK-001)."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.parties.models import Seller
from galleria.subscribing.models import Subscription
from tests.api.conftest import program


@pytest.mark.req("S-TCK-001")
def test_a_ticket_goes_to_the_seller_and_back(shop: Any, desk: Any, ada: Any, bruno: Any) -> None:
    Seller.objects.filter(pk=bruno.seller.pk).update(accepts_tickets=True)
    shop.fund(ada, "90.00")
    shop.buy(ada, desk)
    held = Subscription.objects.get(product=desk)
    buyer, seller = program(ada), program(bruno)
    asked = {"category": "product", "product": desk.slug, "subject": "No mail", "text": "None.", "link": held.public_id}

    made = buyer.post("/tickets", asked)
    assert (made.status_code, made.json()["product"], made.json()["state"]) == (201, desk.public_id, "new")
    own, his = f"/tickets/{made.json()['id']}", f"/seller/tickets/{made.json()['id']}"
    assert [each["customer"] for each in seller.get("/seller/tickets?state=waiting").json()["items"]] == [
        "Byron Analytics AB"
    ]
    assert seller.post(f"{his}/take").json()["state"] == "in_progress"
    assert seller.post(f"{his}/access", {"text": "To look"}).json()["resource"] is None
    assert buyer.post(f"{own}/access/grant", {"days": 31}).status_code == 422
    assert buyer.post(f"{own}/access/grant", {"days": 3}).json()["access"] == "granted"
    assert seller.get(his).json()["resource"]["id"] == held.public_id
    assert buyer.post(f"{own}/access/revoke").json()["access"] == "revoked"
    assert seller.get(his).json()["resource"] is None
    assert seller.post(f"{his}/resolve", {"cause": "", "solution": "B"}).status_code == 422
    assert seller.post(f"{his}/resolve", {"cause": "A", "solution": "B"}).json()["state"] == "awaiting"
    assert buyer.post(f"{own}/reopen", {"text": "No"}).json()["state"] == "reopened"
    seller.post(f"{his}/take")
    seller.post(f"{his}/resolve", {"cause": "A", "solution": "C"})
    told = buyer.post(f"{own}/confirm").json()
    assert (told["state"], told["cause"], told["solution"]) == ("closed", "A", "C")
    assert [each["kind"] for each in told["entries"]] == [
        "opened", "taken", "access_asked", "access_granted", "access_revoked", "resolved", "reopened", "taken",
        "resolved", "confirmed",
    ]  # fmt: skip


@pytest.mark.req("S-TCK-T2")
def test_a_seller_without_tickets_is_told_as_one(desk: Any, ada: Any) -> None:
    asked = {"category": "product", "product": desk.slug, "subject": "No mail", "text": "None."}

    answer = program(ada).post("/tickets", asked)

    assert (answer.status_code, answer.json()["code"]) == (409, "SELLER_TAKES_NO_TICKETS")
