"""What pricing tells the packages above. Ids are public ids."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OfferEffective:
    """An offer is in force, or will be from its start on; the named accounts are told."""

    offer_id: str


@dataclass(frozen=True)
class OfferInvalidated:
    """An offer ended before its time."""

    offer_id: str


@dataclass(frozen=True)
class CouponGiven:
    """A seller or the operator gave a coupon to an account."""

    coupon_id: str
