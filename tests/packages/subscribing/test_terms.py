"""Terms beside each other: changes with renewals before them, what is given back, what begins late, other zones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from galleria.buying import renewable
from galleria.buying.services import changing, renewing
from galleria.kit import clock
from galleria.publishing.models import Price
from galleria.subscribing import rules, services
from galleria.subscribing.models import Period, Subscription, Timer
from galleria.subscribing.services import timing
from tests.packages.buying import leaving_world
from tests.packages.buying.changing_world import House, bought, make_house
from tests.people import NOW
from tests.shop import euro
from tests.timeline import go_to

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def house(shop: Any, server: Any) -> House:
    return make_house(shop, server.address())


def fresh(row: Subscription) -> Subscription:
    return Subscription.objects.select_related("product__seller", "account", "sku").get(pk=row.pk)


def renew(shop: Any, ada: Any, row: Subscription, term: renewing.Term | None = None) -> None:
    wish = renewing.Wish(row.public_id, term)
    shop.pay(ada, *renewing.renew(ada.actor, wishes=[wish], at=clock.now()))
    shop.work()


def upgrade(shop: Any, ada: Any, row: Subscription, house: House, mode: Any = "now") -> None:
    wish = changing.Wish(row.public_id, mode, house.code("professional"))
    seen = changing.preview_change(ada.actor, wish=wish, at=clock.now())
    order = changing.change(
        ada.actor, wish=wish, seen_digest=seen.digest, agreements=shop.accepted(ada, row.product), at=clock.now()
    )
    shop.pay(ada, order)
    shop.work()


@pytest.mark.req("B-CHG-001")
def test_an_upgrade_after_a_renewal_goes_on_in_the_renewed_term(shop: Any, ada: Any, house: House) -> None:
    row = bought(shop, ada, house.product, attributes={"size": "basic"})
    renew(shop, ada, row)
    upgrade(shop, ada, row, house)
    end = Period.objects.get(kind="new").ends_at
    assert end is not None
    go_to(end + 2 * HOUR)
    assert fresh(row).sku.code == house.code("professional")
    assert fresh(row).product_code == Price.objects.get(sku=house.sku["professional"], period_type="month").product_code


@pytest.mark.req("B-CHG-002", "B-GEN-002")
def test_a_changed_term_begins_although_everything_was_planned_anew_meanwhile(
    shop: Any, ada: Any, house: House
) -> None:
    row = bought(shop, ada, house.product, attributes={"size": "basic"})
    begins = fresh(row).expires_at
    assert begins is not None
    clock.travel_to(begins - timedelta(days=5))
    upgrade(shop, ada, row, house, "renewal")
    assert fresh(row).sku.code == house.code("basic")
    clock.travel_to(begins + HOUR)  # no worker ran at midnight
    timing.schedule(fresh(row), at=clock.now())
    go_to(begins + 2 * HOUR)
    assert fresh(row).sku.code == house.code("professional")


@pytest.mark.req("B-REN-003", "B-CHG-002")
def test_while_another_configuration_is_paid_for_the_next_term_nothing_is_renewed_after_it(
    shop: Any, ada: Any, house: House
) -> None:
    row = bought(shop, ada, house.product, attributes={"size": "basic"})
    end = fresh(row).expires_at
    assert end is not None
    clock.travel_to(end - timedelta(days=5))
    upgrade(shop, ada, row, house, "renewal")
    with pytest.raises(renewable.OtherPlanned):
        renewing.preview_renewals(ada.actor, wishes=[renewing.Wish(row.public_id)], at=clock.now())
    go_to(end + 2 * HOUR)
    seen = renewing.preview_renewals(ada.actor, wishes=[renewing.Wish(row.public_id)], at=clock.now())
    assert seen.net.text == "180.00"


@pytest.mark.req("B-ORF-001", "B-ARN-006")
def test_who_gives_a_renewal_back_is_not_charged_for_it_again_the_next_day(shop: Any, ada: Any, server: Any) -> None:
    image = shop.product("Firewall", monthly="100.00", delivery_type="image")
    shop.connect(image, server.address())
    shop.fund(ada, "500.00")
    row = leaving_world.held(shop, ada, image)
    services.set_renewal(ada.actor, subscription_id=row.public_id, policy="auto", at=clock.now())
    assert row.expires_at is not None
    go_to(row.expires_at - timedelta(days=6))
    assert fresh(row).expires_at != row.expires_at
    balance = shop.balance(ada)
    leaving_world.leave(ada, fresh(row), kind=2)
    shop.work()
    assert (fresh(row).renewal, fresh(row).expires_at) == ("manual", row.expires_at)
    go_to(row.expires_at - HOUR)
    assert shop.balance(ada) == balance + euro("100.00")


@pytest.mark.req("B-CHG-T1")
def test_a_renewal_in_another_rhythm_leaves_the_running_term_in_its_own(shop: Any, ada: Any, house: House) -> None:
    row = bought(shop, ada, house.product, attributes={"size": "basic"}, mode="period:year")
    renew(shop, ada, row, renewing.Term("month", 1))
    held = fresh(row)
    assert (held.period_type, held.period_count) == ("year", 1)
    end = Period.objects.get(kind="new").ends_at
    assert end is not None
    go_to(end + 2 * HOUR)
    assert (fresh(row).period_type, fresh(row).period_count) == ("month", 1)


@pytest.mark.req("B-ARN-010")
def test_what_was_to_go_on_by_use_ends_when_it_is_not_sold_by_use_any_more(shop: Any, ada: Any) -> None:
    care = shop.product("Care", monthly="20.00", hourly="0.10", delivery_type="professional")
    shop.fund(ada, "100.00")
    order = shop.buy(ada, care, mode="period:month")
    row = Subscription.objects.select_related("product__seller", "account").get(order_id=order.public_id)
    services.activate(row, effective_at=NOW)
    services.set_renewal(ada.actor, subscription_id=row.public_id, policy="to_pay_per_use", at=NOW)
    Price.objects.filter(billing_mode="pay_per_use").update(currency="USD")
    assert row.expires_at is not None
    go_to(row.expires_at + HOUR)
    assert fresh(row).state == "released"


@pytest.mark.req("B-TIM-001", "B-TIM-002")
@pytest.mark.parametrize("zone", ["Etc/GMT-8", "Etc/GMT-9", "Etc/GMT-12", "Etc/GMT", "Etc/GMT+3"])
def test_another_billing_zone_gives_no_month_away(zone: str) -> None:
    end = datetime.fromisoformat("2027-01-31T23:59:59+08:00")
    renewed = rules.renewed_expiry(end, 1, "month", 31, ZoneInfo(zone))
    assert rules.local_date(renewed, ZoneInfo(zone)).isoformat() == "2027-02-28"


def test_an_event_that_was_read_before_it_changed_is_not_carried_out_as_it_was(
    shop: Any, ada: Any, desk: Any, server: Any
) -> None:
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)
    shop.work()
    stale = Timer.objects.select_related("subscription__product__seller", "subscription__account").get()
    Timer.objects.update(value="other")
    assert stale.due_at is not None
    assert timing.run_one(stale, at=stale.due_at) is False
