"""Money as whole minor units with a currency (B-MNY-001).

Amounts that are settled are integers in the minor unit of their currency; exact amounts are scaled
integers: unit prices `_e10`, metered charges `_e8`, both in major units. `Decimal` appears only here
and in the `rules` of the packages. All rounding is half up, away from zero, in `round_half_up`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import Final

from babel.core import get_global
from babel.numbers import format_currency

E10: Final = 10**10
E8: Final = 10**8
_AMOUNT = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,10})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_PRECISION = 60


class BadAmount(ValueError):
    """The text is not an amount in this currency, or two currencies were mixed."""


class CurrencyMismatch(BadAmount):
    """Two amounts of different currencies cannot be added or compared."""


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """How many decimals the minor unit of a currency has: 2 for USD, 0 for JPY.

    Raises BadAmount for a code that is no currency.
    """
    if not _CURRENCY.fullmatch(currency) or currency not in get_global("all_currencies"):
        raise BadAmount(f"{currency!r} is not a currency code")
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


def _units(currency: str) -> int:
    """How many minor units make a major one."""
    return int("1" + "0" * exponent(currency))


def is_currency(code: str) -> bool:
    """Whether the code names a currency."""
    try:
        exponent(code)
    except BadAmount:
        return False
    return True


def round_half_up(value: Decimal, digits: int = 0) -> Decimal:
    """Round to `digits` decimals, halves away from zero (B-MNY-001)."""
    with localcontext() as context:
        context.prec = _PRECISION
        return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def truncate(value: Decimal, digits: int) -> Decimal:
    """Cut to `digits` decimals towards zero, as usage quantities are (B-MNY-003)."""
    with localcontext() as context:
        context.prec = _PRECISION
        return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_DOWN)


def divide_half_up(numerator: int, denominator: int) -> int:
    """Whole-number division, rounded half away from zero."""
    if denominator == 0:
        raise ZeroDivisionError("division of an amount by zero")
    negative = (numerator < 0) != (denominator < 0)
    quotient, rest = divmod(abs(numerator), abs(denominator))
    if 2 * rest >= abs(denominator):
        quotient += 1
    return -quotient if negative else quotient


def _scaled(value: Decimal, scale: int) -> int:
    with localcontext() as context:
        context.prec = _PRECISION
        return int((value * scale).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_e10(value: Decimal) -> int:
    """A unit price in major units as an integer of 10 decimals, rounded half up (B-MNY-002)."""
    return _scaled(value, E10)


def to_e8(value: Decimal) -> int:
    """A metered charge in major units as an integer of 8 decimals, rounded half up (B-MNY-002)."""
    return _scaled(value, E8)


def from_e10(value: int) -> Decimal:
    """The exact decimal of an `_e10` integer."""
    with localcontext() as context:
        context.prec = _PRECISION
        return Decimal(value).scaleb(-10)


def from_e8(value: int) -> Decimal:
    """The exact decimal of an `_e8` integer."""
    with localcontext() as context:
        context.prec = _PRECISION
        return Decimal(value).scaleb(-8)


def plain(value: Decimal, least: int = 0) -> str:
    """A decimal as plain text without exponent or superfluous zeros, with at least `least` decimals."""
    text = format(value, "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(least, "0")
    text = f"{whole}.{fraction}" if fraction else whole
    return "0" + text[2:] if text.startswith("-0") and not text.strip("-0.") else text


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the minor unit of one currency. Immutable; never mixes currencies."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise BadAmount(f"an amount is a whole number of minor units, not {self.minor!r}")
        exponent(self.currency)

    # ----- making one -----

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in this currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read "49.00". Raises BadAmount when it is no number or has more decimals than the currency."""
        if not _AMOUNT.fullmatch(text):
            raise BadAmount(f"{text[:40]!r} is not an amount")
        digits = exponent(currency)
        value = Decimal(text)
        if value != round_half_up(value, digits):
            raise BadAmount(f"{text!r} has more than {digits} decimals")
        return cls(_scaled(value, _units(currency)), currency)

    @classmethod
    def from_decimal(cls, value: Decimal, currency: str) -> Money:
        """Round an exact amount in major units half up to the minor unit."""
        return cls(_scaled(value, _units(currency)), currency)

    @classmethod
    def from_e10(cls, value: int, currency: str) -> Money:
        """Round an `_e10` amount half up to the minor unit."""
        return cls(divide_half_up(value * _units(currency), E10), currency)

    @classmethod
    def from_e8(cls, value: int, currency: str) -> Money:
        """Round an `_e8` amount half up to the minor unit (bill totals, B-MNY-004)."""
        return cls(divide_half_up(value * _units(currency), E8), currency)

    @classmethod
    def sum(cls, amounts: Iterable[Money], currency: str) -> Money:
        """Add up; the currency is named so that an empty sum has one."""
        total = cls(0, currency)
        for amount in amounts:
            total = total + amount
        return total

    # ----- reading it -----

    @property
    def decimal(self) -> Decimal:
        """The exact amount in major units, with the decimals of the currency."""
        with localcontext() as context:
            context.prec = _PRECISION
            return Decimal(self.minor).scaleb(-exponent(self.currency))

    @property
    def text(self) -> str:
        """Plain text for the API, files and documents: "49.00"."""
        return format(self.decimal, "f")

    @property
    def e10(self) -> int:
        """The amount as an `_e10` integer; exact."""
        return self.minor * (E10 // _units(self.currency))

    @property
    def e8(self) -> int:
        """The amount as an `_e8` integer; exact."""
        return self.minor * (E8 // _units(self.currency))

    def formatted(self, locale: str = "en") -> str:
        """For people only, never for storage, hashes or documents: "$49.00"."""
        return str(format_currency(self.decimal, self.currency, locale=locale))

    @property
    def spoken(self) -> str:
        """Within a sentence for people: "1,234.00 EUR". Both languages group by thousands in this way."""
        return f"{self.decimal:,f} {self.currency}"

    def __str__(self) -> str:
        return f"{self.text} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def is_zero(self) -> bool:
        return self.minor == 0

    @property
    def is_positive(self) -> bool:
        return self.minor > 0

    @property
    def is_negative(self) -> bool:
        return self.minor < 0

    # ----- working with it -----

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self} and {other} are of different currencies")

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            raise BadAmount("multiply by a whole number, or use times() which says that it rounds")
        return Money(self.minor * count, self.currency)

    __rmul__ = __mul__

    def times(self, factor: Decimal) -> Money:
        """Multiply by an exact factor and round half up to the minor unit."""
        with localcontext() as context:
            context.prec = _PRECISION
            return Money.from_decimal(self.decimal * factor, self.currency)

    def percent(self, percentage: Decimal) -> Money:
        """That many per cent of it, rounded half up: 119.80 at 15 is 17.97 (B-MNY-005)."""
        return self.times(percentage.scaleb(-2))

    def part(self, numerator: int, denominator: int) -> Money:
        """The fraction numerator/denominator of it, rounded half up once."""
        return Money(divide_half_up(self.minor * numerator, denominator), self.currency)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split by weight without losing a minor unit.

        Every part is rounded down first; what is left goes, one minor unit each, to the largest
        remainders, the earlier part first among equals. With only zero weights it is split evenly.
        """
        if not weights:
            raise BadAmount("an amount cannot be split into no parts")
        if any(weight < 0 for weight in weights):
            raise BadAmount("a weight is not negative")
        total = sum(weights)
        if total == 0:
            weights, total = [1] * len(weights), len(weights)
        sign = -1 if self.minor < 0 else 1
        whole = abs(self.minor)
        shares = [divmod(whole * weight, total) for weight in weights]
        parts = [share for share, _ in shares]
        left = whole - sum(parts)
        order = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
        for index in order[:left]:
            parts[index] += 1
        return [Money(sign * part, self.currency) for part in parts]

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor > other.minor

    def __ge__(self, other: Money) -> bool:
        self._same(other)
        return self.minor >= other.minor
