"""What assets tells the packages above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AssetApproved:
    """A version can be used by specifications from now on. `by_hand`: a person entered the result."""

    version_id: str
    account_id: str
    scan_id: str
    by_hand: bool


@dataclass(frozen=True)
class ScanBroken:
    """A scan ended without a result for a reason of ours; the version can be submitted again."""

    version_id: str
    account_id: str
    scan_id: str
    reason: str


@dataclass(frozen=True)
class AssetRejected:
    """The scan of a version found too much; the report says what."""

    version_id: str
    account_id: str
    scan_id: str
    by_hand: bool
    reason: str
