"""A marketplace in processes of its own, for tests that kill, starve and restart them.

`python -m tests.world` prepares the database of the environment and prints what a buyer's program needs.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SLUG = "desk"


def prepare() -> None:
    """Tables, one product, one buyer with money and a key; prints them as JSON."""
    import django

    django.setup()
    from django.core.management import call_command

    from galleria.kit import clock
    from galleria.parties import services
    from tests.people import NOW, make_person, make_seller
    from tests.shop import Shop

    call_command("migrate", verbosity=0)
    clock.set_for_tests(NOW)
    shop = Shop(make_seller("Bruno", slug="bruno", seller_name="Bruno"))
    product = shop.product("Desk", monthly="9.00")
    shop.connect(product, os.environ["WORLD_SELLER"])
    ada = make_person("Ada")
    shop.fund(ada, "900.00")
    clock.set_for_tests(None)
    _row, key = services.create_api_key(ada.actor, name="test", scopes=(), at=clock.now())
    print(json.dumps({"key": key, "agreements": shop.accepted(ada, product), "account": ada.account.public_id}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class World:
    """The processes: a seller, a web server, workers. `database`: a URL, or empty for SQLite in `folder`."""

    folder: Path
    database: str = ""
    port: int = field(default_factory=free_port)
    facts: dict[str, Any] = field(default_factory=dict)
    seller_url: str = ""
    running: list[subprocess.Popen[Any]] = field(default_factory=list)
    program: str = "tests.world"  # what fills the database and prints the facts
    extra: dict[str, str] = field(default_factory=dict)  # more of the environment

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GALLERIA_")}
        values = {
            "DJANGO_SETTINGS_MODULE": "galleria.config.settings",
            "GALLERIA_DATA_DIR": str(self.folder),
            "GALLERIA_SECRET_KEY": "worlds-only-worlds-only-worlds-only-0123456789",
            "GALLERIA_TEST_CLOCK": "yes",
            "GALLERIA_OUTGOING_ALLOW": "127.0.0.0/8",
            "GALLERIA_ALLOW_HTTP_SELLERS": "yes",
            "GALLERIA_LOG_LEVEL": "ERROR",
            "GALLERIA_JOB_LEASE_SECONDS": "2",
            "GALLERIA_SITE_URL": f"http://127.0.0.1:{self.port}",
            "WORLD_SELLER": f"{self.seller_url}/saas",
        }
        return {**kept, **values, **self.extra, **({"GALLERIA_DATABASE_URL": self.database} if self.database else {})}

    def build(self) -> World:
        """Start the seller and fill the database; the clock stands where the tests' people live."""
        from tests.people import NOW
        from tests.shop import KEY

        self.folder.mkdir(parents=True, exist_ok=True)
        seller = self.start("-m", "galleria.demo.sample_seller", "--port", "0", "--key", KEY, "--state",
                            str(self.folder / "seller"), stdout=subprocess.PIPE)  # fmt: skip
        assert seller.stdout is not None
        found = re.search(rb"https?://\S+", seller.stdout.readline())
        assert found, "the seller did not start"
        self.seller_url = found.group().decode()
        (self.folder / "clock").write_text(str(round(NOW.timestamp() - time.time()) + 3600))
        done = subprocess.run([sys.executable, "-m", self.program], env=self.environment(), cwd=ROOT,
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        self.facts = json.loads(done.stdout)
        return self

    def start(self, *arguments: str, file_limit: int = 0, **more: Any) -> subprocess.Popen[Any]:
        """A Python process; `file_limit`: no file may grow beyond that many bytes, as on a full disk."""

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

        process = subprocess.Popen([sys.executable, *arguments], env=self.environment(), cwd=ROOT,
                                   preexec_fn=limit if file_limit else None, **more)  # noqa: PLW1509  # fmt: skip
        self.running.append(process)
        return process

    def serve(self, **more: Any) -> subprocess.Popen[Any]:
        process = self.start("-m", "galleria", "serve", "--port", str(self.port), "--workers", "1", "--no-check",
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)  # fmt: skip
        self.wait(lambda: self.status("/healthz") == 200)
        return process

    def work(self, **more: Any) -> subprocess.Popen[Any]:
        return self.start("-m", "galleria", "worker", stderr=subprocess.DEVNULL, **more)

    def end(self, process: subprocess.Popen[Any], how: int = signal.SIGTERM) -> None:
        process.send_signal(how)
        process.wait(30)
        self.running.remove(process)

    def stop(self) -> None:
        for process in reversed(self.running):
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self.running.clear()

    @staticmethod
    def wait(is_done: Any, seconds: float = 240) -> None:
        until = time.monotonic() + seconds
        while not is_done():
            assert time.monotonic() < until, f"not done in {seconds} s"
            time.sleep(0.05)

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = "", who: str = "key"
    ) -> tuple[int, dict[str, Any]]:
        """One call of a program, with one of the keys in `facts`: status and JSON."""
        headers = {"Authorization": f"Bearer {self.facts[who]}", "Content-Type": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def buy(self) -> tuple[int, dict[str, Any]]:
        """Quote, order, pay; stops at the first answer that is not a success."""
        status, quote = self.ask("POST", "/quotes", {"product": SLUG, "mode": "period:month", "term": 1})
        if status != 201:
            return status, quote
        status, order = self.ask("POST", "/orders", {"quote": quote["id"], "agreements": self.facts["agreements"]})
        if status != 201:
            return status, order
        status, paid = self.ask("POST", "/payments", {"orders": [order["id"]], "method": "balance"})
        return (status, paid) if status != 201 else (status, order)

    def tell_seller(self, rule: dict[str, Any]) -> None:
        data = json.dumps(rule).encode()
        urllib.request.urlopen(
            urllib.request.Request(f"{self.seller_url}/_control", data, method="POST"), timeout=10
        ).close()

    def seller(self, what: str = "") -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.seller_url}/_control{what}", timeout=10) as answer:
            return dict(json.loads(answer.read()))

    def ledger(self) -> dict[str, Any]:
        """What a check of the whole ledger finds, in a process of its own."""
        program = (
            "import django, json; django.setup()\n"
            "from galleria.ledger import services\n"
            "from galleria.buying.models import Order\n"
            "from galleria.ledger.models import LedgerTransaction\n"
            "from galleria.subscribing.models import Subscription\n"
            "check = services.check()\n"
            "paid = LedgerTransaction.objects.filter(kind='order_payment').count()\n"
            "moved = Order.objects.exclude(paid_at=None).count()\n"
            "print(json.dumps({'balanced': check.is_balanced, 'charges': paid, 'paid_orders': moved,"
            " 'subscriptions': Subscription.objects.count()}))"
        )
        done = subprocess.run([sys.executable, "-c", program], env=self.environment(), cwd=ROOT, capture_output=True,
                              text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return dict(json.loads(done.stdout))


if __name__ == "__main__":
    prepare()
