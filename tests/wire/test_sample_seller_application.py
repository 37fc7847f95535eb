"""The application that the sample seller delivers, as a browser without scripts sees it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from galleria.demo.sample_seller.server import SampleSeller
from tests.wire.conftest import NEW, Wire


class Browser:
    """Enough of a browser: forms, cookies, no scripts."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookie = ""

    def get(self, path: str) -> Any:
        return self._ask("GET", path, {})

    def submit(self, path: str, **form: str) -> Any:
        return self._ask("POST", path, form)

    def _ask(self, method: str, path: str, form: dict[str, str], **headers: str) -> Any:
        if self.cookie:
            headers["Cookie"] = self.cookie
        body = urlencode(form) if method == "POST" else None
        answer = urllib3.request(method, f"{self.base}{path}", body=body, headers=headers, redirect=False, timeout=5)
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return answer


@pytest.fixture
def app(wire: Wire) -> tuple[Wire, Browser, str]:
    """An instance with its password, and a browser on its front page."""
    wire.say(NEW)
    info = wire.say({"activity": "queryInstance", "instanceId": "b-1"})["info"][0]["appInfo"]
    assert info["frontEndUrl"] == f"{wire.seller.url}/apps/b-1"
    return wire, Browser(info["frontEndUrl"]), info["password"]


@pytest.mark.req("A-V2Q-003")
def test_the_buyer_signs_in_with_the_initial_password_and_works(app: tuple[Wire, Browser, str]) -> None:
    _, browser, password = app

    assert "Sign in" in browser.get("").data.decode()
    wrong = browser.submit("/sign-in", user="admin", password="guess")
    right = browser.submit("/sign-in", user="admin", password=password)
    written = browser.submit("/notes", text="<b>Hello</b> 中文")
    page = browser.get("").data.decode()

    assert (wrong.status, "is not right" in wrong.data.decode()) == (403, True)
    assert (right.status, right.headers["Location"]) == (303, "/apps/b-1")
    assert "HttpOnly; SameSite=Lax" in right.headers["Set-Cookie"]
    assert written.status == 303
    assert "&lt;b&gt;Hello&lt;/b&gt; 中文" in page
    assert "Administration" in browser.get("/admin").data.decode()
    browser.submit("/sign-out")
    assert "first password" in browser.get("").data.decode()


def test_a_session_of_one_instance_opens_no_other(app: tuple[Wire, Browser, str]) -> None:
    wire, browser, password = app
    wire.say(NEW | {"orderId": "GA2", "businessId": "b-2"})
    browser.submit("/sign-in", user="admin", password=password)

    browser.base = f"{wire.seller.url}/apps/b-2"

    assert "first password" in browser.get("").data.decode()
    assert wire.seller.store.notes("b-2") == []


def test_forms_of_other_sites_are_not_taken(app: tuple[Wire, Browser, str]) -> None:
    _, browser, password = app
    browser.submit("/sign-in", user="admin", password=password)

    forged = browser._ask("POST", "/notes", {"text": "x"}, Origin="https://elsewhere.example")

    assert forged.status == 403


@pytest.mark.req("A-V2S-001", "A-V2D-001")
def test_a_frozen_application_says_so_and_a_released_one_is_gone(app: tuple[Wire, Browser, str]) -> None:
    wire, browser, _ = app
    wire.say({"activity": "updateInstanceStatus", "instanceId": "b-1", "status": "FREEZE"})
    frozen = browser.get("")
    wire.say({"activity": "releaseInstance", "instanceId": "b-1"})
    released = browser.get("")

    assert (frozen.status, "is frozen" in frozen.data.decode()) == (403, True)
    assert (released.status, "was released" in released.data.decode()) == (410, True)
    browser.base = wire.seller.url
    assert browser.get("/apps/unknown").status == 404
    assert browser.get("/nowhere").status == 404
    assert "Sample" in browser.get("/").data.decode()


def test_an_application_that_is_being_made_says_so(wire: Wire) -> None:
    wire.seller.faults.add({"do": "async", "polls": 1, "times": 1})
    wire.say(NEW)
    browser = Browser(f"{wire.seller.url}/apps/b-1")

    assert browser.get("").status == 503
    wire.say({"activity": "queryInstance", "instanceId": "b-1"})
    assert browser.get("").status == 200


def test_the_pages_load_nothing_from_elsewhere(app: tuple[Wire, Browser, str]) -> None:
    _, browser, _ = app
    page = browser.get("")

    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"(?:src|href)=\"?https?:", page.data.decode())


def test_the_root_of_the_site_has_the_files_that_prove_whose_it_is(seller: SampleSeller) -> None:
    root = seller.settings.state / "root"
    (root / ".well-known").mkdir(parents=True)
    (root / "galleria-site-0123.txt").write_text("galleria-site=0123\n")
    (root / ".well-known" / "galleria-address.txt").write_text("galleria-address=4567\n")
    (seller.settings.state / "secret.txt").write_text("not in the root")
    browser = Browser(seller.url)

    assert browser.get("/galleria-site-0123.txt").data == b"galleria-site=0123\n"
    assert browser.get("/.well-known/galleria-address.txt").data == b"galleria-address=4567\n"
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/none.txt", "/.well-known", "/sample-seller.sqlite3"):
        assert browser.get(path).status == 404
