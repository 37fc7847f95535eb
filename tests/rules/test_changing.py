"""Into what a subscription can be changed, when, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from galleria.buying.rules import changing
from galleria.buying.rules.changing import Held, Offer

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
HELD = Held("effective", "saas", "period", False, True, True, "manual", AT + timedelta(days=20))
PRESENT = Offer(is_present=True, is_sold=True, has_price=True, is_scalable=True)
OTHER = Offer(is_present=False, is_sold=True, has_price=True, is_scalable=False)


@pytest.mark.req("B-CHG-T2")
@pytest.mark.parametrize(
    ("left", "now", "renewal"),
    [
        (timedelta(days=30, seconds=1), "", "too_early"),
        (timedelta(days=30), "", ""),
        (timedelta(days=1), "", ""),
        (timedelta(days=1) - timedelta(seconds=1), "last_day", ""),
        (timedelta(0), "grace", "grace"),
    ],
)
def test_more_is_possible_until_the_last_day_and_less_in_the_last_thirty_days(
    left: timedelta, now: str, renewal: str
) -> None:
    held = replace(HELD, expires_at=AT + left)

    assert (changing.why_not(held, "now", AT), changing.why_not(held, "renewal", AT)) == (now, renewal)


@pytest.mark.req("B-CHG-001", "B-CHG-T2")
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"is_trial": True}, "trial"),
        ({"delivery_type": "license"}, "not_saas"),
        ({"billing_mode": "one_time"}, "not_saas"),
        ({"expires_at": None}, "not_saas"),
        ({"state": "frozen"}, "frozen"),
        ({"state": "grace"}, "grace"),
        ({"state": "initializing"}, "initializing"),
        ({"state": "released"}, "ended"),
        ({"is_sold": False}, "removed"),
        ({"takes_changes": False}, "no_rule"),
        ({"is_waited_for": True}, "open_order"),
        ({"planned_at": AT}, "planned"),
    ],
)
def test_what_rules_a_change_out_altogether(changed: dict[str, object], reason: str) -> None:
    held = replace(HELD, **changed)  # type: ignore[arg-type]

    assert changing.why_not(held, "now", AT) == reason
    assert changing.why_not(held, "renewal", AT) == reason


def test_what_goes_on_by_use_is_not_renewed_with_a_change_but_can_grow() -> None:
    held = replace(HELD, renewal="to_pay_per_use")

    assert changing.why_not(held, "renewal", AT) == "to_pay_per_use"
    assert changing.why_not(held, "now", AT) == ""


@pytest.mark.req("B-CHG-T2", "B-CHG-T3", "S-UPG-T4")
@pytest.mark.parametrize(
    ("offer", "now", "renewal"),
    [
        (PRESENT, "", ""),
        (replace(PRESENT, is_scalable=False), "present", "present"),
        (replace(PRESENT, is_sold=False), "target_removed", "target_removed"),
        (OTHER, "no_pair", "no_pair"),
        (replace(OTHER, upwards="valid"), "", ""),
        (replace(OTHER, downwards="valid"), "downgrade", ""),
        (replace(OTHER, upwards="price"), "price", "price"),
        (replace(OTHER, downwards="mode"), "mode", "mode"),
        (replace(OTHER, upwards="valid", is_sold=False), "target_removed", "target_removed"),
        (replace(OTHER, upwards="valid", has_price=False), "no_price", "no_price"),
    ],
)
def test_a_target_needs_a_rule_that_holds_and_less_needs_a_renewal(offer: Offer, now: str, renewal: str) -> None:
    assert (changing.why_not_target(offer, "now"), changing.why_not_target(offer, "renewal")) == (now, renewal)


@pytest.mark.req("B-CHG-T2")
def test_fewer_only_with_a_renewal_and_never_nothing() -> None:
    assert changing.why_not_quantity(PRESENT, 20, 50, "now") == ""
    assert changing.why_not_quantity(PRESENT, 20, 10, "now") == "fewer"
    assert changing.why_not_quantity(PRESENT, 20, 10, "renewal") == ""
    assert changing.why_not_quantity(PRESENT, 20, 20, "renewal") == "nothing"
    assert changing.why_not_quantity(OTHER, 20, 20, "now") == ""
