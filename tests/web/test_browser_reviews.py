"""The queue of reviews by keyboard, with single keys on and off; a decision without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.browser import Browsing, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
FOCUSED = "document.activeElement.textContent.trim()"


@pytest.mark.req("UI-T06", "UI-A11Y-02")
def test_a_reviewer_moves_remarks_and_reaches_the_decision_by_single_keys(browsing: Browsing) -> None:
    page = browsing.page("olga")
    page.goto(browsing.url("/operator/reviews"))
    page.keyboard.press("j")
    first = page.evaluate(FOCUSED)
    assert first in page.inner_text("tbody tr:first-child th")
    page.keyboard.press("x")
    assert page.is_checked("tbody tr:first-child input[name=pick]")
    page.keyboard.press("k")  # there is none above: nothing moves
    assert page.evaluate(FOCUSED) == first

    page.goto(browsing.url(f"/operator/reviews/{browsing.facts['review']}"))
    page.keyboard.press("j")
    page.keyboard.press("c")
    assert page.evaluate("document.activeElement.name").startswith("text:")
    page.keyboard.type("cart and jars")  # letters that are typed are no keys
    assert page.evaluate("document.activeElement.value") == "cart and jars"
    page.keyboard.press("Tab")
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.value") == "approve"
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.id") == "note"


@pytest.mark.req("UI-A11Y-02", "UI-A11Y-10")
def test_single_keys_are_listed_and_switched_off(browsing: Browsing) -> None:
    page = browsing.page("olga")
    page.goto(browsing.url("/operator/reviews"))
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.uncheck("#keys [data-keys]")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY", "it stays off"


@pytest.mark.req("UI-T05", "UI-GEN-06")
def test_a_remark_and_a_second_eye_without_scripts(browsing: Browsing) -> None:
    page: Any = browsing.page("olga", java_script_enabled=False)
    page.goto(browsing.url(f"/operator/reviews/{browsing.facts['review']}"))
    page.locator("details.remark-on summary").first.click()
    page.locator("details.remark-on[open] textarea").fill("Said without scripts.")
    page.locator("details.remark-on[open] button").click()
    assert page.locator(".remark", has_text="Said without scripts.").is_visible()
    page.locator(".remark", has_text="Said without scripts.").locator("button").click()
    assert page.locator(".remark", has_text="Said without scripts.").count() == 0
