"""Decisions about a seller, its wishes for test coupons and its way out, by program (S-VIO, S-TCP, S-EXI)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from galleria.kit import clock
from galleria.selling.models import ExitRequest, TestCoupon
from galleria.selling.services import sanctioning
from galleria.selling.services.sanctioning import Wanted
from tests.api.conftest import Program, program
from tests.packages.kit import hostile
from tests.packages.selling import making
from tests.people import Person

SEALED = {"name": "sealed.pdf", "content": base64.b64encode(hostile.pdf()).decode()}


@pytest.fixture
def seller(bruno: Person) -> Program:
    return program(bruno)


@pytest.mark.req("S-VIO-002")
def test_a_decision_is_read_and_appealed_once(seller: Program, bruno: Person, olga: Person) -> None:
    row = sanctioning.decide(
        olga.actor, seller_id=bruno.seller.public_id, conduct="mismatch", reason="The page said something else.",
        sanctions=(Wanted("warning"),), points=6, at=clock.now(),
    )  # fmt: skip
    told = seller.get("/seller/violations").json()
    assert (told["points"], told["items"][0]["sanctions"][0]["kind"]) == (6, "warning")
    address = f"/seller/violations/{row.public_id}/appeal"
    appealed = seller.post(address, {"text": "It said so on the day."}).json()["items"][0]
    assert (appealed["state"], appealed["appeal"]) == ("appealed", "It said so on the day.")
    assert seller.post(address, {"text": "Again."}).status_code == 409
    assert seller.post("/seller/violations/vio_x/appeal", {"text": "Again."}).status_code == 404


@pytest.mark.req("S-TCP-001")
def test_a_test_coupon_is_asked_for_granted_or_withdrawn(seller: Program, olga: Person) -> None:
    asked = {"scheme": "Test of 2027", "amount": "500.00", "document": SEALED}
    made = seller.post("/seller/test-coupons", asked)
    assert (made.status_code, made.json()["asked"]) == (201, {"amount": "500.00", "currency": "EUR"})
    too_much: Any = seller.post("/seller/test-coupons", {**asked, "amount": "99999999.00"}).json()
    assert set(too_much["fields"]) == {"amount"}
    broken = seller.post("/seller/test-coupons", {**asked, "document": {"name": "a.pdf", "content": "A"}})
    assert broken.json()["fields"] == {"document.content": "This is not Base64."}
    other = seller.post("/seller/test-coupons", asked).json()
    assert seller.post(f"/seller/test-coupons/{other['id']}/withdraw").json()["state"] == "withdrawn"
    making.approve(olga, made.json()["id"])
    told = seller.get("/seller/test-coupons").json()
    assert {each["id"]: each["state"] for each in told["items"]} == {
        made.json()["id"]: "granted",
        other["id"]: "withdrawn",
    }
    assert TestCoupon.objects.get(state="granted").granted_minor == 50_000


@pytest.mark.req("S-EXI-001", "S-EXI-T1")
def test_a_company_leaves_when_nothing_is_open_and_may_think_again(seller: Program, bruno: Person, desk: Any) -> None:
    carla = program(bruno.colleague("Carla", "SellerAdmin"))
    refused = carla.post("/seller/exit", {"reason": "We close down."})
    assert (refused.status_code, refused.json()["action"]) == (403, "owner")
    blocked = seller.post("/seller/exit", {"reason": "We close down."})
    assert (blocked.status_code, blocked.json()["code"], blocked.json()["open"]) == (409, "EXIT_BLOCKED", ["products"])
    type(desk).objects.update(state="removed")
    assert all(each["passed"] for each in seller.get("/seller/exit").json()["checks"])
    assert seller.post("/seller/exit", {"reason": "We close down."}).json()["state"] == "review"
    assert seller.post("/seller/exit/withdraw").json()["state"] == "active"
    assert ExitRequest.objects.get().state == "withdrawn"
