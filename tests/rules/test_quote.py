"""Quotes: the worked examples of the specification, the choice of the discount, and what always holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import Money
from galleria.pricing.rules.coupons import Coupon, Limits
from galleria.pricing.rules.discounts import REASONS, Discount, LineInput
from galleria.pricing.rules.exact import percent, price
from galleria.pricing.rules.models import Linear, QuantityRange, Simple, charge
from galleria.pricing.rules.quote import Quote, has_same_price, order_facts, quote, tax_on

AT = datetime(2027, 1, 15, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def line(key: str, amount: str, periods: int = 1, **facts) -> LineInput:
    return LineInput(key, charge(Simple("USD", price(amount)), 1, periods), **{"period_type": "month"} | facts)


def discount(discount_id: str, form: str, value: int, kind: str = "promotion", **limits) -> Discount:
    currency = "" if form == "percent_off" else "USD"
    return Discount(discount_id, kind, f"Discount {discount_id}", form, value, **{"currency": currency} | limits)


def cash_coupon(balance: str, **limits) -> Coupon:
    value = usd(balance)
    return Coupon("cpn_1", "SPRING", "cash", "unused", value, value, AT - DAY, AT + DAY, Limits(**limits))


def figures(priced: Quote) -> list[str]:
    return [amount.text for amount in (priced.official, priced.after_discount, priced.coupon, priced.due)]


@pytest.mark.req("B-CPN-T1", "B-CFG-001", "B-MNY-006")
def test_a_promotion_then_a_cash_coupon_leave_seventy_of_one_hundred_and_twenty():
    priced = quote(
        [line("1", "120.00")],
        at=AT,
        discounts_offered=[discount("d1", "amount_off", 20_00)],
        coupon=cash_coupon("30.00", with_discounts=True),
    )

    assert figures(priced) == ["120.00", "100.00", "30.00", "70.00"]
    assert [(step.part, step.text, step.amount) for step in priced.working] == [
        ("line:1", "simple", usd("120.00")),
        ("line:1", "amount_off", usd("100.00")),
        ("order", "lines", usd("100.00")),
        ("order", "coupon_off", usd("70.00")),
        ("order", "due", usd("70.00")),
    ]


@pytest.mark.req("B-CFG-T1", "B-IMG-001", "B-CFG-001")
def test_an_image_with_a_commercial_discount_and_its_server_cost_230_70():
    commercial = discount("d1", "percent_off", percent("10"), "commercial", product_ids=frozenset({"prd_image"}))
    image = line("image", "30.00", 3, product_id="prd_image")
    server = line("server", "49.90", 3, product_id="prd_server", main_key="image")

    priced = quote([image, server], at=AT, discounts_offered=[commercial])

    assert [(li.key, li.official, li.after_discount, li.due) for li in priced.lines] == [
        ("image", usd("90.00"), usd("81.00"), usd("81.00")),
        ("server", usd("149.70"), usd("149.70"), usd("149.70")),
    ]
    assert priced.due == usd("230.70")
    assert [step.sentence() for step in priced.working_of("line:image")] == [
        "Price Price(e10=300000000000, currency='USD') × 1 × 3 periods",
        "Discount d1: Share(e4=1000) off the official amount",
    ]


@pytest.mark.req("B-FRE-T1", "B-FRE-001")
def test_a_free_image_on_a_paid_server_shows_nothing_and_the_server():
    priced = quote([line("image", "0"), line("server", "49.90")], at=AT, tax_e4=percent("15"))

    assert [li.official.text for li in priced.lines] == ["0.00", "49.90"]
    assert [li.tax.text for li in priced.lines] == ["0.00", "7.49"]
    assert priced.due == usd("57.39")


@pytest.mark.req("B-MNY-005")
def test_tax_is_worked_out_on_the_order_after_discounts_and_coupons():
    assert tax_on(usd("119.80"), percent("15")) == usd("17.97")

    priced = quote(
        [line("1", "100.00"), line("2", "69.80")],
        at=AT,
        discounts_offered=[discount("d1", "amount_off", 20_00, sku_ids=frozenset({"a"}))],
        coupon=cash_coupon("50.00"),
        tax_e4=percent("15"),
    )

    assert (priced.net, priced.tax, priced.due) == (usd("119.80"), usd("17.97"), usd("137.77"))
    assert [(li.coupon.text, li.tax.text) for li in priced.lines] == [("29.45", "10.58"), ("20.55", "7.39")]
    assert priced.working[-1].amount == priced.due


@pytest.mark.req("B-MNY-005")
def test_tax_is_rounded_once_for_the_order_and_not_for_each_line():
    priced = quote([line(str(number), "0.33") for number in range(3)], at=AT, tax_e4=percent("5"))

    assert priced.tax == usd("0.05")
    assert [li.tax.minor for li in priced.lines] == [2, 2, 1]


DISCOUNTS = [
    (
        "the larger of two percentages",
        [("a", "percent_off", 1000, "contract"), ("b", "percent_off", 1500, "promotion")],
        "b",
    ),
    (
        "an amount over a percentage",
        [("a", "percent_off", 1000, "commercial"), ("b", "amount_off", 1001, "partner")],
        "b",
    ),
    ("a unit price", [("a", "percent_off", 1000, "commercial"), ("b", "unit_price", price("89.99"), "exclusive")], "b"),
    ("a price of the line", [("a", "line_price", 8000, "exclusive"), ("b", "percent_off", 1999, "promotion")], "a"),
    (
        "of equal ones the seller's own",
        [("a", "percent_off", 1000, "promotion"), ("b", "amount_off", 1000, "exclusive")],
        "b",
    ),
    (
        "of equal ones of a kind the smaller id",
        [("b", "percent_off", 1000, "contract"), ("a", "amount_off", 1000, "contract")],
        "a",
    ),
    ("everything", [("a", "percent_off", 10000, "contract"), ("b", "amount_off", 9999, "contract")], "a"),
]


@pytest.mark.req("B-CFG-001", "B-OFR-002")
@pytest.mark.parametrize(("offered", "applied"), [row[1:] for row in DISCOUNTS], ids=[row[0] for row in DISCOUNTS])
def test_the_best_discount_is_applied_whoever_granted_it(offered, applied):
    priced = quote([line("1", "100.00")], at=AT, discounts_offered=[discount(i, f, v, k) for i, f, v, k in offered])

    assert priced.lines[0].discount is not None
    assert priced.lines[0].discount.discount_id == applied
    assert len(priced.lines[0].considered) == 2


REFUSED = [
    ("not_yet_valid", {"starts_at": AT + DAY}),
    ("expired", {"ends_at": AT}),
    ("other_seller", {"seller_id": "sel_other"}),
    ("other_product", {"product_ids": frozenset({"prd_other"})}),
    ("other_specification", {"specification_ids": frozenset({"spc_other"})}),
    ("other_sku", {"sku_ids": frozenset({"sku_other"})}),
    ("other_order_type", {"order_types": frozenset({"renewal"})}),
    ("other_billing_mode", {"billing_modes": frozenset({"one_time"})}),
    ("other_period", {"period_types": frozenset({"year"})}),
    ("too_few_periods", {"minimum_periods": 2}),
    ("other_currency", {"form": "amount_off", "value": 1, "currency": "EUR"}),
    ("no_saving", {"form": "unit_price", "value": price("100.00"), "currency": "USD"}),
    ("no_saving", {"value": 0}),
]


@pytest.mark.req("B-OFR-001", "B-CFG-001")
@pytest.mark.parametrize(("reason", "limits"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_discount_that_does_not_fit_is_passed_over_and_says_why(reason, limits):
    offered = Discount(**{"id": "d", "kind": "commercial", "name": "D", "form": "percent_off", "value": 1000} | limits)

    (only,) = quote(
        [line("1", "100.00", product_id="prd_1", seller_id="sel_1")], at=AT, discounts_offered=[offered]
    ).lines

    assert reason in REASONS
    assert (only.discount, only.after_discount) == (None, usd("100.00"))
    assert [candidate.reason for candidate in only.considered] == [reason]


@pytest.mark.req("B-PAY-T3")
def test_automatic_payment_uses_a_promotion_only_if_an_earlier_order_of_the_resource_did():
    promotion = discount("d1", "percent_off", percent("50"), "promotion")
    commercial = discount("d2", "percent_off", percent("10"), "commercial")

    def due(automatic: bool, **facts) -> Money:
        offered = [promotion, commercial]
        return quote([line("1", "100.00", **facts)], at=AT, discounts_offered=offered, automatic=automatic).due

    assert due(automatic=False) == usd("50.00")
    assert due(automatic=True) == usd("90.00")
    assert due(automatic=True, earlier_discount_ids=frozenset({"d1"})) == usd("50.00")


@pytest.mark.req("B-OFR-001")
def test_an_exclusive_unit_price_holds_for_every_unit_and_period():
    item = LineInput("1", charge(Linear("USD", price("5.00")), 50, 3), period_type="month")

    priced = quote([item], at=AT, discounts_offered=[discount("d1", "unit_price", price("4.125"), "exclusive")])

    assert (priced.official, priced.due) == (usd("750.00"), usd("618.75"))


@pytest.mark.req("B-CPN-001")
def test_a_coupon_that_does_not_fit_pays_nothing_and_the_quote_says_why():
    priced = quote([line("1", "90.00")], at=AT, coupon=cash_coupon("30.00", minimum=usd("100.00")))

    assert priced.coupon_reasons == ("minimum",)
    assert (priced.coupon_id, priced.coupon, priced.due) == ("", usd("0.00"), usd("90.00"))


@pytest.mark.req("B-CFG-001")
def test_a_changed_price_is_seen_and_an_unchanged_one_is_the_same():
    before = quote([line("1", "49.00")], at=AT)

    assert has_same_price(before, quote([line("1", "49.00")], at=AT + DAY))
    assert not has_same_price(before, quote([line("1", "49.01")], at=AT + DAY))
    assert not has_same_price(before, quote([line("1", "49.00")], at=AT + DAY, tax_e4=percent("1")))


def test_a_quote_gives_the_facts_that_coupons_ask_for():
    priced = quote(
        [line("1", "100.00", product_id="prd_1", region="eu-1", billing_mode="one_time", period_type="")],
        at=AT,
        discounts_offered=[discount("d1", "percent_off", 1000)],
    )

    (fact,) = order_facts(priced, order_id="GA1").lines
    assert (fact.amount, fact.product_id, fact.region, fact.mode, fact.is_discounted) == (
        usd("90.00"),
        "prd_1",
        "eu-1",
        "one_time",
        True,
    )


def test_lines_without_own_keys_with_two_currencies_or_none_at_all_are_refused():
    euro = LineInput("2", charge(Simple("EUR", price("1"))))
    for lines in ([], [line("1", "1"), line("1", "2")], [line("1", "1"), euro]):
        with pytest.raises(ValueError):
            quote(lines, at=AT)
    with pytest.raises(KeyError):
        quote([line("1", "1")], at=AT).line("2")


amounts = st.integers(0, 10**9)


@st.composite
def discounts_(draw):
    form = draw(st.sampled_from(["percent_off", "amount_off", "unit_price", "line_price"]))
    value = draw(st.integers(0, 10_000) if form == "percent_off" else st.integers(0, 10**13))
    kind = draw(st.sampled_from(["exclusive", "contract", "commercial", "partner", "promotion"]))
    return discount(draw(st.text("abcdef", min_size=1, max_size=4)), form, value, kind)


@st.composite
def quotes(draw):
    lines = [
        LineInput(
            str(number), charge(Linear("USD", unit, QuantityRange(1, None)), quantity, periods), period_type="month"
        )
        for number, (unit, quantity, periods) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.integers(0, 10**13), st.integers(1, 99), st.integers(1, 12)), min_size=1, max_size=5
                )
            )
        )
    ]
    balance = Money(draw(st.integers(1, 10**7)), "USD")
    coupon = Coupon(
        "c", "C", "cash", "unused", balance, balance, AT - DAY, AT + DAY, Limits(with_discounts=draw(st.booleans()))
    )
    return quote(
        lines,
        at=AT,
        discounts_offered=draw(st.lists(discounts_(), max_size=4)),
        coupon=draw(st.sampled_from([None, coupon])),
        tax_e4=draw(st.integers(0, 3000)),
    )


@pytest.mark.req("B-CFG-001", "B-MNY-005", "B-MNY-006")
@given(priced=quotes())
def test_a_quote_adds_up_is_never_negative_and_never_dearer_than_the_list(priced):
    zero = usd("0.00")
    for li in priced.lines:
        assert zero <= li.net <= li.after_discount <= li.official
        assert zero <= li.coupon <= li.after_discount
        assert li.tax >= zero
    assert sum(li.due.minor for li in priced.lines) == priced.due.minor
    assert sum(li.tax.minor for li in priced.lines) == priced.tax.minor
    assert priced.due - priced.tax <= priced.official
    assert priced.tax == tax_on(priced.net, priced.tax_e4)


@pytest.mark.req("B-CFG-001")
@given(priced=quotes())
def test_no_discount_that_was_passed_over_would_have_been_better(priced):
    for li in priced.lines:
        fitting = [candidate.amount for candidate in li.considered if candidate.amount is not None]
        assert li.after_discount == min(fitting, default=li.official)


@given(priced=quotes())
def test_the_working_ends_with_the_figure_and_every_sentence_can_be_written(priced):
    assert priced.working[-1].amount == priced.due
    for li in priced.lines:
        assert priced.working_of(f"line:{li.key}")[-1].amount == li.after_discount
    assert all(step.sentence() for step in priced.working)


@given(priced=quotes())
def test_a_quote_survives_json_without_loss(priced):
    assert Quote.from_json(json.loads(json.dumps(priced.to_json()))) == priced
