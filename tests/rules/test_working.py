"""The working of a figure: sentences that can be shown, values that survive storing."""

from __future__ import annotations

import ast
import json
import string
from fractions import Fraction
from pathlib import Path

import pytest

from galleria.kit.money import Money
from galleria.pricing import rules
from galleria.pricing.rules.exact import percent, price, shared_out, to_money
from galleria.pricing.rules.working import SENTENCES, Price, Share, Step, value_from_json, value_to_json

USD = Money(1797, "USD")


def test_a_step_reads_as_a_sentence_in_the_readers_notation():
    step = Step("order", "tax", {"share": Share(1500), "amount": Money(11980, "USD")}, "B-MNY-005", "half_up", USD)

    def show(value) -> str:
        match value:
            case Share():
                return f"{value.e4 / 100:g} %"
            case Money():
                return value.text
        return str(value)

    assert step.sentence(show) == "Tax at 15 % on 119.80"
    assert step.sentence(show, lambda text: text.replace("Tax at", "Steuer:")) == "Steuer: 15 % on 119.80"


@pytest.mark.parametrize("value", [7, "text", USD, Price(640_000, "USD"), Share(1500), Fraction(1000, 3)])
def test_every_value_survives_json(value):
    assert value_from_json(json.loads(json.dumps(value_to_json(value)))) == value


def test_a_step_survives_json():
    step = Step(
        "line:1", "linear", {"price": Price(1, "USD"), "quantity": 3}, "B-CFG-002", "half_up", USD, Fraction(1, 3)
    )

    assert Step.from_json(json.loads(json.dumps(step.to_json()))) == step
    with pytest.raises(ValueError, match="Not a value"):
        value_from_json(1.5)


def test_every_sentence_has_only_named_values():
    for text in SENTENCES.values():
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(text))


@pytest.mark.req("B-MNY-001")
def test_written_numbers_are_read_exactly():
    assert (price("0.000064"), price("30"), percent("15"), percent("12.5")) == (640_000, 300_000_000_000, 1500, 1250)
    for text in ("12.345", "ten", "NaN", "Infinity"):
        with pytest.raises(ValueError):
            percent(text)


@pytest.mark.req("B-MNY-001", "B-MNY-002")
@pytest.mark.parametrize(
    ("exact", "minor"), [("0.005", 1), ("0.00499", 0), ("1.015", 102), ("2.675", 268), ("-0.005", -1)]
)
def test_a_half_is_rounded_up(exact, minor):
    assert to_money(Fraction(exact), "USD") == Money(minor, "USD")


def test_nothing_is_shared_out_over_nothing():
    zero = Money(0, "USD")

    assert shared_out(zero, [zero, zero]) == [zero, zero]
    with pytest.raises(ValueError, match="nothing to share"):
        shared_out(USD, [zero])


@pytest.mark.req("B-MNY-001")
def test_the_rules_use_neither_django_nor_the_clock_nor_binary_floats():
    folder = Path(rules.__file__).parent
    files = [*folder.glob("*.py"), *(folder.parents[1] / "subscribing" / "rules").glob("*.py")]

    assert len(files) >= 11
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"a float in {file.name}"
            assert not (isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")), file.name
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
                assert not any("django" in name or "clock" in name for name in names), file.name
