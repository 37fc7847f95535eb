"""S3: the seller's products: views, a copy, hiding with an undo, what is set at once, the end of a sale."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.releasing import services
from galleria.releasing.models import Release, RemovalRequest
from tests.people import NOW, make_seller
from tests.web.reading import read

pytestmark = pytest.mark.django_db


def test_a_seller_without_products_is_led_to_the_first(bruno: Any) -> None:
    page = read(bruno.client.get("/seller/products"))
    assert page.has("No products yet", "New product")


@pytest.mark.req("S-PRD-003")
def test_products_and_releases_are_in_their_views(bruno: Any, shop: Any, desk: Any) -> None:
    shop.product("Old Tool", monthly="1.00", state="removed")
    services.start_release(bruno.actor, delivery="license", at=NOW)
    page = read(bruno.client.get("/seller/products"))
    assert page.has("1 product on sale.", "Plainsong Helpdesk", "Drafts 1", "Discontinued 1")
    assert "Old Tool" not in page.text
    assert read(bruno.client.get("/seller/products?view=discontinued")).has("Old Tool")
    assert read(bruno.client.get("/seller/products?view=drafts")).has("License", "Draft")
    assert read(bruno.client.get("/seller/products?q=plainsong")).has("Plainsong Helpdesk")
    assert read(bruno.client.get("/seller/products?q=zzz")).has("Nothing fits these filters")


@pytest.mark.req("S-PRD-005")
def test_hiding_is_done_at_once_and_can_be_undone(bruno: Any, desk: Any) -> None:
    answer = bruno.client.post("/seller/products/act", {"do": f"hide {desk.public_id}"})
    desk.refresh_from_db()
    assert desk.state == "hidden"
    undo = read(bruno.client.get(answer["Location"])).form("/seller/products/act")
    bruno.client.post("/seller/products/act", {"do": f"show {desk.public_id}"})
    assert undo.method == "post"
    desk.refresh_from_db()
    assert desk.state == "on_sale"


def test_a_copy_is_a_new_draft(bruno: Any, desk: Any) -> None:
    answer = bruno.client.post("/seller/products/act", {"do": f"copy {desk.public_id}"})
    release = Release.objects.get()
    assert answer["Location"] == f"/seller/products/{release.public_id}/edit"
    assert (release.kind, release.product, release.title) == ("new", None, "Plainsong Helpdesk")


@pytest.mark.req("S-PRD-004")
def test_a_change_opens_the_one_draft_of_the_product(bruno: Any, desk: Any) -> None:
    first = bruno.client.post("/seller/products/act", {"do": f"change {desk.public_id}"})
    again = bruno.client.post("/seller/products/act", {"do": f"change {desk.public_id}"})
    assert first["Location"] == again["Location"]
    assert bruno.client.get(f"/seller/products/{desk.public_id}/edit")["Location"] == first["Location"]
    page = read(bruno.client.get(bruno.client.get(first["Location"])["Location"]))
    assert page.has("Change of a product on sale", "Differences")


@pytest.mark.req("S-PRD-003")
def test_the_page_of_a_product_has_its_address_and_what_can_be_set(bruno: Any, desk: Any) -> None:
    page = read(bruno.client.get(f"/seller/products/{desk.public_id}"))
    assert page.has("/products/plainsong-helpdesk", "Limit of purchases", "Sales regions", "End the sale")


@pytest.mark.req("S-CFG-001")
def test_a_purchase_limit_holds_at_once(bruno: Any, desk: Any) -> None:
    here = f"/seller/products/{desk.public_id}/configure"
    assert bruno.client.post(here, {"do": "limit", "per_account": "two"}).status_code == 422
    for name in ("per_account", "days"):
        assert bruno.client.post(here, {"do": "limit", name: "9" * 4301}).status_code == 422
    assert bruno.client.post(here, {"do": "limit", "per_account": "1"}).status_code == 302
    desk.refresh_from_db()
    assert desk.purchase_limit["per_account"] == 1
    bruno.client.post(here, {"do": "limit"})
    desk.refresh_from_db()
    assert not desk.purchase_limit


@pytest.mark.req("S-PRD-T9")
def test_a_discontinued_product_can_only_be_looked_at(bruno: Any, shop: Any) -> None:
    old = shop.product("Old Tool", monthly="1.00", state="removed")
    page = read(bruno.client.get(f"/seller/products/{old.public_id}"))
    assert page.has("No longer sold, for good.")
    for words in ("Change …", "Hide", "Limit of purchases", "End the sale …"):
        assert words not in page.text
    assert bruno.client.post(f"/seller/products/{old.public_id}/configure", {"do": "limit"}).status_code == 409


@pytest.mark.req("S-PRD-006", "S-PRD-007")
def test_the_end_of_a_sale_says_what_follows_before(bruno: Any, ada: Any, shop: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)
    here = f"/seller/products/{desk.public_id}/removal"
    page = read(bruno.client.get(here))
    assert page.has("It cannot be undone.", "New purchases are refused.", "The whole product", "Specification Standard")
    assert bruno.client.post(here, {"do": "ask", "reason": "x"}).status_code == 422
    answer = bruno.client.post(here, {"do": "ask", "reason": "We stop making it."})
    assert read(answer).has("Confirm that you read what follows.")
    bruno.client.post(here, {"do": "ask", "reason": "We stop making it.", "sure": "yes"})
    row = RemovalRequest.objects.get()
    assert (row.state, row.scope) == ("pending", "product")
    page = read(bruno.client.get(f"/seller/products/{desk.public_id}"))
    assert page.has("End of the sale asked for", "We stop making it.")
    bruno.client.post(f"/seller/products/{desk.public_id}/removal/{row.public_id}/withdraw")
    row.refresh_from_db()
    assert row.state == "withdrawn"


@pytest.mark.req("S-PRD-006")
def test_what_nobody_holds_ends_at_once(bruno: Any, desk: Any) -> None:
    here = f"/seller/products/{desk.public_id}/removal"
    bruno.client.post(here, {"do": "ask", "reason": "We stop making it.", "sure": "yes"})
    desk.refresh_from_db()
    assert desk.state == "removed"


def test_a_problem_is_answered_on_the_page_of_the_product(bruno: Any, olga: Any, desk: Any) -> None:
    notice = services.send_notice(olga.actor, product_id=desk.public_id, text="The guide is empty.", at=NOW)
    assert read(bruno.client.get("/seller/products")).has("a problem waits for your answer")
    here = f"/seller/products/{desk.public_id}"
    assert read(bruno.client.get(here)).has("The guide is empty.", "answer until")
    bruno.client.post(f"{here}/configure", {"do": f"answer {notice.public_id}", "answer": "It is filled now."})
    notice.refresh_from_db()
    assert (notice.state, notice.answer) == ("answered", "It is filled now.")


def test_products_of_others_are_not_found(bruno: Any, desk: Any, ada: Any) -> None:
    eve = make_seller("Eve", slug="eve", seller_name="Eve Tools")
    for address in ("", "/edit", "/removal"):
        assert eve.client.get(f"/seller/products/{desk.public_id}{address}").status_code in {302, 404}
        assert ada.client.get(f"/seller/products/{desk.public_id}{address}").status_code == 403
    assert eve.client.get(f"/seller/products/{desk.public_id}").status_code == 404
    for verb in ("hide", "copy", "change"):
        assert eve.client.post("/seller/products/act", {"do": f"{verb} {desk.public_id}"}).status_code == 404


def test_who_may_only_look_has_no_acts(bruno: Any, desk: Any) -> None:
    reader = bruno.colleague("Rea", "BuyerReadOnly")
    assert reader.client.get("/seller/products").status_code == 403
