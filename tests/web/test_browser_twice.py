"""UI-T09: a double click, back after paying, two tabs, a session that ends in a form: nothing lost, nothing twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.people import PASSWORD
from tests.web.browser import Browsing, needs_chromium
from tests.web.hands import Hand

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium, pytest.mark.req("UI-T09")]


@pytest.fixture
def ada(browsing: Browsing) -> Hand:
    return Hand(browsing.page("ada"))


def counts(browsing: Browsing) -> tuple[int, int]:
    """Orders and successful payments so far."""
    with closing(sqlite3.connect(browsing.world.folder / "galleria.sqlite3")) as base:
        orders = base.execute("select count(*) from buying_order").fetchone()[0]
        paid = base.execute("select count(*) from paying_payment where state = 'succeeded'").fetchone()[0]
    return orders, paid


def to_checkout(browsing: Browsing, page: Any) -> None:
    """Before the last click of an order that the balance pays; everything is accepted."""
    page.goto(browsing.url(f"/products/{browsing.facts['p_lantern']}"))
    page.locator("#continue").click()
    page.wait_for_url("**/buyer/checkout/**")
    for box in page.locator("#order input[type=checkbox]").all():
        box.check()
    page.locator("#means input[value=balance]").check()


def pay_button(page: Any) -> Any:
    return page.locator("main button.btn--commit:visible").last


@pytest.mark.req("B-PAY-T1")
def test_a_double_click_orders_and_pays_once(browsing: Browsing, ada: Hand) -> None:
    to_checkout(browsing, ada.page)
    orders, paid = counts(browsing)

    pay_button(ada.page).dblclick()
    ada.page.wait_for_url("**/buyer/pay/pay_*")

    assert ada.page.locator("aside.plate h2").inner_text() == "Receipt"
    assert counts(browsing) == (orders + 1, paid + 1)


def test_without_scripts_two_clicks_order_and_pay_once(browsing: Browsing) -> None:
    page = browsing.page("ada", java_script_enabled=False)
    to_checkout(browsing, page)
    orders, paid = counts(browsing)

    pay_button(page).dblclick()
    page.wait_for_url("**/buyer/pay/pay_*")

    assert counts(browsing) == (orders + 1, paid + 1)


def test_back_after_paying_leads_to_what_was_paid(browsing: Browsing, ada: Hand) -> None:
    to_checkout(browsing, ada.page)
    pay_button(ada.page).click()
    ada.page.wait_for_url("**/buyer/pay/pay_*")
    result, before = ada.page.url, counts(browsing)

    ada.page.go_back()
    if "/buyer/checkout/" in ada.page.url:  # shown again as it was; sending it again changes nothing
        pay_button(ada.page).click()
        ada.page.wait_for_url("**/buyer/pay/pay_*")

    assert ada.page.url == result
    assert counts(browsing) == before


def test_one_checkout_in_two_tabs_is_one_order(browsing: Browsing, ada: Hand) -> None:
    to_checkout(browsing, ada.page)
    second = ada.page.context.new_page()
    second.goto(ada.page.url)
    for box in second.locator("#order input[type=checkbox]").all():
        box.check()
    second.locator("#means input[value=balance]").check()
    orders, paid = counts(browsing)

    for page in (ada.page, second):
        pay_button(page).click()
        page.wait_for_url("**/buyer/pay/pay_*")

    assert ada.page.url == second.url
    assert counts(browsing) == (orders + 1, paid + 1)


@pytest.mark.req("UI-ST-09", "UI-GEN-14")
def test_a_form_that_outlives_the_session_comes_back_filled(browsing: Browsing) -> None:
    page = browsing.page("visitor")
    hand = Hand(page)
    question = "Can 40 people share one queue?"
    address = browsing.url(f"/products/{browsing.facts['p_desk']}")
    page.goto(browsing.url("/account/login/") + f"?next=/products/{browsing.facts['p_desk']}")
    sign_in(hand, browsing)
    page.get_by_label("Your question").fill(question)
    page.context.clear_cookies(name="sessionid")

    page.get_by_role("button", name="Ask the seller").click()
    page.wait_for_url("**/account/login/**")
    sign_in(hand, browsing)

    assert page.url.startswith(address)
    assert page.get_by_label("Your question").input_value() == question
    page.get_by_role("button", name="Ask the seller").click()
    page.get_by_role("status").filter(has_text="question").first.wait_for()
    page.goto(address)
    assert page.get_by_label("Your question").input_value() == ""


@pytest.mark.req("UI-ST-09", "UI-GEN-14", "B-PUR-009")
def test_a_checkout_that_outlives_the_session_comes_back_filled(browsing: Browsing) -> None:
    page = browsing.page("visitor")
    hand = Hand(page)
    page.goto(browsing.url("/account/login/") + f"?next=/products/{browsing.facts['p_lantern']}")
    sign_in(hand, browsing)
    to_checkout(browsing, page)
    before = counts(browsing)
    page.context.clear_cookies(name="sessionid")

    pay_button(page).click()
    page.wait_for_url("**/account/login/**")
    assert counts(browsing) == before
    sign_in(hand, browsing)

    assert all(box.is_checked() for box in page.locator("#order input[type=checkbox]").all())
    pay_button(page).click()
    page.wait_for_url("**/buyer/pay/pay_*")
    assert counts(browsing) == (before[0] + 1, before[1] + 1)


def sign_in(hand: Hand, browsing: Browsing) -> None:
    hand.field("E-mail address").fill(browsing.facts["people"]["ada"])
    hand.field("Password").fill(PASSWORD)
    hand.follow(hand.button("Sign in"))
