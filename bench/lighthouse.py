"""Lighthouse over the pages of a demo that is running: mobile profile, median of five runs each (UI-PERF-01, UI-T04).

    ./galleria demo &                                   # or a marketplace of yours, with --email and --password
    .venv/bin/python bench/lighthouse.py                # all six pages
    .venv/bin/python bench/lighthouse.py --only P1 --runs 1
    .venv/bin/python bench/lighthouse.py --record       # and keep the figures in bench/results/lighthouse.md

Needs Node.js, npm and Chromium; Lighthouse itself is installed into a folder of its own (--tools) and stays out of the
program. The machine must be calm: the throttled processor of the profile makes every other load look like the page's.
Exits 1 when a page misses its target.
"""

from __future__ import annotations

import argparse
import html
import http.cookiejar
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
VERSION = "12"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
METRICS = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
STORE, CONSOLE = (100, 100, 100, 100), (99, 100, 100, 0)  # consoles are not for search engines
CHROMIUM_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage"
)
LOAD_WANTED = 3.0


@dataclass
class Page:
    """A page of the table of screens, and what it must reach."""

    id: str
    url: str
    targets: tuple[int, ...]
    cookie: str = ""


class Visitor:
    """Reads pages, to find the addresses to measure; signs in for the consoles."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def read(self, path: str, data: dict[str, str] | None = None) -> str:
        body = urllib.parse.urlencode(data).encode() if data else None
        request = urllib.request.Request(self.base + path, body, {"Referer": self.base + path})
        with self.browser.open(request, timeout=30) as answer:
            return str(answer.read().decode())

    def link(self, path: str, beginning: str) -> str:
        """The first address on a page that begins like this."""
        found = re.search(f'href="({beginning}[^"?#]+)"', self.read(path))
        if found is None:
            sys.exit(f"no link to {beginning} on {path}")
        return html.unescape(found[1])

    def sign_in(self, email: str, password: str) -> str:
        """The cookie of a session."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.read("/account/login/"))
        assert token is not None
        self.read("/account/login/", {"login": email, "password": password, "csrfmiddlewaretoken": token[1]})
        session = next((each.value for each in self.cookies if each.name == "sessionid"), "")
        return f"sessionid={session}" if session else sys.exit(f"{email} cannot sign in")


def pages(given: argparse.Namespace) -> list[Page]:
    """P1, P2, P3, P5 as a visitor sees them, B3 and B5 as the buyer does."""
    visitor = Visitor(given.url)
    product = visitor.link("/search?q=helpdesk", "/products/")
    found = [
        Page("P1", "/", STORE),
        Page("P2", "/search?q=backup", STORE),
        Page("P3", product, STORE),
        Page("P5", visitor.link(product, "/sellers/"), STORE),
    ]
    wanted = set(filter(None, given.only.split(",")))
    if not wanted or wanted & {"B3", "B5"}:
        buyer = Visitor(given.url)
        cookie = buyer.sign_in(given.email, given.password)
        found.append(Page("B3", "/buyer/", CONSOLE, cookie))
        found.append(
            Page("B5", buyer.link("/buyer/subscriptions?view=all", "/buyer/subscriptions/sub_"), CONSOLE, cookie)
        )
    return [page for page in found if not wanted or page.id in wanted]


def install(folder: Path) -> Path:
    """Lighthouse in a folder; returns its program."""
    program = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            "npm",
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(folder),
            f"lighthouse@{VERSION}",
        ]
        environment = {**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return program


def measure(program: Path, page: Page, base: str, chromium: str) -> dict[str, Any]:
    """One run: scores 0 to 100, metrics in ms, bytes, requests, and what was found wanting."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        headers = ["--extra-headers", json.dumps({"Cookie": page.cookie})] if page.cookie else []
        command = ["node", str(program), base + page.url, "--output=json", f"--output-path={out}", "--quiet",
                   f"--chrome-flags={CHROMIUM_FLAGS}", f"--only-categories={','.join(CATEGORIES)}",
                   *headers]  # fmt: skip
        environment = {**os.environ, "CHROME_PATH": chromium}
        for _again in range(3):  # now and then it misses the begin of its own recording, and says so
            if subprocess.run(command, check=False, env=environment, timeout=300).returncode == 0:
                break
        report = json.loads(out.read_text("utf-8"))
    audits = report["audits"]
    requests = audits["network-requests"]["details"]["items"]
    wanting = [
        name
        for category in report["categories"].values()
        for name in (ref["id"] for ref in category["auditRefs"] if ref["weight"])
        if audits[name]["score"] is not None and audits[name]["score"] < 1
    ]
    return {
        "scores": [round(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES],
        "metrics": [audits[name]["numericValue"] for name in METRICS],
        "bytes": sum(each.get("transferSize", 0) for each in requests),
        "requests": len(requests),
        "wanting": wanting,
        "version": report["lighthouseVersion"],
    }


def median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The middle of every figure, and everything that any run found wanting."""
    return {
        "scores": [
            round(statistics.median(run["scores"][number] for run in runs)) for number in range(len(CATEGORIES))
        ],
        "metrics": [statistics.median(run["metrics"][number] for run in runs) for number in range(len(METRICS))],
        "bytes": round(statistics.median(run["bytes"] for run in runs)),
        "requests": round(statistics.median(run["requests"] for run in runs)),
        "wanting": sorted({name for run in runs for name in run["wanting"]}),
        "version": runs[0]["version"],
    }


def line(page: Page, found: dict[str, Any]) -> str:
    """A row of the table."""
    scores = [str(score) if target else "–" for score, target in zip(found["scores"], page.targets, strict=True)]
    paint, largest, blocking, shift = found["metrics"]
    cells = [page.id, f"`{page.url}`", " / ".join(scores), f"{paint / 1000:.2f} s", f"{largest / 1000:.2f} s",
             f"{blocking:.0f} ms", f"{shift:.3f}", f"{found['bytes'] / 1000:.1f} kB",
             str(found["requests"])]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def reached(page: Page, found: dict[str, Any]) -> bool:
    return all(score >= target for score, target in zip(found["scores"], page.targets, strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--url", default="http://localhost:8000", help="where the marketplace answers")
    parser.add_argument("--email", default="ada@demo.example", help="who looks at B3 and B5")
    parser.add_argument("--password", default="", help="of that person (the demo's when empty)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="pages by id, separated by commas")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--tools", type=Path, default=Path(tempfile.gettempdir()) / "galleria-lighthouse")
    parser.add_argument("--record", action="store_true", help="write bench/results/lighthouse.md")
    given = parser.parse_args()
    given.url = given.url.rstrip("/")
    given.password = given.password or _demo_password()
    load = os.getloadavg()[0]
    if load > LOAD_WANTED:
        print(f"the machine is busy (load {load:.1f}): performance figures will be too low", file=sys.stderr)
    program = install(given.tools)
    rows, failed, version = [], [], ""
    for page in pages(given):
        found = median([measure(program, page, given.url, given.chromium) for _run in range(given.runs)])
        rows.append(line(page, found))
        version = found["version"]
        print(rows[-1], " ".join(found["wanting"]), flush=True)
        if not reached(page, found):
            failed.append(page.id)
    if given.record:
        record(rows, version, given, load)
    if failed:
        print(f"below the target: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def record(rows: list[str], version: str, given: argparse.Namespace, load: float) -> None:
    """Keep the table with the machine and the day."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    scores = "Performance / accessibility / best practices / search"
    head = f"| | Page | {scores} | First paint | Largest paint | Blocking | Shift | Sent | Requests |"
    text = [
        "# Lighthouse", "",
        f"{datetime.now(UTC):%Y-%m-%d}, Lighthouse {version}, mobile profile, median of {given.runs};"
        f" {platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before, Python {platform.python_version()}.",
        "", "Made by `bench/lighthouse.py --record` against the demo. Targets: 100 in all four for the storefront,"
        " 99 / 100 / 100 for consoles.", "", head, "|" + " --- |" * 9, *rows, "",
    ]  # fmt: skip
    (RESULTS / "lighthouse.md").write_text("\n".join(text), "utf-8")


def _demo_password() -> str:
    found = re.search(
        r'^PASSWORD(?:: \w+)? = "([^"]+)"', (ROOT / "src/galleria/demo/people.py").read_text("utf-8"), re.M
    )
    return found[1] if found else ""


if __name__ == "__main__":
    sys.exit(main())
