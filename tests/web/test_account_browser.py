"""Sign-in and the account pages in a real browser: passkeys, keyboard, accessibility, both themes and sizes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.people import PASSWORD, Person, make_person

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
PAGES = [
    "/account/", "/account/users", "/account/users/invite", "/account/data", "/account/keys", "/account/keys/new",
    "/account/messages", "/account/activity", "/account/agreements", "/account/tickets", "/account/tickets/new",
    "/account/switch", "/account/sessions/", "/account/email/", "/account/password/change/",
]  # fmt: skip


@pytest.fixture
def browser(monkeypatch: Any) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield running
        running.close()


@pytest.fixture
def site(transactional_db: None, live_server: Any) -> str:
    return str(live_server.url)


@pytest.fixture
def nora(site: str) -> Person:
    """Owns a company; signs in with PASSWORD. (Not `ada`: this database is not rolled back but emptied.)"""
    return make_person("Nora Lund", account_name="Lund & Söner Fiskexport Aktiebolag", password=PASSWORD)


def sign_in(page: Any, site: str, person: Person) -> None:
    page.goto(f"{site}/account/login/?next=/account/")
    page.get_by_label("E-mail address").fill(person.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{site}/account/")


def problems(page: Any) -> list[tuple[str, list[str]]]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]


def test_a_passkey_is_added_and_signs_in_alone(browser: Any, site: str, nora: Person) -> None:
    page = browser.new_context().new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text) if message.type == "error" else None)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})  # fmt: skip
    sign_in(page, site, nora)

    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.goto(f"{site}/account/")
    assert "Laptop" in page.locator("#second-step").inner_text()

    page.goto(f"{site}/account/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/account/login/?next=/account/keys")
    page.get_by_role("button", name="Sign in with a passkey").click()

    page.wait_for_url(f"{site}/account/keys")
    assert [text for text in messages if "Content Security Policy" in text] == []


def test_signing_in_by_keyboard_alone(browser: Any, site: str, nora: Person) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{site}/account/login/?next=/account/")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(nora.user.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url(f"{site}/account/")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 390)])
def test_pages_have_no_accessibility_findings_and_never_scroll_sideways(
    browser: Any, site: str, nora: Person, scheme: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found = {}
    for address in ("/account/login/", "/account/signup/", "/account/password/reset/"):
        page.goto(site + address)
        found[address] = problems(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    sign_in(page, site, nora)
    for address in PAGES:
        page.goto(site + address)
        found[address] = problems(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address

    assert {address: each for address, each in found.items() if each} == {}
    assert [url for url in asked if not url.startswith((site, "data:"))] == []


def test_wrong_input_is_announced_and_linked(browser: Any, site: str, nora: Person) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{site}/account/signup/")
    page.get_by_role("button", name="Register").click()

    alert = page.get_by_role("alert").first
    alert.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.name || location.hash") in {"email", "#email"}
    assert problems(page) == []
