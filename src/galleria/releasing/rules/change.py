"""What a change of a released product may not touch (S-PRD-004)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from galleria.releasing.rules.context import Context
from galleria.releasing.rules.found import Wrong, items, part, word
from galleria.releasing.rules.papers import is_supervised

_FIXED: Final = ("delivery", "slug", "sales_model")


def findings(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    """Fixed fields, specifications that are gone or may not change; nothing for a new product."""
    if context.live is None:
        return
    live = dict(context.live)
    for name in _FIXED:
        given, before = document.get(name), live.get(name)
        if given is not None and before is not None and given != before:
            yield Wrong(name, "FIXED", {"before": before})
    if is_supervised(document) != is_supervised(live):
        yield Wrong("supervised", "SUPERVISION_FIXED")
    before = word(part(live, "interface").get("credential"))
    if before and word(part(document, "interface").get("credential")) != before:
        yield Wrong("interface.credential", "FIXED", {"before": before})
    if part(live, "image").get("free") and not part(document, "image").get("free"):
        yield Wrong("image.free", "FREE_IMAGE_FIXED")
    yield from _specifications(document, live, context)


def _specifications(document: dict[str, Any], live: dict[str, Any], context: Context) -> Iterator[Wrong]:
    now = {word(each.get("key")): (place, each) for place, each in enumerate(items(document, "specifications"))}
    before = {word(each.get("key")): each for each in items(live, "specifications")}
    is_over = bool(before) and set(before) <= context.removed
    for key, (place, specification) in now.items():
        path = f"specifications.{place}"
        if is_over and before.get(key) != specification:
            yield Wrong(path, "ALL_REMOVED")
        elif key in context.removed and specification.get("state") != "removed":
            yield Wrong(f"{path}.state", "REMOVED_STAYS_REMOVED")
        elif key in before and specification.get("state") == "removed" and key not in context.removed:
            yield Wrong(f"{path}.state", "REMOVE_BY_REQUEST")
        yield from _gone_prices(path, specification, before.get(key), context.busy.get(key, frozenset()))
        yield from _removed_skus(path, specification, context.removed_skus.get(key, frozenset()))
    for key in before:
        if key not in now:
            yield Wrong("specifications", "SPECIFICATION_DELETED", {"key": key})


def _gone_prices(
    path: str, specification: dict[str, Any], before: Mapping[str, Any] | None, busy: frozenset[str]
) -> Iterator[Wrong]:
    """Billing modes with active orders and released packages stay."""
    modes = {word(price.get("mode")) for price in items(specification, "prices")}
    for mode in sorted(busy - modes):
        yield Wrong(f"{path}.prices", "MODE_IN_USE", {"mode": mode})
    packages = {"package", "exhaustible"}
    kept = {(price.get("mode"), price.get("meter"), price.get("included")) for price in items(specification, "prices")}
    for price in items(before or {}, "prices"):
        package = (price.get("mode"), price.get("meter"), price.get("included"))
        if price.get("mode") in packages and package not in kept:
            yield Wrong(f"{path}.prices", "PACKAGE_DELETED", {"meter": price.get("meter")})


def _removed_skus(
    path: str, specification: dict[str, Any], removed: frozenset[tuple[tuple[str, str], ...]]
) -> Iterator[Wrong]:
    for number, price in enumerate(items(specification, "prices")):
        only = price.get("only")
        only = only if isinstance(only, dict) else {}
        for combination in removed:
            if all(_allows(only.get(key), value) for key, value in combination):
                yield Wrong(f"{path}.prices.{number}", "SKU_REMOVED", {
                    "combination": ", ".join(value for _key, value in combination)
                })  # fmt: skip
                break


def _allows(wanted: Any, value: str) -> bool:
    return wanted is None or value == wanted or (isinstance(wanted, list) and value in wanted)
