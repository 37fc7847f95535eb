"""The console in a browser: with scripts only the result is swapped; a whole debugging session by keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.browser import Browsing, accessibility, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]


@pytest.mark.req("A-DBG-001", "S-SAS-003")
def test_bruno_debugs_and_saves_without_leaving_the_page(browsing: Browsing) -> None:
    page = browsing.page("bruno")
    page.goto(browsing.url(f"/seller/interface/console?address={browsing.facts['interface']}"))
    page.evaluate("window.stayed = true")

    page.get_by_label("orderId", exact=True).focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="Show the request").click()
    page.get_by_text("The signed request").wait_for()
    page.get_by_role("button", name="Debug and save").click()
    page.get_by_text("Debugged and saved: the case counts from now on.").wait_for()

    assert page.evaluate("window.stayed")
    assert accessibility(page) == []
    page.get_by_role("link", name="Go on with queryInstance").click()
    page.get_by_role("button", name="Debug", exact=True).click()
    page.get_by_text("It works.").wait_for()
    assert "huaiweitest" not in page.get_by_label("instanceId").input_value()


def test_what_was_typed_wrong_is_said_where_the_result_would_be(browsing: Browsing) -> None:
    page: Any = browsing.page("bruno")
    page.goto(browsing.url(f"/seller/interface/console?address={browsing.facts['interface']}"))
    page.get_by_label("orderId", exact=True).fill("x" * 65)
    page.get_by_role("button", name="Debug and save").click()
    page.get_by_role("link", name="orderId has 65 characters, the limit is 64").wait_for()
    assert page.get_by_label("orderId", exact=True).input_value() == "x" * 65
