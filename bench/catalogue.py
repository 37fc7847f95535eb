"""Results and product pages under load, with a seeded catalogue of any size.

    python bench/catalogue.py fill --data DIR --products 10000   products of 400 sellers, in rooms and sub-categories
    python bench/catalogue.py run --data DIR                     serve with 2 workers, load with 4 connections
    python bench/catalogue.py time --data DIR                    processor time a page, in one process

`--record` adds a line to bench/results.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from processes import memory_mb

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))
SELLERS = 400
ROOMS = ["data", "security", "develop", "business", "network", "ai", "services", "systems"]
DELIVERIES = ["saas"] * 5 + ["image"] * 3 + ["license", "professional", "consulting", "template"]
SYSTEMS = ["Debian 12", "Ubuntu 24.04", "Rocky 9", "Windows Server 2025"]
COMMON = [
    "cloud",
    "backup",
    "server",
    "data",
    "secure",
    "fast",
    "team",
    "report",
    "monitor",
    "log",
    "search",
    "mail",
    "gateway",
    "file",
    "invoice",
    "ledger",
    "sign",
    "form",
    "chat",
    "desk",
    "build",
    "deploy",
    "test",
    "queue",
    "cache",
    "index",
    "model",
    "image",
    "video",
    "voice",
    "text",
    "map",
    "route",
    "firewall",
    "proxy",
    "vault",
    "key",
    "access",
    "identity",
    "audit",
    "policy",
    "risk",
    "scan",
    "patch",
    "update",
    "restore",
    "archive",
    "replica",
    "stream",
    "batch",
    "table",
    "graph",
    "chart",
    "alert",
    "uptime",
]
NAMES = [
    "tide",
    "ridge",
    "harbour",
    "lantern",
    "cedar",
    "quarry",
    "meadow",
    "anvil",
    "copper",
    "willow",
    "beacon",
    "ferry",
    "granite",
    "heron",
    "juniper",
    "kestrel",
]
PAIRS = 40


def use(data: Path) -> None:
    """Settings of the bench: no logs, no test clock."""
    data.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("GALLERIA_DATA_DIR", str(data))
    os.environ.setdefault("GALLERIA_LOG_LEVEL", "ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "galleria.config.settings")
    import django

    django.setup()


# --- the catalogue -----------------------------------------------------------------------------------------
def fill(products: int) -> None:
    """A catalogue from a fixed seed: word frequencies fall like in real texts, prices and sales too."""
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)
    chance = random.Random(20)
    rare = ["".join(chance.choices("abcdefghiklmnoprstuvw", k=chance.randint(5, 9))) for _ in range(6000)]
    words = COMMON + rare
    weights = [1 / (rank + 3) for rank in range(len(words))]
    with transaction.atomic():
        categories, sellers = _categories(), _sellers()
        for start in range(0, products, 1000):
            _products(range(start, min(start + 1000, products)), categories, sellers, words, weights, chance)
            print(f"\r{min(start + 1000, products)} products", end="", flush=True)
    print()


def _categories() -> list[object]:
    from galleria.publishing.models import Category

    found = []
    for position, room in enumerate(ROOMS):
        top = Category.objects.create(
            path=room, name_en=room.capitalize(), name_zh_hans="", room=room, position=position
        )
        found += [
            Category.objects.create(
                path=f"{room}/part-{number}",
                name_en=f"{room.capitalize()} {number}",
                room=room,
                parent=top,
                position=number,
            )
            for number in range(5)
        ]
    return found


def _sellers() -> list[object]:
    from galleria.parties.models import Account, Seller

    now = datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    for number in range(SELLERS):
        account = Account.objects.create(
            kind="enterprise", name=f"Maker {number}", country="SE", currency="EUR", created_at=now
        )
        found.append(
            Seller.objects.create(
                account=account, slug=f"maker-{number}", name=f"{NAMES[number % 16].capitalize()} Works {number}",
                legal_name=f"Maker {number} AB", country="SE", support_hours="Mon to Fri, 8 to 18 (GMT+01:00)",
                support_email=f"help@maker-{number}.example", verified_at=now, created_at=now,
            )
        )  # fmt: skip
    return found


def _products(
    numbers: range, categories: list, sellers: list, words: list[str], weights: list[float], chance: random.Random
) -> None:  # type: ignore[type-arg]
    from galleria.publishing import services
    from galleria.publishing.models import Price, Product, Sku, SkuAttribute, Specification

    def text(count: int) -> str:
        return " ".join(chance.choices(words, weights, k=count))

    now = datetime(2026, 6, 1, tzinfo=UTC)
    rows = []
    for number in numbers:
        name = f"{chance.choice(NAMES)} {text(2)}".title()
        delivery = chance.choice(DELIVERIES)
        rows.append(
            Product(
                slug=f"product-{number}", seller=sellers[number % SELLERS], category=chance.choice(categories),
                name_en=name, summary_en=text(12).capitalize(), description_en="\n\n".join(text(60) for _ in range(4)),
                guide_en=text(40), tags=text(3).split(), delivery_type=delivery, version="V1.0",
                operating_system=chance.choice(SYSTEMS) if delivery == "image" else "",
                trial_days=14 if chance.random() < 0.3 else 0, published_at=now - timedelta(hours=number),
                changed_at=now - timedelta(hours=number), sales_30d=int(2000 / (1 + chance.random() * 400)),
                rating_e2=chance.choice([0, 380, 420, 460, 480]), review_count=chance.choice([0, 3, 20, 210]),
            )
        )  # fmt: skip
    Product.objects.bulk_create(rows)
    specs = Specification.objects.bulk_create(
        Specification(
            product=row, name_en=name, summary_en=text(5), features_en={"Servers": "25", "Kept": "5 TB"}, position=place
        )
        for row in rows
        for place, name in enumerate(("Small", "Large"))
    )
    SkuAttribute.objects.bulk_create(
        SkuAttribute(
            specification=spec, key="seats", name_en="Seats", kind="quantity", minimum=1, maximum=500, unit_en="seat"
        )
        for spec in specs
    )
    skus = Sku.objects.bulk_create(Sku(specification=spec, code=f"sku-{spec.pk}") for spec in specs)
    Price.objects.bulk_create(
        Price(
            sku=sku, product_code=f"code-{sku.pk}-{period}", billing_mode="period", period_type=period, currency="EUR",
            unit_price_e10=chance.choice([0, 3, 9, 29, 90, 300, 900]) * factor * 10**10, quantity_key="seats",
            model="linear", terms=[1, 3, 6] if period == "month" else [1],
        )
        for sku in skus
        for period, factor in (("month", 1), ("year", 10))
    )  # fmt: skip
    services.reindex_products([row.pk for row in rows])


def addresses() -> tuple[list[str], list[str]]:
    """Two-word searches and product pages, the same ones every time. The searches are the same in a catalogue of any
    size and fill a page with 20 cards in one of 10,000, so that sizes are compared by what both have to show."""
    from galleria.publishing.models import Product

    chance = random.Random(4)
    searches = ["/search?q=" + quote(" ".join(chance.sample(COMMON[:45], 2))) for _ in range(PAIRS)]
    slugs = Product.objects.order_by("pk").values_list("slug", flat=True)[:: max(1, Product.objects.count() // 400)]
    return searches, [f"/products/{slug}" for slug in slugs]


# --- measuring ---------------------------------------------------------------------------------------------
def timed(rounds: int) -> None:
    """Processor time a page in one process, without a network: what does not depend on other load."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    searches, products = addresses()
    for name, pages in (("results", searches), ("product", products[:PAIRS])):
        for page in pages[:5]:
            client.get(page)
        began, count = time.process_time(), 0
        for _ in range(rounds):
            for page in pages:
                assert client.get(page).status_code == 200
                count += 1
        spent = (time.process_time() - began) / count
        with CaptureQueriesContext(connection) as queries:
            client.get(pages[0])
        print(f"{name}: {spent * 1000:.2f} ms a page, {1 / spent:.0f} pages/s a core, {len(queries)} queries")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def run(seconds: int, record: bool, note: str) -> None:
    """Start the server and load it."""
    port = free_port()
    command = [sys.executable, "-m", "galleria", "serve", "--host", "127.0.0.1", "--port", str(port), "--workers", "2"]
    server = subprocess.Popen(command, env=os.environ | {"GALLERIA_LOG_LEVEL": "ERROR"}, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        searches, products = addresses()
        lines = []
        for name, pages in (("results", searches), ("product", products)):
            asyncio.run(_load(port, pages, 2.0))
            latencies, took = asyncio.run(_load(port, pages, float(seconds)))
            latencies.sort()
            p50, p95 = statistics.median(latencies), latencies[int(len(latencies) * 0.95)]
            lines.append(
                f"{name}: {len(latencies) / took:.0f} pages/s, p50 {p50 * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms"
            )
            print(lines[-1])
        lines.append(f"memory of 2 web processes: {memory_mb(server.pid)} MB")
        print(lines[-1])
        if record:
            _record(lines, note)
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


async def _load(port: int, pages: list[str], seconds: float) -> tuple[list[float], float]:
    """Four connections that ask one page after the other. Each is made anew after 25 pages: the kernel deals out
    connections to the processes by chance, and four that last would measure one throw of the dice."""
    latencies: list[float] = []
    end = time.perf_counter() + seconds
    began = time.perf_counter()

    async def connection(first: int) -> None:
        place = first
        while time.perf_counter() < end:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for page in (pages[(place + step) % len(pages)] for step in range(25)):
                asked = time.perf_counter()
                writer.write(f"GET {page} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200"), head[:80]
                lower = head.lower()
                length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
                await reader.readexactly(length)
                latencies.append(time.perf_counter() - asked)
            place += 25
            writer.close()

    await asyncio.gather(*(connection(number * 7) for number in range(4)))
    return latencies, time.perf_counter() - began


def _record(lines: list[str], note: str) -> None:
    from django.db import connection

    from galleria.publishing.models import Product

    machine = f"{os.cpu_count()} cores, {os.uname().machine}, Python {sys.version.split()[0]}, {connection.vendor}"
    path = HERE / "results.md"
    with path.open("a") as file:
        day = datetime.now(UTC).date().isoformat()
        for line in lines:
            what = f"catalogue, {Product.objects.count():,} products"
            file.write(f"| {day} | {what} | {line} | {machine}{note and ', ' + note} |\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("act", choices=["fill", "run", "time"])
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "galleria-bench")
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--note", default="")
    given = parser.parse_args()
    use(given.data)
    if given.act == "fill":
        fill(given.products)
    elif given.act == "time":
        timed(given.rounds)
    else:
        run(given.seconds, given.record, given.note)


if __name__ == "__main__":
    main()
