"""What an import did, or why it did nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import ngettext

from galleria.kit.errors import Refused
from galleria.publishing.catalogue_file import Problem

Outcome = Literal["created", "updated", "unchanged"]


@dataclass(slots=True)
class Counts:
    """How many things of one kind were created, changed, or were right already."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def add(self, outcome: Outcome) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)


@dataclass(slots=True)
class ImportReport:
    """The result of an import: counts per kind, and the slugs of the products that changed."""

    is_dry_run: bool = False
    counts: dict[str, Counts] = field(default_factory=dict)
    changed_products: list[str] = field(default_factory=list)

    def of(self, kind: str) -> Counts:
        """The counts of `categories`, `sellers`, `agreements`, `products`, `popular`, …"""
        return self.counts.setdefault(kind, Counts())

    @property
    def changed_anything(self) -> bool:
        return any(counts.created or counts.updated for counts in self.counts.values())

    def as_json(self) -> dict[str, Any]:
        """Plain data for programs."""
        counts = {
            kind: {"created": each.created, "updated": each.updated, "unchanged": each.unchanged}
            for kind, each in self.counts.items()
        }
        return {"dry_run": self.is_dry_run, "changed_products": self.changed_products, "counts": counts}


class CatalogueRefused(Refused):
    """The file has problems and nothing was stored. `problems` lists each with file, line and field."""

    code = "CATALOGUE_INVALID"
    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(set(problems))
        count = len(self.problems)
        words = ngettext(
            "The catalogue has %(count)d problem; nothing was imported.",
            "The catalogue has %(count)d problems; nothing was imported.",
            count,
        ) % {"count": count}
        super().__init__(words, extra={"problems": [str(problem) for problem in self.problems]})
