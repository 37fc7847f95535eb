"""How ratings are worked out (B-REV-004)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def score_e1(sum_of_scores: int, reviews: int) -> int | None:
    """The mean of the three scores over all reviews, in tenths, half up: 3 reviews with 41 points are 46 (4.6).

    `sum_of_scores` adds up quality, service and speed. None without reviews.
    """
    if reviews <= 0:
        return None
    mean = Decimal(sum_of_scores) / (3 * reviews)
    return int((mean * 10).quantize(Decimal(1), rounding=ROUND_HALF_UP))
