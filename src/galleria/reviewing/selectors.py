"""The queue of reviews, one submission for its reviewer, and the rounds that an applicant sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value, Window, prefetch_related_objects
from django.utils import translation

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.prepared import Prepared
from galleria.parties import selectors as parties
from galleria.parties.models import User
from galleria.reviewing import ports, rules
from galleria.reviewing.models import Holiday, ReasonTemplate, Remark, Submission

MOST_RECENT = 8
VIEWS = ("open", "mine", "unassigned", "overdue", "decided")


def kinds_of(actor: Actor) -> list[ports.Kind]:
    """The kinds that the actor may decide on, in the order in which they were registered."""
    return [kind for kind in ports.KINDS.values() if actor.may(kind.permission)]


def reviewers(kind: str) -> list[User]:
    """The active operators who may decide on submissions of the kind."""
    return parties.operators_with(ports.kind_of(kind).permission)


def colleagues(actor: Actor) -> list[User]:
    """The active operators who may decide on something that the actor may decide on."""
    return parties.users_with(actor.account_pk or 0, *{kind.permission for kind in kinds_of(actor)})


# ----- the queue -----


def queue(
    actor: Actor, *, view: str = "open", kinds: Iterable[str] = (), text: str = "", assignee: str = "",
    at: datetime | None = None,
) -> QuerySet[Submission]:  # fmt: skip
    """Submissions that the actor may decide on, to be paged by `due_at` (`-decided_at` for the decided ones).

    `view`: open, mine, unassigned, overdue (which wants `at`), decided. `assignee`: a user's public id.
    """
    allowed = {kind.name for kind in kinds_of(actor)}
    wanted = allowed & set(kinds) if kinds else allowed
    rows = Submission.objects.filter(kind__in=sorted(wanted)).select_related("assignee", "decided_by")
    rows = rows.filter(decided_at__isnull=False) if view == "decided" else rows.filter(state="pending")
    if view == "mine":
        rows = rows.filter(assignee_id=actor.user_pk)
    elif view == "unassigned":
        rows = rows.filter(assignee__isnull=True)
    elif view == "overdue" and at is not None:
        rows = rows.filter(_overdue(at))
    if assignee:
        rows = rows.filter(assignee__public_id=assignee)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(seller_name__icontains=text) | Q(subject=text))
    return rows


def _overdue(at: datetime) -> Q:
    """The rule of `rules.is_overdue`, for the database."""
    twice = Q(takes_longer=True, due_at__lt=Value(at) - (F("due_at") - F("submitted_at")))
    return Q(due_at__lt=at) & (Q(takes_longer=False) | twice)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Pending submissions at a glance."""

    total: int
    mine: int
    unassigned: int
    overdue: int
    by_kind: dict[str, int]


def waiting(actor: Actor, *, at: datetime) -> Waiting:
    """What the views of the queue count, in one query."""
    rows = list(
        queue(actor)
        .order_by()
        .values_list("kind")
        .annotate(
            total=Count("pk"),
            mine=Count("pk", filter=Q(assignee_id=actor.user_pk)),
            free=Count("pk", filter=Q(assignee__isnull=True)),
            late=Count("pk", filter=_overdue(at)),
        )
    )
    total, mine, free, late = (sum(row[column] for row in rows) for column in range(1, 5))
    return Waiting(total, mine, free, late, {row[0]: row[1] for row in rows})


def counts(actor: Actor) -> dict[str, int]:
    """Pending submissions by kind, in one query."""
    rows = queue(actor).order_by().values_list("kind").annotate(number=Count("pk"))
    return dict(rows)


def most_urgent(actor: Actor) -> tuple[int, Submission | None]:
    """How many submissions wait, and the one whose decision is due first; in one query."""
    first = queue(actor).annotate(total=Window(Count("pk"))).order_by("due_at", "pk").first()
    return (first.total, first) if first else (0, None)


def oldest_due(actor: Actor) -> datetime | None:
    """When the first decision is, or was, due."""
    return queue(actor).order_by("due_at").values_list("due_at", flat=True).first()


def due_until(end: datetime, at: datetime) -> dict[str, tuple[int, int]]:
    """Kind to (due until the end but not overdue, overdue), of everything that waits."""
    rows = (
        Submission.objects.filter(state="pending", due_at__lt=end)
        .order_by()
        .values_list("kind")
        .annotate(late=Count("pk", filter=_overdue(at)), every=Count("pk"))
    )
    return {kind: (every - late, late) for kind, late, every in rows}


# ----- one submission -----


def submission_for(actor: Actor, submission_id: str) -> Submission:
    """One submission for its reviewer, with remarks. Raises NotFound, also when the actor may not decide on it."""
    found = _SUBMISSION.one(public_id=submission_id)
    known = ports.KINDS.get(found.kind) if found else None
    if found is None or known is None or not actor.may(known.permission):
        raise NotFound
    prefetch_related_objects([found], "remarks__author")
    return found


_SUBMISSION = Prepared(
    lambda p: Submission.objects.select_related(
        "assignee", "account", "applicant", "decided_by", "first_approval_by"
    ).filter(public_id=p("public_id"))
)


def next_of(actor: Actor, *, after: Submission) -> Submission | None:
    """The next pending submission of the queue that nobody else took."""
    kinds = sorted(kind.name for kind in kinds_of(actor))
    return _NEXT.one(kinds=kinds, after=after.pk, me=actor.user_pk or 0)


_NEXT = Prepared(
    lambda p: (
        Submission.objects.filter(state="pending", kind__in=p.among("kinds", str))
        .filter(Q(assignee__isnull=True) | Q(assignee_id=p("me")))
        .exclude(pk=p("after"))
        .only("public_id")
        .order_by("due_at", "pk")[:1]
    )
)


@dataclass(frozen=True, slots=True)
class Record:
    """How earlier submissions of an account ended."""

    approved: int
    returned: int
    first_try: int
    recent: list[Submission]


def record_of(actor: Actor, submission: Submission) -> Record:
    """The account's other submissions of kinds that the actor may decide on: figures and the latest ones, in two
    queries."""
    values = {
        "account": submission.account_id, "kinds": [kind.name for kind in kinds_of(actor)], "but": submission.pk,
    }  # fmt: skip
    ended: Counter[str] = Counter()
    first_try = 0
    for state, number_of_round, number in _ENDED.all(**values):
        ended[state] += number
        first_try += number if number_of_round == 1 and state == "approved" else 0
    recent = _RECENT.all(**values, kind=submission.kind, subject=submission.subject)
    return Record(ended["approved"], ended["returned"], first_try, recent)


_ENDED: Prepared[tuple[str, int, int]] = Prepared(
    lambda p: (
        Submission.objects.filter(account_id=p("account"), kind__in=p.among("kinds", str))
        .exclude(pk=p("but"))
        .order_by()
        .values_list("state", "round")
        .annotate(number=Count("pk"))
    )
)
_RECENT = Prepared(
    lambda p: (
        Submission.objects.filter(account_id=p("account"), kind__in=p.among("kinds", str))
        .exclude(pk=p("but"))
        .exclude(kind=p("kind"), subject=p("subject"))
        .only("public_id", "title", "state", "submitted_at")
        .order_by("-submitted_at", "-pk")[:MOST_RECENT]
    )
)


def earlier(submission: Submission) -> list[Submission]:
    """The rounds before this one, the latest first, with remarks."""
    if submission.round == 1:
        return []
    rows = Submission.objects.filter(kind=submission.kind, subject=submission.subject, pk__lt=submission.pk)
    return list(rows.select_related("decided_by").prefetch_related("remarks__author").order_by("-pk")[:20])


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


def is_overdue(submission: Submission, at: datetime) -> bool:
    """Whether the promised time of a pending submission is over (S-APP-T2)."""
    return submission.state == "pending" and rules.is_overdue(
        at, submission.submitted_at, submission.due_at, takes_longer=submission.takes_longer
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as its applicant is told, in the active language. `reasons`: the note, then "field: remark"."""

    submission: Submission
    kind: Any
    reasons: list[str]
    page: str


def decided(submission_id: str) -> Submission:
    """A submission for messages about it. Raises NotFound."""
    rows = Submission.objects.select_related("account", "applicant").prefetch_related("remarks")
    found = rows.filter(public_id=submission_id).first()
    if found is None:
        raise NotFound
    return found


def told(actor: Actor, submission: Submission) -> Decided:
    """What the applicant is told, in the active language; remarks are named by the labels of their fields."""
    kind = ports.kind_of(submission.kind)
    remarks = list(submission.remarks.all())
    labels = labels_of(kind.dossier(actor, submission)) if remarks else {}
    said = [f"{labels.get(each.field, each.field)}: {each.text}" for each in remarks]
    note = [submission.note] if submission.note else []
    return Decided(submission, kind.label, [*note, *said], kind.page(submission))


def labels_of(dossier: ports.Dossier) -> dict[str, Any]:
    """The words for each field and section that a remark can name."""
    found: dict[str, Any] = {}
    for section in dossier.sections:
        found[section.key] = section.label
        found.update({fact.key: fact.label for fact in section.facts})
    return found


# ----- ready-made reasons -----


def reasons(kind: str) -> list[ReasonTemplate]:
    """Sentences for this kind, then those for all."""
    return _REASONS.all(kinds=[kind, ""])


_REASONS = Prepared(
    lambda p: ReasonTemplate.objects.filter(kind__in=p.among("kinds", str)).order_by("-kind", "position", "pk")
)


def note_with(submission: Submission, note: str, reason_ids: Sequence[str]) -> str:
    """The note with ready-made reasons in front of it, in the applicant's language."""
    chosen = [each for each in reasons(submission.kind) if each.public_id in set(reason_ids)] if reason_ids else []
    language = submission.applicant.language if submission.applicant else ""
    with translation.override(language or "en"):
        said = [str(each.text) for each in chosen]
    return "\n".join([*said, note.strip()]).strip()


# ----- the calendar -----


def holidays(after: date) -> frozenset[date]:
    """Holidays of the year from this day on."""
    return frozenset(
        Holiday.objects.filter(date__gte=after, date__lte=after + timedelta(days=400)).values_list("date", flat=True)
    )


def all_holidays(actor: Actor) -> QuerySet[Holiday]:
    """The calendar."""
    actor.require("operator:setting:manage")
    return Holiday.objects.all()
