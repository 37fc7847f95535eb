"""What the catalogue tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProductHidden:
    product_id: str


@dataclass(frozen=True)
class ProductShown:
    product_id: str


@dataclass(frozen=True)
class ProductRemoved:
    """No longer sold; who has it keeps it (B-CAT-006)."""

    product_id: str


@dataclass(frozen=True)
class ProductSuspended:
    """Taken down by the operator, for the reason that the seller is told."""

    product_id: str
    reason: str


@dataclass(frozen=True)
class SuspensionLifted:
    product_id: str


@dataclass(frozen=True)
class SoldOut:
    """The last piece of a specification was ordered (S-CFG-004)."""

    product_id: str
    specification_id: str


@dataclass(frozen=True)
class RequirementSubmitted:
    """A buyer looked for something that is not there."""

    requirement_pk: int
    title: str
