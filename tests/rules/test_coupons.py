"""Coupons: every limit, what they pay, and how their state moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit.money import Money
from galleria.pricing.rules import coupons
from galleria.pricing.rules.coupons import (
    Coupon,
    Limits,
    LineFacts,
    OrderFacts,
    after_return,
    after_use,
    apply,
    best_coupon,
    why_not,
)
from galleria.pricing.rules.discounts import COUNTS_AS_NEW

AT = datetime(2027, 1, 15, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def coupon(face_value: str = "30.00", **fields) -> Coupon:
    limits = Limits(**fields.pop("limits", {}))
    value = usd(face_value)
    made = Coupon("cpn_1", "SPRING", "cash", "unused", value, value, AT - DAY, AT + DAY, limits)
    return replace(made, **fields)


def line(key: str = "1", amount: str = "100.00", **facts) -> LineFacts:
    return LineFacts(key, usd(amount), **{"product_id": "prd_1", "specification_id": "spc_1", "region": "eu-1"} | facts)


def order(*lines: LineFacts, order_type: str = "new", **facts) -> OrderFacts:
    return OrderFacts(order_type, "USD", lines or (line(),), **facts)


LATER = {"renewal", "change"}

# Each row: what is special about coupon and order, and the only reason that is given for it.
LIMITS = [
    ("a coupon without limits", {}, order(), []),
    ("not activated", {"state": "not_activated"}, order(), ["not_activated"]),
    ("used", {"state": "used"}, order(), ["used"]),
    ("nothing left", {"balance": usd("0.00")}, order(), ["used"]),
    ("marked expired", {"state": "expired"}, order(), ["expired"]),
    ("at its expiry", {"expires_at": AT}, order(), ["expired"]),
    ("one second before its expiry", {"expires_at": AT + SECOND}, order(), []),
    ("at its start", {"valid_from": AT}, order(), []),
    ("one second before its start", {"valid_from": AT + SECOND}, order(), ["not_yet_valid"]),
    ("frozen", {"is_frozen": True}, order(), ["frozen"]),
    ("locked by another order", {"locked_by": "GA2"}, order(order_id="GA1"), ["locked"]),
    ("locked by an order, asked for a new quote", {"locked_by": "GA2"}, order(), ["locked"]),
    ("locked by this order", {"locked_by": "GA1"}, order(order_id="GA1"), []),
    ("another coupon pays already", {}, order(coupon_id="cpn_2"), ["one_per_order"]),
    ("this coupon pays already", {}, order(coupon_id="cpn_1"), []),
    ("a debt", {}, order(pays_arrears=True), ["arrears"]),
    ("white list of products, in it", {"limits": {"products": {"prd_1"}}}, order(), []),
    ("white list of products, not in it", {"limits": {"products": {"prd_2"}}}, order(), ["product"]),
    ("black list of products", {"limits": {"not_products": {"prd_1"}}}, order(), ["product"]),
    ("white list of specifications", {"limits": {"specifications": {"spc_2"}}}, order(), ["specification"]),
    ("black list of specifications", {"limits": {"not_specifications": {"spc_1"}}}, order(), ["specification"]),
    ("curated products only", {"limits": {"curated_only": True}}, order(), ["curated"]),
    ("curated products only, and it is one", {"limits": {"curated_only": True}}, order(line(is_curated=True)), []),
    ("of another seller", {"seller_id": "sel_2"}, order(line(seller_id="sel_1")), ["seller"]),
    ("of the line's seller", {"seller_id": "sel_1"}, order(line(seller_id="sel_1")), []),
    ("for new orders, a renewal", {"limits": {"order_types": {"new"}}}, order(order_type="renewal"), ["order_type"]),
    ("for renewals, a change", {"limits": {"order_types": {"renewal"}}}, order(order_type="change"), ["order_type"]),
    ("for renewals and changes, a change", {"limits": {"order_types": LATER}}, order(order_type="change"), []),
    ("of another region", {"limits": {"regions": {"eu-2"}}}, order(), ["region"]),
    ("of this region", {"limits": {"regions": {"eu-1", "eu-2"}}}, order(), []),
    ("monthly, a monthly purchase", {"limits": {"modes": {"month"}}}, order(line(mode="month")), []),
    ("monthly, a yearly purchase", {"limits": {"modes": {"month"}}}, order(line(mode="year")), ["mode"]),
    ("yearly, a monthly purchase", {"limits": {"modes": {"year"}}}, order(line(mode="month")), ["mode"]),
    ("yearly, a yearly purchase", {"limits": {"modes": {"year"}}}, order(line(mode="year")), []),
    ("one-time, a yearly purchase", {"limits": {"modes": {"one_time"}}}, order(line(mode="year")), ["mode"]),
    ("one-time, a one-time purchase", {"limits": {"modes": {"one_time"}}}, order(line(mode="one_time")), []),
    ("any mode, pay-per-use", {}, order(line(mode="pay_per_use")), ["pay_per_use"]),
    ("pay-per-use named", {"limits": {"modes": {"pay_per_use"}}}, order(line(mode="pay_per_use")), ["pay_per_use"]),
    ("platform, pay-per-use", {"limits": {"scope": "platform"}}, order(line(mode="pay_per_use")), []),
    (
        "platform, no cash coupon, pay-per-use",
        {"kind": "product", "limits": {"scope": "platform"}},
        order(line(mode="pay_per_use")),
        ["pay_per_use"],
    ),
    ("a discounted line", {}, order(line(is_discounted=True)), ["discounted"]),
    ("a discounted line, allowed", {"limits": {"with_discounts": True}}, order(line(is_discounted=True)), []),
    ("a discounted line beside a full one", {}, order(line(is_discounted=True), line("2")), []),
    ("a discount coupon, yearly", {"kind": "discount", "off_e4": 1000}, order(line(mode="year")), []),
    ("a discount coupon, one-time", {"kind": "discount", "off_e4": 1000}, order(line(mode="one_time")), ["mode"]),
    ("minimum reached exactly", {"limits": {"minimum": usd("100.00")}}, order(), []),
    ("minimum missed by a cent", {"limits": {"minimum": usd("100.01")}}, order(), ["minimum"]),
    ("nothing to pay", {}, order(line(amount="0.00")), ["nothing_to_pay"]),
]


@pytest.mark.req("B-CPN-001")
@pytest.mark.parametrize(("special", "facts", "reasons"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS])
def test_a_coupon_is_offered_only_when_it_satisfies_every_limit(special, facts, reasons):
    limits = {name: frozenset(v) if isinstance(v, set) else v for name, v in special.get("limits", {}).items()}

    assert why_not(coupon(**special | {"limits": limits}), facts, AT) == reasons
    assert set(reasons) <= set(coupons.REASONS)


@pytest.mark.req("B-CPN-001")
def test_a_coupon_of_another_currency_is_not_offered():
    euro = Money(3000, "EUR")
    other = replace(coupon(limits={"minimum": Money(1, "EUR")}), face_value=euro, balance=euro)

    assert why_not(other, order(), AT) == ["currency"]


@pytest.mark.req("B-CPN-T2", "B-CPN-001")
def test_a_monthly_coupon_is_not_offered_for_a_yearly_order():
    monthly = coupon(limits={"modes": frozenset({"month"})})

    assert why_not(monthly, order(line(mode="year")), AT) == ["mode"]
    assert best_coupon([monthly], order(line(mode="year")), AT) is None


@pytest.mark.req("B-CPN-T3", "B-CPN-001")
def test_the_minimum_counts_the_eligible_lines_and_not_the_order():
    limited = coupon(limits={"minimum": usd("100.00"), "products": frozenset({"prd_1"})})
    facts = order(line("1", "90.00"), line("2", "60.00", product_id="prd_2"))

    assert why_not(limited, facts, AT) == ["minimum"]
    assert why_not(limited, order(line("1", "90.00"), line("2", "60.00")), AT) == []


@pytest.mark.req("B-CPN-001", "B-T2C-003")
@pytest.mark.parametrize("order_type", sorted(COUNTS_AS_NEW))
def test_a_coupon_for_new_orders_also_covers_conversions_to_a_paid_term(order_type):
    assert why_not(coupon(limits={"order_types": frozenset({"new"})}), order(order_type=order_type), AT) == []


@pytest.mark.req("B-CPN-001")
def test_all_reasons_are_given_in_a_fixed_order():
    bad = coupon(
        state="not_activated", is_frozen=True, limits={"regions": frozenset({"x"}), "modes": frozenset({"year"})}
    )

    assert why_not(bad, order(), AT) == ["not_activated", "frozen", "region", "mode"]


@pytest.mark.req("B-MNY-006")
def test_a_cash_coupon_is_shared_out_over_its_eligible_lines_only():
    limited = coupon("10.00", limits={"not_products": frozenset({"prd_9"})})

    applied = apply(limited, [line("1", "10.00"), line("2", "20.00"), line("3", "70.00", product_id="prd_9")])

    assert applied.parts == {"1": usd("3.33"), "2": usd("6.67")}
    assert (applied.used, applied.remaining) == (usd("10.00"), usd("0.00"))


@pytest.mark.req("B-CPN-002")
def test_what_is_left_of_a_cash_coupon_stays_usable():
    applied = apply(coupon("30.00"), [line(amount="12.34")])
    left = after_use(coupon("30.00", locked_by="GA1"), applied)

    assert (applied.used, applied.remaining) == (usd("12.34"), usd("17.66"))
    assert (left.state, left.balance, left.locked_by) == ("unused", usd("17.66"), "")
    assert why_not(left, order(), AT) == []


@pytest.mark.req("B-CPN-002")
def test_a_coupon_without_balance_is_used():
    used = after_use(coupon("30.00"), apply(coupon("30.00"), [line()]))

    assert (used.state, used.balance) == ("used", usd("0.00"))


@pytest.mark.req("B-CPN-002", "B-CPN-001")
def test_a_discount_coupon_takes_its_share_off_each_line_and_is_used_once():
    tenth = coupon("0.00", kind="discount", off_e4=1000)

    applied = apply(tenth, [line("1", "10.05", mode="year"), line("2", "99.99"), line("3", "5.00", mode="one_time")])

    assert applied.parts == {"1": usd("1.01"), "2": usd("10.00")}
    assert after_use(tenth, applied).state == "used"
    assert why_not(after_use(tenth, applied), order(), AT) == ["used"]


@pytest.mark.req("B-CPN-002")
def test_a_returned_coupon_keeps_its_old_expiry():
    used = coupon("30.00", state="used", balance=usd("0.00"))

    back = after_return(used, usd("30.00"), AT)
    late = after_return(used, usd("30.00"), AT + DAY)

    assert (back.state, back.balance, back.expires_at) == ("unused", usd("30.00"), AT + DAY)
    assert late.state == "expired"
    assert after_return(back, usd("5.00"), AT).balance == usd("30.00")


@pytest.mark.req("B-CPN-002")
def test_the_moves_of_a_coupon_lead_from_every_state_to_an_end():
    states = {"not_activated", "unused", "used", "expired"}
    moves = coupons.MOVES

    assert {to for _, to in moves.values()} | set(coupons.INITIAL_STATES) == states
    assert states - {state for sources, _ in moves.values() for state in sources} == {"expired"}
    assert moves["use_up"] == (("unused",), "used")
    assert moves["activate"] == (("not_activated",), "unused")
    assert set(coupons.STATE_NUMBERS) == states
    assert coupons.LOCK_MOVES == {"lock": (("free",), "locked"), "unlock": (("locked",), "free")}


@pytest.mark.req("S-CPN-T1", "B-PAY-T3")
def test_the_coupon_that_pays_most_is_preselected_then_the_one_that_expires_first():
    small = coupon("10.00", id="a")
    large_late = coupon("200.00", id="b", expires_at=AT + 9 * DAY)
    large_soon = coupon("300.00", id="c", expires_at=AT + 2 * DAY)
    unfit = coupon("500.00", id="d", is_frozen=True)

    assert best_coupon([small, large_late, large_soon, unfit], order(), AT) == large_soon
    assert best_coupon([], order(), AT) is None


def test_limits_are_read_from_their_stored_form():
    stored = {
        "products": {"only": ["prd_1"], "not": ["prd_2"]},
        "specifications": {"not": ["spc_2"]},
        "order_types": ["new"],
        "regions": ["eu-1"],
        "modes": ["month", "year"],
        "with_discounts": True,
        "curated_only": True,
        "scope": "platform",
    }

    assert Limits.from_json(stored, usd("100.00")) == Limits(
        products=frozenset({"prd_1"}),
        not_products=frozenset({"prd_2"}),
        not_specifications=frozenset({"spc_2"}),
        order_types=frozenset({"new"}),
        regions=frozenset({"eu-1"}),
        modes=frozenset({"month", "year"}),
        with_discounts=True,
        curated_only=True,
        scope="platform",
        minimum=usd("100.00"),
    )
    assert Limits.from_json({}, usd("0.00")) == Limits()
    with pytest.raises(ValueError, match="colour"):
        Limits.from_json({"colour": "red"})


lines_ = st.lists(st.integers(0, 10**7), min_size=1, max_size=6).map(
    lambda amounts: [LineFacts(str(number), Money(minor, "USD")) for number, minor in enumerate(amounts)]
)


@pytest.mark.req("B-MNY-006", "B-CPN-002")
@given(lines=lines_, balance=st.integers(0, 10**8))
def test_parts_add_up_to_what_was_used_and_never_exceed_their_line(lines, balance):
    applied = apply(coupon(balance=Money(balance, "USD")), lines)

    amounts = {fact.key: fact.amount.minor for fact in lines}
    assert applied.used.minor == min(balance, sum(amounts.values()))
    assert sum(part.minor for part in applied.parts.values()) == applied.used.minor
    assert all(0 < part.minor <= amounts[key] for key, part in applied.parts.items())
    assert (applied.used + applied.remaining).minor == balance


@given(lines=lines_, balance=st.integers(0, 10**7), more=st.integers(0, 10**6))
def test_a_larger_coupon_never_pays_less(lines, balance, more):
    small, large = (apply(coupon(balance=Money(b, "USD")), lines) for b in (balance, balance + more))

    assert large.used >= small.used
