"""Which rule applies to a buyer who leaves: every row of the table, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from galleria.pricing.rules import leaving
from galleria.pricing.rules.leaving import TABLE, Facts, renewal_obstacles, ruling
from galleria.subscribing.states import SUBSCRIPTION

AT = datetime(2027, 11, 27, 6, 0, tzinfo=UTC)
IMAGE = Facts("image", False, "period", "effective")
SAAS = Facts("saas", False, "period", "effective")
PROVISIONED = datetime(2027, 11, 24, 6, 30, 30, tzinfo=UTC)

ROWS = [
    ("an image for a term", IMAGE, "platform", "image"),
    ("an image paid by use", replace(IMAGE, billing_mode="pay_per_use"), "release", "pay_per_use"),
    ("supervised SaaS", replace(SAAS, is_supervised=True), "negotiated", "supervised"),
    ("SaaS", SAAS, "none", "unsupervised"),
    ("a licence", Facts("license", True, "period", "effective"), "negotiated", "supervised"),
    ("a professional service", Facts("professional", True, "period", "effective"), "negotiated", "supervised"),
    ("hardware", Facts("hardware", True, "period", "effective"), "negotiated", "supervised"),
    ("content", Facts("content", False, "period", "effective"), "none", "unsupervised"),
    ("what was bought once", replace(SAAS, billing_mode="one_time"), "none", "one_time"),
    ("a package", replace(SAAS, billing_mode="package"), "none", "package"),
    ("a package that stops", replace(SAAS, billing_mode="exhaustible"), "none", "package"),
    ("a trial", replace(SAAS, is_trial=True), "release", "trial"),
    ("a free product", replace(SAAS, is_free=True), "release", "free"),
    ("an expired one", replace(SAAS, state="frozen"), "release", "expired"),
    ("one in grace", replace(IMAGE, state="grace"), "release", "expired"),
    ("one that is being made", replace(IMAGE, state="initializing"), "undelivered", "being_made"),
    ("one that is gone", replace(IMAGE, state="released"), "none", "gone"),
    ("SaaS whose seller promises more", replace(SAAS, promise="platform"), "platform", "promised_platform"),
    ("an image whose seller promises less", replace(IMAGE, promise="none"), "none", "promised_none"),
    ("an image by agreement", replace(IMAGE, promise="negotiated"), "negotiated", "promised_negotiated"),
]


@pytest.mark.req("B-UNS-001", "B-EXP-003", "B-ARR-005", "S-RFD-003")
@pytest.mark.parametrize(("facts", "rule", "because"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_table_says_which_rule_applies_and_why(facts, rule, because):
    found = ruling(facts, AT)

    assert (found.rule, found.because) == (rule, because)


def test_every_case_has_a_row_and_every_row_a_case():
    used = set()
    assert {move.to for move in SUBSCRIPTION.moves.values()} < set(leaving.PHASES)
    cases = product(
        ("image", "saas", "license", "content"), (False, True), ("period", "pay_per_use", "one_time", "package"),
        tuple(leaving.PHASES), ("", "platform", "negotiated", "none"), (False, True), (False, True),
        (None, AT + timedelta(days=1)), (None, 10),
    )  # fmt: skip
    for delivery, supervised, mode, state, promise, trial, free, until, left in cases:
        facts = Facts(
            delivery, supervised, mode, state, trial, free, promise, PROVISIONED, until, unconditional_left=left
        )
        found = ruling(facts, AT)
        used.add((found.rule, found.because))
        assert found.because in leaving.BECAUSE

    assert used == {(row.rule, row.because) for row in TABLE}


@pytest.mark.req("B-UNS-T2", "S-RFD-002")
@pytest.mark.parametrize("facts", [IMAGE, SAAS], ids=["image", "saas"])
def test_new_purchases_can_be_returned_for_five_times_24_hours(facts):
    fresh = replace(facts, provisioned_at=PROVISIONED, unconditional_left=10)
    last = PROVISIONED + timedelta(days=5)

    assert ruling(fresh, last).rule == "unconditional"
    assert ruling(fresh, last + timedelta(seconds=1)).rule in {"platform", "none"}
    assert ruling(fresh, last + timedelta(seconds=1)).notes == ("unconditional_over",)
    assert ruling(replace(fresh, unconditional_left=None), last).rule in {"platform", "none"}


@pytest.mark.req("S-RFD-T3", "B-UNS-T2")
def test_the_11th_in_a_year_falls_back_to_the_platform_rule_and_shows_the_count():
    found = ruling(replace(IMAGE, provisioned_at=PROVISIONED, unconditional_left=0), AT, per_year=10)

    assert (found.rule, found.notes) == ("platform", ("unconditional_used_up",))
    assert found.inputs["count"] == 10
    assert ruling(replace(SAAS, provisioned_at=PROVISIONED, unconditional_left=0), AT).is_possible is False


def test_supervised_products_are_never_returned_without_a_reason():
    assert ruling(replace(SAAS, is_supervised=True, provisioned_at=PROVISIONED, unconditional_left=9), AT).rule == (
        "negotiated"
    )


@pytest.mark.req("UI-GEN-17")
def test_consumers_withdraw_while_the_law_lets_them_whatever_the_seller_says():
    until = AT + timedelta(days=1)
    for facts in (SAAS, replace(SAAS, promise="none"), replace(SAAS, billing_mode="one_time")):
        assert ruling(replace(facts, withdrawal_until=until), AT).rule == "withdrawal"
        assert ruling(replace(facts, withdrawal_until=until), until).rule == "none"
    assert ruling(replace(SAAS, withdrawal_until=until, invoiced_by="seller", contract_id="C-1"), AT).is_possible


OBSTACLES = [
    ({"invoiced_by": "operator"}, "invoiced"),
    ({"invoiced_by": "seller"}, "invoiced"),
    ({"invoiced_by": "partner"}, "invoiced_by_partner"),
    ({"contract_id": "C-7"}, "contract"),
    ({"open_order": "GA1"}, "open_order"),
    ({"account_state": "frozen"}, "account_frozen"),
    ({"is_excluded": True}, "excluded"),
    ({"state": "unfreezing"}, "unfreezing"),
]


@pytest.mark.req("B-UNS-T3", "B-UNS-001")
@pytest.mark.parametrize(("facts", "obstacle"), OBSTACLES, ids=[name for _facts, name in OBSTACLES])
def test_what_stands_in_the_way_is_named(facts, obstacle):
    found = ruling(replace(IMAGE, **facts), AT)

    assert (found.rule, found.obstacles, found.is_possible, found.why_not) == ("platform", (obstacle,), False, obstacle)
    assert obstacle in leaving.OBSTACLES


@pytest.mark.req("B-EXP-002", "B-EXP-003")
def test_what_was_frozen_by_an_authority_is_not_released_and_what_was_invoiced_is():
    frozen = replace(IMAGE, state="frozen")

    assert ruling(replace(frozen, held_by_authority=True), AT).obstacles == ("held_by_authority",)
    assert ruling(replace(frozen, invoiced_by="seller", contract_id="C-1"), AT).is_possible


@pytest.mark.req("B-ORF-001")
def test_a_renewal_that_has_not_begun_can_be_given_back_for_every_product_unless_something_stands_in_the_way():
    assert renewal_obstacles(SAAS) == ()
    assert renewal_obstacles(replace(SAAS, invoiced_by="seller")) == ("invoiced",)
    assert renewal_obstacles(replace(SAAS, open_order="GA1")) == ("open_order",)
    assert renewal_obstacles(replace(SAAS, state="closing")) == ("gone",)


def test_every_reason_is_a_sentence_with_its_values():
    everything = replace(
        IMAGE, invoiced_by="partner", contract_id="C-7", open_order="GA1", account_state="frozen", is_excluded=True
    )
    found = ruling(everything, AT)

    said = [text.format(**found.inputs) for text in found.sentences()]
    assert any("Order GA1" in text for text in said)
    assert any("contract C-7" in text for text in said)
    assert not any("{" in text for text in said)
