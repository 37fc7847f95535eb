"""Trials that become paid subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.buying import services
from galleria.buying.models import Order
from galleria.buying.renewable import Term
from galleria.buying.services import converting
from galleria.buying.services.placing import TrialBlocked, TrialUsed
from galleria.delivering.models import Delivery
from galleria.kit import clock
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import AppInfo, Period, Subscription
from tests.shop import euro
from tests.turning import local, turn_to, work

pytestmark = pytest.mark.django_db(transaction=True)
YEAR = Term("year", 1)


@pytest.fixture
def trial(shop: Any, ada: Any, server: Any) -> Subscription:
    """Thirty days of a helpdesk from 1 April 2028, 10:00; 49.00 a month, 490.00 a year."""
    product = shop.product("Helpdesk", monthly="49.00", yearly="490.00", trial_days=30)
    shop.connect(product, server.address())
    clock.set_for_tests(local("2028-04-01T10:00:00"))
    order = shop.buy(ada, product, mode="trial")
    work()
    assert (order.kind, order.due_minor) == (13, 0)
    row = Subscription.objects.get()
    assert (row.state, row.is_trial, row.expires_at) == ("effective", True, local("2028-05-01T23:59:59"))
    return row


def convert(shop: Any, person: Any, row: Subscription, term: Term, coupon: str = "") -> Order:
    shown = converting.preview_conversion(
        person.actor, subscription_id=row.public_id, term=term, coupon_code=coupon, at=clock.now()
    )
    order = converting.convert(
        person.actor, subscription_id=row.public_id, term=term, coupon_code=coupon, seen_digest=shown.digest,
        seen_due=shown.due, at=clock.now(),
    )  # fmt: skip
    shop.pay(person, order)
    work()
    row.refresh_from_db()
    order.refresh_from_db()
    return order


@pytest.mark.req("B-T2C-T1", "B-T2C-001", "B-TRI-005", "A-V2C-004", "A-V2R-001")
def test_a_trial_converted_on_day_ten_ends_a_year_after_day_ten_with_the_same_login(shop, ada, trial):
    shop.fund(ada, "500.00")
    before = AppInfo.objects.get(subscription=trial)
    instance = trial.instance_id
    turn_to("2028-04-10T15:00:00")

    shown = converting.preview_conversion(ada.actor, subscription_id=trial.public_id, term=YEAR, at=clock.now())
    order = convert(shop, ada, trial, YEAR)

    assert (shown.due, shown.lost_days, shown.ends_at) == (euro("490.00"), 21, local("2029-04-10T23:59:59"))
    assert (order.kind, order.paid_minor, order.state) == (14, 49000, "completed")
    assert (trial.is_trial, trial.state, trial.expires_at) == (False, "effective", local("2029-04-10T23:59:59"))
    assert (trial.instance_id, trial.period_type, trial.period_count) == (instance, "year", 1)
    after = AppInfo.objects.get(subscription=trial)
    assert (after.user_name, after.password) == (before.user_name, before.password)
    told = Delivery.objects.get(activity="refreshInstance")
    assert (told.scene, told.order_id, told.state) == ("TRIAL_TO_FORMAL", order.public_id, "succeeded")
    assert [each.kind for each in Period.objects.filter(subscription=trial)] == ["trial", "conversion"]
    assert shop.is_balanced()


@pytest.mark.req("B-T2C-002", "B-TRI-005")
def test_it_can_be_converted_in_retention_and_not_after_release(shop, ada, trial):
    shop.fund(ada, "100.00")
    turn_to("2028-05-10T12:00:00")
    trial.refresh_from_db()
    assert trial.state == "frozen"

    convert(shop, ada, trial, Term("month", 1))

    assert (trial.state, trial.expires_at) == ("effective", local("2028-06-10T23:59:59"))
    assert subscribing.coming_events(trial, at=clock.now())


@pytest.mark.req("B-T2C-002", "B-TRI-005")
def test_without_conversion_a_trial_is_frozen_at_its_end_and_released_after_retention(shop, ada, trial):
    turn_to("2028-05-02T00:30:00")
    trial.refresh_from_db()
    assert trial.state == "frozen"
    turn_to("2028-05-17T12:00:00")
    trial.refresh_from_db()

    assert trial.state == "released"
    with pytest.raises(subscribing.ResourceReleased):
        converting.preview_conversion(ada.actor, subscription_id=trial.public_id, at=clock.now())


@pytest.mark.req("B-T2C-003")
def test_a_coupon_for_new_orders_is_usable(shop, ada, trial):
    shop.fund(ada, "100.00")
    coupon = shop.coupon(ada, "NEW10", "10.00", limits={"order_types": ["new"]})
    type(coupon).objects.filter(pk=coupon.pk).update(expires_at=local("2029-01-01T00:00:00"))

    order = convert(shop, ada, trial, Term("month", 1), coupon="NEW10")

    assert (order.coupon_minor, order.paid_minor) == (1000, 3900)


@pytest.mark.req("B-TRI-T1", "B-TRI-002")
def test_a_second_trial_of_the_product_is_refused(shop, ada, trial):
    with pytest.raises(TrialUsed):
        shop.order(ada, trial.product, mode="trial")


@pytest.mark.req("B-TRI-002")
def test_with_an_unpaid_order_no_trial_begins(shop, ada, trial):
    other = shop.product("Notes", monthly="9.00", trial_days=14)
    shop.fund(ada, "100.00")
    shop.order(ada, shop.product("Other", monthly="5.00"))
    with pytest.raises(TrialBlocked):
        shop.order(ada, other, mode="trial")


@pytest.mark.req("B-T2C-001")
def test_what_is_no_trial_is_not_converted(shop, ada, desk):
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)
    work()
    row = Subscription.objects.get()
    with pytest.raises(converting.NotATrial):
        converting.preview_conversion(ada.actor, subscription_id=row.public_id, at=clock.now())
    with pytest.raises(services.renewing.renewable.Invalid):
        services.preview_renewals(ada.actor, wishes=[], at=clock.now())


@pytest.mark.req("B-TRI-004")
def test_reminders_before_the_end_of_a_trial_at_ten(shop, ada, trial):
    coming = [each for each in subscribing.coming_events(trial, at=clock.now()) if each.kind == "remind"]
    before_end = [each.due_at for each in coming if each.rule == "B-TRI-004"]
    assert before_end == [local(f"2028-04-{day}T10:00:00") for day in (16, 24, 28, 30)]


def test_a_preview_takes_few_queries(shop, ada, trial, django_assert_max_num_queries):
    actor, at = ada.actor, clock.now()
    with django_assert_max_num_queries(12):
        converting.preview_conversion(actor, subscription_id=trial.public_id, coupon_code="X", at=at)
