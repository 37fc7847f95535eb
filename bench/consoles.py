"""Seller's and reviewer's pages with a full house: 10,000 products, 400 sellers, 2,000 open submissions.

    python bench/catalogue.py fill --data DIR --products 10000   first
    python bench/consoles.py fill --data DIR                     people, drafts, releases and submissions on top
    python bench/consoles.py run --data DIR                      serve with 2 workers, 4 readers; p50, p95 of each page

To reach: p50 ≤ 60 ms, p95 ≤ 150 ms. `--record` adds a line a page to bench/results.md.
"""

from __future__ import annotations

import argparse
import http.client
import os
import platform
import random
import statistics
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]
SUBMISSIONS = 2000
BUSY_SELLER = "maker-0"
PASSWORD = "bench-gallery-7"


def use(data: Path) -> None:
    """Settings of the bench."""
    import catalogue

    catalogue.use(data)


def fill() -> None:
    """Olga, and Bruno who sells for a seller with 1,000 products; drafts, releases and submissions of all sellers."""
    from django.core.management import call_command
    from django.db import transaction

    from galleria.parties.models import Account, Seller
    from galleria.publishing.models import Product

    call_command("migrate", verbosity=0)
    at = datetime.now(UTC)
    with transaction.atomic():
        operator = Account.objects.filter(kind="operator").first() or Account.objects.create(
            kind="operator", name="Operator", country="SE", currency="EUR", created_at=at, is_complete=True
        )
        _person("olga@bench.example", operator, ["OperatorAdmin"], at)
        busy = Seller.objects.select_related("account").get(slug=BUSY_SELLER)
        Account.objects.filter(pk=busy.account_id).update(is_complete=True, phone="+46 8 555 010 00")
        _person("bruno@bench.example", busy.account, [], at)
        mine = list(Product.objects.order_by("pk").values_list("pk", flat=True)[:1000])
        Product.objects.filter(pk__in=mine).update(seller=busy)
        _submissions(list(Seller.objects.select_related("account")), busy, at)
    print("filled")


def _person(email: str, account: Any, roles: list[str], at: datetime) -> None:
    from galleria.parties import services
    from galleria.parties.models import Membership

    user = services.prepare_user(email=email, name=email.partition("@")[0].title(), password=PASSWORD, at=at)
    user.save()
    Membership.objects.create(user=user, account=account, is_owner=not roles, roles=roles, granted_at=at)


def _submissions(sellers: list[Any], busy: Any, at: datetime) -> None:
    """Five open releases a seller, those of the busy one too, each with the document of a live product."""
    from galleria.publishing import documents
    from galleria.publishing.models import Product
    from galleria.releasing.models import Release, Revision
    from galleria.reviewing.models import Submission

    chance = random.Random(5)
    products = {seller.pk: list(Product.objects.filter(seller=seller)[:5]) for seller in sellers}
    for seller in sellers:
        for product in products[seller.pk]:
            document = documents.document_of(product)
            age = timedelta(hours=chance.randint(1, 90))
            release = Release.objects.create(
                seller=seller, product=product, kind="change", delivery=product.delivery_type, title=product.name,
                document=document, base=document, base_version=1, state="pending", created_at=at - age,
                changed_at=at - age, submitted_at=at - age,
            )  # fmt: skip
            submission = Submission.objects.create(
                kind="release", subject=release.public_id, title=product.name, account=seller.account,
                seller_name=seller.name, submitted_at=at - age, due_at=at - age + timedelta(days=3),
            )  # fmt: skip
            Revision.objects.create(
                release=release, round=1, document=document, submission=submission.public_id, submitted_at=at - age
            )
    drafts = [
        Release(
            seller=busy, kind="new", delivery="saas", title=f"Draft {number}", document={"name": f"Draft {number}"},
            created_at=at, changed_at=at - timedelta(minutes=number),
        )
        for number in range(200)
    ]  # fmt: skip
    Release.objects.bulk_create(drafts)


# --- measuring ---------------------------------------------------------------------------------------------
def pages() -> dict[str, list[tuple[str, str]]]:
    """(person, address) by the name of a page; several addresses where a page is about one thing."""
    from galleria.releasing.models import Release
    from galleria.reviewing.models import Submission

    reviews = list(
        Submission.objects.filter(state="pending").order_by("due_at").values_list("public_id", flat=True)[:20]
    )
    drafts = list(Release.objects.filter(seller__slug=BUSY_SELLER).values_list("public_id", "state"))
    pending = [each for each, state in drafts if state == "pending"]
    open_ = [each for each, state in drafts if state == "draft"][:10]
    return {
        "S2 overview": [("bruno", "/seller/")],
        "S3 products": [("bruno", "/seller/products"), ("bruno", "/seller/products?q=tide")],
        "S4 editor": [("bruno", f"/seller/products/{each}/edit/listing") for each in open_],
        "S7 releases": [("bruno", "/seller/releases")],
        "S7 a release": [("bruno", f"/seller/releases/{each}") for each in pending],
        "S8 orders": [("bruno", "/seller/orders")],
        "O1 overview": [("olga", "/operator/")],
        "O2 reviews": [("olga", "/operator/reviews"), ("olga", "/operator/reviews?kind=release")],
        "O3 a review": [("olga", f"/operator/reviews/{each}") for each in reviews],
        "O4 accounts": [("olga", "/operator/accounts")],
        "O10 settings": [("olga", "/operator/settings")],
        "O12 audit": [("olga", "/operator/audit")],
    }


def sessions() -> dict[str, str]:
    """A signed-in session of each person."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from galleria.parties.models import User

    made = {}
    for name in ("bruno", "olga"):
        user = User.objects.get(email=f"{name}@bench.example")
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        made[name] = str(session.session_key)
    return made


def run(port: int, seconds: float, *, record: bool) -> None:
    """Each page for some seconds with four readers; an answer that is not 200 ends the run."""
    from django.conf import settings

    cookies = sessions()
    command = [sys.executable, "-m", "galleria", "serve", "--port", str(port), "--workers", "2"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=HERE.parent)
    try:
        _wait(port)
        engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
        for name, addresses in pages().items():
            if not addresses:
                continue
            _load(port, cookies, addresses, 1.0)
            times = sorted(_load(port, cookies, addresses, seconds))
            p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
            line = f"{name}: p50 {p50 * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms, {len(times) / seconds:.0f} pages/s"
            print(line, flush=True)
            if record:
                machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {engine}"
                with (HERE / "results.md").open("a", encoding="utf-8") as file:
                    file.write(f"| {datetime.now(UTC):%Y-%m-%d} | consoles, 4 readers | {line} | {machine} |\n")
    finally:
        server.terminate()
        server.wait(30)


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


def _load(port: int, cookies: dict[str, str], addresses: list[tuple[str, str]], seconds: float) -> list[float]:
    until, times, wrong = time.perf_counter() + seconds, [], []

    def read(start: int) -> None:
        connection = http.client.HTTPConnection("localhost", port, timeout=30)
        number = start
        while time.perf_counter() < until and not wrong:
            who, path = addresses[number % len(addresses)]
            number += 1
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": f"sessionid={cookies[who]}"})
            answer = connection.getresponse()
            answer.read()
            times.append(time.perf_counter() - begun)
            if answer.status != 200:
                wrong.append(f"{path}: {answer.status} {answer.headers.get('Location', '')}")

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(wrong[0])
    return times


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("act", choices=("fill", "run"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8770)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    use(given.data)
    if given.act == "fill":
        fill()
    else:
        run(given.port, given.seconds, record=given.record)


if __name__ == "__main__":
    main()
