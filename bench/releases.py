"""A specification of 2,000 SKUs: generated, validated, saved, and put on the shelf.

    .venv/bin/python bench/releases.py               # SQLite in a temporary folder
    .venv/bin/python bench/releases.py --record      # and keep the figures in bench/results.md and bench/results/

Every SKU has a price of its own by month and year, so that nothing can be written shortly: 4,000 prices. Generating,
every rule, and saving the draft are the figure that has to stay within 3 s; approval (rows of SKUs and prices, search,
product page) and the price file out and in are measured beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
RESULTS = ROOT / "bench" / "results"
SIDES = (20, 20, 5)


def run(runs: int) -> dict[str, Any]:
    """Seconds of each step: the best and the worst of some runs."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.packages.releasing.making import Maker
    from tests.people import NOW, make_seller

    from galleria.kit import clock, parameters
    from galleria.kit.actor import SYSTEM
    from galleria.releasing import services
    from galleria.releasing.figures import figures_at  # noqa: F401  (defines the settings)

    clock.set_for_tests(NOW)
    parameters.change(SYSTEM, "release.skus", 2000, at=NOW)
    bruno = make_seller("Bruno", slug="bruno", seller_name="Bruno")
    maker = Maker(bruno)
    times: dict[str, list[float]] = {}
    for number in range(runs):
        _once(maker, services, number, times)
    return {name: {"best": round(min(each), 3), "worst": round(max(each), 3)} for name, each in times.items()}


def _once(maker: Any, services: Any, number: int, times: dict[str, list[float]]) -> None:
    from tests.people import NOW

    from galleria.releasing import shelving
    from galleria.releasing.models import Release
    from galleria.releasing.rules import skus

    def timed(name: str, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        found = work()
        times.setdefault(name, []).append(time.perf_counter() - begun)
        return found

    attributes = [
        {"key": key, "name": key.title(), "kind": "choice",
         "options": [{"key": f"{key}-{n}", "name": f"{key.title()} {n}"} for n in range(side)]}
        for key, side in zip(("edition", "region", "support"), SIDES, strict=True)
    ]  # fmt: skip
    specification = {"key": "standard", "name": "Standard", "attributes": attributes, "prices": []}
    document = maker.licence(name=f"Wide Backup {chr(65 + number)}", specifications=[specification])
    document["copyright"]["software_name"] = document["name"]
    release = services.start_release(maker.seller.actor, delivery="license", at=NOW)
    offers = [skus.Offer("period", "month", (1, 3, 6)), skus.Offer("period", "year", (1, 2, 3))]

    def generate() -> dict[str, Any]:
        found = skus.generate(specification, offers, currency="EUR", figures=skus.Figures(skus=2000))
        rows = skus.rows_of(found)
        from dataclasses import replace

        priced = [replace(row, amount=Decimal(100 + place) / 100) for place, row in enumerate(rows)]
        return skus.with_rows(found, priced)

    made = timed("generate", generate)
    assert len(skus.rows_of(made)) == 4000
    document["specifications"] = [made]
    timed("save", lambda: services.save(
        maker.seller.actor, release_id=release.public_id, document=document, version=1, at=NOW))  # fmt: skip
    findings = timed("validate", lambda: services.check(maker.seller.actor, release_id=release.public_id, at=NOW))
    assert not findings, findings[:3]
    csv = timed("price file out", lambda: services.skus_csv(
        maker.seller.actor, release_id=release.public_id, specification="standard"))  # fmt: skip

    def read() -> Any:
        return services.read_skus_csv(
            maker.seller.actor, release_id=release.public_id, specification="standard", text=csv, version=2, at=NOW
        )

    timed("price file in", read)
    row = Release.objects.select_related("seller__account").get(pk=release.pk)
    product, _problems = timed("put on the shelf", lambda: shelving.put_on_shelf(row, row.document, at=NOW))
    assert product.specifications.get().skus.count() == 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            GALLERIA_DATA_DIR=folder, GALLERIA_SECRET_KEY="bench-only-bench-only-bench-only-0123456789",
            DJANGO_SETTINGS_MODULE="galleria.config.settings", GALLERIA_TEST_CLOCK="yes", GALLERIA_LOG_LEVEL="ERROR",
        )  # fmt: skip
        found = run(given.runs)
    three = {part: sum(found[name][part] for name in ("generate", "validate", "save")) for part in ("best", "worst")}
    for name, figure in found.items():
        print(f"{name:18} {figure['best']:.2f} to {figure['worst']:.2f} s")
    print(f"{'the three':18} {three['best']:.2f} to {three['worst']:.2f} s (to reach: 3 s)")
    if given.record:
        _record(found, three)


def _record(found: dict[str, Any], three: dict[str, float]) -> None:
    load = os.getloadavg()[0]
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, SQLite"
    line = (
        f"generate, validate, save: {three['best']:.2f} to {three['worst']:.2f} s; put on the shelf "
        f"{found['put on the shelf']['best']:.2f} to {found['put on the shelf']['worst']:.2f} s"
    )
    today = datetime.now(UTC).date().isoformat()
    with (ROOT / "bench" / "results.md").open("a", encoding="utf-8") as file:
        file.write(
            f"| {today} | specification of 2,000 SKUs and 4,000 prices, load {load:.1f} | {line} | {machine} |\n"
        )
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "releases.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"on": today, "load": load, "machine": machine, "seconds": found}) + "\n")


if __name__ == "__main__":
    main()
