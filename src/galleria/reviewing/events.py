"""What reviewing tells the packages above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SubmissionReceived:
    """Something waits for a decision."""

    submission_id: str


@dataclass(frozen=True)
class SubmissionDecided:
    """It was approved or returned; `note` and remarks say why."""

    submission_id: str
    kind: str
    state: str


@dataclass(frozen=True)
class ReviewsDue:
    """On the morning of a working day: so many submissions of a kind are due until its end, so many are overdue."""

    kind: str
    day: str
    due: int
    overdue: int
