"""Time in odd ways, and what changes between looking, ordering and paying: month ends, leap days, another billing zone,
a clock turned twice or back; a price, a SKU or a coupon that goes in between; settings while a phase runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured

from galleria.buying import services
from galleria.buying.models import Deduction, Order
from galleria.buying.renewable import NoLongerSold, Term
from galleria.buying.services.ordering import CouponNotUsable, PriceChanged
from galleria.buying.services.renewing import Wish
from galleria.delivering.models import Delivery
from galleria.kit import clock, parameters
from galleria.kit.actor import SYSTEM
from galleria.ledger.models import LedgerTransaction
from galleria.pricing import services as pricing
from galleria.pricing.models import Coupon
from galleria.publishing.models import Price, Sku
from galleria.subscribing.models import Subscription
from tests.packages.buying import changing_world as changing
from tests.shop import e10, euro
from tests.turning import local, turn_to, work

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = Term("month", 1)


def bought(shop: Any, person: Any, product: Any, at: str, **chosen: Any) -> Subscription:
    clock.set_for_tests(local(at))
    order = shop.buy(person, product, **chosen)
    work()
    return Subscription.objects.get(order_id=order.public_id)


def charges() -> int:
    return LedgerTransaction.objects.filter(kind="order_payment").count()


def attempts(state: str) -> list[str]:
    """When it was tried, on the billing zone's first clock."""
    rows = Deduction.objects.filter(state=state).order_by("tried_at")
    return [f"{each.tried_at.astimezone(local('2028-01-01').tzinfo):%m-%d %H:%M}" for each in rows]


# ----- the calendar -----


@pytest.mark.req("B-TIM-002", "B-ARN-003")
@pytest.mark.parametrize(
    ("year", "ends"),
    [
        (2028, ["02-29", "03-31", "04-30", "05-31"]),  # a leap year
        (2029, ["02-28", "03-31", "04-30", "05-31"]),
    ],
)
def test_renewed_by_itself_over_month_ends_it_keeps_its_day_and_is_charged_once_a_month(shop, ada, desk, year, ends):
    shop.fund(ada, "500.00")
    row = bought(shop, ada, desk, f"{year}-01-31T10:00:00", auto_renew=True)
    seen = [row.expires_at]

    for month in (2, 3, 4):
        turn_to(f"{year}-{month:02}-27T12:00:00")
        row.refresh_from_db()
        seen.append(row.expires_at)

    assert seen == [local(f"{year}-{end}T23:59:59") for end in ends]
    assert (Order.objects.filter(kind=2).count(), shop.balance(ada)) == (3, euro("304.00"))
    first_day = "02-22" if year == 2028 else "02-21"
    assert attempts("paid") == [f"{first_day} 03:00", "03-24 03:00", "04-23 03:00"]


@pytest.mark.req("B-TIM-002")
def test_a_year_from_a_leap_day_ends_on_the_28th_and_in_the_next_leap_year_on_the_29th(shop, ada, desk):
    shop.fund(ada, "5000.00")
    row = bought(shop, ada, desk, "2028-02-29T10:00:00", mode="period:year")
    ends = [row.expires_at]

    for count in (1, 2):
        wishes = [Wish(row.public_id, Term("year", count))]
        shop.pay(ada, *services.renew(ada.actor, wishes=wishes, at=clock.now()))
        row.refresh_from_db()
        ends.append(row.expires_at)

    assert ends == [local(f"{day}T23:59:59") for day in ("2029-02-28", "2030-02-28", "2032-02-29")]


@pytest.mark.req("B-ARN-003", "B-EXP-004")
def test_a_clock_turned_forward_twice_and_back_over_a_month_end_charges_and_tells_once(shop, ada, desk, server):
    shop.fund(ada, "98.00")
    row = bought(shop, ada, desk, "2028-01-31T10:00:00", auto_renew=True)
    turn_to("2028-03-01T00:30:00")
    clock.set_for_tests(local("2028-02-20T00:00:00"))
    work()
    turn_to("2028-03-01T00:30:00")
    turn_to("2028-03-01T00:30:00")

    row.refresh_from_db()
    assert (row.state, row.expires_at, shop.balance(ada)) == ("effective", local("2028-03-31T23:59:59"), euro("0.00"))
    assert charges() == 2
    turn_to("2028-04-15T23:58:00")
    clock.set_for_tests(local("2028-03-31T23:59:00"))
    work()
    row.refresh_from_db()
    assert row.state == "frozen"  # frozen once stays frozen; going back undoes nothing
    turn_to("2028-04-15T23:58:00")
    row.refresh_from_db()
    assert row.state == "frozen"
    turn_to("2028-04-16T00:00:00")
    row.refresh_from_db()
    assert row.state == "released"
    calls = [each["activity"] for each in server.store.calls()]
    assert [calls.count(name) for name in ("refreshInstance", "updateInstanceStatus", "releaseInstance")] == [1, 1, 1]


@pytest.mark.req("B-TIM-001", "B-ARN-003", "B-EXP-004")
@pytest.mark.parametrize("zone", ["Etc/GMT-9", "Etc/GMT", "Etc/GMT+5", "Europe/Stockholm"])
def test_another_billing_zone_in_mid_life_charges_once_a_term_and_releases_nothing_early(
    shop, ada, desk, server, settings, zone
):
    shop.fund(ada, "147.00")
    row = bought(shop, ada, desk, "2028-02-20T10:00:00", auto_renew=True)
    turn_to("2028-03-12T12:00:00")

    settings.GALLERIA = replace(configured.GALLERIA, billing_time_zone=zone)
    turn_to("2028-03-14T12:00:00")
    row.refresh_from_db()
    first = row.expires_at
    turn_to("2028-04-16T12:00:00")
    row.refresh_from_db()
    second = row.expires_at
    turn_to(second - timedelta(minutes=1))

    there = clock.billing_zone()
    assert [each.astimezone(there).date().isoformat() for each in (first, second)] == ["2028-04-20", "2028-05-20"]
    assert f"{second.astimezone(there):%H:%M:%S}" == "23:59:59"
    assert (charges(), shop.balance(ada)) == (3, euro("0.00"))
    row.refresh_from_db()
    assert row.state == "effective"
    turn_to(second + timedelta(days=14, hours=23))
    row.refresh_from_db()
    assert row.state == "frozen"
    turn_to(second + timedelta(days=15, hours=1))
    row.refresh_from_db()
    assert (row.state, row.released_at >= second + timedelta(days=15)) == ("released", True)


# ----- between looking, ordering and paying -----


@pytest.mark.req("B-REN-003", "UI-GEN-04", "S-PRD-007")
@pytest.mark.parametrize("what", ["sku", "price"])
def test_what_goes_between_preview_and_order_of_a_renewal_is_noticed(shop, ada, desk, what):
    shop.fund(ada, "500.00")
    row = bought(shop, ada, desk, "2028-02-20T10:00:00")
    shown = services.preview_renewals(ada.actor, wishes=[Wish(row.public_id, MONTH)], at=clock.now())
    if what == "sku":
        Sku.objects.update(state="removed")
    else:
        Price.objects.filter(period_type="month").update(unit_price_e10=e10("50.00"))

    with pytest.raises(NoLongerSold if what == "sku" else PriceChanged):
        services.renew(
            ada.actor, wishes=[Wish(row.public_id, MONTH)], seen_digest=shown.digest, seen_due=shown.due, at=clock.now()
        )

    assert not Order.objects.filter(kind=2).exists()


@pytest.mark.req("B-ORD-002", "S-PRD-T4", "B-REN-007")
def test_what_was_ordered_is_paid_and_renewed_as_ordered_whatever_goes_before_the_payment(shop, ada, desk):
    shop.fund(ada, "500.00")
    row = bought(shop, ada, desk, "2028-02-20T10:00:00")
    [order] = services.renew(ada.actor, wishes=[Wish(row.public_id, MONTH)], at=clock.now())
    Sku.objects.update(state="removed")
    Price.objects.update(unit_price_e10=e10("99.00"))

    shop.pay(ada, order)
    work()

    row.refresh_from_db()
    order.refresh_from_db()
    assert (order.state, order.paid_minor) == ("completed", 4900)
    assert row.expires_at == local("2028-04-20T23:59:59")


@pytest.mark.req("B-CHG-T3", "B-ORD-002")
def test_a_change_that_was_ordered_is_made_as_ordered_whatever_goes_before_the_payment(shop, ada, server):
    house = changing.make_house(shop, server.address())
    row = changing.bought(shop, ada, house.product, mode="period:month", attributes={"size": "basic"})
    changing.days_before_expiry(row, 15)
    placed = changing.order(ada, row, sku="sku-professional")
    Sku.objects.filter(code="sku-professional").update(state="removed")
    Price.objects.update(unit_price_e10=e10("999.00"))

    shop.pay(ada, placed)
    work()

    placed.refresh_from_db()
    row.refresh_from_db()
    assert (placed.state, placed.paid_minor, row.sku.code) == ("completed", 4000, "sku-professional")


@pytest.mark.req("B-CPN-002", "UI-GEN-04")
def test_a_coupon_that_expires_between_preview_and_order_is_refused_and_one_that_an_order_holds_still_pays(
    shop, ada, desk
):
    shop.fund(ada, "500.00")
    row = bought(shop, ada, desk, "2028-02-20T10:00:00")
    for code in ("EARLY10", "LATER10"):
        shop.coupon(ada, code, "10.00", limits={"order_types": ["renewal"]})
    Coupon.objects.update(expires_at=local("2028-02-21T00:00:00"))
    wishes = [Wish(row.public_id, MONTH)]
    shown = services.preview_renewals(ada.actor, wishes=wishes, coupon_code="EARLY10", at=clock.now())
    assert shown.due == euro("39.00")

    clock.set_for_tests(local("2028-02-21T00:00:01"))
    with pytest.raises(CouponNotUsable):
        services.renew(
            ada.actor, wishes=wishes, coupon_code="EARLY10", seen_digest=shown.digest, seen_due=shown.due,
            at=clock.now(),
        )  # fmt: skip
    assert not Order.objects.filter(kind=2).exists()

    clock.set_for_tests(local("2028-02-20T23:59:59"))
    [order] = services.renew(ada.actor, wishes=wishes, coupon_code="LATER10", at=clock.now())
    clock.set_for_tests(local("2028-02-22T12:00:00"))
    pricing.expire_coupons(clock.now())
    shop.pay(ada, order)
    order.refresh_from_db()
    assert (order.paid_minor, order.coupon_minor, Coupon.objects.get(code="LATER10").state) == (3900, 1000, "used")
    assert shop.is_balanced()


# ----- settings while a phase runs -----


@pytest.mark.req("B-GEN-002", "B-EXP-004")
@pytest.mark.parametrize("days", [0, 60])
def test_grace_that_has_begun_keeps_its_end_and_that_of_retention_whatever_is_set(shop, ada, server, days):
    image = shop.product("Alder", monthly="60.00", delivery_type="image")
    shop.connect(image, server.address())
    shop.fund(ada, "60.00")
    row = bought(shop, ada, image, "2027-03-30T10:00:00")
    assert row.expires_at == local("2027-04-30T23:59:59")
    turn_to("2027-05-02T12:00:00")
    row.refresh_from_db()
    assert (row.state, row.grace_ends_at) == ("grace", local("2027-05-15T23:59:59"))

    for key in ("expiry.grace_days", "expiry.retention_days"):
        parameters.change(SYSTEM, key, days, at=clock.now(), scope="image")
    turn_to("2027-05-15T23:59:00")
    row.refresh_from_db()
    assert row.state == "grace"
    turn_to("2027-05-16T00:00:00")

    row.refresh_from_db()
    frozen_at = Delivery.objects.get(activity="updateInstanceStatus").requested_at
    assert frozen_at == local("2027-05-15T23:59:59")
    assert (row.state, row.retention_ends_at) == ("frozen", local("2027-05-30T23:59:59"))
    turn_to("2027-05-30T23:59:00")
    row.refresh_from_db()
    assert row.state == "frozen"
    turn_to("2027-05-31T00:00:00")
    row.refresh_from_db()
    assert (row.state, row.released_at) == ("released", local("2027-05-30T23:59:59"))
    assert row.released_at - row.reminded_at >= timedelta(days=1)
