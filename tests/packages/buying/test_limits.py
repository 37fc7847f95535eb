"""How much one account may buy: what counts, and that neither changes nor colleagues come beyond it."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.buying import leaving, services
from galleria.buying.limits import PurchaseLimitReached, QuantityOutOfRange
from galleria.buying.models import Order
from galleria.buying.services import leaving as leaving_services
from galleria.buying.services.renewing import Wish
from galleria.kit import clock
from galleria.publishing.models import Product
from galleria.subscribing.models import Subscription
from tests.packages.buying import changing_world as changing
from tests.packages.buying.changing_world import days_before_expiry, order, preview, seats
from tests.people import NOW
from tests.shop import Shop, euro

pytestmark = pytest.mark.django_db(transaction=True)


def limit(product: Any, **values: Any) -> None:
    Product.objects.filter(pk=product.pk).update(purchase_limit=values)
    product.refresh_from_db()


def bought(shop: Shop, person: Any, product: Any, **chosen: Any) -> Subscription:
    placed = shop.buy(person, product, **chosen)
    for _turn in range(3):
        shop.work()
    return Subscription.objects.get(order_id=placed.public_id)


@pytest.mark.req("B-DET-005", "S-CFG-001")
def test_renewals_buy_nothing_more(shop: Shop, ada: Any, desk: Any) -> None:
    limit(desk, per_account=2)
    shop.fund(ada, "500.00")
    row = bought(shop, ada, desk)
    shop.pay(ada, *services.renew(ada.actor, wishes=[Wish(row.public_id)], at=clock.now()))

    assert shop.order(ada, desk).due_minor == 4900
    with pytest.raises(PurchaseLimitReached, match="yours has 2 already"):
        shop.order(ada, desk)


@pytest.mark.req("B-DET-005", "S-CFG-001")
@pytest.mark.parametrize("how", [{"per_account": 1}, {"once": True}])
def test_what_was_unsubscribed_does_not_count_though_a_fee_was_kept(
    shop: Shop, ada: Any, server: Any, how: dict[str, Any]
) -> None:
    image = shop.product("Plainsong Image", monthly="100.00", delivery_type="image")
    shop.connect(image, server.address())
    limit(image, **how)
    shop.fund(ada, "500.00")
    row = bought(shop, ada, image)
    with pytest.raises(PurchaseLimitReached):
        shop.order(ada, image)
    seen = leaving.preview(ada.actor, subscription_ids=[row.public_id], at=clock.now())
    assert seen.fee == euro("10.00")
    leaving_services.leave(
        ada.actor, subscription_ids=[row.public_id], seen_digest=seen.digest, reason="not_needed", fee_accepted=True,
        deletion_accepted=True, at=clock.now(),
    )  # fmt: skip

    assert shop.order(ada, image).state == "pending_payment"


@pytest.mark.req("B-DET-005", "B-TRI-002")
def test_a_trial_counts_while_it_runs_and_not_when_it_is_over(shop: Shop, ada: Any, desk: Any) -> None:
    Product.objects.filter(pk=desk.pk).update(trial_days=30)
    limit(desk, per_account=1)
    shop.fund(ada, "500.00")
    placed = shop.order(ada, desk, mode="trial")
    shop.work()
    with pytest.raises(PurchaseLimitReached):
        shop.order(ada, desk)

    Subscription.objects.filter(order_id=placed.public_id).update(state="released")

    assert shop.order(ada, desk).due_minor == 4900


@pytest.mark.req("B-DET-005", "S-CFG-001", "B-CHG-001")
def test_a_change_brings_nobody_beyond_the_limit(shop: Shop, ada: Any, server: Any) -> None:
    product = seats(shop, server, "linear")
    row = changing.bought(shop, ada, product, attributes={"seats": "20"})
    days_before_expiry(row, 15)
    limit(product, per_account=30)

    with pytest.raises(PurchaseLimitReached, match="yours has 20 already"):
        preview(ada, row, quantity=31)
    shop.pay(ada, order(ada, row, quantity=25))
    shop.work()
    with pytest.raises(PurchaseLimitReached, match="yours has 25 already"):
        shop.order(ada, product, attributes={"seats": "6"})
    with pytest.raises(PurchaseLimitReached):
        preview(ada, row, "renewal", quantity=31)
    assert preview(ada, row, "renewal", quantity=30).due == euro("150.00")


@pytest.mark.req("S-CFG-001", "B-CHG-001")
def test_the_most_of_a_quantity_holds_for_changes_and_what_is_held_already_stays(
    shop: Shop, ada: Any, server: Any
) -> None:
    product = seats(shop, server, "linear")
    row = changing.bought(shop, ada, product, attributes={"seats": "20"})
    days_before_expiry(row, 15)
    limit(product, quantities={"seats": 10})

    with pytest.raises(QuantityOutOfRange, match="at most 10 of seats"):
        preview(ada, row, quantity=21)
    assert preview(ada, row, "renewal", quantity=15).due == euro("75.00")


@pytest.mark.req("B-DET-005")
def test_a_change_that_was_seen_before_the_limit_is_refused_when_it_is_ordered(
    shop: Shop, ada: Any, server: Any
) -> None:
    product = seats(shop, server, "linear")
    row = changing.bought(shop, ada, product, attributes={"seats": "20"})
    days_before_expiry(row, 15)
    seen = preview(ada, row, quantity=40)
    limit(product, per_account=30)

    with pytest.raises(PurchaseLimitReached):
        changing.changing.change(
            ada.actor, wish=changing.Wish(row.public_id, "now", quantity=40), seen_digest=seen.digest,
            agreements=changing.accepted(ada, row), at=clock.now(),
        )  # fmt: skip
    assert not Order.objects.filter(kind=3).exists()


@pytest.mark.req("B-DET-005", "B-PRM-001")
def test_the_limit_is_the_accounts_whoever_orders(shop: Shop, ada: Any, desk: Any) -> None:
    limit(desk, per_account=1)
    shop.fund(ada, "100.00")
    ben = ada.colleague("Ben", "BuyerAdmin")
    kept = services.keep_quote(ben.actor, product_slug=desk.slug, configuration={}, at=NOW)
    shop.order(ada, desk)

    with pytest.raises(PurchaseLimitReached):
        services.place_order(ben.actor, quote_id=kept.public_id, agreements=shop.accepted(ben, desk), at=NOW)
