"""A seller's company by program: reviewed changes, what holds at once, recipients, users, deliveries by hand."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from galleria.delivering.models import Delivery
from galleria.parties.models import Seller
from galleria.selling.models import Change, Recipient, Storefront
from tests.api.conftest import Program, program
from tests.packages.kit import hostile
from tests.packages.selling import making
from tests.people import Person

PAGE = "/seller/changes/storefront"
SERVICE = "/seller/customer-service"


@pytest.fixture
def seller(bruno: Person) -> Program:
    return program(bruno)


def fields(told: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each for section in told["sections"] for each in section["fields"]}


@pytest.mark.req("S-ACC-001")
def test_a_page_is_decorated_reviewed_and_live(seller: Program, olga: Person) -> None:
    live = seller.get(PAGE).json()
    assert (live["state"], live["version"], fields(live)["story"]["value"]) == ("none", 0, "")
    kept = seller.put(PAGE, {"values": {"story": "We began in a shed."}}).json()
    assert (kept["state"], fields(kept)["story"]["value"]) == ("draft", "We began in a shed.")
    late = seller.put(PAGE, {"values": {"story": "Other"}, "version": kept["version"] - 1})
    assert (late.status_code, late.json()["code"]) == (409, "CHANGED_MEANWHILE")
    assert set(seller.put(PAGE, {"values": {"slogan": "A"}}).json()["fields"]) == {"values.slogan"}
    assert seller.put("/seller/changes/slogan", {"values": {}}).status_code == 404

    assert seller.post(f"{PAGE}/submit").json()["state"] == "review"
    assert seller.put(PAGE, {"values": {"story": "Other"}}).status_code == 409
    assert seller.post(f"{PAGE}/withdraw").json()["state"] == "draft"
    assert seller.post(f"{PAGE}/submit").json()["round"]["state"] == "pending"
    making.approve(olga, Change.objects.get().public_id)
    assert (seller.get(PAGE).json()["state"], Storefront.objects.get().data["story"]) == ("none", "We began in a shed.")
    seller.put(PAGE, {"values": {"story": "Other"}})
    assert fields(seller.delete(PAGE).json())["story"]["value"] == "We began in a shed."


def test_pictures_go_in_and_out_of_a_draft(seller: Program) -> None:
    picture = base64.b64encode(hostile.picture()).decode()
    told = seller.post("/seller/changes/profile/documents", {"field": "logo", "name": "a.png", "content": picture})
    assert told.status_code == 200, told.content
    logo = fields(told.json())["logo"]["value"]
    assert logo
    assert fields(seller.delete(f"/seller/changes/profile/documents/logo/{logo}").json())["logo"]["value"] == ""
    broken = seller.post("/seller/changes/profile/documents", {"field": "logo", "name": "a.png", "content": "A"})
    assert (broken.status_code, broken.json()["fields"]) == (422, {"content": "This is not Base64."})


@pytest.mark.req("S-ACC-002", "S-SUB-001")
def test_the_name_and_the_users_are_for_the_owner(seller: Program, bruno: Person) -> None:
    carla = bruno.colleague("Carla", "SellerAdmin")
    hers = program(carla)
    for answer in (
        hers.put("/seller/changes/name", {"values": {"new_name": "Other AB"}}),
        hers.get("/seller/users"),
        hers.put(f"/seller/users/{carla.user.public_id}", {"roles": []}),
    ):
        assert (answer.status_code, answer.json()["action"]) == (403, "owner")
    asked = seller.put("/seller/changes/name", {"values": {"new_name": "Bruno Tools International AB"}}).json()
    assert fields(asked)["new_name"]["value"] == "Bruno Tools International AB"
    assert fields(asked)["registration_number"]["read_only"] is False


@pytest.mark.req("S-SUB-001", "S-SUB-002")
def test_users_get_roles_and_the_products_that_they_look_after(seller: Program, bruno: Person, desk: Any) -> None:
    carla = bruno.colleague("Carla", "BuyerReadOnly")
    address = f"/seller/users/{carla.user.public_id}"
    limited = seller.put(address, {"roles": ["SellerAdmin"], "products": [desk.public_id]}).json()
    assert (limited["roles"], limited["products"]) == (["SellerAdmin"], [desk.public_id])
    rows = {each["name"]: each for each in seller.get("/seller/users").json()["items"]}
    assert rows["Carla"] == limited
    assert seller.put(address, {"roles": ["SellerAdmin"]}).json()["products"] is None
    for body, wrong in (({"roles": ["King"]}, "roles"), ({"roles": [], "products": ["prd_x"]}, "products")):
        assert set(seller.put(address, body).json()["fields"]) == {wrong}
    assert seller.put("/seller/users/usr_x", {"roles": []}).status_code == 404


@pytest.mark.req("S-ACC-001", "S-TCK-001")
def test_customer_service_and_tickets_hold_at_once(seller: Program, bruno: Person) -> None:
    told = seller.put(
        SERVICE, {"hours": "Mon-Fri 09:00-18:00", "languages": "English, German", "answers_in": "4 hours"}
    )
    assert (told.status_code, told.json()["languages"]) == (200, "English, German")
    assert set(seller.put(SERVICE, {"hours": "sometimes"}).json()["fields"]) == {"service_hours"}
    assert seller.put(f"{SERVICE}/tickets", {"accepted": True, "hours": "Mon-Fri 09:00-10:00"}).status_code == 422
    open_ = seller.put(f"{SERVICE}/tickets", {"accepted": True, "hours": "Mon-Fri 09:00-18:00"}).json()
    assert (open_["tickets_accepted"], open_["ticket_hours"]) == (True, "Mon-Fri 09:00-18:00")
    assert seller.get(SERVICE).json() == open_
    assert Seller.objects.get(pk=bruno.seller.pk).accepts_tickets is True


@pytest.mark.req("S-RCP-001")
def test_recipients_are_added_changed_and_removed(seller: Program) -> None:
    dan = {"name": "Dan", "email": "dan@print.example", "categories": {"orders": ["email"]}}
    made = seller.post("/seller/recipients", dan)
    assert (made.status_code, made.json()["confirmed_at"]) == (201, None)
    address = f"/seller/recipients/{made.json()['id']}"
    again = seller.post("/seller/recipients", dan)
    assert (again.status_code, set(again.json()["fields"])) == (422, {"email"})
    changed = seller.put(address, {**dan, "categories": {"review": ["email", "sms"]}}).json()
    assert changed["categories"] == {"review": ["email", "sms"]}
    assert seller.put(address, {**dan, "categories": {"gossip": ["email"]}}).status_code == 422
    before = Recipient.objects.get().token_hash
    assert seller.post(f"{address}/link").status_code == 200
    assert Recipient.objects.get().token_hash != before
    assert seller.delete(address).status_code == 204
    assert seller.get("/seller/recipients").json() == {"items": []}


@pytest.mark.req("S-LIC-001")
def test_what_people_deliver_is_found_and_confirmed(seller: Program, shop: Any, ada: Person) -> None:
    shop.fund(ada, "90.00")
    product = shop.product(
        "Counting House", once="90.00", delivery_type="license", is_supervised=True, delivery_days=5,
        acceptance_criteria="The key opens the program.",
    )  # fmt: skip
    order = shop.buy(ada, product, mode="one_time")
    shop.work()
    [row] = seller.get("/seller/deliveries").json()["items"]
    assert (row["order"], row["product"], row["state"], row["customer"]) == (
        order.public_id, product.public_id, "waiting_seller", "Byron Analytics AB",
    )  # fmt: skip
    assert row["due_at"] is not None
    address = f"/seller/deliveries/{row['id']}"
    assert (seller.get(address).json()["quantity"], seller.get(address).json()["accepted"]) == (1, False)
    done = seller.post(f"{address}/confirm").json()
    assert (done["state"], done["accepted"]) == ("succeeded", False)
    assert seller.get("/seller/deliveries").json()["items"] == []
    assert [each["id"] for each in seller.get("/seller/deliveries?view=acceptance").json()["items"]] == [row["id"]]
    assert seller.get("/seller/deliveries?view=later").status_code == 422
    assert Delivery.objects.get().state == "succeeded"
