"""A release begun, written and checked by keyboard alone, on a phone's width, in both languages (UI-A11Y-02)."""

from __future__ import annotations

import re

import pytest

from tests.web.browser import Browsing, needs_chromium, sideways
from tests.web.hands import Hand

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]


@pytest.mark.req("UI-A11Y-02", "UI-A11Y-03", "S-PSV-001")
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_service_is_written_by_keyboard_alone_on_a_phone(browsing: Browsing, language: str) -> None:
    hand = Hand(browsing.page("bruno", width=390, language=language), language=language, by_keyboard=True)
    page = hand.page
    page.goto(browsing.url("/seller/products/new"))
    hand.follow(page.locator("button[name=delivery][value=professional]"))
    release = re.search(r"rel_\w+", page.url)
    assert release is not None
    assert sideways(page) == []
    hand.type(page.locator("[name='name.en']"), "Server Moving Service")
    hand.type(page.locator("[name='summary.en']"), "Moves servers over one weekend.")
    hand.follow(hand.button("Save and go on"))
    assert "/edit/media" in page.url
    assert sideways(page) == []

    page.goto(browsing.url(f"/seller/products/{release.group()}/edit/delivery"))
    chosen = page.locator("[name=service_template]:checked")
    assert chosen.count() == 0  # nothing looks chosen that is not
    hand.tick(page.locator("[name=service_template][value=website]"))
    hand.type(page.locator("[name=delivery_days]"), "10")
    hand.type(page.locator("[name='acceptance.en']"), "The site is online.")
    hand.follow(hand.button("Save and go on"))
    page.goto(browsing.url(f"/seller/products/{release.group()}/edit/delivery"))
    assert page.locator("[name=service_template]:checked").get_attribute("value") == "website"
    assert sideways(page) == []

    page.goto(browsing.url(f"/seller/products/{release.group()}/edit/specifications"))
    hand.follow(hand.button("Add the first one"))
    hand.type(page.locator("[name^='p.0.']").first, "800.00")
    hand.follow(hand.button("Save and go on"))
    assert "800.00" in page.locator("main").inner_text()
    page.goto(browsing.url(f"/seller/products/{release.group()}/checks"))
    hand.tick(page.locator("#sure-discard"))
    hand.follow(hand.button("Discard"))
    assert "view=drafts" in page.url
    assert hand.hidden == []
