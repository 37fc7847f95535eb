"""The order of focus on the pages of a purchase, compared with the recorded one (UI-T06), and what swaps leave behind.

`RECORD_FOCUS=1 pytest tests/web/test_browser_focus.py` writes the record anew; read the difference before you keep it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.web.browser import Browsing, accessibility, needs_chromium, shifts, sideways
from tests.web.hands import MOST_TABS

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
RECORD = Path(__file__).with_name("focus.json")
PAGES = {
    "results": ("visitor", "/search?q=marigold"),
    "product": ("visitor", "/products/{p_desk}"),
    "sign in": ("visitor", "/account/login/"),
    "register": ("visitor", "/account/signup/"),
    "subscription": ("ada", "/buyer/subscriptions/{subscription}"),
    "order": ("ada", "/buyer/orders/{done}"),
    "renew": ("ada", "/buyer/renew?id={renewed}"),
    "change": ("ada", "/buyer/subscriptions/{subscription}/change?mode=now&quantity=9"),
    "leave": ("ada", "/buyer/subscriptions/{renewed}/leave?kind=2"),
    "goes on": ("ada", "/buyer/renewals/policy?id={subscription}"),
}
# What has the focus: its role and its words, without identifiers and times; and whether the focus can be seen.
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect(), label = at.closest("label");
  const ringed = (e) => {
    const style = e && getComputedStyle(e);
    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const words = at.getAttribute("aria-label") || (at.labels?.[0] || at).innerText || at.name || "";
  const kind = at.type && at.tagName !== "BUTTON" ? at.type : at.tagName.toLowerCase();
  const seen = (ringed(at) || ringed(label)) && box.bottom > 0 && box.top < innerHeight;
  return [kind + ": " + words.trim().replace(/\\s+/g, " ").slice(0, 50), seen];
}"""


_VARIES = re.compile(r"https?://\S+|GA\d{10}\w{6}|\b[a-z]{3}_\w{20,}|\d+")


def stops(page: Any) -> tuple[list[str], list[str]]:
    """Everything that Tab reaches, once around; and what of it cannot be seen."""
    found: list[str] = []
    unseen: list[str] = []
    page.evaluate("document.body.focus()")
    for _turn in range(MOST_TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            break
        found.append(_VARIES.sub("…", at[0]))
        if not at[1]:
            unseen.append(at[0])
    return found, unseen


@pytest.mark.req("UI-T06", "UI-A11Y-02", "UI-A11Y-03")
@pytest.mark.parametrize("name", PAGES)
def test_the_order_of_focus_is_the_recorded_one(browsing: Browsing, name: str) -> None:
    who, path = PAGES[name]
    page = browsing.page(who)
    page.goto(browsing.url(path.format(**browsing.facts)))
    found, unseen = stops(page)

    assert unseen == []
    assert found[0] == "a: Skip to content"
    record = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    if os.environ.get("RECORD_FOCUS"):
        record[name] = found
        RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert found == record[name]


@pytest.mark.req("UI-A11Y-03", "UI-A11Y-08", "UI-PERF-07", "UI-GEN-06")
def test_choosing_keeps_the_focus_and_the_page(browsing: Browsing) -> None:
    """The price is swapped with every choice: the focus stays where it was, nothing moves, axe finds nothing."""
    page = browsing.page(width=1280)
    page.goto(browsing.url(f"/products/{browsing.facts['p_desk']}"))
    before = page.locator(".total .money").get_attribute("value")
    page.locator("input[name=mode]").first.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("(was) => document.querySelector('.total .money').getAttribute('value') !== was", arg=before)

    assert page.evaluate("document.activeElement.name") == "mode"
    assert "mode=" in page.url
    assert shifts(page) == []
    assert accessibility(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert sideways(page) == []


@pytest.mark.req("UI-GEN-12", "UI-A11Y-03")
def test_the_command_field_opens_by_key_finds_and_gives_the_focus_back(browsing: Browsing) -> None:
    page = browsing.page("ada")
    page.goto(browsing.url("/buyer/"))
    page.locator(".jump").focus()
    page.keyboard.press("Control+k")
    page.keyboard.type("marigold")
    hit = page.locator("#cmd-hits a", has_text="Marigold Helpdesk").first
    hit.wait_for()
    assert accessibility(page) == []
    page.keyboard.press("Escape")  # empties the field
    page.keyboard.press("Escape")  # closes

    assert page.evaluate("document.activeElement.className") == "jump"
    page.keyboard.press("Control+k")
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Marigold" in page.title()


@pytest.mark.req("UI-GEN-06")
def test_the_theme_is_switched_kept_and_not_lost_on_the_next_page(browsing: Browsing) -> None:
    page = browsing.page("ada")
    page.goto(browsing.url("/buyer/"))
    with page.expect_response("**/preferences?theme=dark**"):
        page.get_by_role("button", name="Switch light or dark").click()
    page.goto(browsing.url("/buyer/orders"))

    assert page.locator("html").get_attribute("data-theme") == "dark"
    with page.expect_response("**/preferences?theme=light**"):
        page.get_by_role("button", name="Switch light or dark").click()
