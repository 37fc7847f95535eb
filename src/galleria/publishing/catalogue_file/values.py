"""The small values of a catalogue file: prices, texts in two languages, slugs, addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, core_schema

from galleria.kit.money import E10, is_currency
from galleria.publishing.catalogue_file.phrases import phrase

_AMOUNT = re.compile(r"^([0-9]{1,9}(?:\.[0-9]{1,10})?) ([A-Z]{3})$", re.ASCII)
_HTML = re.compile(r"<[a-zA-Z/!]")
HIGHEST_PRICE = 100_000_000


class Entry(BaseModel):
    """Base of everything in the file: unknown fields are errors, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Amount(Entry):
    """A price: `e10` is major units × 10**10, `decimals` how many were written."""

    e10: int
    currency: str
    decimals: int


def _amount(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError('is not a price; write it like "9.00 EUR"')  # noqa: TRY004  the schema wants ValueError
    found = _AMOUNT.match(value)
    if not found:
        raise ValueError(phrase('%(value)r is not a price; write it like "9.00 EUR"', value=value[:40]))
    if not is_currency(found[2]):
        raise ValueError(phrase("%(code)s is not a currency code", code=found[2]))
    number = Decimal(found[1])
    if number > HIGHEST_PRICE:
        raise ValueError(phrase("is higher than %(most)s", most=f"{HIGHEST_PRICE:,}"))
    return {"e10": int(number * E10), "currency": found[2], "decimals": len(found[1].partition(".")[2])}


Price = Annotated[Amount, BeforeValidator(_amount)]


def _one_line(value: str) -> str:
    if "\n" in value:
        raise ValueError("has several lines; one line is allowed here")
    return value


def _no_html(value: str) -> str:
    if _HTML.search(value):
        raise ValueError("contains HTML; write plain text or Markdown")
    return value


@dataclass(frozen=True, slots=True)
class Line:
    """A text of one line with at most that many characters."""

    most: int
    least: int = 1

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            self._check, core_schema.str_schema(min_length=self.least, max_length=self.most)
        )

    @staticmethod
    def _check(value: str) -> str:
        return _no_html(_one_line(value))


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[A-Za-z0-9.-]{1,180}\.[a-z]{2,}$", max_length=254)]
Website = Annotated[str, StringConstraints(pattern=r"^https://[a-z0-9.-]+(/[\w./%-]*)?$", max_length=200)]
Version = Annotated[str, StringConstraints(pattern=r"^V[0-9]+(\.[0-9]+){1,3}$", max_length=40)]


class Text(Entry):
    """A text in English and, where there is one, in Simplified Chinese."""

    en: str
    zh: str = ""


class Lines(Entry):
    """A list of short texts per language."""

    en: list[str]
    zh: list[str] = []


class Features(Entry):
    """What a specification contains, as name and value, per language."""

    en: dict[str, str]
    zh: dict[str, str] = {}


def _in_english(value: Any) -> Any:
    return {"en": value} if isinstance(value, str | list) else value


def _features_in_english(value: Any) -> Any:
    if isinstance(value, dict) and not (value.keys() <= {"en", "zh"} and "en" in value):
        return {"en": value}
    return value


@dataclass(frozen=True, slots=True)
class Words:
    """A translated text of at most that many characters: one line, or Markdown with `several` lines."""

    most: int
    several: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = core_schema.no_info_before_validator_function(_in_english, handler(source))
        return core_schema.no_info_after_validator_function(self._check, inner)

    def _check(self, text: Text) -> Text:
        if not text.en:
            raise ValueError("the English text is empty; write it")
        for language, words in (("English", text.en), ("Chinese", text.zh)):
            if len(words) > self.most:
                raise ValueError(
                    phrase(
                        "the %(language)s text has %(count)s characters; at most %(most)s are allowed",
                        language=language,
                        count=len(words),
                        most=self.most,
                    )
                )
            if not self.several:
                _one_line(words)
            _no_html(words)
        return text


@dataclass(frozen=True, slots=True)
class Bullets:
    """A translated list of at most `count` short texts; `paired`: each has its counterpart."""

    count: int
    most: int
    paired: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = core_schema.no_info_before_validator_function(_in_english, handler(source))
        return core_schema.no_info_after_validator_function(self._check, inner)

    def _check(self, value: Lines) -> Lines:
        for words in (value.en, value.zh):
            if len(words) > self.count:
                raise ValueError(
                    phrase("has %(count)s entries; at most %(most)s are allowed", count=len(words), most=self.count)
                )
            for entry in words:
                if not 0 < len(_no_html(_one_line(entry))) <= self.most:
                    raise ValueError(
                        phrase(
                            "an entry has %(count)s characters; 1 to %(most)s are allowed",
                            count=len(entry),
                            most=self.most,
                        )
                    )
        if self.paired and value.zh and len(value.zh) != len(value.en):
            raise ValueError("has not as many Chinese entries as English ones; translate all or none")
        return value


def _check_features(value: Features) -> Features:
    for features in (value.en, value.zh):
        if len(features) > 16:
            raise ValueError("has more than 16 features; 16 are allowed")
        for name, worth in features.items():
            if not 0 < len(name) <= 60 or not 0 < len(_no_html(worth)) <= 120:
                raise ValueError(phrase("%(name)r: a name has 1 to 60 characters, a value 1 to 120", name=name[:60]))
    if value.zh and len(value.zh) != len(value.en):
        raise ValueError("has not as many Chinese features as English ones; translate all or none")
    return value


FeatureTable = Annotated[Features, BeforeValidator(_features_in_english), AfterValidator(_check_features)]
