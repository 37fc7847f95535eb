"""Money, ids, instants and pages as every endpoint writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from annotated_types import Ge, Le
from django.utils.translation import get_language
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from galleria.kit.money import Money, exponent, from_e10, plain
from galleria.kit.pages import Page

T = TypeVar("T")
P = TypeVar("P", bound="PageOut[Any]")
PLAIN = r"^[^\x00-\x1f\x7f]*$"  # one line of ordinary characters
NO_NUL = r"^[^\x00]*$"  # several lines
LARGEST = 2**31 - 1


class In(BaseModel):
    """What is sent: exactly the fields that are named, of exactly their types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Out(BaseModel):
    """What is answered. Fields may be added in later versions; programs ignore those that they do not know."""

    model_config = ConfigDict(frozen=True)


def _utc(value: datetime) -> str:
    whole = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{value.microsecond // 1000:03}Z" if value.microsecond else f"{whole}Z"


Instant = Annotated[datetime, PlainSerializer(_utc, return_type=str), Field(json_schema_extra={"format": "date-time"})]


def _whole(value: Any) -> Any:
    """Query parameters are texts: only digits are a number, not `1_0`, ` 1` or `1.0`."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 16):
        raise ValueError("not a whole number")
    return value


_INSTANT = re.compile(
    r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)


def _instant(value: Any) -> Any:
    """Only RFC 3339: no seconds since 1970, no days."""
    if isinstance(value, str) and not (value.isascii() and len(value) <= 40 and _INSTANT.match(value)):
        raise ValueError("not an instant")
    return value


def one_line(value: str) -> str:
    """For what cannot have a pattern of its own in the document: the same as PLAIN."""
    if not value.isprintable() and any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise ValueError("not one line of ordinary characters")
    return value


def whole_characters(value: Any) -> Any:
    """For what has no shape of its own: half of a surrogate pair, which JSON can spell, is no text."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("string_unicode", "half of a surrogate pair") from None
    return value


def _truth(value: Any) -> Any:
    if isinstance(value, str):
        if value not in {"true", "false"}:
            raise ValueError("not true or false")
        return value == "true"
    return value


PublicId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,80}$")]
QueryFlag = Annotated[bool, BeforeValidator(_truth)]
OnlyDigits = BeforeValidator(_whole)
QueryText = Annotated[str, Field(max_length=200, pattern=PLAIN)]
QueryInstant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _INSTANT.pattern, "maxLength": 40}),
]
Limit = Annotated[
    int,
    Ge(1),
    Le(100),
    OnlyDigits,
    Field(description="How many at most; the next of 20, 50 and 100 is taken"),
]
Cursor = Annotated[
    str, Field(max_length=400, pattern=r"^[A-Za-z0-9_-]*$", description="`next` or `previous` of an earlier answer")
]


class MoneyOut(Out):
    """An amount as decimal text in major units, with its currency."""

    amount: Annotated[str, Field(pattern=r"^-?[0-9]{1,15}([.][0-9]{1,4})?$", examples=["49.00"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]


class UnitPrice(Out):
    """A price of one unit, exact to ten decimals."""

    amount: Annotated[str, Field(pattern=r"^[0-9]{1,15}([.][0-9]{1,10})?$", examples=["0.0125"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]


def money(minor: int, currency: str) -> MoneyOut:
    """Minor units as the API writes them."""
    return MoneyOut(amount=Money(minor, currency).text, currency=currency)


def money_of(value: Money) -> MoneyOut:
    """Money as the API writes it."""
    return MoneyOut(amount=value.text, currency=value.currency)


def unit_price(e10: int, currency: str) -> UnitPrice:
    """A scaled unit price as the API writes it; with at least the decimals of the currency."""
    return UnitPrice(amount=plain(from_e10(e10), exponent(currency)), currency=currency)


class PageOut(Out, Generic[T]):
    """Some rows of a list. `next` and `previous` are null at the ends."""

    items: list[T]
    next: str | None
    previous: str | None


def page_out(kind: type[P], page: Page[Any], make: Callable[[Any], Any]) -> P:
    """A keyset page as the API writes it."""
    return kind(items=[make(item) for item in page.items], next=page.next, previous=page.previous)


def language() -> str:
    """The language in which texts are answered (`Accept-Language`)."""
    return get_language() or "en"
