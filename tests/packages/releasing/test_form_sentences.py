"""Everything that the form of a product can refuse has a sentence that can be translated: what is wrong, what to do."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from galleria.publishing import catalogue_file
from galleria.publishing.catalogue_file import reading
from galleria.publishing.catalogue_file.phrases import Phrase, phrase
from galleria.releasing import form_sentences
from galleria.releasing.rules import form
from galleria.releasing.rules.context import Context
from galleria.releasing.wording import worded
from tests.packages.releasing.making import Maker
from tests.people import Person

FOLDER = Path(catalogue_file.__file__).parent
NOT_OF_PRODUCTS = {"category", "agreement", "discount", "coupon"}


def _strings(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def _templates() -> set[str]:
    """What checks yield and values raise, read from their sources."""
    found: set[str] = set()
    for name in ("checks.py", "values.py"):
        tree = ast.parse((FOLDER / name).read_text("utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef) or function.name in NOT_OF_PRODUCTS:
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"phrase", "ValueError"}:
                    found |= {each for each in _strings(node.args[0]) if " " in each} if node.args else set()
                if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                    found |= {each for each in _strings(node.value.elts[1]) if " " in each}
                if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "words":
                    found |= _strings(node.value)
    return found


def test_every_refusal_of_checks_and_values_has_a_sentence() -> None:
    found = _templates()
    assert len(found) > 45
    assert found - form_sentences.SENTENCES.keys() == set()


def test_every_word_for_types_and_patterns_has_a_sentence() -> None:
    types = {"%(given)s" + each for each in reading._TYPE_WORDS.values()}
    assert types - form_sentences.SENTENCES.keys() == set()
    assert set(reading._FORMS.values()) - form_sentences.FORMS.keys() == set()


def test_every_sentence_takes_the_values_of_its_template() -> None:
    for template, sentence in form_sentences.SENTENCES.items():
        names = {part.split(")")[0] for part in template.split("%(")[1:]}
        wanted = {part.split(")")[0] for part in str(sentence).split("%(")[1:]}
        assert wanted <= names | ({"value"} if "given" in names else set()), template
        assert str(sentence)[:1].isupper() or str(sentence).startswith("“"), template
        assert str(sentence).endswith((".", "?")), template


def test_a_phrase_is_its_english_and_can_be_said_anew() -> None:
    text = phrase("has %(count)s entries; at most %(most)s are allowed", count=3, most=2)
    assert (text, text.values) == ("has 3 entries; at most 2 are allowed", {"count": 3, "most": 2})
    assert isinstance(text, Phrase)
    assert form_sentences.sentence_of(text) == "This has 3 entries. At most 2 are allowed; take some away."
    assert form_sentences.sentence_of("is odd in a new way") == "Is odd in a new way"


@pytest.mark.parametrize(
    ("changes", "path", "sentence"),
    [
        ({"summary": {"en": ""}}, "summary", "The English text is missing. Write it."),
        ({"summary": "x\ny"}, "summary", "One line is allowed here. Remove the line breaks."),
        ({"summary": "<b>x</b>"}, "summary", "HTML is not allowed here. Write plain text or Markdown."),
        ({"summary": "x" * 301}, "summary", "The English text has 301 characters. At most "),
        ({"category": "Data!"}, "category",
         "“Data!” does not have the right form. Write a category, such as data/backup."),
        ({"delivery": "pigeon"}, "delivery", "“pigeon” is not possible here. Use one of: image, saas,"),
        ({"category": None}, "category", "This has to be a text. Write it as words."),
        ({"xyzzy_qqq": 1}, "xyzzy_qqq", "There is no such field. Remove it."),
        ({"sumary": "x"}, "sumary", "There is no such field. Did you mean “summary”?"),
        ({"trial_days": "many"}, "trial_days", "This is not a whole number. Write digits only, such as 12."),
        ({"trial_days": -1}, "trial_days", "This is too small. Give at least "),
        ({"contact_consent": "perhaps"}, "contact_consent", "Only yes or no is possible here. Choose one."),
        ({"highlights": [f"Highlight {n}" for n in range(30)]}, "highlights", "This has 30 entries. At most "),
        ({"regions": "SE"}, "regions", "This has to be a list. Write several entries."),
        ({"specifications": [{"key": "a", "name": "A", "prices": [{"mode": "one_time", "price": "much"}]}]},
         "specifications.0.prices.0.price", "“much” is not a price. Write it like 9.00 EUR."),
        ({"specifications": [{"key": "a", "name": "A", "prices": [{"mode": "one_time", "price": "9.00 ZZZ"}]}]},
         "specifications.0.prices.0.price", "“ZZZ” is not a currency."),
    ],
)  # fmt: skip
def test_findings_of_the_form_are_whole_sentences(
    maker: Maker, changes: dict[str, Any], path: str, sentence: str
) -> None:
    found = form.findings(maker.saas(**changes), Context())
    said = {each.path: worded(each).message for each in found if each.code == "FORM"}
    assert said[path].startswith(sentence)


def test_rules_between_fields_say_whole_sentences_too(maker: Maker) -> None:
    twice = {"key": "a", "name": "A", "prices": [{"mode": "one_time", "price": "9.00 EUR"}] * 2}
    found = form.findings(maker.licence(specifications=[twice], trial_days=7), Context())
    said = {each.path: worded(each).message for each in found if each.code == "FORM"}
    assert said["trial_days"] in {"A trial needs a price per month or year. Add one, or drop the trial.",
                                  "Only SaaS products have this. Remove it."}  # fmt: skip
    assert said["specifications.0.prices.1"] == "This prices what another price prices already. Keep one of the two."


def test_page_and_api_say_the_same(maker: Maker, bruno: Person) -> None:
    from tests.api.conftest import program

    release = maker.draft(maker.saas(sumary="x"))
    sentence = "There is no such field. Did you mean “summary”?"
    checks = program(bruno).get(f"/seller/releases/{release.public_id}/checks").json()
    assert sentence in [each["message"] for each in checks["findings"]]
    page = bruno.client.get(f"/seller/products/{release.public_id}/checks").content.decode()
    assert sentence in page


def test_the_sentences_are_said_in_the_readers_language(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    class Said:
        def __str__(self) -> str:
            return "请填写。" if translation.get_language() == "zh-hans" else "Fill it in."

    monkeypatch.setitem(form_sentences.SENTENCES, "is missing; add it", Said())
    document = maker.saas()
    del document["category"]
    found = next(each for each in form.findings(document, Context()) if each.path == "category")
    with translation.override("zh-hans"):
        assert worded(found).message == "请填写。"
    assert worded(found).message == "Fill it in."
