"""Reading tickets, reviews and questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, Count, F, QuerySet, Sum

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.parties import selectors as parties
from galleria.supporting.models import Question, Review, Ticket
from galleria.supporting.rules import score_e1


# --- tickets --------------------------------------------------------------------------------------------
def tickets_of(actor: Actor, *, state: str = "") -> QuerySet[Ticket]:
    """The tickets of the actor's account, to be paged by `-pk`."""
    actor.require("gallery:ticket:manage")
    rows = Ticket.objects.filter(account_id=parties.account_pk_of(actor)).select_related("user")
    return rows.filter(state=state) if state else rows


def ticket_of(actor: Actor, ticket_id: str) -> Ticket:
    """One ticket of the actor's account. Raises NotFound."""
    ticket = tickets_of(actor).filter(public_id=ticket_id).first()
    if ticket is None:
        raise NotFound
    return ticket


def tickets_for_operator(actor: Actor, *, state: str = "", category: str = "") -> QuerySet[Ticket]:
    """All tickets, oldest open first when paged by `pk`."""
    actor.require("operator:ticket:manage")
    rows = Ticket.objects.select_related("user", "account")
    if state:
        rows = rows.filter(state=state)
    return rows.filter(category=category) if category else rows


def ticket_for_operator(actor: Actor, ticket_id: str) -> Ticket:
    """Any ticket. Raises NotFound."""
    ticket = tickets_for_operator(actor).filter(public_id=ticket_id).first()
    if ticket is None:
        raise NotFound
    return ticket


def open_tickets(actor: Actor) -> int:
    """How many tickets wait for the operator."""
    actor.require("operator:ticket:manage")
    return Ticket.objects.filter(state="open").count()


# --- reviews and questions ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Rating:
    """A product's score in tenths (46 is 4.6) with the number of reviews, and the three means in tenths."""

    score_e1: int | None
    count: int
    quality_e1: int | None = None
    service_e1: int | None = None
    speed_e1: int | None = None


def reviews_of(product_pk: int) -> QuerySet[Review]:
    """Published reviews of a product, newest first when paged by `-created_at`."""
    return Review.objects.filter(product_id=product_pk, state="published").order_by("-created_at", "-id")


def rating_of(product_pk: int) -> Rating:
    """The score of a product, in one query (B-REV-004)."""
    row = Review.objects.filter(product_id=product_pk, state="published").aggregate(
        count=Count("pk"), points=Sum(F("quality") + F("service") + F("speed")),
        quality=Avg("quality"), service=Avg("service"), speed=Avg("speed"),
    )  # fmt: skip
    count = int(row["count"] or 0)
    if not count:
        return Rating(None, 0)
    return Rating(
        score_e1(int(row["points"]), count), count, _tenths(row["quality"]), _tenths(row["service"]),
        _tenths(row["speed"]),
    )  # fmt: skip


def ratings_of(product_pks: Iterable[int]) -> dict[int, Rating]:
    """The scores of several products, in one query."""
    rows = (
        Review.objects.filter(product_id__in=list(product_pks), state="published")
        .values("product_id")
        .annotate(count=Count("pk"), points=Sum(F("quality") + F("service") + F("speed")))
        .order_by()
    )
    return {row["product_id"]: Rating(score_e1(int(row["points"]), row["count"]), row["count"]) for row in rows}


def _tenths(mean: float | Decimal | None) -> int | None:
    return None if mean is None else int(Decimal(str(mean)) * 10 + Decimal("0.5"))


def questions_of(product_pk: int) -> QuerySet[Question]:
    """Published questions with their answers, newest first."""
    return Question.objects.filter(product_id=product_pk, state="published").order_by("-created_at", "-id")
