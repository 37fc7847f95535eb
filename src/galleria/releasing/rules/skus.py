"""Building the SKUs of a specification: combinations of attributes, modes and terms, prices in bulk, CSV out and in.

Everything works on the plain document of one specification and gives a new one; nothing is stored here (S-SKU-002).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import product as combinations
from math import prod
from typing import Any, Final

from galleria.kit.money import E10, exponent, is_currency
from galleria.publishing.catalogue_file.plain import grouped, price_text
from galleria.releasing.rules.context import Figures
from galleria.releasing.rules.found import items, word

Plain = dict[str, Any]
DEFAULT: Final = Figures()
_HIGHEST: Final = Decimal(100_000_000)
COLUMNS: Final = (
    "mode", "period", "terms", "meter", "included", "model", "quantity", "from", "to", "price", "currency",
)  # fmt: skip
"""Columns of the CSV after one column for each enumeration attribute; a row is a price, or one band of it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One way of selling that is generated for every combination."""

    mode: str
    period: str = ""
    terms: tuple[int, ...] = ()
    meter: str = ""
    included: int = 0
    model: str = "simple"
    quantity: str = ""

    def fields(self) -> Plain:
        """The offer as the fields of a price, without amounts."""
        found: Plain = {"mode": self.mode}
        if self.period:
            found["period"] = self.period
        if self.terms:
            found["terms"] = list(self.terms)
        if self.model != "simple":
            found["model"] = self.model
        for name in ("quantity", "meter", "included"):
            if getattr(self, name):
                found[name] = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True)
class Band:
    """Quantities up to and including `up_to` (None: and more) at a unit price."""

    up_to: int | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """One price of one combination. `bands` for tiered and volume prices, else `amount`."""

    choices: tuple[tuple[str, str], ...]
    offer: Offer
    currency: str
    amount: Decimal | None = None
    bands: tuple[Band, ...] = ()

    def fields(self) -> Plain:
        """The price as the document has it."""
        found = self.offer.fields()
        if self.bands:
            found["tiers"] = [
                {**({} if band.up_to is None else {"up_to": band.up_to}), "price": text_of(band.amount, self.currency)}
                for band in self.bands
            ]
        elif self.amount is not None:
            found["price"] = text_of(self.amount, self.currency)
        return found


def text_of(amount: Decimal, currency: str) -> str:
    """An amount as a document has it."""
    return price_text(int(amount * E10), currency)


def options_of(specification: Mapping[str, Any]) -> dict[str, list[str]]:
    """The enumeration attributes with the keys of their values, in order."""
    return {
        word(each.get("key")): [word(option.get("key")) for option in items(each, "options")]
        for each in items(specification, "attributes")
        if each.get("kind") == "choice"
    }


def combinations_of(options: Mapping[str, Sequence[str]]) -> Iterator[tuple[tuple[str, str], ...]]:
    """Every combination; one empty one where there is nothing to choose."""
    keys = list(options)
    for values in combinations(*(options[key] for key in keys)):
        yield tuple(zip(keys, values, strict=True))


def count_of(specification: Mapping[str, Any]) -> int:
    """How many combinations there are, without making them."""
    return prod(len(values) for values in options_of(specification).values())


class TooManySkus(ValueError):
    """More combinations than the operator allows: `count` of them, at most `most`."""

    def __init__(self, count: int, most: int) -> None:
        super().__init__(f"{count} combinations; at most {most}")
        self.count, self.most = count, most


def rows_of(specification: Mapping[str, Any]) -> list[Row]:
    """Every price of every combination, in the order of combinations, then of the document."""
    options = options_of(specification)
    found: dict[tuple[tuple[str, str], ...], list[Row]] = {choices: [] for choices in combinations_of(options)}
    for price in items(specification, "prices"):
        only = price.get("only") if isinstance(price.get("only"), dict) else {}
        narrowed = {key: [v for v in values if _allows((only or {}).get(key), v)] for key, values in options.items()}
        row = _row(price)
        if row is None:
            continue
        for choices in combinations_of(narrowed):
            if choices in found:
                found[choices].append(replace(row, choices=choices))
    return [row for rows in found.values() for row in rows]


def _allows(wanted: Any, value: str) -> bool:
    return wanted is None or value == wanted or (isinstance(wanted, list) and value in wanted)


def _row(price: Mapping[str, Any]) -> Row | None:
    terms = price.get("terms")
    offer = Offer(
        word(price.get("mode")), word(price.get("period")), tuple(terms) if isinstance(terms, list) else (),
        word(price.get("meter")), int(price.get("included") or 0), word(price.get("model")) or "simple",
        word(price.get("quantity")),
    )  # fmt: skip
    tiers = items(price, "tiers")
    texts = [word(tier.get("price")) for tier in tiers] or [word(price.get("price"))]
    amounts = [_decimal(text.partition(" ")[0]) for text in texts]
    currency = texts[0].partition(" ")[2]
    if any(amount is None for amount in amounts):
        return None
    bands = tuple(
        Band(tier.get("up_to"), amount) for tier, amount in zip(tiers, amounts, strict=False) if amount is not None
    )
    return Row((), offer, currency, None if tiers else amounts[0], bands)


def with_rows(specification: Mapping[str, Any], rows: Iterable[Row]) -> Plain:
    """The specification with these prices, written as shortly as possible; combinations without one are not sold."""
    options = options_of(specification)
    found = {name: value for name, value in specification.items() if name != "prices"}
    found["prices"] = grouped(((dict(row.choices), row.fields()) for row in rows), options)
    return found


def generate(
    specification: Mapping[str, Any], offers: Sequence[Offer], *, currency: str, amount: Decimal | None = None,
    figures: Figures = DEFAULT,
) -> Plain:  # fmt: skip
    """Price every combination in every way of selling; what is priced already keeps its price.

    Raises TooManySkus. New prices are `amount`, or 0.00 that the rules will ask to be filled.
    """
    count = count_of(specification)
    if count > figures.skus:
        raise TooManySkus(count, figures.skus)
    known = {(row.choices, row.offer.mode, row.offer.period, row.offer.meter): row for row in rows_of(specification)}
    rows = []
    for choices in combinations_of(options_of(specification)):
        for offer in offers:
            kept = known.get((choices, offer.mode, offer.period, offer.meter))
            new = Row(choices, offer, currency, amount if amount is not None else Decimal(0))
            rows.append(new if kept is None else replace(kept, offer=offer if not kept.bands else kept.offer))
    return with_rows(specification, rows)


@dataclass(frozen=True, slots=True)
class Where:
    """Which prices are meant: empty fields mean all."""

    choices: Mapping[str, str] = field(default_factory=dict)
    mode: str = ""
    period: str = ""

    def matches(self, row: Row) -> bool:
        held = dict(row.choices)
        return (
            all(held.get(key) == value for key, value in self.choices.items() if value)
            and (not self.mode or row.offer.mode == self.mode)
            and (not self.period or row.offer.period == self.period)
        )


def fill(
    specification: Mapping[str, Any], where: Where, *, amount: Decimal | None = None, percent: Decimal | None = None,
    bands: Sequence[Band] = (), model: str = "", quantity: str = "",
) -> Plain:  # fmt: skip
    """Set many prices at once: to an amount, by a percentage of what they are (110: dearer by a tenth), or to bands."""
    rows = []
    for row in rows_of(specification):
        if not where.matches(row):
            rows.append(row)
            continue
        new = row
        if model or quantity:
            new = replace(
                new, offer=replace(row.offer, model=model or row.offer.model, quantity=quantity or row.offer.quantity)
            )
        if bands:
            new = replace(new, bands=tuple(bands), amount=None)
        elif amount is not None:
            new = replace(new, amount=amount, bands=())
        elif percent is not None:
            new = replace(
                new,
                amount=None if new.amount is None else _share(new.amount, percent, new.currency),
                bands=tuple(Band(band.up_to, _share(band.amount, percent, new.currency)) for band in new.bands),
            )
        rows.append(new)
    return with_rows(specification, rows)


def _share(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    step = Decimal(1).scaleb(-exponent(currency))
    return (amount * percent / 100).quantize(step, rounding=ROUND_HALF_UP)


def disable(specification: Mapping[str, Any], choices: Mapping[str, str]) -> Plain:
    """Do not sell a combination."""
    where = Where(choices)
    return with_rows(specification, [row for row in rows_of(specification) if not where.matches(row)])


# ----- CSV -----


def csv_header(specification: Mapping[str, Any]) -> list[str]:
    """The columns of a specification's price file."""
    return [*options_of(specification), *COLUMNS]


def csv_rows(specification: Mapping[str, Any]) -> Iterator[list[str]]:
    """The price file: combinations that are not sold have a row without a price."""
    options = options_of(specification)
    sold = rows_of(specification)
    for row in sold:
        yield from _cells(row)
    priced = {row.choices for row in sold}
    for choices in combinations_of(options):
        if choices not in priced:
            yield [*(value for _key, value in choices), *[""] * len(COLUMNS)]


def _cells(row: Row) -> Iterator[list[str]]:
    offer = row.offer
    head = [
        *(value for _key, value in row.choices), offer.mode, offer.period, "|".join(map(str, offer.terms)), offer.meter,
        str(offer.included or ""), offer.model, offer.quantity,
    ]  # fmt: skip
    if not row.bands:
        yield [*head, "", "", plain_number(row.amount), row.currency]
        return
    first = 1
    for band in row.bands:
        last = "" if band.up_to is None else str(band.up_to)
        yield [*head, str(first), last, plain_number(band.amount), row.currency]
        first = (band.up_to or 0) + 1


def plain_number(amount: Decimal | None) -> str:
    """A number without an exponent, with two decimals at least."""
    if amount is None:
        return ""
    text = format(amount, "f")
    whole, _point, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


@dataclass(frozen=True, slots=True, order=True)
class CsvProblem:
    """One thing that is wrong in a price file. `row` counts from 1, the header; `column` is its name."""

    row: int
    column: str
    code: str
    values: tuple[str, ...] = ()


def from_csv(specification: Mapping[str, Any], text: str, figures: Figures = DEFAULT) -> tuple[Plain, list[CsvProblem]]:
    """The specification with the prices of a file; all of them or, with problems, none. Every problem is found."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    lines = [line for line in reader if any(cell.strip() for cell in line)]
    header = csv_header(specification)
    if not lines or [cell.strip() for cell in lines[0]] != header:
        return dict(specification), [CsvProblem(1, "", "CSV_HEADER", (", ".join(header),))]
    if len(lines) - 1 > figures.skus * 20 * figures.tiers:
        return dict(specification), [CsvProblem(1, "", "CSV_TOO_LONG", (str(len(lines) - 1),))]
    reading = _Reading(specification, header, figures)
    for number, line in enumerate(lines[1:], 2):
        reading.line(number, line)
    rows = reading.finish()
    if reading.problems:
        return dict(specification), sorted(set(reading.problems))
    return with_rows(specification, rows), []


class _Reading:
    """Reads the lines of a price file one by one and collects what is wrong."""

    def __init__(self, specification: Mapping[str, Any], header: list[str], figures: Figures) -> None:
        self.options = options_of(specification)
        self.quantities = {
            word(each.get("key")) for each in items(specification, "attributes") if each.get("kind") == "quantity"
        }
        self.header, self.figures = header, figures
        self.problems: list[CsvProblem] = []
        self.prices: dict[tuple[Any, ...], list[tuple[int, int, int | None, Row]]] = {}

    def wrong(self, row: int, column: str, code: str, *values: str) -> None:
        self.problems.append(CsvProblem(row, column, code, values))

    def line(self, number: int, cells: list[str]) -> None:
        if len(cells) != len(self.header):
            self.wrong(number, "", "CSV_CELLS", str(len(cells)), str(len(self.header)))
            return
        held = {name: cell.strip().removeprefix("'") for name, cell in zip(self.header, cells, strict=True)}
        before = len(self.problems)
        for key, known in self.options.items():
            if held[key] not in known:
                self.wrong(number, key, "CSV_VALUE", held[key], ", ".join(known))
        if not held["price"] and not held["mode"]:
            return  # not sold
        offer = self._offer(number, held)
        amount = self._amount(number, held)
        first, last = self._span(number, held)
        if len(self.problems) > before or offer is None or amount is None:
            return
        choices = tuple((key, held[key]) for key in self.options)
        row = Row(choices, offer, held["currency"], amount)
        place = (choices, offer.mode, offer.period, offer.meter, held["currency"])
        self.prices.setdefault(place, []).append((number, first, last, row))

    def _offer(self, number: int, held: Mapping[str, str]) -> Offer | None:
        modes = {"period", "one_time", "pay_per_use", "package", "exhaustible"}
        if held["mode"] not in modes:
            self.wrong(number, "mode", "CSV_VALUE", held["mode"], ", ".join(sorted(modes)))
        periods = {"month", "year"} if held["mode"] == "period" else {""}
        if held["period"] not in periods:
            self.wrong(number, "period", "CSV_VALUE", held["period"], ", ".join(sorted(periods)) or "–")
        model = held["model"] or "simple"
        if model not in {"simple", "linear", "tiered", "volume"}:
            self.wrong(number, "model", "CSV_VALUE", model, "simple, linear, tiered, volume")
        if held["quantity"] and held["quantity"] not in self.quantities:
            self.wrong(number, "quantity", "CSV_VALUE", held["quantity"], ", ".join(sorted(self.quantities)) or "–")
        terms = self._terms(number, held["terms"])
        included = self._whole(number, "included", held["included"], 0)
        if terms is None or included is None:
            return None
        return Offer(held["mode"], held["period"], terms, held["meter"], included, model, held["quantity"])

    def _terms(self, number: int, text: str) -> tuple[int, ...] | None:
        parts = [part.strip() for part in text.split("|") if part.strip()]
        if not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
            self.wrong(number, "terms", "CSV_TERMS", text)
            return None
        return tuple(int(part) for part in parts)

    def _whole(self, number: int, column: str, text: str, empty: int) -> int | None:
        if not text:
            return empty
        if not (text.isascii() and text.isdigit() and len(text) < 11):
            self.wrong(number, column, "CSV_NUMBER", text)
            return None
        return int(text)

    def _amount(self, number: int, held: Mapping[str, str]) -> Decimal | None:
        amount = _decimal(held["price"])
        if amount is None or not 0 <= amount <= _HIGHEST:
            self.wrong(number, "price", "CSV_PRICE", held["price"])
            return None
        if not is_currency(held["currency"]):
            self.wrong(number, "currency", "CSV_CURRENCY", held["currency"])
            return None
        return amount

    def _span(self, number: int, held: Mapping[str, str]) -> tuple[int, int | None]:
        is_banded = (held["model"] or "simple") in {"tiered", "volume"}
        if not is_banded and (held["from"] or held["to"]):
            self.wrong(number, "from", "CSV_NO_BANDS", held["model"] or "simple")
        first = self._whole(number, "from", held["from"], 1)
        last = self._whole(number, "to", held["to"], 0)
        return first or 1, last or None

    def finish(self) -> list[Row]:
        """The prices, with bands put together; gaps, overlaps and doubled prices are problems (S-SKU-T2)."""
        rows: list[Row] = []
        for held in self.prices.values():
            number, _first, _last, row = held[0]
            if row.offer.model not in {"tiered", "volume"}:
                for other, *_rest in held[1:]:
                    self.wrong(other, "mode", "CSV_TWICE", str(number))
                rows.append(row)
                continue
            if len(held) > self.figures.tiers:
                self.wrong(held[self.figures.tiers][0], "from", "CSV_TOO_MANY_BANDS", str(self.figures.tiers))
            rows.append(replace(row, amount=None, bands=tuple(self._bands(held))))
        return rows

    def _bands(self, held: list[tuple[int, int, int | None, Row]]) -> Iterator[Band]:
        expected: int | None = 1
        for place, (number, first, last, row) in enumerate(held):
            if expected is None or first < expected:
                self.wrong(number, "from", "CSV_OVERLAP", str(first))
            elif first > expected:
                self.wrong(number, "from", "CSV_GAP", str(expected), str(first))
            if last is not None and last < first:
                self.wrong(number, "to", "CSV_BACKWARDS", str(first), str(last))
            if last is None and place < len(held) - 1:
                self.wrong(number, "to", "CSV_OPEN")
            expected = None if last is None else last + 1
            yield Band(last, row.amount or Decimal(0))


def _decimal(text: str) -> Decimal | None:
    if not text or not all(sign in "0123456789." for sign in text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
