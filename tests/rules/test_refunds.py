"""What comes back to somebody who leaves: the worked cases, the fee table, and what holds for every amount."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import Money
from galleria.kit.parameter_table import OPERATOR_SETTINGS
from galleria.pricing.rules.refunds import Back, Term, back, fee_percent, fee_table, together
from galleria.subscribing.rules import total_hours, used_hours

ZONE = timezone(timedelta(hours=8))
TABLE = fee_table(next(each.default for each in OPERATOR_SETTINGS if each.key == "refund.handling_fee_table"))


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def term(paid: str, *, coupon: str = "0.00", kind: str = "", tax: str = "0.00", **facts) -> Term:
    return Term("per_1", usd(paid), usd(tax), usd(coupon), kind, **facts)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE).astimezone(UTC)


MONTH = {"used_hours": 344, "total_hours": 758}
CASES = [
    ("1: a month, on the 15th day", term("100.00", **MONTH), "45.38", "10.00", "44.62"),
    (
        "2: three years after 400 days",
        term("3600.00", used_hours=9600, total_hours=26_304, months_bought=36, months_used=14),
        "1313.87",
        "360.00",
        "1926.13",
    ),
    ("3: a month, nearly over", term("100.00", used_hours=700, total_hours=758), "92.35", "10.00", "0.00"),
    ("4: a part paid by coupon", term("70.00", coupon="30.00", kind="cash", **MONTH), "31.77", "7.00", "31.23"),
]


@pytest.mark.req("B-UNS-T1", "B-UNS-001", "B-UNS-006")
@pytest.mark.parametrize(("paid", "consumed", "fee", "refund"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_worked_cases_come_out_to_the_cent(paid, consumed, fee, refund):
    found = back(paid, "platform", TABLE)

    assert (found.consumed, found.fee, found.amount) == (usd(consumed), usd(fee), usd(refund))
    assert (found.cash, found.total, found.coupon) == (usd(refund), usd(refund), usd("0.00"))
    assert found.steps[-1].amount == found.total


@pytest.mark.req("B-UNS-T1")
def test_the_hours_of_the_worked_cases_are_those_of_the_calendar():
    began, ends = local(2027, 1, 1, 10, 30), local(2027, 2, 1, 23, 59, 59)

    assert total_hours(began, ends, ZONE) == 758
    assert used_hours(began, local(2027, 1, 15, 18, 40), ZONE) == 344
    assert total_hours(local(2028, 3, 1, 0, 30), local(2031, 3, 1, 23, 59, 59), ZONE) == 26_304


@pytest.mark.req("B-UNS-001")
def test_the_working_says_how_each_figure_came_about():
    found = back(term("100.00", tax="15.00", **MONTH), "platform", TABLE)

    assert [(step.text, step.amount) for step in found.steps] == [
        ("refund_consumed", usd("-45.38")),
        ("refund_fee", usd("-10.00")),
        ("refund_less", usd("44.62")),
        ("refund_tax", usd("6.69")),
        ("refund_total", usd("51.31")),
    ]
    assert "344 of 758 hours" in found.steps[0].sentence()


@pytest.mark.req("B-UNS-007")
def test_tax_comes_back_in_the_proportion_of_the_money():
    found = back(term("100.00", tax="15.00", **MONTH), "platform", TABLE)

    assert (found.cash, found.tax, found.total) == (usd("44.62"), usd("6.69"), usd("51.31"))  # 15 × 0.4462 = 6.693


@pytest.mark.parametrize(
    ("bought", "used", "percent"),
    [(36, 12, 15), (36, 13, 10), (36, 24, 10), (36, 25, 5), (36, 37, 5), (24, 12, 15), (24, 13, 10), (24, 25, 10),
     (12, 1, 10), (12, 13, 10), (23, 3, 10), (1, 1, 10), (9, 9, 10)],
)  # fmt: skip
@pytest.mark.req("B-UNS-T1")
def test_the_fee_is_read_from_the_table(bought, used, percent):
    assert fee_percent(TABLE, bought, used) == percent


def test_a_table_of_the_operators_own_is_used_as_it_is():
    own = fee_table({"1": {"1": 0, "12": 20}})

    assert (fee_percent(own, 1, 1), fee_percent(own, 36, 2), fee_percent(own, 36, 40)) == (0, 20, 20)
    assert back(term("100.00", **MONTH), "platform", own).amount == usd("54.62")


def test_a_contract_can_waive_the_fee():
    found = back(term("100.00", is_fee_waived=True, **MONTH), "platform", TABLE)

    assert (found.fee, found.amount) == (usd("0.00"), usd("54.62"))


@pytest.mark.req("B-UNS-T2")
def test_in_the_first_days_case_4_comes_back_with_its_coupon_and_later_it_does_not():
    paid = term("70.00", coupon="30.00", kind="cash", used_hours=56, total_hours=758)

    day_3 = back(paid, "unconditional", TABLE)
    day_6 = back(term("70.00", coupon="30.00", kind="cash", used_hours=128, total_hours=758), "platform", TABLE)

    assert (day_3.total, day_3.coupon, day_3.fee) == (usd("70.00"), usd("30.00"), usd("0.00"))
    assert (day_6.total, day_6.coupon) == (usd("51.18"), usd("0.00"))  # 70 − 11.82 − 7.00


@pytest.mark.req("B-UNS-T2")
@pytest.mark.parametrize(("kind", "comes_back"), [("cash", "30.00"), ("flexi", "30.00"), ("discount", "0.00")])
def test_new_purchases_returned_give_all_coupons_back_but_those_of_discounts(kind, comes_back):
    assert back(term("70.00", coupon="30.00", kind=kind), "unconditional", TABLE).coupon == usd(comes_back)


@pytest.mark.req("B-UNS-006")
def test_flexi_purchase_coupons_count_like_money_and_come_back_in_proportion():
    found = back(term("70.00", coupon="30.00", kind="flexi", **MONTH), "platform", TABLE)

    assert (found.paid, found.consumed, found.fee) == (usd("100.00"), usd("45.38"), usd("10.00"))
    assert (found.amount, found.cash, found.coupon) == (usd("44.62"), usd("31.23"), usd("13.39"))


@pytest.mark.req("B-UNS-002", "B-ORF-001")
@pytest.mark.parametrize("rule", ["platform", "unconditional", "withdrawal", "release", "none"])
def test_a_term_that_has_not_begun_comes_back_whole_under_every_rule(rule):
    found = back(term("50.00", coupon="5.00", kind="discount", tax="7.50", timing="to_come"), rule, TABLE)

    assert (found.total, found.coupon, found.fee, found.consumed) == (
        usd("57.50"), usd("5.00"), usd("0.00"), usd("0.00"),
    )  # fmt: skip


def test_nothing_comes_back_of_a_term_that_is_over_or_released():
    assert back(term("100.00", timing="over"), "platform", TABLE).total == usd("0.00")
    assert back(term("100.00", **MONTH), "release", TABLE).total == usd("0.00")


def test_what_came_back_survives_storing():
    found = back(term("70.00", coupon="30.00", kind="flexi", tax="1.00", **MONTH), "platform", TABLE)

    assert Back.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_amounts_below_zero_and_terms_without_hours_are_errors():
    with pytest.raises(ValueError, match="not negative"):
        back(term("-1.00"), "platform", TABLE)
    with pytest.raises(ValueError, match="hours"):
        back(term("1.00", total_hours=0), "platform", TABLE)


minor = st.integers(0, 10**9)
terms = st.builds(
    Term,
    key=st.just("per_1"),
    cash=st.builds(Money, minor, st.just("USD")),
    tax=st.builds(Money, st.integers(0, 10**8), st.just("USD")),
    coupon=st.builds(Money, minor, st.just("USD")),
    coupon_kind=st.sampled_from(["", "cash", "discount", "product", "flexi"]),
    timing=st.sampled_from(["over", "running", "to_come"]),
    used_hours=st.integers(0, 30_000),
    total_hours=st.integers(1, 27_000),
    months_bought=st.integers(1, 36),
    months_used=st.integers(1, 40),
    is_fee_waived=st.booleans(),
)
rules = st.sampled_from(["platform", "unconditional", "withdrawal", "release", "negotiated", "none", "undelivered"])


@pytest.mark.req("B-UNS-001", "B-UNS-007")
@given(paid=terms, rule=rules)
def test_never_more_than_was_paid_never_below_zero_and_the_sums_add_up(paid, rule):
    found = back(paid, rule, TABLE)

    assert 0 <= found.cash.minor <= paid.cash.minor
    assert 0 <= found.tax.minor <= paid.tax.minor
    assert 0 <= found.coupon.minor <= paid.coupon.minor
    assert 0 <= found.amount.minor <= paid.paid.minor
    if paid.coupon_kind == "flexi":
        assert found.cash + found.coupon == found.amount
    else:
        assert found.cash == found.amount
    if found.basis == "share" and found.amount.minor:
        assert found.amount + found.consumed + found.fee == paid.paid
    assert found.total == found.cash + found.tax
    if found.basis != "nothing":
        assert found.steps[-1].amount == found.total


@given(paid=st.lists(terms, min_size=1, max_size=6), rule=rules)
def test_several_terms_together_are_the_sum_of_each(paid, rule):
    parts = [back(each, rule, TABLE) for each in paid]
    cash, tax, coupon = together(parts, "USD")

    assert cash.minor + tax.minor == sum(each.total.minor for each in parts)
    assert coupon.minor == sum(each.coupon.minor for each in parts)


@given(paid=terms, more=st.integers(0, 5000))
def test_who_used_more_never_gets_more(paid, more):
    later = Term(**{**{name: getattr(paid, name) for name in Term.__dataclass_fields__},
                    "used_hours": paid.used_hours + more})  # fmt: skip

    assert back(later, "platform", TABLE).total.minor <= back(paid, "platform", TABLE).total.minor
