"""Renewals by hand, on the billing zone's calendar, with a seller's real server behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.buying import renewable, services
from galleria.buying.models import Order
from galleria.buying.renewable import Term
from galleria.buying.services import renewing
from galleria.buying.services.guarding import OpenOrderOnSubscription
from galleria.buying.services.ordering import CouponNotUsable, PriceChanged
from galleria.buying.services.renewing import TooMany, Wish
from galleria.delivering.models import Delivery, SellerCall
from galleria.kit import clock
from galleria.kit.errors import Invalid, NotFound, PermissionMissing
from galleria.publishing.models import Price, Product, Sku, Specification
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Period, Subscription
from tests.packages.pricing.making import line, offered
from tests.shop import e10, euro
from tests.turning import local, turn_to, work

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = Term("month", 1)


def bought(shop: Any, person: Any, product: Product, **chosen: Any) -> Subscription:
    order = shop.buy(person, product, **chosen)
    work()
    return Subscription.objects.get(order_id=order.public_id)


def preview(person: Any, *rows: Subscription, term: Term | None = None, aligned: bool = False, coupon: str = "") -> Any:
    wishes = [Wish(row.public_id, term, aligned) for row in rows]
    return services.preview_renewals(person.actor, wishes=wishes, coupon_code=coupon, at=clock.now())


def renew(shop: Any, person: Any, *rows: Subscription, **more: Any) -> list[Order]:
    """As a page does it: look, confirm what was seen, pay."""
    shown = preview(person, *rows, **more)
    orders = services.renew(
        person.actor,
        wishes=[Wish(row.public_id, more.get("term"), more.get("aligned", False)) for row in rows],
        coupon_code=more.get("coupon", ""),
        seen_digest=shown.digest,
        seen_due=shown.due,
        at=clock.now(),
    )
    waiting = [order for order in orders if order.state == "pending_payment"]
    if waiting:
        shop.pay(person, *waiting)
    work()
    for row in rows:
        row.refresh_from_db()
    for order in orders:
        order.refresh_from_db()
    return orders


@pytest.fixture
def image(shop: Any, server: Any) -> Product:
    """A server image, with 15 days of grace and 15 of retention: 60.00 EUR a month."""
    product = shop.product("Alder", monthly="60.00", delivery_type="image")
    shop.connect(product, server.address())
    return product


@pytest.fixture
def alder(shop: Any, ada: Any, image: Product) -> Subscription:
    """Ada's, from 31 March for one month: until 30 April 23:59:59."""
    shop.fund(ada, "1000.00")
    clock.set_for_tests(local("2027-03-31T10:00:00"))
    row = bought(shop, ada, image)
    assert row.expires_at == local("2027-04-30T23:59:59")
    return row


# ----- the new expiry -----


@pytest.mark.req("B-REN-T1", "B-REN-005", "B-REN-006", "B-TIM-002")
@pytest.mark.parametrize(
    ("at", "state", "left"),
    [("2027-05-10T12:00:00", "grace", 21), ("2027-05-18T12:00:00", "frozen", 13)],
    ids=["in grace", "in retention"],
)
def test_a_renewal_counts_from_the_old_expiry(shop, ada, alder, at, state, left):
    turn_to(at)
    alder.refresh_from_db()
    assert alder.state == state

    shown = preview(ada, alder, term=MONTH)
    [order] = renew(shop, ada, alder, term=MONTH)

    found = shown.renewals[0]
    assert (found.ends.before, found.ends.ends_at) == (local("2027-04-30T23:59:59"), local("2027-05-31T23:59:59"))
    assert found.pays_for_the_past
    assert (shown.due, order.paid_minor, order.kind, order.state) == (euro("60.00"), 6000, 2, "completed")
    assert (alder.state, alder.expires_at) == ("effective", local("2027-05-31T23:59:59"))
    assert (alder.expires_at.date() - local(at).date()).days == left
    assert shop.is_balanced()


@pytest.mark.req("B-REN-007", "A-V2R-001", "A-V2S-003")
def test_the_expiry_moves_at_payment_and_the_seller_hears_of_it_then(shop, ada, alder, server):
    turn_to("2027-05-18T12:00:00")
    alder.refresh_from_db()
    shown = preview(ada, alder, term=MONTH)
    [order] = services.renew(ada.actor, wishes=[Wish(alder.public_id, MONTH)], seen_digest=shown.digest, at=clock.now())
    shop.pay(ada, order)
    alder.refresh_from_db()
    assert (alder.state, alder.expires_at) == ("unfreezing", local("2027-05-31T23:59:59"))  # before any call

    work()

    refresh = Delivery.objects.get(activity="refreshInstance")
    assert (refresh.scene, refresh.order_id, refresh.state) == ("RENEWAL", order.public_id, "succeeded")
    assert refresh.parameters == {"ends_at": "2027-05-31T15:59:59+00:00"}
    last = SellerCall.objects.order_by("-pk")[:2]
    assert [call.delivery.activity for call in last] == ["updateInstanceStatus", "refreshInstance"]
    period = Period.objects.get(subscription=alder, kind="renewal")
    assert (period.starts_at, period.ends_at, period.paid_minor) == (
        local("2027-04-30T23:59:59"), local("2027-05-31T23:59:59"), 6000,
    )  # fmt: skip


@pytest.mark.req("B-REN-007", "B-REN-008")
def test_a_seller_who_never_answers_is_an_exception_and_the_term_stays(shop, ada, alder, server):
    turn_to("2027-04-20T12:00:00")
    server.stop()
    [order] = renew(shop, ada, alder, term=MONTH)
    assert order.state == "processing"

    turn_to("2027-04-20T14:00:00")
    for minutes in range(0, 70, 5):
        turn_to(local("2027-04-20T14:00:00") + timedelta(minutes=minutes))

    order.refresh_from_db()
    alder.refresh_from_db()
    assert Delivery.objects.get(activity="refreshInstance").state == "failed"
    assert (order.state, order.refunded_minor) == ("completed", 0)
    assert alder.expires_at == local("2027-05-31T23:59:59")
    assert shop.balance(ada) == euro("880.00")


@pytest.mark.req("B-EXP-T2")
def test_on_the_last_day_of_retention_it_can_be_renewed_and_on_the_next_it_is_released(shop, ada, alder):
    turn_to("2027-05-30T23:00:00")
    alder.refresh_from_db()
    assert preview(ada, alder, term=MONTH).due == euro("60.00")

    turn_to("2027-05-31T00:30:00")
    alder.refresh_from_db()
    with pytest.raises(subscribing.ResourceReleased) as refused:
        preview(ada, alder, term=MONTH)
    assert (alder.state, refused.value.code) == ("released", "RESOURCE_RELEASED")


# ----- what blocks it -----


@pytest.mark.req("B-REN-T2", "B-REN-002", "B-ORD-012")
def test_an_unpaid_order_of_the_subscription_blocks_and_is_named(shop, ada, alder):
    shown = preview(ada, alder, term=MONTH)
    [order] = services.renew(ada.actor, wishes=[Wish(alder.public_id, MONTH)], seen_digest=shown.digest, at=clock.now())
    for kind in (2, 3):  # a renewal, a change
        Order.objects.filter(pk=order.pk).update(kind=kind)

        with pytest.raises(OpenOrderOnSubscription) as refused:
            preview(ada, alder, term=MONTH)

        assert refused.value.extra == {"order": order.public_id}
        assert order.public_id in refused.value.message
    services.cancel_order(ada.actor, order_id=order.public_id, at=clock.now())
    assert preview(ada, alder, term=MONTH).due == euro("60.00")


@pytest.mark.req("B-REN-003")
def test_what_is_not_for_a_term_or_not_sold_any_more_is_not_renewed_by_hand(shop, ada, alder):
    def refused() -> str:
        with pytest.raises(renewable.NotAllowed) as found:
            preview(ada, alder)
        return found.value.code

    for model, keys in (
        (Product, {"pk": alder.product_id}),
        (Specification, {"pk": alder.specification_id}),
        (Sku, {"pk": alder.sku_id}),
    ):
        model.objects.filter(**keys).update(state="removed")
        assert refused() == "NO_LONGER_SOLD"
        model.objects.filter(**keys).update(state="on_sale")
    Product.objects.filter(pk=alder.product_id).update(state="suspended")
    assert preview(ada, alder).due == euro("60.00")  # a sanction stops new sales only
    for values in ({"billing_mode": "pay_per_use"}, {"renewal": "to_pay_per_use"}, {"state": "initializing"}):
        before = {name: getattr(alder, name) for name in values}
        Subscription.objects.filter(pk=alder.pk).update(**values)
        assert refused() == "NOT_RENEWABLE"
        Subscription.objects.filter(pk=alder.pk).update(**before)


def test_a_stranger_finds_nothing_and_a_reader_may_not_renew(shop, ada, xavier, alder):
    with pytest.raises(NotFound):
        preview(xavier, alder)
    reader = ada.colleague("Rut", "BuyerReader")
    with pytest.raises(PermissionMissing, match="billing:subscription:renew"):
        services.renew(reader.actor, wishes=[Wish(alder.public_id)], seen_digest="", at=clock.now())


# ----- price -----


@pytest.mark.req("B-REN-006", "B-CFG-T3")
def test_a_new_price_is_shown_with_both_and_one_that_changes_meanwhile_is_refused_with_both(shop, ada, alder):
    Price.objects.filter(sku=alder.sku).update(unit_price_e10=e10("66.00"))
    shown = preview(ada, alder, term=Term("month", 3))
    change = shown.renewals[0].price_change
    assert (change.was, change.now, change.term) == (euro("60.00"), euro("66.00"), MONTH)
    assert shown.due == euro("198.00")

    Price.objects.filter(sku=alder.sku).update(unit_price_e10=e10("67.00"))
    with pytest.raises(PriceChanged) as refused:
        services.renew(
            ada.actor, wishes=[Wish(alder.public_id, Term("month", 3))], seen_digest=shown.digest,
            seen_due=shown.due, at=clock.now(),
        )  # fmt: skip
    assert refused.value.extra == {"before": "198.00", "now": "201.00", "currency": "EUR"}
    assert Order.objects.filter(kind=2).count() == 0


@pytest.mark.req("B-REN-005")
def test_only_offered_terms_can_be_chosen(shop, ada, alder):
    shown = preview(ada, alder)
    assert [term.key for term in shown.renewals[0].terms] == [f"month:{count}" for count in range(1, 10)]
    Price.objects.filter(sku=alder.sku).update(terms=[1, 6])
    assert [term.key for term in preview(ada, alder).renewals[0].terms] == ["month:1", "month:6"]
    with pytest.raises(Invalid):
        preview(ada, alder, term=Term("month", 2))
    with pytest.raises(Invalid):
        preview(ada, alder, term=Term("year", 1))


@pytest.mark.req("B-REN-006", "B-CPN-001")
def test_a_coupon_for_renewals_pays_a_part_and_one_for_new_orders_is_refused(shop, ada, alder):
    shop.coupon(ada, "RENEW10", "10.00", limits={"order_types": ["renewal"]})
    shop.coupon(ada, "NEW10", "10.00", limits={"order_types": ["new"]})
    clock.set_for_tests(local("2027-03-31T11:00:00"))

    assert preview(ada, alder, coupon="NEW10").renewals[0].coupon_refused == ("order_type",)
    with pytest.raises(CouponNotUsable):
        renew(shop, ada, alder, term=MONTH, coupon="NEW10")
    shown = preview(ada, alder, coupon="RENEW10")
    [order] = renew(shop, ada, alder, term=MONTH, coupon="RENEW10")

    assert (shown.due, shown.renewals[0].then_due) == (euro("50.00"), euro("60.00"))
    assert (order.paid_minor, order.coupon_minor) == (5000, 1000)


# ----- several together -----


@pytest.mark.req("S-OFR-002")
def test_an_offer_for_one_order_is_for_a_renewal_alone_and_not_for_several(shop, bruno, ada, alder, image):
    birch = bought(shop, ada, image)
    offered(bruno, line(image, percent="10"), accounts=[ada], order_types=("renewal",), is_single=True)

    assert preview(ada, alder, term=MONTH).due == euro("54.00")
    assert preview(ada, alder, birch, term=MONTH).due == euro("120.00")
    orders = renew(shop, ada, alder, birch, term=MONTH)
    assert {order.state for order in orders} == {"completed"}
    assert preview(ada, alder, term=MONTH).due == euro("54.00")


@pytest.mark.req("B-REN-001", "B-ORD-013")
def test_a_batch_is_one_combined_order_and_what_cannot_be_renewed_is_named(shop, ada, alder, image):
    birch = bought(shop, ada, shop.product("Birch", monthly="9.00"))
    trial = bought(shop, ada, shop.product("Cedar", monthly="5.00", trial_days=14), mode="trial")
    Subscription.objects.filter(pk=birch.pk).update(state="effective", expires_at=alder.expires_at, anchor_day=31)

    shown = preview(ada, alder, birch, trial)
    orders = services.renew(
        ada.actor, wishes=[Wish(each.public_id) for each in (alder, birch, trial)], seen_digest=shown.digest,
        at=clock.now(),
    )  # fmt: skip

    assert shown.due == euro("69.00")
    assert [(each.subscription.pk, each.refusal.code) for each in shown.left] == [(trial.pk, "CONVERT_INSTEAD")]
    assert [order.due_minor for order in orders] == [6000, 900]
    assert {order.combined_id for order in orders} == {orders[0].public_id}
    paid = shop.pay(ada, orders[0])  # one brings the other with it
    assert len(paid.orders) == 2


@pytest.mark.req("B-REN-001")
def test_the_api_takes_ten_at_a_time(shop, ada, alder):
    wishes = [Wish(f"sub_{number}") for number in range(11)]
    with pytest.raises(TooMany, match="10"):
        services.preview_renewals(ada.actor, wishes=wishes, most=renewing.MOST_BY_API, at=clock.now())


# ----- one renewal date -----


@pytest.mark.req("B-URD-T1", "B-URD-001", "B-URD-002", "B-URD-003", "B-URD-004")
@pytest.mark.parametrize(
    ("day", "ends", "amount", "next_one"),
    [
        (31, "2028-04-30T23:59:59", "70.00", "2028-05-31T23:59:59"),
        (1, "2028-05-01T23:59:59", "72.00", "2028-06-01T23:59:59"),
    ],
    ids=["last day", "first day"],
)
def test_one_renewal_date_costs_its_extra_days(shop, ada, image, day, ends, amount, next_one):
    shop.fund(ada, "500.00")
    clock.set_for_tests(local("2028-02-25T10:00:00"))
    row = bought(shop, ada, image)
    assert row.expires_at == local("2028-03-25T23:59:59")
    subscribing.set_renewal_setting(ada.actor, day=day, at=clock.now())

    shown = preview(ada, row, term=MONTH, aligned=True)
    [order] = renew(shop, ada, row, term=MONTH, aligned=True)

    assert (shown.due, shown.renewals[0].then_due) == (euro(amount), euro("60.00"))
    assert order.paid_minor == euro(amount).minor
    assert row.expires_at == shown.renewals[0].ends.ends_at == local(ends)
    renew(shop, ada, row, term=MONTH)
    assert row.expires_at == local(next_one)  # the new date is kept


@pytest.mark.req("B-URD-001")
def test_the_renewal_date_is_the_first_until_another_is_set(shop, ada, alder):
    assert preview(ada, alder, term=MONTH, aligned=True).renewals[0].ends.ends_at == local("2027-06-01T23:59:59")
    for day in (0, 29, 30, 32):
        with pytest.raises(Invalid):
            subscribing.set_renewal_setting(ada.actor, day=day, at=clock.now())


def test_a_preview_takes_few_queries(shop, ada, alder, django_assert_max_num_queries):
    actor, at = ada.actor, clock.now()
    with django_assert_max_num_queries(12):
        services.preview_renewals(actor, wishes=[Wish(alder.public_id, MONTH, True)], coupon_code="X", at=at)


def test_a_term_that_would_be_over_already_is_not_offered(shop, ada, alder):
    Subscription.objects.filter(pk=alder.pk).update(expires_at=local("2027-01-30T23:59:59"), state="frozen")
    found = preview(ada, alder).renewals[0]

    assert [term.count for term in found.terms] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert found.ends.ends_at == local("2027-03-31T23:59:59")
    with pytest.raises(Invalid):
        preview(ada, alder, term=MONTH)


@pytest.mark.req("B-URD-002", "B-TIM-002")
def test_a_renewal_date_that_is_the_last_of_february_stays_that_day(shop, ada, image):
    shop.fund(ada, "500.00")
    clock.set_for_tests(local("2028-12-25T10:00:00"))
    row = bought(shop, ada, image)
    subscribing.set_renewal_setting(ada.actor, day=28, at=clock.now())
    renew(shop, ada, row, term=MONTH, aligned=True)
    assert row.expires_at == local("2029-02-28T23:59:59")

    renew(shop, ada, row, term=MONTH)

    assert row.expires_at == local("2029-03-28T23:59:59")
