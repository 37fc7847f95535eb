"""Whole lives of subscriptions as a new person lives them in a browser, on a clock that is turned.

Renewed by itself, upgraded, failed at the card, frozen, paid, open again, ended; tried and converted; left inside and
outside the days in which purchases are returned. Every amount shown before the click is what is charged or comes back
after it, and the sample seller hears what the contract says, each thing once in effect.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import till
from tests.web.browser import Browsing, needs_chromium
from tests.web.lives import Living, Tenant, built, marketplace
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
WAYS: dict[str, dict[str, Any]] = {
    "mouse": {},
    "keyboard alone": {"by_keyboard": True},
    "without scripts": {"scripts": False},
    "phone": {"width": 390},
}
PAYS, DECLINES = till.PAYS[-4:], till.DECLINES[-4:]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The marketplace that every test begins with."""
    with built(tmp_path_factory.mktemp("lives") / "model") as world:
        yield world


@pytest.fixture
def living(chromium: Any, model: World, tmp_path: Path) -> Iterator[Living]:
    """A marketplace of this test alone, on 1 March 2027, 18:00 billing time."""
    with marketplace(tmp_path / "site", model) as world:
        browsing = Browsing(chromium, world)
        yield Living(browsing)
        browsing.end()


@pytest.fixture
def vera(request: pytest.FixtureRequest, living: Living) -> Iterator[Tenant]:
    """Somebody new, who uses the pages in one way; what is reached by keyboard must show its focus."""
    made = living.newcomer(**WAYS[getattr(request, "param", "mouse")])
    yield made
    assert made.hidden == []


@pytest.mark.parametrize("vera", ["keyboard alone"], indirect=True)
@pytest.mark.req("B-ARN-002", "B-ARN-003", "B-CHG-001", "UI-GEN-04", "A-V2R-001", "A-V2U-001")
def test_a_month_renews_itself_and_is_upgraded_for_what_the_preview_shows(vera: Tenant, living: Living) -> None:
    vera.arrives()
    vera.has_card(till.PAYS)
    bought, home = vera.buys(living.facts["house"], PAYS)
    assert living.charged(bought) == 125_00
    vera.sets_policy(home, "auto")

    living.turn("24d")
    vera.hears("House renewed itself until 1 May 2027", "125.00 EUR was deducted")
    renewed = vera.newest_order()
    assert living.charged(renewed) == 125_00
    vera.until_it_says(home, "Renews 1 May 2027")

    vera.go(f"{home}/change?mode=now")
    # 37 days are left: 37 × 180.00 / 30 − 37 × 100.00 / 30 = 98.67, and a quarter of it is tax.
    assert vera.has_in_plate("Difference for 37 days 98.67 EUR", "Tax 25 % 24.67 EUR", "Due now 123.34 EUR")
    assert vera.has_in_plate("Then, at today’s price 225.00 EUR, 23 Apr 2027")
    assert vera.pays(PAYS) == 123_34
    upgraded = vera.newest_order()
    assert living.charged(upgraded) == 123_34
    vera.until_it_says(home, "Professional")
    vera.is_fine()

    assert living.told_the_seller(bought) == [
        ("newInstance", bought), ("queryInstance",),
        ("refreshInstance", "RENEWAL", renewed, "20270501155959"), ("upgradeInstance", upgraded),
    ]  # fmt: skip
    bruno = living.bruno()
    bruno.go("/seller/orders")
    assert all(order in bruno.text() for order in (bought, renewed, upgraded))
    bruno.go(f"/seller/orders/{upgraded}")
    assert "98.67" in bruno.text()
    bruno.is_fine()
    assert living.is_balanced()


@pytest.mark.parametrize("vera", ["without scripts"], indirect=True)
@pytest.mark.req("B-ARN-004", "B-EXP-001", "B-EXP-003", "A-V2S-001", "A-V2R-001")
def test_a_card_that_fails_lets_it_be_frozen_and_a_payment_opens_it_again(vera: Tenant, living: Living) -> None:
    vera.arrives()
    vera.has_card(till.PAYS)
    bought, home = vera.buys(living.facts["house"], PAYS)
    vera.sets_policy(home, "auto")
    vera.has_card(till.DECLINES)
    vera.loses_card(PAYS)

    living.turn("28d")  # four days before the end, and four attempts after the first
    vera.hears("House could not renew itself", "The card was declined.")
    vera.go(home)
    assert "Last deduction failed: The card was declined." in vera.text()
    living.turn("2d")
    vera.hears("House expires soon", "Renew it to go on using it.")
    living.turn("2d")
    vera.hears("House ends: it could not renew itself")
    vera.hears("House is frozen")
    living.wait_for(bought, "frozen")
    vera.until_it_says(home, "Frozen", "Renew it, or it is closed")
    vera.is_fine()

    vera.has_card(till.PAYS)
    vera.go(f"/buyer/renew?id={vera.number_in(home)}")
    assert "ends 1 May 2027" in vera.text()  # counted from the old end
    assert vera.pays(PAYS) == 125_00
    renewed = vera.newest_order()
    assert living.charged(renewed) == 125_00
    vera.until_it_says(home, "In use")
    vera.hears("House can be used again")
    assert living.at_the_seller(bought) == "active"

    assert living.told_the_seller(bought) == [
        ("newInstance", bought), ("queryInstance",), ("updateInstanceStatus", "FREEZE"),
        ("refreshInstance", "RENEWAL", renewed, "20270501155959"), ("updateInstanceStatus", "UNFREEZE"),
    ]  # fmt: skip
    assert living.rows("select count(*) from paying_payment where state = 'succeeded'") == [(2,)]
    assert living.is_balanced()


@pytest.mark.req("B-ARN-011", "B-EXP-001", "B-EXP-004", "A-V2D-001")
def test_a_canceled_renewal_ends_frozen_and_then_released(vera: Tenant, living: Living) -> None:
    vera.arrives()
    vera.has_card(till.PAYS)
    bought, home = vera.buys(living.facts["house"], PAYS)
    vera.sets_policy(home, "none")
    vera.go("/buyer/renewals?tab=none")
    assert "House" in vera.text()
    vera.is_fine()

    living.turn("40d")  # 1 April was its end
    vera.until_it_says(home, "Frozen", "16 Apr 2027")
    assert living.at_the_seller(bought) == "frozen"
    living.turn("10d")
    living.wait_for(bought, "released")
    vera.hears("House is released")
    assert not any("expires soon" in each for each in vera.inbox())  # nobody who left is reminded of the end
    vera.until_it_says(home, "Ended")
    vera.is_fine()

    assert living.told_the_seller(bought) == [
        ("newInstance", bought), ("queryInstance",), ("updateInstanceStatus", "FREEZE"), ("releaseInstance",),
    ]  # fmt: skip
    assert living.is_balanced()


@pytest.mark.parametrize("vera", ["phone"], indirect=True)
@pytest.mark.req("B-TRI-003", "B-TRI-004", "B-T2C-001", "B-T2C-T1", "A-V2R-001")
def test_a_trial_is_reminded_of_its_end_and_converted_with_everything_kept(vera: Tenant, living: Living) -> None:
    vera.arrives()
    vera.has_card(till.PAYS)
    tried, home = vera.buys(living.facts["house"], how="#trial")
    assert living.charged(tried) == 0
    vera.until_it_says(home, "Trial")
    signs_in_at = vera.application()

    living.turn("10d")
    vera.go("/buyer/renewals")
    vera.follow(vera.page.locator("main table a", has_text="Convert").first)
    vera.go(f"/buyer/convert/{vera.number_in(home)}?term=year:1")
    assert vera.has_in_plate("List price 1,000.00 EUR", "Tax 250.00 EUR", "Due now 1,250.00 EUR")
    assert "ends 11 Mar 2028" in vera.text()
    assert vera.pays(PAYS) == 1_250_00
    converted = vera.newest_order()
    assert living.charged(converted) == 1_250_00
    vera.hears("House is yours until 11 Mar 2028")
    vera.until_it_says(home, "In use")
    assert vera.application() == signs_in_at
    assert vera.has_in_plate("This term 1,250.00 EUR")

    living.wait_until(lambda: len(living.told_the_seller(tried)) >= 3)
    assert living.told_the_seller(tried) == [
        ("newInstance", tried), ("queryInstance",), ("refreshInstance", "TRIAL_TO_FORMAL", converted, "20280311155959"),
    ]  # fmt: skip
    assert living.is_balanced()


@pytest.mark.parametrize("vera", ["keyboard alone"], indirect=True)
@pytest.mark.req("B-UNS-001", "B-UNS-006", "B-UNS-T2", "UI-T10", "A-V2D-001")
def test_what_is_left_inside_and_outside_the_days_of_returning_pays_back_what_was_shown(
    vera: Tenant, living: Living
) -> None:
    olga = living.olga()
    olga.sets("refund.unconditional_enabled", "yes")
    vera.arrives(company=f"Holm {uuid.uuid4().hex[:6]} AB")  # consumers may withdraw by law, companies may not
    vera.has_card(till.PAYS)
    early, early_home = vera.buys(living.facts["house"], PAYS)
    late, late_home = vera.buys(living.facts["house"], PAYS)

    living.turn("3d")
    vera.go(f"{early_home}/leave")
    assert "less than 5 days ago" in vera.text()
    assert vera.due() == 125_00
    early_left = vera.confirms_twice()
    assert vera.due() == 125_00
    vera.until(vera.path, lambda: "Completed" in vera.text())
    assert living.given_back(early) == 125_00

    living.turn("3d")
    vera.go(f"{late_home}/leave")
    assert "The 5 days in which new purchases are returned without a fee are over." in vera.text()
    hours = re.search(r"(\d+) of (\d+) hours", vera.opened_workings())
    assert hours is not None
    used, term = int(hours.group(1)), int(hours.group(2))
    net = 100_00 - (2 * 100_00 * used + term) // (2 * term) - 10_00
    shown = net + (2 * net * 25 + 100) // 200
    assert vera.due() == shown
    late_left = vera.confirms_twice()
    assert vera.due() == shown
    vera.until(vera.path, lambda: "Completed" in vera.text())
    assert living.given_back(late) == shown

    for order, left in ((early, early_left), (late, late_left)):
        living.wait_for(order, "released")
        assert living.told_the_seller(order) == [("newInstance", order), ("queryInstance",), ("releaseInstance", left)]
    bruno = living.bruno()
    bruno.go("/seller/unsubscriptions")
    assert all(f"{each // 100}.{each % 100:02d} EUR" in bruno.text() for each in (100_00, net))
    bruno.is_fine()
    assert living.is_balanced()
