"""Two people, the clock and the seller at the same subscription at the same moment."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.buying.models import Order
from galleria.buying.services import changing
from galleria.buying.services.changing import Wish
from galleria.delivering.models import Delivery
from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.ledger.models import LedgerTransaction
from galleria.subscribing.models import Period
from tests.packages.buying.changing_world import accepted, bought, days_before_expiry, make_house, order, preview
from tests.races.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row(shop: Any, ada: Any, server: Any) -> Any:
    found = bought(
        shop, ada, make_house(shop, server.address()).product, mode="period:month", attributes={"size": "basic"}
    )
    days_before_expiry(found, 15)
    return found


@pytest.mark.req("B-CHG-001", "B-ORD-012")
def test_of_two_people_who_change_at_once_one_wins_and_the_other_is_told_the_order(
    shop: Any, ada: Any, row: Any
) -> None:
    ben = ada.colleague("Ben", "BuyerAdmin")
    given = accepted(ada, row)
    now = preview(ada, row, sku="sku-professional")
    later = preview(ben, row, "renewal", sku="sku-professional")

    def change(person: Any, mode: Any, digest: str) -> Any:
        wish = Wish(row.public_id, mode, sku="sku-professional")
        return changing.change(person.actor, wish=wish, seen_digest=digest, agreements=given, at=clock.now())

    results = at_once(
        [
            lambda: change(ada, "now", now.digest),
            lambda: change(ben, "renewal", later.digest),
            lambda: change(ben, "now", now.digest),
        ]
    )

    made = [each for each in results if isinstance(each, Order)]
    refused = [each for each in results if isinstance(each, Refused)]
    assert (len(made), len(refused)) == (1, 2)
    assert {each.code for each in refused} <= {"OPEN_ORDER_ON_SUBSCRIPTION", "NOT_CHANGEABLE", "BUSY"}
    assert Order.objects.filter(kind__in=(2, 3)).count() == 1


def test_one_form_from_three_browsers_is_one_order(shop: Any, ada: Any, row: Any) -> None:
    given, seen = accepted(ada, row), preview(ada, row, sku="sku-professional")
    wish = Wish(row.public_id, "now", sku="sku-professional")

    def send() -> str:
        return changing.change(
            ada.actor, wish=wish, seen_digest=seen.digest, agreements=given, token="one", at=clock.now()
        ).public_id

    results = at_once([send for _each in range(3)])

    numbers = {each for each in results if isinstance(each, str)}
    assert len(numbers) == 1
    assert Order.objects.filter(kind=3).count() == 1


@pytest.mark.req("A-V2U-003", "B-PAY-T1")
def test_a_change_paid_twice_at_once_is_charged_and_made_once(shop: Any, ada: Any, row: Any) -> None:
    placed = order(ada, row, sku="sku-professional")
    charged = LedgerTransaction.objects.filter(kind="order_payment").count()

    at_once([lambda: shop.pay(ada, placed) for _each in range(3)])
    shop.work()

    assert LedgerTransaction.objects.filter(kind="order_payment").count() == charged + 1
    assert Delivery.objects.filter(activity="upgradeInstance").count() == 1
    assert Period.objects.filter(subscription=row, kind="change").count() == 1
    assert shop.is_balanced()
