"""Life after the purchase: a night of the clock, renewals, previews, and a year replayed on the test clock.

    .venv/bin/python bench/lifecycle.py nightly --subscriptions 1000000 --due 30000   # then 100000, and compare
    .venv/bin/python bench/lifecycle.py renewals
    .venv/bin/python bench/lifecycle.py previews
    .venv/bin/python bench/lifecycle.py year
    … --database postgres://…   an empty database        … --record   keep the figures in bench/results/

`nightly`: of all subscriptions 30,000 are due at 03:00 for a renewal from the balance (a third), a reminder, a freeze
or a release; the time of the clock's own process counts, in which each is carried out in a transaction of its own,
and then the time in which a worker sends the messages. `renewals`: a night on which everything due is a renewal
that is charged from the balance. `year`: every event at its instant, the ledger checked at each midnight of the
billing zone. `processor_seconds`: of this process alone, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))
RESULTS = ROOT / "bench" / "results"
NOW = datetime(2027, 6, 14, 19, 0, tzinfo=UTC)  # 03:00 of June 15 in the billing zone
ACCOUNTS = 2000
BATCH = 2000
PATTERNS = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=("nightly", "renewals", "previews", "year"))
    parser.add_argument("--subscriptions", type=int, default=0)
    parser.add_argument("--due", type=int, default=30_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="galleria-bench-"))
    try:
        from deliveries import prepare

        prepare(folder, given.database)
        result = {"nightly": nightly, "renewals": renewals, "previews": previews, "year": year}[given.what](given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, indent=1))
    if given.record:
        RESULTS.mkdir(parents=True, exist_ok=True)
        with (RESULTS / "lifecycle.jsonl").open("a") as file:
            file.write(json.dumps(result) + "\n")
    return 0 if result["ledger_balanced"] else 1


def facts(what: str, **more: Any) -> dict[str, Any]:
    from django.db import connection

    from galleria.ledger import services as ledger

    return {
        "what": what,
        "database": connection.vendor,
        **more,
        "ledger_balanced": ledger.check().is_balanced,
        "load": round(os.getloadavg()[0], 1),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


# ----- a marketplace with many subscriptions -----


def market(accounts: int) -> tuple[list[Any], Any]:
    """Products without a server (what is measured is the clock), buyers with money."""
    from tests.people import make_person, make_seller
    from tests.shop import Shop

    from galleria.kit import clock

    clock.set_for_tests(NOW - timedelta(days=40))
    shop = Shop(make_seller("Bruno Vega"))
    products = [shop.product(f"Desk {n}", monthly="9.00", yearly="90.00") for n in range(5)]
    first = make_person("Ada Berg")
    people = [first, *(_copy(first, n) for n in range(accounts - 1))]
    for person in people:
        shop.fund(person, "1000.00")
    return products, people


def _copy(person: Any, n: int) -> Any:
    """Another account that the same user owns: cheap to make, and independent for the rules."""
    from galleria.parties.models import Account, Membership

    account = Account.objects.get(pk=person.account.pk)
    account.pk = None
    account.public_id = f"acc_bench{n:06d}"
    account.name = f"Account {n}"
    account._state.adding = True
    account.save()
    Membership.objects.create(user=person.user, account=account, is_owner=True, granted_at=account.created_at)
    return type(person)(person.user, account)


MIXED = ("deduct", "remind", "expire", "deduct", "remind", "release")


def subscriptions(products: list[Any], people: list[Any], count: int, due: int, kinds: tuple[str, ...] = MIXED) -> None:
    """`count` monthly subscriptions, of which `due` have something to do now; the others in the coming months."""
    from galleria.kit import parameters
    from galleria.subscribing.models import Period, Subscription, Timer
    from galleria.subscribing.services import timing

    rows = [_of_product(product) for product in products]
    stamp = parameters.stamp(timing._KEYS)
    small = min(count, due + PATTERNS)
    for begin in range(0, small, BATCH):
        numbers = range(begin, min(begin + BATCH, small))
        made = [_subscription(n, rows, people, kind=kinds[n % len(kinds)] if n < due else "") for n in numbers]
        Subscription.objects.bulk_create([each for each, _kind_ in made])
        Period.objects.bulk_create([_period(each) for each, _kind_ in made])
        Timer.objects.bulk_create([_timer(each, kind, stamp) for each, kind in made])
    _multiply(count - small)


def _multiply(more: int) -> None:
    """The rest as copies of the last rows, which are not due: made by the database itself."""
    from django.db import connection

    from galleria.subscribing.models import Period, Subscription, Timer

    last = Subscription.objects.order_by("-pk").values_list("pk", flat=True)[0] if more > 0 else 0
    first, copies = last - PATTERNS + 1, 0
    while more > 0:
        copies += 1
        take = min(more, PATTERNS)
        where = f"BETWEEN {first} AND {first + take - 1}"
        for model, key in ((Subscription, "id"), (Period, "subscription_id"), (Timer, "subscription_id")):
            changed = {
                "id": f"id + {copies * PATTERNS}", "subscription_id": f"subscription_id + {copies * PATTERNS}",
                "public_id": f"public_id || '-{copies}'", "order_line_id": f"order_line_id || '-{copies}'",
            }  # fmt: skip
            columns = [field.column for field in model._meta.concrete_fields]
            names = ", ".join(f'"{name}"' for name in columns)
            values = ", ".join(changed.get(name, f'"{name}"') for name in columns)
            with connection.cursor() as cursor:
                cursor.execute(
                    f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values} FROM "{model._meta.db_table}" '
                    f"WHERE {key} {where}"
                )
        more -= take
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (Subscription, Period, Timer):
                table = model._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
                # As the server does by itself within a minute. Not of everything: of a table that was found empty it
                # believes that it stays so, and plans accordingly.
                cursor.execute(f"ANALYZE {table}")


def _of_product(product: Any) -> dict[str, Any]:
    specification = product.specifications.get()
    sku = specification.skus.get()
    price = sku.prices.get(period_type="month")
    return {
        "product": product, "specification": specification, "sku": sku, "price": price,
        "product_code": price.product_code,
    }  # fmt: skip


def _subscription(n: int, rows: list[dict[str, Any]], people: list[Any], *, kind: str) -> tuple[Any, str]:
    from galleria.subscribing.models import Subscription

    ends = {
        "": NOW + timedelta(days=20 + n % 300),
        "deduct": NOW + timedelta(days=7, hours=20, minutes=59, seconds=59),
        "remind": NOW + timedelta(days=3, hours=20, minutes=59, seconds=59),
        "expire": NOW - timedelta(hours=3, seconds=1),
        "release": NOW - timedelta(days=15, hours=3, seconds=1),
    }[kind]
    begun = ends - timedelta(days=31)
    row = Subscription(
        account=people[n % len(people)].account, order_id=f"GAB{n:09d}", order_line_id=f"GAB{n:09d}-000001",
        state="frozen" if kind == "release" else "effective", billing_mode="period", period_type="month",
        period_count=1, currency="EUR", paid_minor=900, official_minor=900, created_at=begun, effective_at=begun,
        expires_at=ends, anchor_day=ends.day, renewal="auto" if kind == "deduct" else "manual",
        reminded_at=begun + timedelta(days=20), **rows[n % len(rows)],
    )  # fmt: skip
    if kind == "release":
        row.grace_ends_at, row.retention_ends_at = ends, ends + timedelta(days=15)
    return row, kind


def _period(row: Any) -> Any:
    from galleria.subscribing.models import Period

    return Period(
        subscription=row, number=1, kind="new", order_id=row.order_id, order_line_id=row.order_line_id,
        starts_at=row.effective_at, ends_at=row.expires_at, period_type="month", period_count=1,
        specification_id=row.specification_id, sku_id=row.sku_id, price_id=row.price_id,
        product_code=row.product_code, currency="EUR", official_minor=900, paid_minor=900, created_at=row.created_at,
    )  # fmt: skip


def _timer(row: Any, kind: str, stamp: int) -> Any:
    from galleria.subscribing.models import Timer
    from galleria.subscribing.rules.plan import ORDER

    due = {
        "deduct": NOW,
        "remind": NOW - timedelta(hours=17) + timedelta(hours=0),
        "expire": row.expires_at,
        "release": row.retention_ends_at,
        "": row.expires_at - timedelta(days=15),
    }[kind]
    named = kind or "remind"
    value = {"remind": "3" if kind else "15", "deduct": "7"}.get(named, "15")
    return Timer(
        subscription=row, kind=named, due_at=due, try_at=due, order=ORDER[named], value=value, rule="B-EXP",
        settings_stamp=stamp, done_through=due - timedelta(hours=1),
    )  # fmt: skip


# ----- nightly -----


def nightly(given: argparse.Namespace) -> dict[str, Any]:
    from galleria.kit import jobs
    from galleria.kit.models import Job
    from galleria.subscribing.models import Subscription, Timer

    count = given.subscriptions or 100_000
    products, people = market(ACCOUNTS)
    begun = time.perf_counter()
    subscriptions(products, people, count, given.due)
    seeded = time.perf_counter() - begun
    kinds = Counter(Timer.objects.filter(try_at__lte=NOW).values_list("kind", flat=True))
    base = _memory()
    run = _run_timers()
    waiting = Job.objects.count()
    begun = time.perf_counter()
    jobs.run_due(with_crons=False, limit=1_000_000)
    return facts(
        "nightly run",
        subscriptions=count,
        due=dict(kinds),
        **run,
        renewed=Subscription.objects.filter(renewal="auto", expires_at__gt=NOW + timedelta(days=30)).count(),
        stuck=Timer.objects.filter(state="stuck").count(),
        messages_queued=waiting,
        messages_seconds=round(time.perf_counter() - begun, 1),
        memory_mb=_memory(),
        memory_before_mb=base,
        seeded_seconds=round(seeded, 1),
    )


def _run_timers() -> dict[str, Any]:
    """What the job of every minute does, until nothing is due."""
    from galleria.kit import clock
    from galleria.subscribing import services

    clock.set_for_tests(NOW)
    begun, processor, done = time.perf_counter(), time.process_time(), 0
    while services.replan_changed(NOW):
        pass
    while found := services.run_due(NOW):
        done += found
    seconds = time.perf_counter() - begun
    return {
        "events": done,
        "seconds": round(seconds, 1),
        "events_per_second": round(done / seconds, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
    }


def renewals(given: argparse.Namespace) -> dict[str, Any]:
    """Everything due is deducted from the balance: order, payment, ledger, new term, next timer."""
    from galleria.subscribing.models import Period

    count = given.subscriptions or 3000
    products, people = market(ACCOUNTS)
    subscriptions(products, people, count, count, kinds=("deduct",))
    run = _run_timers()
    renewed = Period.objects.filter(kind="renewal").count()
    rate = round(renewed / run["seconds"], 1)
    return facts("renewals from the balance", renewed=renewed, renewals_per_second=rate, **run)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


# ----- previews -----


def previews(given: argparse.Namespace) -> dict[str, Any]:
    """Renewal, change and refund of subscriptions that were really bought; each preview as a page asks for it."""
    from tests.packages.buying.changing_world import make_house
    from tests.people import make_person, make_seller
    from tests.shop import Shop

    from galleria.buying import leaving
    from galleria.buying.services import changing, renewing
    from galleria.kit import clock
    from galleria.subscribing import services
    from galleria.subscribing.models import Subscription

    clock.set_for_tests(NOW)
    shop = Shop(make_seller("Bruno Vega"))
    house = make_house(shop, "http://127.0.0.1:9/saas")
    buyer = make_person("Ada Berg")
    count = given.subscriptions or 200
    shop.fund(buyer, str(count * 200))
    for _each in range(count):
        order = shop.buy(buyer, house.product, attributes={"size": "basic"})
        held = Subscription.objects.select_related("product__seller", "account").get(order_id=order.public_id)
        services.activate(held, effective_at=NOW)
    at = NOW + timedelta(days=9)
    clock.set_for_tests(at)
    target = house.code("professional")
    asks = {
        "renewal": lambda held: renewing.preview_renewals(buyer.actor, wishes=[renewing.Wish(held)], at=at),
        "change": lambda held: changing.preview_change(buyer.actor, wish=changing.Wish(held, "now", target), at=at),
        "refund": lambda held: leaving.preview(buyer.actor, subscription_ids=[held], at=at),
    }
    figures: dict[str, float] = {}
    for name, ask in asks.items():
        times = []
        for each in Subscription.objects.order_by("pk").values_list("public_id", flat=True):
            begun = time.perf_counter()
            ask(each)
            times.append((time.perf_counter() - begun) * 1000)
        cuts = statistics.quantiles(times, n=100)
        figures |= {f"{name}_p50_ms": round(cuts[49], 1), f"{name}_p95_ms": round(cuts[94], 1)}
    return facts("previews", count=count, **figures)


# ----- a year -----


def year(given: argparse.Namespace) -> dict[str, Any]:
    """A fifth renews monthly by itself, a fifth yearly, the others end with their first month. Messages reach the
    message centre; nobody has confirmed an address for mails."""
    from allauth.account.models import EmailAddress

    from galleria.kit import clock, jobs
    from galleria.kit.models import Job
    from galleria.ledger import services as ledger
    from galleria.subscribing import services
    from galleria.subscribing.models import Period, Subscription

    count = given.subscriptions or 1000
    products, people = market(200)
    EmailAddress.objects.update(verified=False)
    start = NOW - timedelta(days=40)
    rows = [_of_product(product) for product in products]
    begun = time.perf_counter()
    for n in range(count):
        _bought(n, rows, people, start + timedelta(minutes=n * 40))
    seeded = time.perf_counter() - begun
    clock.set_for_tests(start + timedelta(minutes=count * 40))
    end = clock.now() + timedelta(days=365)
    midnight = clock.now().replace(hour=16, minute=0, second=0) + timedelta(days=1)
    begun, processor, events, checks, unbalanced = time.perf_counter(), time.process_time(), 0, 0, 0
    in_checks = 0.0
    while clock.now() < end:
        while (found := services.run_due(clock.now())) or jobs.run_due(with_crons=False).count:
            events += found
        job = Job.objects.filter(state=Job.State.READY, run_at__gt=clock.now()).order_by("run_at").first()
        stops = [services.next_due_after(clock.now()), job.run_at if job else None, midnight]
        clock.travel_to(min(each for each in stops if each is not None))
        if clock.now() == midnight:
            at = time.perf_counter()
            unbalanced += not ledger.check().is_balanced
            in_checks += time.perf_counter() - at
            checks += 1
            midnight += timedelta(days=1)
    return facts(
        "a year on the test clock",
        subscriptions=count,
        seconds=round(time.perf_counter() - begun, 1),
        processor_seconds=round(time.process_time() - processor, 1),
        of_it_ledger_checks=round(in_checks, 1),
        midnights_checked=checks,
        midnights_unbalanced=unbalanced,
        events=events,
        renewals=Period.objects.filter(kind="renewal").count(),
        released=Subscription.objects.filter(state="released").count(),
        seeded_seconds=round(seeded, 1),
    )


def _bought(n: int, rows: list[dict[str, Any]], people: list[Any], at: datetime) -> None:
    """One paid order line made active, as its delivery does it."""
    from galleria.subscribing import services

    row = rows[n % len(rows)]
    yearly = n % 5 == 1
    price = row["sku"].prices.get(period_type="year" if yearly else "month")
    held = services.open_subscription(
        services.Bought(
            account_id=people[n % len(people)].account.pk, product_id=row["product"].pk,
            specification_id=row["specification"].pk, sku_id=row["sku"].pk, price_id=price.pk,
            order_id=f"GAY{n:08d}", order_line_id=f"GAY{n:08d}-000001", product_code=price.product_code,
            billing_mode="period", period_type=price.period_type, period_count=1, quantity=1, choices={}, extra={},
            region="", currency="EUR", paid_minor=900, official_minor=900, is_trial=False, trial_days=0,
            auto_renew=n % 5 in (0, 1),
        ),
        at=at,
    )  # fmt: skip
    services.activate(held, effective_at=at)


if __name__ == "__main__":
    sys.exit(main())
