"""Writes that are sent again: once done, the same answer; never for another request, never a secret kept."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from django.db import connection

from galleria.buying.models import Order, Quote
from galleria.kit.models import IdempotencyKey
from galleria.ledger.models import LedgerTransaction
from galleria.supporting.models import Ticket
from tests.api.conftest import Program, order_of, program

TICKET = {"category": "other", "subject": "Hello", "text": "There"}


def test_an_order_sent_twice_is_one_order_with_the_same_answer(api: Program, desk: Any) -> None:
    body = order_of(api.quote(desk))

    first, second = api.post("/orders", body, key="o-1"), api.post("/orders", body, key="o-1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first.headers
    assert second["Idempotency-Replayed"] == "true"
    assert Order.objects.count() == 1


@pytest.mark.req("B-PAY-003")
def test_a_payment_sent_twice_charges_once(api: Program, desk: Any, shop: Any, ada: Any) -> None:
    order = api.order(desk)

    first, second = api.pay(order, key="p-1"), api.pay(order, key="p-1")

    assert first.content == second.content
    assert second["Idempotency-Replayed"] == "true"
    assert shop.balance(ada).text == "451.00"
    assert LedgerTransaction.objects.filter(kind="order_payment").count() == 1


@pytest.mark.req("B-PAY-003")
def test_a_payment_whose_answer_was_lost_is_found_again(api: Program, desk: Any, shop: Any, ada: Any) -> None:
    order = api.order(desk)
    first = api.pay(order, key="p-1")
    IdempotencyKey.objects.filter(scope="api:create_payment").delete()  # the process died before it kept it

    again = api.pay(order, key="p-1")

    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert shop.balance(ada).text == "451.00"


def test_the_same_key_for_another_request_is_refused(api: Program, desk: Any) -> None:
    order, other = api.order(desk), api.order(desk)
    api.pay(order, key="p-1")

    answer = api.pay(other, key="p-1")

    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert Order.objects.get(public_id=other["id"]).state == "pending_payment"


def test_the_same_key_is_another_one_for_another_account_and_another_endpoint(
    api: Program, xavier: Any, desk: Any
) -> None:
    assert api.post("/tickets", TICKET, key="k").status_code == 201
    assert "Idempotency-Replayed" not in program(xavier).post("/tickets", TICKET, key="k").headers
    quote = api.post("/quotes", {"product": "helpdesk", "mode": "period:month"}, key="k")
    assert (quote.status_code, "Idempotency-Replayed" in quote.headers) == (201, False)
    assert Ticket.objects.count() == 2


def test_a_colleague_does_not_get_the_answer_of_another_person(api: Program, ada: Any) -> None:
    api.post("/tickets", TICKET, key="k")
    answer = program(ada.colleague("Ben", "BuyerAdmin")).post("/tickets", TICKET, key="k")

    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_refusal_is_not_kept(api: Program, desk: Any, shop: Any, ada: Any) -> None:
    body = order_of(api.quote(desk))
    refused = api.post("/orders", {**body, "agreements": {}}, key="o-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "AGREEMENT_NOT_ACCEPTED")

    assert api.post("/orders", body, key="o-1").status_code == 201


@pytest.mark.parametrize("path", ["/orders", "/payments", "/top-ups"])
def test_what_moves_money_needs_a_key(path: str, api: Program, desk: Any) -> None:
    bodies = {
        "/orders": order_of(api.quote(desk)),
        "/payments": {"orders": ["GA1"], "method": "balance"},
        "/top-ups": {"method": "bank", "amount": "10.00", "currency": "EUR"},
    }
    answer = api.post(path, bodies[path], key="")

    assert (answer.status_code, answer.json()["code"]) == (400, "IDEMPOTENCY_KEY_REQUIRED")
    assert Order.objects.count() == 0


@pytest.mark.parametrize("key", ["with space", "x" * 129, "ä"])
def test_a_key_of_another_form_is_refused(key: str, api: Program) -> None:
    answer = api.post("/tickets", TICKET, key=key)

    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_INVALID")
    assert Ticket.objects.count() == 0


def test_other_writes_may_go_without(api: Program, desk: Any) -> None:
    for _each in range(2):
        assert api.post("/quotes", {"product": "helpdesk", "mode": "period:month"}, key="").status_code == 201
    assert Quote.objects.count() == 2


def test_a_password_is_never_kept(api: Program, desk: Any, shop: Any, ada: Any) -> None:
    from galleria.audit.models import AuditRecord
    from galleria.kit import clock
    from galleria.subscribing import services
    from galleria.subscribing.models import Subscription

    shop.buy(ada, desk)
    subscription = Subscription.objects.get()
    services.record_app_info(
        subscription, front_end_url="https://desk.example", admin_url="", user_name="ada", password="s3cret-word",
        memo="", usage=[], at=clock.now(),
    )  # fmt: skip
    path = f"/subscriptions/{subscription.public_id}/password"

    answers = [api.post(path, {}, key="same") for _each in range(2)]

    assert [each.json() for each in answers] == [{"password": "s3cret-word"}] * 2
    assert AuditRecord.objects.filter(sentence="subscription.password_revealed").count() == 2
    assert not any("s3cret-word" in str(row.answer) for row in IdempotencyKey.objects.all())
    assert "s3cret-word" not in api.get(f"/subscriptions/{subscription.public_id}/app-info").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("B-PAY-003", "B-PAY-T1")
def test_the_same_requests_at_the_same_moment_are_done_once(ada: Any, bruno: Any) -> None:
    from galleria.publishing import services
    from tests.shop import Shop

    shop = Shop(bruno)
    product = shop.product("Helpdesk", monthly="49.00")
    services.reindex_all()
    shop.fund(ada, "500.00")
    api = program(ada)
    body = order_of(api.quote(product))
    answers: list[Any] = []

    def together(path: str, sent: Any, key: str) -> list[Any]:
        answers.clear()
        gate = threading.Barrier(4)

        def send() -> None:
            gate.wait()
            answers.append(api.post(path, sent, key=key))
            connection.close()

        threads = [threading.Thread(target=send) for _each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return list(answers)

    placed = together("/orders", body, "o-1")
    assert {each.status_code for each in placed} == {201}
    assert len({each.content for each in placed}) == 1
    assert Order.objects.count() == 1

    order = placed[0].json()
    paid = together("/payments", {"orders": [order["id"]], "method": "balance"}, "p-1")
    assert {each.status_code for each in paid} == {201}
    assert len({each.json()["id"] for each in paid}) == 1
    assert shop.balance(ada).text == "451.00"

    tickets = together("/tickets", TICKET, str(uuid.uuid4()))
    assert {each.status_code for each in tickets} == {201}
    assert Ticket.objects.count() == 1
    assert shop.is_balanced()


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("B-PAY-T1")
def test_one_order_paid_by_several_programs_at_once_is_charged_once(ada: Any, bruno: Any) -> None:
    from galleria.publishing import services
    from tests.shop import Shop

    shop = Shop(bruno)
    product = shop.product("Helpdesk", monthly="49.00")
    services.reindex_all()
    shop.fund(ada, "500.00")
    api = program(ada)
    order = api.order(product)
    answers: list[Any] = []

    def pay() -> None:
        answers.append(api.pay(order))
        connection.close()

    threads = [threading.Thread(target=pay) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"ORDER_STATUS_CHANGED"}
    assert shop.balance(ada).text == "451.00"
    assert shop.is_balanced()
