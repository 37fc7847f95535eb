"""The main job as a new buyer does it in a browser: from registration to the running application, and a canceled order.

The same way with scripts and without, by keyboard alone, in Chinese and on a phone.
"""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

import pytest

from tests import till
from tests.people import PASSWORD
from tests.web.browser import Browsing, needs_chromium, shifts, sideways
from tests.web.hands import Hand

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
WAYS = [
    pytest.param({}, id="mouse"),
    pytest.param({"scripts": False}, id="without scripts"),
    pytest.param({"by_keyboard": True}, id="keyboard alone"),
    pytest.param({"language": "zh-hans", "width": 390}, id="Chinese on a phone"),
]
SECONDS = 90


class Buyer(Hand):
    """A new buyer, step by step."""

    browsing: Browsing
    email: str = ""

    def go(self, path: str) -> None:
        self.page.goto(self.browsing.url(path))

    def is_fine(self) -> None:
        """Nothing moved by itself, nothing sticks out, nothing was logged."""
        assert shifts(self.page) == []
        assert sideways(self.page) == []
        assert self.browsing.told() == []

    def money(self, amount: str) -> str:
        return f"{amount} EUR"

    # ----- an account -----

    def register(self) -> None:
        self.email = f"vera.{uuid.uuid4().hex[:10]}@example.com"
        self.go("/")
        self.follow(self.link("Sign in"))
        self.follow(self.link("Register"))
        self.type(self.field("E-mail address"), self.email)
        self.type(self.field("Password"), PASSWORD)
        self.type(self.field("Your name"), "Vera Holm")
        self.tick(self.page.locator("input[name=kind][value=individual]"))
        self.choose(self.field("Country or region"), self.country())
        for box in self.page.locator("fieldset input[type=checkbox]").all():
            self.tick(box)
        self.follow(self.button("Register"))
        assert self.heading() == self.t("Confirm your e-mail address")
        self.type(self.field("Code"), self.code())
        self.follow(self.button("Confirm"))
        self.is_fine()

    def country(self) -> str:
        return "Sweden" if self.language == "en" else "瑞典"

    def code(self) -> str:
        """From the mail; it is sent by the worker's side, so it may take a moment."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            found = re.search(r"^ {4}(\S{6,})\s*$", self.browsing.mail_to(self.email), re.M)
            if found:
                return found.group(1)
            time.sleep(0.2)
        raise AssertionError("no mail with a code")

    def complete(self) -> None:
        """Address and telephone number, asked for before the first order."""
        self.go("/account/complete")
        self.type(self.field("Postal address"), "Storgatan 1, 111 22 Stockholm")
        self.type(self.field("Telephone number"), "+46 70 123 45 67")
        self.follow(self.button("Save and go on"))
        self.is_fine()

    # ----- finding -----

    def find_in_three_ways(self, slug: str) -> None:
        """Search, category and filter, popular applications (B-CAT-T1)."""
        product = f'main a[href^="/products/{slug}"]'
        self.go("/")
        self.type(self.page.locator("main input[type=search]"), "marigold")
        self.follow(self.page.locator("main form[role=search] button"))
        assert self.page.locator(product).count() == 1
        self.is_fine()

        self.go("/")
        self.follow(self.page.locator('main a[href="/c/business"]'))
        if not self.page.locator("details.facet").first.is_visible():
            self.press(self.page.locator("details.only-facets > summary"))
        saas = self.page.locator('details.facet a[href*="delivery=saas"]').first
        if not saas.is_visible():
            self.press(self.page.locator("details.facet", has=saas).locator("summary"))
        self.follow(saas)
        assert "delivery=saas" in self.page.url
        self.is_fine()

        self.go("/")
        self.follow(self.page.locator(product).first)
        assert self.heading() == "Marigold Helpdesk"
        self.is_fine()

    def configure(self) -> None:
        """Three seats; the price follows at once, or with a button (B-CFG-001)."""
        self.type(self.page.locator("[id='a.seats']"), "3")
        if self.scripts:
            self.page.keyboard.press("Tab")
        else:
            self.follow(self.button("Update price"))
        self.page.locator(".total .money[value='183.75']").wait_for()
        self.is_fine()

    def save_and_buy_from_the_list(self, slug: str) -> None:
        save = self.page.locator("#save-button")
        if self.scripts:
            self.press(save)
        else:
            self.follow(save)
        self.page.locator("#save-button[aria-pressed=true]").wait_for()
        self.is_fine()
        self.go("/buyer/saved")
        self.follow(self.page.locator(f'a.btn[href*="{slug}"]'))
        self.page.locator(".total .money[value='183.75']").wait_for()
        self.follow(self.page.locator("#continue"))

    # ----- ordering and paying -----

    def accept_everything(self) -> None:
        for box in self.page.locator("#order input[type=checkbox]").all():
            if not box.is_checked():
                self.tick(box)

    def add_card(self, number: str) -> None:
        """On the gateway's page, and back to where it was needed."""
        self.follow(self.link("Add a card"))
        self.enter_card(number)

    def enter_card(self, number: str) -> None:
        self.follow(self.button("Add a card"))
        self.type(self.field("Card number"), number)
        self.type(self.field("Expires"), "07/31")
        self.type(self.field("Name on the card"), "Vera Holm")
        self.follow(self.button("Save this test card"))
        self.is_fine()

    def pay_with(self, ending: str) -> None:
        """Choose the way to pay whose words have this, and order."""
        ways = self.page.locator("#means label.choice", has_text=ending)
        self.tick(ways.locator("input"))
        self.follow(self.page.locator("main button.btn--commit:visible").last)

    def confirm_at_the_bank(self) -> None:
        """3-D Secure: the bank's page, and back (B-PAY-004)."""
        if self.link("Confirm with your bank").count():
            self.follow(self.link("Confirm with your bank"))
        assert self.heading() == self.t("Is it you who pays?")
        self.follow(self.page.locator("button[value=confirm]"))

    def has_a_receipt(self) -> None:
        assert self.page.locator("aside.plate h2").inner_text() == self.t("Receipt")

    def watch_the_delivery(self) -> None:
        """Until it is done: by itself with scripts, with a link without."""
        done = self.page.get_by_role("link", name=self.t("Open the subscription"))
        until = time.monotonic() + SECONDS
        while not done.count():
            assert time.monotonic() < until, self.text()
            if self.scripts:
                time.sleep(0.3)
            else:
                self.page.reload()
        self.is_fine()

    # ----- using -----

    def use_what_was_bought(self) -> str:
        """Purchased Apps, the subscription, its first password (B-PUR-011); returns the password."""
        self.follow(self.link("Purchased Apps"))
        assert self.heading() == self.t("Purchased Apps")
        self.follow(self.page.locator("main table a.label-name", has_text="Marigold Helpdesk"))
        assert "Marigold Helpdesk" in self.heading()
        assert self.page.locator("main").get_by_text("https://").or_(self.page.locator("a[rel*=external]")).count()
        assert "••••" in self.text()
        self.follow(self.button("Show, recorded"))
        self.is_fine()
        return str(self.page.locator("[role=status] .secret").inner_text()).strip()

    def read_order_payment_and_messages(self) -> None:
        self.go("/buyer/orders")
        self.follow(self.page.locator("main table a.label-name", has_text="Marigold Helpdesk"))
        text = self.text()
        assert "183.75" in text
        assert self.t("Completed", "state of an order") in text
        assert self.page.locator('a[href^="/legal/"]').count() >= 2
        self.is_fine()
        self.follow(self.page.locator('main a[href^="/buyer/pay/"]').first)
        assert "183.75" in self.text()
        self.go("/account/messages")
        assert self.page.locator("ul.inbox li").count() >= 2
        self.follow(self.page.locator("ul.inbox a").first)
        self.is_fine()

    def order(self, slug: str, ending: str) -> None:
        """The product as it is offered, to be paid in this way."""
        self.go(f"/products/{slug}")
        self.follow(self.page.locator("#continue"))
        self.accept_everything()
        self.pay_with(ending)

    def top_up(self, amount: str) -> None:
        self.go("/buyer/funds/top-up")
        self.type(self.field("Amount"), amount)
        self.tick(self.page.locator("label.choice", has_text="4242").locator("input"))
        self.follow(self.button("Top up now"))
        self.is_fine()

    def pay_what_waits_from_the_balance(self) -> None:
        self.go("/buyer/orders?view=to_pay")
        self.follow(self.page.locator('main table a[href^="/buyer/pay?"]').first)
        self.tick(self.page.locator("#means input[value=balance]"))
        self.follow(self.page.locator("main button.btn--commit:visible").last)
        self.is_fine()

    def cancel_the_unpaid_order(self) -> None:
        self.go("/buyer/orders?view=to_pay")
        self.follow(self.page.locator("main table a.label-name").first)
        self.follow(self.button("Cancel …"))
        self.follow(self.page.locator("main .btn--bad"))
        assert self.t("Canceled") in self.text()
        self.is_fine()


@pytest.fixture(params=WAYS)
def vera(request: Any, browsing: Browsing) -> Buyer:
    """A new buyer who uses the pages in one of the ways."""
    way = {"language": "en", "width": 1280, "scripts": True, "by_keyboard": False, **request.param}
    page = browsing.page(width=way["width"], language=way["language"], java_script_enabled=way["scripts"])
    buyer = Buyer(page, way["language"], way["by_keyboard"], way["scripts"])
    buyer.browsing = browsing
    return buyer


@pytest.mark.req(
    "UI-T05", "UI-T06", "UI-A11Y-02", "UI-A11Y-03", "B-PUR-001", "B-PUR-003", "B-PUR-006", "B-PUR-007", "B-PUR-008",
    "B-PUR-009", "B-PUR-010", "B-PUR-011", "B-CAT-T1", "B-FAV-T1", "B-PAY-004", "B-ORD-023",
)  # fmt: skip
def test_from_registration_to_the_running_application(vera: Buyer) -> None:
    facts = vera.browsing.facts
    vera.register()
    vera.complete()
    vera.find_in_three_ways(facts["p_desk"])
    vera.configure()
    vera.save_and_buy_from_the_list(facts["p_desk"])

    vera.add_card(till.ASKS)
    vera.accept_everything()
    vera.pay_with("3184")
    vera.confirm_at_the_bank()
    vera.has_a_receipt()
    vera.watch_the_delivery()
    password = vera.use_what_was_bought()
    assert len(password) >= 8
    assert "•" not in password
    vera.read_order_payment_and_messages()

    vera.go("/buyer/funds/cards")
    vera.enter_card(till.DECLINES)
    vera.enter_card(till.PAYS)
    vera.order(facts["p_notes"], "0341")
    assert vera.heading() == vera.t("The payment did not go through")
    vera.top_up("100.00")
    vera.pay_what_waits_from_the_balance()
    vera.has_a_receipt()

    vera.order(facts["p_lantern"], "0341")
    vera.cancel_the_unpaid_order()
    assert vera.hidden == []
