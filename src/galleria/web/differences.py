"""What changed between two texts, word by word: struck on the left, underlined on the right (never colour alone)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from markupsafe import Markup, escape

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST = 4000  # words; beyond that the texts are shown as a whole


def words(before: str, after: str) -> tuple[Markup, Markup]:
    """Both texts as markup, with what is gone in `del` and what is new in `ins`."""
    if not before.strip():
        return Markup(""), _marked("ins", after)
    if not after.strip():
        return _marked("del", before), Markup("")
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > _MOST:
        return whole(before, after)
    left: list[Markup] = []
    right: list[Markup] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.3:  # hardly anything in common: pieces of words would only confuse
        return whole(before, after)
    for is_same, a, b, c, d in _pieces(matcher.get_opcodes(), old):
        before_text, after_text = "".join(old[a:b]), "".join(new[c:d])
        left.append(escape(before_text) if is_same else _marked("del", before_text))
        right.append(escape(after_text) if is_same else _marked("ins", after_text))
    return Markup("").join(left), Markup("").join(right)


def whole(before: str, after: str) -> tuple[Markup, Markup]:
    """Two values that are read as one each, such as amounts."""
    return _marked("del", before), _marked("ins", after)


def _marked(tag: str, text: str) -> Markup:
    return Markup(f"<{tag}>{{}}</{tag}>").format(text) if text else Markup("")  # noqa: S704  # the tag is ours


def _pieces(codes: Iterable[tuple[str, int, int, int, int]], old: list[str]) -> list[tuple[bool, int, int, int, int]]:
    """Equal and changed pieces in turn; a blank between two changes belongs to them."""
    found: list[tuple[bool, int, int, int, int]] = []
    for tag, a, b, c, d in codes:
        is_same = tag == "equal" and (a == 0 or b == len(old) or bool("".join(old[a:b]).strip()))
        if found and not is_same and not found[-1][0]:
            _same, first_a, _b, first_c, _d = found.pop()
            found.append((False, first_a, b, first_c, d))
        else:
            found.append((is_same, a, b, c, d))
    return found


def items(before: list[str], after: list[str]) -> tuple[Markup, Markup]:
    """Two lists as markup: each item on its own, the gone and the new ones marked."""
    old = [escape(each) if each in after else _marked("del", each) for each in before]
    new = [escape(each) if each in before else _marked("ins", each) for each in after]
    return _list(old), _list(new)


def _list(parts: list[Markup]) -> Markup:
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(each) for each in parts))
