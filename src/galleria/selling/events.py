"""What selling tells the packages above. Ids are public ids; times are ISO 8601 with their offset."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SellerRegistered:
    """An account became a seller (S-REG-004)."""

    seller_id: str


@dataclass(frozen=True)
class SellerChanged:
    """What product pages show of a seller is another now: name, contact, tickets, trade restriction, state."""

    seller_id: str


@dataclass(frozen=True)
class ContactCodeWanted:
    """A code is to be sent to an address that an applicant gave; the text is encrypted."""

    sealed: str


@dataclass(frozen=True)
class RecipientAdded:
    """A link is to be sent to a new recipient of a seller's messages."""

    recipient_id: str
    sealed_token: str


@dataclass(frozen=True)
class CertificationDecided:
    """Tax and bank data were certified, returned or locked: `outcome` is certified, returned, locked, unlocked."""

    certification_id: str
    outcome: str


@dataclass(frozen=True)
class SanctionImposed:
    """A sanction is in force. `products` are public ids, empty for all of the seller; `until` empty for no end."""

    seller_id: str
    violation_id: str
    kind: str
    products: tuple[str, ...]
    until: str


@dataclass(frozen=True)
class SanctionLifted:
    """It ended before its time."""

    seller_id: str
    violation_id: str
    kind: str
    products: tuple[str, ...]


@dataclass(frozen=True)
class ViolationDecided:
    """The seller is to be told: `news` is decided, confirmed or revoked."""

    violation_id: str
    news: str


@dataclass(frozen=True)
class TestCouponGranted:
    """A coupon is to be made for the seller's account."""

    __test__ = False  # no test, whatever its name

    request_id: str
    account_id: str
    name: str
    product_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class SellerExited:
    """The seller left; `is_back` when the operator let it in again."""

    seller_id: str
    is_back: bool = False
