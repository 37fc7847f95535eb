"""What updates by itself goes on after an answer that was lost, and after one of a server in trouble."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.browser import Browsing, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium, pytest.mark.req("UI-ST-03")]
LIVE = """() => {
  const live = document.createElement("div");
  live.id = "live";
  live.textContent = "Being set up";
  for (const [name, value] of [["hx-get", "/live"], ["hx-trigger", "load delay:1s, again"], ["hx-swap", "outerHTML"]])
    live.setAttribute(name, value);
  document.querySelector("main").append(live);
  htmx.process(live);
}"""


def test_a_live_part_asks_again_after_a_lost_answer_and_keeps_its_state(browsing: Browsing) -> None:
    page = browsing.page("ada")
    answers: list[Any] = [
        lambda route: route.abort(),
        lambda route: route.fulfill(status=503, body="<p>Trouble</p>"),
        lambda route: route.fulfill(status=200, body="<p id=live>Ready</p>"),
    ]
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        answers[len(asked) - 1](route)

    page.clock.install()
    page.route("**/live", answer)
    page.goto(browsing.url("/buyer/orders"))
    page.evaluate(LIVE)
    shown = []
    for seconds in (1, 5, 5):
        with page.expect_event("requestfinished" if shown else "requestfailed"):
            page.clock.run_for(seconds * 1000 + 100)
        page.wait_for_function("!document.querySelector('#live').classList.contains('htmx-request')")
        shown.append(page.locator("#live").inner_text())
    assert shown == ["Being set up", "Being set up", "Ready"]
    assert len(asked) == 3
    told = browsing.told()  # of the two answers, by the browser and by the library; nothing else
    assert len(told) == 5, told
    assert all("htmx" in each or "Failed to load resource" in each for each in told), told
