"""Purchases by API: quote, order, payment from the balance, by several buyers at once, over HTTP.

    .venv/bin/python bench/purchase.py                          # SQLite
    .venv/bin/python bench/purchase.py --database postgres://…  # an empty database
    .venv/bin/python bench/purchase.py --record                 # and keep the figures in bench/results/

Makes a marketplace in a temporary folder, starts the web server as `galleria serve` does, lets the buyers buy for
some seconds, and then looks: is the ledger balanced, was every order charged exactly once, is every amount right.
The load comes from this process, on the same machine, so that its cost is in the figures.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from processes import memory_mb

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
STEPS = ("quote", "order", "payment")


@dataclass
class Buyer:
    """A program that buys again and again with a key, over one connection."""

    port: int
    key: str
    product: str
    until: float
    orders: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    problems: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Buy until the time is over; what is refused is counted, not hidden."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while time.perf_counter() < self.until:
            try:
                self._buy(connection)
            except _Refused as refusal:
                self.problems[str(refusal)] += 1
            except (OSError, http.client.HTTPException) as error:
                self.problems[repr(error)[:200]] += 1
                connection.close()
        connection.close()

    def _buy(self, connection: http.client.HTTPConnection) -> None:
        wanted = {"product": self.product, "mode": "period:month", "attributes": {"seats": "3"}}
        quote = self._ask(connection, "quote", "/quotes", wanted)
        accepted = {each["key"]: each["version"] for each in quote["agreements"]}
        order = self._ask(connection, "order", "/orders", {"quote": quote["id"], "agreements": accepted})
        paid = self._ask(connection, "payment", "/payments", {"orders": [order["id"]], "method": "balance"})
        if paid["state"] != "succeeded":
            raise _Refused(f"payment {paid['state']}")
        self.orders.append(order["id"])

    def _ask(self, connection: http.client.HTTPConnection, step: str, path: str, body: dict[str, Any]) -> Any:
        begun = time.perf_counter()
        connection.request(
            "POST",
            f"/api/v1{path}",
            json.dumps(body),
            {
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(uuid.uuid4()),
            },
        )
        answer = connection.getresponse()
        data = answer.read()
        self.times[step].append(time.perf_counter() - begun)
        if answer.status != 201:
            raise _Refused(f"{step}: {answer.status} {json.loads(data).get('code', '')}")
        return json.loads(data)


class _Refused(Exception):
    """Another answer than the good one."""


# --- the marketplace ----------------------------------------------------------------------------------------
def make_marketplace(buyers: int) -> tuple[str, list[str]]:
    """One product with seats, tiered prices, tax and a promotion; funded buyers with keys. Returns slug and keys."""
    from galleria.kit import clock
    from galleria.kit.money import E10, Money
    from galleria.ledger import services as ledger
    from galleria.parties import selectors, services
    from galleria.parties.models import Account, Seller
    from galleria.pricing.models import Discount, TaxRate
    from galleria.publishing import services as publishing
    from galleria.publishing.models import Category, Price, Product, Sku, SkuAttribute, Specification

    at = clock.now()
    shop = services.open_account(_user("Seller", at), kind="enterprise", account_name="Maker", country="SE", at=at)
    seller = Seller.objects.create(
        account=shop, slug="maker", name="Maker", legal_name="Maker AB", country="SE", created_at=at
    )
    category = Category.objects.create(path="business", name="Business", room="business")
    product = Product.objects.create(
        slug="bench-desk", seller=seller, category=category, name="Bench desk", summary="For measuring",
        delivery_type="saas", published_at=at, changed_at=at,
    )  # fmt: skip
    specification = Specification.objects.create(product=product, name="Standard")
    SkuAttribute.objects.create(
        specification=specification, key="seats", name="Seats", kind="quantity", minimum=1, maximum=100
    )
    sku = Sku.objects.create(specification=specification, code=str(uuid.uuid4()))
    Price.objects.create(
        sku=sku, product_code="BENCH-1", billing_mode="period", period_type="month", terms=[1], currency="EUR",
        model="tiered", quantity_key="seats", tiers=[
            {"up_to": 10, "unit_price_e10": 4 * E10}, {"up_to": None, "unit_price_e10": 3 * E10},
        ],
    )  # fmt: skip
    TaxRate.objects.create(country="SE", name="VAT", rate_e4=2500, valid_from=at)
    Discount.objects.create(kind="promotion", name="Start", percent_e2=1000, product=product, starts_at=at)
    for key, kind in (("AGR_PARTNER_USER", "platform"), (f"product:{product.public_id}", "product")):
        services.publish_version(
            key=key, kind=kind, name=key, issuer="Bench", version="1", texts={"en": "Text"}, effective_at=at
        )
    publishing.reindex_all()
    keys = []
    for number in range(buyers):
        user = _user(f"Buyer {number}", at)
        account = services.open_account(user, kind="enterprise", account_name=user.name, country="SE", at=at)
        Account.objects.filter(pk=account.pk).update(is_complete=True, phone="+46 8 555 010 00")
        ledger.post(
            reference=f"bench:{number}", kind="top_up", at=at,
            postings=[ledger.Posting("bank_clearing", f"buyer_cash:{account.public_id}", Money(10**11, "EUR"))],
        )  # fmt: skip
        actor = selectors.actor_for(user, account)
        keys.append(services.create_api_key(actor, name="bench", at=at)[1])
    return product.slug, keys


def _user(name: str, at: datetime) -> Any:
    from galleria.parties import services

    email = f"{name.lower().replace(' ', '.')}@bench.example"
    user = services.prepare_user(email=email, name=name, password=None, at=at)
    user.save()
    return user


def looked_at(orders: list[str]) -> dict[str, Any]:
    """What the books say afterwards."""
    from django.db.models import Count

    from galleria.buying.models import Order
    from galleria.ledger import checks
    from galleria.ledger import selectors as ledger
    from galleria.ledger.models import LedgerTransaction
    from galleria.paying.models import Payment

    paid = Order.objects.filter(public_id__in=orders)
    charged = LedgerTransaction.objects.filter(kind="order_payment")
    twice = charged.values("source_id").annotate(count=Count("pk")).filter(count__gt=1).count()
    findings = checks.check()
    return {
        "ledger_balanced": ledger.is_balanced(),
        "ledger_findings": list(findings.problems),
        "orders_bought": len(orders),
        "orders_processing": paid.filter(state="processing").count(),
        "orders_charged_twice": twice,
        "charges": charged.filter(source_id__in=orders).count(),
        "payments": Payment.objects.filter(state="succeeded").count(),
        "amounts_right": set(paid.values_list("due_minor", flat=True)) == {1350},  # 3 × 4.00 − 10 % + 25 % tax
    }


# --- running ------------------------------------------------------------------------------------------------
def main() -> int:
    """0 when the books are right and nothing was refused."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--database", default="", help="postgres://… of an empty database (default: SQLite)")
    parser.add_argument("--buyers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    parser.add_argument("--threads", type=int, default=4, help="threads of each")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--record", action="store_true", help="keep the figures in bench/results/")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="galleria-bench-"))
    _environment(folder, given.database)
    server: subprocess.Popen[bytes] | None = None
    try:
        subprocess.run([sys.executable, "-m", "galleria", "setup"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        import django

        django.setup()
        slug, keys = make_marketplace(given.buyers)
        command = [
            sys.executable, "-m", "galleria", "serve", "--port", str(given.port), "--workers", str(given.workers),
            "--threads", str(given.threads),
        ]  # fmt: skip
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        _wait(given.port)
        _run(given.port, keys, slug, 3.0)  # warm
        begun, spent, own = time.perf_counter(), _processor_seconds(server.pid), time.process_time()
        buyers = _run(given.port, keys, slug, given.seconds)
        took = time.perf_counter() - begun
        figures = _figures(given, buyers, took, memory_mb(server.pid))
        if figures["orders"]:
            figures["processor_ms_per_order"] = {
                "web": round((_processor_seconds(server.pid) - spent) * 1000 / figures["orders"], 1),
                "buyers": round((time.process_time() - own) * 1000 / figures["orders"], 1),
            }
        figures["books"] = looked_at([order for buyer in buyers for order in buyer.orders])
    finally:
        if server is not None:
            server.terminate()
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, indent=1))
    if given.record:
        _record(figures)
    return 0 if _is_right(figures) else 1


def _environment(folder: Path, database: str) -> None:
    os.environ.update(
        DJANGO_SETTINGS_MODULE="galleria.config.settings",
        GALLERIA_DATA_DIR=str(folder),
        GALLERIA_LOG_LEVEL="WARNING",
        GALLERIA_API_RATE="100000",
        GALLERIA_API_BURST="100000",
    )
    if database:
        os.environ["GALLERIA_DATABASE_URL"] = database


def _wait(port: int) -> None:
    for _attempt in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not start")


def _run(port: int, keys: list[str], slug: str, seconds: float) -> list[Buyer]:
    until = time.perf_counter() + seconds
    buyers = [Buyer(port, key, slug, until) for key in keys]
    threads = [threading.Thread(target=buyer.run) for buyer in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return buyers


def _figures(given: argparse.Namespace, buyers: list[Buyer], took: float, memory: int) -> dict[str, Any]:
    orders = sum(len(buyer.orders) for buyer in buyers)
    steps = {step: [each for buyer in buyers for each in buyer.times[step]] for step in STEPS}
    return {
        "what": "purchases by API: quote, order, payment from the balance",
        "at": datetime.now(UTC).strftime("%Y-%m-%d"),
        "database": "PostgreSQL" if given.database else "SQLite",
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "buyers": given.buyers,
        "web": f"{given.workers} processes, {given.threads} threads each",
        "seconds": round(took, 1),
        "orders": orders,
        "orders_per_second": round(orders / took, 1),
        "milliseconds": {step: _spread(times) for step, times in steps.items()},
        "refused": dict(sum((buyer.problems for buyer in buyers), Counter())),
        "memory_mb": memory,
        "load_average_before": os.getloadavg()[0],
    }


def _spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    if not ordered:
        return {}
    return {
        "p50": round(statistics.median(ordered) * 1000, 1),
        "p95": round(ordered[int(len(ordered) * 0.95)] * 1000, 1),
        "max": round(ordered[-1] * 1000, 1),
    }


def _processor_seconds(pid: int) -> float:
    """Processor time of the server and its children."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if pid in (int(fields[1]), int(path.parent.name)):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _is_right(figures: dict[str, Any]) -> bool:
    books = figures["books"]
    return bool(
        books["ledger_balanced"]
        and books["amounts_right"]
        and not books["orders_charged_twice"]
        and books["orders_bought"] == books["charges"] == books["orders_processing"]
        and not figures["refused"]
    )


def _record(figures: dict[str, Any]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"purchase-{figures['database'].lower()}.json"
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    raise SystemExit(main())
