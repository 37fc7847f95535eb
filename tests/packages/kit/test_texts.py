"""Characters that nobody sees do not come in."""

from __future__ import annotations

import pytest

from galleria.kit import texts
from galleria.kit.errors import Invalid


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("Backup \u202eorP\u202c", "Backup orP"),
        ("free\u200bgift", "freegift"),
        ("a\u2066b\u2069c\u200ed\u061ce", "abcde"),
        ("soft\u00adhyphen\ufeff", "softhyphen"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("blank\u3164name", "blankname"),
        ("a\x00b\x1bc\x85d", "abcd"),
        ("two\nlines\tand tab", "two\nlines\tand tab"),
        ("Grüße 备份 نسخ", "Grüße 备份 نسخ"),
        ("", ""),
    ],
)
def test_hidden_characters_are_taken_out(given: str, clean: str) -> None:
    assert texts.without_hidden(given) == clean


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f469\u200d\U0001f4bb writes",  # woman, joiner, laptop
        "\U0001f3f3\ufe0f\u200d\U0001f308",  # flag, joiner, rainbow
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\u0915\u094d\u200d\u0937",  # Hindi
    ],
)
def test_joiners_stay_where_scripts_and_emoji_need_them(text: str) -> None:
    assert texts.without_hidden(text) == text
    assert texts.hidden_in(text) == []


@pytest.mark.parametrize("text", ["a\u200db", "\u200dstart", "end\u200c"])
def test_joiners_elsewhere_are_hidden_characters(text: str) -> None:
    assert len(texts.hidden_in(text)) == 1


def test_a_text_that_must_be_what_it_looks_like_is_refused_with_the_names() -> None:
    with pytest.raises(Invalid) as refusal:
        texts.refuse_hidden("name", "App \u202eorP\u200b \u202e")

    assert refusal.value.fields == {
        "name": "This holds characters that nobody sees: RIGHT-TO-LEFT OVERRIDE (U+202E), ZERO WIDTH SPACE (U+200B). "
        "Type it again."
    }
    assert texts.refuse_hidden("name", "Plain") == "Plain"
