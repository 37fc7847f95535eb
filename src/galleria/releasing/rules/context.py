"""What rules have to know beside the document: figures of the operator, files, assets, the live product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MB = 1_048_576


@dataclass(frozen=True, slots=True)
class Figures:
    """The limits of the listing material and of prices; each is a setting of the operator (S-GEN-001)."""

    name_most: int = 64
    summary_least: int = 10
    summary_most: int = 200
    highlights_most: int = 5
    highlight_least: int = 10
    highlight_most: int = 100
    description_least: int = 400
    description_pictures: int = 5
    description_width_least: int = 900
    description_width_most: int = 1200
    description_height_least: int = 800
    media_most: int = 5
    media_width: int = 800
    media_height: int = 600
    picture_mb: int = 5
    logo_side: int = 120
    document_mb: int = 20
    tags_most: int = 5
    keywords_most: int = 10
    keyword_most: int = 20
    seo_title_most: int = 80
    seo_description_most: int = 200
    support_hours: int = 40
    support_days: int = 5
    support_hours_a_day: int = 8
    trial_least: int = 3
    trial_most: int = 180
    delivery_days_most: int = 365
    choices: int = 3
    quantities: int = 3
    options: int = 20
    skus: int = 500
    tiers: int = 10
    private_cloud_suffix: str = "(HCS Version)"
    brand_terms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # the operator's list; empty: any


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a stored file of the seller."""

    name: str
    media_type: str
    size: int
    width: int = 0
    height: int = 0
    is_public: bool = False

    @property
    def suffix(self) -> str:
        """The end of its name, in small letters."""
        return self.name.rpartition(".")[2].lower() if "." in self.name else ""


@dataclass(frozen=True, slots=True)
class JointFacts:
    """A joint operations certificate: whose, of what, at which list price by specification (S-JOP-T2, S-JOP-003)."""

    certificate: str
    seller: str
    product_name: str
    delivery: str
    specifications: frozenset[str] = frozenset()
    is_valid: bool = True
    prices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """Facts about the surroundings of a release. What is None is not known here and not judged.

    live: the document of the product as it is sold, None for a new one
    files: those that the document names and the seller owns
    certified: countries in which the seller may sell; None: everywhere
    assets: version of an asset to (kind, state)
    unproven: activities of the interface without a proven case
    busy: keys of specifications with active orders, to the billing modes that they were sold in
    removed: keys of removed specifications; removed_skus: their combinations per specification
    """

    figures: Figures = Figures()
    live: Mapping[str, Any] | None = None
    files: Mapping[str, FileFacts] | None = None
    categories: frozenset[str] | None = None
    slugs_taken: frozenset[str] = frozenset()
    seller_name: str = ""
    sells_hardware: bool = False
    is_certified: bool = True
    certified: frozenset[str] | None = None
    banned_until: datetime | None = None
    has_logo: bool = False
    assets: Mapping[str, tuple[str, str]] | None = None
    addresses: frozenset[str] | None = None
    unproven: tuple[str, ...] = ()
    busy: Mapping[str, frozenset[str]] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    removed_skus: Mapping[str, frozenset[tuple[tuple[str, str], ...]]] = field(default_factory=dict)
    joint: Mapping[str, JointFacts] = field(default_factory=dict)
    licences: frozenset[str] = frozenset()

    @property
    def is_change(self) -> bool:
        """Whether a product is changed that is released already."""
        return self.live is not None
