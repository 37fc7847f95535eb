"""What the catalogue does in the background."""

from __future__ import annotations

from galleria.kit import jobs
from galleria.publishing import arranging


@jobs.job("publishing.reindex_category", outside=True, priority=jobs.LATER)
def reindex_category(path: str) -> None:
    """After a change of a category's name or room; may be broken off and run again."""
    arranging.reindex_category(path)
