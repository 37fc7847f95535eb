"""Prices, trials, regions, and who may release at all (S-SKU-002, S-TRI-001, S-CFG-002)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from galleria.releasing.rules.context import Context
from galleria.releasing.rules.found import Wrong, english, items, word


def findings(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    """Everything about selling that is wrong or doubtful."""
    if context.banned_until is not None:
        yield Wrong("", "BANNED", {"until": context.banned_until})
    if not context.is_certified:
        yield Wrong("", "NOT_CERTIFIED")
    yield from _specifications(document)
    yield from _prices(document, context)
    yield from _trial(document, context)
    yield from _regions(document, context)


def _specifications(document: dict[str, Any]) -> Iterator[Wrong]:
    specifications = items(document, "specifications")
    if not specifications:
        yield Wrong("specifications", "MISSING")
    names: dict[str, int] = {}
    for place, specification in enumerate(specifications):
        name = english(specification.get("name")).casefold()
        if name and name in names:
            yield Wrong(f"specifications.{place}.name", "SAME_NAME", {"name": english(specification.get("name"))})
        names.setdefault(name, place)


def amounts_of(price: dict[str, Any]) -> list[tuple[str, str]]:
    """Path and text of every amount of a price."""
    found = [("price", word(price.get("price")))] if price.get("price") is not None else []
    return found + [(f"tiers.{at}.price", word(tier.get("price"))) for at, tier in enumerate(items(price, "tiers"))]


def _prices(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    currencies: dict[str, str] = {}
    may_be_free = bool((document.get("image") or {}).get("free")) if isinstance(document.get("image"), dict) else False
    was_free = _free_before(context)
    for place, specification in enumerate(items(document, "specifications")):
        for number, price in enumerate(items(specification, "prices")):
            path = f"specifications.{place}.prices.{number}"
            for inside, text in amounts_of(price):
                amount, _space, currency = text.partition(" ")
                currencies.setdefault(currency, f"{path}.{inside}")
                decimals = amount.partition(".")[2]
                if len(decimals.rstrip("0")) > 2 and price.get("mode") not in {"pay_per_use"}:
                    yield Wrong(f"{path}.{inside}", "TWO_DECIMALS")
                is_zero = bool(amount) and not amount.strip("0.")
                key = (word(specification.get("key")), price.get("mode"), price.get("period"))
                if is_zero and not may_be_free and key not in was_free:
                    yield Wrong(f"{path}.{inside}", "PRICE_ZERO")
    yield from _packages(document, context)
    currencies.pop("", None)
    if len(currencies) > 1:
        path = list(currencies.values())[1]
        yield Wrong(path, "ONE_CURRENCY", {"currencies": ", ".join(currencies)})


def _packages(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    """A usage package takes from what is charged by use, so that has to be sold beside it (S-BLM-001)."""
    live = {word(each.get("key")): each for each in items(context.live or {}, "specifications")}
    for place, specification in enumerate(items(document, "specifications")):
        prices = items(specification, "prices")
        metered = {price.get("meter") for price in prices if price.get("mode") == "pay_per_use"}
        had = [price.get("meter") for price in items(live.get(word(specification.get("key")), {}), "prices")
               if price.get("mode") == "package"]  # fmt: skip
        for number, price in enumerate(prices):
            if price.get("mode") == "package" and price.get("meter") not in {*metered, *had}:
                values = {"meter": price.get("meter")}
                yield Wrong(f"specifications.{place}.prices.{number}.meter", "PACKAGE_NEEDS_USE", values)


def _free_before(context: Context) -> set[tuple[Any, ...]]:
    found = set()
    for specification in items(context.live or {}, "specifications"):
        for price in items(specification, "prices"):
            if any(not text.partition(" ")[0].strip("0.") for _path, text in amounts_of(price)):
                found.add((word(specification.get("key")), price.get("mode"), price.get("period")))
    return found


def _trial(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    days = document.get("trial_days")
    if not days:
        return
    figures = context.figures
    if not isinstance(days, int) or not figures.trial_least <= days <= figures.trial_most:
        yield Wrong("trial_days", "TRIAL_DAYS", {"least": figures.trial_least, "most": figures.trial_most})
    if document.get("delivery") != "saas":
        yield Wrong("trial_days", "TRIAL_ONLY_SAAS")
    modes = {word(price.get("mode")) for each in items(document, "specifications") for price in items(each, "prices")}
    if modes and "period" not in modes:
        yield Wrong("trial_days", "TRIAL_NEEDS_PERIOD")
    if document.get("sales_model") == "joint":
        yield Wrong("trial_days", "TRIAL_JOINT", level="warning")


def _regions(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    regions = document.get("regions")
    if context.certified is None or not isinstance(regions, list):
        return
    missing = sorted({str(country) for country in regions} - context.certified)
    if missing:
        yield Wrong("regions", "REGION_NOT_CERTIFIED", {"countries": ", ".join(missing)})
