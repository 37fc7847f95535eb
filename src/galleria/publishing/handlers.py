"""What the catalogue does when others tell something. Packages above are known by the shape of their events only."""

from __future__ import annotations

from typing import Any

from galleria.publishing import services


def keep_rating(event: Any) -> None:
    """A review was published or withdrawn: `event` has product_id, rating_e2 and review_count."""
    services.set_rating(event.product_id, rating_e2=event.rating_e2, review_count=event.review_count)
