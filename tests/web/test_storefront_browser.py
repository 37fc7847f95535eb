"""The storefront in a real browser: accessibility, the live price, budgets, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from galleria.publishing import services
from tests.people import make_person
from tests.shop import Shop
from tests.web.browser import needs_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    needs_chromium,
]
PAGES = [
    "/", "/search?q=helpdesk", "/search?q=nothingatall", "/search?delivery=saas&compare=helpdesk", "/c/business",
    "/products/helpdesk", "/products/helpdesk?a.seats=999", "/compare?p=helpdesk&p=ledger", "/compare", "/help",
    "/help/buy",
    "/help/range", "/legal", "/legal/AGR_PARTNER_USER", "/legal/ranking", "/legal/accessibility", "/legal/imprint",
    "/find?q=help", "/styleguide/", "/no/such/page",
]  # fmt: skip
OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LONG = (
    "A name as long as a seller may make it, with words that go on and on until the page has to break them over lines"
)


@pytest.fixture
def site(transactional_db: None, live_server: Any) -> str:
    """A small shop with a helpdesk by the seat and a product with a long name."""
    seller = make_person("Nora Lund")
    from galleria.parties.models import Seller
    from tests.people import NOW

    Seller.objects.create(account=seller.account, slug="lund", name="Lund Software", legal_name="Lund AB", country="SE",
                          support_hours="Mon to Fri, 8 to 18 (GMT+01:00)", created_at=NOW)  # fmt: skip
    shop = Shop(seller)
    rows = [
        shop.product(
            "Helpdesk", monthly="9.00", yearly="90.00", hourly="0.02", seats=(1, 50, 1), model="linear", trial_days=14
        ),
        shop.product("Ledger", monthly="20.00"),
        shop.product(LONG, once="123456789.00"),
    ]
    services.reindex_products([row.pk for row in rows])
    return str(live_server.url)


@pytest.fixture
def browser(chromium: Any, site: str) -> Iterator[Any]:
    """The browser of the whole run; its pages are closed before the server that answers them stops."""
    yield chromium
    for context in chromium.contexts:
        context.close()


def _context(browser: Any, site: str, theme: str = "light", width: int = 1280, **more: Any) -> Any:
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True, **more)
    context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    return context


@pytest.mark.req("UI-A11Y-01", "UI-A11Y-09", "UI-T02")
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 320)])
def test_no_page_has_an_accessibility_finding_or_scrolls_sideways(browser, site, theme, width):
    from axe_playwright_python.sync_playwright import Axe

    page = _context(browser, site, theme, width).new_page()
    found = []
    for address in PAGES:
        page.goto(site + address)
        violations = Axe().run(page, options=OPTIONS).response["violations"]
        found += [(address, each["id"], each["nodes"][0]["html"][:120]) for each in violations]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((address, "scrolls sideways", ""))
    assert not found


@pytest.mark.req("B-CFG-001", "UI-PERF-07", "UI-A11Y-03")
def test_the_price_follows_every_change_without_moving_the_page_or_losing_the_focus(browser, site):
    from playwright.sync_api import expect

    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{site}/products/helpdesk")
    page.evaluate(
        "() => { window.moved = 0; new PerformanceObserver("
        "list => list.getEntries().forEach(e => { moved += e.value }))"
        ".observe({type: 'layout-shift', buffered: true}) }"
    )
    total = page.locator(".total dd")
    assert total.inner_text() == "9.00 EUR"

    page.get_by_label("Seats: more").focus()
    page.keyboard.press("Enter")
    expect(total).to_have_text("18.00 EUR")
    assert page.evaluate("document.activeElement.id") == "a.seats-more"
    page.get_by_label("Yearly").check()
    expect(total).to_have_text("180.00 EUR")
    assert "mode=period%3Ayear" in page.url
    assert page.evaluate("moved") == 0
    assert not problems


@pytest.mark.req("UI-GEN-06", "UI-T05")
def test_finding_and_choosing_work_without_scripts(browser, site):
    page = _context(browser, site, java_script_enabled=False).new_page()
    page.goto(site)
    page.get_by_label("What do you need?").fill("helpdesk")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Helpdesk", exact=True).click()
    page.get_by_label("Seats", exact=True).fill("4")
    page.get_by_role("button", name="Update price").click()
    assert page.locator(".total dd").inner_text() == "36.00 EUR"
    page.get_by_role("button", name="Continue to order").click()
    assert "/account/login/" in page.url


@pytest.mark.req("UI-PERF-02", "UI-PERF-05", "UI-T03")
@pytest.mark.parametrize("address", ["/", "/search?q=helpdesk", "/products/helpdesk"])
def test_a_first_visit_is_small_and_asks_only_this_machine(browser, site, address):
    import gzip

    page = browser.new_context().new_page()
    sizes: dict[str, int] = {}

    def weigh(response: Any) -> None:
        body = response.body()
        sizes[response.url] = len(body if response.headers.get("content-encoding") else gzip.compress(body, 6))

    page.on("response", weigh)
    page.goto(site + address, wait_until="networkidle")
    assert all(url.startswith(site) for url in sizes)
    assert len([url for url in sizes if "/media/" not in url]) <= 8
    assert sum(size for url, size in sizes.items() if "/media/" not in url) <= 50_000
    assert sum(size for url, size in sizes.items() if ".css" in url) <= 14_000
    assert sum(size for url, size in sizes.items() if ".js" in url) <= 22_000


@pytest.mark.req("UI-A11Y-02", "UI-A11Y-10", "UI-T06")
def test_a_product_is_found_and_chosen_by_keyboard_with_the_focus_always_visible(browser, site):
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(site)

    def tab_to(words: str, limit: int = 60) -> None:
        for _ in range(limit):
            page.keyboard.press("Tab")
            seen = page.evaluate(_FOCUS)
            assert seen["visible"], f"the focus cannot be seen on {seen['name']}"
            if words in seen["name"]:
                return
        pytest.fail(f"{words} is not reached")

    tab_to("Skip to content")
    tab_to("What do you need?")
    page.keyboard.type("helpdesk")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=helpdesk")
    tab_to("Helpdesk")
    page.keyboard.press("Enter")
    page.wait_for_url("**/products/helpdesk")
    tab_to("Seats: more")
    page.keyboard.press("Enter")
    page.locator(".total dd", has_text="18.00").wait_for()
    tab_to("Continue to order")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/login/**")


_FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const holder = at.closest('.choice, .affix'), ring = holder ? getComputedStyle(holder) : style;
  const label = at.labels && at.labels[0] ? at.labels[0].innerText : '';
  return {
    name: at.getAttribute('aria-label') || label || at.innerText || at.name || '',
    visible: at === document.body || style.outlineStyle !== 'none' || ring.outlineStyle !== 'none',
  };
}"""
