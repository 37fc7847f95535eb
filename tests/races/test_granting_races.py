"""Two buyers at the same moment: the last coupon, one printed code, a single offer, a voided batch."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from galleria.buying import services as buying
from galleria.buying.models import Order
from galleria.kit.errors import Refused
from galleria.pricing import selectors, services
from galleria.pricing.models import Coupon, CouponBatch, OfferUse
from tests.packages.pricing.making import batch, line, offered
from tests.people import NOW, make_person, make_seller
from tests.races.together import at_once
from tests.shop import Shop


@pytest.fixture
def bruno(transactional_db: None, at: Any) -> Any:
    return make_seller("Bruno Okafor", slug="fernwerk", seller_name="Fernwerk")


@pytest.fixture
def ada(transactional_db: None, at: Any) -> Any:
    return make_person("Ada Byron", account_name="Byron Analytics AB")


def outcomes(results: list[Any]) -> Counter[str]:
    """How many were done, how many refused; anything else is a fault."""
    assert all(isinstance(each, Refused) for each in results if isinstance(each, Exception)), results
    return Counter("refused" if isinstance(each, Exception) else "done" for each in results)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S-CPN-001")
def test_the_last_coupon_goes_to_one_account_and_nobody_gets_more_than_allowed(bruno: Any, ada: Any) -> None:
    row = batch(bruno, quantity="2")
    actors = [ada.actor, ada.actor, ada.actor, make_person("Grace Hopper").actor, make_person("Lin Late").actor]

    results = at_once(
        [lambda actor=actor: services.claim_coupon(actor, batch_id=row.public_id, at=NOW) for actor in actors]
    )

    assert outcomes(results) == {"done": 2, "refused": 3}
    assert Coupon.objects.filter(account=ada.account).count() <= 1
    row.refresh_from_db()
    assert (row.issued, Coupon.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S-CPN-001")
def test_two_grants_of_one_batch_to_the_same_accounts_in_turn_are_both_done(bruno: Any, ada: Any) -> None:
    row = batch(bruno, claim="grant", quantity="200", per_account="2")
    named = [make_person(f"Customer {number}").account.public_id for number in range(30)]
    actor = bruno.actor

    results = at_once(
        [
            lambda accounts=accounts: services.grant_coupons(
                actor, batch_id=row.public_id, accounts=accounts, at=NOW
            )
            for accounts in (named, named[::-1])
        ]
    )  # fmt: skip

    assert results == [30, 30]
    row.refresh_from_db()
    assert (row.issued, Coupon.objects.count()) == (60, 60)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S-CPN-001")
def test_one_printed_code_is_redeemed_by_one_of_two_accounts(bruno: Any, ada: Any) -> None:
    row = batch(bruno, claim="code", quantity="1")
    ((code, _state),) = selectors.codes_of(row)
    actors = [ada.actor, make_person("Grace Hopper").actor]

    results = at_once([lambda actor=actor: services.redeem_coupon(actor, code=code, at=NOW) for actor in actors])

    assert outcomes(results) == {"done": 1, "refused": 1}
    assert CouponBatch.objects.get().issued == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S-OFR-002")
def test_of_two_orders_at_once_one_uses_the_single_offer(bruno: Any, ada: Any) -> None:
    shop = Shop(bruno)
    suite = shop.product("Suite", monthly="100.00")
    shop.fund(ada, "900.00")
    offered(bruno, line(suite, percent="20"), accounts=[ada], is_single=True)
    configuration = shop.configuration(suite)
    actor, agreements = ada.actor, shop.accepted(ada, suite)
    kept = [
        buying.keep_quote(actor, product_slug=suite.slug, configuration=configuration, at=NOW).public_id
        for _each in range(2)
    ]
    read = {quote: buying.requote(actor, quote_id=quote, at=NOW) for quote in kept}

    results = at_once(
        [
            lambda quote=quote: buying.place_order(
                actor, quote_id=quote, agreements=agreements, consent=True, priced=read[quote], at=NOW
            )
            for quote in kept
        ]
    )

    assert outcomes(results) == {"done": 1, "refused": 1}
    assert [(order.due_minor, order.state) for order in Order.objects.all()] == [(8000, "pending_payment")]
    assert OfferUse.objects.count() == 1
