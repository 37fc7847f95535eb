"""Figures of offers: quantity, term and kind of order of a line, what is taken off, the suggested name."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import Money
from galleria.pricing.rules import models, offers
from galleria.pricing.rules.discounts import Candidate, Discount, LineInput, candidates, why_not

AT = datetime(2027, 1, 15, 9, 30, tzinfo=UTC)
SEATS = models.Linear("EUR", 9 * 10**10, models.QuantityRange(1, 50))


def line(quantity: int = 10, periods: int = 3, **values: object) -> LineInput:
    return LineInput(key="1", charge=models.charge(SEATS, quantity, periods), sku_id="sku", **values)  # type: ignore[arg-type]


def offer(**values: object) -> Discount:
    given: dict[str, object] = {"form": "percent_off", "value": 1000, "offer_id": "ofr_1", **values}
    return Discount(id="dsc_1", kind="exclusive", name="Spring", **given)  # type: ignore[arg-type]


@pytest.mark.req("S-OFR-001", "S-OFR-004")
@pytest.mark.parametrize(
    ("limits", "order_type", "reason"),
    [
        ({}, "new", ""),
        ({"quantity": 10, "periods": 3}, "new", ""),
        ({"quantity": 11}, "new", "other_quantity"),
        ({"periods": 2}, "new", "other_term"),
        ({"sku_ids": frozenset({"other"})}, "new", "other_sku"),
        ({"order_types": frozenset({"new"})}, "trial_to_commercial", ""),
        ({"order_types": frozenset({"new"})}, "renewal", "other_order_type"),
        ({"order_types": frozenset({"renewal"})}, "new", "other_order_type"),
        ({"order_types": frozenset({"new", "renewal"})}, "change", "other_order_type"),
    ],
)
def test_an_offer_fits_the_quantity_term_and_order_that_it_names(
    limits: dict[str, object], order_type: str, reason: str
) -> None:
    assert why_not(offer(**limits), line(), order_type, AT) == reason


@pytest.mark.req("S-OFR-T4")
def test_the_candidate_names_its_offer_and_survives_storing() -> None:
    ((_discount, found),) = candidates(line(), [offer(form="line_price", value=20000, currency="EUR")], "new", AT)

    assert (found.offer_id, found.amount) == ("ofr_1", Money.parse("200.00", "EUR"))
    assert Candidate.from_json(found.to_json()) == found
    assert "offer_id" not in Candidate("dsc_2", "promotion", "Spring").to_json()


@pytest.mark.req("S-OFR-002")
@pytest.mark.parametrize(
    ("official", "offered", "percent"),
    [("100.00", "70.00", 3000), ("100.00", "69.99", 3001), ("3.00", "2.00", 3334), ("100.00", "100.00", 0),
     ("0.00", "0.00", 0)],
)  # fmt: skip
def test_what_is_taken_off_is_rounded_up_so_that_nothing_slips_under_the_range(
    official: str, offered: str, percent: int
) -> None:
    assert offers.percent_off_e2(Money.parse(official, "EUR"), Money.parse(offered, "EUR")) == percent


@pytest.mark.req("S-OFR-001")
def test_the_suggested_name() -> None:
    assert offers.suggested_name("Helpdesk", 1500) == "Seller Offer - Helpdesk - 15% Off"
    assert offers.suggested_name("Helpdesk", 1250) == "Seller Offer - Helpdesk - 12.5% Off"


@given(official=st.integers(1, 10**9), share=st.integers(0, 10_000))
def test_a_percentage_is_never_read_back_as_less(official: int, share: int) -> None:
    left = Money(official - official * share // 10_000, "EUR")
    taken = offers.percent_off_e2(Money(official, "EUR"), left)

    assert Fraction(taken, 10_000) * official >= official - left.minor
