"""A browser before a marketplace of its own: real web server, worker and seller, one Chromium for the whole run.

    def test_something(browsing):
        page = browsing.page("ada")           # signed in; or "visitor"
        page.goto(browsing.url("/buyer/"))

Whatever a page logs to the console, and every request that leaves this machine, fails the test that caused it.
While writing tests, `python -m tests.web.browser FOLDER` keeps such a marketplace running; with `TEST_SITE=FOLDER` the
tests use it, and start at once.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.world import World

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), "")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
PATIENCE = 30_000  # ms: a machine may be busy
needs_chromium = pytest.mark.skipif(
    not CHROMIUM or os.environ.get("GALLERIA_DATABASE_URL", "").startswith("postgres"),
    reason="Chromium is not installed, or another database is tested (the browser's marketplace is on SQLite)",
)

# Adds up every shift of the layout that the reader did not cause, and remembers what moved (UI-PERF-07).
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push({
    value: entry.value, what: entry.sources.map((s) => (s.node?.outerHTML || String(s.node)).slice(0, 120)) });
}).observe({ type: "layout-shift", buffered: true });
"""


@dataclass
class Browsing:
    """Pages of the marketplace, and what went wrong in them."""

    chromium: Any
    world: World
    problems: list[str] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        return self.world.facts

    def url(self, path: str) -> str:
        return f"http://localhost:{self.world.port}{path}"

    def page(self, who: str = "visitor", *, width: int = 1280, language: str = "en", **options: Any) -> Any:
        """A page of a browser of this person's own; transitions are off."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", locale=language,
            timezone_id="Europe/Stockholm",
            **options,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        cookies = {"sessionid": self.facts["sessions"][who]} if who != "visitor" else {}
        if language != "en":
            cookies["django_language"] = language
        context.add_cookies([{"name": name, "value": value, "url": self.url("/")} for name, value in cookies.items()])
        context.add_init_script(WATCH_SHIFTS)
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        return context.new_page()

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("http://localhost:", "data:", "about:", "blob:")):
            self.problems.append(f"asked for {request.url}")

    def _said(self, message: Any) -> None:
        # A page that answers 404 or 422 is told of by the browser itself; files that are missing are not.
        about_page = re.match(r"Failed to load resource: the server responded with a status of 4\d\d", message.text)
        if not about_page or "/static/" in message.location.get("url", ""):
            self.problems.append(f"console, {message.type}: {message.text} {message.location.get('url', '')}")

    def mail_to(self, address: str) -> str:
        """The newest mail to somebody, as text."""
        found = []
        for path in (self.world.folder / "mail").glob("*"):
            for part in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
                mail = message_from_bytes(part, policy=policy.default)
                if address in str(mail["To"]):
                    found.append((path.stat().st_mtime_ns, mail.get_body(("plain",)).get_content()))  # type: ignore[union-attr]
        return max(found)[1] if found else ""

    def told(self) -> list[str]:
        """What went wrong since this was asked last."""
        said, self.problems = self.problems, []
        return said

    def end(self) -> None:
        """Close everything; fail for what pages did that they must not do."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()
        assert self.told() == []


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def accessibility(page: Any, *, rules: tuple[str, ...] = ()) -> list[tuple[str, list[str]]]:
    """What axe finds (UI-A11Y-01): all rules of WCAG 2.0 to 2.2 A and AA and of best practice, or only `rules`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": AXE_TAGS}
    found = page.evaluate(
        """(only) => axe.run(document, { runOnly: only, resultTypes: ["violations"] }).then((result) =>
             result.violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 160))]))""",
        only,
    )
    return [(name, nodes) for name, nodes in found]


def shifts(page: Any) -> list[Any]:
    """What moved by itself since the page was opened, if it comes to 0.00 no more; fractions of pixels do not."""
    found = list(page.evaluate("window.shifts"))
    return found if sum(each["value"] for each in found) >= 0.001 else []


def sideways(page: Any) -> list[str]:
    """What makes the page wider than the window, if it is."""
    return list(
        page.evaluate(
            """() => { const wide = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= wide) return [];
              return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > wide + 1)
                .slice(0, 5).map((e) => e.outerHTML.slice(0, 120)); }"""
        )
    )


@contextmanager
def serving(folder: Path) -> Iterator[World]:
    """The seeded marketplace in processes of its own."""
    world = World(
        folder, program="tests.web.seeded", extra={"GALLERIA_SANDBOX_CARDS": "yes", "GALLERIA_IMAGE_SOURCE": "demo"}
    )
    world.extra["GALLERIA_SITE_URL"] = f"http://localhost:{world.port}"  # passkeys want a name
    try:
        world.build()
        world.serve()
        world.work()
        yield world
    finally:
        world.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests."""
    from playwright.sync_api import sync_playwright

    # The browser's library keeps an event loop in this thread; other tests use the database in it all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def _marketplace(tmp_path_factory: Any) -> Iterator[World]:
    kept = os.environ.get("TEST_SITE", "")
    if kept:
        yield World(Path(kept), **json.loads((Path(kept) / "site.json").read_text("utf-8")))
        return
    with serving(tmp_path_factory.mktemp("site")) as world:
        yield world


@pytest.fixture
def browsing(chromium: Any, _marketplace: World) -> Iterator[Browsing]:
    """See the module."""
    made = Browsing(chromium, _marketplace)
    yield made
    made.end()


def main(folder: str) -> None:
    """Keep a marketplace running until it is interrupted."""
    import django

    import tests.environment  # noqa: F401  (the settings of tests)

    os.environ["DJANGO_SETTINGS_MODULE"] = "galleria.config.settings"
    django.setup()
    with serving(Path(folder)) as world:
        kept = {"port": world.port, "seller_url": world.seller_url, "facts": world.facts}
        (Path(folder) / "site.json").write_text(json.dumps(kept), "utf-8")
        print(f"http://127.0.0.1:{world.port}/", flush=True)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1])
