"""Exclusive offers: written, authorised, approved, used by orders, ended (S-OFR, B-OFR)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.buying import services as buying
from galleria.buying.models import OrderLine
from galleria.kit import clock, parameters
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing, TooManyRequests
from galleria.kit.states import Machine
from galleria.notifying.models import Message
from galleria.parties.models import Account
from galleria.pricing import selectors, services, states
from galleria.pricing.models import Discount, Offer, OfferUse
from galleria.pricing.selectors import offers as reading
from galleria.publishing.models import Price
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling.models import ProductGrant, UserScope
from galleria.selling.selectors import NotASeller
from tests.packages.pricing.making import DAY, batch, line, offered, target, written
from tests.people import NOW, Person, make_person, make_seller
from tests.shop import Shop, euro


@pytest.fixture
def suite(shop: Shop) -> Any:
    """A suite for 100.00 a month, that nobody has to deliver yet."""
    return shop.product("Suite", monthly="100.00", yearly="1000.00")


@pytest.fixture
def grace(db: None, at: Any) -> Person:
    return make_person("Grace Hopper", account_name="Hopper AB")


def quoted(person: Person, product: Any, offer: str = "", **chosen: Any) -> Any:
    configuration = {"mode": "period:month", "term": 1, **chosen}
    return buying.quote(
        person.actor, product_slug=product.slug, configuration=configuration, offer=offer, at=clock.now()
    ).result


# ----- written -----


@pytest.mark.req("S-OFR-001")
def test_an_offer_is_written_with_all_its_fields(bruno: Person, ada: Person, grace: Person, suite: Any) -> None:
    offer = written(
        bruno, line(suite, mode="period:month", periods="3", price="240.00"), line(suite, percent="12.5"),
        accounts=[ada, grace], name="Seller Offer - Suite - 20% Off", starts_at=NOW + DAY, ends_at=NOW + 10 * DAY,
        order_types=("renewal", "new"), is_single=True, remarks="A framework contract.\nSigned.",
    )  # fmt: skip

    assert (offer.state, offer.kind, offer.order_types, offer.is_single) == (
        "draft", "exclusive", ["new", "renewal"], True,
    )  # fmt: skip
    assert [row.account for row in offer.accounts.all()] == [ada.account, grace.account]
    first, second = offer.lines.all()
    assert (first.line_price_minor, first.currency, first.periods, first.period_type) == (24000, "EUR", 3, "month")
    assert (second.percent_e2, second.line_price_minor, second.billing_mode) == (1250, None, "")
    assert (first.state, first.starts_at, first.ends_at) == ("pending", NOW + DAY, NOW + 10 * DAY)
    worth = selectors.worth_of(first, with_share=True)
    assert (worth.official, worth.amount, worth.saving, worth.percent_e2) == (
        euro("300.00"), euro("240.00"), euro("60.00"), 2000,
    )  # fmt: skip


WRONG: list[tuple[str, dict[str, Any], dict[str, str], str]] = [
    ("no name", {"name": " "}, {}, "name"),
    ("a start that has passed", {"starts_at": NOW - timedelta(seconds=1)}, {}, "starts_at"),
    ("a start that is now", {"starts_at": NOW}, {}, "starts_at"),
    ("an end before the start", {"starts_at": NOW + 2 * DAY, "ends_at": NOW + DAY}, {}, "ends_at"),
    ("an end that has passed", {"ends_at": NOW}, {}, "ends_at"),
    ("no end", {"ends_at": None}, {}, "ends_at"),
    ("no kind of order", {"order_types": ()}, {}, "order_types"),
    ("changes", {"order_types": ("change",)}, {}, "order_types"),
    ("no lines", {"lines": []}, {}, "lines"),
    ("percent and price", {}, {"percent": "10", "price": "1.00"}, "lines.0.percent"),
    ("neither", {}, {"percent": ""}, "lines.0.percent"),
    ("everything off", {}, {"percent": "100"}, "lines.0.percent"),
    ("nothing off", {}, {"percent": "0"}, "lines.0.percent"),
    ("by use", {}, {"mode": "pay_per_use"}, "lines.0.mode"),
    ("a quantity of words", {}, {"quantity": "ten"}, "lines.0.quantity"),
    ("a price above the list", {}, {"percent": "", "price": "100.00", "mode": "period:month", "periods": "1"},
     "lines.0.price"),
    ("a price of nothing", {}, {"percent": "", "price": "0.00", "mode": "period:month", "periods": "1"},
     "lines.0.price"),
    ("a price without a term", {}, {"percent": "", "price": "50.00", "mode": "period:month"}, "lines.0.periods"),
    ("a price without a way of paying", {}, {"percent": "", "price": "50.00", "periods": "1"}, "lines.0.price"),
    ("an unknown SKU", {}, {"sku": "nothing"}, "lines.0.sku"),
    ("no product", {}, {"product": "", "sku": ""}, "lines.0.product"),
]  # fmt: skip


@pytest.mark.req("S-OFR-001", "S-OFR-T3")
@pytest.mark.parametrize(("given", "of_line", "field"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    given: dict[str, Any], of_line: dict[str, str], field: str, bruno: Person, ada: Person, suite: Any
) -> None:
    lines = given.pop("lines", None)
    typed = {**target(suite), "percent": "10", **of_line}
    lines = [services.line_in(typed)] if lines is None else lines
    try:
        with pytest.raises(Invalid) as refused:
            written(bruno, *lines, accounts=[ada], **given)
    finally:
        if lines == []:
            given["lines"] = []

    assert list(refused.value.fields) == [field]
    assert not Offer.objects.exists()


@pytest.mark.req("S-OFR-001")
def test_each_account_is_verified_to_exist(bruno: Person, ada: Person, suite: Any) -> None:
    given = services.OfferIn(
        name="A", accounts=[ada.account.email.upper(), "acc_nobody"], lines=[line(suite, percent="10")],
        ends_at=NOW + DAY,
    )  # fmt: skip

    with pytest.raises(Invalid) as refused:
        services.write_offer(bruno.actor, given=given, at=NOW)

    assert refused.value.fields == {"accounts": "No account is known as: acc_nobody"}


@pytest.mark.req("S-OFR-001")
def test_an_address_names_the_account_whose_owner_proved_it(
    bruno: Person, ada: Person, xavier: Person, suite: Any
) -> None:
    Account.objects.filter(pk=xavier.account.pk).update(email=ada.user.email)
    Account.objects.filter(pk=ada.account.pk).update(email="office@byron.example")
    colleague = ada.colleague("Ben", "BuyerFinance")

    def named(*texts: str) -> tuple[list[Any], list[str]]:
        return reading.accounts_named(texts, reading.issuer_of(bruno.actor, "exclusive"))

    assert named(ada.user.email.upper(), ada.account.public_id) == ([ada.account], [])
    unknown = ["office@byron.example", colleague.user.email]
    assert named(*unknown) == ([], unknown)
    EmailAddress.objects.filter(user=ada.user).update(verified=False)
    assert named(ada.user.email) == ([], [ada.user.email])


@pytest.mark.req("S-OFR-001")
def test_who_guesses_accounts_is_stopped_for_an_hour(bruno: Person, ada: Person, suite: Any) -> None:
    def name(*accounts: str) -> Any:
        given = services.OfferIn(
            name="A", accounts=accounts, lines=[line(suite, percent="10")], ends_at=NOW + 9 * DAY
        )  # fmt: skip
        return services.write_offer(bruno.actor, given=given, at=clock.now())

    for start in (0, 25):
        with pytest.raises(Invalid):
            name(*(f"nobody{number}@example.com" for number in range(start, start + 25)))
    with pytest.raises(TooManyRequests) as refused:
        name(ada.account.public_id)
    assert (refused.value.status, refused.value.retry_after) == (429, 3600)
    with pytest.raises(TooManyRequests):
        batch(bruno, claim="grant", accounts=["nobody@example.com"])
    clock.set_for_tests(NOW + timedelta(hours=1))
    assert name(ada.account.public_id).state == "draft"


@pytest.mark.req("S-SUB-T2")
def test_who_looks_after_some_products_counts_only_their_offers(
    bruno: Person, ada: Person, shop: Shop, suite: Any
) -> None:
    other = shop.product("Other", monthly="10.00")
    sue = bruno.colleague("Sue", "SellerSales")
    scope = UserScope.objects.create(seller=bruno.seller, user=sue.user)
    ProductGrant.objects.create(scope=scope, product_id=suite.public_id)
    written(bruno, line(suite, percent="10"), accounts=[ada], name="Own")
    written(bruno, line(other, percent="10"), accounts=[ada], name="Other")

    assert reading.counts_of(sue.actor) == {"draft": 1, "all": 1}
    assert reading.counts_of(bruno.actor) == {"draft": 2, "all": 2}


@pytest.mark.req("S-OFR-001")
def test_names_are_unique_of_a_seller_and_not_of_all(bruno: Person, ada: Person, suite: Any) -> None:
    written(bruno, line(suite, percent="10"), accounts=[ada])
    with pytest.raises(Invalid) as refused:
        written(bruno, line(suite, percent="20"), accounts=[ada])
    sam = make_seller("Sam Sell")
    other = Shop(sam).product("Other", monthly="10.00")

    assert list(refused.value.fields) == ["name"]
    assert written(sam, line(other, percent="10"), accounts=[ada]).name == "Spring"


def test_a_seller_offers_its_own_products_only(bruno: Person, ada: Person, suite: Any) -> None:
    sam = make_seller("Sam Sell")

    with pytest.raises(Invalid) as refused:
        written(sam, line(suite, percent="10"), accounts=[ada])

    assert list(refused.value.fields) == ["lines.0.product"]
    with pytest.raises(NotASeller):
        written(ada, line(suite, percent="10"), accounts=[ada])
    with pytest.raises(PermissionMissing):
        written(bruno.colleague("Dan", "SellerDelivery"), line(suite, percent="10"), accounts=[ada])


# ----- states -----


@pytest.mark.req("S-OFR-002")
def test_the_machine_has_no_dead_ends() -> None:
    machine: Machine = states.OFFER

    assert machine.problems() == []
    assert states.COUPON_BATCH.problems() == []


@pytest.mark.req("S-OFR-T2", "S-OFR-002", "B-OFR-001")
def test_within_the_range_an_offer_is_effective_without_a_human(bruno: Person, ada: Person, suite: Any) -> None:
    offer = offered(bruno, line(suite, percent="30"), accounts=[ada])

    assert (offer.state, offer.starts_at, offer.is_beyond) == ("effective", NOW, False)
    assert not Submission.objects.exists()
    assert quoted(ada, suite).due == euro("70.00")


@pytest.mark.req("S-OFR-T2", "S-OFR-002", "S-OFR-004", "B-OFR-001")
def test_beyond_the_range_it_asks_for_confirmation_and_goes_to_approval(
    bruno: Person, ada: Person, olga: Person, suite: Any
) -> None:
    offer = written(bruno, line(suite, percent="30.01"), accounts=[ada])
    with pytest.raises(services.BeyondAuthorised) as refused:
        services.submit_offer(bruno.actor, offer_id=offer.public_id, at=NOW)
    assert (refused.value.code, refused.value.extra) == ("OFFER_BEYOND_AUTHORISED", {"authorised_percent": 30})

    services.submit_offer(bruno.actor, offer_id=offer.public_id, confirmed=True, at=NOW)

    assert quoted(ada, suite).due == euro("100.00")
    submission = Submission.objects.get()
    assert (submission.kind, submission.state, submission.risks) == (
        "offer",
        "pending",
        ["beyond the authorised range"],
    )
    reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)
    offer.refresh_from_db()
    assert (offer.state, offer.is_beyond) == ("effective", True)
    assert quoted(ada, suite).due == euro("69.99")


@pytest.mark.req("S-OFR-002")
def test_a_final_price_is_measured_against_the_list(bruno: Person, ada: Person, suite: Any) -> None:
    for price, beyond in (("210.00", False), ("209.99", True)):
        given = line(suite, mode="period:month", periods="3", price=price)
        offer = written(bruno, given, accounts=[ada], name=price)
        if beyond:
            with pytest.raises(services.BeyondAuthorised):
                services.submit_offer(bruno.actor, offer_id=offer.public_id, at=NOW)
        else:
            services.submit_offer(bruno.actor, offer_id=offer.public_id, at=NOW)


@pytest.mark.req("S-OFR-004")
def test_the_operator_sets_the_range_for_all_and_for_one_product(bruno: Person, ada: Person, suite: Any) -> None:
    parameters.change(SYSTEM, "offer.authorised_percent", 5, at=NOW)
    parameters.change(SYSTEM, "offer.authorised_percent", 50, at=NOW, scope=suite.public_id)
    other = Shop(bruno).product("Other", monthly="10.00")

    assert offered(bruno, line(suite, percent="50"), accounts=[ada]).state == "effective"
    with pytest.raises(services.BeyondAuthorised):
        offered(bruno, line(other, percent="6"), accounts=[ada], name="Other")
    parameters.change(SYSTEM, "offer.common_any_price", True, at=NOW)
    assert offered(bruno, line(other, percent="99"), accounts=[ada], name="Any").state == "effective"


@pytest.mark.req("S-OFR-002")
def test_what_the_operator_refuses_is_rejected_with_the_reason(
    bruno: Person, ada: Person, olga: Person, suite: Any
) -> None:
    offer = offered(bruno, line(suite, percent="60"), accounts=[ada], confirmed=True)

    reviewing.give_back(
        olga.actor, submission_id=Submission.objects.get().public_id, note="No contract is attached.", at=NOW
    )

    offer.refresh_from_db()
    assert (offer.state, offer.reason) == ("rejected", "No contract is attached.")
    with pytest.raises(NotFound):
        selectors.offer_for(ada.actor, offer.public_id)


@pytest.mark.req("S-OFR-T5", "S-OFR-002")
def test_withdrawing_is_possible_in_approval_only(bruno: Person, ada: Person, suite: Any) -> None:
    draft = written(bruno, line(suite, percent="10"), accounts=[ada], name="Draft")
    effective = offered(bruno, line(suite, percent="10"), accounts=[ada], name="Effective")
    waiting = offered(bruno, line(suite, percent="60"), accounts=[ada], name="Waiting", confirmed=True)

    for offer in (draft, effective):
        with pytest.raises(NotAllowed):
            services.withdraw_offer(bruno.actor, offer_id=offer.public_id, at=NOW)
    assert services.withdraw_offer(bruno.actor, offer_id=waiting.public_id, at=NOW).state == "withdrawn"
    with pytest.raises(NotAllowed):
        services.withdraw_offer(bruno.actor, offer_id=waiting.public_id, at=NOW)
    assert Submission.objects.get().state == "withdrawn"


@pytest.mark.req("S-OFR-003")
def test_what_was_submitted_can_only_be_viewed(bruno: Person, ada: Person, suite: Any) -> None:
    offer = offered(bruno, line(suite, percent="10"), accounts=[ada])
    given = services.OfferIn(
        name="Other", accounts=[ada.account.public_id], lines=[line(suite, percent="20")], ends_at=NOW + DAY
    )

    for act in (
        lambda: services.write_offer(bruno.actor, given=given, offer_id=offer.public_id, at=NOW),
        lambda: services.delete_draft(bruno.actor, offer_id=offer.public_id, at=NOW),
        lambda: services.submit_offer(bruno.actor, offer_id=offer.public_id, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert quoted(ada, suite).due == euro("90.00")


@pytest.mark.req("S-OFR-T3", "S-OFR-002")
def test_a_draft_whose_start_has_passed_is_refused_and_orders_count_inside_only(
    bruno: Person, ada: Person, suite: Any
) -> None:
    offer = written(bruno, line(suite, percent="10"), accounts=[ada], starts_at=NOW + DAY, ends_at=NOW + 3 * DAY)
    late = written(bruno, line(suite, percent="20"), accounts=[ada], starts_at=NOW + DAY, name="Late")
    services.submit_offer(bruno.actor, offer_id=offer.public_id, at=NOW)

    prices = {}
    for moment in (NOW + DAY - timedelta(seconds=1), NOW + DAY, NOW + 3 * DAY - timedelta(seconds=1), NOW + 3 * DAY):
        clock.set_for_tests(moment)
        prices[moment - NOW] = quoted(ada, suite).due.text
    with pytest.raises(Invalid) as refused:
        services.submit_offer(bruno.actor, offer_id=late.public_id, at=clock.now())

    assert list(prices.values()) == ["100.00", "90.00", "90.00", "100.00"]
    assert list(refused.value.fields) == ["starts_at"]
    assert services.expire_offers(clock.now()) == 1
    offer.refresh_from_db()
    assert offer.state == "expired"


@pytest.mark.req("S-OFR-002")
def test_invalidating_leaves_placed_orders_as_they_are(bruno: Person, ada: Person, shop: Shop, suite: Any) -> None:
    offer = offered(bruno, line(suite, percent="20"), accounts=[ada])
    shop.fund(ada, "500.00")
    order = shop.order(ada, suite)

    services.invalidate_offer(bruno.actor, offer_id=offer.public_id, reason="A mistake.", at=NOW)

    assert quoted(ada, suite).due == euro("100.00")
    shop.pay(ada, order)
    order.refresh_from_db()
    assert (order.state, order.paid_minor) == ("processing", 8000)


@pytest.mark.req("S-OFR-002")
def test_a_single_offer_is_used_once_by_each_customer_and_free_again_when_canceled(
    bruno: Person, ada: Person, grace: Person, shop: Shop, suite: Any
) -> None:
    for person in (ada, grace):
        shop.fund(person, "500.00")
    offer = offered(bruno, line(suite, percent="20"), accounts=[ada, grace], is_single=True)

    def state() -> str:
        offer.refresh_from_db()
        return offer.state

    first = shop.order(ada, suite)
    assert (first.due_minor, quoted(ada, suite).due, quoted(grace, suite).due) == (8000, euro("100.00"), euro("80.00"))
    assert state() == "effective"
    second = shop.order(grace, suite)
    assert (second.due_minor, state()) == (8000, "used")
    assert selectors.state_for(selectors.offer_for(ada.actor, offer.public_id), ada.account.pk, NOW) == "used"

    buying.cancel_order(ada.actor, order_id=first.public_id, at=NOW)

    assert (state(), quoted(ada, suite).due, quoted(grace, suite).due) == ("effective", euro("80.00"), euro("100.00"))
    again = shop.order(ada, suite)
    shop.pay(ada, again)
    assert (again.due_minor, state()) == (8000, "used")
    assert OfferUse.objects.filter(offer=offer, freed_at__isnull=True).count() == 2


@pytest.mark.req("S-OFR-002")
def test_of_two_orders_at_once_one_gets_the_single_offer(bruno: Person, ada: Person, shop: Shop, suite: Any) -> None:
    shop.fund(ada, "500.00")
    offered(bruno, line(suite, percent="20"), accounts=[ada], is_single=True)
    price = {"product_slug": suite.slug, "configuration": shop.configuration(suite), "at": NOW}
    kept = [buying.keep_quote(ada.actor, **price) for _each in range(2)]
    read = [(row, buying.requote(ada.actor, quote_id=row.public_id, at=NOW)) for row in kept]
    agreements = shop.accepted(ada, suite)

    def place(row: Any, priced: Any) -> Any:
        return buying.place_order(
            ada.actor, quote_id=row.public_id, agreements=agreements, consent=True, priced=priced, at=NOW
        )

    assert place(*read[0]).due_minor == 8000
    with pytest.raises(services.OfferUsed):
        place(*read[1])
    assert OrderLine.objects.count() == 1


# ----- prices -----


@pytest.mark.req("S-OFR-T4", "S-OFR-004")
def test_the_order_stores_the_offer_and_its_price_is_the_base(
    bruno: Person, ada: Person, shop: Shop, suite: Any
) -> None:
    shop.fund(ada, "500.00")
    offer = offered(bruno, line(suite, mode="period:month", periods="3", price="240.00"), accounts=[ada])

    order = shop.order(ada, suite, term=3)

    row = order.lines.get()
    assert (row.official_minor, row.discount_minor, row.payable_minor) == (30000, 6000, 24000)
    assert row.discounts[0]["offer_id"] == offer.public_id
    assert selectors.offers_of_order(order.public_id) == [offer]
    assert [use.order_id for use in reading.uses_of(offer)] == [order.public_id]


@pytest.mark.req("B-OFR-001", "B-OFR-T1", "S-OFR-001")
def test_it_is_for_the_named_account_the_named_term_and_quantity(
    bruno: Person, ada: Person, xavier: Person, shop: Shop
) -> None:
    desk = shop.product("Desk", monthly="9.00", seats=(1, 50, 1), model="linear")
    offered(bruno, line(desk, quantity="10", periods="3", mode="period:month", percent="10"), accounts=[ada])

    def due(person: Person, seats: str, term: int) -> str:
        return quoted(person, desk, attributes={"seats": seats}, term=term).due.text

    assert due(ada, "10", 3) == "243.00"
    assert (due(ada, "11", 3), due(ada, "10", 2), due(xavier, "10", 3)) == ("297.00", "180.00", "270.00")


@pytest.mark.req("S-OFR-001")
def test_an_offer_for_renewals_is_not_for_new_purchases(bruno: Person, ada: Person, suite: Any) -> None:
    from galleria.pricing.rules import models as price_models
    from galleria.pricing.rules import quote as quote_rules
    from galleria.pricing.rules.discounts import LineInput

    offered(bruno, line(suite, percent="10"), accounts=[ada], order_types=("renewal",))
    specification = suite.specifications.get()
    rules = selectors.discounts_of(ada.account.pk, suite.pk, specification.pk, bruno.seller.pk, NOW)
    item = LineInput(
        key="1", charge=price_models.charge(price_models.Simple("EUR", 100 * 10**10)), product_id=suite.public_id,
        sku_id=specification.skus.get().code, period_type="month",
    )  # fmt: skip

    def due(order_type: str) -> str:
        return quote_rules.quote([item], at=NOW, order_type=order_type, discounts_offered=rules).due.text

    assert (due("renewal"), due("new"), due("trial_to_commercial"), due("change")) == (
        "90.00", "100.00", "100.00", "100.00",
    )  # fmt: skip


@pytest.mark.req("S-OFR-004")
def test_at_checkout_the_customer_picks_an_offer_or_none(bruno: Person, ada: Person, shop: Shop, suite: Any) -> None:
    shop.fund(ada, "500.00")
    ten = offered(bruno, line(suite, percent="10"), accounts=[ada], name="Ten")
    offered(bruno, line(suite, percent="25"), accounts=[ada], name="Best")

    assert [quoted(ada, suite, offer).due.text for offer in ("", ten.public_id, "none", "ofr_gone")] == [
        "75.00", "90.00", "100.00", "75.00",
    ]  # fmt: skip
    kept = buying.keep_quote(
        ada.actor, product_slug=suite.slug, configuration=shop.configuration(suite), offer=ten.public_id, at=NOW
    )
    order = buying.place_order(
        ada.actor, quote_id=kept.public_id, agreements=shop.accepted(ada, suite), consent=True, at=NOW
    )
    assert (order.due_minor, selectors.offers_of_order(order.public_id)) == (9000, [ten])
    _kept, none = buying.requote(
        ada.actor,
        quote_id=buying.keep_quote(
            ada.actor, product_slug=suite.slug, configuration=shop.configuration(suite), at=NOW
        ).public_id,
        offer="none",
        at=NOW,
    )
    assert none.due == euro("100.00")


@pytest.mark.req("S-OFR-004")
def test_an_exclusive_offer_and_a_coupon_of_its_seller_do_not_go_together_unless_set(
    bruno: Person, ada: Person, olga: Person, shop: Shop, suite: Any
) -> None:
    offered(bruno, line(suite, percent="20"), accounts=[ada])
    sellers = services.claim_coupon(ada.actor, batch_id=batch(bruno, with_discounts=True).public_id, at=NOW)
    platform = services.claim_coupon(
        ada.actor, batch_id=batch(olga, with_discounts=True, name="Ours").public_id, at=NOW
    )

    def asked(code: str, offer: str = "") -> tuple[str, list[str]]:
        found = buying.quote(
            ada.actor, product_slug=suite.slug, configuration=shop.configuration(suite), coupon_code=code,
            offer=offer, at=NOW,
        )  # fmt: skip
        return found.due.text, list(found.coupon_refused)

    assert asked(sellers.code) == ("80.00", ["offer"])
    assert asked(sellers.code, "none") == ("70.00", [])
    assert asked(platform.code) == ("50.00", [])
    parameters.change(SYSTEM, "offer.with_seller_coupons", True, at=NOW)
    assert asked(sellers.code) == ("50.00", [])


@pytest.mark.req("B-OFR-002")
def test_account_managers_and_resellers_grant_in_the_same_form_and_the_best_one_applies(
    bruno: Person, ada: Person, olga: Person, rita: Person, suite: Any
) -> None:
    type(ada.account).objects.filter(pk=ada.account.pk).update(reseller=rita.reseller, sales_model="referral")
    everything = services.line_in({"percent": "15"})

    exclusive = offered(bruno, line(suite, percent="10"), accounts=[ada])
    assert quoted(ada, suite).lines[0].discount.kind == "exclusive"
    commercial = offered(olga, everything, kind="commercial", accounts=[ada], name="Key account")
    assert (quoted(ada, suite).due.text, quoted(ada, suite).lines[0].discount.kind) == ("85.00", "commercial")
    partner = offered(
        rita, services.line_in({"product": suite.public_id, "percent": "30"}), kind="partner", accounts=[ada], name="P"
    )

    result = quoted(ada, suite)
    assert (result.due.text, result.lines[0].discount.kind) == ("70.00", "partner")
    assert [each.discount_id for each in result.lines[0].considered if each.amount] == [
        offer.lines.get().public_id for offer in (exclusive, commercial, partner)
    ]
    assert not Submission.objects.exists()


@pytest.mark.req("B-OFR-002")
def test_a_reseller_names_its_own_customers_only(rita: Person, ada: Person, olga: Person, bruno: Person) -> None:
    with pytest.raises(Invalid) as refused:
        offered(rita, services.line_in({"percent": "5"}), kind="partner", accounts=[ada])

    assert list(refused.value.fields) == ["accounts"]
    for person, kind in ((ada, "commercial"), (bruno, "commercial"), (bruno, "partner"), (olga, "partner")):
        with pytest.raises(PermissionMissing):
            offered(person, services.line_in({"percent": "5"}), kind=kind, accounts=[ada])


@pytest.mark.req("B-OFR-002", "S-OFR-004")
@pytest.mark.parametrize("product", ["", "suite"])
def test_a_reseller_stays_within_the_authorised_range(
    product: str, rita: Person, ada: Person, olga: Person, suite: Any
) -> None:
    type(ada.account).objects.filter(pk=ada.account.pk).update(reseller=rita.reseller, sales_model="referral")
    type(suite).objects.filter(pk=suite.pk).update(sales_model="partner")
    parameters.change(SYSTEM, "offer.common_any_price", True, at=NOW)
    draft = written(rita, services.line_in({"product": product, "percent": "30.01"}), kind="partner", accounts=[ada])

    for confirmed in (False, True):
        with pytest.raises(Invalid) as refused:
            services.submit_offer(
                rita.actor, kind="partner", offer_id=draft.public_id, confirmed=confirmed, at=NOW
            )  # fmt: skip
        assert refused.value.fields == {"lines": "Take off at most 30 %."}
    draft.refresh_from_db()
    assert (draft.state, quoted(ada, suite).due, Submission.objects.count()) == ("draft", euro("100.00"), 0)
    offered(olga, services.line_in({"percent": "99.99"}), kind="commercial", accounts=[ada], name="Key account")
    assert quoted(ada, suite).due == euro("0.01")


@pytest.mark.req("S-OFR-T2", "S-OFR-004")
def test_a_final_price_without_a_list_price_to_compare_is_beyond_the_range(
    bruno: Person, ada: Person, suite: Any
) -> None:
    draft = written(bruno, line(suite, mode="period:month", periods="3", price="240.00"), accounts=[ada])
    Price.objects.filter(sku=suite.specifications.get().skus.get(), period_type="month").delete()

    with pytest.raises(services.BeyondAuthorised):
        services.submit_offer(bruno.actor, offer_id=draft.public_id, at=NOW)


# ----- the link, messages, removal -----


@pytest.mark.req("S-OFR-T1")
def test_only_the_named_customer_opens_the_offer(bruno: Person, ada: Person, xavier: Person, suite: Any) -> None:
    offer = offered(bruno, line(suite, percent="10"), accounts=[ada])
    draft = written(bruno, line(suite, percent="10"), accounts=[ada], name="Draft")

    assert selectors.offer_for(ada.actor, offer.public_id) == offer
    with pytest.raises(selectors.OfferNotForYou) as refused:
        selectors.offer_for(xavier.actor, offer.public_id)
    assert "not available to your account" in refused.value.message
    for offer_id in (draft.public_id, "ofr_nothing", ""):
        with pytest.raises(NotFound):
            selectors.offer_for(ada.actor, offer_id)


@pytest.mark.req("S-OFR-003", "B-OFR-001")
def test_the_link_fixes_specification_and_quantity(bruno: Person, ada: Person, shop: Shop) -> None:
    desk = shop.product("Desk", monthly="9.00", seats=(1, 50, 1), model="linear")
    offer = offered(bruno, line(desk, quantity="10", periods="3", mode="period:month", percent="10"), accounts=[ada])

    assert selectors.configuration_of(offer.lines.get()) == {
        "specification": desk.specifications.get().public_id, "attributes": {"seats": "10"}, "mode": "period:month",
        "term": 3,
    }  # fmt: skip


@pytest.mark.req("S-OFR-003")
def test_the_named_accounts_are_told_with_the_link(bruno: Person, ada: Person, shop: Shop, suite: Any) -> None:
    offer = offered(bruno, line(suite, percent="10"), accounts=[ada])

    shop.work()

    message = Message.objects.get(key="offer.effective")
    assert (message.user, message.link) == (ada.user, f"/offers/{offer.public_id}")


@pytest.mark.req("S-PRD-007")
def test_when_its_product_is_removed_an_offer_ends(bruno: Person, ada: Person, shop: Shop, suite: Any) -> None:
    other = shop.product("Other", monthly="10.00")
    offer = offered(bruno, line(suite, percent="10"), accounts=[ada])
    mixed = offered(bruno, line(suite, percent="10"), line(other, percent="10"), accounts=[ada], name="Mixed")

    assert services.end_offers_of(suite, None, at=NOW) == 1

    for row in (offer, mixed):
        row.refresh_from_db()
    assert (offer.state, mixed.state) == ("invalid", "effective")
    assert quoted(ada, other).due == euro("9.00")
    assert Discount.objects.filter(offer=mixed, state="active").count() == 1


def test_reading_offers_costs_the_same_for_one_and_for_many(bruno: Person, ada: Person, shop: Shop, suite: Any) -> None:
    def cost() -> tuple[int, int]:
        found = []
        for read in (
            lambda: selectors.worths([each for row in selectors.offers_of(bruno.actor) for each in row.lines.all()]),
            lambda: [each for row in selectors.offers_for(ada.actor, NOW) for each in row.lines.all()],
        ):
            with CaptureQueriesContext(connection) as seen:
                read()
            found.append(len(seen))
        return found[0], found[1]

    offered(bruno, line(suite, percent="10"), accounts=[ada])
    one = cost()
    for number in range(5):
        offered(bruno, line(suite, percent="10"), accounts=[ada], name=f"Offer {number}")

    assert cost() == one
    assert one == (7, 4)


@pytest.mark.req("S-OFR-004")
def test_the_range_of_a_product_counts_before_that_of_its_delivery_and_the_general_one(
    bruno: Person, olga: Person, ada: Person, suite: Any
) -> None:
    assert reading.authorised_e2(suite) == 3000
    parameters.change(SYSTEM, "offer.authorised_percent", 20, at=NOW, scope="saas")
    assert reading.authorised_e2(suite) == 2000
    services.authorise(olga.actor, product=suite.slug, percent="45 %", reason="A key product", at=NOW)
    assert reading.authorised_e2(suite) == 4500
    assert reading.ranges(olga.actor) == [(suite, 45)]
    for actor in (bruno.actor, ada.actor):
        with pytest.raises(PermissionMissing):
            services.authorise(actor, product=suite.slug, percent="90", reason="For me", at=NOW)
