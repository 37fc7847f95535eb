"""Orders: who may, what is frozen, what is refused and has changed nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.audit.models import AuditRecord
from galleria.buying import configuring, limits, selectors, services, states
from galleria.buying.configuring import Configuration
from galleria.buying.models import Order
from galleria.buying.services import ordering, placing
from galleria.buying.services.guarding import OpenOrderOnSubscription
from galleria.buying.services.paying_orders import ContractOverlapNotConfirmed
from galleria.kit import clock, jobs
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.parties.models import Account
from galleria.parties.services.accounts import AccountIncomplete, AccountRestricted, FrozenByPartner
from galleria.paying.models import Payment
from galleria.pricing.models import Coupon, Discount
from galleria.pricing.services import CouponLocked
from galleria.publishing.models import Price, Product, ProductAccess, ProductRegion, Specification
from galleria.subscribing.models import Subscription
from tests.people import NOW
from tests.shop import euro

pytestmark = pytest.mark.django_db(transaction=True)


# --- numbers and names --------------------------------------------------------------------------------
@pytest.mark.req("B-ORD-010")
def test_states_and_kinds_keep_their_numbers() -> None:
    assert states.STATE_NUMBERS == {
        "pending_approval": 1, "processing": 3, "canceled": 4, "completed": 5, "pending_payment": 6,
        "pending_confirmation": 9,
    }  # fmt: skip
    assert [(number, states.KINDS[number]) for number in (1, 2, 3, 4, 13, 14)] == [
        (1, "new"), (2, "renewal"), (3, "change"), (4, "unsubscription"), (13, "trial"), (14, "trial_to_commercial"),
    ]  # fmt: skip


def test_no_state_of_an_order_is_a_dead_end() -> None:
    assert states.ORDER.problems() == []


@pytest.mark.req("B-ORD-017", "B-PRM-004")
def test_an_order_names_who_placed_it(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    cleo = ada.colleague("Cleo Strand", "BuyerPurchaser")

    order = shop.order(cleo, desk)

    assert order.creator_name == "Cleo Strand"
    record = AuditRecord.objects.get(sentence="order.placed")
    assert (record.actor_name, record.object_id, record.address) == ("Cleo Strand", order.public_id, "192.0.2.7")


@pytest.mark.req("B-PUR-002")
def test_a_seller_buys_with_the_same_account(shop: Any, bruno: Any, desk: Any) -> None:
    shop.fund(bruno, "100.00")

    order = shop.buy(bruno, desk)
    shop.work()

    order.refresh_from_db()
    assert order.state == "completed"
    assert order.account.seller.slug == "fernwerk"


# --- one flow for every delivery type -----------------------------------------------------------------
@pytest.mark.req("B-PUR-005", "B-GEN-001")
@pytest.mark.parametrize(
    "kind", ["image", "license", "professional", "consulting", "hardware", "content", "host", "template"]
)
def test_the_same_purchase_serves_every_delivery_type(shop: Any, ada: Any, olga: Any, kind: str) -> None:
    from galleria.delivering import services as delivering
    from galleria.delivering.models import Delivery

    product = shop.product(f"Thing {kind}", once="10.00", delivery_type=kind)
    shop.fund(ada, "10.00")
    order = shop.buy(ada, product, mode="one_time")
    delivery = Delivery.objects.get(order_id=order.public_id)
    assert (order.state, delivery.state, delivery.means) == ("processing", "waiting_seller", "manual")

    delivering.confirm_by_hand(olga.actor, delivery_id=delivery.public_id, at=clock.now())

    order.refresh_from_db()
    assert order.state == "completed"


# --- configuration ------------------------------------------------------------------------------------
@pytest.mark.req("B-CFG-003")
def test_only_priced_terms_are_sold(shop: Any, ada: Any, desk: Any) -> None:
    Price.objects.filter(period_type="month").update(terms=[1, 3])
    with pytest.raises(Invalid) as refused:
        services.quote(ada.actor, product_slug=desk.slug, configuration={"mode": "period:month", "term": 2}, at=NOW)
    assert refused.value.fields == {"term": "Choose one of the offered terms: 1, 3."}
    three = services.quote(ada.actor, product_slug=desk.slug, configuration={"mode": "period:month", "term": 3}, at=NOW)
    assert three.due == euro("147.00")


@pytest.mark.req("B-CFG-003")
@pytest.mark.parametrize(
    ("mode", "term"), [("period:month", 10), ("period:year", 4), ("period:month", 0), ("period:month", -1)]
)
def test_without_a_list_of_the_seller_terms_are_nine_months_and_three_years(
    ada: Any, desk: Any, mode: str, term: int
) -> None:
    with pytest.raises(Invalid):
        services.quote(ada.actor, product_slug=desk.slug, configuration={"mode": mode, "term": term}, at=NOW)


@pytest.mark.req("B-CFG-002")
def test_seats_are_multiplied(shop: Any, ada: Any) -> None:
    product = shop.product("Choir", monthly="9.00", seats=(1, 100, 1), model="linear")
    quoted = services.quote(
        ada.actor,
        product_slug=product.slug,
        configuration={"mode": "period:month", "term": 3, "attributes": {"seats": "12"}},
        at=NOW,
    )
    assert quoted.due == euro("324.00")


@pytest.mark.parametrize("seats", ["0", "101", "4", "x", "-5", "1e3", "9999999999"])
def test_a_quantity_that_is_not_sold_is_refused_with_its_limits(shop: Any, ada: Any, seats: str) -> None:
    product = shop.product("Choir", monthly="9.00", seats=(5, 100, 5), model="linear")
    with pytest.raises(Exception) as refused:
        services.quote(
            ada.actor,
            product_slug=product.slug,
            configuration={"mode": "period:month", "attributes": {"seats": seats}},
            at=NOW,
        )
    assert refused.type in {limits.QuantityOutOfRange, Invalid}
    assert list(refused.value.fields) == ["a.seats"]


@pytest.mark.req("B-CFG-005")
def test_the_sellers_questions_must_be_answered_and_go_into_the_order(shop: Any, ada: Any) -> None:
    product = shop.product(
        "Helpdesk", monthly="9.00",
        extra_parameters=[{"key": "address", "label": "Address"}, {"key": "tone", "label": "Tone", "required": False}],
    )  # fmt: skip
    shop.fund(ada, "100.00")
    with pytest.raises(Invalid) as refused:
        shop.order(ada, product)
    assert list(refused.value.fields) == ["x.address"]
    order = shop.order(ada, product, extra={"address": "lindqvist"})
    assert order.lines.get().extra == {"address": "lindqvist"}


@pytest.mark.parametrize("bad", ["a" * 201, "line\x00", "right\u202eleft", "zero\u200bwidth"])
def test_hostile_answers_are_refused(shop: Any, ada: Any, bad: str) -> None:
    product = shop.product("Helpdesk", monthly="9.00", extra_parameters=[{"key": "address", "label": "Address"}])
    shop.fund(ada, "100.00")
    with pytest.raises(Invalid):
        shop.order(ada, product, extra={"address": bad})
    assert Order.objects.count() == 0


def test_a_fourth_question_is_never_asked() -> None:
    product = Product(extra_parameters=[{"key": f"k{n}", "label": "K", "required": n == 3} for n in range(4)])
    assert configuring.checked_extra(product, {}) == {}


# --- what may not be bought ---------------------------------------------------------------------------
@pytest.mark.req("B-CAT-T2")
def test_a_product_of_another_country_is_refused(shop: Any, ada: Any, xavier: Any) -> None:
    product = shop.product("Nordic", monthly="9.00", sold_everywhere=False)
    ProductRegion.objects.create(product=product, country="SE")
    assert services.quote(ada.actor, product_slug=product.slug, configuration={}, at=NOW).due == euro("9.00")
    with pytest.raises(configuring.RegionNotSold):
        services.quote(xavier.actor, product_slug=product.slug, configuration={}, at=NOW)


@pytest.mark.req("B-DET-004")
def test_a_restricted_product_is_for_named_accounts(shop: Any, ada: Any, xavier: Any) -> None:
    product = shop.product("Sealed", monthly="9.00", is_restricted=True)
    ProductAccess.objects.create(product=product, account=ada.account)
    assert services.quote(ada.actor, product_slug=product.slug, configuration={}, at=NOW).due == euro("9.00")
    with pytest.raises(configuring.RestrictedProduct):
        services.quote(xavier.actor, product_slug=product.slug, configuration={}, at=NOW)


@pytest.mark.req("B-CAT-005", "B-CAT-006")
def test_hidden_products_can_be_bought_and_removed_ones_not(shop: Any, ada: Any, desk: Any) -> None:
    Product.objects.update(state="hidden")
    assert services.quote(ada.actor, product_slug=desk.slug, configuration={}, at=NOW).due == euro("49.00")
    Product.objects.update(state="removed")
    with pytest.raises(configuring.ProductUnavailable):
        services.quote(ada.actor, product_slug=desk.slug, configuration={}, at=NOW)
    with pytest.raises(NotFound):
        services.quote(ada.actor, product_slug="nothing", configuration={}, at=NOW)


def test_a_hidden_specification_can_be_bought_by_name_but_is_not_the_default(shop: Any, ada: Any, desk: Any) -> None:
    only = Specification.objects.get(product=desk)
    Specification.objects.update(state="hidden")
    with pytest.raises(configuring.SkuUnavailable):
        services.quote(ada.actor, product_slug=desk.slug, configuration={}, at=NOW)
    named = services.quote(ada.actor, product_slug=desk.slug, configuration={"specification": only.public_id}, at=NOW)
    assert named.due == euro("49.00")


@pytest.mark.req("B-DET-005")
def test_the_sellers_limit_holds_on_display_and_on_submit(shop: Any, ada: Any, desk: Any) -> None:
    Product.objects.update(purchase_limit={"per_account": 1, "days": 30})
    shop.fund(ada, "200.00")
    kept = services.keep_quote(ada.actor, product_slug=desk.slug, configuration={}, at=NOW)
    shop.buy(ada, desk)
    with pytest.raises(limits.PurchaseLimitReached):
        services.quote(ada.actor, product_slug=desk.slug, configuration={}, at=NOW)
    with pytest.raises(limits.PurchaseLimitReached):
        services.place_order(ada.actor, quote_id=kept.public_id, agreements=shop.accepted(ada, desk), at=NOW)
    later = NOW + timedelta(days=31)
    assert services.quote(ada.actor, product_slug=desk.slug, configuration={}, at=later).due == euro("49.00")


# --- rights -------------------------------------------------------------------------------------------
def test_another_accounts_order_and_quote_are_not_there(shop: Any, ada: Any, xavier: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    kept = services.keep_quote(ada.actor, product_slug=desk.slug, configuration={}, at=NOW)
    order = shop.order(ada, desk)
    for ask in (
        lambda: services.place_order(xavier.actor, quote_id=kept.public_id, agreements={}, at=NOW),
        lambda: services.cancel_order(xavier.actor, order_id=order.public_id, at=NOW),
        lambda: shop.pay(xavier, order),
        lambda: selectors.order_of(xavier.actor, order.public_id),
        lambda: services.accept_delivery(xavier.actor, order_id=order.public_id, at=NOW),
    ):
        with pytest.raises(NotFound):
            ask()
    order.refresh_from_db()
    assert order.state == "pending_payment"


@pytest.mark.req("B-PRM-T1", "B-PRM-003")
def test_who_may_only_read_cannot_order_pay_or_cancel(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    nils = ada.colleague("Nils Borg", "BuyerReadOnly")
    order = shop.order(ada, desk)
    for ask, action in (
        (lambda: shop.order(nils, desk), "gallery:order:create"),
        (lambda: shop.pay(nils, order), "billing:order:pay"),
        (lambda: services.cancel_order(nils.actor, order_id=order.public_id, at=NOW), "billing:order:cancel"),
    ):
        with pytest.raises(PermissionMissing) as refused:
            ask()
        assert refused.value.action == action


@pytest.mark.req("B-PRM-002", "B-PUR-017")
def test_who_may_order_but_not_pay_leaves_it_for_finance(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    cleo, ben = ada.colleague("Cleo", "BuyerPurchaser"), ada.colleague("Ben", "BuyerFinance")
    order = shop.order(cleo, desk)
    with pytest.raises(PermissionMissing):
        shop.pay(cleo, order)
    shop.pay(ben, order)
    order.refresh_from_db()
    assert order.state == "processing"


@pytest.mark.req("B-PRM-001", "B-PUR-017")
def test_an_order_above_the_limit_of_its_buyer_needs_a_yes(shop: Any, ada: Any, desk: Any) -> None:
    from galleria.parties.models import Membership

    shop.fund(ada, "100.00")
    cleo = ada.colleague("Cleo", "BuyerPurchaser")
    Membership.objects.filter(user=cleo.user).update(order_limit_minor=4899)
    order = shop.order(cleo, desk)
    assert order.state == "pending_approval"
    with pytest.raises(states.OrderStatusChanged):
        shop.pay(ada, order)

    services.approve_order(ada.actor, order_id=order.public_id, at=NOW)

    shop.pay(ada, order)
    order.refresh_from_db()
    assert order.state == "processing"


def test_a_refused_order_is_canceled_with_the_reason(shop: Any, ada: Any, desk: Any) -> None:
    from galleria.parties.models import Membership

    shop.fund(ada, "100.00")
    cleo = ada.colleague("Cleo", "BuyerPurchaser")
    Membership.objects.filter(user=cleo.user).update(order_limit_minor=0)
    order = shop.order(cleo, desk)
    with pytest.raises(Invalid):
        services.reject_order(ada.actor, order_id=order.public_id, reason=" ", at=NOW)

    services.reject_order(ada.actor, order_id=order.public_id, reason="We have one already", at=NOW)

    order.refresh_from_db()
    assert (order.state, order.state_reason) == ("canceled", "We have one already")


@pytest.mark.req("B-ACC-001", "B-ACC-003")
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"is_complete": False}, AccountIncomplete),
        ({"state": "restricted", "state_reason": "arrears"}, AccountRestricted),
        ({"frozen_by_reseller": True}, FrozenByPartner),
    ],
)
def test_an_account_that_may_not_order_is_told_why(shop: Any, ada: Any, desk: Any, change: Any, refusal: Any) -> None:
    shop.fund(ada, "100.00")
    Account.objects.filter(pk=ada.account.pk).update(**change)
    with pytest.raises(refusal):
        shop.order(ada, desk)
    assert Order.objects.count() == 0


@pytest.mark.req("B-PUR-004")
def test_without_means_of_payment_there_is_no_order(shop: Any, ada: Any, desk: Any) -> None:
    with pytest.raises(ordering.NoPaymentMeans):
        shop.order(ada, desk)
    assert Order.objects.count() == 0


@pytest.mark.req("B-SAA-003")
def test_without_a_phone_the_consent_cannot_be_given(shop: Any, ada: Any) -> None:
    product = shop.product("Choir", monthly="9.00", needs_contact_consent=True)
    shop.fund(ada, "100.00")
    Account.objects.update(phone="")
    with pytest.raises(placing.ContactDataMissing):
        shop.order(ada, product)


# --- submits, locks, combined orders ------------------------------------------------------------------
@pytest.mark.req("B-PUR-017", "B-PUR-009")
def test_submitting_one_page_twice_makes_one_order(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    kept = services.keep_quote(ada.actor, product_slug=desk.slug, configuration={}, at=NOW)
    first, second = (
        services.place_order(ada.actor, quote_id=kept.public_id, agreements=shop.accepted(ada, desk), at=NOW)
        for _each in range(2)
    )
    assert first.public_id == second.public_id
    assert Order.objects.count() == 1


@pytest.mark.req("B-CPN-002")
def test_a_coupon_in_two_orders_at_once_serves_the_first(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "200.00")
    shop.coupon(ada, "TWENTY", "20.00")
    quotes = [
        services.keep_quote(ada.actor, product_slug=desk.slug, configuration={}, coupon_code="TWENTY", at=NOW)
        for _each in range(2)
    ]
    place = [
        lambda kept=kept: services.place_order(
            ada.actor, quote_id=kept.public_id, agreements=shop.accepted(ada, desk), at=NOW
        )
        for kept in quotes
    ]
    first = place[0]()
    with pytest.raises((CouponLocked, ordering.PriceChanged, ordering.CouponNotUsable)):
        place[1]()
    assert Order.objects.count() == 1
    assert Coupon.objects.get().locked_by == first.public_id


@pytest.mark.req("B-CPN-T2", "B-CPN-001")
def test_a_monthly_coupon_is_not_offered_for_a_yearly_order(shop: Any, ada: Any, desk: Any) -> None:
    from galleria.pricing import selectors as pricing

    shop.coupon(ada, "MONTHLY", "5.00", limits={"modes": ["month"]})
    offered = {}
    for mode in ("period:month", "period:year"):
        quoted = services.quote(ada.actor, product_slug=desk.slug, configuration={"mode": mode}, at=NOW)
        offered[mode] = [each.code for each in pricing.fitting_coupons(ada.actor, quoted.result, at=NOW)]
    assert offered == {"period:month": ["MONTHLY"], "period:year": []}


@pytest.mark.req("B-CPN-T3", "B-CPN-001")
def test_a_minimum_is_asked_of_the_eligible_amount(shop: Any, ada: Any, desk: Any) -> None:
    from galleria.pricing import selectors as pricing

    shop.coupon(ada, "HUNDRED", "5.00", minimum=euro("100.00"))
    quoted = services.quote(
        ada.actor, product_slug=desk.slug, configuration={"mode": "period:month", "term": 1}, at=NOW
    )
    assert pricing.fitting_coupons(ada.actor, quoted.result, at=NOW) == []
    more = services.quote(ada.actor, product_slug=desk.slug, configuration={"mode": "period:month", "term": 3}, at=NOW)
    assert [each.code for each in pricing.fitting_coupons(ada.actor, more.result, at=NOW)] == ["HUNDRED"]


@pytest.mark.req("B-CPN-003")
def test_coupons_are_shown_by_tab_and_only_to_their_account(shop: Any, ada: Any, xavier: Any) -> None:
    from galleria.pricing import selectors as pricing

    shop.coupon(ada, "ONE", "5.00")
    shop.coupon(ada, "TWO", "5.00")
    Coupon.objects.filter(code="TWO").update(state="used")
    assert [each.code for each in pricing.coupons_of(ada.actor)] == ["ONE", "TWO"]
    assert [each.code for each in pricing.coupons_of(ada.actor, "unused")] == ["ONE"]
    assert [each.code for each in pricing.coupons_of(ada.actor, "used")] == ["TWO"]
    assert list(pricing.coupons_of(xavier.actor)) == []


@pytest.mark.req("B-ORD-013")
def test_orders_placed_together_are_paid_and_canceled_as_a_whole(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")

    def together() -> list[Order]:
        quotes = [
            services.keep_quote(ada.actor, product_slug=desk.slug, configuration={}, at=NOW) for _each in range(2)
        ]
        wanted = [placing.Wanted(kept.public_id, shop.accepted(ada, desk)) for kept in quotes]
        return services.place_together(ada.actor, wanted=wanted, at=NOW)

    first, second = together()
    assert first.combined_id == second.combined_id == first.public_id
    shop.pay(ada, first)
    assert set(Order.objects.values_list("state", flat=True)) == {"processing"}
    third, _fourth = together()
    services.cancel_order(ada.actor, order_id=third.public_id, at=NOW)
    assert list(Order.objects.order_by("pk").values_list("state", flat=True)) == ["processing"] * 2 + ["canceled"] * 2
    assert Subscription.objects.count() == 2


def test_of_orders_placed_together_a_bad_one_stops_all(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    quotes = [services.keep_quote(ada.actor, product_slug=desk.slug, configuration={}, at=NOW) for _each in range(2)]
    wanted = [placing.Wanted(quotes[0].public_id, shop.accepted(ada, desk)), placing.Wanted(quotes[1].public_id, {})]
    with pytest.raises(Exception, match="Please accept"):
        services.place_together(ada.actor, wanted=wanted, at=NOW)
    assert Order.objects.count() == 0


@pytest.mark.req("B-ORD-012")
def test_an_unpaid_renewal_blocks_its_subscription_until_it_is_paid_or_canceled(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    order = shop.buy(ada, desk)
    subscription = Subscription.objects.get(order_id=order.public_id)
    services.require_free(subscription.public_id)
    renewal = shop.order(ada, desk)
    Order.objects.filter(pk=renewal.pk).update(kind=2)
    renewal.lines.update(subscription=subscription)

    with pytest.raises(OpenOrderOnSubscription) as refused:
        services.require_free(subscription.public_id)

    assert refused.value.extra == {"order": renewal.public_id}
    services.cancel_order(ada.actor, order_id=renewal.public_id, at=NOW)
    services.require_free(subscription.public_id)


@pytest.mark.req("B-PAY-002")
def test_an_order_that_overlaps_a_contract_is_paid_only_when_confirmed(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    order = shop.order(ada, desk)
    Order.objects.update(contract_id="CON-1")
    with pytest.raises(ContractOverlapNotConfirmed):
        shop.pay(ada, order)
    assert shop.balance(ada) == euro("100.00")
    shop.pay(ada, order, contract_confirmed=True)
    assert shop.balance(ada) == euro("51.00")


# --- automatic payment --------------------------------------------------------------------------------
@pytest.mark.req("B-PAY-T3", "B-MNY-006")
def test_automatic_payment_uses_discount_then_coupon_then_balance(shop: Any, ada: Any, server: Any) -> None:
    product = shop.product("Ledgerly", once="120.00")
    shop.connect(product, server.address())
    Discount.objects.create(kind="commercial", name="Ours", percent_e2=1000, product=product, starts_at=NOW)
    shop.coupon(ada, "EIGHT", "8.00", limits={"with_discounts": True})
    shop.fund(ada, "150.00")
    Account.objects.filter(pk=ada.account.pk).update(pays_automatically=True)

    order = shop.order(ada, product, mode="one_time")
    jobs.run_due(raise_errors=True)

    order.refresh_from_db()
    payment = Payment.objects.get()
    assert order.state == "completed"
    assert (order.official_minor, order.discounted_minor, order.coupon_minor, order.paid_minor) == (
        12000, 10800, 800, 10000,
    )  # fmt: skip
    assert (payment.method, payment.amount_minor) == ("balance", 10000)
    assert order.lines.get().discounts[0]["name"] == "Ours"
    assert shop.balance(ada) == euro("50.00")


@pytest.mark.req("B-PAY-T3")
def test_when_automatic_payment_cannot_pay_the_order_waits(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "49.00")
    Account.objects.filter(pk=ada.account.pk).update(pays_automatically=True)
    order, second = shop.order(ada, desk), shop.order(ada, desk)
    jobs.run_due(raise_errors=True)
    order.refresh_from_db()
    second.refresh_from_db()
    assert (order.state, second.state) == ("completed", "pending_payment")


# --- resellers' customers -----------------------------------------------------------------------------
@pytest.mark.req("B-PUR-019", "B-RSL-001", "B-RSL-T1")
def test_a_resellers_customer_orders_and_does_not_pay(shop: Any, ada: Any, rita: Any, desk: Any) -> None:
    from galleria.ledger import selectors as ledger

    Account.objects.filter(pk=ada.account.pk).update(
        sales_model="resale", reseller=rita.reseller, reseller_budget_minor=10_000
    )
    ada.account.refresh_from_db()

    order = shop.order(ada, desk)

    assert (order.state, order.paid_by) == ("processing", "reseller")
    assert ledger.balance(f"reseller_receivable:{rita.reseller.public_id}", "EUR") == euro("-49.00")
    assert Account.objects.get(pk=ada.account.pk).reseller_spent_minor == 4900
    assert shop.is_balanced()


@pytest.mark.req("B-RSL-003")
def test_over_the_partners_budget_is_refused_with_what_is_left(shop: Any, ada: Any, rita: Any, desk: Any) -> None:
    Account.objects.filter(pk=ada.account.pk).update(
        sales_model="resale", reseller=rita.reseller, reseller_budget_minor=5000, reseller_spent_minor=200
    )
    ada.account.refresh_from_db()
    with pytest.raises(ordering.PartnerBudgetExceeded) as refused:
        shop.order(ada, desk)
    assert refused.value.extra == {"left": "48.00", "due": "49.00", "currency": "EUR"}
    assert Order.objects.count() == 0


# --- trials -------------------------------------------------------------------------------------------
@pytest.mark.req("B-TRI-001", "B-TRI-002", "B-TRI-T1", "B-FRE-002")
def test_a_trial_is_an_order_of_nothing_and_there_is_one(shop: Any, ada: Any, desk: Any) -> None:
    Product.objects.update(trial_days=14)

    order = shop.order(ada, desk, mode="trial")
    jobs.run_due(raise_errors=True)

    order.refresh_from_db()
    subscription = Subscription.objects.get()
    assert (order.kind, order.state, order.due_minor) == (13, "completed", 0)
    assert subscription.is_trial
    assert subscription.expires_at is not None
    assert (subscription.expires_at - NOW).days == 14
    with pytest.raises(placing.TrialUsed):
        shop.order(ada, desk, mode="trial")


@pytest.mark.req("B-TRI-002")
def test_with_an_unpaid_order_there_is_no_trial(shop: Any, ada: Any, desk: Any) -> None:
    Product.objects.update(trial_days=14)
    shop.fund(ada, "100.00")
    shop.order(ada, desk)
    with pytest.raises(placing.TrialBlocked):
        shop.order(ada, desk, mode="trial")


# --- lists --------------------------------------------------------------------------------------------
@pytest.mark.req("B-ORD-020", "B-ORD-021")
def test_orders_are_narrowed_by_what_people_know(shop: Any, ada: Any, xavier: Any, desk: Any) -> None:
    shop.fund(ada, "500.00")
    paid, unpaid = shop.buy(ada, desk), shop.order(ada, desk)

    def found(**by: Any) -> list[str]:
        return [row.public_id for row in selectors.orders_of(ada.actor, selectors.OrderFilter(**by))]

    assert found() == [unpaid.public_id, paid.public_id]
    assert found(view="unpaid") == [unpaid.public_id]
    assert found(state="processing") == [paid.public_id]
    assert found(number=paid.public_id[:18]) == [paid.public_id]
    assert found(product="helpdesk", delivery_type="saas", kind=1) == [unpaid.public_id, paid.public_id]
    assert found(product="nothing of the kind") == []
    assert list(selectors.orders_of(xavier.actor)) == []
    with pytest.raises(Invalid):
        found(placed_from=NOW - timedelta(days=367), placed_to=NOW)


@pytest.mark.req("B-ORD-012")
def test_nothing_can_be_accepted_twice(shop: Any, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    shop.work()
    with pytest.raises(NotAllowed):
        services.accept_delivery(ada.actor, order_id=order.public_id, at=NOW)


@pytest.mark.req("B-CFG-001")
def test_a_configuration_survives_storing() -> None:
    chosen = Configuration("p", "spc_1", {"a": "1"}, "period:month", 3, "EU", True, {"x": "y"})
    plain = chosen.to_plain()
    assert Configuration.from_plain(plain.pop("product"), plain) == chosen


@pytest.mark.req("B-PUR-003")
def test_a_visitors_quote_goes_to_the_account_that_signs_in(shop: Any, ada: Any, xavier: Any, desk: Any) -> None:
    from galleria.kit.actor import VISITOR

    shop.tax(2500)
    kept = services.keep_quote(
        VISITOR, product_slug=desk.slug, configuration={"mode": "period:month", "term": 3}, at=NOW
    )

    _kept, quoted = services.requote(ada.actor, quote_id=kept.public_id, at=NOW)

    assert quoted.chosen.periods == 3
    assert quoted.due == euro("183.75")
    with pytest.raises(NotFound):
        services.requote(xavier.actor, quote_id=kept.public_id, at=NOW)
