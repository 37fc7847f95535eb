"""The SKU builder on a draft: generate, fill, CSV, and what a buyer pays and the seller gets (S-SKU-002, S5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from galleria.releasing.rules import skus
from galleria.releasing.rules.found import english, items, word
from galleria.releasing.services import drafts
from galleria.selling import selectors as selling

CSV_SENTENCES: dict[str, Text] = {
    "CSV_HEADER": _("The first row has to be: %(0)s."),
    "CSV_TOO_LONG": _("The file has %(0)s rows, which is too many."),
    "CSV_CELLS": _("This row has %(0)s cells; it needs %(1)s."),
    "CSV_VALUE": _("“%(0)s” is not possible here; use one of %(1)s."),
    "CSV_TERMS": _("Write terms like 1|3|12."),
    "CSV_NUMBER": _("“%(0)s” is not a whole number."),
    "CSV_PRICE": _("“%(0)s” is not a price; write it like 9.00."),
    "CSV_CURRENCY": _("“%(0)s” is not a currency."),
    "CSV_NO_BANDS": _("A %(0)s price has no bands; leave from and to empty."),
    "CSV_TWICE": _("This is a second price for what row %(0)s prices."),
    "CSV_TOO_MANY_BANDS": _("A price has at most %(0)s bands."),
    "CSV_OVERLAP": _("The band from %(0)s overlaps the one before it."),
    "CSV_GAP": _("Quantities from %(0)s to below %(1)s have no price."),
    "CSV_BACKWARDS": _("The band from %(0)s to %(1)s ends before it begins."),
    "CSV_OPEN": _("Only the last band has no end."),
}


@dataclass(frozen=True, slots=True)
class CsvProblem:
    """One thing that is wrong in a price file, in words. Rows count from 1, the header."""

    row: int
    column: str
    message: str


class CsvRefused(Invalid):
    """The file has problems and nothing was taken from it. `problems`: each with row and column."""

    code = "PRICES_REFUSED"

    def __init__(self, found: Sequence[skus.CsvProblem]) -> None:
        self.problems = [CsvProblem(each.row, each.column, _words(each)) for each in found]
        lines = [f"{each.row}, {each.column}: {each.message}" for each in self.problems]
        super().__init__(
            _("The price file has %(count)s problems; nothing was changed.") % {"count": len(lines)},
            fields={"file": "\n".join(lines[:50])},
            extra={"problems": [[each.row, each.column, each.message] for each in self.problems]},
        )


def _words(problem: skus.CsvProblem) -> str:
    return str(CSV_SENTENCES[problem.code]) % {str(at): value for at, value in enumerate(problem.values)}


def specification_in(release: Release, key: str) -> tuple[int, dict[str, Any]]:
    """Place and document of a specification of a draft. Raises NotFound."""
    for place, each in enumerate(items(release.document, "specifications")):
        if word(each.get("key")) == key:
            return place, each
    raise NotFound


def skus_csv(actor: Actor, *, release_id: str, specification: str) -> str:
    """The prices of a specification as a CSV text that spreadsheets open."""
    _place, found = specification_in(selectors.release_of(actor, release_id), specification)
    return b"".join(csvout.stream(skus.csv_header(found), skus.csv_rows(found), bom=True)).decode()


@transaction.atomic
def read_skus_csv(
    actor: Actor, *, release_id: str, specification: str, text: str, version: int, at: datetime
) -> Release:
    """Take all prices of a specification from a CSV text, or none. Raises CsvRefused with every problem."""
    release = selectors.release_of(actor, release_id)
    _place, found = specification_in(release, specification)
    new, problems = skus.from_csv(found, text, figures_at(at))
    if problems:
        raise CsvRefused(problems)
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
