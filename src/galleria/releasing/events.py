"""What releasing tells the packages above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReleaseApproved:
    """A product was created or changed and is on the shelf."""

    release_id: str
    product_id: str
    is_new: bool


@dataclass(frozen=True)
class SalesEnded:
    """A product, a specification or a SKU is no longer sold; who holds it keeps it to the end (S-PRD-007)."""

    product_id: str
    scope: str
    specification_id: str
    sku_code: str


@dataclass(frozen=True)
class ProblemNoticed:
    """The operator found a problem; the seller has until `due_at` to answer."""

    notice_id: str
    product_id: str


@dataclass(frozen=True)
class ProblemAnswered:
    """The seller answered a problem notice."""

    notice_id: str


@dataclass(frozen=True)
class JointCertificateEnding:
    """A joint operations certificate ends within sixty days."""

    certificate_id: str


@dataclass(frozen=True)
class JointCertificateMoved:
    """A request was sent in, passed a review, was refused; a certificate was given, taken back, or is over."""

    certificate_id: str
    state: str
    reason: str = ""
