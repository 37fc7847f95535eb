"""Sign-in in a real browser: passkeys, the keyboard, wrong input. (The pages themselves: `tests.web.screens`.)"""

from __future__ import annotations

import pytest

from tests.people import PASSWORD
from tests.web.browser import Browsing, accessibility, needs_chromium
from tests.web.hands import Hand

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]


@pytest.fixture
def nora(browsing: Browsing) -> Hand:
    """Owns a company; is not signed in yet."""
    return Hand(browsing.page())


def sign_in(hand: Hand, browsing: Browsing) -> None:
    hand.page.goto(browsing.url("/account/login/?next=/account/"))
    hand.type(hand.field("E-mail address"), browsing.facts["people"]["nora"])
    hand.type(hand.field("Password"), PASSWORD)
    hand.follow(hand.button("Sign in"))
    assert hand.page.url == browsing.url("/account/")


@pytest.mark.req("B-LOG-002", "UI-A11Y-05")
def test_a_passkey_is_added_and_signs_in_alone(browsing: Browsing, nora: Hand) -> None:
    page = nora.page
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})  # fmt: skip
    sign_in(nora, browsing)

    nora.follow(nora.link("Add a passkey"))
    nora.type(nora.field("Password"), PASSWORD)
    nora.follow(nora.button("Confirm"))
    assert accessibility(page) == []
    nora.type(nora.field("Name"), "Laptop")
    nora.press(nora.button("Add the passkey"))
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert accessibility(page) == []
    page.goto(browsing.url("/account/"))
    assert "Laptop" in page.locator("#second-step").inner_text()

    page.goto(browsing.url("/account/logout/"))
    nora.follow(nora.button("Sign out"))
    page.goto(browsing.url("/account/login/?next=/account/keys"))
    nora.press(nora.button("Sign in with a passkey"))

    page.wait_for_url(browsing.url("/account/keys"))


@pytest.mark.req("UI-A11Y-02")
def test_wrong_input_is_announced_and_linked(browsing: Browsing, nora: Hand) -> None:
    page = nora.page
    page.goto(browsing.url("/account/signup/"))
    nora.follow(nora.button("Register"))

    page.get_by_role("alert").first.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.name || location.hash") in {"email", "#email"}
    assert accessibility(page) == []
