"""Prices of a specification as a file: a row for each combination, a column for each amount; all of it or nothing.

    edition,users,period:month,period:year
    basic,…,9.00,90.00

What is sold in which way (terms, price model, bands, what is counted) stands in the document; the file has the amounts.
A column is named `period:month`, one of a band `period:month 11-25` or `period:month 26+`. An empty amount: not sold.
Page, API and program use this one form (S-SKU-002).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import Final

from galleria.releasing.rules.price_grid import MOST_ROWS, Combination, Grid, Offer, Place, normal, number_of

MOST_PROBLEMS: Final = 200
MOST_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True, order=True)
class CsvProblem:
    """One thing that is wrong in a price file. `row` counts from 1, the heads; `column` is its head."""

    row: int
    column: str
    code: str
    values: tuple[str, ...] = ()


def _code(offer: Offer, band: int) -> str:
    if not offer.is_banded:
        return offer.code
    first, last = offer.bands[band]
    return f"{offer.code} {first}{f'-{last}' if last is not None else '+'}"


def heads_of(grid: Grid) -> dict[str, tuple[int, int]]:
    """The heads of the columns of amounts, each for an offer and a band.

    Two offers that differ only in their terms are told apart by them: `period:month (1|3)`.
    """
    columns = [(at, band, offer, _code(offer, band)) for at, band, offer in grid.columns()]
    often = Counter(code for _at, _band, _offer, code in columns)
    found: dict[str, tuple[int, int]] = {}
    for at, band, offer, code in columns:
        head = f"{code} ({'|'.join(map(str, offer.terms))})" if often[code] > 1 and offer.terms else code
        number = 2
        while head in found:
            head, number = f"{code} #{number}", number + 1
        found[head] = (at, band)
    return found


def sheet(grid: Grid) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the file of a table."""
    columns = heads_of(grid)
    heads = [*(key for key, _name, _options in grid.choices), *columns]
    rows = [
        [
            *(option for _key, option in combination),
            *(grid.amounts.get((at, band, combination), "") for at, band in columns.values()),
        ]
        for combination in grid.combinations
    ]
    return heads, rows


def taken_in(grid: Grid, text: str) -> tuple[dict[Place, str], list[CsvProblem]]:
    """The amounts of a file, and everything that is wrong with it. With a problem nothing is to be changed.

    Columns may be left out and stand in any order; combinations that the file does not name stay as they are.
    """
    text = text.removeprefix("\ufeff")
    if len(text.encode()) > MOST_BYTES:
        return {}, [CsvProblem(1, "", "CSV_TOO_LARGE")]
    rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    if not rows or not any(any(cell.strip() for cell in row) for row in rows):
        return {}, [CsvProblem(1, "", "CSV_EMPTY")]
    if len(grid.combinations) >= MOST_ROWS and len(rows) - 1 > MOST_ROWS:
        return {}, [CsvProblem(1, "", "CSV_TOO_LONG", (str(MOST_ROWS),))]
    reading = _Reading(grid, [head.strip() for head in rows[0]])
    if not reading.problems:
        for number, row in enumerate(rows[1:], 2):
            if any(cell.strip() for cell in row):
                reading.row(number, [cell.strip().removeprefix("'") for cell in row])
    problems = sorted(set(reading.problems))[:MOST_PROBLEMS]
    return ({} if problems else reading.amounts), problems


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max((",", ";", "\t"), key=head.count)


class _Reading:
    """Reads row by row and remembers every problem."""

    def __init__(self, grid: Grid, heads: list[str]) -> None:
        self.grid, self.heads = grid, heads
        self.problems: list[CsvProblem] = []
        self.amounts: dict[Place, str] = dict(grid.amounts)
        self.seen: dict[Combination, int] = {}
        self.columns = heads_of(grid)
        choices = [key for key, _name, _options in grid.choices]
        known = [*choices, *self.columns]
        for head in heads:
            if head not in known:
                self.wrong(1, head[:60], "CSV_COLUMN", head[:60], ", ".join(known))
        for key in choices:
            if key not in heads:
                self.wrong(1, key, "CSV_COLUMN_MISSING", key)
        for head, count in Counter(heads).items():
            if count > 1:
                self.wrong(1, head[:60], "CSV_COLUMN_TWICE", head[:60])

    def wrong(self, row: int, column: str, code: str, *values: str) -> None:
        self.problems.append(CsvProblem(row, column, code, values))

    def row(self, number: int, cells: list[str]) -> None:
        if len(cells) != len(self.heads):
            self.wrong(number, "", "CSV_CELLS", str(len(cells)), str(len(self.heads)))
            return
        given = dict(zip(self.heads, cells, strict=True))
        combination: Combination = ()
        before = len(self.problems)
        for key, _name, options in self.grid.choices:
            known = [option for option, _said in options]
            if given[key] not in known:
                self.wrong(number, key, "CSV_VALUE", given[key][:60], ", ".join(known[:20]))
            combination += ((key, given[key]),)
        if len(self.problems) > before:
            return
        if combination in self.seen:
            self.wrong(number, "", "CSV_TWICE", str(self.seen[combination]))
            return
        self.seen[combination] = number
        for head, place in self.columns.items():
            if head in given:
                self._amount(number, head, (*place, combination), given[head])

    def _amount(self, number: int, head: str, place: Place, text: str) -> None:
        if not text:
            self.amounts[place] = ""
            return
        value = number_of(text.removesuffix(self.grid.currency).strip())
        if value is None:
            self.wrong(number, head, "CSV_PRICE", text[:40])
            return
        plain = format(value, "f")
        is_metered = self.grid.offers[place[0]].mode == "pay_per_use"
        self.amounts[place] = plain if is_metered else normal(plain, self.grid.currency)
