"""The funds pages: what is there, what moved, topping up, cards, coupons, and the sandbox in place of a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from galleria.kit import clock, jobs, parameters
from galleria.kit.actor import SYSTEM
from galleria.ledger import services as ledger
from galleria.paying import services as paying
from galleria.paying.models import Payment, PaymentMeans, TopUp
from galleria.pricing.models import Coupon, CouponUse
from tests.people import NOW, Person
from tests.till import ASKS, DEBIT, DECLINES, PAYS, balances, card, charge_for, euro, fund, give_back, pay
from tests.web.reading import read

pytestmark = pytest.mark.django_db

PAGES = [
    "/buyer/funds",
    "/buyer/funds/entries",
    "/buyer/funds/top-up",
    "/buyer/funds/transfer",
    "/buyer/funds/top-ups",
    "/buyer/funds/cards",
    "/buyer/funds/coupons",
]


@pytest.fixture(autouse=True)
def _sandbox(settings: Any) -> Iterator[None]:
    settings.GALLERIA_SANDBOX_CARDS = True
    settings.STRIPE_SECRET_KEY = ""
    yield
    assert ledger.check().problems == []


def enter(person: Person, number: str = PAYS, back: str = "") -> Any:
    """Add a card as a person does, through every page; returns the answer on the way back."""
    listed = read(person.client.get("/buyer/funds/cards", {"next": back} if back else {}))
    answer = listed.form("/buyer/funds/cards/new").send(person.client)
    assert answer["Location"].startswith("/buyer/sandbox/cards/sbse_")
    shown = read(person.client.get(answer["Location"]))
    assert shown.has("This is a sandbox. No money moves.", "4242 4242 4242 4242")
    answer = person.client.post(answer["Location"], {"number": number, "expires": "07/31", "holder": "Ada Byron"})
    assert answer.status_code == 302, read(answer).text
    assert answer["Location"].startswith("/buyer/funds/cards/return/?")
    return person.client.get(answer["Location"])


# ----- reading -----


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_with_and_without_money(ada: Person, address: str) -> None:
    assert ada.client.get(address).status_code == 200
    card(ada)
    fund(ada, "100.00")
    pay(ada, charge_for("40.00", "10.00"), method="balance")
    answer = ada.client.get(address)
    assert answer.status_code == 200
    assert read(answer).html.count("<h1") == 1


@pytest.mark.parametrize("address", PAGES)
def test_visitors_sign_in_first(visitor: Client, db: None, address: str) -> None:
    answer = visitor.get(address)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/login/")


@pytest.mark.req("B-PRM-003")
@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        ("BuyerReadOnly", "/buyer/funds", 200),
        ("BuyerReadOnly", "/buyer/funds/cards", 200),
        ("BuyerReadOnly", "/buyer/funds/top-up", 403),
        ("BuyerReadOnly", "/buyer/funds/transfer", 403),
        ("BuyerFinance", "/buyer/funds/top-up", 200),
        ("BuyerAcceptor", "/buyer/funds", 403),
    ],
)
def test_pages_follow_the_permissions(ada: Person, role: str, address: str, status: int) -> None:
    ben = ada.colleague("Ben", role)
    answer = ben.client.get(address)
    assert answer.status_code == status
    if status == 403:
        assert "billing:balance:" in read(answer).text
    if role == "BuyerReadOnly" and address.endswith("cards"):
        assert read(answer).has("Needs the permission billing:balance:topup")
        assert ben.client.post("/buyer/funds/cards/new").status_code == 403


@pytest.mark.req("B-BAL-002", "B-BAL-004")
def test_the_overview_shows_what_is_there_and_what_moved(ada: Person, olga: Person) -> None:
    fund(ada, "30.00")
    paying.approve_later_payment(
        olga.actor, account_id=ada.account.public_id, kind="credit", limit=euro("100.00"), at=NOW
    )
    order = charge_for("40.00", "10.00")
    pay(ada, order, method="balance")
    shown = read(ada.client.get("/buyer/funds"))
    assert shown.has("Available now 80.00", "Credit left", "Limit", "100.00", "Used", "20.00")
    assert shown.has("Order payment", order.order_id, "−30.00", "Ada Byron")
    assert "Apply for credit payment" not in shown.text
    give_back(order, "40.00", "10.00")
    shown = read(ada.client.get("/buyer/funds/entries"))
    assert shown.has("Refund", "operations system", "+30.00")


@pytest.mark.req("B-CRD-001", "B-PUR-021")
def test_credit_is_applied_for_by_ticket(ada: Person) -> None:
    assert 'href="/account/tickets/new?category=credit"' in read(ada.client.get("/buyer/funds")).html


def test_what_is_overdue_is_said_first(ada: Person) -> None:
    paying.note_debt(SYSTEM, account_id=ada.account.public_id, amount=euro("30.00"), reference="b", at=NOW)
    assert read(ada.client.get("/buyer/funds")).has("30.00 EUR are overdue. A top-up pays this first")
    card(ada)
    assert read(ada.client.get("/buyer/funds/top-up")).has("30.00 EUR are overdue")


@pytest.mark.req("B-RSL-T1")
def test_a_reseller_customer_sees_no_card_form_and_no_top_up(ada: Person, rita: Person) -> None:
    ada.account.sales_model, ada.account.reseller = "resale", rita.reseller
    ada.account.save()
    shown = read(ada.client.get("/buyer/funds"))
    assert shown.has("Mendes Consulting pays for your orders")
    assert "Top up" not in shown.text
    for address in ("/buyer/funds/cards", "/buyer/funds/top-up", "/buyer/funds/transfer"):
        page = read(ada.client.get(address))
        assert [form for form in page.forms if form.action.startswith("/buyer/funds")] == []
    assert ada.client.post("/buyer/funds/cards/new")["Location"] == "/buyer/funds/cards"
    assert not PaymentMeans.objects.exists()


def test_without_a_gateway_there_are_no_cards(ada: Person, settings: Any) -> None:
    settings.GALLERIA_SANDBOX_CARDS = False
    assert read(ada.client.get("/buyer/funds/cards")).has("This marketplace does not take cards.")
    assert read(ada.client.get("/buyer/funds/top-up")).has("does not take cards")
    assert ada.client.get("/buyer/sandbox/cards/sbse_1/").status_code == 404
    assert ada.client.get("/buyer/sandbox/challenge/sbch_1/").status_code == 404


# ----- cards -----


@pytest.mark.req("B-BAL-001", "B-PUR-004")
def test_a_card_is_added_and_the_person_is_led_back(ada: Person) -> None:
    answer = enter(ada, back="/buyer/pay?orders=GA1,GA2")
    assert answer["Location"] == "/buyer/pay?orders=GA1,GA2"
    means = PaymentMeans.objects.get()
    assert (means.last4, means.holder, means.expires_month, means.expires_year) == ("4242", "Ada Byron", 7, 2031)
    shown = read(ada.client.get("/buyer/funds/cards"))
    assert shown.has("Visa •••• 4242 is saved.", "Default", "07/2031", "Ada Byron")


@pytest.mark.req("B-PAY-T2")
def test_a_debit_card_is_refused_at_entry(ada: Person) -> None:
    assert enter(ada, DEBIT)["Location"] == "/buyer/funds/cards"
    assert read(ada.client.get("/buyer/funds/cards")).has("This is a debit card. Only credit cards are accepted.")
    assert not PaymentMeans.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"number": "4111 1111 1111 1111"}, "Never enter a real card"),
        ({"number": ""}, "only knows the test cards"),
        ({"expires": "13/31"}, "Give month and year"),
        ({"expires": "02/27"}, "This card has expired."),
        ({"holder": " "}, "Give the name on the card."),
        ({"number": "<script>alert(1)</script>" * 50}, "only knows the test cards"),
    ],
)
def test_the_sandbox_says_what_is_wrong_and_keeps_what_was_typed(
    ada: Person, typed: dict[str, str], words: str
) -> None:
    address = ada.client.post("/buyer/funds/cards/new")["Location"]
    answer = ada.client.post(address, {"number": PAYS, "expires": "07/31", "holder": "Ada", **typed})
    shown = read(answer)
    assert (answer.status_code, words in shown.text) == (422, True), shown.text
    assert "<script>alert" not in shown.html
    assert ada.client.get("/buyer/sandbox/cards/sbse_unknown/").status_code == 404


def test_coming_back_without_a_card_or_with_another_accounts_setup_adds_none(ada: Person, xavier: Person) -> None:
    assert ada.client.get("/buyer/funds/cards/return/")["Location"] == "/buyer/funds/cards"
    address = ada.client.post("/buyer/funds/cards/new")["Location"]
    onward = ada.client.post(address, {"number": PAYS, "expires": "07/31", "holder": "Ada"})["Location"]
    xavier.client.get(onward)
    assert not PaymentMeans.objects.exists()
    ada.client.get(onward.replace("setup=", "setup=x"))
    assert not PaymentMeans.objects.exists()


def test_nobody_is_led_off_the_site(ada: Person) -> None:
    answer = enter(ada, back="https://elsewhere.example/")
    assert answer["Location"] == "/buyer/funds/cards"


def test_cards_are_made_default_and_removed(ada: Person, xavier: Person) -> None:
    first, second = card(ada), card(ada, "5555555555554444")
    assert xavier.client.post(f"/buyer/funds/cards/{second.public_id}/default").status_code == 404
    assert xavier.client.post(f"/buyer/funds/cards/{second.public_id}/remove").status_code == 404
    shown = read(ada.client.get("/buyer/funds/cards"))
    shown.form(f"/buyer/funds/cards/{second.public_id}/default").send(ada.client)
    shown.form(f"/buyer/funds/cards/{first.public_id}/remove").send(ada.client)
    assert [means.public_id for means in PaymentMeans.objects.filter(state="active", is_default=True)] == [
        second.public_id
    ]
    assert read(ada.client.get("/buyer/funds/cards")).has("Visa •••• 4242 is removed.")
    assert ada.client.get(f"/buyer/funds/cards/{first.public_id}/remove").status_code == 405


# ----- topping up -----


def top_up(person: Person, amount: str, **more: str) -> Any:
    form = read(person.client.get("/buyer/funds/top-up")).form("/buyer/funds/top-up")
    return form.send(person.client, amount=amount, **more)


@pytest.mark.req("B-TOP-002")
def test_a_top_up_by_card_and_its_result(ada: Person) -> None:
    card(ada)
    answer = top_up(ada, "250,00", next="/buyer/pay?orders=GA1")
    made = TopUp.objects.get()
    assert answer["Location"] == f"/buyer/funds/top-ups/{made.public_id}?next=%2Fbuyer%2Fpay%3Forders%3DGA1"
    shown = read(ada.client.get(answer["Location"]))
    assert shown.has("On your balance", "The balance is 250.00 EUR now.", "Go on")
    assert 'href="/buyer/pay?orders=GA1"' in shown.html
    assert balances()["buyer_cash"] == "250.00"


@pytest.mark.req("B-PAY-003", "B-TOP-002")
def test_a_second_click_tops_up_once(ada: Person) -> None:
    card(ada)
    form = read(ada.client.get("/buyer/funds/top-up")).form("/buyer/funds/top-up")
    answers = [form.send(ada.client, amount="50.00")["Location"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert balances()["buyer_cash"] == "50.00"


@pytest.mark.req("B-TOP-002")
@pytest.mark.parametrize(
    "amount", ["", "0", "0.99", "100000.01", "-5", "1.005", "ten", "1e3", "٣٣", "1,000.00", "9" * 40]
)
def test_a_wrong_amount_is_named_beside_the_field(ada: Person, amount: str) -> None:
    card(ada)
    answer = top_up(ada, amount)
    assert answer.status_code == 422
    assert 'id="amount-error"' in read(answer).html
    assert not Payment.objects.exists()


def test_a_declined_top_up_says_why(ada: Person) -> None:
    card(ada, DECLINES)
    shown = read(ada.client.get(top_up(ada, "50.00")["Location"]))
    assert shown.has("The top-up did not go through", "Reason: The card was declined.", "Try again")
    assert balances() == {}


@pytest.mark.req("B-PAY-004")
@pytest.mark.parametrize(("answer", "words", "state"), [
    ("confirm", "On your balance", "confirmed"), ("refuse", "The top-up did not go through", "failed"),
])  # fmt: skip
def test_the_bank_asks_and_the_person_comes_back(ada: Person, answer: str, words: str, state: str) -> None:
    card(ada, ASKS)
    result = top_up(ada, "50.00")["Location"]
    payment = Payment.objects.get()
    shown = read(ada.client.get(result))
    assert shown.has("Your bank asks you to confirm", "Nothing was charged yet.")
    assert f'href="{payment.action_url}"' in shown.html
    bank = read(ada.client.get(payment.action_url))
    assert bank.has("This is a sandbox in place of your bank. No money moves.", "50.00", "•••• 3184")
    onward = ada.client.post(payment.action_url, {"answer": answer})["Location"]
    assert onward == f"/buyer/funds/payments/{payment.public_id}/return/"
    assert read(ada.client.get(ada.client.get(onward)["Location"])).has(words)
    assert TopUp.objects.get().state == state
    assert read(ada.client.get(payment.action_url)).has("This has been decided")


@pytest.mark.req("B-TOP-003")
def test_a_bank_transfer_is_told_of_and_followed(ada: Person, olga: Person) -> None:
    parameters.change(olga.actor, "payment.bank_account", "EUR: Nordhaven Cloud AB\nIBAN SE35 5000", at=NOW)
    page = read(ada.client.get("/buyer/funds/transfer"))
    assert page.has("IBAN SE35 5000", ada.account.public_id)
    form = page.form("/buyer/funds/transfer")
    assert form.fields["sender"] == "Byron Analytics AB"
    answer = form.send(ada.client, amount="250.00", bank="Nordbanken", transferred_on="2027-02-27")
    made = TopUp.objects.get()
    assert answer["Location"] == f"/buyer/funds/top-ups/{made.public_id}"
    assert read(ada.client.get(answer["Location"])).has("We look for your transfer", "250.00", "Nordbanken")
    assert read(ada.client.get("/buyer/funds")).has("Under way", "Bank transfer")
    paying.reject_top_up(olga.actor, top_up_id=made.public_id, reason="Not found", at=NOW)
    assert read(ada.client.get(answer["Location"])).has("The transfer could not be booked", "Not found")
    assert read(ada.client.get("/buyer/funds/top-ups")).has("Rejected", "Not found")


@pytest.mark.req("B-TOP-003")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": "x"}, "amount"),
        ({"transferred_on": "yesterday"}, "transferred_on"),
        ({"transferred_on": "2028-01-01"}, "transferred_on"),
        ({"bank": ""}, "bank"),
        ({"sender": "y" * 200}, "sender"),
    ],
)
def test_a_wrong_transfer_is_named_beside_its_field(ada: Person, typed: dict[str, str], field: str) -> None:
    form = read(ada.client.get("/buyer/funds/transfer")).form("/buyer/funds/transfer")
    good = {"amount": "250.00", "bank": "Nordbanken", "transferred_on": "2027-02-27"}
    answer = form.send(ada.client, **{**good, **typed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in read(answer).html
    assert not TopUp.objects.exists()


def test_a_stranger_finds_no_top_up(ada: Person, xavier: Person, olga: Person) -> None:
    card(ada, ASKS)
    top_up(ada, "50.00")
    made, payment = TopUp.objects.get(), Payment.objects.get()
    for person in (xavier, olga):
        assert person.client.get(f"/buyer/funds/top-ups/{made.public_id}").status_code in {403, 404}
        assert person.client.get(f"/buyer/funds/payments/{payment.public_id}/return/").status_code in {403, 404}


def test_a_top_up_without_an_answer_is_pending_and_then_there(ada: Person) -> None:
    card(ada, "4000000000000119")
    result = top_up(ada, "50.00")["Location"]
    assert read(ada.client.get(result)).has("The payment is pending", "See how it stands")
    jobs.run_due(clock.now() + timedelta(seconds=61), with_crons=False)
    assert read(ada.client.get(result)).has("On your balance")


# ----- coupons -----


@pytest.mark.req("B-CPN-003")
def test_coupons_have_tabs_conditions_and_their_use(ada: Person, xavier: Person) -> None:
    common = {
        "currency": "EUR", "face_minor": 30_00, "valid_from": NOW - timedelta(days=1),
        "expires_at": NOW + timedelta(days=30), "created_at": NOW,
    }  # fmt: skip
    usable = Coupon.objects.create(
        code="SPRING", name="Spring", account=ada.account, balance_minor=12_50, minimum_minor=100_00,
        limits={"modes": ["year"]}, **common,
    )  # fmt: skip
    CouponUse.objects.create(coupon=usable, order_id="GA2703010900ABCDEF", amount_minor=17_50, at=NOW)
    Coupon.objects.create(code="OLD", name="Old", account=ada.account, state="used", **common)
    Coupon.objects.create(code="HELD", name="Held", account=ada.account, locked_by="GA1", balance_minor=1, **common)
    Coupon.objects.create(code="THEIRS", name="Theirs", account=xavier.account, **common)
    shown = read(ada.client.get("/buyer/funds/coupons"))
    assert shown.has("SPRING", "12.50", "of 30.00 EUR", "OLD", "Used up", "Held by an unpaid order")
    assert shown.has("From 100.00 EUR of fitting products; yearly purchases; not together with discounts")
    assert shown.has("Used once", "GA2703010900ABCDEF", "17.50")
    assert "THEIRS" not in shown.text
    only = read(ada.client.get("/buyer/funds/coupons?tab=used"))
    assert only.has("OLD")
    assert "SPRING" not in only.text
    assert read(ada.client.get("/buyer/funds")).has("Usable coupons", "Spring")
