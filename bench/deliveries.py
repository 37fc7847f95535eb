"""Deliveries: one worker process against a seller that answers in 20 ms, with and without a slow seller beside it.

    .venv/bin/python bench/deliveries.py                          # SQLite
    .venv/bin/python bench/deliveries.py --database postgres://…  # an empty database
    .venv/bin/python bench/deliveries.py --record                 # and keep the figures in bench/results/

Paid orders wait; then the worker starts, as `galleria worker` does, and the time from its first call to its last
delivery counts (rows before 13:00 of 2026-11-23 counted from its first delivery, when half of the work was done).
Each delivery is two signed calls over HTTP (newInstance, queryInstance), an activation and a completed order.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from processes import memory_mb

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
RESULTS = ROOT / "bench" / "results"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--orders", type=int, default=400)
    parser.add_argument("--slow", type=int, default=40, help="orders of a seller that answers after 3 s")
    parser.add_argument("--database", default="")
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="galleria-bench-"))
    try:
        return measure(given, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(folder: Path, database: str) -> None:
    """Settings of the bench, and a fresh database."""
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "galleria.config.settings",
            "GALLERIA_DATA_DIR": str(folder),
            "GALLERIA_OUTGOING_ALLOW": "127.0.0.0/8",
            "GALLERIA_ALLOW_HTTP_SELLERS": "yes",
            "GALLERIA_LOG_LEVEL": "ERROR",
            "GALLERIA_TEST_CLOCK": "yes",
        }
    )
    if database:
        os.environ["GALLERIA_DATABASE_URL"] = database
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def start_seller(folder: Path) -> tuple[subprocess.Popen[str], str]:
    keys = folder / "keys.json"
    keys.write_text(json.dumps({"sellers": {name: {"key": f"key-{name}", "name": name} for name in ("quick", "slow")}}))
    process = subprocess.Popen(
        [sys.executable, "-m", "galleria.demo.sample_seller", "--port", "0", "--keys", str(keys), "--state",
         str(folder / "seller"), "--no-call-log"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(r"https?://\S+", process.stdout.readline())
    assert found, "the seller did not start"
    url = found.group()
    for seller, seconds in (("quick", 0.02), ("slow", 3)):
        body = json.dumps({"do": "slow", "seconds": seconds, "seller": seller}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{url}/_control", data=body, method="POST"), timeout=10).read()
    return process, url


def orders_for(name: str, url: str, count: int) -> None:
    """A seller's product and paid orders for it."""
    from tests.people import make_person, make_seller
    from tests.shop import Shop

    from galleria.kit import clock

    clock.set_for_tests(datetime.now(UTC) + timedelta(days=120))  # the people of the tests live in 2027
    shop = Shop(make_seller(f"Seller {name}", slug=name, seller_name=name))
    product = shop.product(f"Desk {name}", monthly="9.00")
    shop.connect(product, f"{url}/s/{name}/saas", f"key-{name}")
    buyer = make_person(f"Buyer {name}")
    shop.fund(buyer, str(count * 10))
    for _each in range(count):
        shop.buy(buyer, product)


def run_worker(begun: Any, done: Any, expected: int, seconds: float) -> tuple[float, int, float]:
    """Start a worker; until `done()` reaches `expected`. Returns the seconds since it had `begun()`, its memory in
    MB, and the milliseconds of processor that each took."""
    worker = subprocess.Popen([sys.executable, "-m", "galleria", "worker"])
    started = time.perf_counter()
    try:
        while not begun():
            time.sleep(0.01)
        first, idle = time.perf_counter(), _processor(worker.pid)
        while time.perf_counter() - started < seconds:
            if done() >= expected:
                took = time.perf_counter() - first
                return took, memory_mb(worker.pid), (_processor(worker.pid) - idle) * 1000 / expected
            time.sleep(0.05)
        raise SystemExit(f"only {done()} of {expected} were delivered in {seconds} s")
    finally:
        worker.terminate()
        worker.wait(30)


def _processor(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(given: argparse.Namespace, folder: Path) -> int:
    prepare(folder, given.database)
    from django.db import connection

    from galleria.buying.models import Order
    from galleria.delivering.models import SellerCall
    from galleria.kit import clock
    from galleria.ledger import services as ledger

    seller, url = start_seller(folder)
    try:
        orders_for("quick", url, given.orders)
        if given.slow:
            orders_for("slow", url, given.slow)
        clock.set_for_tests(None)
        (folder / "clock").write_text(str(200 * 86400))  # later than every order

        def quick_done() -> int:
            return Order.objects.filter(state="completed", account__name__startswith="Buyer quick").count()

        took, memory, processor = run_worker(SellerCall.objects.exists, quick_done, given.orders, 120)
    finally:
        seller.terminate()
        seller.wait(10)
    result = {
        "what": "deliveries",
        "database": connection.vendor,
        "orders": given.orders,
        "beside_slow_orders": given.slow,
        "deliveries_per_second": round(given.orders / took, 1),
        "worker_processor_ms_each": round(processor, 1),
        "load": round(os.getloadavg()[0], 1),
        "worker_mb": memory,
        "ledger_balanced": ledger.check().is_balanced,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    print(json.dumps(result, indent=1))
    if given.record:
        RESULTS.mkdir(parents=True, exist_ok=True)
        with (RESULTS / "deliveries.jsonl").open("a") as file:
            file.write(json.dumps(result) + "\n")
    return 0 if result["ledger_balanced"] else 1


if __name__ == "__main__":
    sys.exit(main())
