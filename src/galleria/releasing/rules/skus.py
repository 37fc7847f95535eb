"""Building the SKUs of a specification: combinations of attributes, modes and terms, prices in bulk.

Everything works on the plain document of one specification and gives a new one; nothing is stored here (S-SKU-002).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import product as combinations
from math import prod
from typing import Any, Final

from galleria.kit.money import E10, exponent
from galleria.publishing.catalogue_file.plain import grouped, price_text
from galleria.releasing.rules.context import Figures
from galleria.releasing.rules.found import items, word

Plain = dict[str, Any]
DEFAULT: Final = Figures()


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


def _decimal(text: str) -> Decimal | None:
    if not text or not all(sign in "0123456789." for sign in text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
