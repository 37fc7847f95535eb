"""A subscription is renewed, changed and left at the same moment by people and the clock: one wins, the others get a
clear answer. The clock's process is killed at every write and started again: nobody pays twice, nothing is early."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum

from galleria.buying import services
from galleria.buying.models import Deduction, Order
from galleria.buying.services import auto_renewing, changing
from galleria.buying.services import leaving as leaving_services
from galleria.buying.services.renewing import Wish
from galleria.delivering.models import Delivery
from galleria.kit import clock, jobs
from galleria.kit.errors import Refused
from galleria.kit.models import Job
from galleria.ledger.models import LedgerTransaction
from galleria.paying.models import Payment, SandboxRecord
from galleria.publishing.models import Product
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Period, Subscription, Timer
from tests import till
from tests.packages.buying import changing_world
from tests.packages.buying.changing_world import accepted, seats
from tests.packages.buying.leaving_world import CONFIRMED, preview
from tests.races.together import Killed, at_once, killed_at_write
from tests.shop import euro
from tests.turning import local, turn_to, work

pytestmark = pytest.mark.django_db(transaction=True)
FUNDED = "900.00"


@pytest.fixture
def row(shop: Any, ada: Any, server: Any) -> Subscription:
    """On its deduction day, with 800.00 EUR there."""
    return held(shop, ada, server, FUNDED)


def held(shop: Any, ada: Any, server: Any, funded: str) -> Subscription:
    """20 seats for 100.00 EUR a month, on its deduction day at three; it can be changed and left."""
    product = seats(shop, server, "linear")
    Product.objects.filter(pk=product.pk).update(unsubscription_rule="platform")
    shop.fund(ada, funded)
    clock.set_for_tests(local("2028-02-20T10:00:00"))
    shop.buy(ada, product, attributes={"seats": "20"}, auto_renew=True)
    work()
    clock.set_for_tests(local("2028-03-13T03:00:00"))
    return Subscription.objects.get()


def by_clock(row: Subscription) -> Any:
    return auto_renewing.deduct_for(row.public_id, row.expires_at, clock.now(), at=clock.now())


def by_hand(shop: Any, person: Any, row: Subscription) -> Callable[[], Any]:
    return lambda: shop.pay(
        person, *services.renew(person.actor, wishes=[Wish(row.public_id)], at=clock.now())
    )  # fmt: skip


def by_change(shop: Any, person: Any, row: Subscription) -> Callable[[], Any]:
    seen = changing_world.preview(person, row, quantity=30)
    wish, given, actor = changing.Wish(row.public_id, "now", quantity=30), accepted(person, row), person.actor

    def change() -> Any:
        order = changing.change(actor, wish=wish, seen_digest=seen.digest, agreements=given, at=clock.now())
        return shop.pay(person, order)

    return change


def by_leaving(person: Any, row: Subscription) -> Callable[[], Any]:
    seen, actor = preview(person, row), person.actor
    return lambda: leaving_services.leave(
        actor, subscription_ids=[row.public_id], seen_digest=seen.digest, at=clock.now(), **CONFIRMED
    )


def money_is_right(shop: Any, ada: Any) -> None:
    """What is gone is what was paid less what came back; each order was charged once."""
    sums = Order.objects.exclude(kind=4).aggregate(paid=Sum("paid_minor"), back=Sum("refunded_minor"))
    assert shop.balance(ada).minor == euro(FUNDED).minor - sums["paid"] + sums["back"]
    paid = Order.objects.filter(paid_at__isnull=False).count()
    assert LedgerTransaction.objects.filter(kind="order_payment").count() == paid
    assert shop.is_balanced()


@pytest.mark.req("B-ORD-012", "B-REN-002", "B-ARN-006", "B-UNS-001", "B-CHG-001")
@pytest.mark.parametrize("_round", range(2))
def test_renewed_changed_and_left_at_once_by_three_people_and_the_clock(
    shop: Any, ada: Any, row: Subscription, _round: int
) -> None:
    ben, cleo = ada.colleague("Ben", "BuyerAdmin"), ada.colleague("Cleo", "BuyerAdmin")

    results = at_once(
        [
            lambda: by_clock(row),
            by_hand(shop, ben, row),
            by_change(shop, ada, row),
            by_leaving(cleo, row),
        ]
    )

    errors = [each for each in results if isinstance(each, Exception)]
    assert all(isinstance(each, Refused) and each.message for each in errors), errors
    assert (
        any(isinstance(each, services.Paid | leaving_services.Left) for each in results)
        or Deduction.objects.filter(state="paid").exists()
    )
    work()
    row.refresh_from_db()
    terms = Period.objects.filter(kind="renewal", state="paid").count()
    has_left = isinstance(results[3], leaving_services.Left)
    if has_left:
        assert (row.state, terms) == ("released", 0)
        assert not Order.objects.filter(kind__in=(2, 3), state="pending_payment").exists()
    else:
        assert row.state == "effective"
        assert row.expires_at == local(f"2028-0{3 + terms}-20T23:59:59")
    assert not Deduction.objects.filter(state="paying").exists()
    money_is_right(shop, ada)


@pytest.mark.req("B-ARN-006", "B-UNS-001", "UI-GEN-04")
def test_deducted_and_left_at_once_is_one_of_both_and_gives_no_money_away(
    shop: Any, ada: Any, row: Subscription
) -> None:
    _deducted, left = at_once([lambda: by_clock(row), by_leaving(ada, row)])
    work()

    row.refresh_from_db()
    renewals = Order.objects.filter(kind=2)
    if isinstance(left, leaving_services.Left):
        assert (row.state, renewals.count()) == ("released", 0)
        assert not Deduction.objects.filter(state="paid").exists()
    else:
        assert isinstance(left, Refused)
        assert (row.state, row.expires_at) == ("effective", local("2028-04-20T23:59:59"))
        assert (renewals.get().paid_minor, shop.balance(ada)) == (10_000, euro("700.00"))
    money_is_right(shop, ada)


def killed_at_every_write(act: Callable[[], Any], progress: Callable[[], Any], check: Callable[[], None]) -> int:
    """Run `act` again and again: killed at its first write, at its second, …; from the first one again whenever
    something was committed before. Two more runs at the end have nothing to do. Returns how often it was killed."""
    kills, step = 0, 0
    while True:
        before = progress()
        try:
            with killed_at_write(step):
                act()
            break
        except Killed:
            kills += 1
            # Its lease ends, and another process takes the job.
            Job.objects.filter(state="leased").update(state="ready", attempts=0, lease_until=None, leased_by="")
            check()
            step = 0 if progress() != before else step + 1
    for _again in range(2):
        act()
        check()
    return kills


@pytest.mark.req("B-ARN-003", "B-ARN-004")
@pytest.mark.parametrize("means", ["balance", "card"])
def test_a_deduction_killed_at_every_write_is_charged_once(
    shop: Any, ada: Any, server: Any, sandbox_cards: None, means: str
) -> None:
    held(shop, ada, server, "100.00" if means == "card" else FUNDED)
    if means == "card":
        till.card(ada)
    Timer.objects.update(kind="deduct", due_at=clock.now(), try_at=clock.now(), state="waiting", order=2)

    def act() -> None:
        # A card payment that was left half-way is looked at again some minutes later.
        clock.travel_to(clock.now() + timedelta(minutes=11 if means == "card" else 1))
        subscribing.run_due(clock.now())
        jobs.run_due(with_crons=False)

    def charges() -> list[int]:
        if means == "balance":
            return list(Order.objects.filter(kind=2, paid_at__isnull=False).values_list("paid_minor", flat=True))
        rows = SandboxRecord.objects.filter(kind="charge")
        return [each.data["amount"] for each in rows if each.data["state"] == "succeeded"]

    def check() -> None:
        assert charges() in ([], [10_000])
        assert Period.objects.filter(kind="renewal").count() <= 1
        assert Order.objects.filter(kind=2).exclude(state="canceled").count() <= 1
        assert Subscription.objects.get().state == "effective"

    def progress() -> Any:
        payments = list(Payment.objects.order_by("pk").values_list("state", flat=True))
        return Order.objects.count(), payments, charges(), Deduction.objects.count()

    kills = killed_at_every_write(act, progress, check)

    assert kills > 8
    if means == "card":  # a payment that was found out not to have been made is tried again the next day
        turn_to("2028-03-14T03:30:00")
    assert charges() == [10_000]
    assert not Deduction.objects.filter(state="paying").exists()
    assert Deduction.objects.get(state="paid").order_id == Order.objects.get(kind=2, state="completed").public_id
    assert Subscription.objects.get().expires_at == local("2028-04-20T23:59:59")
    assert Timer.objects.get().state == "waiting"
    assert shop.is_balanced()


@pytest.mark.req("B-EXP-004", "B-EXP-005", "A-V2S-001", "A-V2D-001")
def test_the_end_of_a_term_killed_at_every_write_is_neither_early_nor_told_twice(
    shop: Any, ada: Any, row: Subscription, server: Any
) -> None:
    subscribing.set_renewal(ada.actor, subscription_id=row.public_id, policy="manual", at=clock.now())
    stops = [("expire", local("2028-03-20T23:59:59"), "frozen"), ("release", local("2028-04-04T23:59:59"), "released")]
    for kind, due, after in stops:
        turn_to(due - timedelta(seconds=1))
        was = Subscription.objects.get().state
        assert Timer.objects.get().kind == kind
        clock.set_for_tests(due)

        def act() -> None:
            subscribing.run_due(clock.now())
            jobs.run_due(with_crons=False)

        def check(was: str = was, after: str = after) -> None:
            now = Subscription.objects.get().state
            told = Delivery.objects.filter(activity="updateInstanceStatus" if after == "frozen" else "releaseInstance")
            assert now in {was, {"frozen": "freezing", "released": "closing"}[after], after}
            assert told.count() == (0 if now == was else 1)

        kills = killed_at_every_write(
            act, lambda: (Subscription.objects.get().state, list(Delivery.objects.values_list("state"))), check
        )  # fmt: skip

        assert kills > 4
        assert Subscription.objects.get().state == after
    calls = [call["activity"] for call in server.store.calls() if call["activity"] != "queryInstance"]
    assert set(calls) == {"newInstance", "updateInstanceStatus", "releaseInstance"}
