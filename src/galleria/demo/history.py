"""Two years of trade, made by the real services at earlier times against the sample seller's real server.

Who buys what is drawn from a seeded generator, so that every demo begins alike.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import translation

from galleria.buying import services as buying
from galleria.buying.models import Order
from galleria.buying.services.placing import agreement_keys
from galleria.delivering import selectors as deliveries
from galleria.delivering import services as delivering
from galleria.demo import people
from galleria.kit import clock, jobs
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.ledger import services as ledger
from galleria.parties import selectors as parties
from galleria.publishing.models import Product
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription

SEED = 20261123
DAYS = 730
ORDERS = 260
RETENTION = timedelta(days=15)


@dataclass(frozen=True)
class Wish:
    """Someone will order something at some time."""

    at: datetime
    company: people.Company
    product: Product
    configuration: dict[str, object]
    ending: str  # paid, canceled, unpaid


def make(now: datetime, *, orders: int = ORDERS, tell: Callable[[int, int], None] | None = None) -> int:
    """Live through the past up to `now`; returns how many orders were placed. Once: afterwards it does nothing."""
    if Order.objects.exists():
        return 0
    wishes = _wishes(now, orders)
    made = 0
    try:
        for number, wish in enumerate(wishes, 1):
            clock.set_for_tests(wish.at)
            made += _fulfil(wish)
            if tell is not None and number % 20 == 0:
                tell(number, len(wishes))
        _let_go(now)
        clock.set_for_tests(now)
        _renew_by_itself(now)
        jobs.run_due()
    finally:
        clock.set_for_tests(None)
    return made


def _let_go(now: datetime) -> None:
    """What ended long ago and was not renewed is gone: released at the end of its time, at the seller too."""
    ended = Subscription.objects.filter(state="effective", expires_at__lt=now - RETENTION - timedelta(days=1))
    for subscription in ended.select_related("product__seller", "account").order_by("expires_at"):
        if subscription.expires_at is not None:
            clock.set_for_tests(subscription.expires_at + RETENTION)
            delivering.close(subscription, at=clock.now())
            jobs.run_due(with_crons=False)


def _renew_by_itself(now: datetime) -> None:
    """Every third of what is in use renews by itself, so that there is something to see when the clock is turned."""
    running = Subscription.objects.filter(state="effective", billing_mode="period", is_trial=False, expires_at__gt=now)
    for subscription in running.select_related("account").order_by("pk")[::3]:
        actor = people.actor_of(_owner_of(subscription.account.name))
        try:
            subscribing.set_renewal(actor, subscription_id=subscription.public_id, policy="auto", at=now)
        except Refused:
            continue  # no longer sold, or paid by a partner who froze the account


def _wishes(now: datetime, count: int) -> list[Wish]:
    chance = random.Random(SEED)  # noqa: S311 (a sample, not a secret)
    products = list(
        Product.objects.filter(state="on_sale", is_restricted=False, sold_everywhere=True, needs_contact_consent=False)
        .select_related("seller")
        .prefetch_related("specifications__skus__prices")
        .order_by("id")
    )
    weights = [4 if product.delivery_type == "saas" else 1 for product in products]
    companies = [*people.COMPANIES, people.CUSTOMER]
    shares = [company.weight for company in companies]
    wishes = []
    for _each in range(count):
        # Trade grows: later days are drawn more often.
        days_ago = DAYS * (1 - chance.random() ** 0.6)
        at = now - timedelta(days=days_ago, hours=chance.random() * 9, minutes=chance.randrange(60))
        product = chance.choices(products, weights)[0]
        configuration = _configuration(product, chance)
        ending = chance.choices(("paid", "canceled", "unpaid"), (90, 6, 4))[0]
        if ending == "unpaid" and days_ago > 6:
            ending = "canceled"
        wishes.append(Wish(at, chance.choices(companies, shares)[0], product, configuration, ending))
    return sorted(wishes, key=lambda wish: wish.at)


def _configuration(product: Product, chance: random.Random) -> dict[str, object]:
    """One of the product's prices, for a year where that is offered, with what belongs to it."""
    prices = [
        (specification, sku, price)
        for specification in product.specifications.all()
        if specification.state == "on_sale" and not specification.is_restricted
        for sku in specification.skus.all()
        for price in sku.prices.all()
    ][:12]
    if not prices:
        return {}
    yearly = [each for each in prices if each[2].period_type == "year"]
    specification, sku, price = chance.choice(yearly if yearly and chance.random() < 0.6 else prices)
    is_period = price.billing_mode == "period"
    terms = [int(term) for term in price.terms] or [1]
    extra = {str(each["key"]): _answer(each) for each in product.extra_parameters}
    return {
        "specification": specification.public_id,
        "attributes": {str(key): str(value) for key, value in sku.choices.items()},
        "mode": f"period:{price.period_type}" if is_period else price.billing_mode,
        "term": chance.choice(terms) if is_period else 1,
        "extra": extra,
    }


def _fulfil(wish: Wish) -> bool:
    """Place, pay and have it delivered; what a rule refuses (a limit, a region) is simply not bought."""
    actor = people.actor_of(wish.company.email)
    try:
        with translation.override(wish.company.language):  # orders keep the names that their buyer read
            order = _order(actor, wish)
    except Refused:
        return False
    if wish.ending == "canceled" and order.state == "pending_payment":
        buying.cancel_order(actor, order_id=order.public_id, at=wish.at + timedelta(hours=2))
    elif wish.ending == "paid" and order.state == "pending_payment":
        _pay(actor, wish, order)
    if wish.ending != "unpaid":
        _deliver(order)
    return True


def _order(actor: Actor, wish: Wish) -> Order:
    kept = buying.keep_quote(actor, product_slug=wish.product.slug, configuration=dict(wish.configuration), at=wish.at)
    account = parties.account_of(actor)
    versions = parties.current_versions(agreement_keys(wish.product, account), wish.at)
    if not (wish.company.settlement or wish.company is people.CUSTOMER):
        # What is metered needs means of payment too, although nothing is due when it is ordered.
        _top_up(actor, Money(max(kept.due_minor, 10_000), kept.currency), wish.at)
    return buying.place_order(
        actor,
        quote_id=kept.public_id,
        agreements={key: version.version for key, version in versions.items()},
        consent=True,
        at=wish.at,
    )


def _answer(question: dict[str, object]) -> str:
    options = question.get("options")
    if isinstance(options, list) and options:
        return str(options[0]["key"])
    return "sample"


def _top_up(actor: Actor, due: Money, at: datetime) -> None:
    """A bank transfer that covers the order, rounded up to the next hundred."""
    amount = Money(-(-due.minor // 10_000) * 10_000, due.currency)
    ledger.post(
        reference=f"demo:top-up:{actor.account_id}:{at.isoformat()}:{due.minor}",
        kind="top_up",
        at=at,
        postings=[ledger.Posting(from_="bank_clearing", to=f"buyer_cash:{actor.account_id}", amount=amount)],
    )


def _pay(actor: Actor, wish: Wish, order: Order) -> None:
    method = "settlement" if wish.company.settlement else "balance"
    buying.pay_orders(actor, order_ids=[order.public_id], method=method, token=f"demo:{order.public_id}", at=wish.at)


def _deliver(order: Order) -> None:
    """The sample seller delivers by its server; what people deliver is confirmed two days later."""
    jobs.run_due(with_crons=False)
    for delivery in deliveries.deliveries_of_order(SYSTEM, order.public_id).filter(state="waiting_seller"):
        if clock.now() + timedelta(days=2) < clock.real_now():
            clock.advance(timedelta(days=2))
            delivering.confirm_by_hand(people.operator_actor(), delivery_id=delivery.public_id, at=clock.now())
    jobs.run_due(with_crons=False)
    order.refresh_from_db()
    if order.state == "processing" and order.lines.filter(delivery_state="delivered").exists():
        buying.accept_delivery(people.actor_of(_owner(order)), order_id=order.public_id, at=clock.now())


def _owner(order: Order) -> str:
    return _owner_of(order.account.name)


def _owner_of(name: str) -> str:
    companies = {company.name: company.email for company in [*people.COMPANIES, people.CUSTOMER]}
    return companies[name]
