"""When one SKU can be upgraded to another (S-UPG-001); what it costs is in `changes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """A SKU as an upgrade rule sees it. `prices`: (period type, currency) to the price of one unit × 10**10."""

    code: str
    specification: str
    is_sold: bool
    prices: Mapping[tuple[str, str], int]


def why_not(source: SkuFacts, target: SkuFacts) -> str:
    """Why a rule does not hold: same, specification, removed, mode, price; empty when it holds."""
    if source.code == target.code:
        return "same"
    if source.specification != target.specification:
        return "specification"
    if not source.is_sold or not target.is_sold:
        return "removed"
    common = source.prices.keys() & target.prices.keys()
    if not source.prices or not target.prices or not common:
        return "mode"
    if any(target.prices[key] <= source.prices[key] for key in common):
        return "price"
    return ""


REASONS: Final = ("same", "specification", "removed", "mode", "price")
