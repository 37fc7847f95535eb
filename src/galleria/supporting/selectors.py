"""Reading tickets, reviews and questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed, NotFound
from galleria.kit.prepared import Prepared
from galleria.parties import selectors as parties
from galleria.parties.models import Seller, User
from galleria.publishing.models import Product
from galleria.selling import selectors as selling
from galleria.subscribing.models import Subscription
from galleria.supporting.models import ContactClick, Enquiry, Question, Review, Ticket, TicketEntry
from galleria.supporting.rules import score_e1
from galleria.supporting.states import WAITS_FOR_SELLER

HANDLE = "seller:ticket:handle"


@dataclass(frozen=True, slots=True)
class Clicks:
    """A product with how often people went from its page to the seller's website."""

    product_id: str
    slug: str
    name: str
    clicks: int


# --- tickets --------------------------------------------------------------------------------------------
def tickets_of(actor: Actor, *, state: str = "") -> QuerySet[Ticket]:
    """The tickets of the actor's account, to be paged by `-pk`."""
    actor.require("gallery:ticket:manage")
    rows = Ticket.objects.filter(account_id=parties.account_pk_of(actor)).select_related("user", "product__seller")
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
    rows = Ticket.objects.select_related("user", "account", "product__seller")
    if state:
        rows = rows.filter(state=state)
    return rows.filter(category=category) if category else rows


# --- tickets to sellers -----------------------------------------------------------------------------------
class SellerTakesNoTickets(NotAllowed):
    """The seller has chosen to take none (S-TCK-001)."""

    code = "SELLER_TAKES_NO_TICKETS"
    default_message = _("This seller takes no tickets. Its contact stands on the product’s page.")


def product_that_takes_tickets(product: str) -> Product:
    """A released product by id or slug whose seller answers tickets. Raises NotFound, SellerTakesNoTickets."""
    rows = Product.objects.select_related("seller").exclude(state__in=("draft", "pending"))
    row = rows.filter(Q(public_id=product) | Q(slug=product)).first()
    if row is None:
        raise NotFound
    if not takes_tickets(row):
        raise SellerTakesNoTickets
    return row


def takes_tickets(product: Product) -> bool:
    """Whether pages of the product offer *Submit a ticket*."""
    return product.seller.accepts_tickets and product.seller.state == "active"


def tickets_for_seller(actor: Actor, *, state: str = "") -> QuerySet[Ticket]:
    """Tickets about the products that this user looks after; `waiting`: all that wait for the seller."""
    actor.require(HANDLE)
    rows = Ticket.objects.filter(product__seller__account_id=actor.account_pk or 0)
    scope = selling.product_scope(actor)
    if scope is not None:
        rows = rows.filter(product__public_id__in=scope)
    if state:
        rows = rows.filter(state__in=WAITS_FOR_SELLER if state == "waiting" else (state,))
    return rows.select_related("user", "account", "product__seller", "product__category")


def ticket_for_seller(actor: Actor, ticket_id: str) -> Ticket:
    """One of them. Raises NotFound."""
    ticket = tickets_for_seller(actor).filter(public_id=ticket_id).first()
    if ticket is None:
        raise NotFound
    return ticket


def enquiries_for_seller(actor: Actor) -> QuerySet[Enquiry]:
    """What people need of the seller's consulting services, of those that this user looks after (S-CON-001)."""
    actor.require(HANDLE)
    rows = Enquiry.objects.filter(product__seller=selling.seller_of(actor))
    scope = selling.product_scope(actor)
    if scope is not None:
        rows = rows.filter(product__public_id__in=scope)
    return rows.select_related("product__seller")


def contact_clicks(actor: Actor, *, since: date) -> list[Clicks]:
    """How often people went to the seller's website from each of its products since a day, the most first."""
    actor.require(HANDLE)
    rows = ContactClick.objects.filter(product__seller=selling.seller_of(actor), day__gte=since)
    scope = selling.product_scope(actor)
    if scope is not None:
        rows = rows.filter(product__public_id__in=scope)
    named = rows.values_list("product__public_id", "product__slug", "product__name")
    return [Clicks(*row) for row in named.annotate(clicks=Sum("count")).order_by("-clicks", "product__slug")]


def ticket_counts(actor: Actor) -> dict[str, int]:
    """How many tickets of the seller are in each state, and `waiting`; one query."""
    rows = tickets_for_seller(actor).order_by().values_list("state").annotate(count=Count("pk"))
    found = dict(rows)
    return {**found, "waiting": sum(found.get(each, 0) for each in WAITS_FOR_SELLER)}


def may_look(ticket: Ticket, at: datetime) -> bool:
    """Whether the seller may look at the resource now: granted, not over, and the ticket not closed."""
    is_now = ticket.access_until is not None and at < ticket.access_until
    return ticket.access == "granted" and is_now and ticket.state != "closed"


def subscription_of_ticket(ticket: Ticket) -> Subscription | None:
    """The subscription of the ticket's product that it is about: named itself, or by its order."""
    if not ticket.link or ticket.product_id is None:
        return None
    named = Q(public_id=ticket.link) | Q(order_lines__order__public_id=ticket.link)
    rows = Subscription.objects.filter(named, account_id=ticket.account_id, product_id=ticket.product_id)
    return rows.select_related("specification").order_by("-pk").first()


def resource_of(actor: Actor, ticket: Ticket, at: datetime) -> Subscription | None:
    """What the seller may look at now, if anything."""
    return subscription_of_ticket(ticket_for_seller(actor, ticket.public_id)) if may_look(ticket, at) else None


def seller_of_ticket(ticket: Ticket) -> Seller:
    """Whose product the ticket is about. Raises NotFound for a ticket to the operator."""
    if ticket.product is None:
        raise NotFound
    return ticket.product.seller


def handlers_of(ticket: Ticket) -> list[User]:
    """The seller's people who may handle the ticket, for messages."""
    account = seller_of_ticket(ticket).account
    people = [(user, parties.actor_for(user, account)) for user in parties.users_with(account.pk, HANDLE)]
    return [user for user, actor in people if tickets_for_seller(actor).filter(pk=ticket.pk).exists()]


def handlers_of_product(product: Product) -> list[User]:
    """The seller's people who answer for a product, for messages."""
    account = product.seller.account
    people = [(user, parties.actor_for(user, account)) for user in parties.users_with(account.pk, HANDLE)]
    scopes = [(user, selling.product_scope(actor)) for user, actor in people]
    return [user for user, scope in scopes if scope is None or product.public_id in scope]


def entries_of(ticket: Ticket) -> list[TicketEntry]:
    """The course of a ticket to a seller; the oldest first."""
    return list(ticket.entries.all())


def entry_of(ticket_id: str, entry: int) -> TicketEntry:
    """One step of it, for messages."""
    return TicketEntry.objects.select_related("ticket__product__seller", "ticket__user").get(
        ticket__public_id=ticket_id, pk=entry
    )


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


SHOWN_REVIEWS, SHOWN_QUESTIONS = 6, 8
"""How many of them a product page shows."""

_FIRST_REVIEWS = Prepared(
    lambda p: Review.objects.filter(product_id=p("product"), state="published").order_by("-created_at", "-id")[
        :SHOWN_REVIEWS
    ]
)
_FIRST_QUESTIONS = Prepared(
    lambda p: Question.objects.filter(product_id=p("product"), state="published").order_by("-created_at", "-id")[
        :SHOWN_QUESTIONS
    ]
)


def reviews_of(product_pk: int) -> list[Review]:
    """The newest published reviews of a product, those that its page shows."""
    return _FIRST_REVIEWS.all(product=product_pk)


def questions_of(product_pk: int) -> list[Question]:
    """The newest published questions about a product, those that its page shows."""
    return _FIRST_QUESTIONS.all(product=product_pk)


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
