"""Submitting, taking, remarking, deciding. A decision and its effect are one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import clock, locks, outbox, parameters
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound, Text
from galleria.kit.parameter_table import Parameter
from galleria.parties import selectors as parties
from galleria.reviewing import events, ports, rules, selectors
from galleria.reviewing.calendar import add_holiday, remove_holiday, remove_reason, save_reason
from galleria.reviewing.models import Remark, Submission
from galleria.reviewing.states import SUBMISSION

__all__ = [
    "AlreadyInReview",
    "add_holiday",
    "approve",
    "ask_second_eye",
    "assign",
    "give_back",
    "remark",
    "remove_holiday",
    "remove_reason",
    "save_findings",
    "save_reason",
    "submit",
    "take",
    "unremark",
    "withdraw",
]  # fmt: skip

parameters.define(
    Parameter(
        "review.many_a_day", "whole", 10,
        _("Submissions of a seller in one day from which on a decision may take longer"), _("submissions"), 2, 1000,
    )
)  # fmt: skip
LONGEST_NOTE = 4000


class AlreadyInReview(NotAllowed):
    """Of one subject one submission can wait at a time (S-PRD-T2)."""

    code = "ALREADY_IN_REVIEW"
    default_message = _("This waits for a review already. Withdraw it before you submit again.")


class SecondPersonNeeded(NotAllowed):
    """Two different people approve what wants a second eye."""

    code = "SECOND_PERSON_NEEDED"
    default_message = _("You gave the first approval. A second person must give the other.")


@transaction.atomic
def submit(
    actor: Actor, *, kind: str, subject: str, title: str, seller_name: str = "", at: datetime,
    risks: Sequence[str] = (), results: Sequence[dict[str, Any]] = (), rule: str = "", second_eye: bool = False,
) -> Submission:  # fmt: skip
    """Put something before the reviewers; a `rule` that approves it without a person is carried out at once.

    The caller has checked that the actor may submit it. Raises AlreadyInReview, naming the submission that waits.
    """
    account_pk = parties.account_pk_of(actor)
    waiting = Submission.objects.filter(kind=kind, subject=subject, state="pending").first()
    if waiting is not None:
        raise AlreadyInReview(extra={"submission": waiting.public_id})
    known = ports.kind_of(kind)
    local = at.astimezone(clock.billing_zone())
    today = Submission.objects.filter(account_id=account_pk, submitted_at__gte=rules.begin_of_day(local)).count()
    row = Submission(
        kind=kind, subject=subject, title=title[:200], account_id=account_pk, applicant_id=actor.user_pk,
        seller_name=seller_name, risks=list(risks), results=list(results), needs_second_eye=second_eye,
        round=Submission.objects.filter(kind=kind, subject=subject).count() + 1, submitted_at=at,
        due_at=rules.due(local, parameters.get(known.days), selectors.holidays(local.date())),
        takes_longer=today + 1 >= parameters.get("review.many_a_day"),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise AlreadyInReview from None
    audit.record(actor, "submission.submitted", row, at=at, after={"kind": kind, "round": row.round})
    if rule:
        _close(SYSTEM, row, "approve", at=at, rule=rule)
        known.approve(SYSTEM, row, at)
    else:
        outbox.publish(events.SubmissionReceived(row.public_id))
    return row


@transaction.atomic
def withdraw(actor: Actor, *, kind: str, subject: str, at: datetime) -> Submission:
    """Take back what waits. The caller has checked that it is the actor's. Raises NotAllowed when it was decided."""
    row = Submission.objects.filter(
        account_id=parties.account_pk_of(actor), kind=kind, subject=subject, state="pending"
    ).first()
    if row is None:
        raise NotAllowed(_("This was decided or withdrawn in the meantime. Open it again to see how."))
    SUBMISSION.apply(row, "withdraw", decided_at=at)
    ports.kind_of(kind).withdraw(actor, row, at)
    audit.record(actor, "submission.withdrawn", row, at=at)
    return row


# ----- looking at it -----


@transaction.atomic
def take(actor: Actor, *, submission_id: str, at: datetime) -> Submission:
    """Make the actor the one who looks at it; taking over from somebody else is allowed and recorded."""
    row = selectors.submission_for(actor, submission_id)
    _while_pending(row, assignee_id=actor.user_pk, taken_at=at)
    audit.record(actor, "submission.taken", row, at=at)
    return selectors.submission_for(actor, submission_id)


@transaction.atomic
def assign(actor: Actor, *, submission_id: str, user_id: str, at: datetime) -> Submission:
    """Give it to a colleague who may decide on it, or back to nobody (empty). Raises NotFound for others."""
    row = selectors.submission_for(actor, submission_id)
    colleague = next((user for user in selectors.reviewers(row.kind) if user.public_id == user_id), None)
    if user_id and colleague is None:
        raise NotFound
    _while_pending(row, assignee=colleague, taken_at=at if colleague else None)
    after = {"assignee": str(colleague) if colleague else None}
    before = {"assignee": str(row.assignee) if row.assignee else None}
    audit.record(actor, "submission.assigned", row, at=at, before=before, after=after)
    return selectors.submission_for(actor, submission_id)


@transaction.atomic
def remark(actor: Actor, *, submission_id: str, field: str, text: str, at: datetime) -> Remark:
    """Say something about a field of a pending submission. Raises Invalid, NotAllowed, NotFound."""
    row = selectors.submission_for(actor, submission_id)
    words = text.strip()
    if not 3 <= len(words) <= 1000:
        raise Invalid(fields={"text": _("Write a remark of 3 to 1,000 characters.")})
    _while_pending(row, title=row.title)  # holds the row: no decision comes between
    return Remark.objects.create(submission=row, field=field[:120], text=words, author_id=actor.user_pk, created_at=at)


@transaction.atomic
def save_findings(
    actor: Actor, *, submission_id: str, remarks: Mapping[str, str], ticked: Collection[int] = (), at: datetime
) -> Submission:
    """Keep what a reviewer wrote on the page: remarks by field (empty ones are none), ticks of the checklist.

    Raises Invalid with the fields named `text:` and the path; then nothing is kept.
    """
    row = selectors.submission_for(actor, submission_id)
    wrong: dict[str, Text] = {}
    for field, text in remarks.items():
        if text.strip():
            try:
                remark(actor, submission_id=submission_id, field=field, text=text, at=at)
            except Invalid as refusal:
                wrong[f"text:{field}"] = refusal.fields["text"]
    if wrong:
        raise Invalid(fields=wrong)
    if sorted(set(ticked)) != row.ticked:
        _while_pending(row, ticked=sorted(set(ticked)))
    return row


@transaction.atomic
def unremark(actor: Actor, *, submission_id: str, remark_pk: int) -> None:
    """Take a remark back while nothing is decided."""
    row = selectors.submission_for(actor, submission_id)
    _while_pending(row, title=row.title)
    row.remarks.filter(pk=remark_pk).delete()


@transaction.atomic
def ask_second_eye(actor: Actor, *, submission_id: str, at: datetime) -> Submission:
    """From now on two different people must approve it."""
    row = selectors.submission_for(actor, submission_id)
    _while_pending(row, needs_second_eye=True)
    audit.record(actor, "submission.second_eye", row, at=at)
    return selectors.submission_for(actor, submission_id)


# ----- deciding -----


@transaction.atomic
def approve(
    actor: Actor, *, submission_id: str, note: str = "", at: datetime, reasons: Sequence[str] = ()
) -> Submission:
    """Approve; what was asked for happens in the same transaction.

    With a second eye wanted the first approval is only noted. Raises NotAllowed when it was decided or withdrawn,
    SecondPersonNeeded when the same person approves twice, or what the kind refuses.
    """
    locks.hold(f"submission:{submission_id}")
    row = selectors.submission_for(actor, submission_id)
    if row.needs_second_eye and row.first_approval_by_id is None:
        _while_pending(row, first_approval_by_id=actor.user_pk, assignee=None, taken_at=None)
        audit.record(actor, "submission.first_approval", row, at=at)
        return selectors.submission_for(actor, submission_id)
    if row.needs_second_eye and row.first_approval_by_id == actor.user_pk:
        raise SecondPersonNeeded
    _close(actor, row, "approve", at=at, note=selectors.note_with(row, note, reasons))
    ports.kind_of(row.kind).approve(actor, row, at)
    return row


@transaction.atomic
def give_back(
    actor: Actor, *, submission_id: str, note: str = "", at: datetime, reasons: Sequence[str] = ()
) -> Submission:
    """Return it with reasons: at least a remark, a ready-made reason or a note.

    `reasons` are ids of reason templates; their words stand in front of the note, in the applicant's language.
    Raises Invalid without a reason, NotAllowed.
    """
    row = selectors.submission_for(actor, submission_id)
    words = selectors.note_with(row, note, reasons)
    if len(words) < 5 and not row.remarks.all():
        raise Invalid(fields={"note": _("Say why: write a reason, or a remark on a field.")})
    _close(actor, row, "return", at=at, note=words)
    ports.kind_of(row.kind).give_back(actor, row, at)
    return row


def _while_pending(row: Submission, **changes: Any) -> None:
    """Change the row if nothing was decided yet. Raises NotAllowed otherwise."""
    if Submission.objects.filter(pk=row.pk, state="pending").update(**changes) != 1:
        raise NotAllowed(_("This was decided or withdrawn in the meantime. Open it again to see how."))


def _close(actor: Actor, row: Submission, verb: str, *, at: datetime, note: str = "", rule: str = "") -> None:
    words = note.strip()[:LONGEST_NOTE]
    SUBMISSION.apply(row, verb, decided_at=at, decided_by_id=actor.user_pk, note=words, rule=rule)
    sentence = "submission.approved" if verb == "approve" else "submission.returned"
    account = row.account.public_id
    audit.record(actor, sentence, row, at=at, after={"note": row.note, "rule": rule}, account_id=account)
    outbox.publish(events.SubmissionDecided(row.public_id, row.kind, row.state))
