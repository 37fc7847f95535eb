"""A product released and decided on by keyboard alone: no mouse, only Tab, Shift+Tab, arrows, Enter, Space, typing.

Whatever is reached shows its focus and stands in view; the focus is never lost while a page changes by itself.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.web.browser import Browsing, needs_chromium
from tests.web.test_browser_journeys import Buyer
from tests.web.test_browser_selling import PDF
from tests.world import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
NAME = "Keys" + "".join(chr(97 + byte % 26) for byte in uuid.uuid4().bytes[:5])  # another one in every run
PRODUCT = f"{NAME} Migration Service"
PLACE = "specifications.0.attributes"
# Where the focus is, and whether the page is the same as when this was asked last.
HERE = """() => ({ page: performance.timeOrigin, lost: document.activeElement === document.body })"""
IS_BEFORE = """(wanted) => {
  const at = document.activeElement;
  return at !== document.body && Boolean(at.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING);
}"""


class Typist(Buyer):
    """Somebody without a mouse."""

    files: Path
    page_was: float = 0
    by_keyboard: bool = True

    def at(self, name: str) -> Any:
        return self.page.locator(f'main [name="{name}"]').first

    def keeps_the_focus(self) -> None:
        """On a page that was used before the focus is still somewhere: no swap took it away."""
        here = self.page.evaluate(HERE)
        if here["page"] == self.page_was and here["lost"]:
            self.hidden.append(f"{self.page.url}: the focus is lost")
        self.page_was = here["page"]

    def reach(self, what: Any) -> None:
        """Forwards, or back where it stands before; the focus is seen when it is reached."""
        self.keeps_the_focus()
        wanted = what.element_handle()
        for _turn in range(220):
            if not self.page.evaluate(IS_BEFORE, wanted):
                break
            self.page.keyboard.press("Shift+Tab")
        super().reach(what)
        self.page_was = self.page.evaluate(HERE)["page"]

    def fill(self, name: str, text: str) -> None:
        self.type(self.at(name), text)
        assert self.at(name).input_value() == text

    def tick_named(self, name: str, value: str) -> None:
        self.tick(self.page.locator(f'main [name="{name}"][value="{value}"]'))

    def pick(self, name: str, value: str = "") -> None:
        """Choose from a list by arrows: this value, or the first that is one."""
        self.reach(self.at(name))
        for _turn in range(60):
            chosen = self.at(name).input_value()
            if chosen and value in {"", chosen}:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name} has no {value or 'choice'}")

    def set_clock(self, name: str, keys: str, time: str) -> None:
        """The parts of a time of day are typed one after the other."""
        self.reach(self.at(name))
        self.page.keyboard.type(keys)
        assert self.at(name).input_value() == time

    def attach(self, name: str, file: str) -> None:
        """Choose a file; the browser's own window for it is not part of the page."""
        self.reach(self.at(name))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(self.files / file)
        self.page.locator(f"#at-{name.replace('.', '-').replace('_', '-')} .filed-row", has_text=file).wait_for()
        self.keeps_the_focus()

    def go_on(self) -> None:
        self.follow(self.page.get_by_role("button", name="Save and go on").last)
        self.page_was = 0


class Seller(Typist):
    """From the list of products to a submitted release."""

    draft: str = ""

    def begin(self) -> None:
        self.go("/seller/products")
        self.follow(self.link("New product"))
        self.follow(self.page.locator("button[name=delivery][value=professional]"))
        found = re.search(r"rel_\w+", self.page.url)
        assert found is not None
        self.draft = found.group()

    def describe(self) -> None:
        self.fill("name.en", f"{PRODUCT} V2.0")
        self.page.locator("#at-name-found", has_text="The name has a version in it").wait_for()
        self.fill("name.en", PRODUCT)  # the check came while the focus was in the field, and left it there
        self.fill("summary.en", "Moves your servers into the cloud over one weekend.")
        self.fill("highlights.en", "Does what it says, every day\nWritten by people who answer")
        self.fill("description.en", f"{PRODUCT} takes work off the people who run servers and shops. " * 8)
        self.go_on()
        self.attach("logo_file", "logo.png")
        self.follow(self.button("Add a picture"))
        self.attach("media.0.file", "screen.png")
        self.fill("media.0.caption.en", "The overview of one day")
        self.go_on()
        self.pick("category")
        self.go_on()

    def build_combinations(self) -> None:
        """Two choices of two options and a quantity: four combinations, each with its price."""
        self.follow(self.button("Add the first one"))
        for number, (name, options) in enumerate({"Size": ("Small", "Large"), "Pace": ("Calm", "Fast")}.items()):
            self.add("Add a choice", f"{PLACE}.{number}.name.en")
            self.fill(f"{PLACE}.{number}.name.en", name)
            for place, option in enumerate(options):
                field = f"{PLACE}.{number}.options.{place}.name.en"
                if not self.at(field).count():
                    self.add_line(field)
                self.fill(field, option)
        self.add("Add a quantity", f"{PLACE}.2.name.en")
        for name, text in {"name.en": "Days", "minimum": "1", "maximum": "20", "step": "1"}.items():
            self.fill(f"{PLACE}.2.{name}", text)
        self.follow(self.page.get_by_role("button", name="Save", exact=True).last)
        assert "4 combinations, 0 priced" in self.text()
        places = self.page.locator('main [name^="p.0."]').all()
        assert len(places) == 4
        for number, place in enumerate(places):
            self.type(place, f"{800 + number * 50}.00")
        self.follow(self.page.get_by_role("button", name="Save", exact=True).last)
        assert "4 combinations, 4 priced" in self.text()
        self.try_a_price()
        self.go_on()
        self.follow(self.link("Go on"))

    def try_a_price(self) -> None:
        """Three days of the first combination: what a buyer pays and what the seller gets follow every change."""
        self.type(self.page.locator("#tested [name=quantity]"), "3")
        self.page.keyboard.press("Tab")
        self.page.locator("#tested .sum", has_text="2,400.00").wait_for()
        self.keeps_the_focus()

    def add(self, words: str, field: str) -> None:
        self.follow(self.button(words))
        self.at(field).wait_for()

    def add_line(self, field: str) -> None:
        self.follow(self.page.get_by_role("button", name="Another line").last)
        self.at(field).wait_for()

    def say_how_it_is_delivered(self) -> None:
        self.tick_named("service_template", "standard")
        self.fill("delivery_days", "10")
        self.fill("acceptance.en", "All servers run in the cloud.")
        self.fill("guide.en", "Sign in with the name and the first password that you find in Purchased Apps.")
        self.attach("request_templates", "request.docx")
        self.attach("guide_file", "paper.pdf")
        self.go_on()
        self.go_on()  # trials
        self.go_on()  # regions
        self.pick("licence")
        self.go_on()

    def say_who_answers(self) -> None:
        self.pick("after_sales.time_zone", "(GMT+01:00)")
        for day in "12345":
            self.tick_named("after_sales.hours.0.days", day)
        self.set_clock("after_sales.hours.0.opens", "0800AM", "08:00")
        self.set_clock("after_sales.hours.0.closes", "0500PM", "17:00")
        for name, text in {"email": "help@keys.example",
                           "hotline": "+46 40 555 010", "services.en": "Use, and faults",
                           "languages": "en\nsv"}.items():  # fmt: skip
            self.fill(f"after_sales.{name}", text)
        self.go_on()

    def submit(self) -> None:
        assert self.page.url.endswith("/checks"), self.page.url
        assert "Nothing is missing. It can be sent in." in self.text(), self.text()
        self.tick(self.page.locator('form:has(button:text-is("Submit for review")) [name=sure]'))
        self.follow(self.button("Submit for review"))
        assert "In review since" in self.text()

    def correct(self) -> None:
        """From the list of releases to the remark, to the field, and back into review."""
        self.go("/seller/")
        self.follow(self.link("Releases"))
        self.follow(self.page.locator("main table a", has_text=PRODUCT).first)
        assert "Say for how many servers." in self.text()
        self.go(f"/seller/products/{self.draft}/edit/listing")
        assert "Say for how many servers." in self.text()
        self.fill("summary.en", "Moves up to fifty servers into the cloud over one weekend.")
        self.follow(self.page.get_by_role("button", name="Save", exact=True).last)
        self.follow(self.link("Check and submit …"))
        self.submit()


class Reviewer(Typist):
    """Works the queue with its single keys."""

    def press_keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def focused(self) -> str:
        """The words of what has the focus, which must be seen."""
        self.keeps_the_focus()
        at = self.page.evaluate_handle("document.activeElement").as_element()
        super().reach(self.page.locator(":focus"))
        return str(at.inner_text()).strip()

    def find(self) -> None:
        """To the row of the product: j goes down, whatever else waits."""
        self.go("/operator/")
        self.follow(self.page.locator("aside a, .side a", has_text="Reviews").first)
        self.press_keys("j")
        for _turn in range(60):
            if self.focused() == PRODUCT:
                return
            self.press_keys("j")
        raise AssertionError(f"{PRODUCT} is not in the queue")

    def take(self) -> None:
        self.find()
        self.press_keys("x")
        row = self.page.locator("tr[data-row]", has_text=PRODUCT)
        assert row.locator("[name=pick]").is_checked()
        self.press_keys("x")
        assert not row.locator("[name=pick]").is_checked()
        with self.page.expect_navigation(wait_until="load"):
            self.press_keys("t")
        assert "You" in self.page.locator("tr[data-row]", has_text=PRODUCT).inner_text()

    def open(self) -> None:
        self.find()
        with self.page.expect_navigation(wait_until="load"):
            self.press_keys("Enter")
        assert self.heading() == PRODUCT

    def read_the_keys(self) -> None:
        self.press_keys("?")
        assert self.page.locator("#keys").is_visible()
        self.press_keys("Escape")
        assert not self.page.locator("#keys").is_visible()

    def give_back(self) -> None:
        """j to the field, c for the remark on it, r to the words, Tab to the button."""
        for _turn in range(40):
            self.press_keys("j")
            if self.page.evaluate("document.activeElement.querySelector?.('[name=\"text:summary\"]') !== null"):
                break
        self.focused()
        self.press_keys("c")
        assert self.page.evaluate("document.activeElement.name") == "text:summary"
        self.page.keyboard.type("Say for how many servers.")
        self.press_keys("Tab")
        self.press_keys("r")
        assert self.page.evaluate("document.activeElement.id") == "note"
        self.focused()
        self.page.keyboard.type("Please correct this.")
        self.follow(self.button("Return with reasons"))
        assert "Returned" in self.text()

    def approve(self) -> None:
        self.press_keys("a")
        assert self.page.evaluate("document.activeElement.value") == "approve"
        self.focused()
        with self.page.expect_navigation(wait_until="load"):
            self.press_keys("Enter")
        assert "Approved" in self.text()


@pytest.fixture
def people(browsing: Browsing, tmp_path: Path) -> Iterator[tuple[Seller, Reviewer, Buyer]]:
    """A certified seller, a reviewer and a visitor, each before a page of his own."""
    done = subprocess.run([sys.executable, "-m", "tests.web.certified", NAME], env=browsing.world.environment(),
                          cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    browsing.facts["sessions"].update(json.loads(done.stdout)["sessions"])
    logo = Image.new("RGBA", (120, 120), (255, 255, 255, 0))
    ImageDraw.Draw(logo).ellipse((10, 10, 110, 110), fill=(30, 90, 160, 255))
    logo.save(tmp_path / "logo.png")
    Image.new("RGB", (800, 600), (240, 236, 228)).save(tmp_path / "screen.png")
    (tmp_path / "paper.pdf").write_bytes(PDF)
    with zipfile.ZipFile(tmp_path / "request.docx", "w") as document:
        document.writestr("[Content_Types].xml", "<Types/>")
        document.writestr("word/document.xml", "<w:document/>")
    found: list[Any] = [
        Seller(browsing.page(f"mira {NAME}", width=1440)), Reviewer(browsing.page(f"olga {NAME}", width=1440)),
        Buyer(browsing.page(width=1440)),
    ]  # fmt: skip
    for each in found:
        each.browsing, each.files, each.by_keyboard = browsing, tmp_path, True
    yield found[0], found[1], found[2]


@pytest.mark.req("UI-A11Y-02", "UI-A11Y-03", "UI-T06", "S-APP-001")
def test_a_product_is_released_returned_corrected_and_approved_by_keyboard_alone(
    people: tuple[Seller, Reviewer, Buyer],
) -> None:
    mira, olga, visitor = people
    mira.begin()
    mira.describe()
    mira.build_combinations()
    mira.say_how_it_is_delivered()
    mira.say_who_answers()
    mira.submit()

    olga.take()
    olga.open()
    olga.read_the_keys()
    olga.give_back()
    mira.correct()
    olga.open()
    olga.approve()

    visitor.go(f"/products/{PRODUCT.lower().replace(' ', '-')}")
    assert visitor.heading() == PRODUCT
    assert "800.00 EUR" in visitor.text()
    assert mira.hidden == []
    assert olga.hidden == []
