"""Signed webhooks of the card gateway over real HTTP: believed only so far as to ask; once, late, doubled, forged."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3

from galleria.kit import clock, jobs
from galleria.kit.errors import NotFound
from galleria.ledger import services as ledger
from galleria.paying import services as paying
from galleria.paying.events import PaymentSucceeded
from galleria.paying.gateways import _stripe
from galleria.paying.models import Payment, WebhookEvent
from galleria.paying.ports import BadSignature
from tests.people import Person
from tests.till import balances, charge_for, listening, pay
from tests.wire import card_gateway
from tests.wire.card_gateway import ASKS, PAYS, SECRET_KEY, WEBHOOK_SECRET, Front

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
REAL = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[Front]:
    yield from card_gateway.running_gateway()


@pytest.fixture
def front(running: Front, settings: Any) -> Iterator[Front]:
    """The gateway, empty, and the marketplace set up for it."""
    urllib3.request("DELETE", f"{running.behind}/_config/data")
    running.rules.clear()
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.STRIPE_API_BASE = running.url
    _stripe.cache_clear()
    yield running
    running.send_webhooks_to("http://127.0.0.1:9/")
    _stripe.cache_clear()
    assert ledger.check().problems == []


def open_payment(person: Person, front: Front) -> Payment:
    """A payment for which the bank asks who pays."""
    paying.add_card(person.actor, account_id=person.account.public_id, provider_token=front.card(ASKS), at=clock.now())
    return pay(person, charge_for("40.00"), method="card")


def message(kind: str, about: dict[str, Any], event_id: str = "evt_1") -> bytes:
    return json.dumps({"id": event_id, "type": kind, "data": {"object": about}}).encode()


def signed(payload: bytes, at: datetime, secret: str = WEBHOOK_SECRET) -> str:
    stamp = int(at.timestamp())
    proof = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={proof}"


def hear(payload: bytes, signature: str, at: datetime = REAL) -> str:
    return paying.record_gateway_event("stripe", payload, signature, at=at)


def about(payment: Payment) -> dict[str, Any]:
    return {"object": "payment_intent", "id": payment.provider_ref, "status": "succeeded"}


def say(method: str, url: str, payload: bytes = b"", signature: str = "") -> int:
    """Ask and hang up, so that the server's thread lets its database connection go."""
    headers = {"Stripe-Signature": signature, "Connection": "close"}
    with urllib3.PoolManager() as pool:
        return pool.request(method, url, body=payload or None, headers=headers, retries=False).status


# ----- what the gateway itself sends -----


@pytest.mark.django_db(transaction=True)
def test_the_gateways_own_webhook_brings_the_payment_home(ada: Person, front: Front, live_server: Any) -> None:
    """A buyer proves who they are and closes the browser: the signed webhook is all that comes."""
    front.send_webhooks_to(f"{live_server.url}/buyer/hooks/cards/stripe")
    payment = open_payment(ada, front)
    front.prove(payment.provider_ref, success=True)
    mine = WebhookEvent.objects.filter(kind="payment_intent.succeeded", payload__charge=payment.provider_ref)
    for _ in range(100):
        if mine.exists():
            break
        time.sleep(0.1)
    payment.refresh_from_db()
    assert payment.state == "needs_action"  # the web answers at once; a job asks
    jobs.run_due(with_crons=False)
    payment.refresh_from_db()
    assert payment.state == "succeeded"
    assert balances() == {"card_clearing": "-40.00", "orders_held": "40.00"}
    assert mine.get().state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_webhook_with_another_secret_is_turned_away(ada: Person, front: Front, live_server: Any) -> None:
    url = f"{live_server.url}/buyer/hooks/cards/stripe"
    payload = message("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_1"})
    now = clock.real_now()
    for signature, status in [
        (signed(payload, now, "whsec_other"), 400),
        (signed(payload, now - timedelta(minutes=6)), 400),
        ("", 400),
        (signed(payload, now), 200),
    ]:
        assert say("POST", url, payload, signature) == status
    assert say("GET", url) == 405
    assert say("POST", url.replace("stripe", "other"), payload) == 404
    assert say("POST", url, b"x" * 600_000, "t=1,v1=0") == 413
    assert WebhookEvent.objects.filter(event_id="evt_1").count() == 1


# ----- forged, stale, doubled, late -----


@pytest.mark.req("B-PAY-001")
def test_a_message_is_never_believed_only_asked_about(ada: Person, front: Front) -> None:
    payment = open_payment(ada, front)
    payload = message("payment_intent.succeeded", about(payment))  # it says so, and it is not true
    assert hear(payload, signed(payload, REAL)) == "queued"
    jobs.run_due(with_crons=False)
    payment.refresh_from_db()
    assert (payment.state, balances()) == ("needs_action", {})


def test_doubled_messages_are_one(ada: Person, front: Front) -> None:
    payment = open_payment(ada, front)
    front.prove(payment.provider_ref, success=True)
    payload = message("payment_intent.succeeded", about(payment))
    with listening(PaymentSucceeded) as heard:
        assert [hear(payload, signed(payload, REAL)) for _ in range(3)] == ["queued", "known", "known"]
        jobs.run_due(with_crons=False)
        assert hear(payload, signed(payload, REAL)) == "known"
        other = message("charge.succeeded", {"object": "charge", "payment_intent": payment.provider_ref}, "evt_2")
        assert hear(other, signed(other, REAL)) == "queued"
        jobs.run_due(with_crons=False)
    assert len(heard.events) == 1
    assert balances() == {"card_clearing": "-40.00", "orders_held": "40.00"}
    assert WebhookEvent.objects.filter(state="done").count() == 2


def test_a_message_that_comes_after_the_buyer_came_back_changes_nothing(ada: Person, front: Front) -> None:
    payment = open_payment(ada, front)
    front.prove(payment.provider_ref, success=True)
    with listening(PaymentSucceeded) as heard:
        paying.confirm_card(payment.public_id, at=clock.now())
        payload = message("payment_intent.succeeded", about(payment))
        hear(payload, signed(payload, REAL + timedelta(minutes=4)), REAL + timedelta(minutes=4))
        jobs.run_due(with_crons=False)
    assert len(heard.events) == 1


def test_a_message_is_asked_about_until_the_gateway_answers(ada: Person, front: Front) -> None:
    payment = open_payment(ada, front)
    front.prove(payment.provider_ref, success=True)
    payload = message("payment_intent.succeeded", about(payment))
    hear(payload, signed(payload, REAL))
    front.break_next(r"GET /v1/payment_intents/\w+", "error 500", times=2)
    jobs.run_due(with_crons=False)
    payment.refresh_from_db()
    assert payment.state == "needs_action"
    jobs.run_due(clock.now() + timedelta(seconds=61), with_crons=False)
    payment.refresh_from_db()
    assert payment.state == "succeeded"
    assert WebhookEvent.objects.get().state == "done"


def test_a_late_failure_does_not_undo_a_payment(ada: Person, front: Front) -> None:
    payment = open_payment(ada, front)
    front.prove(payment.provider_ref, success=True)
    paying.confirm_card(payment.public_id, at=clock.now())
    payload = message("payment_intent.payment_failed", about(payment))
    hear(payload, signed(payload, REAL))
    jobs.run_due(with_crons=False)
    payment.refresh_from_db()
    assert (payment.state, balances()["orders_held"]) == ("succeeded", "40.00")


def test_a_message_about_nothing_of_ours_is_kept_and_ignored(ada: Person, front: Front) -> None:
    unknown = message("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_of_someone_else"})
    assert hear(unknown, signed(unknown, REAL)) == "queued"
    jobs.run_due(with_crons=False)
    other = message("customer.created", {"object": "customer", "id": "cus_1"}, "evt_2")
    assert hear(other, signed(other, REAL)) == "ignored"
    assert list(WebhookEvent.objects.order_by("pk").values_list("event_id", "state")) == [
        ("evt_1", "ignored"), ("evt_2", "ignored"),
    ]  # fmt: skip


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_message_is_refused(ada: Person, front: Front, minutes: int) -> None:
    payload = message("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_1"})
    with pytest.raises(BadSignature):
        hear(payload, signed(payload, REAL + timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "signature",
    ["", "t=,v1=", "v1=00", "t=1", "t=99999999999999999999,v1=0", "word", "t=1795420800,v1=é", "t=1795420800,v0=a"],
)
def test_a_forged_signature_is_refused(ada: Person, front: Front, signature: str) -> None:
    payload = message("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_1"})
    with pytest.raises(BadSignature):
        hear(payload, signature)
    assert not WebhookEvent.objects.exists()


def test_a_message_changed_on_the_way_is_refused(ada: Person, front: Front) -> None:
    payload = message("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_1"})
    with pytest.raises(BadSignature):
        hear(payload.replace(b"pi_1", b"pi_2"), signed(payload, REAL))


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b'{"id": 1}', b'{"id": "e", "type": "t"}', b"\xff\xfe", b"{"])
def test_a_signed_message_that_cannot_be_read_is_refused(ada: Person, front: Front, payload: bytes) -> None:
    with pytest.raises(BadSignature):
        hear(payload, signed(payload, REAL))


def test_without_a_secret_nothing_is_believed(ada: Person, front: Front, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    _stripe.cache_clear()
    payload = message("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_1"})
    with pytest.raises(BadSignature):
        hear(payload, signed(payload, REAL, ""))


def test_only_the_gateway_in_use_is_heard(ada: Person, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    settings.GALLERIA_SANDBOX_CARDS = True
    with pytest.raises(NotFound):
        hear(b"{}", "")
    with pytest.raises(BadSignature):
        paying.record_gateway_event("sandbox", b"{}", "", at=REAL)
    assert PAYS
