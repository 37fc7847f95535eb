"""What was bought as a part of something else is renewed, given back and released with it; what came along is not."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.buying import services
from galleria.buying.models import Deduction, Order, OrderLine
from galleria.buying.renewable import NoLongerSold, Term
from galleria.buying.services.renewing import Wish
from galleria.kit import clock
from galleria.publishing.models import Sku
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from tests import till
from tests.packages.buying.leaving_world import leave, preview
from tests.shop import euro
from tests.turning import local, turn_to, work

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = Term("month", 1)


@pytest.fixture
def held(shop: Any, ada: Any, server: Any) -> tuple[Subscription, Subscription, Subscription]:
    """A server for 60.00 a month, its disk for 5.00 as a part of it, and a licence for 7.00 that merely came along."""
    shop.fund(ada, "200.00")
    clock.set_for_tests(local("2028-02-20T10:00:00"))
    rows = []
    for name, price in (("Server", "60.00"), ("Disk", "5.00"), ("Licence", "7.00")):
        product = shop.product(name, monthly=price, delivery_type="image")
        shop.connect(product, server.address())
        order = shop.buy(ada, product, auto_renew=name == "Server")
        rows.append(Subscription.objects.filter(order_id=order.public_id).first())
    for _turn in range(3):
        work()
    found = [Subscription.objects.get(pk=row.pk) for row in rows]
    main = OrderLine.objects.get(public_id=found[0].order_line_id)
    OrderLine.objects.filter(public_id=found[1].order_line_id).update(parent=main)
    return found[0], found[1], found[2]


def ends(*rows: Subscription) -> list[str]:
    return [f"{Subscription.objects.get(pk=row.pk).expires_at.astimezone(clock.billing_zone()):%m-%d}" for row in rows]


@pytest.mark.req("B-REN-004", "B-REN-001")
@pytest.mark.parametrize("chosen", [0, 1], ids=["the server", "its disk"])
def test_whichever_is_chosen_both_are_renewed_as_one_order(shop: Any, ada: Any, held: Any, chosen: int) -> None:
    shown = services.preview_renewals(ada.actor, wishes=[Wish(held[chosen].public_id, MONTH)], at=clock.now())
    assert ([each.due for each in shown.renewals], shown.due) == ([euro("60.00"), euro("5.00")], euro("65.00"))

    orders = services.renew(
        ada.actor, wishes=[Wish(held[chosen].public_id, MONTH)], seen_digest=shown.digest, at=clock.now()
    )
    assert len({each.combined_id for each in orders}) == 1
    shop.pay(ada, *orders)

    assert ends(*held) == ["04-20", "04-20", "03-20"]
    assert shop.balance(ada) == euro("63.00")


@pytest.mark.req("B-REN-004")
def test_what_came_along_is_renewed_alone(shop: Any, ada: Any, held: Any) -> None:
    orders = services.renew(ada.actor, wishes=[Wish(held[2].public_id, MONTH)], at=clock.now())
    shop.pay(ada, *orders)
    assert (len(orders), ends(*held)) == (1, ["03-20", "03-20", "04-20"])


@pytest.mark.req("B-REN-004", "B-REN-003")
def test_if_one_cannot_be_renewed_the_other_is_not_either(ada: Any, held: Any) -> None:
    Sku.objects.filter(pk=held[1].sku_id).update(state="removed")
    with pytest.raises(NoLongerSold):
        services.preview_renewals(ada.actor, wishes=[Wish(held[0].public_id)], at=clock.now())
    shown = services.preview_renewals(
        ada.actor, wishes=[Wish(held[0].public_id), Wish(held[2].public_id)], at=clock.now()
    )
    assert [each.subscription.pk for each in shown.renewals] == [held[2].pk]
    assert {each.subscription.pk for each in shown.left} == {held[0].pk, held[1].pk}


@pytest.mark.req("B-REN-004", "B-ARN-003")
@pytest.mark.parametrize("means", ["balance", "card"])
def test_by_itself_both_are_renewed_or_none(shop: Any, ada: Any, held: Any, sandbox_cards: None, means: str) -> None:
    subscribing.set_renewal(ada.actor, subscription_id=held[1].public_id, policy="auto", at=clock.now())
    if means == "card":  # 68.00 are left: take 4.00 away, which is enough for one of them only
        extra = shop.product("Extra", monthly="64.00")
        shop.buy(ada, extra)
        turn_to("2028-03-13T12:00:00")
        assert ends(*held) == ["03-20", "03-20", "03-20"]
        failed = Deduction.objects.get()
        assert (failed.state, failed.code) == ("failed", "NO_PAYMENT_MEANS")
        till.card(ada)
        turn_to("2028-03-14T12:00:00")
    else:
        turn_to("2028-03-13T12:00:00")

    assert ends(*held) == ["04-20", "04-20", "03-20"]
    paid = Order.objects.filter(kind=2, paid_at__isnull=False)
    assert (sorted(paid.values_list("paid_minor", flat=True)), set(paid.values_list("paid_by", flat=True))) == (
        [500, 6000], {means},
    )  # fmt: skip
    assert Deduction.objects.get(state="paid").due_minor == 6500
    assert shop.is_balanced()


@pytest.mark.req("B-UNS-003", "B-EXP-003")
def test_both_are_given_back_together_each_on_its_own_amount(shop: Any, ada: Any, held: Any) -> None:
    clock.set_for_tests(local("2028-03-01T10:00:00"))
    seen = preview(ada, held[1])
    assert [each.subscription.pk for each in seen.situations] == [held[0].pk, held[1].pk]
    assert [each.back.fee for each in seen.parts] == [euro("6.00"), euro("0.50")]

    leave(ada, held[1])
    work()

    states = [Subscription.objects.get(pk=row.pk).state for row in held]
    assert states == ["released", "released", "effective"]
    assert shop.balance(ada) == euro("128.00") + seen.total
