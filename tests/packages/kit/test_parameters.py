"""Operator settings: defaults of the specification, a history, values that hold from an instant on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from galleria.kit import clock, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound
from galleria.kit.money import Money
from galleria.kit.parameter_table import OPERATOR_SETTINGS
from tests.packages.kit.conftest import START

pytestmark = pytest.mark.django_db
OLGA = Actor("usr_olga", "Olga", is_operator=True)
DAY = timedelta(days=1)


REVIEW_DAYS = {
    "registration": 3, "certification": 1, "profile": 3, "release": 3, "removal": 3, "asset": 3, "coupon": 3, "exit": 3,
}  # fmt: skip


def test_reviews_are_promised_in_working_days() -> None:
    found = {each.key: parameters.get(each.key) for each in OPERATOR_SETTINGS if each.key.startswith("review.")}
    assert found == {f"review.{kind}_days": days for kind, days in REVIEW_DAYS.items()}


def test_the_defaults_of_what_buyers_meet_are_those_of_the_specification() -> None:
    sellers = {"review", "asset"}
    assert {each.key: parameters.get(each.key) for each in OPERATOR_SETTINGS if each.group not in sellers} == {
        "order.unpaid_ttl_hours": 168,
        "order.combined_payment_max": 30,
        "provision.create_retry_hours": 3,
        "provision.upgrade_retry_hours": 3,
        "provision.renew_retry_hours": 1,
        "provision.expire_retry_hours": 1,
        "provision.release_retry_hours": 1,
        "supervision.complete_delay_hours": 3,
        "supervision.hard_limit_days": 0,
        "supervision.idle_appeal_days": 0,
        "supervision.reject_appeal_count": 3,
        "supervision.auto_accept_days": None,
        "appeal.sla_working_days": 3,
        "expiry.grace_days": 15,
        "expiry.retention_days": 15,
        "expiry.reminder_days": [15, 7, 3, 1, 0],
        "renewal.deduct_offset_days": 7,
        "renewal.deduct_time": "03:00",
        "refund.unconditional_enabled": False,
        "refund.unconditional_days": 5,
        "refund.unconditional_per_year": 10,
        "refund.handling_fee_table": {
            "36": {"12": 15, "24": 10, "36": 5},
            "24": {"12": 15, "24": 10},
            "12": {"12": 10},
            "1": {"12": 10},
        },
        "refund.large_value_threshold": "7000.00 USD",
        "refund.negotiated_payout_hours": 3,
        "payment.card_brands": ["visa", "mastercard"],
        "bill.run_day": 3,
        "bill.due_after_months": 1,
        "trial.reminder_days": [15, 7, 3, 1],
        "trial.reminder_time": "10:00",
        "invoice.issuer": "operator",
        "budget.max": 1000,
        "budget.recipients_max": 10,
        "alert.per_recipient_day": 100,
    }
    assert parameters.money("refund.large_value_threshold") == Money(700_000, "USD")


def test_every_setting_says_what_it_means_and_its_default_is_allowed() -> None:
    for each in parameters.parameters.values():
        assert str(each.meaning)
        assert parameters.check(each, each.default) == each.default


@pytest.mark.req("B-GEN-002")
def test_a_change_holds_from_its_instant_on_and_what_began_before_keeps_its_value() -> None:
    parameters.change(OLGA, "expiry.grace_days", 20, at=START, reason="longer")
    parameters.change(OLGA, "expiry.grace_days", "10", at=START + DAY)
    assert parameters.get("expiry.grace_days", at=START - DAY) == 15
    assert parameters.get("expiry.grace_days", at=START) == 20
    assert parameters.get("expiry.grace_days", at=START + DAY) == 10
    assert parameters.get("expiry.grace_days") == 20
    clock.advance(DAY)
    assert parameters.version_of("expiry.grace_days") == parameters.Version(10, 2, START + DAY)


@pytest.mark.req("B-GEN-002")
def test_every_version_is_kept_with_who_and_why() -> None:
    parameters.change(OLGA, "bill.run_day", 5, at=START, reason="bank holidays")
    parameters.change(OLGA, "bill.run_day", 3, at=START + DAY)
    found = [(row.version, row.value, row.user_name, row.reason) for row in parameters.history("bill.run_day")]
    assert found == [(2, 3, "Olga", ""), (1, 5, "Olga", "bank holidays")]


def test_a_delivery_type_may_have_its_own_value_and_falls_back_to_the_general_one() -> None:
    parameters.change(OLGA, "expiry.grace_days", 20, at=START)
    assert parameters.get("expiry.grace_days", scope="image") == 20
    parameters.change(OLGA, "expiry.grace_days", 3, at=START, scope="image")
    assert parameters.get("expiry.grace_days", scope="image") == 3
    assert parameters.get("expiry.grace_days", scope="saas") == 0  # a default of its own, until it is set
    parameters.change(OLGA, "expiry.grace_days", 2, at=START, scope="saas")
    assert parameters.get("expiry.grace_days", scope="saas") == 2
    with pytest.raises(Invalid):
        parameters.change(OLGA, "bill.run_day", 5, at=START, scope="image")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bill.run_day", 0), ("bill.run_day", 29), ("bill.run_day", "x"), ("bill.run_day", None),
        ("bill.run_day", True),
        ("bill.run_day", "1.5"), ("renewal.deduct_time", "24:00"), ("renewal.deduct_time", "3:00"),
        ("renewal.deduct_time", 3),
        ("refund.unconditional_enabled", "yes"), ("invoice.issuer", "nobody"), ("expiry.reminder_days", [400]),
        ("expiry.reminder_days", "7"), ("payment.card_brands", []), ("payment.card_brands", ["<b>"]),
        ("refund.large_value_threshold", "7000"), ("refund.large_value_threshold", "-1.00 USD"),
        ("refund.large_value_threshold", "1.001 USD"), ("refund.handling_fee_table", {}),
        ("refund.handling_fee_table", {"1": 5}),
        ("refund.handling_fee_table", {"x": {}}), ("refund.handling_fee_table", {"1": {"12": 101}}),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_with_the_setting_named(key: str, value: object) -> None:
    with pytest.raises(Invalid) as refusal:
        parameters.change(OLGA, key, value, at=START)
    assert list(refusal.value.fields) == [key]
    assert parameters.history(key) == []


def test_good_values_are_stored_in_one_form() -> None:
    for key, given, stored in (
        ("expiry.reminder_days", [1, 7, 7, 3], [7, 3, 1]),
        ("refund.large_value_threshold", "5000 EUR", "5000.00 EUR"),
        ("supervision.auto_accept_days", None, None),
        ("invoice.issuer", "seller", "seller"),
        ("refund.unconditional_enabled", True, True),
        ("refund.handling_fee_table", {"1": {"12": 5}}, {"1": {"12": 5}}),
    ):
        assert parameters.change(OLGA, key, given, at=START).value == stored
        assert parameters.get(key) == stored


def test_an_unknown_setting_is_not_found() -> None:
    for action in (parameters.get, parameters.history, parameters.definition):
        with pytest.raises(NotFound):
            action("no.such_setting")
    with pytest.raises(NotFound):
        parameters.change(OLGA, "no.such_setting", 1, at=START)


def test_reading_settings_asks_the_database_once_in_a_while(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        for key in parameters.parameters:
            parameters.get(key)
