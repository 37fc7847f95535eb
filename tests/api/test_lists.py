"""What lists, pages of lists and files tell."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from galleria.kit import clock
from galleria.publishing import services as publishing
from tests.api.conftest import program


def rows_of(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"].startswith("attachment;")
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


@pytest.fixture
def gallery(shop: Any) -> None:
    """Twenty-five products, three of them with a trial."""
    for number in range(25):
        shop.product(f"Backup {number:02}", monthly=f"{number + 1}.00", trial_days=14 if number < 3 else 0)
    publishing.reindex_all()


@pytest.mark.req("B-CAT-002", "B-CAT-003")
def test_results_are_paged_with_cursors_and_count_what_each_value_has(gallery: None, visitor: Any) -> None:
    first = visitor.get("/api/v1/products?q=backup&sort=price&limit=10").json()
    second = visitor.get(f"/api/v1/products?q=backup&sort=price&limit=10&cursor={first['next']}").json()
    third = visitor.get(f"/api/v1/products?q=backup&sort=price&limit=10&cursor={second['next']}").json()

    assert (first["total"], first["is_capped"], first["previous"]) == (25, False, None)
    assert [len(each["items"]) for each in (first, second, third)] == [10, 10, 5]
    assert third["next"] is None
    prices = [card["price_from"]["amount"] for page in (first, second, third) for card in page["items"]]
    assert prices == [f"{number + 1}.00" for number in range(25)]
    back = visitor.get(f"/api/v1/products?q=backup&sort=price&limit=10&cursor={second['previous']}").json()
    assert back["items"] == first["items"]
    assert {"value": "trial", "name": "trial", "count": 3} in first["facets"]["terms"]
    assert first["facets"]["seller"] == [{"value": "fernwerk", "name": "Fernwerk", "count": 25}]
    foreign = visitor.get(f"/api/v1/products?q=other&limit=10&cursor={first['next']}")
    assert (foreign.status_code, foreign.json()["code"]) == (422, "BAD_CURSOR")


@pytest.mark.req("B-CAT-002")
def test_filters_narrow_and_misspelt_words_are_helped(gallery: None, visitor: Any) -> None:
    assert visitor.get("/api/v1/products?terms=trial").json()["total"] == 3
    assert visitor.get("/api/v1/products?least=10&most=12").json()["total"] == 3
    assert visitor.get("/api/v1/products?seller=nobody").json()["total"] == 0
    helped = visitor.get("/api/v1/products?q=bakcup").json()
    assert (helped["corrected"], helped["total"]) == ("backup", 25)
    assert visitor.get("/api/v1/products?q=zzzzzz").json()["items"] == []


@pytest.mark.req("B-DET-001")
def test_a_product_tells_what_can_be_chosen_and_what_it_costs(shop: Any, visitor: Any) -> None:
    shop.product(
        "Seats", monthly="4.00", yearly="40.00", seats=(5, 50, 5), model="tiered",
        tiers=[{"up_to": 10, "unit_price_e10": 40_000_000_000}, {"up_to": None, "unit_price_e10": 31_250_000_000}],
    )  # fmt: skip
    publishing.reindex_all()

    told = visitor.get("/api/v1/products/seats").json()

    (specification,) = told["specifications"]
    (attribute,) = specification["attributes"]
    assert (attribute["key"], attribute["kind"]) == ("seats", "quantity")
    assert (attribute["minimum"], attribute["maximum"], attribute["step"]) == (5, 50, 5)
    month, year = specification["prices"]
    assert (month["mode"], year["mode"], month["quantity_key"]) == ("period:month", "period:year", "seats")
    assert month["tiers"] == [
        {"up_to": 10, "unit_price": {"amount": "4.00", "currency": "EUR"}},
        {"up_to": None, "unit_price": {"amount": "3.125", "currency": "EUR"}},
    ]
    assert (told["availability"], told["can_order"], told["seller"]["slug"]) == ("sold", True, "fernwerk")
    assert told["agreements"][0]["key"] == "AGR_PARTNER_USER"
    assert visitor.get("/api/v1/categories").json()["items"][0]["count"] == 1


def test_texts_come_in_the_readers_language(shop: Any, visitor: Any) -> None:
    shop.product("Backup", monthly="4.00", name_zh_hans="备份")
    publishing.reindex_all()

    assert visitor.get("/api/v1/products/backup").json()["name"] == "Backup"
    chinese = visitor.get("/api/v1/products/backup", headers={"Accept-Language": "zh-CN"})
    assert chinese.json()["name"] == "备份"
    assert "Accept-Language" in chinese["Vary"]


@pytest.mark.req("B-CAT-005", "B-DET-004")
def test_restricted_products_say_so(shop: Any, api: Any, desk: Any) -> None:
    type(desk).objects.filter(pk=desk.pk).update(is_restricted=True)
    publishing.reindex_all()

    told = api.get("/products/helpdesk").json()
    assert (told["availability"], told["can_order"]) == ("restricted", False)
    quote = api.post("/quotes", {"product": "helpdesk", "mode": "period:month"})
    assert (quote.status_code, quote.json()["code"]) == (403, "RESTRICTED_PRODUCT")


@pytest.mark.req("B-ORD-020", "B-ORD-021")
def test_orders_are_filtered_paged_and_exported(api: Any, shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "5000.00")
    numbers = [shop.order(ada, desk).public_id for _each in range(23)]
    shop.pay(ada, *[shop.order(ada, desk) for _each in range(2)])
    canceled = numbers[0]
    api.post(f"/orders/{canceled}/cancel", {"reason": "=1+1"})

    first = api.get("/orders").json()
    second = api.get(f"/orders?cursor={first['next']}").json()

    assert (len(first["items"]), len(second["items"]), second["next"]) == (20, 5, None)
    assert [each["id"] for each in api.get(f"/orders?cursor={second['previous']}").json()["items"]] == [
        each["id"] for each in first["items"]
    ]
    assert len(api.get("/orders?view=to_pay&limit=50").json()["items"]) == 22
    assert len(api.get("/orders?state=processing").json()["items"]) == 2
    assert [each["id"] for each in api.get(f"/orders?number={canceled}").json()["items"]] == [canceled]
    assert api.get("/orders?product=nothing").json()["items"] == []
    assert len(api.get("/orders?product=help&kind=1&delivery_type=saas&limit=100").json()["items"]) == 25
    before = (clock.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert api.get(f"/orders?placed_to={before}").json()["items"] == []

    table = rows_of(api.get("/orders/export?view=unpaid"))
    assert len(table) == 22
    assert (table[0]["state"], table[0]["official"], table[0]["currency"]) == ("pending_payment", "49.00", "EUR")
    assert table[0]["line"].startswith(table[0]["order"])


def test_exports_cannot_carry_formulas(api: Any, shop: Any, ada: Any) -> None:
    product = shop.product("=HYPERLINK", monthly="1.00")
    shop.fund(ada, "10.00")
    shop.buy(ada, product)

    assert rows_of(api.get("/orders/export"))[0]["title"].startswith("'=HYPERLINK")
    assert rows_of(api.get("/subscriptions/export"))[0]["name"] == "'=HYPERLINK"


@pytest.mark.parametrize(
    ("path", "most"),
    [("/orders?limit=100", 3), ("/subscriptions?limit=100", 2), ("/orders/export", 3), ("/subscriptions/export", 2)],
)
def test_lists_cost_the_same_however_long(
    path: str, most: int, api: Any, shop: Any, ada: Any, desk: Any, django_assert_max_num_queries: Any
) -> None:
    shop.fund(ada, "5000.00")
    for _each in range(7):
        shop.buy(ada, desk)
    api.get("/me")  # notes that the key is used, once in five minutes

    with django_assert_max_num_queries(most):
        answer = api.get(path)
        _read = answer.getvalue() if answer.streaming else answer.content
    assert answer.status_code == 200


@pytest.mark.req("B-BAL-002", "B-BAL-004")
def test_the_account_and_its_money(api: Any, shop: Any, ada: Any, desk: Any) -> None:
    shop.buy(ada, desk)

    me = api.get("/me").json()
    assert (me["account_id"], me["roles"], me["is_operator"]) == (ada.account.public_id, ["Owner"], False)
    account = api.get("/account").json()
    assert (account["name"], account["currency"], account["is_complete"]) == ("Byron Analytics AB", "EUR", True)
    balance = api.get("/account/balance").json()
    assert (balance["cash"]["amount"], balance["available"]["amount"], balance["credit"]) == ("451.00", "451.00", None)
    entries = api.get("/account/entries").json()["items"]
    assert [(each["amount"]["amount"], each["balance_after"]["amount"]) for each in entries] == [
        ("-49.00", "451.00"), ("500.00", "500.00"),
    ]  # fmt: skip


@pytest.mark.req("B-TOP-003")
def test_a_transfer_is_announced_and_booked_by_the_operator(api: Any, ada: Any, olga: Any) -> None:
    from galleria.paying import services

    body = {
        "method": "bank", "amount": "250.00", "currency": "EUR", "sender": "Byron Analytics", "bank": "Nordbank",
        "reference": "R 1", "transferred_on": "2027-02-28",
    }  # fmt: skip
    made = api.post("/top-ups", body)
    assert (made.status_code, made.json()["state"]) == (201, "submitted")
    services.confirm_top_up(olga.actor, top_up_id=made.json()["id"], at=clock.now())

    assert api.get("/top-ups").json()["items"][0]["state"] == "confirmed"
    assert api.get("/account/balance").json()["cash"]["amount"] == "250.00"
    for wrong, field in (
        ({"amount": "0.01"}, "amount"), ({"amount": "1.001"}, "amount"), ({"transferred_on": ""}, "transferred_on"),
        ({"transferred_on": "2027-02-30"}, "transferred_on"), ({"sender": ""}, "sender"),
        ({"currency": "XXQ"}, "amount"),
    ):  # fmt: skip
        answer = api.post("/top-ups", {**body, **wrong})
        assert answer.status_code == 422, wrong
        assert field in answer.json()["fields"], wrong


@pytest.mark.req("B-TOP-001")
def test_a_card_tops_up_at_once(api: Any, ada: Any, settings: Any) -> None:
    from tests import till

    settings.GALLERIA_SANDBOX_CARDS = True
    means = till.card(ada)
    body = {"method": "card", "amount": "80.00", "currency": "EUR", "means": means.public_id}

    first, second = api.post("/top-ups", body, key="t-1"), api.post("/top-ups", body, key="t-1")

    assert (first.status_code, first.json()["state"], first.json()["payment_state"]) == (201, "confirmed", "succeeded")
    assert first.content == second.content
    assert api.get("/account/balance").json()["cash"]["amount"] == "80.00"


@pytest.mark.req("B-FAV-001", "B-FAV-002")
def test_favourites_are_the_persons_own(api: Any, ada: Any, desk: Any) -> None:
    saved = api.put("/favorites/helpdesk", {"mode": "period:month", "term": 3, "attributes": {}})
    assert saved.json()["configuration"] == {"mode": "period:month", "term": 3, "attributes": {}}

    (item,) = api.get("/favorites").json()["items"]
    assert (item["product"]["slug"], item["can_buy"]) == ("helpdesk", True)
    assert program(ada.colleague("Ben", "BuyerAdmin")).get("/favorites").json()["items"] == []
    assert api.put("/favorites/unknown", {}).status_code == 404
    gone = api.delete("/favorites/helpdesk")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get("/favorites").json()["items"] == []


@pytest.mark.req("B-MSG-001")
def test_messages_are_read(api: Any, ada: Any, xavier: Any) -> None:
    from galleria.notifying import services
    from galleria.notifying.sentences import SENTENCES

    for number in range(3):
        services.notify([ada.user], next(iter(SENTENCES)), at=clock.now(), dedupe=f"m{number}")
    messages = api.get("/messages?unread=true").json()["items"]
    assert len(messages) == 3
    one = messages[0]["id"]

    assert api.post(f"/messages/{one}/read").json()["read_at"] == "2027-03-01T09:00:00Z"
    assert program(xavier).post(f"/messages/{one}/read").status_code == 404
    assert len(api.get("/messages?unread=true").json()["items"]) == 2
    assert api.post("/messages/read", {}).json() == {"count": 2}
    assert api.get("/messages?unread=true").json()["items"] == []
    assert len(api.get("/messages").json()["items"]) == 3


@pytest.mark.req("B-TRM-004")
def test_accepted_agreements_are_listed(api: Any, shop: Any, ada: Any, desk: Any) -> None:
    order = shop.order(ada, desk)

    items = api.get("/agreements").json()["items"]

    assert {(each["key"], each["order"], each["accepted_by"]) for each in items} >= {
        ("AGR_PARTNER_USER", order.public_id, "Ada Byron"),
        (f"product:{desk.public_id}", order.public_id, "Ada Byron"),
    }
    assert api.get("/agreements/nothing").status_code == 404
    assert api.get("/agreements/AGR_PARTNER_USER?version=9").status_code == 404


@pytest.mark.req("B-AFS-003")
def test_tickets_are_written_answered_and_closed(api: Any, olga: Any) -> None:
    from galleria.supporting import services

    ticket = api.post("/tickets", {"category": "credit", "subject": "Credit", "text": "Please"}).json()
    services.answer_ticket(olga.actor, ticket_id=ticket["id"], answer="Granted", at=clock.now())

    told = api.get(f"/tickets/{ticket['id']}").json()
    assert (told["state"], told["answer"]) == ("answered", "Granted")
    assert api.post(f"/tickets/{ticket['id']}/close").json()["state"] == "closed"
    again = api.post(f"/tickets/{ticket['id']}/close")
    assert again.status_code == 409
    assert [each["id"] for each in api.get("/tickets").json()["items"]] == [ticket["id"]]
