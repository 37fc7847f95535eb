"""A seller's products and releases as lists show them: few queries, whatever there is (screens S3, S7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value

from galleria.connecting.models import DialTest
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.parties.models import Seller
from galleria.publishing.models import Product, Specification
from galleria.publishing.states import UNRELEASED
from galleria.releasing.models import ProblemNotice, Release, RemovalRequest
from galleria.selling import selectors as selling

VIEW = "seller:product:view"
DAYS = timedelta(days=3)
OPEN = ("draft", "pending", "rejected")


def seller_of(actor: Actor) -> Seller:
    """The seller with its account, for a page that reads it once. Raises PermissionMissing, NotASeller."""
    actor.require(VIEW)
    return selling.seller_of(actor)


def _mine(actor: Actor, seller: Seller) -> QuerySet[Product]:
    rows = Product.objects.filter(seller=seller).exclude(state__in=UNRELEASED)
    scope = selling.product_scope(actor)
    return rows if scope is None else rows.filter(public_id__in=scope)


def products(
    actor: Actor, seller: Seller, *, state: str = "", delivery: str = "", text: str = "", at: datetime
) -> QuerySet[Product]:
    """Released products, to be paged by `-changed_at`.

    Annotated: `is_leaving` (its removal is asked for), `has_notice` (a problem waits for an answer), `is_well` (the
    last daily test of its interface passed; None without one).
    """
    of_product = {"product": OuterRef("pk")}
    last_test = DialTest.objects.filter(**of_product, day__gte=clock.billing_date(at) - DAYS).order_by("-at", "-pk")
    rows = _mine(actor, seller).annotate(
        is_leaving=Exists(RemovalRequest.objects.filter(**of_product, state="pending")),
        has_notice=Exists(ProblemNotice.objects.filter(**of_product, state="open")),
        is_well=Subquery(last_test.values("passed")[:1]),
    )
    narrowed = {"state": state, "delivery_type": delivery}
    rows = rows.filter(**{name: value for name, value in narrowed.items() if value})
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(public_id=text) | Q(slug=text))
    names = Specification.objects.exclude(state="removed").only("product_id", "name", "state", "position")
    return (
        rows.select_related("category")
        .defer("description", "guide", "acceptance_criteria", "papers", "material", "highlights", "cases")
        .prefetch_related(Prefetch("specifications", queryset=names))
    )


@dataclass(frozen=True)
class Row:
    """A product of the list with its open release, the one that waits for somebody first."""

    product: Product
    release: Release | None


def rows_of(found: Iterable[Product]) -> list[Row]:
    """The products of a page with their open releases; one query."""
    page = list(found)
    releases: dict[int, Release] = {}
    mine = Release.objects.filter(product__in=[each.pk for each in page], state__in=OPEN)
    for release in mine.defer("document", "base").order_by("changed_at"):
        known = releases.get(release.product_id or 0)
        if known is None or known.state != "pending":
            releases[release.product_id or 0] = release
    return [Row(each, releases.get(each.pk)) for each in page]


def releases(
    actor: Actor, seller: Seller, *, states: Iterable[str] = (), text: str = "", delivery: str = "", kind: str = ""
) -> QuerySet[Release]:
    """Releases, to be paged by `-changed_at`; without those of products that the user was not given."""
    rows = Release.objects.filter(seller=seller).select_related("product", "changed_by")
    scope = selling.product_scope(actor)
    if scope is not None:
        rows = rows.filter(Q(product__public_id__in=scope) | Q(product=None, created_by_id=actor.user_pk))
    if wanted := list(states):
        rows = rows.filter(state__in=wanted)
    narrowed = {"delivery": delivery, "kind": kind}
    rows = rows.filter(**{name: value for name, value in narrowed.items() if value})
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(public_id=text))
    return rows.defer("document", "base")


def tallies(actor: Actor, seller: Seller) -> dict[tuple[str, str], int]:
    """How many products and releases there are in each state, by ("product" or "release", state); one query."""
    on_shelf = _mine(actor, seller).order_by().values_list("state").annotate(n=Count("pk"), what=Value("product"))
    in_work = releases(actor, seller).select_related(None).order_by()
    counted = in_work.values_list("state").annotate(n=Count("pk"), what=Value("release"))
    return {(what, state): number for state, number, what in on_shelf.union(counted, all=True)}


@dataclass(frozen=True)
class Waiting:
    """What of a seller's releases and products waits for the seller. Lists are short; `notices` counts them all."""

    returned: list[Release]
    problems: list[ProblemNotice]
    notices: int
    in_review: int
    drafts: int
    released: int


def waiting(actor: Actor, seller: Seller) -> Waiting:
    """Returned releases, unanswered problems, and how many releases are under way; three queries."""
    mine = releases(actor, seller)
    counted = tallies(actor, seller)
    problems = list(
        ProblemNotice.objects.filter(product__in=_mine(actor, seller).values("pk"), state="open")
        .select_related("product")
        .order_by("due_at")[:50]
    )
    returned = (
        list(mine.filter(state="rejected").order_by("-decided_at")[:5]) if counted.get(("release", "rejected")) else []
    )
    released = sum(number for (what, _state), number in counted.items() if what == "product")
    in_review, drafts = (counted.get(("release", state), 0) for state in ("pending", "draft"))
    return Waiting(returned, problems[:5], len(problems), in_review, drafts, released)
