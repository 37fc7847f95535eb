"""Products on sale: hidden, removed, limited, stocked, tried, suspended, with problems; what buyers keep."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from galleria.audit.models import AuditRecord
from galleria.buying.configuring import (
    ProductUnavailable,
    RegionNotSold,
    SkuUnavailable,
)
from galleria.buying.limits import PurchaseLimitReached, QuantityOutOfRange
from galleria.buying.models import Order
from galleria.buying.services.placing import TrialNotOpen
from galleria.connecting import services as connecting
from galleria.kit import clock
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.pricing.models import Discount, DiscountAccount
from galleria.publishing import documents
from galleria.publishing import selectors as catalogue
from galleria.publishing import services as publishing
from galleria.publishing.models import Product, ProductAttribute, Sku, Specification, UpgradeRule
from galleria.publishing.rules import Wishes
from galleria.publishing.services import OutOfStock
from galleria.releasing import dossiers, selectors, services
from galleria.releasing.models import RemovalRequest
from galleria.releasing.services import upgrades
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.subscribing.models import Subscription
from tests.packages.releasing.making import Maker
from tests.people import NOW, Person, make_person, make_seller
from tests.shop import Shop


@pytest.fixture
def sold(maker: Maker, olga: Person, shop: Shop, ada: Person) -> Product:
    """A licence of two editions, on sale for 500 and 900 EUR; Ada has money."""
    shop.agreement("AGR_PARTNER_USER", "platform", "Partner Product User Agreement")
    shop.fund(ada, "9000.00")
    two = [
        {"key": "basic", "name": "Basic", "prices": [{"mode": "one_time", "price": "500.00 EUR"}]},
        {"key": "plus", "name": "Plus", "prices": [{"mode": "one_time", "price": "900.00 EUR"}]},
    ]
    product: Product = maker.released(maker.licence(specifications=two), olga)
    return product


def spec(product: Product, key: str) -> Specification:
    return Specification.objects.get(product=product, key=key)


def order(shop: Shop, person: Person, product: Product, key: str = "", **chosen: Any) -> Order:
    public_id = spec(product, key).public_id if key else ""
    return shop.order(person, product, **{"mode": "one_time", "specification": public_id, **chosen})


# ----- hiding -----


@pytest.mark.req("S-PRD-T6", "S-PRD-005", "S-MAT-013", "S-PRD-001")
def test_a_hidden_product_is_sold_at_its_address_only(bruno: Person, ada: Person, shop: Shop, sold: Product) -> None:
    services.hide_product(bruno.actor, product_id=sold.public_id, reason="a pause", at=NOW)

    assert catalogue.results(ada.actor, Wishes(text="nightly")).cards == []
    assert catalogue.storefront(ada.actor, "fernwerk").cards == []
    assert sold.slug not in [slug for slug, _at in catalogue.sitemap()]
    assert catalogue.product_view(ada.actor, sold.slug).availability == "hidden"
    assert order(shop, ada, sold).due_minor == 50_000
    services.show_product(bruno.actor, product_id=sold.public_id, at=NOW)
    assert [card["slug"] for card in catalogue.results(ada.actor, Wishes(text="nightly")).cards] == [sold.slug]
    told = AuditRecord.objects.filter(object_id=sold.public_id, sentence__in=("product.hide", "product.show"))
    assert [(row.sentence, row.actor_user_id) for row in told.order_by("pk")] == [
        ("product.hide", bruno.user.public_id), ("product.show", bruno.user.public_id),
    ]  # fmt: skip


@pytest.mark.req("S-PRD-T7", "S-PRD-005")
def test_a_hidden_specification_is_sold_by_its_own_link_only(
    bruno: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    services.hide_specification(bruno.actor, product_id=sold.public_id, specification_id="basic", at=NOW)

    shown = catalogue.product_view(ada.actor, sold.slug).detail["specifications"]
    assert [(row["name"]["en"], row["state"]) for row in shown] == [("Basic", "hidden"), ("Plus", "on_sale")]
    assert order(shop, ada, sold).due_minor == 90_000  # without an id the first that is listed
    assert order(shop, ada, sold, "basic").due_minor == 50_000
    with pytest.raises(NotAllowed):
        services.hide_specification(bruno.actor, product_id=sold.public_id, specification_id="basic", at=NOW)
    services.show_specification(bruno.actor, product_id=sold.public_id, specification_id="basic", at=NOW)
    assert order(shop, ada, sold).due_minor == 50_000


def test_nobody_else_hides_removes_or_configures_it(ada: Person, sold: Product) -> None:
    other = make_seller("Carla", slug="carla", seller_name="Carla")
    for person, refusal in ((other, NotFound), (ada, Exception)):
        for ask in (
            lambda p: services.hide_product(p.actor, product_id=sold.public_id, at=NOW),
            lambda p: services.configure_sales(p.actor, product_id=sold.public_id, purchase_limit={}, at=NOW),
            lambda p: services.request_removal(p.actor, product_id=sold.public_id, reason="because", at=NOW),
            lambda p: services.set_stock(p.actor, product_id=sold.public_id, specification_id="basic", stock=1, at=NOW),
        ):
            with pytest.raises(refusal):
                ask(person)
    assert Product.objects.get(pk=sold.pk).state == "on_sale"
    with pytest.raises((NotFound, PermissionMissing)):
        publishing.hide_product(other.actor, product_id=sold.public_id, at=NOW)


# ----- removal -----


@pytest.mark.req("S-PRD-T8", "S-PRD-006", "S-PRD-007", "S-DEC-004")
def test_of_two_specifications_one_is_removed_and_the_other_still_sold(
    bruno: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    row = services.request_removal(
        bruno.actor, product_id=sold.public_id, specification_id="basic", reason="No longer made.", at=NOW
    )

    assert (row.state, row.scope) == ("approved", "specification")  # nobody holds it
    assert order(shop, ada, sold, "plus").due_minor == 90_000
    with pytest.raises(SkuUnavailable):
        order(shop, ada, sold, "basic")
    assert {sku.state for sku in Sku.objects.filter(specification__key="basic")} == {"removed"}


@pytest.mark.req("S-PRD-T10", "S-PRD-007")
def test_unpaid_orders_of_what_is_removed_are_canceled_with_the_reason(
    bruno: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    gone, stays = order(shop, ada, sold, "basic"), order(shop, ada, sold, "plus")
    assert [str(each) for each in services.removal_effects(
        bruno.actor, product_id=sold.public_id, specification_id="basic")] == [
        "New purchases are refused. It cannot be undone.", "1 unpaid order is canceled.",
    ]  # fmt: skip

    services.request_removal(
        bruno.actor, product_id=sold.public_id, specification_id="basic", reason="No longer made.", at=NOW
    )

    gone.refresh_from_db()
    stays.refresh_from_db()
    assert (gone.state, gone.state_reason) == ("canceled", "The product is no longer sold")
    assert stays.state == "pending_payment"


@pytest.mark.req("S-PRD-007", "S-SAS-T4", "S-APP-002")
@pytest.mark.parametrize("way", ["trouble", "catalogue", "notice"])
def test_whoever_removes_a_product_the_same_follows(
    olga: Person, ada: Person, shop: Shop, sold: Product, way: str
) -> None:
    shop.buy(ada, sold, mode="one_time")
    Subscription.objects.filter(product=sold).update(renewal="auto")
    unpaid = order(shop, ada, sold, "plus")
    offer = Discount.objects.create(kind="exclusive", name="For Ada", percent_e2=1000, product=sold, starts_at=NOW)
    DiscountAccount.objects.create(discount=offer, account=ada.account)
    if way == "trouble":
        candidate = connecting.propose_removal(sold, reason="dial_tests", facts={}, count=5, at=NOW)
        connecting.remove_candidate(olga.actor, candidate_id=candidate.public_id, note="It never answers.", at=NOW)
    elif way == "catalogue":
        publishing.remove_product(olga.actor, product_id=sold.public_id, reason="It never answers.", at=NOW)
    else:
        notice = services.send_notice(olga.actor, product_id=sold.public_id, text="It does not start.", at=NOW)
        services.remove_for_notice(olga.actor, notice_id=notice.public_id, reason="It never answers.", at=NOW)

    unpaid.refresh_from_db()
    offer.refresh_from_db()
    assert Product.objects.get(pk=sold.pk).state == "removed"
    assert (unpaid.state, unpaid.state_reason) == ("canceled", "The product is no longer sold")
    assert (offer.state, offer.ends_at) == ("withdrawn", NOW)
    assert Subscription.objects.get(product=sold).renewal == "auto"  # B-ARN-007


@pytest.mark.req("S-PRD-006", "S-PRD-007", "S-DEC-004", "S-PRD-T9")
def test_what_customers_hold_is_removed_after_a_review_and_they_keep_it(
    bruno: Person, olga: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    shop.buy(ada, sold, mode="one_time")
    held = Subscription.objects.get(product=sold)

    row = services.request_removal(bruno.actor, product_id=sold.public_id, reason="No longer made.", at=NOW)
    assert row.state == "pending"
    submission = Submission.objects.get(kind="removal")
    found = dossiers.of_removal(olga.actor, submission)
    assert "1 subscription runs to its end; nobody can renew it by hand." in [str(each) for each in found.effects]
    with pytest.raises(services.RemovalPending):
        services.request_removal(bruno.actor, product_id=sold.public_id, reason="And again.", at=NOW)
    reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)

    sold = Product.objects.get(pk=sold.pk)
    assert (sold.state, sold.state_reason) == ("removed", "No longer made.")
    assert selectors.actions_of(sold) == ["view"]
    with pytest.raises(ProductUnavailable):
        order(shop, ada, sold)
    assert Subscription.objects.get(pk=held.pk).state == held.state
    for verb in (
        lambda: services.show_product(bruno.actor, product_id=sold.public_id, at=NOW),
        lambda: services.configure_sales(bruno.actor, product_id=sold.public_id, purchase_limit={}, at=NOW),
        lambda: services.request_removal(bruno.actor, product_id=sold.public_id, reason="Once more.", at=NOW),
        lambda: services.start_release(bruno.actor, product_id=sold.public_id, source="product", at=NOW),
    ):
        with pytest.raises(NotAllowed):
            verb()


@pytest.mark.req("S-PRD-006")
def test_a_removal_is_withdrawn_or_refused_and_all_stays(
    bruno: Person, olga: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    shop.buy(ada, sold, mode="one_time")
    first = services.request_removal(bruno.actor, product_id=sold.public_id, reason="No longer made.", at=NOW)
    assert services.withdraw_removal(bruno.actor, removal_id=first.public_id, at=NOW).state == "withdrawn"

    second = services.request_removal(bruno.actor, product_id=sold.public_id, reason="No longer made.", at=NOW)
    submission = Submission.objects.get(kind="removal", subject=second.public_id)
    reviewing.give_back(olga.actor, submission_id=submission.public_id, note="Tell your customers first.", at=NOW)
    assert RemovalRequest.objects.get(pk=second.pk).state == "rejected"
    assert Product.objects.get(pk=sold.pk).state == "on_sale"


@pytest.mark.req("S-PRD-006")
def test_a_single_sku_is_removed_for_good(maker: Maker, bruno: Person, olga: Person) -> None:
    choice = {"key": "kind", "name": "Kind", "kind": "choice",
              "options": [{"key": "a", "name": "A"}, {"key": "b", "name": "B"}]}  # fmt: skip
    one = {"key": "one", "name": "One", "attributes": [choice], "prices": [{"mode": "one_time", "price": "5.00 EUR"}]}
    product = maker.released(maker.licence(specifications=[one]), olga)
    code = Sku.objects.get(specification__product=product, choices={"kind": "b"}).code

    row = services.request_removal(bruno.actor, product_id=product.public_id, sku_code=code, reason="Not made.", at=NOW)

    assert (row.state, row.scope) == ("approved", "sku")
    document = documents.document_of(Product.objects.get(pk=product.pk))
    assert document["specifications"][0]["prices"] == [{"mode": "one_time", "price": "5.00 EUR", "only": {"kind": "a"}}]
    release = services.start_release(bruno.actor, product_id=product.public_id, source="product", at=NOW)
    release = services.save(bruno.actor, release_id=release.public_id, version=1, at=NOW,
                            document={**release.document, "specifications": [one]})  # fmt: skip
    assert "SKU_REMOVED" in {each.code for each in services.findings_of(release, at=NOW)}


@pytest.mark.req("S-PRD-007", "S-PRD-006")
@pytest.mark.parametrize("scope", ["product", "specification", "suspension"])
def test_what_is_removed_between_price_and_order_is_not_ordered(
    bruno: Person, olga: Person, ada: Person, shop: Shop, sold: Product, scope: str
) -> None:
    from galleria.buying import services as buying

    chosen = {"mode": "one_time", "specification": spec(sold, "basic").public_id}
    kept = buying.keep_quote(ada.actor, product_slug=sold.slug, configuration=chosen, at=NOW)
    priced = buying.priced_to_place(ada.actor, quote_id=kept.public_id, at=NOW)
    if scope == "suspension":
        publishing.suspend_product(olga.actor, product_id=sold.public_id, reason="Unanswered.", at=NOW)
    else:
        services.request_removal(
            bruno.actor, product_id=sold.public_id, reason="No longer made.", at=NOW,
            specification_id="basic" if scope == "specification" else "",
        )  # fmt: skip

    with pytest.raises(SkuUnavailable):
        buying.place_order(
            ada.actor, quote_id=kept.public_id, agreements=shop.accepted(ada, sold), priced=priced, at=NOW
        )
    assert not Order.objects.exists()


# ----- how it is sold -----


@pytest.mark.req("S-CFG-T1", "S-CFG-001")
def test_bought_once_is_refused_before_payment_and_allowed_after_a_refund(
    bruno: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    services.configure_sales(bruno.actor, product_id=sold.public_id, purchase_limit={"once": True}, at=NOW)
    first = order(shop, ada, sold)

    with pytest.raises(PurchaseLimitReached):
        order(shop, ada, sold, "plus")
    Order.objects.filter(pk=first.pk).update(state="completed")
    with pytest.raises(PurchaseLimitReached):
        order(shop, ada, sold)
    line = first.lines.get()
    line.refunded_minor = line.payable_minor + line.tax_minor
    line.save()
    assert order(shop, ada, sold).state == "pending_payment"


@pytest.mark.req("S-CFG-001")
def test_one_at_a_time_and_the_most_of_a_quantity(
    maker: Maker, bruno: Person, olga: Person, ada: Person, shop: Shop
) -> None:
    shop.agreement("AGR_PARTNER_USER", "platform", "Partner Product User Agreement")
    shop.fund(ada, "900.00")
    users = {"key": "users", "name": "Users", "kind": "quantity", "minimum": 1, "maximum": 100}
    one = {"key": "one", "name": "One", "attributes": [users],
           "prices": [{"mode": "one_time", "price": "5.00 EUR", "model": "linear", "quantity": "users"}]}  # fmt: skip
    product = maker.released(maker.licence(specifications=[one]), olga)
    limit = {"one_at_a_time": True, "quantities": {"users": 10}}
    services.configure_sales(
        bruno.actor, product_id=product.public_id, specification_id="one", purchase_limit=limit, at=NOW
    )

    with pytest.raises(QuantityOutOfRange):
        order(shop, ada, product, attributes={"users": "11"})
    shop.buy(ada, product, mode="one_time", attributes={"users": "10"})
    with pytest.raises(PurchaseLimitReached):
        order(shop, ada, product, attributes={"users": "1"})
    Subscription.objects.update(state="released")
    Order.objects.update(state="completed")
    assert order(shop, ada, product, attributes={"users": "1"}).due_minor == 500


@pytest.mark.parametrize(
    "limit", [{"per_account": -1}, {"per_account": 1001}, {"days": 4000}, {"nonsense": 1}, {"quantities": {"u": "x"}}]
)
def test_limits_that_make_no_sense_are_refused(bruno: Person, sold: Product, limit: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        services.configure_sales(bruno.actor, product_id=sold.public_id, purchase_limit=limit, at=NOW)


@pytest.mark.req("S-CFG-T2", "S-CFG-002")
def test_a_product_is_sold_where_its_seller_says_and_is_certified(
    bruno: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    services.configure_sales(bruno.actor, product_id=sold.public_id, regions=["NO"], at=NOW)

    assert catalogue.product_view(ada.actor, sold.slug).availability == "region"
    with pytest.raises(RegionNotSold):
        order(shop, ada, sold)
    services.configure_sales(bruno.actor, product_id=sold.public_id, regions="everywhere", at=NOW)
    assert order(shop, ada, sold).state == "pending_payment"
    for wrong in ([], ["XX"]):
        with pytest.raises(Invalid):
            services.configure_sales(bruno.actor, product_id=sold.public_id, regions=wrong, at=NOW)


@pytest.mark.req("S-CFG-002")
def test_a_country_without_certification_leads_to_it(bruno: Person, sold: Product) -> None:
    from galleria.selling.models import ContractingParty, SalesRegion

    party = ContractingParty.objects.create(name="Galleria Inc.", country="US", currency="USD", created_at=NOW)
    SalesRegion.objects.create(country="US", party=party)

    with pytest.raises(services.RegionNotCertified) as refused:
        services.configure_sales(bruno.actor, product_id=sold.public_id, regions=["SE", "US"], at=NOW)

    assert refused.value.extra["countries"] == ["US"]


@pytest.mark.req("S-CFG-003")
def test_credit_is_a_switch_of_joint_products_and_closing_it_warns(bruno: Person, sold: Product) -> None:
    with pytest.raises(Invalid):
        services.configure_sales(bruno.actor, product_id=sold.public_id, accepts_credit=True, at=NOW)
    Product.objects.filter(pk=sold.pk).update(sales_model="joint")
    services.configure_sales(bruno.actor, product_id=sold.public_id, accepts_credit=True, at=NOW)
    product = Product.objects.get(pk=sold.pk)
    assert product.accepts_credit
    assert [str(each) for each in services.warnings_for(product, accepts_credit=False)] == [
        "Buyers who pay by credit cannot renew by credit any more."
    ]


@pytest.mark.req("S-CFG-004")
def test_stock_is_taken_by_orders_put_back_by_cancels_and_refused_at_zero(
    bruno: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    from galleria.buying import services as buying

    services.set_stock(bruno.actor, product_id=sold.public_id, specification_id="basic", stock=2, at=NOW)
    first, _second = order(shop, ada, sold, "basic"), order(shop, ada, sold, "basic")
    with pytest.raises(OutOfStock):
        order(shop, ada, sold, "basic")
    assert order(shop, ada, sold, "plus").state == "pending_payment"  # not counted

    buying.cancel_order(ada.actor, order_id=first.public_id, at=NOW)
    assert spec(sold, "basic").stock == 1
    assert order(shop, ada, sold, "basic").state == "pending_payment"
    assert spec(sold, "basic").stock == 0


@pytest.mark.req("S-CFG-004")
def test_canceling_puts_back_only_what_the_order_took(bruno: Person, ada: Person, shop: Shop, sold: Product) -> None:
    from galleria.buying import services as buying

    before = order(shop, ada, sold, "basic")  # nobody counted yet
    services.set_stock(bruno.actor, product_id=sold.public_id, specification_id="basic", stock=5, at=NOW)
    counted = order(shop, ada, sold, "basic")

    buying.cancel_order(ada.actor, order_id=before.public_id, at=NOW)
    assert spec(sold, "basic").stock == 4
    buying.cancel_order(ada.actor, order_id=counted.public_id, at=NOW)
    assert spec(sold, "basic").stock == 5


@pytest.mark.req("S-CFG-T3")
@pytest.mark.django_db(transaction=True)
def test_of_two_who_order_the_last_piece_at_once_one_gets_it(
    bruno: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    services.set_stock(bruno.actor, product_id=sold.public_id, specification_id="basic", stock=1, at=NOW)
    people = [ada, make_person("Bea"), make_person("Cleo")]
    for person in people[1:]:
        shop.fund(person, "900.00")
    barrier, done, refused = threading.Barrier(len(people)), [], []

    def buy(person: Person) -> None:
        try:
            barrier.wait(timeout=10)
            done.append(order(shop, person, sold, "basic"))
        except OutOfStock:
            refused.append(person)
        finally:
            connection.close()

    threads = [threading.Thread(target=buy, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert (len(done), len(refused), spec(sold, "basic").stock) == (1, 2, 0)


@pytest.mark.req("S-CFG-004")
def test_hardware_begins_with_nothing_until_it_is_replenished(
    maker: Maker, bruno: Person, olga: Person, ada: Person, shop: Shop
) -> None:
    from galleria.selling.models import SellerProfile

    SellerProfile.objects.update_or_create(seller=bruno.seller, defaults={"is_hardware_seller": True})
    shop.agreement("AGR_PARTNER_USER", "platform", "Partner Product User Agreement")
    shop.fund(ada, "9000.00")
    product = maker.released(maker.hardware(), olga)

    with pytest.raises(OutOfStock):
        order(shop, ada, product)
    with pytest.raises(Invalid):
        services.set_stock(bruno.actor, product_id=product.public_id, specification_id="standard", stock=None, at=NOW)
    services.set_stock(bruno.actor, product_id=product.public_id, specification_id="standard", stock=1, at=NOW)
    assert order(shop, ada, product).due_minor == 120_000


@pytest.mark.req("S-TRI-002")
def test_a_trial_can_be_for_named_accounts_only(bruno: Person, ada: Person, shop: Shop) -> None:
    desk = shop.product("Helpdesk", monthly="49.00", trial_days=14)
    shop.fund(ada, "100.00")
    with pytest.raises(Invalid):
        services.set_trial_access(
            bruno.actor, product_id=desk.public_id, access="whitelist", accounts=["acc_none"], at=NOW
        )
    services.set_trial_access(bruno.actor, product_id=desk.public_id, access="whitelist", accounts=[], at=NOW)
    with pytest.raises(TrialNotOpen):
        shop.order(ada, desk, mode="trial")

    services.set_trial_access(
        bruno.actor, product_id=desk.public_id, access="whitelist", accounts=[ada.account.public_id], at=NOW
    )
    assert shop.order(ada, desk, mode="trial").due_minor == 0


@pytest.mark.req("S-BLM-T2", "S-BLM-001")
def test_a_usage_package_needs_open_pay_per_use(
    maker: Maker, olga: Person, ada: Person, shop: Shop, bruno: Person
) -> None:
    from galleria.buying.services.placing import PayPerUseNotOpen
    from galleria.publishing.models import Price

    desk = shop.product("Pages", hourly="0.10")
    Price.objects.update(meter="page")
    sku = Sku.objects.get(specification__product=desk)
    Price.objects.create(sku=sku, product_code="OFFI8", billing_mode="package", currency="EUR", meter="page",
                         included=100, unit_price_e10=5 * 10**10)  # fmt: skip
    shop.fund(ada, "100.00")
    with pytest.raises(PayPerUseNotOpen):
        shop.order(ada, desk, mode="package:page")

    shop.buy(ada, desk, mode="pay_per_use:page")
    assert shop.order(ada, desk, mode="package:page").due_minor == 500


# ----- problems -----


@pytest.mark.req("S-APP-T4", "S-APP-002")
def test_a_problem_that_is_not_answered_within_a_day_comes_into_the_queue(
    bruno: Person, olga: Person, sold: Product
) -> None:
    notice = services.send_notice(olga.actor, product_id=sold.public_id, text="The guide is wrong.", at=NOW)
    assert notice.emails == ["help@fernwerk.example"]
    assert notice.due_at == NOW + timedelta(hours=24)

    assert list(selectors.removal_queue(olga.actor, NOW + timedelta(hours=23, minutes=59))) == []
    assert [row.pk for row in selectors.removal_queue(olga.actor, NOW + timedelta(hours=24))] == [notice.pk]
    services.answer_notice(bruno.actor, notice_id=notice.public_id, text="A new one is up.", at=NOW)
    assert list(selectors.removal_queue(olga.actor, NOW + timedelta(hours=25))) == []
    with pytest.raises(NotAllowed):
        services.answer_notice(bruno.actor, notice_id=notice.public_id, text="And again.", at=NOW)


@pytest.mark.req("S-APP-002", "S-PRD-001")
def test_the_operator_removes_a_product_whose_problem_nobody_answered(olga: Person, sold: Product) -> None:
    notice = services.send_notice(olga.actor, product_id=sold.public_id, text="The guide is wrong.", at=NOW)

    services.remove_for_notice(olga.actor, notice_id=notice.public_id, reason="No answer.", at=NOW + timedelta(days=2))

    assert Product.objects.get(pk=sold.pk).state == "removed"


@pytest.mark.req("S-PRD-001")
def test_a_suspended_product_is_not_bought_until_the_suspension_is_lifted(
    olga: Person, bruno: Person, ada: Person, shop: Shop, sold: Product
) -> None:
    with pytest.raises(PermissionMissing):
        publishing.suspend_product(bruno.actor, product_id=sold.public_id, reason="I say so.", at=NOW)
    publishing.suspend_product(olga.actor, product_id=sold.public_id, reason="Unanswered problem.", at=NOW)

    assert catalogue.product_view(ada.actor, sold.slug).availability == "seller"
    assert catalogue.results(ada.actor, Wishes(text="nightly")).cards == []
    with pytest.raises(ProductUnavailable):
        order(shop, ada, sold)
    with pytest.raises(NotAllowed):
        services.configure_sales(bruno.actor, product_id=sold.public_id, purchase_limit={}, at=NOW)
    publishing.lift_suspension(olga.actor, product_id=sold.public_id, at=NOW)
    assert order(shop, ada, sold).state == "pending_payment"


# ----- attributes -----


@pytest.mark.req("S-ATR-T1", "S-ATR-001")
@pytest.mark.parametrize(
    ("code", "name", "field"),
    [("version", "My version", "code"), ("mine", "Version", "name"), ("1x", "X", "code"), ("a" * 33, "X", "code"),
     ("a", "N" * 31, "name"), ("a", "", "name")],
)  # fmt: skip
def test_an_attribute_has_a_name_and_code_of_its_own(
    bruno: Person, at: datetime, code: str, name: str, field: str
) -> None:
    services.install_presets(at=at)
    with pytest.raises(Invalid) as refused:
        services.create_attribute(bruno.actor, kind="choice", code=code, name=name, at=at)
    assert set(refused.value.fields) == {field}


@pytest.mark.req("S-ATR-T2", "S-SKU-T3", "S-ATR-001")
def test_an_attribute_that_a_released_product_uses_is_changed_and_deleted_without_touching_it(
    maker: Maker, bruno: Person, olga: Person, ada: Person
) -> None:
    services.create_attribute(bruno.actor, kind="choice", code="edition", name="Edition", at=NOW)
    with pytest.raises(Invalid):
        services.create_attribute(bruno.actor, kind="choice", code="edition", name="Edition", at=NOW)
    choice = {"key": "edition", "name": "Edition", "kind": "choice",
              "options": [{"key": "a", "name": "A"}, {"key": "b", "name": "B"}]}  # fmt: skip
    one = {"key": "one", "name": "One", "attributes": [choice], "prices": [{"mode": "one_time", "price": "5.00 EUR"}]}
    product = maker.released(maker.licence(specifications=[one]), olga)
    before = catalogue.product_view(ada.actor, product.slug).detail

    services.change_attribute(bruno.actor, code="edition", name="Edition of it", at=NOW)
    services.delete_attribute(bruno.actor, code="edition", at=NOW)

    assert not ProductAttribute.objects.filter(seller=bruno.seller).exists()
    publishing.reindex_products([product.pk])
    assert catalogue.product_view(ada.actor, product.slug).detail == before


# ----- upgrades -----


@pytest.fixture
def plans(maker: Maker, bruno: Person, shop: Shop) -> Product:
    """A SaaS product with A for 300, B for 600 a month, in one specification, its upgrade activity proven."""
    desk = shop.product("Plans", monthly="300.00")
    first = Sku.objects.get(specification__product=desk)
    second = Sku.objects.create(specification=first.specification, code="sku-b", choices={"plan": "b"})
    price = first.prices.get()
    price.pk, price.sku, price.product_code, price.unit_price_e10 = None, second, "OFFI9", 600 * 10**10
    price.save(force_insert=True)
    from galleria.delivering import services as delivering

    delivering.bind_product(desk, maker.address)
    maker.prove("newInstance", "queryInstance", "refreshInstance", "updateInstanceStatus", "upgradeInstance",
                "changeInstanceCheck", "releaseInstance")  # fmt: skip
    return desk


@pytest.mark.req("S-UPG-001", "S-UPG-T4")
def test_an_upgrade_dies_when_the_target_is_no_longer_dearer_and_lives_when_it_is_again(
    bruno: Person, plans: Product
) -> None:
    first = Sku.objects.exclude(code="sku-b").get(specification__product=plans)
    services.set_upgrade_rules(bruno.actor, product_id=plans.public_id, pairs=[(first.code, "sku-b")], at=NOW)
    assert [sku.code for sku in services.upgrades_of(first)] == ["sku-b"]

    target = Sku.objects.get(code="sku-b").prices.get()
    for price, state, reason in ((300, "invalid", "price"), (299, "invalid", "price"), (301, "valid", "")):
        target.unit_price_e10 = price * 10**10
        target.save()
        upgrades.revalidate(plans, at=NOW)
        rule = UpgradeRule.objects.get()
        assert (rule.state, rule.reason) == (state, reason)
        assert bool(services.upgrades_of(first)) is (state == "valid")
    Sku.objects.filter(code="sku-b").update(state="removed")
    upgrades.revalidate(plans, at=NOW)
    assert UpgradeRule.objects.get().reason == "removed"


@pytest.mark.req("S-UPG-001")
def test_only_dearer_skus_of_one_specification_sold_by_period_are_upgrades(
    bruno: Person, plans: Product, shop: Shop
) -> None:
    first = Sku.objects.exclude(code="sku-b").get(specification__product=plans).code
    other = Specification.objects.create(product=plans, name="Other")
    far = Sku.objects.create(specification=other, code="far")
    for pair in (("sku-b", first), (first, first), (first, "none"), (first, far.code)):
        with pytest.raises(Invalid) as refused:
            services.set_upgrade_rules(bruno.actor, product_id=plans.public_id, pairs=[pair], at=NOW)
        assert set(refused.value.fields) == {"pairs.0"}
    licence = shop.product("Box", once="9.00", delivery_type="license")
    with pytest.raises(Invalid):
        services.set_upgrade_rules(bruno.actor, product_id=licence.public_id, pairs=[], at=NOW)


@pytest.mark.req("S-UPG-001")
def test_an_upgrade_needs_its_interface_proven(bruno: Person, plans: Product) -> None:
    from galleria.connecting.models import DebugCase

    DebugCase.objects.filter(activity="upgradeInstance").delete()
    first = Sku.objects.exclude(code="sku-b").get(specification__product=plans).code
    with pytest.raises(Invalid):
        services.set_upgrade_rules(bruno.actor, product_id=plans.public_id, pairs=[(first, "sku-b")], at=NOW)


# ----- what a seller sees -----


@pytest.mark.req("S-PRD-003")
def test_lists_show_products_with_what_waits_for_them(bruno: Person, olga: Person, sold: Product) -> None:
    services.send_notice(olga.actor, product_id=sold.public_id, text="The guide is wrong.", at=NOW)
    services.start_release(bruno.actor, product_id=sold.public_id, source="product", at=NOW)

    for narrowed in ({"text": "nightly"}, {"state": "on_sale"}, {"delivery": "license"}, {"text": sold.public_id}):
        assert list(selectors.products_of(bruno.actor, **narrowed)) == [sold]
    assert list(selectors.products_of(bruno.actor, state="removed")) == []
    (row,) = selectors.with_work(list(selectors.products_of(bruno.actor)))
    assert row.draft is not None
    assert (row.pending, row.removal, row.notices) == (None, None, 1)
    details = selectors.product_details(bruno.actor, sold.slug)
    assert details.address == "/products/nightly-backup"
    assert details.actions == ["view", "modify", "hide", "configure", "remove"]
    assert selectors.product_counts_of(bruno.actor) == {"on_sale": 1}


def test_the_list_of_products_asks_a_fixed_number_of_questions(
    bruno: Person, shop: Shop, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        shop.product(f"Desk {number}", monthly="9.00")
    actor = bruno.actor
    with django_assert_num_queries(6):
        selectors.with_work(list(selectors.products_of(actor)[:20]))


def test_a_colleague_with_some_products_finds_only_those(bruno: Person, sold: Product, shop: Shop) -> None:
    from galleria.selling.models import ProductGrant, UserScope

    other = shop.product("Other", monthly="9.00")
    ben = bruno.colleague("Ben", "SellerAdmin")
    scope = UserScope.objects.create(seller=bruno.seller, user=ben.user)
    names = {field.name for field in ProductGrant._meta.get_fields()}
    ProductGrant.objects.create(scope=scope, product_id=other.public_id, **(
        {"created_at": NOW} if "created_at" in names else {}))  # fmt: skip

    assert [row.slug for row in selectors.products_of(ben.actor)] == ["other"]
    with pytest.raises(NotFound):
        services.hide_product(ben.actor, product_id=sold.public_id, at=NOW)
    with pytest.raises(NotFound):
        publishing.hide_product(ben.actor, product_id=sold.public_id, at=NOW)
    with pytest.raises(NotFound):
        services.start_release(ben.actor, product_id=sold.public_id, source="product", at=NOW)
    clock.set_for_tests(NOW)
