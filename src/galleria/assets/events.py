"""What assets tells the packages above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AssetApproved:
    """A version can be used by specifications from now on."""

    version_id: str
    account_id: str


@dataclass(frozen=True)
class AssetRejected:
    """The scan of a version found too much; the report says what."""

    version_id: str
    account_id: str
    reason: str
