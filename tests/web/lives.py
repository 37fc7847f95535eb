"""A small marketplace of real processes whose clock a test turns, for whole lives of subscriptions in a browser.

    def test_something(living):                      # see `tests.web.test_browser_lives`
        vera = living.newcomer()                     # nobody yet; registers in the browser
        living.turn("24d")                           # everything due on the way happens, each at its own time
        living.told_the_seller(subscription_id)      # what the sample seller's log says

Each test has a marketplace of its own: a turned clock cannot be turned back.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.people import NOW, PASSWORD
from tests.web.browser import Browsing
from tests.web.test_browser_journeys import Buyer
from tests.world import ROOT, World

SECONDS = 180  # a machine may be busy
PAUSE = 0.3
START = NOW + timedelta(hours=1)  # 1 March 2027, 18:00 billing time: nothing depends on an hour more or less


@dataclass
class Living:
    """The marketplace of one test, and what can be asked of it without a browser."""

    browsing: Browsing

    @property
    def world(self) -> World:
        return self.browsing.world

    @property
    def facts(self) -> dict[str, Any]:
        return self.browsing.facts

    def newcomer(self, **ways: Any) -> Tenant:
        """A browser of somebody whom nobody knows yet; `by_keyboard`, `scripts`, `width`: how it is used."""
        return self._person("visitor", **ways)

    def olga(self) -> Tenant:
        return self._person("olga")

    def bruno(self) -> Tenant:
        return self._person("bruno")

    def _person(self, who: str, *, width: int = 1280, by_keyboard: bool = False, scripts: bool = True) -> Tenant:
        page = self.browsing.page(who, width=width, java_script_enabled=scripts)
        page.context.set_default_timeout(SECONDS * 1000)
        made = Tenant(page, "en", by_keyboard, scripts)
        made.browsing, made.living = self.browsing, self
        return made

    def turn(self, duration: str) -> None:
        """Turn the clock with the command that people have; wait until nothing that is due is left."""
        command = [sys.executable, "-m", "galleria", "clock", "advance", duration, "--data", str(self.world.folder)]
        done = subprocess.run(command, env=self.world.environment(), cwd=ROOT, capture_output=True, text=True,
                              check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        assert "failed" not in done.stdout, done.stdout

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.world.folder / 'galleria.sqlite3'}?mode=ro", uri=True)) as base:
            return base.execute(sql, values).fetchall()

    def charged(self, order_id: str) -> int:
        """What was taken from cards and balances for an order in all, in the smallest unit."""
        asked = "select coalesce(sum(amount_minor), 0) from paying_payment where state = 'succeeded' and order_ids = ?"
        return int(self.rows(asked, json.dumps([order_id]))[0][0])

    def given_back(self, order_id: str) -> int:
        """What went back to the payer of an order and has arrived, in the smallest unit."""
        asked = "select coalesce(sum(amount_minor), 0) from paying_refund where state = 'succeeded' and order_id = ?"
        return int(self.rows(asked, order_id)[0][0])

    def at_the_seller(self, order_id: str) -> str:
        """How the sample seller holds the instance of this order now: running, frozen, released."""
        found = [each["state"] for each in self.world.seller()["instances"] if each["order_id"] == order_id]
        assert len(found) == 1, "made once"
        return str(found[0])

    def wait_for(self, order_id: str, state: str) -> None:
        """Until the seller holds the instance of this order so."""
        self.wait_until(lambda: self.at_the_seller(order_id) == state)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        self.world.wait(is_so, SECONDS)

    def is_balanced(self) -> bool:
        return bool(self.world.ledger()["balanced"])

    def told_the_seller(self, order_id: str) -> list[tuple[str, ...]]:
        """The calls about the instance of this order as they came: activity, and what it says.

        An answer that comes too late makes the same call come again, later perhaps than the next one: it counts as
        one, as it has one effect. Every answer is the contract's success.
        """
        instance = next(each for each in self.world.seller()["instances"] if each["order_id"] == order_id)
        found: list[tuple[str, ...]] = []
        for call in self.world.seller("/calls")["calls"]:
            members = json.loads(call["body"])
            if members.get("orderId") != order_id and members.get("instanceId") != instance["instance_id"]:
                continue
            assert json.loads(call["answer"])["resultCode"] == "000000", call
            said = (str(members.get(name, "")) for name in ("scene", "status", "orderId", "expireTime"))
            told = (call["activity"], *(each for each in said if each))
            if told not in found:
                found.append(told)
        return found


class Tenant(Buyer):
    """Somebody who lives with what was bought, step by step."""

    living: Living

    # ----- waiting for facts -----

    def until(self, path: str, is_so: Callable[[], bool]) -> None:
        """Open the page again until it is so: sellers and workers have their own speed."""
        until = time.monotonic() + SECONDS
        while True:
            self.go(path)
            if is_so():
                return
            assert time.monotonic() < until, f"{path} never came to it: {self.text()[:900]}"
            time.sleep(PAUSE)

    def until_it_says(self, path: str, *texts: str) -> None:
        self.until(path, lambda: all(text in self.text() for text in texts))

    # ----- reading -----

    def plate(self) -> str:
        """The words of the panel with the amounts."""
        return re.sub(r"\s+", " ", self.page.locator("aside.plate").first.inner_text())

    def has_in_plate(self, *texts: str) -> bool:
        return all(text in self.plate() for text in texts)

    def opened_workings(self) -> str:
        """The words of every working of the page, opened."""
        for summary in self.page.locator("details.working:not([open]) > summary").all():
            summary.click()
        return re.sub(r"\s+", " ", " ".join(self.page.locator("details.working").all_inner_texts()))

    def application(self) -> tuple[str, str]:
        """Address and user name on the open page of a subscription."""
        rows = self.page.locator("#use").locator("xpath=ancestor::section").locator("dl.facts dd")
        return str(rows.nth(0).inner_text()), str(rows.nth(2).inner_text())

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.browsing.url(""))  # type: ignore[no-any-return]

    @staticmethod
    def number_in(home: str) -> str:
        return home.rpartition("/")[2]

    def due(self) -> int:
        """The amount over the double rule: what will move with the next click; in the smallest unit."""
        value = self.page.locator("aside.plate .total .money").first.get_attribute("value")
        return round(float(value or "nan") * 100)

    def hears(self, *texts: str) -> str:
        """Wait for a message that has all of these words; returns it."""
        found: list[str] = []

        def has_come() -> bool:
            found[:] = [each for each in self.inbox() if all(text in each for text in texts)]
            return bool(found)

        self.until("/account/messages?size=100", has_come)
        return found[0]

    def inbox(self) -> list[str]:
        """The messages of the open page, the newest first."""
        return [re.sub(r"\s+", " ", each) for each in self.page.locator("ul.inbox li").all_inner_texts()]

    # ----- buying -----

    def arrives(self, *, company: str = "") -> None:
        """An account of their own, or of their company, ready to order."""
        if company:
            self.register_company(company)
        else:
            self.register()
        self.complete()

    def register_company(self, name: str) -> None:
        self.email = f"vera.{uuid.uuid4().hex[:10]}@example.com"
        self.go("/account/signup/")
        for label, text in {"E-mail address": self.email, "Password": PASSWORD, "Your name": "Vera Holm",
                            "Registered name of the company": name}.items():  # fmt: skip
            self.type(self.field(label), text)
        self.choose(self.field("Country or region"), "Sweden")
        for box in self.page.locator("fieldset input[type=checkbox]").all():
            self.tick(box)
        self.follow(self.button("Register"))
        self.type(self.field("Code"), self.code())
        self.follow(self.button("Confirm"))

    def has_card(self, number: str) -> None:
        self.go("/buyer/funds/cards")
        self.enter_card(number)

    def loses_card(self, ending: str) -> None:
        """Take a saved card away; another one pays then."""
        self.go("/buyer/funds/cards")
        row = self.page.locator("main li, main tr").filter(has_text=ending).first
        self.follow(row.get_by_role("button", name=re.compile("^" + self.t("Remove"))))

    def buys(self, slug: str, ending: str = "", how: str = "#continue") -> tuple[str, str]:
        """Order it, pay with this card, wait for the seller: number of the order, page of what is held."""
        self.go(f"/products/{slug}")
        self.follow(self.page.locator(how))
        self.accept_everything()
        if ending:
            self.tick(self.page.locator("#means label.choice", has_text=ending).locator("input"))
        self.clicks_commit()
        self.watch_the_delivery()
        self.follow(self.page.get_by_role("link", name=self.t("Open the subscription")))
        assert self.path.startswith("/buyer/subscriptions/sub_")
        return self.newest_order(), self.path

    def newest_order(self) -> str:
        return str(self.living.rows("select public_id from buying_order order by id desc limit 1")[0][0])

    def clicks_commit(self) -> None:
        self.follow(self.page.locator("main button.btn--commit:visible").last)

    def pays(self, ending: str) -> int:
        """Accept, choose the card, click the button that names the amount; returns what was shown."""
        shown = self.due()
        self.accept_everything()
        self.tick(self.page.locator("#means label.choice", has_text=ending).locator("input"))
        self.is_fine()
        button = self.page.locator("main button.btn--commit:visible").last
        assert f"pay {shown // 100:,}.{shown % 100:02d} EUR" in re.sub(r"\s+", " ", button.inner_text())
        self.follow(button)
        self.has_a_receipt()
        return shown

    def sets_policy(self, home: str, policy: str) -> None:
        self.go(f"/buyer/renewals/policy?id={self.number_in(home)}")
        self.tick(self.page.locator(f"[name=policy][value={policy}]"))
        self.follow(self.button("Save"))
        self.is_fine()

    def sets(self, setting: str, value: str) -> None:
        """An operator's setting, with a reason."""
        self.go(f"/operator/settings/{setting}")
        self.tick(self.page.locator(f"main input[name=value][value={value}]"))
        self.type(self.page.locator("main textarea[name=reason]"), "So says our policy.")
        self.follow(self.button("Change the setting"))
        self.is_fine()

    # ----- leaving -----

    def confirms_twice(self) -> str:
        """From the page with the rule and the figures to the receipt; the number of the unsubscription."""
        self.choose(self.field("Why do you leave?"), "I use another product instead")
        for box in self.page.locator("#leave input[type=checkbox]").all():
            self.tick(box)
        self.is_fine()
        self.follow(self.button("Go on to confirm"))
        self.is_fine()
        self.clicks_commit()
        self.is_fine()
        return self.number_in(self.path)


EXTRA = {"GALLERIA_SANDBOX_CARDS": "yes"}


class Patient(World):
    """Waits longer: many of these run on machines that have other things to do."""

    @staticmethod
    def wait(is_done: Any, seconds: float = SECONDS) -> None:
        World.wait(is_done, max(seconds, SECONDS))


@contextmanager
def built(folder: Path) -> Iterator[World]:
    """A seller that runs, and a filled database to be copied."""
    world = Patient(folder, program="tests.web.lives_seeded", extra=dict(EXTRA))
    try:
        yield world.build()
    finally:
        world.stop()


@contextmanager
def marketplace(folder: Path, model: World) -> Iterator[World]:
    """A copy of the model with a web server and a worker of its own; the seller is shared."""
    shutil.copytree(model.folder, folder, ignore=shutil.ignore_patterns("*-queue*", "*-turn*", "seller"))
    world = Patient(folder, facts=model.facts, seller_url=model.seller_url, extra=dict(EXTRA))
    world.extra["GALLERIA_SITE_URL"] = f"http://localhost:{world.port}"
    (folder / "clock").write_text(str(round(START.timestamp() - time.time())))
    try:
        world.serve()
        world.work()
        yield world
    finally:
        world.stop()
