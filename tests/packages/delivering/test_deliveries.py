"""Deliveries: what a seller's server may do wrong, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from galleria.audit.models import AuditRecord
from galleria.delivering import rules, selectors, services, states
from galleria.delivering.models import Delivery, ProductionAddress, SellerCall
from galleria.kit import clock, jobs
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing, TooManyRequests
from galleria.kit.models import Job
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import AppInfo, Subscription
from tests.people import NOW
from tests.shop import euro

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_state_of_a_delivery_is_a_dead_end() -> None:
    assert states.DELIVERY.problems() == []


@pytest.fixture
def bought(shop: Any, ada: Any, desk: Any) -> Any:
    """An order that is paid and not delivered yet."""
    shop.fund(ada, "100.00")
    return shop.buy(ada, desk)


def state_of(order: Any) -> str:
    order.refresh_from_db()
    return str(order.state)


def calls(activity: str = "newInstance") -> list[SellerCall]:
    return list(SellerCall.objects.filter(activity=activity).order_by("id"))


# --- the schedule -------------------------------------------------------------------------------------
@pytest.mark.req("A-RET-005", "A-RET-007")
@pytest.mark.parametrize(
    ("minutes", "next_minutes"), [(0, 60), (0.1, 60), (59, 60), (60.1, 120), (125, 180), (180.1, None), (300, None)]
)
def test_creating_is_tried_hourly_for_three_hours(minutes: float, next_minutes: int | None) -> None:
    following = rules.next_attempt_at(
        "newInstance", first_called_at=NOW, at=NOW + timedelta(minutes=minutes), window_hours=3
    )
    assert following == (None if next_minutes is None else NOW + timedelta(minutes=next_minutes))


@pytest.mark.req("A-RET-008", "A-RET-018")
@pytest.mark.parametrize(("minutes", "next_minutes"), [(0, 2), (2.1, 5), (5.1, 15), (16, 30), (31, 60), (60.1, None)])
def test_other_activities_are_tried_for_an_hour(minutes: float, next_minutes: int | None) -> None:
    following = rules.next_attempt_at(
        "releaseInstance", first_called_at=NOW, at=NOW + timedelta(minutes=minutes), window_hours=1
    )
    assert following == (None if next_minutes is None else NOW + timedelta(minutes=next_minutes))


@pytest.mark.req("A-RET-009")
def test_a_check_of_a_change_is_never_repeated() -> None:
    assert rules.next_attempt_at("changeInstanceCheck", first_called_at=NOW, at=NOW, window_hours=3) is None


@pytest.mark.req("A-RET-006")
def test_polling_is_every_minute_then_every_five() -> None:
    assert rules.next_poll_at(provisioning_since=NOW, at=NOW) == NOW + timedelta(seconds=60)
    later = NOW + timedelta(minutes=10)
    assert rules.next_poll_at(provisioning_since=NOW, at=later) == later + timedelta(minutes=5)


# --- what sellers do wrong ----------------------------------------------------------------------------
@pytest.mark.req("A-V2C-T2", "A-V2C-T7", "A-V2C-T8", "A-V2C-T9", "A-RET-017", "A-ADR-001")
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"do": "down"}, "http: "),
        ({"do": "html"}, "JSON"),
        ({"do": "code", "code": "000005"}, "000005"),
        ({"do": "code", "code": "000999"}, "000999"),
        ({"do": "wrong_type"}, "resultCode must be a string"),
        ({"do": "redirect", "to": "http://127.0.0.1:9/"}, "302"),
        ({"do": "status", "status": 401}, "401"),
        ({"do": "long_instance"}, "instanceId"),
    ],
)
def test_a_wrong_answer_is_recorded_and_tried_again_after_an_hour(
    shop: Any, bought: Any, server: Any, fault: dict[str, Any], told: str
) -> None:
    server.faults.add({**fault, "times": 1})

    shop.work()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.next_attempt_at) == ("retrying", 1, NOW + timedelta(hours=1))
    assert [call.verdict for call in calls()] == ["failure"]
    assert told in f"{calls()[0].failure} {calls()[0].http_status}"
    jobs.run_due(until=NOW + timedelta(hours=1, minutes=1))
    assert state_of(bought) == "completed"


@pytest.mark.req("A-V2C-T2", "A-ADR-001")
def test_an_answer_after_five_seconds_is_a_failure_and_the_instance_is_found_again(
    shop: Any, bought: Any, server: Any
) -> None:
    server.faults.add({"do": "late", "seconds": 5.3, "times": 1})

    shop.work()

    assert Delivery.objects.get().state == "retrying"
    assert calls()[0].failure.startswith("timeout")
    jobs.run_due(until=NOW + timedelta(hours=1, minutes=1))
    assert state_of(bought) == "completed"
    # The seller made one instance although it was asked twice.
    assert len(server.store.instances()) == 1


@pytest.mark.req("A-V2N-004", "A-V2C-T5", "A-RET-018")
def test_every_try_is_a_new_request_for_the_same_order_line(shop: Any, bought: Any, server: Any) -> None:
    server.faults.add({"do": "code", "code": "000100", "times": 2})
    jobs.run_due(until=NOW + timedelta(hours=2, minutes=1))
    bodies = [call.request_body for call in calls()]
    assert len(bodies) == 3
    assert len({call.business_id for call in calls()}) == 3
    assert len({call.url for call in calls()}) == 3
    line = f"{bought.public_id}-000001"
    assert all(f'"orderLineId":"{line}"' in body and "testFlag" not in body for body in bodies)


@pytest.mark.req("A-V2N-005")
def test_an_instance_id_of_another_line_is_a_failure(shop: Any, ada: Any, bought: Any, desk: Any, server: Any) -> None:
    shop.work()
    taken = Subscription.objects.get().instance_id
    shop.fund(ada, "100.00")
    body = f'{{"resultCode":"000000","instanceId":"{taken}"}}'
    server.faults.add({"do": "raw", "body": body, "status": 200, "content_type": "application/json", "times": 1})

    shop.buy(ada, desk)
    shop.work()

    assert "another order line" in calls()[-1].failure
    assert Delivery.objects.order_by("id").last().state == "retrying"  # type: ignore[union-attr]


@pytest.mark.req("A-V2N-005", "A-V2N-003")
def test_a_later_different_id_does_not_replace_the_first(shop: Any, bought: Any, server: Any) -> None:
    # We died after the id was stored and before the delivery moved on: the call is made again.
    subscription = Subscription.objects.get()
    subscribing.name_instance(subscription, "first-id")

    shop.work()

    subscription.refresh_from_db()
    assert subscription.instance_id == "first-id"
    assert "which was told first and stays" in calls()[0].failure


@pytest.mark.req("A-V2N-006", "A-RET-006")
def test_a_worker_that_died_between_the_two_calls_goes_on_with_the_second(shop: Any, bought: Any, server: Any) -> None:
    server.faults.add({"do": "async", "polls": 1, "times": 1})
    shop.work()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.polls) == ("provisioning", 1, 1)
    # As it was after the first answer was recorded; the lease of the job ends and it runs again.
    Delivery.objects.update(polls=0)
    Job.objects.all().delete()
    SellerCall.objects.filter(activity="queryInstance").delete()

    services.work_on(delivery.public_id, 1)

    assert (state_of(bought), len(calls()), len(calls("queryInstance"))) == ("completed", 1, 1)
    services.work_on(delivery.public_id, 1)
    services.poll_instance(delivery.public_id, 1)
    assert (len(calls()), len(calls("queryInstance"))) == (1, 1)


@pytest.mark.req("A-V2N-006", "A-V2C-T3")
def test_provisioned_means_that_query_instance_succeeded(shop: Any, bought: Any, server: Any) -> None:
    server.faults.add({"do": "no_info", "times": 2})
    shop.work()
    assert (Delivery.objects.get().state, state_of(bought)) == ("provisioning", "processing")

    jobs.run_due(until=NOW + timedelta(minutes=2, seconds=30))

    assert state_of(bought) == "completed"
    assert [call.verdict for call in calls("queryInstance")] == ["in_progress", "in_progress", "success"]


@pytest.mark.req("A-RET-006")
def test_after_an_hour_of_polling_the_seller_is_told_and_after_three_days_the_operator(
    shop: Any, ada: Any, olga: Any, bought: Any, server: Any
) -> None:
    server.faults.add({"do": "async", "polls": 10_000})
    jobs.run_due(until=NOW + timedelta(hours=1, minutes=10))
    delivery = Delivery.objects.get()
    assert delivery.state == "provisioning"
    assert delivery.alarmed_at is not None
    assert [row.public_id for row in selectors.stuck_deliveries(olga.actor, clock.now())] == [delivery.public_id]
    assert state_of(bought) == "processing"


@pytest.mark.req("A-ADR-001")
@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://10.0.0.1/saas", "http://[::1]/saas"])
def test_an_address_inside_is_never_called(shop: Any, bought: Any, settings: Any, url: str) -> None:
    settings.GALLERIA_OUTGOING_ALLOW = []
    ProductionAddress.objects.update(url=url)
    shop.work()
    assert calls()[0].failure.startswith("blocked")
    assert calls()[0].http_status is None


# --- what is kept -------------------------------------------------------------------------------------
@pytest.mark.req("A-V2Q-005", "B-USE-001", "B-USE-T2")
def test_the_password_is_encrypted_at_rest_masked_in_the_log_and_revealed_with_a_record(
    shop: Any, ada: Any, bought: Any
) -> None:
    from django.db import connection

    shop.work()
    subscription = Subscription.objects.get()
    password = AppInfo.objects.get().password
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM subscribing_appinfo")
        assert password not in str(cursor.fetchone()[0])
    assert all(password not in call.answer for call in SellerCall.objects.all())
    nils = ada.colleague("Nils Borg", "BuyerReadOnly")
    with pytest.raises(PermissionMissing):
        subscribing.reveal_password(nils.actor, subscription_id=subscription.public_id, at=NOW)

    told = subscribing.reveal_password(ada.actor, subscription_id=subscription.public_id, at=NOW)

    assert told == password
    record = AuditRecord.objects.get(sentence="subscription.password_revealed")
    assert (record.actor_name, record.object_id) == (ada.actor.user_name, subscription.public_id)


@pytest.mark.req("B-USE-002", "B-USE-003", "A-V2Q-005", "A-V2Q-001")
def test_when_the_seller_is_silent_the_last_known_information_stays_with_its_time(
    shop: Any, ada: Any, bought: Any, server: Any
) -> None:
    shop.work()
    subscription = Subscription.objects.get()
    before = AppInfo.objects.get()
    server.faults.add({"do": "down"})
    clock.advance(timedelta(minutes=5))

    info = services.refresh_app_info(ada.actor, subscription_id=subscription.public_id, at=clock.now())

    assert info.front_end_url == before.front_end_url
    assert info.refreshed_at == NOW
    assert info.last_error
    subscription.refresh_from_db()
    assert subscription.state == "effective"
    with pytest.raises(TooManyRequests):
        services.refresh_app_info(ada.actor, subscription_id=subscription.public_id, at=clock.now())
    server.faults.clear()
    clock.advance(timedelta(seconds=11))
    again = services.refresh_app_info(ada.actor, subscription_id=subscription.public_id, at=clock.now())
    assert (again.last_error, again.refreshed_at) == ("", clock.now())


def test_a_stranger_can_neither_see_nor_refresh_nor_reveal(shop: Any, xavier: Any, bought: Any) -> None:
    shop.work()
    subscription = Subscription.objects.get()
    with pytest.raises(NotFound):
        services.refresh_app_info(xavier.actor, subscription_id=subscription.public_id, at=NOW)
    with pytest.raises(NotFound):
        subscribing.reveal_password(xavier.actor, subscription_id=subscription.public_id, at=NOW)
    with pytest.raises(NotFound):
        selectors.delivery_of(xavier.actor, Delivery.objects.get().public_id)


# --- the operator -------------------------------------------------------------------------------------
@pytest.mark.req("A-ALM-002")
def test_a_restart_calls_at_once_and_continues_the_order(shop: Any, olga: Any, bought: Any, server: Any) -> None:
    server.faults.add({"do": "down", "times": 1})
    shop.work()
    delivery = Delivery.objects.get()

    services.restart(olga.actor, delivery_id=delivery.public_id, at=NOW)
    shop.work()

    assert state_of(bought) == "completed"
    with pytest.raises(NotAllowed):
        services.restart(olga.actor, delivery_id=delivery.public_id, at=NOW)


def test_a_restart_takes_no_planned_try_away(shop: Any, olga: Any, bought: Any, server: Any) -> None:
    server.faults.add({"do": "down"})
    shop.work()
    clock.advance(timedelta(minutes=10))
    services.restart(olga.actor, delivery_id=Delivery.objects.get().public_id, at=clock.now())
    shop.work()
    delivery = Delivery.objects.get()
    assert (delivery.attempts, delivery.next_attempt_at) == (2, NOW + timedelta(hours=1))


def test_giving_up_gives_the_money_back_at_once(shop: Any, ada: Any, olga: Any, bought: Any, server: Any) -> None:
    server.faults.add({"do": "down"})
    shop.work()
    delivery = Delivery.objects.get()
    with pytest.raises(PermissionMissing):
        services.give_up(ada.actor, delivery_id=delivery.public_id, reason="No", at=NOW)
    with pytest.raises(Invalid):
        services.give_up(olga.actor, delivery_id=delivery.public_id, reason="", at=NOW)

    services.give_up(olga.actor, delivery_id=delivery.public_id, reason="The seller closed", at=NOW)

    assert (state_of(bought), bought.state_reason) == ("canceled", "The seller closed")
    assert shop.balance(ada) == euro("100.00")
    jobs.run_due(until=NOW + timedelta(hours=4))
    assert len(calls()) == 1


# --- the end of a term --------------------------------------------------------------------------------
@pytest.mark.req("A-V2S-001", "A-V2S-003", "A-V2D-001", "A-V2D-003")
def test_at_expiry_the_seller_freezes_and_after_retention_releases(shop: Any, bought: Any, server: Any) -> None:
    shop.work()
    subscription = Subscription.objects.get()
    assert subscription.expires_at == datetime(2027, 4, 1, 15, 59, 59, tzinfo=UTC)

    jobs.run_due(until=subscription.expires_at + timedelta(minutes=10))
    subscription.refresh_from_db()
    assert subscription.state == "frozen"
    assert [call.verdict for call in calls("updateInstanceStatus")] == ["success"]

    jobs.run_due(until=subscription.expires_at + timedelta(days=15, minutes=10))
    subscription.refresh_from_db()
    assert subscription.state == "released"
    assert AppInfo.objects.get().password == ""
    assert [call.verdict for call in calls("releaseInstance")] == ["success"]


# --- keys and settings of an address ------------------------------------------------------------------
@pytest.mark.req("A-KEY-001", "A-SIG-001")
def test_a_new_key_is_used_from_its_instant_on(shop: Any, bruno: Any, bought: Any, server: Any) -> None:
    pk = bruno.seller.pk
    old = services.interface_key(pk, "base", NOW)
    services.set_interface_key(pk, "base", "a-new-key", active_from=NOW + timedelta(hours=1), at=NOW)
    assert services.interface_key(pk, "base", NOW + timedelta(minutes=59)) == old
    assert services.interface_key(pk, "base", NOW + timedelta(hours=1)) == "a-new-key"
    assert Delivery.objects.get().state == "requested"


@pytest.mark.req("A-DEC-004", "A-V2N-002")
def test_old_servers_can_be_sent_a_test_flag_of_zero(shop: Any, bought: Any, server: Any) -> None:
    ProductionAddress.objects.update(send_testflag_zero=True)
    shop.work()
    assert '"testFlag":"0"' in calls()[0].request_body
    assert state_of(bought) == "completed"


@pytest.mark.req("A-DEC-002", "A-V2C-T6")
def test_a_signed_answer_can_be_required(shop: Any, bought: Any, server: Any) -> None:
    ProductionAddress.objects.update(require_body_sign=True)
    shop.work()
    assert calls()[0].failure == "http header->bodySign is empty"
    server.faults.add({"do": "body_sign", "value": "right"})
    jobs.run_due(until=NOW + timedelta(hours=1, minutes=1))
    assert state_of(bought) == "completed"
