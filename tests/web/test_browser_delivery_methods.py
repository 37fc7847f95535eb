"""Each delivery method released once by page, and bought up to the confirmation of the order (S-DMT-001).

A certified seller writes, the operator's people decide, a buyer finds and orders. With TEST_SHOTS=FOLDER every page on
the way is kept as a picture.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.web.browser import Browsing, needs_chromium
from tests.web.test_browser_selling import PDF, Maker, Reviewer
from tests.world import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
SHOTS = os.environ.get("TEST_SHOTS", "")
NAME = "Ways" + "".join(chr(97 + byte % 26) for byte in uuid.uuid4().bytes[:5])  # another one in every run


@dataclass
class Walk:
    """The people of these walks, each before a page of his own."""

    browsing: Browsing
    facts: dict[str, Any]
    folder: Path
    pages: dict[str, Any] = field(default_factory=dict)

    def all(self, method: str) -> tuple[Shopkeeper, Decider, Customer]:
        """The seller, a reviewer and a buyer, for this delivery method."""
        people = (self.mira, self.olga, self.ada)
        for each in (*people, self.oskar):
            each.method = method
        return people

    def person(self, who: str, kind: type[Any]) -> Any:
        if who not in self.pages:
            self.browsing.facts["sessions"].update(self.facts["sessions"])
            made = kind(self.browsing.page(f"{who} {NAME}", width=1440))
            made.browsing, made.files, made.company = self.browsing, self.folder, self.facts["company"]
            made.server = Site(self.browsing.world)
            self.pages[who] = made
        return self.pages[who]

    @property
    def mira(self) -> Shopkeeper:
        found: Shopkeeper = self.person("mira", Shopkeeper)
        return found

    @property
    def olga(self) -> Decider:
        found: Decider = self.person("olga", Decider)
        return found

    @property
    def oskar(self) -> Decider:
        found: Decider = self.person("oskar", Decider)
        return found

    @property
    def ada(self) -> Customer:
        found: Customer = self.person("ada", Customer)
        return found


def keep_picture(page: Any, name: str) -> None:
    """Into the folder TEST_SHOTS, if there is one."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


class Site:
    """The seller's site: files at the root of the sample seller."""

    def __init__(self, world: Any) -> None:
        self.url, self.root = world.seller_url, world.folder / "seller" / "root"

    def shows(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, "utf-8")


class Shopkeeper(Maker):
    """The seller before the editor."""

    company: str
    called: str = NAME
    product: str = ""
    method: str = ""

    # ----- looking -----

    def look(self, name: str) -> None:
        """Keep a picture of the page, when pictures are wanted."""
        keep_picture(self.page, f"{self.method}-{name}")

    def says(self, field: str) -> str:
        """What the checks say beside a field."""
        place = field.replace(".", "-").replace("_", "-")
        return " ".join(self.page.locator(f"#at-{place}-found").all_inner_texts())

    def types(self, field: str, text: str, *, until: str) -> None:
        """Type, and wait until the checks beside the field say this; nothing is pressed."""
        self.page.locator(f'main [name="{field}"]').fill(text)
        place = field.removesuffix(".en").replace(".", "-").replace("_", "-")
        self.page.locator(f"#at-{place}-found", has_text=until).wait_for()

    def attach_file(self, field: str, file: str) -> None:
        """Choose a file; it is stored by itself, and its name is shown."""
        place = field.replace(".", "-").replace("_", "-")
        self.attach(field, file)
        self.page.locator(f"#at-{place} .filed-row", has_text=file).wait_for()

    def refuses_file(self, field: str, file: str, *, because: str) -> None:
        """Choose a file that is refused, with the rule beside it."""
        place = field.replace(".", "-").replace("_", "-")
        self.attach(field, file)
        self.page.locator(f"#at-{place} [role=alert]", has_text=because).wait_for()

    def go_on(self) -> None:
        """Save and go to the next section."""
        self.look(self.page.url.rpartition("/edit/")[2].partition("#")[0].replace("/", "-"))
        self.follow(self.page.get_by_role("button", name="Save and go on").last)

    def is_in(self, section: str) -> None:
        assert f"/edit/{section}" in self.page.url, self.page.url

    # ----- the sections -----

    def begin(self, method: str, word: str) -> None:
        self.method, self.product = method, f"{NAME} {word}"
        self.go("/seller/products/new")
        self.follow(self.page.locator(f'button[name=delivery][value="{method}"]'))
        found = re.search(r"rel_\w+", self.page.url)
        assert found is not None
        self.draft = found.group()

    def write_listing(self, *, summary: str, software: bool) -> None:
        self.is_in("listing")
        self.types("name.en", f"{self.product} V2.0", until="The name has a version in it")
        self.types("name.en", f"{self.product} for 9 EUR", until="price")
        self.fill("name.en", self.product)
        if software:
            self.types("version", "v0.1", until="V1.0")
            self.fill("version", "V1.0")
        self.types("summary.en", "Short", until="at least 10")
        self.fill("summary.en", summary)
        self.types("highlights.en", "Too short", until="10")
        self.fill("highlights.en", "Does what it says, every day\nWritten by people who answer")
        self.types("description.en", "x" * 399, until="400")
        self.fill("description.en", f"{self.product} takes work off the people who run servers and shops. " * 9)
        self.go_on()

    def give_media(self) -> None:
        self.is_in("media")
        self.refuses_file("logo_file", "large.png", because="exactly 120 × 120")
        self.refuses_file("logo_file", "logo.jpg", because="only PNG can be used")
        self.attach_file("logo_file", "logo.png")
        self.follow(self.button("Add a picture"))
        self.attach_file("media.0.file", "screen.png")
        self.fill("media.0.caption.en", "The overview of one day")
        self.go_on()

    def choose_category(self) -> None:
        self.is_in("categories")
        self.pick("category", 3)
        self.go_on()

    def add_specification(self) -> None:
        self.is_in("specifications")
        self.look("specifications-none")
        self.follow(self.button("Add the first one"))

    def leave_specifications(self) -> None:
        """Over the list of specifications."""
        self.go_on()
        self.look("specifications")
        self.follow(self.link("Go on"))
        self.is_in("delivery")

    def guide(self) -> None:
        self.fill("guide.en", "Sign in with the name and the first password that you find in Purchased Apps.")
        self.attach_file("guide_file", "paper.pdf")

    def write_papers(self, *, software: bool) -> None:
        self.is_in("agreements")
        if self.method != "consulting":
            self.pick("licence", 1)
        if software:
            self.attach_file("copyright.certificate", "paper.pdf")
            self.fill("copyright.software_name", self.product)
            self.fill("copyright.owner", self.company)
        self.go_on()

    def write_support(self) -> None:
        self.is_in("support")
        self.page.locator('[name="after_sales.time_zone"]').select_option(value="(GMT+01:00)")
        for day in "1234":
            self.tick_named("after_sales.hours.0.days", day)
        self.fill("after_sales.hours.0.opens", "08:00")
        self.fill("after_sales.hours.0.closes", "17:00")
        self.page.locator("#at-after-sales-hours-found", has_text="36").wait_for()
        self.tick_named("after_sales.hours.0.days", "5")
        for name, text in {"email": "help@fjord.example", "hotline": "+46 40 555 010",
                           "services.en": "Use, and faults", "languages": "en\nsv"}.items():  # fmt: skip
            self.fill(f"after_sales.{name}", text)
        self.look("support")
        self.follow(self.page.get_by_role("button", name="Save and go on").last)

    def submit(self) -> None:
        """From the checks page, where the last section leads."""
        self.look("checks")
        assert self.page.url.endswith("/checks"), self.page.url
        assert "Nothing is missing. It can be sent in." in self.text(), self.text()
        self.follow(self.button("Submit for review"))
        assert "Confirm that the data are true" in self.text()
        self.page.locator('form:has(button:text-is("Submit for review")) [name=sure]').check()
        self.follow(self.button("Submit for review"))
        assert "In review since" in self.text()
        self.look("submitted")

    def stock(self, pieces: str) -> None:
        """Say on the product's page how many pieces there are."""
        self.go("/seller/products")
        self.follow(self.page.locator("main table a", has_text=self.product).first)
        assert "nothing is there" in self.text()
        self.fill_first("[name^=stock-]", "two")
        self.follow(self.button("Save the stock Standard"))
        assert "Give a whole number." in self.text()
        self.look("stock-wrong")
        self.fill_first("[name^=stock-]", pieces)
        self.follow(self.button("Save the stock Standard"))
        self.look("stocked")

    def fill_first(self, what: str, text: str) -> None:
        self.page.locator(f"main {what}").first.fill(text)

    # ----- assets -----

    def add_image(self) -> None:
        """An image of the (made-up) cloud, described and scanned."""
        self.go("/seller/assets/new?kind=image")
        self.follow(self.button("Add"))
        assert "Fill this in." in self.alerts() or self.alerts(), self.text()
        self.fill("name", f"{NAME} base image")
        self.follow(self.button("Add"))
        self.follow(self.link("Choose the image"))
        self.look("asset-choose")
        unusable = self.page.locator("main [name=image_id]:disabled")
        assert unusable.count() == 6
        self.follow(self.button("Save"))
        self.look("asset-choose-wrong")
        self.page.locator("main [name=image_id]:enabled").first.check()
        self.page.locator("main [name=regions]").first.check()
        self.fill("security_rules", "tcp 443 from anywhere")
        self.page.locator("main [name=agency]").check()
        self.follow(self.button("Save"))
        self.follow(self.button("Have it scanned"))
        self.wait_for(self.page.url.partition(self.browsing.url(""))[2], "Looked at by a person")
        self.look("asset-scanned")

    def add_package(self) -> None:
        self.go("/seller/assets/new?kind=package")
        self.fill("name", f"{NAME} agent")
        self.follow(self.button("Add"))
        version = self.page.url
        self.attach("file", "paper.pdf")
        self.button("Upload").click()
        self.page.locator(".upload-state [role=status]", has_text="ending in .zip").wait_for()
        self.attach("file", "agent.zip")
        self.button("Upload").click()
        self.page.get_by_text("SHA-256").first.wait_for()
        self.look("asset-uploaded")
        self.follow(self.button("Have it scanned"))
        self.wait_for(version.partition(self.browsing.url(""))[2], "Looked at by a person")
        self.look("asset-scanned")


class Decider(Reviewer):
    """An operator before the queue."""

    company: str
    method: str = ""

    def look(self, name: str) -> None:
        """Keep a picture of the page, when pictures are wanted."""
        keep_picture(self.page, f"{self.method}-{name}")

    def decide(self, title: str, act: str = "Approve and put on sale") -> None:
        self.open(title)
        self.look("review")
        self.follow(self.page.get_by_role("button", name=act).first)

    def enter_a_clean_scan(self, title: str) -> None:
        """What no scanner here covers is entered by a person."""
        self.open(title)
        self.look("review-asset")
        self.follow(self.page.get_by_role("button", name=re.compile("Approve")).first)


class Customer(Shopkeeper):
    """A buyer."""

    def find(self, name: str) -> None:
        """In search, and to its page."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            self.go(f"/search?q={name.replace(' ', '+')}")
            found = self.page.locator("main a[href^='/products/']", has_text=name)
            if found.count():
                self.follow(found.first)
                assert self.heading() == name
                self.look("product")
                return
            time.sleep(0.3)
        raise AssertionError(f"{name} is not found")

    def pay(self, amount: str) -> None:
        """From the product page over the confirmation to the receipt; the amount is on the button."""
        self.follow(self.page.get_by_role("button", name="Continue to order").first)
        assert self.heading() == "Check and pay"
        assert amount in self.text()
        self.look("confirmation")
        for box in self.page.locator("main #order input[type=checkbox]").all():
            box.check()
        self.page.locator("[name=means][value=balance]").check()
        self.follow(self.page.locator("button.btn--commit:visible", has_text=f"Order and pay {amount}").last)
        self.look("ordered")
        assert self.heading().startswith("Paid."), self.text()


@pytest.fixture(scope="module")
def walk(chromium: Any, _marketplace: Any, tmp_path_factory: Any) -> Iterator[Walk]:
    browsing = Browsing(chromium, _marketplace)
    world = browsing.world
    done = subprocess.run([sys.executable, "-m", "tests.web.certified", NAME], env=world.environment(), cwd=ROOT,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    folder = tmp_path_factory.mktemp("walk")
    _files(folder)
    yield Walk(browsing, json.loads(done.stdout), folder)
    if SHOTS:
        browsing.told()  # taking a picture leaves style attributes behind, which swaps then trip over
    browsing.end()


def _files(folder: Path) -> None:
    """What the seller has on the desk."""
    logo = Image.new("RGBA", (120, 120), (255, 255, 255, 0))
    ImageDraw.Draw(logo).ellipse((10, 10, 110, 110), fill=(160, 60, 90, 255))
    logo.save(folder / "logo.png")
    logo.convert("RGB").save(folder / "logo.jpg")
    logo.resize((121, 120)).save(folder / "large.png")
    screen = Image.new("RGB", (800, 600), (240, 236, 228))
    ImageDraw.Draw(screen).rectangle((80, 80, 720, 520), fill=(60, 90, 120))
    screen.save(folder / "screen.png")
    (folder / "paper.pdf").write_bytes(PDF)
    with zipfile.ZipFile(folder / "request.docx", "w") as document:
        document.writestr("[Content_Types].xml", "<Types/>")
        document.writestr("word/document.xml", "<w:document/>")
    with zipfile.ZipFile(folder / "agent.zip", "w") as package:
        package.writestr("agent/main.py", "print('hello')\n")


def test_an_image(walk: Walk) -> None:
    mira, olga, ada = walk.all("image")
    mira.add_image()
    olga.enter_a_clean_scan(f"{NAME} base image")

    mira.begin("image", "Backup Image")
    mira.write_listing(summary="A server that backs up the others, ready to start.", software=True)
    mira.give_media()
    mira.choose_category()
    mira.add_specification()
    mira.pick("specifications.0.asset", 1)
    mira.page.locator('[name^="p.0."]').first.fill("9,50")
    mira.leave_specifications()
    mira.fill("image.ports.en", "Open port 443; sign in by key.")
    mira.guide()
    mira.go_on()
    mira.is_in("trials")
    mira.go_on()
    mira.is_in("regions")
    mira.go_on()
    mira.write_papers(software=True)
    mira.write_support()
    mira.submit()
    olga.decide(mira.product)
    ada.find(mira.product)
    assert "Open port 443; sign in by key." in ada.text()
    ada.pay("11.88 EUR")


def test_a_licence(walk: Walk) -> None:
    mira, olga, ada = walk.all("license")
    mira.add_package()
    olga.enter_a_clean_scan(f"{NAME} agent")

    mira.begin("license", "Agent")
    mira.write_listing(summary="Watches servers and says what is wrong with them.", software=True)
    mira.give_media()
    mira.choose_category()
    mira.add_specification()
    mira.pick("specifications.0.asset", 1)
    mira.page.locator('[name^="p.0."]').first.fill("120.00")
    mira.leave_specifications()
    mira.page.locator('[name=licence_form][value="package"]').check()
    mira.page.locator('[name=service_template][value="standard"]').check()
    mira.types("delivery_days", "366", until="365")
    mira.fill("delivery_days", "3")
    mira.fill("acceptance.en", "The agent reports a server.")
    mira.guide()
    mira.go_on()
    mira.go_on()
    mira.go_on()
    mira.write_papers(software=True)
    mira.write_support()
    mira.submit()
    olga.open(mira.product)
    olga.follow(olga.button("Ask for a second eye"))
    olga.follow(olga.button("Give the first approval"))
    olga.look("first-approval")
    walk.oskar.decide(mira.product)
    ada.find(mira.product)
    ada.pay("150.00 EUR")


def test_a_professional_service(walk: Walk) -> None:
    mira, olga, ada = walk.all("professional")
    mira.begin("professional", "Migration Service")
    mira.write_listing(summary="Moves your servers into the cloud over one weekend.", software=False)
    mira.give_media()
    mira.choose_category()
    mira.add_specification()
    mira.button("Add a quantity").click()
    at = "specifications.0.attributes.0"
    mira.fill(f"{at}.name.en", "Person-days")
    mira.fill(f"{at}.minimum", "1")
    mira.fill(f"{at}.maximum", "20")
    mira.fill(f"{at}.step", "1")
    mira.save()
    mira.look("spec-quantity")
    mira.page.locator('[name^="p.0."]').first.fill("800.00")
    mira.leave_specifications()
    mira.page.locator('[name=service_template][value="standard"]').check()
    mira.fill("delivery_days", "10")
    mira.fill("acceptance.en", "All servers run in the cloud.")
    mira.refuses_file("request_templates", "paper.pdf", because="only DOC, DOCX")
    mira.attach_file("request_templates", "request.docx")
    mira.guide()
    mira.go_on()
    mira.go_on()
    mira.go_on()
    mira.write_papers(software=False)
    mira.write_support()
    mira.submit()
    olga.decide(mira.product)
    ada.find(mira.product)
    ada.fill_first("[id='a.person-days']", "3")
    ada.page.keyboard.press("Tab")
    ada.page.locator(".total .money[value='3000.00']").wait_for()
    ada.pay("3,000.00 EUR")


def test_a_consulting_service(walk: Walk) -> None:
    mira, olga, ada = walk.all("consulting")
    mira.begin("consulting", "Advice")
    mira.write_listing(summary="Two people who have done it before talk with yours.", software=False)
    mira.give_media()
    mira.choose_category()
    mira.add_specification()
    mira.leave_specifications()
    mira.types("website", "http://fjord.example", until="https")
    mira.fill("website", "https://fjord.example/advice")
    mira.fill("contact.name", "Mira")
    mira.fill("contact.email", "mira@fjord.example")
    mira.go_on()
    mira.is_in("regions")
    mira.go_on()
    mira.write_papers(software=False)
    mira.write_support()
    mira.submit()
    olga.decide(mira.product)
    ada.find(mira.product)
    way = ada.link("Contact seller").get_attribute("href")
    there = ada.page.request.get(ada.browsing.url(way), max_redirects=0)
    assert (there.status, there.headers["location"]) == (302, "https://fjord.example/advice")
    for words in ("Continue to order", "This combination is not sold", "Why can I not pay", "Your price", "Leaving"):
        assert words not in ada.text()


def test_hardware(walk: Walk) -> None:
    mira, olga, ada = walk.all("hardware")
    mira.begin("hardware", "Edge Box")
    mira.write_listing(summary="A small server for the room beside the machines.", software=False)
    mira.give_media()
    mira.choose_category()
    mira.add_specification()
    mira.page.locator('[name^="p.0."]').first.fill("1200.00")
    mira.leave_specifications()
    mira.fill("delivery_days", "14")
    mira.fill("acceptance.en", "It runs and its lamp is green.")
    mira.guide()
    mira.go_on()
    mira.go_on()
    mira.go_on()
    mira.write_papers(software=False)
    mira.write_support()
    mira.submit()
    olga.decide(mira.product)
    ada.find(mira.product)
    assert "Sold out for now" in ada.text()
    assert ada.page.get_by_role("button", name="Continue to order").count() == 0
    mira.stock("2")
    ada.find(mira.product)
    assert "2 pieces left" in ada.text()
    ada.pay("1,500.00 EUR")
    ada.find(mira.product)
    assert "1 piece left" in ada.text()


def test_saas(walk: Walk) -> None:
    mira, olga, ada = walk.all("saas")
    mira.have_the_site_scanned()
    olga.enter_a_clean_scan(f"{NAME} site")
    mira.begin("saas", "Desk")
    mira.write_listing(summary="A help desk for teams of two to fifty.", software=True)
    mira.give_media()
    mira.choose_category()
    mira.add_specification()
    mira.pick("specifications.0.asset", 1)
    mira.page.locator('[name^="p.0."]').first.fill("12.00")
    mira.leave_specifications()
    mira.pick("interface.address", 1)
    mira.guide()
    mira.go_on()
    mira.is_in("trials")
    mira.types("trial_days", "2", until="3")
    mira.types("trial_days", "181", until="180")
    mira.fill("trial_days", "14")
    mira.go_on()
    mira.is_in("regions")
    mira.go_on()
    mira.write_papers(software=True)
    mira.write_support()
    mira.submit()
    olga.decide(mira.product)
    ada.find(mira.product)
    ada.pay("15.00 EUR")
