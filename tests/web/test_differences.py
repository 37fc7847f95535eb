"""What changed between two texts, marked on both sides."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.web import differences


@pytest.mark.parametrize(
    ("before", "after", "left", "right"),
    [
        ("Runs every hour", "Runs every day", "Runs every <del>hour</del>", "Runs every <ins>day</ins>"),
        ("one two three", "one four five three", "one <del>two</del> three", "one <ins>four five</ins> three"),
        ("a b c and more", "x y c and more", "<del>a b</del> c and more", "<ins>x y</ins> c and more"),
        ("same", "same", "same", "same"),
        ("", "new", "", "<ins>new</ins>"),
        ("gone", " ", "<del>gone</del>", ""),
        ("nothing alike", "completely else", "<del>nothing alike</del>", "<ins>completely else</ins>"),
        ("<b> stays <i>", "<b> stays", "&lt;b&gt; stays<del> &lt;i&gt;</del>", "&lt;b&gt; stays"),
    ],
)  # fmt: skip
def test_words_that_changed_are_marked(before: str, after: str, left: str, right: str) -> None:
    assert differences.words(before, after) == (left, right)


def test_very_long_texts_are_shown_as_a_whole() -> None:
    old, new = "word " * 5000, "word " * 5001
    assert differences.words(old, new) == (f"<del>{old}</del>", f"<ins>{new}</ins>")


def test_items_of_lists_are_marked_one_by_one() -> None:
    left, right = differences.items(["S", "M"], ["S", "L", "<x>"])
    assert left == "<ul><li>S</li><li><del>M</del></li></ul>"
    assert right == "<ul><li>S</li><li><ins>L</ins></li><li><ins>&lt;x&gt;</ins></li></ul>"


_TEXT = st.text(alphabet="ab <&.\n", min_size=1, max_size=40).filter(str.strip)


@given(_TEXT, _TEXT)
def test_without_the_marks_both_texts_are_whole(before: str, after: str) -> None:
    left, right = differences.words(before, after)
    assert _plain(str(left)) == before
    assert _plain(str(right)) == after


def _plain(markup: str) -> str:
    text = re.sub(r"</?(del|ins)>", "", markup)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
