"""The queue of reviews, one submission for its reviewer, and the rounds that an applicant sees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.reviewing import ports
from galleria.reviewing.models import Holiday, ReasonTemplate, Remark, Submission


def kinds_of(actor: Actor) -> list[ports.Kind]:
    """The kinds that the actor may decide on, in the order in which they were registered."""
    return [kind for kind in ports.KINDS.values() if actor.may(kind.permission)]


def queue(actor: Actor, *, view: str = "open", kinds: Iterable[str] = (), text: str = "") -> QuerySet[Submission]:
    """Submissions that the actor may decide on, to be paged by `due_at`.

    `view`: open, mine, unassigned, overdue-first is the order anyway; `decided` for what is over.
    """
    allowed = {kind.name for kind in kinds_of(actor)}
    wanted = allowed & set(kinds) if kinds else allowed
    rows = Submission.objects.filter(kind__in=sorted(wanted)).select_related("assignee", "account")
    rows = rows.exclude(state="pending") if view == "decided" else rows.filter(state="pending")
    if view == "mine":
        rows = rows.filter(assignee_id=actor.user_pk)
    elif view == "unassigned":
        rows = rows.filter(assignee__isnull=True)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(seller_name__icontains=text) | Q(subject=text))
    return rows


def counts(actor: Actor) -> dict[str, int]:
    """Pending submissions by kind, in one query."""
    rows = queue(actor).order_by().values_list("kind").annotate(number=Count("pk"))
    return dict(rows)


def oldest_due(actor: Actor) -> datetime | None:
    """When the first decision is, or was, due."""
    return queue(actor).order_by("due_at").values_list("due_at", flat=True).first()


def submission_for(actor: Actor, submission_id: str) -> Submission:
    """One submission for its reviewer, with remarks. Raises NotFound, also when the actor may not decide on it."""
    rows = Submission.objects.select_related("assignee", "account", "applicant", "decided_by", "first_approval_by")
    found = rows.prefetch_related("remarks").filter(public_id=submission_id).first()
    if found is None or not actor.may(ports.kind_of(found.kind).permission):
        raise NotFound
    return found


def next_of(actor: Actor, *, after: Submission) -> Submission | None:
    """The next pending submission of the queue that nobody else took."""
    rows = queue(actor).exclude(pk=after.pk).filter(Q(assignee__isnull=True) | Q(assignee_id=actor.user_pk))
    return rows.order_by("due_at", "pk").first()


def rounds(account_pk: int, *, kind: str, subject: str) -> list[Submission]:
    """Every round of a subject for its applicant, newest first, with remarks."""
    rows = Submission.objects.filter(account_id=account_pk, kind=kind, subject=subject)
    return list(rows.prefetch_related("remarks").order_by("-round", "-pk"))


def latest(account_pk: int, *, kind: str, subject: str) -> Submission | None:
    """The last round, with remarks."""
    found = rounds(account_pk, kind=kind, subject=subject)
    return found[0] if found else None


def remarks_by_field(submission: Submission | None) -> dict[str, list[Remark]]:
    """Remarks of a round, by the field that they are about."""
    found: dict[str, list[Remark]] = {}
    for remark in submission.remarks.all() if submission else ():
        found.setdefault(remark.field, []).append(remark)
    return found


def reasons(kind: str) -> list[ReasonTemplate]:
    """Sentences for this kind, then those for all."""
    return list(ReasonTemplate.objects.filter(kind__in=[kind, ""]).order_by("-kind", "position", "pk"))


def holidays(after: date) -> frozenset[date]:
    """Holidays of the year from this day on."""
    return frozenset(
        Holiday.objects.filter(date__gte=after, date__lte=after + timedelta(days=400)).values_list("date", flat=True)
    )


def all_holidays(actor: Actor) -> QuerySet[Holiday]:
    """The calendar."""
    actor.require("operator:setting:manage")
    return Holiday.objects.all()
