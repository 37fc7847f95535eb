"""The main job: a buyer orders, pays, and the seller's real server delivers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from galleria.buying import services as buying
from galleria.buying.models import Order
from galleria.buying.services.ordering import PriceChanged
from galleria.buying.services.paying_orders import OrderExpired, TooManyOrders
from galleria.buying.services.placing import ConsentRequired
from galleria.buying.states import OrderStatusChanged
from galleria.delivering.models import Delivery, SellerCall
from galleria.kit import clock, jobs
from galleria.ledger import selectors as ledger
from galleria.notifying.models import Message
from galleria.parties.services import agreements
from galleria.pricing.models import Coupon
from galleria.publishing.models import Price
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import AppInfo, Subscription
from tests.people import NOW
from tests.shop import euro

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.req("B-PUR-001", "B-PUR-018", "B-PUR-020", "B-USE-T1", "A-V2N-006", "B-ORD-001", "A-V2N-001")
def test_ada_buys_a_helpdesk_and_uses_it(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")

    order = shop.buy(ada, desk)

    assert (order.state, order.paid_minor) == ("processing", 4900)
    assert Subscription.objects.get(order_id=order.public_id).state == "initializing"
    shop.work()
    order.refresh_from_db()
    subscription = Subscription.objects.get(order_id=order.public_id)
    assert order.state == "completed"
    assert subscription.state == "effective"
    # Bought 1 March 17:00 in the billing zone for a month: the last second of 1 April there.
    assert subscription.expires_at == datetime(2027, 4, 1, 15, 59, 59, tzinfo=UTC)
    info = AppInfo.objects.get(subscription=subscription)
    assert info.front_end_url.startswith("http://127.0.0.1")
    assert info.user_name
    password = subscribing.reveal_password(ada.actor, subscription_id=subscription.public_id, at=NOW)
    assert len(password) >= 8
    assert shop.balance(ada) == euro("51.00")
    assert ledger.balance("orders_held", "EUR") == euro("49.00")
    assert shop.is_balanced()
    assert order.public_id.startswith("GA2703011700")
    assert list(order.lines.values_list("public_id", flat=True)) == [f"{order.public_id}-000001"]


@pytest.mark.req("B-MNY-005", "B-MNY-006", "B-ORD-002")
def test_tax_is_frozen_in_the_order_and_goes_to_its_own_account(shop: Any, ada: Any, desk: Any) -> None:
    shop.tax(2500)
    shop.fund(ada, "100.00")

    order = shop.buy(ada, desk)

    assert (order.discounted_minor, order.tax_minor, order.due_minor) == (4900, 1225, 6125)
    assert ledger.balance("tax_due:SE", "EUR") == euro("12.25")
    assert shop.balance(ada) == euro("38.75")


@pytest.mark.req("B-ORD-016", "B-ORD-T3", "A-RET-005", "A-V2C-T4", "A-V2C-T5")
def test_a_seller_down_for_almost_three_hours_still_delivers(shop: Any, ada: Any, desk: Any, server: Any) -> None:
    shop.fund(ada, "100.00")
    server.faults.add({"do": "down"})
    order = shop.buy(ada, desk)
    shop.work()
    jobs.run_due(until=NOW + timedelta(hours=2, minutes=50))
    order.refresh_from_db()
    assert order.state == "processing"

    server.faults.clear()
    jobs.run_due(until=NOW + timedelta(hours=3, minutes=1))

    order.refresh_from_db()
    assert order.state == "completed"
    calls = SellerCall.objects.filter(activity="newInstance")
    assert [call.verdict for call in calls.order_by("id")] == ["failure", "failure", "failure", "in_progress"] or [
        call.verdict for call in calls.order_by("id")
    ] == ["failure", "failure", "failure", "success"]
    assert len(set(calls.values_list("business_id", flat=True))) == 4
    assert (order.refunded_minor, shop.balance(ada), shop.is_balanced()) == (0, euro("51.00"), True)


@pytest.mark.req("B-ORD-016", "B-ORD-015", "B-ORD-T3", "A-V2C-T4", "B-CPN-002")
def test_a_seller_that_never_answers_costs_nothing(shop: Any, ada: Any, desk: Any, server: Any) -> None:
    shop.fund(ada, "100.00")
    coupon = shop.coupon(ada, "WELCOME20", "20.00")
    server.faults.add({"do": "down"})
    order = shop.buy(ada, desk, coupon="WELCOME20")
    assert shop.balance(ada) == euro("71.00")
    shop.work()

    jobs.run_due(until=NOW + timedelta(hours=3, minutes=1))

    order.refresh_from_db()
    coupon.refresh_from_db()
    assert (order.state, order.refunded_minor) == ("canceled", 2900)
    assert (coupon.state, coupon.balance_minor, coupon.locked_by) == ("unused", 2000, "")
    assert shop.balance(ada) == euro("100.00")
    assert Subscription.objects.get(order_id=order.public_id).state == "failed"
    assert SellerCall.objects.filter(activity="newInstance").count() == 4
    assert shop.is_balanced()
    assert ledger.balance("orders_held", "EUR") == euro("0.00")
    (told,) = Message.objects.filter(user=ada.user, key="order.refunded")
    assert told.topic == "finance"
    assert timedelta(hours=3) <= told.created_at - NOW <= timedelta(hours=3, minutes=1)
    assert order.public_id in told.link


@pytest.mark.req("B-CFG-T3", "B-CFG-001")
def test_a_price_that_changed_is_shown_before_the_order_exists(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    kept = buying.keep_quote(ada.actor, product_slug=desk.slug, configuration=shop.configuration(desk), at=clock.now())
    Price.objects.filter(period_type="month").update(unit_price_e10=550_000_000_000)

    with pytest.raises(PriceChanged) as refused:
        buying.place_order(ada.actor, quote_id=kept.public_id, agreements=shop.accepted(ada, desk), at=clock.now())

    assert refused.value.extra == {"before": "49.00", "now": "55.00", "currency": "EUR"}
    assert Order.objects.count() == 0


@pytest.mark.req("B-PAY-003")
def test_confirming_twice_pays_once(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "200.00")
    order = shop.order(ada, desk)

    first = shop.pay(ada, order, token="tok-1")
    second = shop.pay(ada, order, token="tok-1")

    assert first.payment.public_id == second.payment.public_id
    assert shop.balance(ada) == euro("151.00")


@pytest.mark.req("B-ORD-T1", "B-ORD-011", "B-ORD-023")
def test_an_unpaid_order_is_canceled_and_lets_its_coupon_go(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    coupon = shop.coupon(ada, "WELCOME20", "20.00")
    order = shop.order(ada, desk, coupon="WELCOME20")
    coupon.refresh_from_db()
    assert coupon.locked_by == order.public_id

    jobs.run_due(until=NOW + timedelta(hours=168, minutes=2))

    order.refresh_from_db()
    coupon.refresh_from_db()
    assert (order.state, coupon.locked_by, coupon.state) == ("canceled", "", "unused")
    with pytest.raises(OrderStatusChanged):
        shop.pay(ada, order)


@pytest.mark.req("B-ORD-011")
def test_an_order_whose_time_is_over_is_refused_even_before_the_clock_job_ran(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    order = shop.order(ada, desk)
    clock.advance(timedelta(hours=169))

    with pytest.raises(OrderExpired):
        shop.pay(ada, order)

    assert shop.balance(ada) == euro("100.00")


@pytest.mark.req("B-ORD-T2", "B-ORD-022")
def test_thirty_one_orders_together_are_refused(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "5000.00")
    orders = [shop.order(ada, desk) for _each in range(31)]

    with pytest.raises(TooManyOrders):
        shop.pay(ada, *orders)

    assert shop.balance(ada) == euro("5000.00")
    paid = shop.pay(ada, *orders[:30])
    assert len(paid.orders) == 30
    assert shop.balance(ada) == euro("3530.00")


@pytest.mark.req("B-ORD-022")
def test_an_order_that_changed_meanwhile_is_left_out(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    first, second = shop.order(ada, desk), shop.order(ada, desk)
    buying.cancel_order(ada.actor, order_id=second.public_id, at=clock.now())

    paid = shop.pay(ada, first, second)

    assert [order.public_id for order in paid.orders] == [first.public_id]
    assert [order.public_id for order in paid.skipped] == [second.public_id]
    assert shop.balance(ada) == euro("451.00")


@pytest.mark.req("B-CFG-T2", "B-PUR-015", "B-SAA-001")
def test_without_consent_there_is_no_order(shop: Any, ada: Any, server: Any) -> None:
    product = shop.product("Choir", monthly="9.00", needs_contact_consent=True)
    shop.connect(product, server.address())
    shop.fund(ada, "100.00")

    with pytest.raises(ConsentRequired):
        shop.order(ada, product, consent=False)

    assert Order.objects.count() == 0


@pytest.mark.req("B-SAA-002", "B-PUR-016")
def test_consent_is_kept_with_values_time_and_login(shop: Any, ada: Any, server: Any) -> None:
    product = shop.product("Choir", monthly="9.00", needs_contact_consent=True)
    shop.fund(ada, "100.00")

    order = shop.order(ada, product)

    assert order.consent["values"] == {
        "user_name": ada.user.name,
        "email": ada.user.email,
        "phone": "+46 70 123 45 67",
    }
    assert order.consent["at"] == NOW.isoformat()
    assert order.consent["login"] == ada.actor.user_name


@pytest.mark.req("B-TRM-T2", "B-TRM-005")
def test_an_open_page_cannot_be_submitted_under_an_old_agreement(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    old = shop.accepted(ada, desk)
    shop.agreement("AGR_PARTNER_USER", "platform", "Partner Product User Agreement", version="2")
    kept = buying.keep_quote(ada.actor, product_slug=desk.slug, configuration=shop.configuration(desk), at=NOW)

    with pytest.raises(agreements.AgreementVersionChanged) as refused:
        buying.place_order(ada.actor, quote_id=kept.public_id, agreements=old, at=NOW)

    assert refused.value.extra == {"changed": {"AGR_PARTNER_USER": "2"}}
    order = buying.place_order(ada.actor, quote_id=kept.public_id, agreements=shop.accepted(ada, desk), at=NOW)
    kept_versions = order.agreements.values_list("version__agreement__key", "version__version")
    assert dict(kept_versions) == {"AGR_PARTNER_USER": "2", f"product:{desk.public_id}": "1"}


@pytest.mark.req("B-CPN-T1", "B-MNY-006")
def test_the_order_stores_official_discounted_coupon_and_cash(shop: Any, ada: Any, server: Any) -> None:
    from galleria.pricing.models import Discount

    product = shop.product("Ledgerly", once="120.00")
    Discount.objects.create(
        kind="promotion",
        name="Autumn",
        percent_e2=0,
        fixed_price_e10=1_000_000_000_000,
        currency="EUR",
        product=product,
        starts_at=NOW,
    )
    shop.coupon(ada, "THIRTY", "30.00", limits={"with_discounts": True})
    shop.fund(ada, "100.00")

    order = shop.buy(ada, product, mode="one_time", coupon="THIRTY")

    assert (order.official_minor, order.discounted_minor, order.coupon_minor, order.paid_minor) == (
        12000,
        10000,
        3000,
        7000,
    )
    assert Coupon.objects.get(code="THIRTY").state == "used"
    assert shop.balance(ada) == euro("30.00")
    assert shop.is_balanced()


@pytest.mark.req("B-ORD-014", "B-TIM-003", "B-SVC-017")
def test_a_supervised_order_waits_for_acceptance_and_its_period_begins_then(shop: Any, ada: Any, server: Any) -> None:
    product = shop.product("Onboarded CRM", monthly="30.00", is_supervised=True)
    shop.connect(product, server.address())
    shop.fund(ada, "100.00")
    order = shop.buy(ada, product)
    shop.work()
    order.refresh_from_db()
    assert order.state == "processing"
    clock.advance(timedelta(days=9))

    buying.accept_delivery(ada.actor, order_id=order.public_id, at=clock.now())

    order.refresh_from_db()
    subscription = Subscription.objects.get(order_id=order.public_id)
    assert order.state == "completed"
    assert subscription.effective_at == NOW + timedelta(days=9)
    assert subscription.expires_at == datetime(2027, 4, 10, 15, 59, 59, tzinfo=UTC)


@pytest.mark.req("A-V2C-T3", "A-RET-006", "A-V2Q-001")
def test_asynchronous_provisioning_is_polled_until_it_is_ready(shop: Any, ada: Any, desk: Any, server: Any) -> None:
    server.faults.add({"do": "async", "polls": 2})
    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    shop.work()
    order.refresh_from_db()
    assert order.state == "processing"
    assert Delivery.objects.get(order_id=order.public_id).state == "provisioning"

    jobs.run_due(until=NOW + timedelta(minutes=3))

    order.refresh_from_db()
    assert order.state == "completed"
    assert SellerCall.objects.filter(activity="queryInstance").count() == 3


@pytest.mark.req("B-ORD-010", "B-FRE-002")
def test_a_free_product_needs_no_payment(shop: Any, ada: Any, server: Any) -> None:
    product = shop.product("Free Notes", monthly="0.00000001")
    Price.objects.update(unit_price_e10=0)
    shop.connect(product, server.address())

    order = shop.order(ada, product)
    shop.work()

    order.refresh_from_db()
    assert (order.state, order.paid_by, order.paid_minor) == ("completed", "none", 0)
