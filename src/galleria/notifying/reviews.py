"""Messages about reviews: the result to the applicant with reasons and the way on, what is due to reviewers."""

from __future__ import annotations

from django.utils import translation

from galleria.kit import clock, jobs, outbox
from galleria.kit.actor import SYSTEM
from galleria.notifying import recipients, services
from galleria.notifying.models import Message
from galleria.parties import selectors as parties
from galleria.parties.models import User
from galleria.reviewing import events, ports, selectors
from galleria.reviewing.models import Submission

KEYS = {"approved": "review.approved", "returned": "review.returned"}


def on_decided(event: events.SubmissionDecided) -> None:
    """S-NOT-001, S-APP-002: who applied and the owners of the account hear of it, in their languages."""
    submission = selectors.decided(event.submission_id)
    key = KEYS.get(submission.state)
    if key is None:
        return
    made: list[Message] = []
    for user in _hearers(submission):
        with translation.override(user.language):
            told = selectors.told(SYSTEM, submission)
            facts = {"kind": str(told.kind), "title": submission.title, "reasons": "\n".join(told.reasons)}
        # an approval with words says them; without, it has nothing to add
        exact = "review.approved_with_note" if key == "review.approved" and facts["reasons"] else key
        made += services.notify(
            [user], exact, at=clock.now(), dedupe=f"review:{submission.public_id}", link=told.page,
            account_pk=submission.account_id, **facts,
        )  # fmt: skip
    recipients.forward(made, account_pk=submission.account_id, category="review")


def _hearers(submission: Submission) -> list[User]:
    people = [submission.applicant] if submission.applicant else []
    owners = parties.owners_of(submission.account_id)
    return list({user.pk: user for user in (*people, *owners) if user.is_active}.values())


def on_due(event: events.ReviewsDue) -> None:
    """The reminder to reviewers on the morning of a working day."""
    kind = ports.KINDS.get(event.kind)
    if kind is None:
        return
    for user in parties.operators_with(kind.permission):
        with translation.override(user.language):
            label = str(kind.label)
        services.notify(
            [user], "review.due", at=clock.now(), dedupe=f"review.due:{event.kind}:{event.day}",
            link=f"/operator/reviews?kind={event.kind}", kind=label, due=event.due, overdue=event.overdue,
        )  # fmt: skip


def connect() -> None:
    """Called by `handlers.connect`."""
    outbox.subscribe(events.SubmissionDecided, on_decided, lane=services.lane, priority=jobs.LATER)
    outbox.subscribe(events.ReviewsDue, on_due, lane=services.lane, priority=jobs.LATER)
