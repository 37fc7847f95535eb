"""Two languages, complete: every text is marked and translated, and no English is left on a Chinese page."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext
from jinja2 import Environment

import galleria.web
from galleria.cli import building, translations
from galleria.web import formats, words
from tests.web.screens import SCREENS, Screen
from tests.web.test_screens import world  # noqa: F401 (the seeded marketplace)

LANGUAGE = "zh-hans"
TEMPLATES = Path(galleria.web.__file__).parent / "templates"
HOLES = re.compile(r"%\(\w+\)0?\d*[sd]|%%|\{\w+\}")
TAGS = re.compile(r"</?[a-z][^>]*>")
LONG_ENOUGH = 12


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    building.compile_messages()


# ----- the catalogue -----


@cache
def entries() -> list[Message]:
    """Stored entries without the head."""
    return [message for message in translations.read("zh_Hans") if message.id]


def ids_of(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings_of(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_every_text_of_the_source_is_translated_and_sure() -> None:
    assert translations.problems("zh_Hans") == []
    assert [message.id for message in entries() if message.fuzzy] == []
    assert [message.id for message in entries() if not all(strings_of(message))] == []


def test_placeholders_and_tags_of_every_entry_are_the_same_in_both_languages() -> None:
    different = []
    for message in entries():
        wanted = ids_of(message)[-1]  # the plural has all of them
        for text in strings_of(message):
            same = sorted(HOLES.findall(text)) == sorted(HOLES.findall(wanted))
            if not same or sorted(TAGS.findall(text)) != sorted(TAGS.findall(wanted)):
                different.append((wanted, text))
    assert different == []


def test_chinese_has_one_plural_form() -> None:
    assert translations.read("zh_Hans").num_plurals == 1
    assert {len(strings_of(message)) for message in entries() if message.pluralizable} == {1}


def test_chinese_sentences_have_the_marks_of_their_script() -> None:
    wrong = [
        text
        for message in entries()
        for text in strings_of(message)
        if re.search(r"[\u4e00-\u9fff][,;:?!](?!//)|[\u4e00-\u9fff]\.(\s|$)|[\u4e00-\u9fff]\(", text)
    ]
    assert wrong == []


def test_chinese_and_latin_words_are_set_apart() -> None:
    wrong = [
        text
        for message in entries()
        for text in strings_of(message)
        if re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", HOLES.sub("", TAGS.sub("", text)))
    ]
    assert wrong == []


# ----- how texts are found -----


def test_python_and_templates_read_the_same_catalogue() -> None:
    from django.template import engines

    env = engines["jinja2"].env  # type: ignore[attr-defined]
    with translation.override(LANGUAGE):
        assert gettext("My subscriptions") == "我的订阅"
        assert env.from_string("{{ _('My subscriptions') }}").render() == "我的订阅"
        assert env.from_string("{% trans %}My subscriptions{% endtrans %}").render() == "我的订阅"
    with translation.override("en"):
        assert gettext("My subscriptions") == "My subscriptions"


def test_a_word_with_two_meanings_has_two_translations() -> None:
    with translation.override(LANGUAGE):
        assert (gettext("Change"), pgettext("kind of order", "Change")) == ("修改", "变更")
        assert (gettext("Open"), pgettext("state of a ticket", "Open")) == ("打开", "待回复")


@pytest.mark.parametrize(("count", "text"), [(1, "1 天"), (5, "5 天")])
def test_numbers_in_chinese_take_one_form(count: int, text: str) -> None:
    with translation.override(LANGUAGE):
        assert ngettext("%(count)d day", "%(count)d days", count) % {"count": count} == text


def test_spans_and_shares_are_written_as_each_language_writes_them() -> None:
    with translation.override(LANGUAGE):
        assert words.duration(97_000) == "1 分 37 秒"
        assert words.term("month", 3) == "3 个月"
        assert formats.percent(2500) == "25%"
    with translation.override("en"):
        assert words.duration(97_000) == "1\u00a0min 37\u00a0s"
        assert words.term("month", 1) == "1 month"
        assert formats.percent(2500) == "25\u00a0%"


def test_every_language_of_the_site_but_english_has_a_catalogue() -> None:
    codes = [code for code, _name in settings.LANGUAGES if code != "en"]
    assert [translation.to_locale(code) for code in codes] == list(translations.LANGUAGES)


# ----- templates -----


def _bare(source: str) -> str:
    """A template without its tags, expressions and texts to translate: what a reader would get in any language."""
    env = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"])
    kept, block, in_trans = [], "", False
    for _line, kind, value in env.lex(source):
        if kind == "data":
            kept.append("" if in_trans else value)
        elif kind in {"block_begin", "variable_begin"}:
            block = ""
        elif kind == "block_end":
            name = (block.split() or [""])[0]
            in_trans = name == "trans" or (in_trans and name != "endtrans")
            kept.append("\0")
        elif kind == "variable_end":
            kept.append("\0")
        else:
            block += value
    return "".join(kept)


UNTOLD = {"Ctrl K", "HTTP"}  # keys and protocols
CODE = re.compile(r"^Authorization: Bearer|\./galleria |^galleria seller-check$|=")


def _words_of(bare: str) -> list[str]:
    bare = re.sub(r"<(script|style)\b.*?</\1>", "", bare, flags=re.DOTALL)
    names = re.findall(r'\b(?:aria-label|title|placeholder|alt|label)="([^"]*)"', bare)
    texts = re.sub(r"<[^>]*>", "\n", bare).split("\n")
    found = (re.sub(r"[\0\s]+", " ", each).strip() for each in (*names, *texts))
    return [each for each in found if re.search(r"[A-Za-z]{2,} +[a-z]{2,}|^[A-Z][a-z]+\b", each) and each not in UNTOLD]


PATHS = sorted(path for path in TEMPLATES.rglob("*.*") if "styleguide" not in path.parts)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_says_nothing_that_is_not_marked(path: Path) -> None:
    said = _words_of(_bare(path.read_text("utf-8")))
    assert [each for each in said if not CODE.search(each)] == []


# ----- pages -----


@cache
def _english() -> tuple[str, ...]:
    """Pieces of English sentences between their placeholders that have another form in Chinese."""
    pieces = set()
    for message in entries():
        if strings_of(message)[0] in ids_of(message):
            continue
        for text in ids_of(message):
            for piece in HOLES.split(TAGS.sub("\0", text).replace("\0", "%(x)s")):
                plain = re.sub(r"\s+", " ", piece).strip(" .,:;")
                if len(plain) > LONG_ENOUGH and " " in plain:
                    pieces.add(plain)
    return tuple(sorted(pieces))


def _read(content: str) -> str:
    """What a page says, to eyes and to screen readers."""
    content = re.sub(r"<(script|style)\b.*?</\1>", "", content, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title|placeholder|alt|content)="([^"]*)"', content)
    text = html.unescape("\n".join((re.sub(r"<[^>]*>", "\n", content), *spoken)))
    return re.sub(r"[ \u00a0\t]+", " ", text)


def _in_chinese(world: dict[str, Any], screen: Screen) -> Any:  # noqa: F811
    client: Client = world["clients"][screen.who]
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = LANGUAGE
    try:
        return client.get(screen.address(world))
    finally:
        del client.cookies[settings.LANGUAGE_COOKIE_NAME]


PAGES = [screen for screen in SCREENS if screen.id != "styleguide"]


@pytest.mark.django_db
@pytest.mark.parametrize("screen", PAGES, ids=lambda screen: screen.name)
def test_a_chinese_page_has_no_english_sentence_of_ours(world: dict[str, Any], screen: Screen) -> None:  # noqa: F811
    response = _in_chinese(world, screen)
    content = response.content.decode()

    assert response.status_code == screen.status
    assert '<html lang="zh-Hans"' in content
    said = _read(content)
    found = [piece for piece in _english() if piece in said]
    assert [piece for piece in found if re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", said)] == []


@pytest.mark.django_db
def test_the_other_language_is_offered_with_its_own_name_and_tag(world: dict[str, Any]) -> None:  # noqa: F811
    chinese = _in_chinese(world, PAGES[0]).content.decode()
    assert 'hreflang="en"' in chinese
    english = world["clients"]["visitor"].get("/").content.decode()
    assert 'lang="zh-Hans" hreflang="zh-Hans"' in english
    assert "简体中文" in english


@pytest.mark.django_db
def test_what_is_kept_of_a_canceled_order_reads_in_each_language(world: dict[str, Any]) -> None:  # noqa: F811
    from galleria.kit.spoken import spoken, stored

    with translation.override(LANGUAGE):
        kept = stored(translation.gettext_lazy("Canceled by the buyer"))
        assert kept == "Canceled by the buyer"
        assert spoken(kept) == "买家取消"
        assert spoken("We chose another one") == "We chose another one"
        assert spoken("") == ""
