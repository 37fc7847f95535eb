"""From checked entries back to plain data: the shortest document that says the same.

`document(product)` gives one form for all that mean the same, so that two documents can be compared: what is a default
is left out, prices of many SKUs are written once with `only`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel

from galleria.kit.money import E10, exponent
from galleria.publishing.catalogue_file import checks, schema
from galleria.publishing.catalogue_file.values import Amount, Features, Lines, Text

NOT_IN_DOCUMENTS: Final = frozenset({
    "seller", "logo", "scanned_on", "published_on", "changed_on", "figures", "reviews", "questions",
})  # fmt: skip
"""What only a catalogue file says of a product: who sells it, its history, what buyers said."""

Plain = dict[str, Any]
_MODES: Final = ("period", "one_time", "pay_per_use", "package", "exhaustible")


def document(product: schema.Product) -> Plain:
    """The product as a release's document."""
    found = _fields(product, skip=NOT_IN_DOCUMENTS)
    if product.supervised == (product.delivery in checks.ALWAYS_SUPERVISED):
        found.pop("supervised", None)
    if product.unsubscription == checks.unsubscription_rule(product.model_copy(update={"unsubscription": None})):
        found.pop("unsubscription", None)
    if product.purchase_limit and not found.get("purchase_limit"):
        found.pop("purchase_limit", None)
    if product.regions:
        found["regions"] = sorted(product.regions)
    found["specifications"] = [specification(each) for each in product.specifications]
    return found


def specification(source: schema.Specification) -> Plain:
    """A specification with its prices in the shortest form."""
    found = _fields(source, skip=frozenset({"prices"}))
    rows = [(choices, price_fields(price)) for price in source.prices for choices in checks.choices_for(price, source)]
    options = {each.key: [option.key for option in each.options] for each in source.attributes if each.kind == "choice"}
    prices = grouped(rows, options)
    if prices:
        found["prices"] = prices
    return found


def price_fields(price: schema.PriceEntry) -> Plain:
    """A price without what it is for."""
    return _fields(price, skip=frozenset({"only"}))


def grouped(rows: Iterable[tuple[Mapping[str, str], Plain]], options: Mapping[str, list[str]]) -> list[Plain]:
    """Prices of single combinations, written once where they are the same; ordered by combination, then by mode.

    `options`: the choice attributes with their options, in order.
    """
    places = {key: {option: place for place, option in enumerate(known)} for key, known in options.items()}
    same: dict[str, tuple[Plain, dict[tuple[int, ...], Mapping[str, str]]]] = {}
    for choices, fields in rows:
        place = tuple(places[key][choices[key]] for key in options)
        same.setdefault(repr(sorted(fields.items())), (fields, {}))[1][place] = choices
    entries: list[tuple[tuple[Any, ...], Plain]] = []
    for fields, held in same.values():
        mode = (_MODES.index(fields["mode"]), fields.get("period", ""), fields.get("meter", ""), str(fields))
        for place, only in _boxes(sorted(held), options):
            entries.append(((place, *mode), {**fields, **({"only": only} if only else {})}))
    entries.sort(key=lambda entry: entry[0])
    return [entry for _order, entry in entries]


def _boxes(held: list[tuple[int, ...]], options: Mapping[str, list[str]]) -> list[tuple[tuple[int, ...], Plain]]:
    """These combinations as one `only` where they are every combination of some options, else one for each."""
    columns = [sorted({place[at] for place in held}) for at in range(len(options))]
    size = 1
    for column in columns:
        size *= len(column)
    if size == len(held):
        return [(held[0], _only(columns, options))]
    return [(place, _only([[at] for at in place], options)) for place in held]


def _only(columns: list[list[int]], options: Mapping[str, list[str]]) -> Plain:
    only: Plain = {}
    for (key, known), column in zip(options.items(), columns, strict=True):
        if len(column) < len(known):
            names = [known[at] for at in column]
            only[key] = names[0] if len(names) == 1 else names
    return only


def fields_of(source: schema.Product, names: Iterable[str]) -> Plain:
    """Some fields of a product, without those that say nothing."""
    return {name: value for name in names if (value := value_of(getattr(source, name))) not in (None, [], {}, False)}


def value_of(value: Any) -> Any:
    """One value as JSON and YAML have it."""
    match value:
        case Amount():
            return price_text(value.e10, value.currency)
        case Text() | Lines() | Features():
            return text_of(value.en, value.zh)
        case BaseModel():
            return _fields(value)
        case list() | tuple():
            return [value_of(item) for item in value]
        case dict():
            return {key: value_of(item) for key, item in value.items()}
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
    return value


_FILLED_UP: Final = (schema.Option, schema.Case, schema.ExtraParameter)
"""What is stored with the English where a translation is missing: one that repeats the English says nothing there."""


def text_of(english: Any, chinese: Any, *, is_filled_up: bool = False) -> Any:
    """A translated value: the English alone where there is no other."""
    if not chinese or (is_filled_up and chinese == english):
        # A table of features called `en` would be taken for a translated one.
        return {"en": english} if isinstance(english, dict) and "en" in english else english
    return {"en": english, "zh": chinese}


def price_text(e10: int, currency: str) -> str:
    """A price as people write it: `9.00 EUR`, with more decimals where it has more."""
    whole, rest = divmod(e10, E10)
    decimals = f"{rest:010d}".rstrip("0").ljust(exponent(currency), "0")
    return f"{whole}.{decimals} {currency}" if decimals else f"{whole} {currency}"


def _fields(source: BaseModel, skip: frozenset[str] = frozenset()) -> Plain:
    found: Plain = {}
    for name, info in type(source).model_fields.items():
        value = getattr(source, name)
        if name in skip or (not info.is_required() and value == info.get_default(call_default_factory=True)):
            continue
        plain = value_of(value)
        if isinstance(value, Text) and isinstance(source, _FILLED_UP):
            plain = text_of(value.en, value.zh, is_filled_up=True)
        if plain is not None and (plain not in ([], {}, "") or info.is_required()):
            found[name] = plain
    return found
