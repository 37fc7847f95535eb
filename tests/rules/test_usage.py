"""The three price models of usage, and the fees of upgrades and expansions, with the figures of the specification."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import Money
from galleria.pricing.rules import upgrades, usage
from galleria.pricing.rules.changes import Holding, upgrade_fee
from galleria.pricing.rules.models import Band, Linear, QuantityRange, Simple, Tiered, Volume

E10 = 10**10
BANDS = (Band(1, 3, 3 * E10 // 10), Band(4, None, 2 * E10 // 10))


@pytest.mark.req("S-BLM-002")
def test_fixed_usage_costs_its_amount() -> None:
    assert usage.fixed(8, 3 * E10 // 10) == Fraction(24, 10)
    assert usage.fixed(0, E10) == 0


@pytest.mark.req("S-BLM-T1", "S-BLM-003", "S-BLM-004")
def test_eight_minutes_cost_1_90_in_steps_and_1_60_in_tiers() -> None:
    assert usage.step(8, BANDS) == Fraction(190, 100)
    assert usage.tier(8, BANDS) == Fraction(160, 100)


@pytest.mark.req("S-BLM-003")
@given(records=st.lists(st.integers(0, 50), max_size=8))
def test_steps_add_up_over_the_accumulation_period(records: list[int]) -> None:
    before, total = 0, Fraction(0)
    for used in records:
        total += usage.step(used, BANDS, before=before)
        before += used
    assert total == usage.step(sum(records), BANDS)


@pytest.mark.req("S-BLM-004")
@pytest.mark.parametrize(("used", "cost"), [(0, 0), (3, Fraction(9, 10)), (4, Fraction(8, 10)), (5, 1)])
def test_a_tier_looks_at_one_record(used: int, cost: Fraction) -> None:
    assert usage.tier(used, BANDS) == cost


def test_usage_is_not_negative() -> None:
    for ask in (lambda: usage.fixed(-1, 1), lambda: usage.step(-1, BANDS), lambda: usage.tier(-1, BANDS)):
        with pytest.raises(ValueError, match="not negative"):
            ask()


# ----- upgrades -----


def eur(text: str) -> Money:
    return Money.parse(text, "EUR")


@pytest.mark.req("S-UPG-002", "S-UPG-005", "S-UPG-T1")
def test_an_upgrade_costs_the_difference_of_what_is_left() -> None:
    old = Holding("a", Simple("EUR", 300 * E10), 1, "month")
    new = Holding("b", Simple("EUR", 600 * E10), 1, "month")
    assert upgrade_fee(old, new, 10).amount == eur("100.00")
    assert upgrade_fee(new, old, 10).amount == eur("0.00")  # never below 0
    assert upgrade_fee(old, new, 10, off_e4=1000).amount == eur("90.00")
    yearly = Holding("a", Simple("EUR", 365 * E10), 1, "year")
    assert upgrade_fee(yearly, new, 1).amount == eur("19.00")  # 600 ÷ 30 − 365 ÷ 365


@pytest.mark.req("S-UPG-003", "S-UPG-T2", "S-UPG-T3")
def test_an_expansion_costs_the_new_total_less_the_old_amount() -> None:
    some = QuantityRange(1, 100, 1)
    linear = Linear("EUR", 10 * E10, some)
    assert upgrade_fee(Holding("a", linear, 20, "month"), Holding("a", linear, 30, "month"), 15).amount == eur("50.00")
    tiered = Tiered("EUR", (Band(1, 20, 10 * E10), Band(21, None, 8 * E10)), some)
    assert upgrade_fee(Holding("a", tiered, 20, "month"), Holding("a", tiered, 30, "month"), 30).amount == eur("40.00")


@pytest.mark.req("S-UPG-004")
def test_an_expansion_of_volume_prices_is_the_difference_of_both_totals() -> None:
    volume = Volume("EUR", (Band(1, 20, 10 * E10), Band(21, None, 8 * E10)), QuantityRange(1, 100, 1))
    fee = upgrade_fee(
        Holding("a", volume, 20, "month"), Holding("a", volume, 30, "month"), 30, volume_rule="graduated"
    )  # fmt: skip
    assert fee.amount == eur("80.00")  # (20 × 10 + 10 × 8) − 20 × 10


def sku(
    code: str, price: int, *, specification: str = "s", sold: bool = True, period: str = "month"
) -> upgrades.SkuFacts:
    return upgrades.SkuFacts(code, specification, sold, {(period, "EUR"): price})


@pytest.mark.req("S-UPG-001", "S-UPG-T4")
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (sku("b", 301), ""),
        (sku("b", 300), "price"),
        (sku("b", 299), "price"),
        (sku("a", 400), "same"),
        (sku("b", 400, specification="t"), "specification"),
        (sku("b", 400, sold=False), "removed"),
        (sku("b", 400, period="year"), "mode"),
        (upgrades.SkuFacts("b", "s", True, {}), "mode"),
    ],
)
def test_an_upgrade_leads_to_a_dearer_sku_of_the_same_specification(target: upgrades.SkuFacts, reason: str) -> None:
    assert upgrades.why_not(sku("a", 300), target) == reason
