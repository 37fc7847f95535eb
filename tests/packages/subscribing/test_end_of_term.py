"""Expiry, grace, retention, release: by the clock, with a seller that answers, and with one that does not (B-EXP)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DataError, IntegrityError

from galleria.audit.models import AuditRecord
from galleria.buying.services import renewing
from galleria.delivering.models import Delivery, SellerCall
from galleria.kit import clock, jobs, parameters
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import NotAllowed
from galleria.subscribing import ports, services, states
from galleria.subscribing.models import Period, Subscription, Timer
from galleria.subscribing.services import timing
from tests.people import NOW
from tests.timeline import go_to

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def held(shop: Any, ada: Any, desk: Any, server: Any) -> Subscription:
    """A monthly SaaS subscription in use, bought on March 1."""
    shop.fund(ada, "500.00")
    shop.buy(ada, desk)
    shop.work()
    return Subscription.objects.select_related("product__seller", "account").get()


def fresh(subscription: Subscription) -> Subscription:
    return Subscription.objects.select_related("product__seller", "account").get(pk=subscription.pk)


def sent(activity: str) -> list[str]:
    rows = SellerCall.objects.filter(activity=activity).order_by("id")
    return [f"{call.verdict} {call.request_body}" for call in rows]


def renew(subscription: Subscription, number: str, months: int = 1, **more: Any) -> Period:
    """A paid renewal, without the order around it."""
    row = fresh(subscription)
    term = services.Term(
        order_id=f"GA{number}", order_line_id=f"GA{number}-000001", period_type="month", period_count=months,
        specification_id=row.specification_id, sku_id=row.sku_id, price_id=row.price_id,
        product_code=row.product_code, quantity=row.quantity, choices=row.choices, paid_minor=4900, **more,
    )  # fmt: skip
    return services.renew(row, term, at=clock.now())


def test_no_state_of_a_subscription_or_of_its_renewal_is_a_dead_end() -> None:
    assert states.SUBSCRIPTION.problems() == []
    assert states.RENEWAL.problems() == []


@pytest.mark.req("B-TIM-002", "B-TIM-003")
def test_a_subscription_in_use_has_its_first_period_and_a_timer(held: Subscription) -> None:
    period, timer = Period.objects.get(), Timer.objects.get()
    assert (period.kind, period.number, period.state) == ("new", 1, "paid")
    assert (period.starts_at, period.ends_at) == (held.effective_at, held.expires_at)
    assert (period.paid_minor, period.currency) == (4900, "EUR")
    assert held.expires_at == datetime(2027, 4, 1, 15, 59, 59, tzinfo=UTC)
    assert (timer.kind, timer.value, timer.rule) == ("remind", "15", "B-EXP-001")
    assert timer.due_at == datetime(2027, 3, 17, 2, 0, tzinfo=UTC)  # 10:00 in the billing zone


@pytest.mark.req("B-EXP-T1", "B-EXP-005", "A-V2S-001", "A-V2D-001", "B-EXP-001")
def test_saas_is_frozen_at_expiry_and_released_when_retention_is_over(held: Subscription) -> None:
    end = held.expires_at
    go_to(end - HOUR)
    assert fresh(held).state == "effective"
    go_to(end + HOUR)
    assert fresh(held).state == "frozen"
    assert fresh(held).retention_ends_at == end + timedelta(days=15)
    assert [each.partition(" ")[0] for each in sent("updateInstanceStatus")] == ["success"]
    go_to(end + timedelta(days=15) - HOUR)
    assert fresh(held).state == "frozen"
    assert sent("releaseInstance") == []
    go_to(end + timedelta(days=15) + HOUR)
    assert fresh(held).state == "released"
    assert [each.partition(" ")[0] for each in sent("releaseInstance")] == ["success"]
    told = [row.sentence for row in AuditRecord.objects.filter(object_id=held.public_id).order_by("id")]
    assert told[-2:] == ["subscription.frozen", "subscription.released"]
    assert Timer.objects.get().state == "idle"


@pytest.mark.req("B-EXP-T1")
def test_an_image_goes_on_for_fifteen_days_of_grace(shop: Any, ada: Any) -> None:
    image = shop.product("Firewall", monthly="20.00", delivery_type="image")
    shop.fund(ada, "100.00")
    shop.buy(ada, image)
    Delivery.objects.update(state="succeeded")
    row = Subscription.objects.select_related("product__seller", "account").get()
    services.activate(row, effective_at=NOW)
    end = row.expires_at
    assert end is not None
    go_to(end + HOUR)
    assert (fresh(row).state, fresh(row).grace_ends_at) == ("grace", end + timedelta(days=15))
    go_to(end + timedelta(days=15) + HOUR)
    assert fresh(row).state == "frozen"
    go_to(end + timedelta(days=30) + HOUR)
    assert fresh(row).state == "released"


def test_a_service_for_a_term_simply_ends(shop: Any, ada: Any) -> None:
    service = shop.product("Care plan", monthly="20.00", delivery_type="professional")
    shop.fund(ada, "100.00")
    shop.buy(ada, service)
    row = Subscription.objects.select_related("product__seller", "account").get()
    services.activate(row, effective_at=NOW)
    assert row.expires_at is not None
    go_to(row.expires_at + timedelta(minutes=1))
    assert fresh(row).state == "released"


@pytest.mark.req("B-EXP-005", "A-RET-008")
def test_the_state_goes_on_when_the_seller_does_not_answer_and_the_call_can_be_repeated(
    held: Subscription, server: Any
) -> None:
    end = held.expires_at
    go_to(end - HOUR)
    server.faults.add({"do": "code", "value": "000005", "activity": "updateInstanceStatus"})
    go_to(end + timedelta(minutes=30))
    assert fresh(held).state == "freezing"
    go_to(end + timedelta(minutes=70))
    assert fresh(held).state == "frozen"
    freeze = Delivery.objects.get(activity="updateInstanceStatus")
    assert freeze.state == "failed"


@pytest.mark.req("B-EXP-T2", "B-REN-T1")
def test_the_last_hour_of_retention_still_renews_and_the_next_day_does_not(held: Subscription) -> None:
    end = held.expires_at
    last = end + timedelta(days=15) - timedelta(minutes=59, seconds=59)  # 23:00 of the fifteenth day
    go_to(last)
    period = renew(held, "1")
    assert (period.starts_at, period.ends_at) == (end, datetime(2027, 5, 1, 15, 59, 59, tzinfo=UTC))
    assert fresh(held).state == "unfreezing"


@pytest.mark.req("B-EXP-T2")
def test_what_was_released_cannot_be_renewed(held: Subscription) -> None:
    go_to(held.expires_at + timedelta(days=16))
    with pytest.raises(services.ResourceReleased) as refused:
        renew(held, "1")
    assert refused.value.code == "RESOURCE_RELEASED"


@pytest.mark.req("B-REN-T1", "B-TIM-002")
def test_a_renewal_in_grace_or_retention_counts_from_the_old_expiry(held: Subscription) -> None:
    Subscription.objects.update(expires_at=datetime(2027, 4, 30, 15, 59, 59, tzinfo=UTC), anchor_day=31)
    row = fresh(held)
    for day in (10, 18):
        with_day = datetime(2027, 5, day, 4, tzinfo=UTC)
        ends_at = services.renewed_until(row, "month", 1)
        assert ends_at == datetime(2027, 5, 31, 15, 59, 59, tzinfo=UTC)
        assert (ends_at - with_day).days == {10: 21, 18: 13}[day]


@pytest.mark.req("A-V2S-003", "B-REN-007", "A-V2R-001")
def test_a_frozen_instance_hears_of_the_renewal_first_and_is_thawed_then(
    shop: Any, ada: Any, held: Subscription
) -> None:
    go_to(held.expires_at + HOUR)
    wish = renewing.Wish(held.public_id)
    shop.pay(ada, *renewing.renew(ada.actor, wishes=[wish], at=clock.now()))
    assert fresh(held).state == "unfreezing"
    jobs.run_due(with_crons=False)
    assert fresh(held).state == "effective"
    names = list(SellerCall.objects.order_by("id").values_list("activity", flat=True))
    assert names[-2:] == ["refreshInstance", "updateInstanceStatus"]
    assert '"status":"UNFREEZE"' in sent("updateInstanceStatus")[-1]
    assert '"expireTime":"20270501155959"' in sent("refreshInstance")[-1]
    assert Timer.objects.get().due_at == datetime(2027, 4, 16, 2, 0, tzinfo=UTC)


def test_a_freeze_that_was_not_told_yet_is_not_told_after_a_renewal(held: Subscription, server: Any) -> None:
    end = held.expires_at
    go_to(end - HOUR)
    server.faults.add({"do": "code", "value": "000005", "activity": "updateInstanceStatus", "times": 1})
    go_to(end + timedelta(minutes=1))
    renew(held, "1")
    go_to(end + timedelta(minutes=40))
    freeze = Delivery.objects.filter(activity="updateInstanceStatus", parameters__status="FREEZE").get()
    assert (freeze.state, freeze.attempts) == ("superseded", 1)


@pytest.mark.req("B-EXP-004")
def test_nothing_is_released_without_a_reminder_a_day_before(held: Subscription) -> None:
    """The clock stood still for two months: everything is due at once."""
    end = held.expires_at
    late = end + timedelta(days=60)
    clock.travel_to(late)
    jobs.run_due(raise_errors=True)
    assert fresh(held).state == "frozen"
    assert sent("releaseInstance") == []
    assert fresh(held).reminded_at == late
    go_to(late + timedelta(hours=23))
    assert fresh(held).state == "frozen"
    go_to(late + timedelta(hours=25))
    assert fresh(held).state == "released"


@pytest.mark.req("B-GEN-002")
def test_a_setting_that_changes_while_retention_runs_does_not_touch_it(held: Subscription) -> None:
    end = held.expires_at
    go_to(end + HOUR)
    parameters.change(SYSTEM, "expiry.retention_days", 3, at=clock.now(), scope="saas")
    go_to(end + timedelta(days=14))
    assert fresh(held).state == "frozen"
    go_to(end + timedelta(days=15) + HOUR)
    assert fresh(held).state == "released"


@pytest.mark.req("B-GEN-002")
def test_a_setting_that_changes_before_is_followed_and_named(held: Subscription) -> None:
    parameters.change(SYSTEM, "expiry.grace_days", 5, at=clock.now(), scope="saas")
    jobs.run_due()
    coming = services.coming_events(fresh(held), at=clock.now())
    expire = next(each for each in coming if each.kind == "expire")
    assert (expire.setting, expire.version, expire.value) == ("expiry.grace_days", 1, "5")
    go_to(held.expires_at + HOUR)
    assert fresh(held).state == "grace"


@pytest.mark.req("B-EXP-001")
def test_of_several_missed_reminders_only_the_last_is_sent(held: Subscription, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    registered = ports.RUNNERS["remind"]

    def note(subscription: Subscription, planned: Any, *, at: datetime) -> datetime | None:
        told.append(planned.value)
        return registered.run(subscription, planned, at=at)

    monkeypatch.setitem(ports.RUNNERS, "remind", replace(registered, run=note))
    clock.travel_to(held.expires_at - timedelta(days=2))
    jobs.run_due()
    assert told == ["3"]


@pytest.mark.parametrize("kind", [ValueError, IntegrityError, DataError])
def test_what_fails_again_and_again_waits_for_a_person_and_the_others_go_on(
    held: Subscription, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def breaks(subscription: Subscription, planned: Any, *, at: datetime) -> None:
        raise kind("no such thing\x00")  # not to be stored as it is

    monkeypatch.setitem(ports.RUNNERS, "remind", ports.Registered(breaks))
    go_to(datetime(2027, 3, 17, 2, 0, tzinfo=UTC) + timedelta(hours=4))
    timer = Timer.objects.get()
    assert (timer.state, timer.kind, timer.attempts, timer.problem) == ("stuck", "remind", 6, "no such thing\ufffd")
    assert fresh(held).state == "effective"
    monkeypatch.undo()
    timing.retry(SYSTEM, timer_id=timer.public_id, at=clock.now())
    jobs.run_due()
    assert (Timer.objects.get().state, Timer.objects.get().value) == ("waiting", "7")


def test_an_event_is_carried_out_once_by_two_schedulers(held: Subscription) -> None:
    due = Timer.objects.get().due_at
    assert due is not None
    clock.travel_to(due)
    both = [Timer.objects.select_related("subscription__product__seller", "subscription__account").get() for _ in "ab"]
    assert [timing.run_one(each, at=due) for each in both] == [True, False]


@pytest.mark.req("B-REN-006")
def test_a_renewed_period_can_be_undone_and_given_back(held: Subscription) -> None:
    end = held.expires_at
    first, second = renew(held, "1"), renew(held, "2")
    assert [each.number for each in services.not_begun(held, at=NOW)] == [3, 2]
    with pytest.raises(services.SubscriptionMoved):
        services.give_back_period(fresh(held), first, refunded_minor=4900, at=NOW)
    assert services.give_back_period(fresh(held), second, refunded_minor=4900, at=NOW) == first.ends_at
    services.undo_renewal(fresh(held), first, refunded_minor=4900, at=NOW)
    assert fresh(held).expires_at == end
    assert list(Period.objects.order_by("number").values_list("state", flat=True)) == ["paid", "undone", "given_back"]


@pytest.mark.req("B-ARN-002", "B-ARN-008", "B-ARN-011")
def test_the_expire_policy_goes_its_ways(held: Subscription, ada: Any) -> None:
    def policy(wanted: services.Policy, **more: Any) -> Subscription:
        return services.set_renewal(ada.actor, subscription_id=held.public_id, policy=wanted, at=NOW, **more)

    row = policy("auto", times=3)
    assert (row.renewal, row.renewal_period_type, row.renewal_period_count, row.renewals_left) == (
        "auto",
        "month",
        1,
        3,
    )
    assert policy("none").renewal == "none"
    assert policy("auto").renewals_left is None
    assert policy("manual").renewal == "manual"
    with pytest.raises(NotAllowed):
        policy("to_pay_per_use")  # it has no price by use


@pytest.mark.req("B-ARN-003")
def test_the_account_chooses_the_day_of_deduction(held: Subscription, ada: Any) -> None:
    services.set_renewal(ada.actor, subscription_id=held.public_id, policy="auto", at=NOW)
    services.set_renewal_setting(ada.actor, offset_days=0, at=NOW)
    deducts = [each for each in services.coming_events(fresh(held), at=NOW) if each.kind == "deduct"]
    assert [each.due_at for each in deducts] == [datetime(2027, 3, 31, 19, 0, tzinfo=UTC)]  # 03:00 of April 1
    assert services.renewal_setting_of(ada.account.pk, at=NOW) == (0, 1)


def test_a_test_clock_that_is_turned_twice_or_back_carries_out_nothing_twice(held: Subscription) -> None:
    end = held.expires_at
    go_to(end + HOUR)
    clock.travel_to(end - timedelta(days=3))
    jobs.run_due()
    go_to(end + timedelta(hours=2))
    assert fresh(held).state == "frozen"
    assert len(sent("updateInstanceStatus")) == 1
