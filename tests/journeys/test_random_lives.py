"""Random lives of subscriptions: renewed, changed, given back, left, let go, on a clock that goes forward.

After every step: what was shown was charged, nothing comes back that was not paid, the ledger sums to zero, and the
expiry keeps its anchor day. The sequences come from fixed seeds, so that one that fails can be run again.
"""

from __future__ import annotations

import random
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from galleria.buying import leaving
from galleria.buying.models import Order
from galleria.buying.services import changing, renewing
from galleria.buying.services import leaving as leaving_services
from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.paying.models import Refund
from galleria.subscribing.models import Period, Subscription
from tests.packages.buying.changing_world import make_house, seats
from tests.shop import Shop
from tests.timeline import go_to

pytestmark = pytest.mark.django_db(transaction=True)
EUR = "EUR"
STEPS = 7


@dataclass
class Life:
    """One buyer's subscription and what is done with it. `paid` and `back` count what the balance must show."""

    shop: Shop
    person: Any
    chance: random.Random
    subscription: Subscription
    log: list[str] = field(default_factory=list)

    def fresh(self) -> Subscription:
        self.subscription.refresh_from_db()
        return self.subscription

    def step(self) -> None:
        acts = [self.renew, self.change, self.give_back, self.wait, self.leave]
        act = self.chance.choices(acts, weights=(5, 6, 3, 4, 1))[0]
        before = self.shop.balance(self.person)
        try:
            expected = act()
        except Refused as refusal:
            self.log.append(f"{act.__name__}: {refusal.code}")
            assert self.shop.balance(self.person) == before, self.log
            return
        self.log.append(f"{act.__name__}: {expected}")
        assert self.shop.balance(self.person) == before + expected, self.log

    def renew(self) -> Money:
        term = self.chance.choice([None, renewing.Term("month", self.chance.randint(1, 4))])
        wish = renewing.Wish(self.subscription.public_id, term, is_aligned=self.chance.random() < 0.2)
        seen = renewing.preview_renewals(self.person.actor, wishes=[wish], at=clock.now())
        orders = renewing.renew(
            self.person.actor, wishes=[wish], seen_digest=seen.digest, seen_due=seen.due, at=clock.now()
        )
        self._pay(orders)
        return -seen.due

    def change(self) -> Money:
        found = changing.targets(self.person.actor, subscription_id=self.subscription.public_id, at=clock.now())
        mode = self.chance.choice(["now", "now", "renewal"])
        target = self.chance.choice(found.possible(mode) or found.targets)  # type: ignore[arg-type]
        least = self.subscription.quantity + 1 if mode == "now" else 1
        quantity = self.chance.randint(least, least + 25) if target.quantity else None
        wish = changing.Wish(self.subscription.public_id, mode, target.sku.code, quantity)  # type: ignore[arg-type]
        seen = changing.preview_change(self.person.actor, wish=wish, at=clock.now())
        order = changing.change(
            self.person.actor, wish=wish, seen_digest=seen.digest,
            agreements=self.shop.accepted(self.person, self.subscription.product), at=clock.now(),
        )  # fmt: skip
        self._pay([order])
        return -seen.due

    def give_back(self) -> Money:
        return self._leave(leaving.RENEWALS)

    def leave(self) -> Money:
        return self._leave(leaving.WHOLE)

    def wait(self) -> Money:
        go_to(clock.now() + timedelta(days=self.chance.randint(1, 17), hours=self.chance.randint(0, 23)))
        return Money.zero(EUR)

    def _leave(self, kind: int) -> Money:
        ids = [self.subscription.public_id]
        seen = leaving.preview(self.person.actor, subscription_ids=ids, kind=kind, at=clock.now())
        leaving_services.leave(
            self.person.actor, subscription_ids=ids, kind=kind, seen_digest=seen.digest, reason="not_needed",
            fee_accepted=True, deletion_accepted=True, at=clock.now(),
        )  # fmt: skip
        self.shop.work()
        return seen.total

    def _pay(self, orders: list[Order]) -> None:
        payable = [order for order in orders if order.state == "pending_payment"]
        if payable:
            self.shop.pay(self.person, *payable)
        self.shop.work()

    def check(self) -> None:
        row = self.fresh()
        assert self.shop.is_balanced(), self.log
        for order in Order.objects.filter(account=self.person.account).exclude(kind=4):
            back = sum(Refund.objects.filter(order_id=order.public_id).values_list("amount_minor", flat=True))
            assert 0 <= back <= order.paid_minor, self.log
        if row.expires_at is not None and row.anchor_day is not None:
            day = (row.expires_at + timedelta(hours=8)).date()
            assert day.day == min(row.anchor_day, monthrange(day.year, day.month)[1]), self.log
        paid = list(Period.objects.filter(subscription=row, state="paid").exclude(kind="change"))
        assert all(one.ends_at == two.starts_at for one, two in pairwise(paid)), self.log
        if row.state not in {"closing", "released"}:
            assert paid[-1].ends_at == row.expires_at, self.log


@pytest.fixture
def lives(shop: Any, ada: Any, server: Any) -> Any:
    """Makes a life: a house in two sizes, seats in bands, or an image; bought on a random day."""
    shop.tax(1500, ada.account.country)
    image = shop.product("Firewall", monthly="33.33", delivery_type="image")
    shop.connect(image, server.address())
    products = [make_house(shop, server.address()).product, seats(shop, server, "tiered"), image]

    def make(seed: int) -> Life:
        chance = random.Random(seed)  # noqa: S311 (a sequence that can be run again)
        clock.set_for_tests(datetime(2027, 3, 2, 3, tzinfo=UTC) + timedelta(hours=chance.randint(0, 24 * 60)))
        shop.fund(ada, "90000.00")
        order = shop.buy(ada, chance.choice(products))
        for _turn in range(3):
            shop.work()
        held = Subscription.objects.select_related("product").get(order_id=order.public_id)
        return Life(shop, ada, chance, held)

    return make


@pytest.mark.req("B-REN-005", "B-UNS-001", "B-ORF-001", "B-CHG-001", "B-TIM-002", "B-MNY-005")
@pytest.mark.parametrize("seed", range(1, 13))
def test_a_random_life_keeps_every_promise(lives: Any, seed: int) -> None:
    life = lives(seed)
    for _step in range(STEPS):
        life.step()
        life.check()


@pytest.mark.req("B-ORF-001")
@pytest.mark.parametrize("seed", range(21, 25))
def test_renewed_and_given_back_is_as_before(lives: Any, seed: int) -> None:
    life = lives(seed)
    expires_at, balance = life.fresh().expires_at, life.shop.balance(life.person)
    life.renew()
    assert life.fresh().expires_at != expires_at
    life.give_back()
    assert (life.fresh().expires_at, life.shop.balance(life.person)) == (expires_at, balance)
