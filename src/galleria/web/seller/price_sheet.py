"""Prices of a specification as a file, out and in: all rows or none, and every error with its line (S-SKU-002)."""

from __future__ import annotations

import csv
import io

from django.utils.translation import gettext as _

from galleria.web.seller.price_grid import Combination, Grid, Offer, Place, normal, number_of

MOST_ERRORS = 50
MOST_BYTES = 2 * 1024 * 1024


def column_code(offer: Offer, band: int) -> str:
    """The head of a column of amounts: `period:month`, `period:month 11-25`, `period:month 26+`."""
    if not offer.is_banded:
        return offer.code
    first, last = offer.bands[band]
    return f"{offer.code} {first}{f'-{last}' if last is not None else '+'}"


def sheet(grid: Grid) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of a file with all prices: a column for each choice, then one for each amount."""
    columns = list(grid.columns())
    heads = [key for key, _name, _options in grid.choices]
    heads += [column_code(offer, band) for _at, band, offer in columns]
    rows = [
        [*(option for _key, option in combination),
         *(grid.amounts.get((at, band, combination), "") for at, band, _offer in columns)]
        for combination in grid.combinations
    ]  # fmt: skip
    return heads, rows


def taken_in(grid: Grid, data: bytes) -> tuple[dict[Place, str], list[str]]:
    """The amounts of a file, and everything that is wrong with it. With an error nothing is to be changed.

    Columns may be left out and stand in any order; combinations that the file does not name stay as they are.
    """
    if len(data) > MOST_BYTES:
        return {}, [_("The file is larger than 2 MB.")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return {}, [_("The file is not written in UTF-8. Save it as CSV in UTF-8.")]
    rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    if not rows or not any(rows):
        return {}, [_("The file is empty.")]
    reader = _Reader(grid, [head.strip() for head in rows[0]])
    if not reader.errors:
        for number, row in enumerate(rows[1:], 2):
            if any(cell.strip() for cell in row):
                reader.row(number, [cell.strip().removeprefix("'") for cell in row])
    return ({} if reader.errors else reader.amounts), reader.errors[:MOST_ERRORS]


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max((",", ";", "\t"), key=head.count)


class _Reader:
    """Reads line by line and remembers every error."""

    def __init__(self, grid: Grid, heads: list[str]) -> None:
        self.grid, self.heads = grid, heads
        self.errors: list[str] = []
        self.amounts: dict[Place, str] = dict(grid.amounts)
        self.seen: dict[Combination, int] = {}
        self.columns = {column_code(offer, band): (at, band) for at, band, offer in grid.columns()}
        choices = [key for key, _name, _options in grid.choices]
        for head in heads:
            if head not in self.columns and head not in choices:
                known = ", ".join([*choices, *self.columns])
                self.errors.append(_("Line 1: the column “%(head)s” is not known. Known are: %(known)s.")
                                   % {"head": head[:60], "known": known})  # fmt: skip
        for key in choices:
            if key not in heads:
                self.errors.append(_("Line 1: the column “%(head)s” is missing.") % {"head": key})
        if len(set(heads)) < len(heads):
            self.errors.append(_("Line 1: a column stands there twice."))

    def row(self, number: int, cells: list[str]) -> None:
        if len(cells) != len(self.heads):
            self._wrong(number, _("has %(count)s cells instead of %(wanted)s")
                        % {"count": len(cells), "wanted": len(self.heads)})  # fmt: skip
            return
        given = dict(zip(self.heads, cells, strict=True))
        combination: Combination = ()
        for key, _name, options in self.grid.choices:
            if given[key] not in {option for option, _said in options}:
                self._wrong(number, _("“%(value)s” is not an option of %(column)s")
                            % {"value": given[key][:60], "column": key})  # fmt: skip
                return
            combination += ((key, given[key]),)
        if combination in self.seen:
            self._wrong(number, _("is the same combination as line %(line)s") % {"line": self.seen[combination]})
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
            self._wrong(number, _("“%(value)s” in column %(column)s is not a price")
                        % {"value": text[:40], "column": head})  # fmt: skip
            return
        metered = self.grid.offers[place[0]].mode == "pay_per_use"
        self.amounts[place] = format(value, "f") if metered else normal(format(value, "f"), self.grid.currency)

    def _wrong(self, number: int, text: str) -> None:
        self.errors.append(_("Line %(number)s %(what)s.") % {"number": number, "what": text})
