"""A company that nobody prepared sells: registration to a running subscription, then a change of price, hidden, gone.

In a browser against real processes; the company's server is a process of its own that first has another key.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.people import PASSWORD
from tests.web.browser import Browsing, needs_chromium
from tests.web.test_browser_journeys import Buyer
from tests.world import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
NAME = "".join(chr(97 + byte % 26) for byte in uuid.uuid4().bytes[:6]).title()  # another one in every run
COMPANY = f"{NAME} Verktyg AB"
PRODUCT = f"{NAME} Desk"
PAGE = f"/products/{NAME.lower()}-desk"
ACTIVITIES = (
    "newInstance", "queryInstance", "refreshInstance", "updateInstanceStatus", "upgradeInstance", "changeInstanceCheck",
    "releaseInstance",
)  # fmt: skip
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
xref
0 4
trailer<</Size 4/Root 1 0 R>>
startxref
9
%%EOF
"""


class Server:
    """The company's own server: keys in a file that it reads again, proofs in a folder at its root."""

    def __init__(self, browsing: Browsing, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.knows("another-key-than-the-marketplace-has")
        (folder / "state" / "root" / ".well-known").mkdir(parents=True)
        self.process = browsing.world.start(
            "-m", "galleria.demo.sample_seller", "--port", str(self.port), "--keys", str(folder / "keys.json"),
            "--state", str(folder / "state"), stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def knows(self, key: str) -> None:
        content = {"sellers": {"northwind": {"key": key, "name": "Northwind", "application": "Desk"}}}
        (self.folder / "keys.json").write_text(json.dumps(content), "utf-8")

    def shows(self, path: str, text: str) -> None:
        (self.folder / "state" / "root" / path).write_text(text, "utf-8")


class Maker(Buyer):
    """The owner of the company, step by step."""

    files: Path
    server: Server
    draft: str = ""
    called: str = NAME

    def register(self) -> None:
        self.email = f"vera.{time.time_ns():x}@northwind.example"
        self.go("/account/signup/")
        for label, text in {"E-mail address": self.email, "Password": PASSWORD, "Your name": "Vera",
                            "Registered name of the company": COMPANY}.items():  # fmt: skip
            self.type(self.field(label), text)
        self.choose(self.field("Country or region"), "Sweden")
        for box in self.page.locator("fieldset input[type=checkbox]").all():
            self.tick(box)
        self.follow(self.button("Register"))
        assert self.heading() == "Confirm your e-mail address", self.text()
        self.type(self.field("Code"), self.code())
        self.follow(self.button("Confirm"))

    def fill(self, name: str, text: str) -> None:
        self.page.locator(f'main [name="{name}"]').fill(text)

    def pick(self, name: str, place: int) -> None:
        self.page.locator(f'main [name="{name}"]').select_option(index=place)

    def attach(self, name: str, file: str) -> None:
        self.page.locator(f'main [name="{name}"]').set_input_files(self.files / file)

    def tick_named(self, name: str, value: str) -> None:
        self.page.locator(f'main [name="{name}"][value="{value}"]').check()

    def save(self) -> None:
        self.follow(self.page.get_by_role("button", name="Save", exact=True).last)

    def alerts(self) -> str:
        return " ".join(self.page.get_by_role("alert").all_inner_texts())

    def wait_for(self, path: str, words: str) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            self.go(path)
            if words in self.text():
                return
            time.sleep(0.3)
        raise AssertionError(f"{path} never says {words!r}: {self.text()[:500]}")

    # ----- becoming a seller -----

    def apply(self) -> None:
        self.go("/seller/start")
        self.follow(self.button("Begin the application"))
        self.fill("registration_number", "556000-1111")
        self.fill("website", f"{self.server.url}/there/is/nothing/here")
        self.pick("business_term", 1)
        self.fill("founded_on", "2015-03-01")
        self.pick("employees", 2)
        for name, text in {"staff": "20", "capital": "900000", "introduction": "We make tools.", "city": "Malmö",
                           "street": "Kajen 4"}.items():  # fmt: skip
            self.fill(name, text)
        self.attach("licence", "paper.pdf")
        self.attach("logo", "logo.png")
        self.tick_named("operator_contact", "no")
        self.follow(self.button("Save and go on"))
        self.tick_named("eu_tax", "no")
        self.follow(self.button("Save and go on"))
        self.fill("service_phone", "+46 40 555 010")
        self.fill("service_email", "help@northwind.example")
        self.fill("service_hours", "Mon-Fri 08:00-18:00 (GMT+01:00)")
        self.follow(self.button("Save and go on"))
        self.send_application()
        assert "The website answers with error 404." in self.alerts()

        self.go("/seller/start?step=company")
        self.fill("website", f"{self.server.url}/")
        self.follow(self.button("Save and go on"))
        self.send_application()
        assert "Under review" in self.text()

    def send_application(self) -> None:
        self.go("/seller/start?step=agreements")
        for box in self.page.locator("main input[type=checkbox]").all():
            box.check()
        self.follow(self.button("Submit the application"))

    def correct_application(self) -> None:
        self.go("/seller/start?step=company")
        assert "The licence says Kajen 5." in self.text()
        self.fill("street", "Kajen 5")
        self.follow(self.button("Save and go on"))
        self.send_application()

    def certify(self) -> None:
        self.go("/seller/certification")
        self.follow(self.page.locator('main a[href*="/seller/certification/"]').first)
        self.tick_named("agree_AGR_SELLER", self.page.locator("[name=agree_AGR_SELLER]").get_attribute("value") or "")
        self.follow(self.page.get_by_role("button", name=re.compile("^Sign with")))
        for name, text in {
            "address": "Kajen 5, Malmö", "tax_number": "SE556000111101", "finance_name": "Nils",
            "finance_phone": "+46 40 555 011", "finance_email": "money@northwind.example", "account_name": "Somebody",
            "account_number": "SE4550000000058398257466", "bank_name": "Bank of the North", "bank_address": "Malmö",
            "swift": "ESSESESS",
        }.items():  # fmt: skip
            self.fill(name, text)
        self.pick("taxpayer", 1)
        self.tick_named("related", "no")
        self.tick_named("privacy", "yes")
        self.follow(self.button("Submit for certification"))
        assert COMPANY in self.alerts()  # the account must be in this name
        self.fill("account_name", COMPANY)
        self.follow(self.button("Submit for certification"))

    # ----- the server -----

    def prove_domain(self) -> None:
        self.go("/seller/interface")
        self.fill("origin", self.server.url)
        self.follow(self.button("Add"))
        token = re.search(r"Content ([0-9a-f]{20,})", self.text())
        assert token is not None
        self.follow(self.button("Look for it now"))
        assert "HTTP status 404" in self.text()
        self.server.shows(".well-known/galleria-address.txt", token.group(1))
        self.follow(self.button("Look for it now"))
        assert "The domain is proven." in self.text()
        self.fill("path", "/s/northwind/saas")
        self.follow(self.page.locator("form:has([name=path]) button"))

    def debug_everything(self) -> None:
        self.go("/seller/interface/keys")
        self.page.locator("[name=sure]").check()
        self.follow(self.button("Make the key"))
        self.follow(self.page.get_by_role("button", name=re.compile("^Show")).first)
        key = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", self.text())
        assert key is not None
        self.go("/seller/interface/console")
        self.button("Debug").click()
        self.page.get_by_text("authentication failed").first.wait_for()
        assert self.button("Find out what it expects").count() == 1

        self.server.knows(key.group())
        steps = [link.get_attribute("href") for link in self.page.locator('main a[href*="activity="]').all()]
        for activity in ACTIVITIES:
            self.go(next(step for step in steps if step and f"activity={activity}" in step))
            with self.page.expect_response(lambda answer: answer.request.method == "POST"):
                self.button("Debug and save").click()
        self.go("/seller/interface/cases")
        assert all(activity in self.text() for activity in ACTIVITIES)
        assert "Everything that yearly and monthly products need." in self.text()

    def have_the_site_scanned(self) -> None:
        self.go("/seller/assets/new?kind=saas_site")
        self.fill("name", f"{self.called} site")
        self.fill("address", f"{self.server.url}/")
        self.tick_named("login_mode", "password")
        for box in self.page.locator("main [name=checklist], main [name=consent]").all():
            box.check()
        self.follow(self.button("Add"))
        file = re.search(r"(galleria-site-\w+\.txt)", self.text())
        line = re.search(r"(galleria-site=\w+)", self.text())
        assert file is not None
        assert line is not None
        self.server.shows(file.group(1), line.group(1))
        self.follow(self.button("Look for the file now"))
        self.follow(self.page.locator("main table a").first)
        version = self.page.url
        self.follow(self.button("Have it scanned"))
        self.wait_for(version.partition(self.browsing.url(""))[2], "Looked at by a person")

    # ----- the product -----

    def edit(self, section: str) -> None:
        self.go(f"/seller/products/{self.draft}/edit/{section}")

    def write_the_product(self) -> None:
        self.go("/seller/products/new")
        self.follow(self.page.get_by_role("button", name=re.compile("SaaS$")))
        found = re.search(r"rel_\w+", self.page.url)
        assert found is not None
        self.draft = found.group()
        self.fill("name.en", PRODUCT)
        self.fill("version", "V1.0")
        self.fill("summary.en", "A help desk for small teams: tickets, answers and a calm inbox.")
        self.fill("highlights.en", "One inbox for every question a team gets\nAnswers that can be used again")
        self.fill("description.en", f"{PRODUCT} keeps every question in one place. " * 12)
        self.save()
        self.edit("media")
        self.attach("logo_file", "logo.png")
        self.save()
        self.edit("categories")
        self.pick("category", 3)
        self.save()
        self.edit("delivery")
        self.pick("interface.address", 1)
        self.fill("guide.en", "Sign in with the name and the first password in Purchased Apps.")
        self.attach("guide_file", "paper.pdf")
        self.save()
        self.edit("trials")
        self.fill("trial_days", "14")
        self.save()
        self.edit("agreements")
        self.pick("licence", 1)
        self.attach("copyright.certificate", "paper.pdf")
        self.fill("copyright.software_name", PRODUCT)
        self.fill("copyright.owner", COMPANY)
        self.save()
        self.edit("support")
        self.page.locator('[name="after_sales.time_zone"]').select_option(value="(GMT+01:00)")
        for day in "12345":
            self.tick_named("after_sales.hours.0.days", day)
        for name, text in {
            "hours.0.opens": "08:00", "hours.0.closes": "18:00", "email": "help@northwind.example",
            "hotline": "+46 40 555 010", "services.en": "Questions about use, and faults", "languages": "en\nsv",
        }.items():  # fmt: skip
            self.fill(f"after_sales.{name}", text)
        self.save()

    def price_eighteen_combinations(self) -> None:
        """Two choices of three, by the month and by the year."""
        self.edit("specifications")
        self.follow(self.button("Add the first one"))
        self.pick("specifications.0.asset", 1)
        choices = {"Edition": ("Basic", "Team", "Pro"), "Support": ("Mail", "Phone", "Day and night")}
        for number, (name, options) in enumerate(choices.items()):
            self.button("Add a choice").click()
            at = f"specifications.0.attributes.{number}"
            self.fill(f"{at}.name.en", name)
            for place, option in enumerate(options):
                if not self.page.locator(f'[name="{at}.options.{place}.name.en"]').count():
                    self.page.get_by_role("button", name="Another line").last.click()
                self.fill(f"{at}.options.{place}.name.en", option)
            self.save()
        self._fill_prices("p.0.", 10, 5)
        self.button("Add this way of paying").click()
        self.page.locator('[name^="p.1."]').first.wait_for()
        self._fill_prices("p.1.", 100, 50)

    def _fill_prices(self, names: str, first: int, step: int) -> None:
        places = self.page.locator(f'[name^="{names}"]').all()
        assert len(places) == 9
        for number, place in enumerate(places):
            place.fill(f"{first + number * step}.00")
        self.save()

    def submit(self) -> None:
        self.go(f"/seller/products/{self.draft}/checks")
        assert "Nothing is missing. It can be sent in." in self.text(), self.text()
        self.page.locator('form:has(button:text-is("Submit for review")) [name=sure]').check()
        self.follow(self.button("Submit for review"))
        assert "In review since" in self.text()
        assert "<time" not in self.text()

    def correct_product(self) -> None:
        self.go(f"/seller/releases/{self.draft}")
        assert "Say for how many people it is." in self.text()
        self.edit("listing")
        assert "Say for how many people it is." in self.text()
        self.fill("summary.en", "A help desk for teams of two to fifty: tickets, answers and a calm inbox.")
        self.save()

    def product_page(self) -> str:
        self.go("/seller/products")
        return str(self.page.locator('main table a[href*="/seller/products/prd_"]').first.get_attribute("href"))

    def raise_the_price(self) -> None:
        self.go(self.product_page())
        self.follow(self.page.get_by_text("Change …").first)
        found = re.search(r"rel_\w+", self.page.url)
        assert found is not None
        self.draft = found.group()
        self.edit("specifications/0")
        self.page.locator('[name^="p.0."]').first.fill("11.00")
        self.save()

    def end_the_sale(self, page: str) -> None:
        self.go(f"{page}/removal")
        self.fill("reason", "Another product replaces it.")
        self.page.locator("main input[name=sure]").check()
        self.follow(self.button("End the sale: The whole product"))


class Reviewer(Buyer):
    """Olga before her queue."""

    def open(self, title: str) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            self.go("/operator/reviews")
            found = self.page.locator('main a[href*="/operator/reviews/sbm_"]', has_text=title)
            if found.count():
                self.follow(found.first)
                return
            time.sleep(0.3)
        raise AssertionError(f"{title} does not wait")

    def approve(self, title: str) -> None:
        self.open(title)
        self.follow(self.page.get_by_role("button", name=re.compile("Approve")).first)

    def give_back(self, title: str, field: str, remark: str) -> None:
        self.open(title)
        place = self.page.locator(f'[name="text:{field}"]')
        place.evaluate("(e) => { const around = e.closest('details'); if (around) around.open = true; }")
        place.fill(remark)
        self.page.locator("[name=note]").fill("Please correct this.")
        self.follow(self.button("Return with reasons"))


@pytest.fixture
def vera(browsing: Browsing, tmp_path: Path) -> Iterator[Maker]:
    made = Maker(browsing.page(width=1440))
    made.browsing, made.files = browsing, tmp_path
    (tmp_path / "paper.pdf").write_bytes(PDF)
    logo = Image.new("RGBA", (120, 120), (255, 255, 255, 0))
    ImageDraw.Draw(logo).ellipse((10, 10, 110, 110), fill=(11, 122, 117, 255))
    logo.save(tmp_path / "logo.png")
    made.server = Server(browsing, tmp_path)
    yield made
    browsing.world.end(made.server.process)


def person(browsing: Browsing, name: str, kind: type[Buyer]) -> Any:
    made = kind(browsing.page(name, width=1440))
    made.browsing = browsing
    return made


@pytest.mark.req(
    "S-REG-003", "S-REG-T2", "S-REG-T4", "S-CER-T1", "A-ADR-001", "A-DBG-001", "A-DBG-004", "S-AST-004", "S-SKU-003",
    "S-TRI-001", "S-APP-001", "S-APP-T1", "S-APP-T3", "S-PRD-T3", "S-PRD-T6", "S-PRD-006", "S-PRD-T9",
)  # fmt: skip
def test_a_company_registers_is_certified_proves_its_server_releases_and_sells(vera: Maker, browsing: Browsing) -> None:
    olga, ada = person(browsing, "olga", Reviewer), person(browsing, "ada", Buyer)
    vera.register()
    vera.complete()
    vera.apply()
    olga.give_back(COMPANY, "street", "The licence says Kajen 5.")
    vera.correct_application()
    olga.approve(COMPANY)
    vera.certify()
    olga.approve(COMPANY)

    vera.prove_domain()
    vera.debug_everything()
    vera.have_the_site_scanned()
    olga.approve(f"{NAME} site")

    vera.write_the_product()
    vera.price_eighteen_combinations()
    vera.submit()
    olga.give_back(PRODUCT, "summary", "Say for how many people it is.")
    vera.correct_product()
    vera.submit()
    olga.approve(PRODUCT)

    vera.wait_for(f"/search?q={NAME}+desk", PRODUCT)
    ada.go(PAGE)
    ada.follow(ada.page.get_by_role("button", name="Continue to order").first)
    for box in ada.page.locator("main input[type=checkbox]").all():
        box.check()
    ada.page.locator("[name=means][value=balance]").check()
    assert "Order and pay 12.50 EUR" in ada.text(), ada.text()
    ada.follow(ada.page.locator("button:visible", has_text="Order and pay 12.50 EUR").first)
    ada.watch_the_delivery()
    ada.follow(ada.page.get_by_text("Open the subscription").first)
    assert PRODUCT in ada.text()

    vera.raise_the_price()
    vera.submit()
    ada.go(PAGE)
    assert "10.00 EUR" in ada.text()
    olga.approve(PRODUCT)
    ada.go(PAGE)
    assert "11.00 EUR" in ada.text()

    page = vera.product_page().partition("?")[0]
    vera.go(page)
    vera.follow(vera.page.get_by_role("button", name="Hide", exact=True).last)
    ada.go(f"/search?q={NAME}+desk")
    assert ada.page.locator(f'main a[href^="{PAGE}"]').count() == 0
    ada.go(PAGE)
    assert ada.page.get_by_role("button", name="Continue to order").count() >= 1
    vera.end_the_sale(page)
    olga.approve(PRODUCT)
    ada.go(PAGE)
    assert ada.page.get_by_role("button", name="Continue to order").count() == 0
