"""The tokenizer of search and the price of a card."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.publishing import rules


@pytest.mark.req("B-CAT-001")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Cloud Backups", ["cloud", "backup"]),
        ("Sauvegarde GÉO-réplication", ["sauvegarde", "geo", "replication"]),
        ("policies, glass, status", ["policy", "glass", "status"]),
        ("云备份", ["云备", "备份", "份"]),
        ("S3与云", ["s3", "与云", "云"]),
        ("ＷＩＤＥ", ["wide"]),
        ("Straße", ["strasse"]),
        ("", []),
    ],
)
def test_words_of_the_index(text, words):
    assert rules.tokens(text) == words


@pytest.mark.parametrize(
    ("text", "words"), [("云备份", ["云备", "备份"]), ("云", ["云"]), ("Backup backup BACKUPS", ["backup"])]
)
def test_words_of_a_question(text, words):
    assert rules.query_words(text) == words


@given(st.text(max_size=200))
def test_every_word_of_a_question_but_a_single_sign_is_a_word_of_the_same_text(text):
    words = set(rules.tokens(text))
    assert all(word in words for word in rules.query_words(text) if len(word) < 40 and not rules.is_open_ended(word))


def price(mode: str, e10: int, period: str = "", currency: str = "EUR", meter: str = "") -> dict[str, Any]:
    return {"billing_mode": mode, "period_type": period, "currency": currency, "e10": e10, "meter": meter}


def test_a_card_shows_the_lowest_monthly_price_first():
    found = rules.from_price(
        [price("one_time", 1), price("period", 30, "month"), price("period", 12, "month"), price("period", 5, "year")],
        "EUR",
    )
    assert found == rules.FromPrice(12, "EUR", "month", "month", True)


def test_a_price_by_use_is_shown_by_its_meter():
    assert rules.from_price([price("pay_per_use", 7, meter="page")], "EUR") == rules.FromPrice(
        7, "EUR", "page", "pay_per_use", False
    )


def test_another_currency_is_shown_when_there_is_none_in_the_sites():
    found = rules.from_price([price("period", 30, "month", "USD")], "EUR")
    assert found is not None
    assert found.currency == "USD"
    assert rules.from_price([], "EUR") is None


@pytest.mark.parametrize(
    ("minor", "band"),
    [(None, ""), (0, "free"), (1, "50"), (5000, "50"), (5001, "250"), (25000, "250"), (25001, "over")],
)
def test_price_bands_meet_without_gaps(minor, band):
    assert rules.band_of(minor, 100) == band
