"""The SKU builder on a draft: generate, fill, CSV, and what a buyer pays and the seller gets (S-SKU-002, S5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.kit import csvout
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused, Text
from galleria.kit.money import Money
from galleria.pricing import selectors as pricing
from galleria.pricing.rules import models as price_models
from galleria.pricing.rules import quote as quote_rules
from galleria.pricing.rules.discounts import LineInput
from galleria.releasing import selectors
from galleria.releasing.figures import figures_at
from galleria.releasing.models import Release
from galleria.releasing.rules import price_grid, price_sheet, skus
from galleria.releasing.rules.found import english, items, word
from galleria.releasing.services import drafts
from galleria.selling import selectors as selling

CSV_SENTENCES: dict[str, Text] = {
    "CSV_TOO_LARGE": _("The file is larger than 2 MB."),
    "CSV_TOO_LONG": _("The file has more than %(0)s rows, which is too many."),
    "CSV_EMPTY": _("The file is empty."),
    "CSV_ENCODING": _("The file is not written in UTF-8. Save it as CSV in UTF-8."),
    "CSV_COLUMN": _("The column “%(0)s” is not known. Known are: %(1)s."),
    "CSV_COLUMN_MISSING": _("The column “%(0)s” is missing."),
    "CSV_COLUMN_TWICE": _("The column “%(0)s” stands there twice."),
    "CSV_CELLS": _("This row has %(0)s cells; it needs %(1)s."),
    "CSV_VALUE": _("“%(0)s” is not possible here; use one of %(1)s."),
    "CSV_TWICE": _("This is the same combination as row %(0)s."),
    "CSV_PRICE": _("“%(0)s” is not a price; write it like 9.00."),
}


@dataclass(frozen=True, slots=True)
class CsvProblem:
    """One thing that is wrong in a price file, in words. Rows count from 1, the header."""

    row: int
    column: str
    message: str

    @property
    def line(self) -> str:
        """With its place: "Row 3, edition: …"."""
        if self.column and self.row > 1:
            words = _("Row %(row)s, %(column)s: %(message)s")
            return str(words % {"row": self.row, "column": self.column, "message": self.message})
        return str(_("Row %(row)s: %(message)s") % {"row": self.row, "message": self.message})


class CsvRefused(Invalid):
    """The file has problems and nothing was taken from it. `problems`: each with row and column."""

    code = "PRICES_REFUSED"

    def __init__(self, found: Sequence[price_sheet.CsvProblem]) -> None:
        self.problems = [CsvProblem(each.row, each.column, _words(each)) for each in found]
        lines = [each.line for each in self.problems]
        super().__init__(
            _("The price file has %(count)s problems; nothing was changed.") % {"count": len(lines)},
            fields={"file": "\n".join(lines[:50])},
            extra={"problems": [[each.row, each.column, each.message] for each in self.problems]},
        )


def _words(problem: price_sheet.CsvProblem) -> str:
    return str(CSV_SENTENCES[problem.code]) % {str(at): value for at, value in enumerate(problem.values)}


def specification_in(release: Release, key: str) -> tuple[int, dict[str, Any]]:
    """Place and document of a specification of a draft. Raises NotFound."""
    for place, each in enumerate(items(release.document, "specifications")):
        if word(each.get("key")) == key:
            return place, each
    raise NotFound


def skus_csv(actor: Actor, *, release_id: str, specification: str) -> str:
    """The prices of a specification as a CSV text that spreadsheets open: a row a combination (`rules.price_sheet`)."""
    _place, found = specification_in(selectors.release_of(actor, release_id), specification)
    return sheet_text(price_grid.Grid.of(found, ""))


def sheet_text(grid: price_grid.Grid) -> str:
    """A table of prices as CSV."""
    heads, rows = price_sheet.sheet(grid)
    return b"".join(csvout.stream(heads, rows, bom=True)).decode()


def amounts_from(grid: price_grid.Grid, data: bytes | str) -> dict[price_grid.Place, str]:
    """The amounts of a price file for a table. Raises CsvRefused with every problem; then nothing is to be changed."""
    if isinstance(data, bytes):
        if len(data) > price_sheet.MOST_BYTES:
            raise CsvRefused([price_sheet.CsvProblem(1, "", "CSV_TOO_LARGE")])
        try:
            data = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CsvRefused([price_sheet.CsvProblem(1, "", "CSV_ENCODING")]) from None
    amounts, problems = price_sheet.taken_in(grid, data)
    if problems:
        raise CsvRefused(problems)
    return amounts


@transaction.atomic
def read_skus_csv(
    actor: Actor, *, release_id: str, specification: str, text: str, version: int, at: datetime
) -> Release:
    """Take the prices of a specification from a CSV text, all of them or none. Raises CsvRefused with every problem.

    Ways of paying, terms and bands are those of the draft; combinations and columns that the text leaves out stay.
    """
    release = selectors.release_of(actor, release_id)
    _place, found = specification_in(release, specification)
    grid = price_grid.Grid.of(found, "")
    new = {**found, "prices": replace(grid, amounts=amounts_from(grid, text)).prices()}
    return _keep(actor, release, specification, new, version, at)


@transaction.atomic
def generate_skus(
    actor: Actor, *, release_id: str, specification: str, offers: Sequence[skus.Offer], currency: str,
    amount: Decimal | None = None, version: int, at: datetime,
) -> Release:  # fmt: skip
    """Price every combination of a specification in every way of selling; known prices stay. Raises Invalid."""
    release = selectors.release_of(actor, release_id)
    _place, found = specification_in(release, specification)
    try:
        new = skus.generate(found, offers, currency=currency, amount=amount, figures=figures_at(at))
    except skus.TooManySkus as error:
        words = _("These attributes make %(count)s combinations; at most %(most)s are allowed.")
        raise Invalid(fields={"attributes": words % {"count": error.count, "most": error.most}}) from None
    return _keep(actor, release, specification, new, version, at)


@transaction.atomic
def fill_prices(
    actor: Actor, *, release_id: str, specification: str, where: skus.Where, amount: Decimal | None = None,
    percent: Decimal | None = None, version: int, at: datetime,
) -> Release:  # fmt: skip
    """Set many prices at once: to an amount, or to a percentage of what they are."""
    release = selectors.release_of(actor, release_id)
    _place, found = specification_in(release, specification)
    new = skus.fill(found, where, amount=amount, percent=percent)
    return _keep(actor, release, specification, new, version, at)


def _keep(
    actor: Actor, release: Release, specification: str, new: dict[str, Any], version: int, at: datetime
) -> Release:
    rows = [new if word(each.get("key")) == specification else each for each in release.document["specifications"]]
    document = {**release.document, "specifications": rows}
    return drafts.save(actor, release_id=release.public_id, document=document, version=version, at=at)


# ----- what it costs, what it brings -----


class NotPriced(Refused):
    """The draft does not sell this, or its price is not complete yet."""

    code = "NOT_PRICED"
    status = 422
    default_message = _("This combination has no price yet.")


@dataclass(frozen=True, slots=True)
class PricePreview:
    """What a buyer pays for a configuration of a draft, and what the seller gets of it after the fee.

    `quote` has the working, step by step. The fee is of the amount before tax, rounded half up.
    """

    quote: quote_rules.Quote
    fee_percent: Decimal
    fee: Money
    seller_gets: Money

    @property
    def buyer_pays(self) -> Money:
        return self.quote.due

    @property
    def net(self) -> Money:
        return self.quote.net

    @property
    def tax(self) -> Money:
        return self.quote.tax


def price_preview(
    actor: Actor, *, release_id: str, specification: str, choices: Mapping[str, str] | None = None, mode: str = "",
    term: int = 1, quantity: int = 1, country: str = "", at: datetime,
) -> PricePreview:  # fmt: skip
    """Work out a configuration of a draft as checkout would. `mode` like `period:month`; empty: the first price.

    Raises NotFound, NotPriced with what is missing.
    """
    release = selectors.release_of(actor, release_id)
    _place, found = specification_in(release, specification)
    row = _chosen(found, dict(choices or {}), mode)
    limits = _quantities(found, row.offer.quantity)
    try:
        model = price_models.model_of(
            row.offer.model, row.currency,
            unit_price_e10=int((row.amount or Decimal(0)) * 10**10),
            tiers=[{"up_to": band.up_to, "unit_price_e10": int(band.amount * 10**10)} for band in row.bands],
            quantities=limits,
        )  # fmt: skip
        units = quantity if row.offer.quantity else 1
        charge = price_models.charge(model, units, term if row.offer.mode == "period" else 1)
    except ValueError as error:
        raise NotPriced(_("This cannot be priced: %(why)s.") % {"why": str(error)}) from None
    line = LineInput(
        key="line", charge=charge, product_id="", specification_id=specification, sku_id="",
        seller_id=release.seller.public_id, region="", billing_mode=row.offer.mode, period_type=row.offer.period,
        is_curated=False, title=english(release.document.get("name")),
    )  # fmt: skip
    tax = pricing.tax_rate_e4(country or release.seller.country, at)
    priced = quote_rules.quote([line], at=at, tax_e4=tax)
    percent = selling.fee_percent(release.delivery)
    fee = priced.net.percent(percent)
    return PricePreview(priced, percent, fee, priced.net - fee)


def _chosen(specification: Mapping[str, Any], choices: dict[str, str], mode: str) -> skus.Row:
    options = skus.options_of(specification)
    wanted = {key: choices.get(key) or (values[0] if values else "") for key, values in options.items()}
    billing, _colon, detail = mode.partition(":")
    for row in skus.rows_of(specification):
        if dict(row.choices) != wanted:
            continue
        if not mode or (row.offer.mode == billing and detail in {"", row.offer.period, row.offer.meter}):
            return row
    raise NotPriced


def _quantities(specification: Mapping[str, Any], key: str) -> price_models.QuantityRange:
    if not key:
        return price_models.ANY
    for each in items(specification, "attributes"):
        if word(each.get("key")) == key:
            try:
                return price_models.QuantityRange(
                    int(each.get("minimum") or 1), int(each.get("maximum") or 1), int(each.get("step") or 1)
                )
            except ValueError as error:
                raise NotPriced(_("This cannot be priced: %(why)s.") % {"why": str(error)}) from None
    raise NotPriced
