"""What was promised when something was ordered holds on the day on which it is left (B-GEN-002, B-ORD-002)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.kit import parameters
from galleria.kit.actor import SYSTEM
from galleria.publishing.models import Product
from tests.packages.buying.leaving_world import BOUGHT, LEAVES, at, held, leave, preview, renewed
from tests.shop import euro

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(shop: Any, server: Any) -> Any:
    """An image for 100.00 a month, which the marketplace's rule is for."""
    product = shop.product("Plainsong Image", monthly="100.00", yearly="1000.00", delivery_type="image")
    shop.connect(product, server.address())
    return product


def switch(key: str, value: Any, *, days: int = -9) -> None:
    """The operator changes a setting, so many days after the purchase."""
    parameters.change(SYSTEM, key, value, at=at(BOUGHT + timedelta(days=days)))


@pytest.mark.req("B-GEN-002", "B-UNS-T2")
@pytest.mark.parametrize(("key", "value"), [("enabled", False), ("days", 1), ("per_year", 0)])
def test_who_bought_while_purchases_could_be_returned_returns_them_whatever_is_set_later(
    shop: Any, ada: Any, image: Any, key: str, value: Any
) -> None:
    switch("refund.unconditional_enabled", True)
    shop.fund(ada, "100.00")
    bought = held(shop, ada, image)

    switch(f"refund.unconditional_{key}", value, days=1)
    at(BOUGHT + timedelta(days=3))

    assert preview(ada, bought).situations[0].ruling.rule == "unconditional"
    leave(ada, bought)
    assert shop.balance(ada) == euro("100.00")


@pytest.mark.req("B-GEN-002")
def test_returns_fees_and_lists_that_are_set_later_are_for_later_orders(shop: Any, ada: Any, image: Any) -> None:
    shop.fund(ada, "300.00")
    bought = held(shop, ada, image)

    switch("refund.unconditional_enabled", True, days=1)
    switch("refund.handling_fee_table", {"1": {"12": 0}}, days=1)
    later = held(shop, ada, image, bought=BOUGHT + timedelta(days=2))
    switch("refund.excluded_products", [image.public_id], days=3)
    old, new = preview(ada, bought), preview(ada, later)

    assert (old.situations[0].ruling.rule, old.fee) == ("platform", euro("10.00"))
    assert (new.situations[0].ruling.rule, new.fee, new.total) == ("unconditional", euro("0.00"), euro("100.00"))
    assert old.is_possible
    at(BOUGHT + timedelta(days=20))
    late = preview(ada, later)
    assert (late.situations[0].ruling.rule, late.fee) == ("platform", euro("0.00"))


@pytest.mark.req("B-ORD-002")
def test_what_the_seller_promised_at_the_purchase_holds_whatever_the_product_says_later(
    shop: Any, ada: Any, desk: Any
) -> None:
    shop.fund(ada, "147.00")
    Product.objects.filter(pk=desk.pk).update(unsubscription_rule="platform")
    promised = held(shop, ada, desk)
    Product.objects.filter(pk=desk.pk).update(unsubscription_rule="none", is_supervised=True)
    at(LEAVES)

    seen = preview(ada, promised)

    assert (seen.situations[0].ruling.because, seen.is_possible) == ("promised_platform", True)
    Product.objects.filter(pk=desk.pk).update(unsubscription_rule="platform", is_supervised=False)
    later = held(shop, ada, desk, bought=LEAVES)
    Product.objects.filter(pk=desk.pk).update(unsubscription_rule="none")
    renewed(shop, ada, later)
    assert preview(ada, later, kind=1).situations[0].ruling.because == "promised_platform"
