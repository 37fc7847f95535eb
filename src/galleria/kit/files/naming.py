"""Names of files, as they may be kept and shown."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from galleria.kit import texts

MOST: Final = 120
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*]')
_DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.I)


def clean_name(name: str, *, default: str = "file") -> str:
    """A name without path parts, control, bidirectional and zero-width characters, at most 120 characters long.

    The ending survives shortening. Whatever is left empty becomes `default`.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = _FORBIDDEN.sub("", texts.without_hidden(last))
    plain = re.sub(r"\s+", " ", plain).strip(" .")
    if _DEVICES.match(plain):
        plain = f"_{plain}"
    if len(plain) > MOST:
        stem, point, ending = plain.rpartition(".")
        plain = f"{stem[: MOST - len(ending) - 1]}.{ending}" if point and len(ending) <= 10 else plain[:MOST]
    return plain or default
