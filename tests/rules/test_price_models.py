"""Price models: the worked examples of the specification, and what always holds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import Money
from galleria.pricing.rules.exact import price
from galleria.pricing.rules.models import (
    Band,
    BandsInvalid,
    Linear,
    QuantityOutOfRange,
    QuantityRange,
    Simple,
    Tiered,
    Volume,
    bands_of,
    charge,
    model_of,
    per_period,
)


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


BANDS = (Band(1, 20, price("5.00")), Band(21, 100, price("4.00")))
UP_TO_100 = QuantityRange(1, 100)

WORKED = [
    ("image for 3 months", Simple("USD", price("30.00")), 1, 3, "90.00"),
    ("server for 3 months", Simple("USD", price("49.90")), 1, 3, "149.70"),
    ("two copies of a licence", Simple("USD", price("10.00"), QuantityRange(1, 30)), 2, 1, "20.00"),
    ("20 users, linear", Linear("USD", price("5.00")), 20, 3, "300.00"),
    ("50 users, linear", Linear("USD", price("5.00")), 50, 3, "750.00"),
    ("20 users, tiered", Tiered("USD", BANDS, UP_TO_100), 20, 3, "300.00"),
    ("21 users, tiered, all at the second band", Tiered("USD", BANDS, UP_TO_100), 21, 1, "84.00"),
    ("50 users, tiered", Tiered("USD", BANDS, UP_TO_100), 50, 3, "600.00"),
    ("20 users, volume", Volume("USD", BANDS, UP_TO_100), 20, 3, "300.00"),
    ("21 users, volume, one at the second band", Volume("USD", BANDS, UP_TO_100), 21, 1, "104.00"),
    ("50 users, volume", Volume("USD", BANDS, UP_TO_100), 50, 3, "660.00"),
    ("half a cent rounds up", Linear("USD", price("0.005")), 1, 1, "0.01"),
    ("less than half a cent rounds down", Linear("USD", price("0.0049999999")), 1, 1, "0.00"),
    ("ten decimals count", Linear("USD", price("0.0000640001")), 1_000_000, 1, "64.00"),
]


@pytest.mark.req("B-CFG-002", "B-MNY-001", "B-MNY-002")
@pytest.mark.parametrize(
    ("model", "quantity", "periods", "amount"), [row[1:] for row in WORKED], ids=[r[0] for r in WORKED]
)
def test_a_price_model_charges_exactly_what_the_specification_says(model, quantity, periods, amount):
    charged = charge(model, quantity, periods)

    assert charged.amount == usd(amount)
    assert charged.steps[-1].amount == usd(amount)


@pytest.mark.req("B-MNY-002")
def test_a_currency_without_decimals_is_rounded_to_whole_units():
    assert charge(Linear("JPY", price("12.5")), 3).amount == Money(38, "JPY")
    assert charge(Linear("JPY", price("12.5")), 3).exact == Fraction(75, 2)


@pytest.mark.req("B-FRE-001")
def test_a_free_price_charges_nothing_and_says_so():
    charged = charge(Simple("USD", 0), 1, 12)

    assert charged.amount == usd("0.00")
    assert [step.sentence() for step in charged.steps] == ["Free of charge"]


@pytest.mark.req("B-CFG-002")
def test_the_working_of_a_volume_price_shows_every_band_and_their_sum():
    steps = charge(Volume("USD", BANDS, UP_TO_100), 50, 3).steps

    assert [(step.text, step.inputs.get("units"), step.exact) for step in steps] == [
        ("slice", 20, Fraction(300)),
        ("slice", 30, Fraction(360)),
        ("slices", None, Fraction(660)),
    ]


@pytest.mark.req("B-CFG-002")
@pytest.mark.parametrize(
    ("quantity", "allowed"), [(9, False), (10, True), (15, False), (20, True), (1000, True), (1010, False), (0, False)]
)
def test_only_quantities_of_the_range_and_step_are_sold(quantity, allowed):
    users = QuantityRange(10, 1000, 10)
    model = Linear("USD", price("1"), users)

    assert users.allows(quantity) is allowed
    if allowed:
        assert charge(model, quantity).amount == usd(f"{quantity}.00")
    else:
        with pytest.raises(QuantityOutOfRange) as refused:
            charge(model, quantity)
        assert (refused.value.quantity, refused.value.limits) == (quantity, users)
        assert refused.value.code == "QUANTITY_OUT_OF_RANGE"


@pytest.mark.req("B-CFG-002")
def test_steps_count_from_the_smallest_quantity():
    assert [quantity for quantity in range(1, 20) if QuantityRange(3, 15, 5).allows(quantity)] == [3, 8, 13]


def test_a_charge_needs_at_least_one_period():
    with pytest.raises(ValueError, match="At least one period"):
        charge(Simple("USD", price("1")), 1, 0)


@pytest.mark.req("S-SKU-T2")
@pytest.mark.parametrize(
    ("bands", "limits"),
    [
        ((), UP_TO_100),
        ((Band(1, 20, 5), Band(20, 100, 4)), UP_TO_100),
        ((Band(1, 20, 5), Band(22, 100, 4)), UP_TO_100),
        ((Band(1, None, 5), Band(21, 100, 4)), UP_TO_100),
        ((Band(1, 20, 5), Band(21, 90, 4)), UP_TO_100),
        ((Band(1, 20, 5), Band(21, 100, 4)), QuantityRange(1, None)),
        ((Band(5, 100, 5),), UP_TO_100),
        ((Band(1, 0, 5), Band(1, 100, 5)), UP_TO_100),
    ],
    ids=["none", "overlap", "gap", "after the open end", "too short", "not open", "late start", "empty band"],
)
@pytest.mark.parametrize("model", [Tiered, Volume])
def test_bands_that_overlap_or_leave_a_gap_are_refused(model, bands, limits):
    with pytest.raises(BandsInvalid):
        model("USD", bands, limits)


def test_stored_tiers_become_bands():
    tiers = [{"up_to": 20, "unit_price_e10": 5}, {"up_to": None, "unit_price_e10": 4}]

    assert bands_of(tiers) == (Band(1, 20, 5), Band(21, None, 4))
    assert model_of("tiered", "USD", tiers=tiers) == Tiered("USD", (Band(1, 20, 5), Band(21, None, 4)))
    assert model_of("linear", "USD", unit_price_e10=7) == Linear("USD", 7)
    with pytest.raises(BandsInvalid):
        bands_of([*reversed(tiers)])
    with pytest.raises(ValueError, match="Not a price model"):
        model_of("auction", "USD")


def test_negative_prices_and_impossible_ranges_are_refused():
    for make in (lambda: Simple("USD", -1), lambda: Linear("USD", -1), lambda: Tiered("USD", (Band(1, None, -1),))):
        with pytest.raises(ValueError, match="not negative"):
            make()
    for limits in ((0, 1, 1), (1, 0, 1), (1, 1, 0)):
        with pytest.raises(ValueError, match="quantity range"):
            QuantityRange(*limits)


@pytest.mark.parametrize("text", ["1.00000000001", "x", ""])
def test_a_written_price_is_a_number_with_at_most_ten_decimals(text):
    with pytest.raises(ValueError):
        price(text)


prices = st.integers(0, 10**14)


@st.composite
def falling_bands(draw):
    """Bands whose unit price falls as the quantity grows, as sellers set them."""
    ends = sorted(draw(st.sets(st.integers(1, 500), max_size=5)))
    units = sorted(draw(st.lists(prices, min_size=len(ends) + 1, max_size=len(ends) + 1)), reverse=True)
    return bands_of([{"up_to": up, "unit_price_e10": unit} for up, unit in zip([*ends, None], units, strict=True)])


@given(bands=falling_bands(), quantity=st.integers(1, 600), periods=st.integers(1, 36))
def test_more_units_never_cost_less_with_volume_and_never_more_than_tiered_asks_below(bands, quantity, periods):
    volume, tiered = Volume("USD", bands), Tiered("USD", bands)

    assert charge(volume, quantity + 1, periods).exact >= charge(volume, quantity, periods).exact
    assert charge(tiered, quantity, periods).exact <= charge(volume, quantity, periods).exact
    assert charge(volume, quantity, periods).exact == per_period(volume, quantity) * periods


@given(unit=prices, quantity=st.integers(1, 10_000), periods=st.integers(1, 36))
def test_a_linear_charge_grows_with_units_and_periods_and_rounds_by_at_most_half_a_cent(unit, quantity, periods):
    model = Linear("USD", unit)
    charged = charge(model, quantity, periods)

    assert charged.exact == Fraction(unit * quantity * periods, 10**10)
    assert charge(model, quantity + 1, periods).amount >= charged.amount
    assert charge(model, quantity, periods + 1).amount >= charged.amount
    assert abs(Fraction(charged.amount.minor, 100) - charged.exact) <= Fraction(1, 200)


@given(bands=falling_bands(), quantity=st.integers(1, 600), periods=st.integers(1, 36))
def test_a_charge_survives_json(bands, quantity, periods):
    import json

    from galleria.pricing.rules.models import Charge

    charged = charge(Volume("USD", bands), quantity, periods)
    assert Charge.from_json(json.loads(json.dumps(charged.to_json()))) == charged
