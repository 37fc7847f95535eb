"""Coupons of sellers and of the operator: made, claimed, redeemed, used, given back, void (S-CPN, B-CPN)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.buying import services as buying
from galleria.buying.services.placing import CouponNotUsable
from galleria.kit import clock
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.kit.money import Money
from galleria.notifying.models import Message
from galleria.pricing import selectors, services
from galleria.pricing.models import Coupon, CouponBatch, CouponUse, Discount
from galleria.selling.models import ProductGrant, UserScope
from tests.packages.pricing.making import DAY, batch
from tests.people import NOW, Person, make_person, make_seller
from tests.shop import Shop, euro


@pytest.fixture
def suite(shop: Shop) -> Any:
    return shop.product("Suite", monthly="100.00", yearly="1000.00", once="150.00")


@pytest.fixture
def grace(db: None, at: Any) -> Person:
    return make_person("Grace Hopper", account_name="Hopper AB")


def claimed(person: Person, row: CouponBatch) -> Coupon:
    return services.claim_coupon(person.actor, batch_id=row.public_id, at=clock.now())


def state_of(coupon: Coupon) -> tuple[str, int, str]:
    coupon.refresh_from_db()
    return coupon.state, coupon.balance_minor, coupon.locked_by


# ----- made -----


@pytest.mark.req("S-CPN-001")
def test_a_seller_makes_coupons_with_all_their_fields(bruno: Person, suite: Any) -> None:
    specification = suite.specifications.get()
    row = batch(
        bruno, name="Spring", face="25.00", minimum="100.00", quantity="50", per_account="2", valid_from=NOW + DAY,
        ends=NOW + 9 * DAY, products=[suite.public_id], specifications=[specification.public_id],
        order_types=["new", "renewal"], modes=["month"], with_discounts=True,
    )  # fmt: skip

    assert (row.issuer, row.seller, row.face_minor, row.minimum_minor, row.quantity, row.per_account) == (
        "seller", bruno.seller, 2500, 10000, 50, 2,
    )  # fmt: skip
    assert (row.valid_from, row.expires_at, row.state) == (NOW + DAY, NOW + 9 * DAY, "active")
    assert row.limits == {
        "with_discounts": True, "products": {"only": [suite.public_id]},
        "specifications": {"only": [specification.public_id]}, "order_types": ["new", "renewal"], "modes": ["month"],
    }  # fmt: skip


WRONG = [
    ("name", {"name": ""}),
    ("claim", {"claim": "luck"}),
    ("quantity", {"quantity": "0"}),
    ("quantity", {"quantity": "5001"}),
    ("per_account", {"per_account": "many"}),
    ("face", {"face": "0"}),
    ("face", {"face": "much"}),
    ("minimum", {"minimum": "-1"}),
    ("percent", {"kind": "discount", "percent": "100"}),
    ("kind", {"kind": "flexi"}),
    ("valid_from", {"valid_from": NOW - timedelta(seconds=1)}),
    ("expires_at", {"ends": NOW - DAY}),
    ("products", {"products": ["prd_nothing"]}),
    ("specifications", {"specifications": ["spc_nothing"]}),
    ("order_types", {"order_types": ["gift"]}),
    ("modes", {"modes": ["pay_per_use"]}),
    ("accounts", {"claim": "grant", "accounts": ["acc_nobody"]}),
]


@pytest.mark.req("S-CPN-001")
@pytest.mark.parametrize(("field", "given"), WRONG)
def test_what_is_wrong_is_said_beside_its_field(field: str, given: dict[str, Any], bruno: Person) -> None:
    with pytest.raises(Invalid) as refused:
        batch(bruno, **given)

    assert list(refused.value.fields) == [field]
    assert not CouponBatch.objects.exists()


def test_a_seller_makes_them_for_its_own_products_and_others_make_none(bruno: Person, ada: Person, suite: Any) -> None:
    with pytest.raises(Invalid):
        batch(make_seller("Sam Sell"), products=[suite.public_id])
    for person in (bruno.colleague("Dan", "SellerDelivery"),):
        with pytest.raises(PermissionMissing):
            batch(person)
    row = batch(bruno)
    with pytest.raises(NotFound):
        services.void_batch(make_seller("Eve Sell").actor, batch_id=row.public_id, at=NOW)


@pytest.mark.req("S-SUB-T2")
def test_who_looks_after_some_products_has_the_coupons_for_these_alone(
    bruno: Person, ada: Person, shop: Shop, suite: Any
) -> None:
    other = shop.product("Other", monthly="100.00")
    sue = bruno.colleague("Sue", "SellerSales")
    scope = UserScope.objects.create(seller=bruno.seller, user=sue.user)
    ProductGrant.objects.create(scope=scope, product_id=suite.public_id)
    for_all = batch(bruno, name="For all", claim="code")
    for_both = batch(bruno, name="Both", claim="grant", products=[suite.public_id, other.public_id])
    batch(bruno, name="Other", products=[other.public_id])
    own = batch(bruno, name="Own", products=[suite.public_id])

    assert list(selectors.batches_of(sue.actor)) == [own]
    assert selectors.batches_of(bruno.actor).count() == 4
    with pytest.raises(NotFound):
        services.void_batch(sue.actor, batch_id=for_all.public_id, at=NOW)
    with pytest.raises(NotFound):
        services.grant_coupons(sue.actor, batch_id=for_both.public_id, accounts=[ada.account.public_id], at=NOW)
    assert sue.client.get(f"/seller/coupons/{for_all.public_id}/codes.csv").status_code == 404
    assert services.void_batch(sue.actor, batch_id=own.public_id, at=NOW).state == "void"


# ----- claimed, given, redeemed -----


@pytest.mark.req("S-CPN-001", "B-CPN-003")
def test_public_coupons_are_claimed_until_they_are_gone(bruno: Person, ada: Person, grace: Person) -> None:
    row = batch(bruno, quantity="1")
    assert selectors.claimable(ada.actor, NOW) == [row]

    coupon = claimed(ada, row)

    assert (coupon.account, coupon.obtained_by, coupon.state, len(coupon.code)) == (
        ada.account, "collected", "unused", 16,
    )  # fmt: skip
    for person in (ada, grace):
        with pytest.raises(services.CouponsGone):
            claimed(person, row)
    assert selectors.claimable(grace.actor, NOW) == []
    row.refresh_from_db()
    assert (row.issued, Coupon.objects.count()) == (1, 1)


@pytest.mark.req("S-CPN-001")
def test_an_account_gets_as_many_as_one_may_have(bruno: Person, ada: Person) -> None:
    row = batch(bruno, per_account="2")
    claimed(ada, row)
    claimed(ada, row)

    with pytest.raises(services.CouponsGone):
        claimed(ada, row)
    assert selectors.claimable(ada.actor, NOW) == []


@pytest.mark.req("S-CPN-001")
def test_given_coupons_reach_the_named_accounts_with_a_message(
    olga: Person, ada: Person, grace: Person, shop: Shop
) -> None:
    row = batch(olga, claim="grant", accounts=[ada.account.public_id])
    services.grant_coupons(olga.actor, batch_id=row.public_id, accounts=[grace.account.email], at=NOW)

    shop.work()

    given = {coupon.account.name: coupon for coupon in Coupon.objects.all()}
    assert list(given) == [ada.account.name, "Hopper AB"]
    assert {coupon.obtained_by for coupon in given.values()} == {"issued"}
    message = Message.objects.get(key="coupon.given", user=ada.user)
    assert message.link == f"/buyer/funds/coupons/{given[ada.account.name].public_id}"
    with pytest.raises(NotFound):
        claimed(ada, row)


@pytest.mark.req("S-CPN-001")
def test_a_code_of_sixteen_characters_is_redeemed_once(bruno: Person, ada: Person, grace: Person) -> None:
    row = batch(bruno, claim="code", quantity="3")
    (code, _state), *more = selectors.codes_of(row)
    assert (len(code), len(more), len({code, *[each for each, _s in more]})) == (16, 2, 3)

    typed = " ".join([code[:4], code[4:8], code[8:12], code[12:]]).lower()
    coupon = services.redeem_coupon(ada.actor, code=typed, at=NOW)

    assert (coupon.account, coupon.obtained_by) == (ada.account, "redeemed")
    assert services.redeem_coupon(ada.actor, code=code, at=NOW) == coupon
    for person, wanted in ((grace, code), (grace, "NOBODYKNOWSTHIS2")):
        with pytest.raises(services.CouponCodeUnknown):
            services.redeem_coupon(person.actor, code=wanted, at=NOW)
    with pytest.raises(services.CouponsGone):
        services.redeem_coupon(ada.actor, code=more[0][0], at=NOW)
    with pytest.raises(services.CouponsGone):
        services.redeem_coupon(grace.actor, code=more[0][0], at=NOW + 30 * DAY)
    row.refresh_from_db()
    assert row.issued == 1


# ----- states -----


@pytest.mark.req("B-CPN-002")
def test_a_coupon_goes_from_not_activated_to_unused_to_locked_to_used(
    bruno: Person, ada: Person, shop: Shop, suite: Any
) -> None:
    shop.fund(ada, "500.00")
    coupon = claimed(ada, batch(bruno, valid_from=NOW + DAY, face="60.00"))
    assert state_of(coupon) == ("not_activated", 6000, "")
    clock.set_for_tests(NOW + DAY)
    shop.work()
    assert state_of(coupon) == ("unused", 6000, "")

    order = shop.order(ada, suite, coupon=coupon.code)
    assert state_of(coupon) == ("unused", 6000, order.public_id)
    with pytest.raises(CouponNotUsable) as refused:
        shop.order(ada, suite, coupon=coupon.code)
    assert refused.value.extra == {"reasons": ["locked"]}
    shop.pay(ada, order)
    assert state_of(coupon) == ("used", 0, "")
    assert [(use.order_id, use.amount_minor) for use in coupon.uses.all()] == [(order.public_id, 6000)]


@pytest.mark.req("B-CPN-002")
def test_an_unused_coupon_expires_and_one_that_an_order_holds_afterwards(
    bruno: Person, ada: Person, shop: Shop, suite: Any
) -> None:
    shop.fund(ada, "500.00")
    row = batch(bruno, ends=NOW + DAY, per_account="2")
    idle, held = claimed(ada, row), claimed(ada, row)
    order = shop.order(ada, suite, coupon=held.code)
    clock.set_for_tests(NOW + DAY)

    services.expire_coupons(clock.now())

    assert (state_of(idle)[0], state_of(held)[0]) == ("expired", "unused")
    buying.cancel_order(ada.actor, order_id=order.public_id, at=clock.now())
    services.expire_coupons(clock.now())
    assert state_of(held) == ("expired", 3000, "")


# ----- used -----


@pytest.mark.req("B-CPN-T1", "B-MNY-006")
def test_the_order_of_120_stores_120_100_30_70(bruno: Person, ada: Person, shop: Shop) -> None:
    box = shop.product("Box", once="120.00")
    Discount.objects.create(
        kind="promotion", name="Spring", fixed_price_e10=100 * 10**10, currency="EUR", product=box, starts_at=NOW
    )
    coupon = claimed(ada, batch(bruno, with_discounts=True))
    shop.fund(ada, "500.00")

    order = shop.order(ada, box, coupon=coupon.code, mode="one_time")
    shop.pay(ada, order)
    order.refresh_from_db()

    assert (order.official_minor, order.discounted_minor, order.coupon_minor, order.paid_minor) == (
        12000, 10000, 3000, 7000,
    )  # fmt: skip
    assert shop.balance(ada) == euro("430.00")


def offered_codes(person: Person, product: Any, **chosen: Any) -> list[str]:
    configuration = {"mode": "period:month", "term": 1, **chosen}
    quoted = buying.quote(person.actor, product_slug=product.slug, configuration=configuration, at=clock.now())
    return [row.name for row in selectors.fitting_coupons(person.actor, quoted.result, at=clock.now())]


@pytest.mark.req("B-CPN-T2", "B-CPN-001")
def test_a_monthly_coupon_is_not_offered_for_a_yearly_order(bruno: Person, ada: Person, suite: Any) -> None:
    claimed(ada, batch(bruno, name="Monthly", modes=["month"]))
    claimed(ada, batch(bruno, name="Yearly", modes=["year"]))
    claimed(ada, batch(bruno, name="Once", modes=["one_time"]))

    assert offered_codes(ada, suite) == ["Monthly"]
    assert offered_codes(ada, suite, mode="period:year") == ["Yearly"]
    assert offered_codes(ada, suite, mode="one_time") == ["Once"]


@pytest.mark.req("B-CPN-001", "S-CPN-002")
def test_limits_of_seller_product_specification_order_type_minimum_region_and_discounts(
    bruno: Person, ada: Person, olga: Person, shop: Shop, suite: Any
) -> None:
    other = shop.product("Other", monthly="100.00")
    specification = suite.specifications.get().public_id
    for name, given in {
        "Any": {},
        "Product": {"products": [other.public_id]},
        "Specification": {"products": [suite.public_id], "specifications": [specification]},
        "Renewals": {"order_types": ["renewal"]},
        "New": {"order_types": ["new"]},
        "Minimum": {"minimum": "100.01"},
        "Reached": {"minimum": "100.00"},
        "North": {"regions": ["eu-north"]},
        "Curated": {"curated_only": True},
        "Dollars": {"currency": "USD"},
    }.items():
        claimed(ada, batch(olga, name=name, **given))
    claimed(ada, batch(make_seller("Sam Sell"), name="Elsewhere"))

    assert sorted(offered_codes(ada, suite)) == ["Any", "New", "Reached", "Specification"]
    assert "North" in offered_codes(ada, suite, region="eu-north")
    Discount.objects.create(kind="promotion", name="Spring", percent_e2=1000, product=suite, starts_at=NOW)
    assert offered_codes(ada, suite) == []


@pytest.mark.req("S-CPN-T1", "S-CPN-002", "B-CPN-001")
def test_the_best_one_stands_first_and_exactly_one_pays(bruno: Person, ada: Person, shop: Shop, suite: Any) -> None:
    shop.fund(ada, "500.00")
    type(ada.account).objects.filter(pk=ada.account.pk).update(pays_automatically=True)
    for name, face in (("Ten", "10.00"), ("Forty", "40.00"), ("Twenty", "20.00")):
        claimed(ada, batch(bruno, name=name, face=face))
    claimed(ada, batch(bruno, name="Third", kind="discount", percent="33"))

    assert offered_codes(ada, suite)[0] == "Forty"
    order = shop.order(ada, suite)
    assert (order.coupon.name, order.coupon_minor, order.due_minor) == ("Forty", 4000, 6000)


@pytest.mark.req("B-CPN-001")
def test_what_is_left_stays_usable_and_a_discount_coupon_is_used_once(
    bruno: Person, ada: Person, shop: Shop, suite: Any
) -> None:
    shop.fund(ada, "900.00")
    cash = claimed(ada, batch(bruno, face="130.00"))
    share = claimed(ada, batch(bruno, name="Share", kind="discount", percent="12.5"))

    shop.pay(ada, *[order for order in [shop.order(ada, suite, coupon=share.code)] if order.due_minor])
    assert state_of(share)[0] == "used"
    first = shop.order(ada, suite, coupon=cash.code)
    assert (first.due_minor, state_of(cash)) == (0, ("unused", 3000, ""))
    second = shop.order(ada, suite, coupon=cash.code)
    assert second.due_minor == 7000
    shop.pay(ada, second)

    assert state_of(cash) == ("used", 0, "")
    assert [use.amount_minor for use in cash.uses.order_by("id")] == [10000, 3000]


# ----- given back -----


@pytest.mark.req("B-CPN-002", "B-UNS-006")
def test_a_refund_gives_back_with_the_old_validity_and_what_expired_is_not_restored(
    bruno: Person, ada: Person, shop: Shop, suite: Any
) -> None:
    shop.fund(ada, "900.00")
    row = batch(bruno, ends=NOW + 5 * DAY, per_account="2")
    early, late = claimed(ada, row), claimed(ada, row)
    orders = [shop.order(ada, suite, coupon=each.code) for each in (early, late)]
    shop.pay(ada, *orders)

    services.return_coupon(early.pk, orders[0].public_id, euro("30.00"), at=NOW + 5 * DAY - timedelta(seconds=1))
    services.return_coupon(late.pk, orders[1].public_id, euro("30.00"), at=NOW + 5 * DAY)

    assert (state_of(early), state_of(late)) == (("unused", 3000, ""), ("expired", 3000, ""))
    assert early.expires_at == NOW + 5 * DAY
    assert [use.amount_minor for use in early.uses.order_by("id")] == [3000, -3000]


@pytest.mark.req("B-CPN-002", "B-UNS-006")
@pytest.mark.parametrize("is_void", [False, True])
def test_a_refund_leaves_a_coupon_to_the_unpaid_order_that_holds_it(
    is_void: bool, bruno: Person, ada: Person, shop: Shop, suite: Any
) -> None:
    shop.fund(ada, "900.00")
    row = batch(bruno, face="130.00", ends=NOW + DAY)
    coupon = claimed(ada, row)
    first = shop.order(ada, suite, coupon=coupon.code)
    assert first.due_minor == 0
    second = shop.order(ada, suite, coupon=coupon.code)
    if is_void:
        services.void_batch(bruno.actor, batch_id=row.public_id, at=NOW)
    else:
        clock.set_for_tests(NOW + DAY)

    services.return_coupon(coupon.pk, first.public_id, euro("20.00"), at=clock.now())

    assert state_of(coupon) == ("unused", 5000, second.public_id)
    services.unlock_coupon(coupon.pk, second.public_id)
    services.expire_coupons(clock.now())
    assert state_of(coupon) == ("expired", 5000, "")


# ----- void -----


@pytest.mark.req("S-CPN-T2", "S-CPN-001")
def test_voiding_stops_unused_ones_and_touches_no_paid_order(
    bruno: Person, ada: Person, grace: Person, xavier: Person, shop: Shop, suite: Any
) -> None:
    for person in (ada, grace):
        shop.fund(person, "900.00")
    row = batch(bruno)
    paid, held, idle = (claimed(person, row) for person in (ada, grace, xavier))
    order = shop.order(ada, suite, coupon=paid.code)
    shop.pay(ada, order)
    waiting = shop.order(grace, suite, coupon=held.code)

    services.void_batch(bruno.actor, batch_id=row.public_id, reason="A mistake.", at=NOW)

    order.refresh_from_db()
    assert (order.coupon_minor, order.paid_minor, state_of(paid)[0], state_of(idle)[0]) == (
        3000, 7000, "used", "expired",
    )  # fmt: skip
    assert state_of(held) == ("unused", 3000, waiting.public_id)
    shop.pay(grace, waiting)
    waiting.refresh_from_db()
    assert (waiting.paid_minor, state_of(held)[0]) == (7000, "used")
    for person in (ada, make_person("Lin Late")):
        with pytest.raises(services.CouponsGone):
            claimed(person, row)
    with pytest.raises(NotAllowed):
        services.void_batch(bruno.actor, batch_id=row.public_id, at=NOW)


@pytest.mark.req("S-CPN-001")
def test_a_voided_coupon_that_an_unpaid_order_lets_go_is_stopped_too(
    bruno: Person, ada: Person, shop: Shop, suite: Any
) -> None:
    shop.fund(ada, "900.00")
    row = batch(bruno)
    coupon = claimed(ada, row)
    order = shop.order(ada, suite, coupon=coupon.code)
    services.void_batch(bruno.actor, batch_id=row.public_id, at=NOW)

    buying.cancel_order(ada.actor, order_id=order.public_id, at=NOW)

    assert state_of(coupon) == ("expired", 3000, "")


@pytest.mark.req("S-CPN-002", "S-PRD-007")
def test_removing_a_product_stops_coupons_for_it_alone(
    bruno: Person, ada: Person, olga: Person, shop: Shop, suite: Any
) -> None:
    other = shop.product("Other", monthly="100.00")
    alone = claimed(ada, batch(bruno, name="Alone", products=[suite.public_id]))
    both = claimed(ada, batch(bruno, name="Both", products=[suite.public_id, other.public_id]))
    any_ = claimed(ada, batch(bruno, name="Any"))

    services.end_coupons_of(suite, at=NOW)

    assert [state_of(each)[0] for each in (alone, both, any_)] == ["expired", "unused", "unused"]
    assert CouponBatch.objects.get(name="Alone").state == "void"


# ----- what the issuer and the holder see -----


@pytest.mark.req("B-CPN-003", "S-CPN-001")
def test_usage_is_recorded_for_the_holder_and_for_the_issuer(
    bruno: Person, ada: Person, grace: Person, shop: Shop, suite: Any
) -> None:
    shop.fund(ada, "900.00")
    row = batch(bruno)
    coupon, _idle = claimed(ada, row), claimed(grace, row)
    order = shop.order(ada, suite, coupon=coupon.code)
    shop.pay(ada, order)

    found = selectors.coupon_of(ada.actor, coupon.public_id)
    assert [(use.order_id, use.amount_minor) for use in found.uses.all()] == [(order.public_id, 3000)]
    with pytest.raises(NotFound):
        selectors.coupon_of(grace.actor, coupon.public_id)
    assert selectors.figures_of(row) == {"held": 2, "used": 1, "unused": 1, "locked": 0, "paid": euro("30.00")}
    assert [use.order_id for use in selectors.uses_in(row)] == [order.public_id]
    assert CouponUse.objects.count() == 1
    tabs = {tab: len(selectors.coupons_of(ada.actor, tab)) for tab in ("", "unused", "used", "expired")}
    assert tabs == {"": 1, "unused": 0, "used": 1, "expired": 0}


def test_figures_and_what_can_be_claimed_are_counted_by_the_database(
    bruno: Person, ada: Person, grace: Person, shop: Shop, suite: Any
) -> None:
    shop.fund(ada, "900.00")
    row = batch(bruno, per_account="3")
    for _each in range(2):
        shop.pay(ada, shop.order(ada, suite, coupon=claimed(ada, row).code))
    claimed(grace, row)
    actor = ada.actor

    with CaptureQueriesContext(connection) as seen:
        assert selectors.figures_of(row)["paid"] == euro("60.00")
        (open_,) = selectors.claimable(actor, NOW)
    assert (open_, open_.held) == (row, 2)  # type: ignore[attr-defined]
    assert "SUM(" in seen[1]["sql"]
    assert 'JOIN "pricing_coupon"' not in seen[2]["sql"]
    assert len(seen) == 3


def test_readers_see_coupons_and_take_none(bruno: Person, ada: Person) -> None:
    row = batch(bruno)
    reader = ada.colleague("Cleo", "BuyerReadOnly")

    for act in (
        lambda: claimed(reader, row),
        lambda: services.redeem_coupon(reader.actor, code="A" * 16, at=NOW),
    ):
        with pytest.raises(PermissionMissing):
            act()
    assert claimed(ada.colleague("Ben", "BuyerFinance"), row).face_minor == Money.parse("30.00", "EUR").minor
