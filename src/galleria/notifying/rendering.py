"""A message as its reader sees it: language, numbers, times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django.utils import translation

from galleria.kit.jsonable import unpack
from galleria.kit.money import Money, exponent
from galleria.kit.spoken import spoken
from galleria.notifying.models import Message
from galleria.notifying.sentences import SENTENCES, Sentence

_BABEL = {"zh-hans": "zh_Hans"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """Subject and text in one language; `act` names what the link leads to."""

    subject: str
    text: str
    act: str


class _Blanks(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def rendered(message: Message, *, zone: str = "UTC") -> Rendered:
    """The message in the active language, with times in the zone. An unknown key shows itself: nothing is lost."""
    sentence = SENTENCES.get(message.key) or Sentence(message.topic, message.key, message.key)
    parameters = unpack(message.parameters)
    blanks = _Blanks({name: written(_read(name, value), zone) for name, value in parameters.items()})
    return Rendered(
        subject=" ".join(str(sentence.subject).format_map(blanks).splitlines()),
        text=str(sentence.text).format_map(blanks),
        act=str(sentence.act),
    )


def _read(name: str, value: Any) -> Any:
    """A reason may be a kept sentence of ours; all other texts are names and people's own words."""
    return spoken(value) if name in {"reason", "what"} and isinstance(value, str) else value


def written(value: Any, zone: str = "UTC") -> str:
    """A parameter in the active language."""
    language = translation.get_language() or "en"
    locale = _BABEL.get(language, language)
    if isinstance(value, Money):
        digits = exponent(value.currency)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return f"{format_decimal(value.decimal, format=pattern, locale=locale)}\u00a0{value.currency}"
    if isinstance(value, datetime):
        form = "y年M月d日 HH:mm" if locale.startswith("zh") else "d MMM y, HH:mm"
        local = value.astimezone(ZoneInfo(zone))
        return f"{format_datetime(local, form, locale=locale)} ({zone})"
    if isinstance(value, date):
        return format_date(value, "y年M月d日" if locale.startswith("zh") else "d MMM y", locale=locale)
    if isinstance(value, list | tuple):
        return ", ".join(written(item, zone) for item in value)
    return "–" if value is None or value == "" else str(value)
