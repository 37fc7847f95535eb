"""The prices of a specification as a table: a row for each combination of choices, a column for each offer and band.

A document writes prices shortly, with `only` for the combinations that they are for; people fill in a table. Both say
the same: `Grid.of` spreads a specification out, `prices` writes the table down again. Everything is kept as it was
typed, right or wrong (S-SKU-002).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import product as combinations
from typing import Any, Final

from galleria.kit.money import exponent, is_currency, plain, round_half_up
from galleria.publishing.catalogue_file import plain as documents

METERED: Final = frozenset({"pay_per_use", "package", "exhaustible"})
BANDED: Final = frozenset({"tiered", "volume"})
MODELS: Final = ("simple", "linear", "tiered", "volume")
MODES: Final = ("period:month", "period:year", "one_time", "pay_per_use", "package", "exhaustible")
MOST_ROWS: Final = 2_000
TOO_MUCH: Final = Decimal(10) ** 18  # no price of any currency; more has no cents that could be rounded

Combination = tuple[tuple[str, str], ...]
"""Attribute and option, in the order of the attributes; empty where there is nothing to choose."""

Place = tuple[int, int, Combination]
"""Offer, band, combination."""


def word(value: Any, language: str = "en") -> str:
    """A translated text of a document in one language, English where there is no other."""
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en") or "")
    return str(value or "")


@dataclass(frozen=True)
class Offer:
    """A way of paying that is priced for combinations. `ends`: upper ends of bands, the last one open (None)."""

    mode: str
    period: str = ""
    terms: tuple[int, ...] = ()
    model: str = "simple"
    quantity: str = ""
    meter: str = ""
    included: int = 0
    ends: tuple[int | None, ...] = (None,)

    @property
    def code(self) -> str:
        """How forms and files name it: `period:month`, `pay_per_use:page`."""
        return ":".join(part for part in (self.mode, self.period, self.meter) if part)

    @property
    def kind(self) -> str:
        """Mode and period, as forms choose them."""
        return f"{self.mode}:{self.period}" if self.period else self.mode

    @property
    def is_banded(self) -> bool:
        return self.model in BANDED

    @property
    def bands(self) -> list[tuple[int, int | None]]:
        """First and last quantity of each band; one open band where there are none."""
        if not self.is_banded:
            return [(1, None)]
        firsts = [1, *((end or 0) + 1 for end in self.ends[:-1])]
        return list(zip(firsts, self.ends, strict=True))

    def fields(self, amounts: list[str], currency: str) -> dict[str, Any]:
        """A price of the document with these amounts, without what it is for."""
        found: dict[str, Any] = {"mode": self.mode}
        if self.mode == "period":
            found |= {"period": self.period, "terms": list(self.terms)}
        if self.mode != "pay_per_use":
            amounts = [normal(amount, currency) for amount in amounts]
        if self.is_banded:
            found["tiers"] = [
                {**({"up_to": end} if end is not None else {}), "price": f"{amount} {currency}".strip()}
                for (_first, end), amount in zip(self.bands, amounts, strict=True)
            ]
        else:
            found["price"] = f"{amounts[0]} {currency}"
        if self.model != "simple":
            found["model"] = self.model
        if self.quantity and self.model != "simple" and self.mode != "pay_per_use":
            found["quantity"] = self.quantity
        if self.mode in METERED:
            found["meter"] = self.meter
        if self.mode in METERED - {"pay_per_use"}:
            found["included"] = self.included
        return {name: value for name, value in found.items() if value not in ("", [])}


@dataclass(frozen=True)
class Grid:
    """A specification spread out. `amounts`: what is in each place; `paths`: where the document has it."""

    choices: list[tuple[str, str, list[tuple[str, str]]]]
    quantities: list[tuple[str, str, int, int, int]]
    offers: list[Offer]
    amounts: dict[Place, str]
    paths: dict[Place, str]
    currency: str

    @classmethod
    def of(cls, specification: Mapping[str, Any], currency: str, language: str = "en") -> Grid:
        """The table of a specification's document."""
        choices, quantities = _attributes(specification, language)
        offers: dict[Offer, int] = {}
        amounts: dict[Place, str] = {}
        paths: dict[Place, str] = {}
        found = currency
        every = list(_every(choices))
        for number, price in enumerate(_entries(specification.get("prices"))):
            offer, cells = _offer_of(price)
            at = offers.setdefault(offer, len(offers))
            for combination in _fitting(choices, every, price.get("only")):
                for band, (inside, text) in enumerate(cells):
                    amount, _space, code = text.partition(" ")
                    found = code if len(code) == 3 else found
                    amounts[at, band, combination] = amount if code else text
                    paths[at, band, combination] = f"prices.{number}.{inside}"
        return cls(choices, quantities, list(offers), amounts, paths, found)

    @cached_property
    def combinations(self) -> list[Combination]:
        """The rows: every combination of options, in the order of the attributes."""
        return list(_every(self.choices))

    @property
    def options(self) -> dict[str, list[str]]:
        return {key: [option for option, _name in options] for key, _name, options in self.choices}

    def name_of(self, combination: Combination) -> list[str]:
        """The options of a combination in words."""
        return [self._names.get(pair, pair[1]) for pair in combination]

    @cached_property
    def _names(self) -> dict[tuple[str, str], str]:
        return {(key, option): name for key, _name, options in self.choices for option, name in options}

    def amounts_in(self, offer: int, combination: Combination) -> list[str]:
        """What is filled in for an offer of a combination, a text a band."""
        count = len(self.offers[offer].bands)
        return [self.amounts.get((offer, band, combination), "") for band in range(count)]

    def prices(self) -> list[dict[str, Any]]:
        """The prices of the document; what has no amount is not sold."""
        rows = []
        for combination in self.combinations:
            for at, offer in enumerate(self.offers):
                amounts = self.amounts_in(at, combination)
                if any(amounts):
                    rows.append((dict(combination), offer.fields(amounts, self.currency)))
        return documents.grouped(rows, self.options)

    @property
    def sold(self) -> int:
        """How many combinations have at least one price."""
        return len({combination for (_offer, _band, combination), amount in self.amounts.items() if amount})

    def columns(self) -> Iterator[tuple[int, int, Offer]]:
        """Offer number, band number and offer of each column of amounts."""
        for at, offer in enumerate(self.offers):
            for band in range(len(offer.bands)):
                yield at, band, offer


# --- reading a document -------------------------------------------------------------------------------------
def _entries(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _attributes(specification: Mapping[str, Any], language: str) -> tuple[list[Any], list[Any]]:
    choices, quantities = [], []
    for each in _entries(specification.get("attributes")):
        key, name = str(each.get("key") or ""), word(each.get("name"), language)
        if each.get("kind") == "quantity":
            numbers = [_whole(each.get(part), 1) for part in ("minimum", "maximum", "step")]
            quantities.append((key, name or key, *numbers))
            continue
        options = [
            (str(option["key"]), word(option.get("name"), language) or str(option["key"]))
            for option in _entries(each.get("options"))
            if option.get("key")
        ]
        if key and options:
            choices.append((key, name or key, options))
    return choices, quantities


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and value > 0 else otherwise


def _every(choices: Iterable[tuple[str, str, list[tuple[str, str]]]]) -> Iterator[Combination]:
    rows = list(choices)
    keys = [key for key, _name, _options in rows]
    made = combinations(*([option for option, _name in options] for _key, _name, options in rows))
    for count, picked in enumerate(made):
        if count >= MOST_ROWS:
            return
        yield tuple(zip(keys, picked, strict=True))


def _fitting(
    choices: Iterable[tuple[str, str, list[tuple[str, str]]]], every: list[Combination], only: Any
) -> Iterable[Combination]:
    """The combinations that a price is for, without looking at the others."""
    if not isinstance(only, Mapping) or not only:
        return every
    wanted = {str(key): {value} if isinstance(value, str) else set(value) for key, value in only.items()}
    rows = list(choices)
    if not wanted.keys() <= {key for key, _name, _options in rows}:
        return ()
    return _every(
        (key, name, [option for option in options if key not in wanted or option[0] in wanted[key]])
        for key, name, options in rows
    )


def _offer_of(price: Mapping[str, Any]) -> tuple[Offer, list[tuple[str, str]]]:
    model = str(price.get("model") or "simple")
    offer = Offer(
        mode=str(price.get("mode") or "one_time"),
        period=str(price.get("period") or ""),
        terms=tuple(term for term in price.get("terms") or [] if isinstance(term, int)),
        model=model,
        quantity=str(price.get("quantity") or ""),
        meter=str(price.get("meter") or ""),
        included=_whole(price.get("included"), 0),
    )
    if model not in BANDED:
        return offer, [("price", str(price.get("price") or ""))]
    tiers = _entries(price.get("tiers")) or [{}]
    ends = [_whole(tier.get("up_to"), 0) or None for tier in tiers]
    cells = [(f"tiers.{number}.price", str(tier.get("price") or "")) for number, tier in enumerate(tiers)]
    return replace(offer, ends=(*ends[:-1], ends[-1])), cells


# --- changing amounts ---------------------------------------------------------------------------------------
def moved(grid: Grid, wanted: Iterable[Combination], given: Mapping[Place, str]) -> dict[Place, str]:
    """Amounts for these combinations from amounts that were given for others: the closest one counts.

    A new attribute makes combinations longer, one taken away makes them shorter; the price goes along.
    """
    by_column: dict[tuple[int, int], dict[Combination, str]] = {}
    for (at, band, combination), amount in given.items():
        by_column.setdefault((at, band), {})[combination] = amount
    found: dict[Place, str] = {}
    rows = list(wanted)
    for (at, band), amounts in by_column.items():
        for combination in rows:
            amount = amounts[combination] if combination in amounts else _closest(combination, amounts)
            if amount:
                found[at, band, combination] = amount
    return found


def _closest(combination: Combination, amounts: Mapping[Combination, str]) -> str:
    chosen = set(combination)
    best, size = "", -1
    for known, amount in amounts.items():
        is_part = set(known) <= chosen or chosen <= set(known)
        if is_part and len(known) > size:
            best, size = amount, len(known)
    return best


def number_of(text: str) -> Decimal | None:
    """An amount as people type it, or None."""
    try:
        value = Decimal(text.strip().replace(",", ".") if text.count(",") == 1 and "." not in text else text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < TOO_MUCH else None


def normal(text: str, currency: str) -> str:
    """An amount with all decimals of its currency; as typed when it is no amount or has more."""
    value = number_of(text) if text and is_currency(currency) else None
    if value is None:
        return text
    rounded = amount_text(value, currency)
    return rounded if Decimal(rounded) == value else text


def amount_text(value: Decimal, currency: str) -> str:
    """An amount rounded half up to the decimals of its currency."""
    digits = exponent(currency)
    return plain(round_half_up(value, digits), digits)


@dataclass(frozen=True)
class Fill:
    """Fill many places at once. `how`: set, percent (raise or lower), times (from another offer)."""

    offer: int
    how: str
    value: Decimal
    source: int = 0
    only: tuple[str, str] | None = None
    empty_only: bool = False


def filled(grid: Grid, fill: Fill) -> dict[Place, str]:
    """The amounts after filling."""
    after = dict(grid.amounts)
    for combination in grid.combinations:
        if fill.only is not None and fill.only not in combination:
            continue
        for band in range(len(grid.offers[fill.offer].bands)):
            place = (fill.offer, band, combination)
            before = after.get(place, "")
            if fill.empty_only and before:
                continue
            amount = _new_amount(grid, fill, band, combination, before)
            if amount is not None:
                after[place] = amount_text(amount, grid.currency)
    return after


def _new_amount(grid: Grid, fill: Fill, band: int, combination: Combination, before: str) -> Decimal | None:
    if fill.how == "set":
        return fill.value
    if fill.how == "percent":
        known = number_of(before) if before else None
        return None if known is None else max(known * (1 + fill.value / 100), Decimal(0))
    bands = len(grid.offers[fill.source].bands)
    text = grid.amounts.get((fill.source, min(band, bands - 1), combination), "")
    known = number_of(text) if text else None
    return None if known is None else known * fill.value
