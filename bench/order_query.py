"""Order queries with AK/SK signatures over HTTP: calls a second, their times, and processor time of the web server.

    .venv/bin/python bench/order_query.py                # SQLite, 10 s
    .venv/bin/python bench/order_query.py --record       # and keep the figures in bench/results.md and bench/results/

Makes a marketplace in a temporary folder with paid orders of several sellers, starts the web server as `galleria serve`
does, and asks for random orders from several connections; every answer is checked. The callers sign each call anew and
run on the same machine. `processor_ms_per_call` is what the web processes used, which other load on the machine does
not change much.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
RESULTS = ROOT / "bench" / "results"
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Caller:
    """A seller's server that asks again and again, over one connection. `orders`: those of this seller."""

    port: int
    access_key: str
    secret_key: str
    orders: list[str]
    until: float
    times: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def run(self) -> None:
        from galleria_seller import aksk
        from galleria_seller.orders import PATH

        chance = random.Random(self.access_key)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while time.perf_counter() < self.until:
            order = chance.choice(self.orders)
            path = f"{PATH}?{urlencode({'orderId': order})}"
            headers = aksk.sign(
                "GET",
                f"http://127.0.0.1:{self.port}{path}",
                access_key=self.access_key,
                secret_key=self.secret_key,
                at=datetime.now(UTC),
                headers={"Content-Type": "application/json"},
            )
            begun = time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            self.times.append(time.perf_counter() - begun)
            if answer.status != 200 or json.loads(body)["orderInfo"]["orderId"] != order:
                self.problems.append(f"{answer.status} {body[:200]!r}")


def prepare(sellers: int, orders: int) -> list[tuple[str, str, list[str]]]:
    """Sellers with a product each, and paid orders; gives each seller's pair and order ids."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.people import NOW, make_person, make_seller
    from tests.shop import Shop
    from tests.wire.open_api import program

    from galleria.kit import clock

    clock.set_for_tests(NOW)
    ada = make_person("Ada")
    found = []
    for number in range(sellers):
        bruno = make_seller(f"Bruno {number}", slug=f"bruno-{number}", seller_name=f"Bruno {number}")
        shop = Shop(bruno)
        product = shop.product(f"Desk {number}", monthly="9.00", seats=(1, 100, 1), model="linear")
        shop.fund(ada, str(orders * 100))
        pair = program(bruno)
        ids = [shop.buy(ada, product, attributes={"seats": "3"}).public_id for _ in range(orders)]
        found.append((pair.access_key, pair.secret_key, ids))
    clock.set_for_tests(None)
    return found


def family(pid: int) -> list[int]:
    """A process and its children."""
    found = [pid]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found += family(int(folder.name))
    return found


def processor_seconds(pids: list[int]) -> float:
    """What they have used so far, user and system."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def wait(port: int) -> None:
    for _attempt in range(400):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not start")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--sellers", type=int, default=8, help="and connections")
    parser.add_argument("--orders", type=int, default=25, help="of each seller")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="galleria-bench-"))
    from tests.world import free_port

    port = free_port()
    os.environ.update(
        DJANGO_SETTINGS_MODULE="galleria.config.settings",
        GALLERIA_DATA_DIR=str(folder),
        GALLERIA_LOG_LEVEL="WARNING",
        GALLERIA_TEST_CLOCK="yes",
        GALLERIA_OPEN_API_RATE="0",
        GALLERIA_SITE_URL=f"http://127.0.0.1:{port}",
    )
    web = None
    try:
        known = prepare(given.sellers, given.orders)
        words = ["serve", "--port", str(port), "--workers", str(given.workers), "--threads", "4", "--no-check"]
        web = subprocess.Popen([sys.executable, "-m", "galleria", *words])
        wait(port)
        measure(port, known, 2)
        pids = family(web.pid)
        before, begun = processor_seconds(pids), time.perf_counter()
        callers = measure(port, known, given.seconds)
        took, used = time.perf_counter() - begun, processor_seconds(pids) - before
        figures = figures_of(given, callers, took, used)
    finally:
        if web is not None:
            web.terminate()
            web.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, indent=1))
    if given.record:
        record(figures)
    return 1 if figures["problems"] else 0


def measure(port: int, known: list[tuple[str, str, list[str]]], seconds: float) -> list[Caller]:
    until = time.perf_counter() + seconds
    callers = [Caller(port, key, secret, ids, until) for key, secret, ids in known]
    threads = [threading.Thread(target=caller.run) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return callers


def figures_of(given: argparse.Namespace, callers: list[Caller], took: float, used: float) -> dict[str, Any]:
    times = sorted(each for caller in callers for each in caller.times)
    return {
        "what": "order queries with signature",
        "at": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, SQLite",
        "web": f"{given.workers} processes",
        "connections": len(callers),
        "calls": len(times),
        "calls_per_second": round(len(times) / took, 1),
        "p50_ms": round(statistics.median(times) * 1000, 1),
        "p95_ms": round(times[int(len(times) * 0.95)] * 1000, 1),
        "processor_ms_per_call": round(used / len(times) * 1000, 2),
        "problems": [problem for caller in callers for problem in caller.problems][:5],
        "load_average": round(os.getloadavg()[0], 1),
    }


def record(figures: dict[str, Any]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    with (RESULTS / "order_query.jsonl").open("a") as file:
        file.write(json.dumps(figures) + "\n")
    told = (
        f"{figures['calls_per_second']} calls/s, p50 {figures['p50_ms']} ms, p95 {figures['p95_ms']} ms, "
        f"{figures['processor_ms_per_call']} ms processor a call"
    )
    name = f"order queries with signature, {figures['connections']} connections, load {figures['load_average']}"
    table = ROOT / "bench" / "results.md"
    text = table.read_text("utf-8")
    assert re.search(r"^\|", text, re.M), "results.md has no table"
    table.write_text(f"{text.rstrip()}\n| {figures['at']} | {name} | {told} | {figures['machine']} |\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
