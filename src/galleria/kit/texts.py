"""Texts that people write: characters that nobody sees and that turn a line around do not come in.

Overrides and isolates of the writing direction make "exe.pdf" out of "fdp.exe"; zero-width characters hide words from
search and review. They are cleaned away where nothing is lost, and refused where a text must be what it looks like.
Joiners stay where scripts and emoji need them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Invalid

_DIRECTION: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE: Final = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_JOINERS: Final = "\u200c\u200d"
_ALWAYS = re.compile(f"[{_DIRECTION}{_INVISIBLE}]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Blocks whose letters change their form beside a joiner: Arabic, Syriac, N'Ko, Indic scripts, Khmer, Mongolian.
_JOINING = ((0x0600, 0x08FF), (0x0900, 0x0DFF), (0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x18AF))


def without_hidden(text: str) -> str:
    """The text without direction controls, invisible characters and control characters other than tab and newlines."""
    if text.isascii():
        return _CONTROLS.sub("", text)
    kept = [c for i, c in enumerate(text) if not _is_hidden(text, i)]
    return _CONTROLS.sub("", "".join(kept))


def storable(text: str, most: int) -> str:
    """Text of whatever origin as every database takes it: without NUL and halves of characters, cut to `most`."""
    cleaned = _NOT_STORABLE.sub("\ufffd", text)
    return cleaned if len(cleaned) <= most else f"{cleaned[: most - 1]}…"


def hidden_in(text: str) -> list[str]:
    """Names of the hidden characters in a text, each once, in order: `RIGHT-TO-LEFT OVERRIDE (U+202E)`."""
    if text.isascii():
        return []
    found = dict.fromkeys(text[i] for i in range(len(text)) if _is_hidden(text, i))
    return [f"{unicodedata.name(c, 'INVISIBLE CHARACTER')} (U+{ord(c):04X})" for c in found]


def refuse_hidden(field: str, text: str) -> str:
    """The text as it is. Raises Invalid, naming the characters, when some of it cannot be seen."""
    found = hidden_in(text)
    if found:
        named = ", ".join(found[:3])
        raise Invalid(
            fields={field: _("This holds characters that nobody sees: %(names)s. Type it again.") % {"names": named}}
        )
    return text


def _is_hidden(text: str, index: int) -> bool:
    character = text[index]
    if _ALWAYS.match(character):
        return True
    return character in _JOINERS and not _joins(text, index)


def _joins(text: str, index: int) -> bool:
    """Whether a joiner stands where it belongs: between emoji, or beside letters of a script that needs it."""
    if index == 0 or index == len(text) - 1:
        return False
    before, after = text[index - 1], text[index + 1]
    if text[index] == "\u200d" and unicodedata.category(after) == "So":
        return unicodedata.category(before) in {"So", "Sk"} or before == "\ufe0f"
    return any(low <= ord(before) <= high for low, high in _JOINING)
