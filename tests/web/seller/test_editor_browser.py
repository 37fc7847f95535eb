"""The editor in a browser: it saves by itself, says what is wrong while typing, and redraws the table of prices."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.browser import Browsing, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]


def fill_and_wait(page: Any, field: str, text: str) -> None:
    """Type, and wait until the draft has saved itself."""
    from playwright.sync_api import expect

    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 200):
        page.fill(field, text)
    expect(page.locator("#saved")).to_contain_text(re.compile("^Saved"))


def test_a_matrix_of_prices_is_typed_and_tried(browsing: Browsing) -> None:
    from playwright.sync_api import expect

    page = browsing.page("bruno")
    page.goto(browsing.url("/seller/products/new"))
    page.get_by_role("button", name="Choose SaaS").click()
    page.wait_for_url("**/edit/listing")
    fill_and_wait(page, "#at-name-in", "Tidemark Backup V2")
    assert "The name has a version in it." in page.inner_text("#at-name-found")
    fill_and_wait(page, "#at-name-in", "Tidemark Backup")
    assert page.inner_text("#at-name-found") == ""
    assert page.input_value("#at-name-in") == "Tidemark Backup"

    page.goto(page.url.replace("/listing", "/specifications"))
    page.get_by_role("button", name="Add the first one").click()
    page.wait_for_url("**/specifications/0")
    page.get_by_role("button", name="Add a choice").click()
    page.wait_for_url("**kind=choice**")
    choice = "#at-specifications-0-attributes-0"
    fill_and_wait(page, f"{choice}-name-in", "Edition")
    fill_and_wait(page, f"{choice}-options-0-name-in", "Basic")
    page.locator(choice).get_by_role("button", name="Another line").click()
    fill_and_wait(page, f"{choice}-options-1-name-in", "Plus")
    assert page.locator(".price-grid tbody tr").count() == 2

    cells = page.locator(".price-grid input")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        cells.nth(1).fill("cheap")
    expect(page.locator("#price-notes")).to_contain_text("is not a price")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        cells.nth(1).fill("100")
    expect(page.locator("#price-notes")).to_be_empty()
    page.reload()
    assert "85.00" in page.inner_text("#tested")
    with page.expect_response(lambda answer: "/test?" in answer.url):
        page.fill("#discount", "10")
        page.keyboard.press("Tab")
    expect(page.locator("#tested")).to_contain_text("76.50")
    assert browsing.told() == []


@pytest.mark.req("UI-GEN-14")
def test_save_pressed_while_the_draft_saves_itself_is_no_conflict_with_oneself(browsing: Browsing) -> None:
    """The answer of the saving that goes on by itself is held back until the button has been pressed."""
    page = browsing.page("bruno")
    page.goto(browsing.url("/seller/products/new"))
    page.get_by_role("button", name="Choose SaaS").click()
    page.wait_for_url("**/edit/listing")
    sent: list[Any] = []

    def hold(route: Any) -> None:
        sent.append(route.request.headers.get("hx-request", ""))
        if len(sent) > 1:
            route.continue_()
            return
        answer = route.fetch()  # stored by now, and the page does not know
        page.evaluate("document.getElementById('at-name-in').value = 'Tidemark Races Again'")
        page.evaluate("document.querySelector('.unsaved [value=save]').click()")
        route.fulfill(response=answer)

    page.route("**/edit/listing", lambda route: hold(route) if route.request.method == "POST" else route.continue_())
    page.locator("#at-name-in").press_sequentially("Tidemark Races")
    page.get_by_text("Saved.").wait_for()

    assert sent == ["true", ""]  # by itself, then by the button
    assert page.locator("h1").inner_text() == "Tidemark Races Again"
    assert page.input_value("#at-name-in") == "Tidemark Races Again"
    assert browsing.told() == []
