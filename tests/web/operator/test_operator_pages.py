"""O1, O6, O9, O11, bank transfers and credit: what the operator sees and does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.audit.models import AuditRecord
from galleria.buying.models import Order
from galleria.delivering.models import Delivery, SellerCall
from galleria.kit import clock, jobs
from galleria.kit.models import CronSlot, Job
from galleria.ledger import selectors as ledger
from galleria.ledger.models import LedgerTransaction
from galleria.paying import services as paying
from galleria.paying.models import Approval, Refund
from tests.people import Person, make_user
from tests.shop import Shop, euro
from tests.web.reading import read

pytestmark = pytest.mark.django_db
PAGES = ("/operator/", "/operator/trade", "/operator/ledger", "/operator/work", "/operator/transfers")


@pytest.fixture
def stuck(shop: Shop, ada: Any, desk: Any) -> Order:
    """An order whose seller's server does not answer: one call failed, the next is in an hour."""
    shop.fund(ada, "500.00")
    shop.connect(desk, "http://127.0.0.1:9/nobody")
    order = shop.buy(ada, desk)
    shop.work()
    return order


def staff(olga: Any, name: str, *roles: str) -> Person:
    """A colleague of Olga's with fewer rights."""
    from galleria.parties.models import Membership
    from tests.people import NOW

    user = make_user(name)
    Membership.objects.create(user=user, account=olga.account, roles=list(roles), granted_by=olga.user, granted_at=NOW)
    return Person(user, olga.account)


def queries_of(person: Any, address: str) -> int:
    person.client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert person.client.get(address).status_code == 200
    return len(caught)


# ----- who may -----


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.req("B-PRM-001")
def test_only_the_operator_opens_the_operators_pages(
    address: str, ada: Any, bruno: Any, olga: Any, visitor: Any
) -> None:
    assert olga.client.get(address).status_code == 200
    assert visitor.get(address)["Location"].startswith("/account/login/?next=")
    for person in (ada, bruno):
        answer = person.client.get(address)
        assert answer.status_code == 403
        assert read(answer).has("operator:")


def test_a_colleague_without_the_right_reads_which_one_is_missing(olga: Any, stuck: Order) -> None:
    curator = staff(olga, "Carl", "OperatorCatalogue")
    assert read(curator.client.get("/operator/trade")).has("operator:order:view")
    support = staff(olga, "Sara", "OperatorSupport")
    page = read(support.client.get(f"/operator/trade/orders/{stuck.public_id}"))
    assert page.has("You need the permission operator:order:refund.")
    refused = support.client.post(f"/operator/trade/orders/{stuck.public_id}/refund", {"reason": "Seller is gone"})
    assert refused.status_code == 403
    assert support.client.get("/operator/ledger").status_code == 403
    stuck.refresh_from_db()
    assert stuck.state == "processing"


# ----- overview -----


def test_the_overview_counts_what_waits_with_its_age(olga: Any, ada: Any, stuck: Order) -> None:
    clock.advance(timedelta(minutes=30))
    page = read(olga.client.get("/operator/"))
    assert page.has("One thing waits. Everything keeps its promise.", "1 call fails", "30 min", "of 3 h")
    assert page.has("Paid today", "49.00 EUR", "Server of Fernwerk", "1 of 1 calls failed in 24 hours")
    assert page.has(
        "No worker gives a sign of life", "2 postings, every currency sums to zero", "Ada Byron placed order"
    )
    assert queries_of(olga, "/operator/") <= 16


def test_an_old_queue_is_late(olga: Any, stuck: Order) -> None:
    clock.advance(timedelta(hours=5))
    assert read(olga.client.get("/operator/")).has("One queue is late.")


def test_with_nothing_to_do_it_says_so(olga: Any) -> None:
    assert read(olga.client.get("/operator/")).has("Nothing waits. Everything keeps its promise.", "nothing waits")


# ----- trade -----


@pytest.mark.req("B-ORD-016")
def test_stuck_work_stands_first_with_its_reason_and_remedy(olga: Any, stuck: Order) -> None:
    page = read(olga.client.get("/operator/trade"))
    assert page.has("One thing is stuck", "Plainsong Helpdesk", "Byron Analytics AB", "Call failed, tried again")
    assert page.has("Wait for the next call, or call now. Without success everything is refunded by itself.")
    assert page.has("Next call in 1 hour", stuck.public_id)


def test_the_seller_is_called_now(olga: Any, shop: Shop, stuck: Order) -> None:
    delivery = Delivery.objects.get()
    page = read(olga.client.get(f"/operator/trade/deliveries/{delivery.public_id}"))
    assert page.has("Message log", "1 call", "newInstance", "http://127.0.0.1:9/nobody", "no answer")

    page.form(f"/operator/trade/deliveries/{delivery.public_id}/call").send(olga.client)
    shop.work()

    assert SellerCall.objects.count() == 2
    assert AuditRecord.objects.filter(sentence="delivery.restarted", actor_name="Olga Lind").exists()


@pytest.mark.req("B-ORD-015")
def test_a_stuck_order_is_refunded_with_a_reason(olga: Any, ada: Any, shop: Shop, stuck: Order) -> None:
    address = f"/operator/trade/orders/{stuck.public_id}"
    page = read(olga.client.get(address))
    assert page.has("Refund 49.00 EUR", "It cannot be undone.", "Byron Analytics AB")
    silent = page.form(f"{address}/refund").send(olga.client, reason="")
    assert silent.status_code == 422
    assert read(silent).has("Say why; the buyer reads it.")

    page.form(f"{address}/refund").send(olga.client, reason="The seller is gone.")

    stuck.refresh_from_db()
    assert (stuck.state, stuck.refunded_minor) == ("canceled", 4900)
    assert shop.balance(ada).text == "500.00"
    assert read(olga.client.get(address)).has("Olga Lind refunded order", "The seller is gone.", "Given back")


def test_a_delivery_by_hand_is_confirmed(olga: Any, ada: Any, shop: Shop, desk: Any) -> None:
    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    delivery = Delivery.objects.get()
    assert read(olga.client.get("/operator/trade")).has("The product has no interface: the seller delivers by hand")
    address = f"/operator/trade/deliveries/{delivery.public_id}"
    page = read(olga.client.get(address))
    unsure = page.form(f"{address}/confirm").send(olga.client)
    assert unsure.status_code == 422
    assert read(unsure).has("Tick that the seller told you.")

    page.form(f"{address}/confirm").send(olga.client, sure="yes")

    order.refresh_from_db()
    assert order.state == "completed"
    assert read(olga.client.get("/operator/trade")).has("Nothing is stuck.")


def test_everything_that_is_traded_is_found_by_number_buyer_product_and_seller(
    olga: Any, ada: Any, shop: Shop, stuck: Order
) -> None:
    def found(query: str) -> bool:
        return read(olga.client.get(f"/operator/trade?{query}")).has(stuck.public_id)

    for view in ("orders", "subscriptions", "deliveries"):
        assert found(f"view={view}")
        assert found(f"view={view}&q={stuck.public_id}")
        assert found(f"view={view}&q=byron")
        assert found(f"view={view}&q=plainsong")
        assert not found(f"view={view}&q=nobody")
    assert found("view=orders&state=processing")
    assert not found("view=orders&state=canceled")


def test_the_lists_keep_their_budget(olga: Any, ada: Any, shop: Shop, stuck: Order, desk: Any) -> None:
    before = {view: queries_of(olga, f"/operator/trade?view={view}") for view in ("stuck", "orders", "deliveries")}
    for _each in range(4):
        shop.buy(ada, desk)
    shop.work()
    after = {view: queries_of(olga, f"/operator/trade?view={view}") for view in before}
    assert after == before
    assert max(after.values()) <= 12


def test_a_refused_refund_is_tried_again_or_put_on_the_balance(
    olga: Any, ada: Any, shop: Shop, desk: Any, settings: Any
) -> None:
    from tests import till

    settings.GALLERIA_SANDBOX_CARDS = True
    till.card(ada)
    order = shop.buy(ada, desk, method="card")
    olga.client.post(f"/operator/trade/orders/{order.public_id}/refund", {"reason": "The seller is gone."})
    Refund.objects.update(state="failed", failure_text="The card was closed.")
    page = read(olga.client.get("/operator/trade"))
    assert page.has("Refunds that the card gateway refused", "The card was closed.", "49.00 EUR")
    refund = Refund.objects.get()

    silent = olga.client.post(f"/operator/trade/refunds/{refund.public_id}/balance", {"reason": ""}, follow=True)
    assert read(silent).has("Say why; the buyer reads it.")
    olga.client.post(f"/operator/trade/refunds/{refund.public_id}/balance", {"reason": "Card closed."})

    assert shop.balance(ada).text == "49.00"
    assert shop.is_balanced()


# ----- ledger -----


def test_the_ledger_sums_to_zero_and_says_so(olga: Any, ada: Any, shop: Shop, desk: Any) -> None:
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)
    page = read(olga.client.get("/operator/ledger"))
    assert page.has("sums to zero", "buyer_cash", "51.00 EUR", "orders_held", "49.00 EUR", "−100.00 EUR", "0.00 EUR")

    checked = read(page.form("/operator/ledger/check").send(olga.client).client.get("/operator/ledger"))
    assert checked.has("At the last check every account agreed with its postings:", "2 transactions, 2 postings.")


def test_transactions_are_found_by_reference_amount_party_and_time(olga: Any, ada: Any, shop: Shop, desk: Any) -> None:
    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    reference = f"order:{order.public_id}:payment"

    def found(query: str) -> bool:
        return reference[:40] in olga.client.get(f"/operator/ledger?{query}").content.decode()

    assert found("") and found(f"reference={reference}") and found("amount=49.00") and found("amount=49.00+EUR")
    assert found(f"party={ada.account.public_id}") and found("kind=order_payment") and found("from=2027-03-01")
    assert not found("amount=48.00") and not found("kind=top_up") and not found("to=2027-02-01")
    wrong = olga.client.get("/operator/ledger?amount=many")
    assert wrong.status_code == 422
    assert read(wrong).has("Give an amount as 138.00 EUR.")


def test_a_transaction_shows_postings_and_cause_and_is_undone_by_two_people(
    olga: Any, ada: Any, shop: Shop, desk: Any
) -> None:
    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    found = LedgerTransaction.objects.get(kind="order_payment")
    address = f"/operator/ledger/{found.public_id}"
    page = read(olga.client.get(address))
    assert page.has("Order payment, 49.00 EUR", f"buyer_cash:{ada.account.public_id}", "orders_held", order.public_id)
    assert page.link(order.public_id) == f"/operator/trade/orders/{order.public_id}"

    assert page.form(f"{address}/reverse").send(olga.client, reason="no").status_code == 422
    page.form(f"{address}/reverse").send(olga.client, reason="Booked by mistake.")
    books = read(olga.client.get("/operator/ledger"))
    assert books.has("Requests to undo", "Booked by mistake.")
    own = books.form("/operator/ledger/reversals/").send(olga.client, act="approve", reason="")
    assert read(own.client.get("/operator/ledger")).has("You asked for this yourself.")
    second = staff(olga, "Per", "OperatorAdmin")
    books.form("/operator/ledger/reversals/").send(second.client, act="approve", reason="")

    assert shop.balance(ada).text == "100.00"
    assert read(olga.client.get(address)).has("This was undone.")


def test_accounts_and_their_entries_can_be_read_and_exported(olga: Any, ada: Any, shop: Shop, desk: Any) -> None:
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)
    code = f"buyer_cash:{ada.account.public_id}"
    assert read(olga.client.get("/operator/ledger/accounts?kind=buyer_cash&currency=EUR")).has(code, "51.00 EUR")
    page = read(olga.client.get(f"/operator/ledger/accounts/{code}/EUR"))
    assert page.has("−49.00 EUR", "51.00 EUR", "100.00 EUR")
    lines = b"".join(olga.client.get("/operator/ledger.csv").streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert f"{code},orders_held,49.00,EUR" in lines[1]


# ----- work -----


def die(task: str = "delivering.work_on") -> Job:
    """A job that was given up."""
    job_id = jobs.enqueue(task, delivery_id="dlv_gone", attempt=1)
    Job.objects.filter(public_id=job_id).update(
        state="dead", dead_at=clock.now(), attempts=20, error="Traceback …\nDoesNotExist: no such delivery"
    )
    return Job.objects.get(public_id=job_id)


def test_a_dead_job_shows_its_error_and_starts_again(olga: Any) -> None:
    job = die()
    page = read(olga.client.get("/operator/work"))
    assert page.has("delivering.work_on", "DoesNotExist: no such delivery")
    assert page.has("attempt=1, delivery_id=dlv_gone", "20 attempts")

    page.form(f"/operator/work/jobs/{job.public_id}/retry").send(olga.client)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("ready", 0)


def test_a_dead_job_is_discarded_with_a_reason(olga: Any) -> None:
    job = die()
    address = f"/operator/work/jobs/{job.public_id}/discard"
    assert read(olga.client.post(address, {"reason": ""}, follow=True)).has("Say why, in 5 to 2,000 characters.")
    assert Job.objects.filter(pk=job.pk).exists()
    olga.client.post(address, {"reason": "The delivery was deleted."})
    assert not Job.objects.filter(pk=job.pk).exists()
    assert AuditRecord.objects.get(sentence="job.discarded").reason == "The delivery was deleted."


def test_what_comes_by_the_clock_is_run_now_paused_and_resumed(olga: Any) -> None:
    page = read(olga.client.get("/operator/work"))
    assert page.has("buying.expire_orders", "ledger.nightly_check", "Pending migrations none", "SQLite") or page.has(
        "buying.expire_orders", "PostgreSQL"
    )
    address = "/operator/work/schedules/buying.expire_orders"
    olga.client.post(address, {"act": "run"})
    assert Job.objects.filter(task="buying.expire_orders").exists()
    assert read(olga.client.post(address, {"act": "pause", "reason": ""}, follow=True)).has("Say why")
    olga.client.post(address, {"act": "pause", "reason": "Looking into it"})
    assert CronSlot.objects.get(name="buying.expire_orders").is_paused
    assert read(olga.client.get("/operator/work")).has("Paused")
    olga.client.post(address, {"act": "resume"})
    assert not CronSlot.objects.get(name="buying.expire_orders").is_paused


# ----- money that comes in -----


@pytest.mark.req("B-TOP-003")
def test_a_bank_transfer_is_booked_with_what_arrived(olga: Any, ada: Any, shop: Shop) -> None:
    made = paying.submit_bank_transfer(
        ada.actor, account_id=ada.account.public_id, amount=euro("250.00"), sender="Byron Analytics", bank="Nordbank",
        transferred_on=clock.billing_date(clock.now()), reference="INV 7", at=clock.now(),
    )  # fmt: skip
    page = read(olga.client.get("/operator/transfers"))
    assert page.has("Byron Analytics AB", "250.00 EUR", "Nordbank", "INV 7")
    wrong = page.form(f"/operator/transfers/{made.public_id}").send(olga.client, amount="much", act="confirm")
    assert wrong.status_code == 422

    page.form(f"/operator/transfers/{made.public_id}").send(olga.client, amount="240.00", act="confirm")

    assert shop.balance(ada).text == "240.00"
    assert read(olga.client.get("/operator/transfers")).has(
        "No transfer waits", "240.00 EUR are on the balance of Byron"
    )


@pytest.mark.req("B-TOP-003")
def test_a_transfer_that_cannot_be_matched_is_rejected_with_a_reason(olga: Any, ada: Any, shop: Shop) -> None:
    made = paying.submit_bank_transfer(
        ada.actor, account_id=ada.account.public_id, amount=euro("250.00"), sender="Byron Analytics", bank="Nordbank",
        transferred_on=clock.billing_date(clock.now()), at=clock.now(),
    )  # fmt: skip
    address = f"/operator/transfers/{made.public_id}"
    assert olga.client.post(address, {"act": "reject", "reason": ""}).status_code == 422
    olga.client.post(address, {"act": "reject", "reason": "Nothing arrived."})
    made.refresh_from_db()
    assert (made.state, made.reason) == ("rejected", "Nothing arrived.")
    assert shop.balance(ada).text == "0.00"


@pytest.mark.req("B-CRD-001")
def test_credit_is_approved_with_a_limit_and_ended_with_a_reason(olga: Any, ada: Any) -> None:
    address = f"/operator/accounts/{ada.account.public_id}/later"
    page = read(olga.client.get(address))
    assert page.has("Pay later : Byron Analytics AB", "Nothing is approved.") or page.has("Nothing is approved.")
    assert olga.client.post(address, {"kind": "credit", "limit": "lots"}).status_code == 422
    olga.client.post(address, {"kind": "credit", "limit": "2,000.00", "valid_to": "2027-12-31"})
    approval = Approval.objects.get()
    assert (approval.kind, approval.limit_minor, approval.granted_by) == ("credit", 200000, "Olga Lind")
    assert read(olga.client.get(address)).has("up to 2,000.00 EUR", "used 0.00 EUR")
    assert olga.client.post(address, {"act": "end", "kind": "credit", "reason": ""}).status_code == 422
    olga.client.post(address, {"act": "end", "kind": "credit", "reason": "Unpaid bills."})
    approval.refresh_from_db()
    assert approval.valid_to is not None
    assert ledger.is_balanced()
