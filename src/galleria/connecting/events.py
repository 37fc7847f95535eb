"""What connecting tells the packages above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DomainLost:
    """A domain was the seller's and is not any more; `origin` is scheme and host."""

    domain_id: str
    seller_id: str
    origin: str
    problem: str


@dataclass(frozen=True)
class DialTestFailed:
    """The saved cases of an address were repeated and some failed (A-DIA-002). `day` is ISO, `run` morning or
    afternoon; `products` are their names, `problems` one sentence for each failed case."""

    seller_id: str
    address_id: str
    url: str
    day: str
    run: str
    products: list[str]
    problems: list[str]


@dataclass(frozen=True)
class DialTestsSuspendedProduct:
    """Five failed days in a row: trading is frozen and the product hidden (A-DIA-003)."""

    seller_id: str
    product_id: str
    product: str
    days: int


@dataclass(frozen=True)
class ProductProposedForRemoval:
    """The operator should decide about this product; `reason` is failed_orders or dial_tests."""

    candidate_id: str
    seller_id: str
    product_id: str
    product: str
    reason: str
    count: int
