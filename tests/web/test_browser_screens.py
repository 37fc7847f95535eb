"""The table of screens in a browser: accessibility, sideways scrolling, layout shift, both themes and widths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.browser import Browsing, accessibility, needs_chromium, shifts, sideways
from tests.web.screens import SCREENS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
# All rules are asked of the light wide page and of the dark narrow one; of the other two those that can differ.
BY_THEME = ("color-contrast", "link-in-text-block")
BY_WIDTH = ("target-size", "scrollable-region-focusable", "color-contrast")
ROOT = "document.documentElement.dataset.theme = "


@pytest.fixture(scope="module")
def pages(chromium: Any, _marketplace: Any) -> Iterator[tuple[Browsing, dict[str, Any]]]:
    """One page a person, used for screen after screen."""
    browsing = Browsing(chromium, _marketplace)
    yield browsing, {}
    browsing.end()


@pytest.mark.req("UI-T01", "UI-T02", "UI-T03", "UI-A11Y-01", "UI-A11Y-09", "UI-PERF-07")
@pytest.mark.parametrize("screen", [each for each in SCREENS if each.in_browser], ids=lambda screen: screen.name)
def test_a_screen_is_accessible_and_stands_still(pages: Any, screen: Screen) -> None:
    browsing, open_pages = pages
    page = open_pages.get(screen.who) or open_pages.setdefault(screen.who, browsing.page(screen.who))
    page.set_viewport_size({"width": 1280, "height": 900})
    answer = page.goto(browsing.url(screen.address(browsing.facts)))
    assert answer.status == screen.status, browsing.told()
    found: dict[str, Any] = {"said": browsing.told(), "moved": shifts(page), "light, wide": accessibility(page)}
    page.evaluate(ROOT + "'dark'")
    found["dark, wide"] = accessibility(page, rules=BY_THEME)
    page.set_viewport_size({"width": 320, "height": 800})
    found["sideways"] = sideways(page)
    found["dark, narrow"] = accessibility(page)
    page.evaluate(ROOT + "'light'")
    found["light, narrow"] = accessibility(page, rules=BY_WIDTH)

    found["said later"] = browsing.told()

    assert {where: what for where, what in found.items() if what} == {}
