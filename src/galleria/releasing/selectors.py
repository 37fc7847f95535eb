"""What pages and endpoints read about releases and about products of a seller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.fields.json import KT

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.prepared import Prepared
from galleria.publishing import documents
from galleria.publishing.models import Product, Specification
from galleria.releasing import templates
from galleria.releasing.models import ProblemNotice, Release, ReleasedDocument, RemovalRequest, Revision
from galleria.reviewing import selectors as reviewing
from galleria.reviewing.models import Remark, Submission
from galleria.selling import selectors as selling

VIEW = "seller:product:view"
KIND, REMOVAL_KIND = "release", "removal"


# ----- releases -----


def releases_of(
    actor: Actor,
    *,
    state: str = "",
    product_id: str = "",
    text: str = "",
    delivery: str = "",
    kind: str = "",
    slug: str = "",
) -> QuerySet[Release]:
    """The seller's releases, to be paged by `-changed_at`; without those of products the user was not given."""
    actor.require(VIEW)
    rows = Release.objects.select_related("product", "changed_by").filter(seller=selling.seller_of(actor))
    scope = selling.product_scope(actor)
    if scope is not None:
        rows = rows.filter(Q(product__public_id__in=scope) | Q(product=None, created_by_id=actor.user_pk))
    narrowed = {"state": state, "product__public_id": product_id, "delivery": delivery, "kind": kind}
    rows = rows.filter(**{name: value for name, value in narrowed.items() if value})
    if slug:
        rows = rows.filter(Q(product__slug=slug) | Q(product=None, document__slug=slug))
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(public_id=text))
    return rows.annotate(slug=KT("document__slug")).defer("document", "base")


def release_of(actor: Actor, release_id: str) -> Release:
    """One release of the seller. Raises NotFound, also for a product that the user was not given."""
    actor.require(VIEW)
    seller = selling.seller_of(actor)
    rows = Release.objects.select_related("seller__account", "product", "changed_by", "created_by")
    release = rows.filter(seller=seller, public_id=release_id).first()
    if release is None:
        raise NotFound
    scope = selling.product_scope(actor)
    if scope is not None and not _in_scope(release, scope, actor):
        raise NotFound
    return release


def _in_scope(release: Release, scope: frozenset[str], actor: Actor) -> bool:
    if release.product is None:
        return release.created_by_id == actor.user_pk
    return release.product.public_id in scope


def release_for_review(subject: str) -> Release:
    """The release of a submission, whoever asks: for the kind of review. Raises NotFound."""
    release = _RELEASE.one(public_id=subject)
    if release is None:
        raise NotFound
    return release


_RELEASE = Prepared(
    lambda p: Release.objects.select_related("seller__account", "product").filter(public_id=p("public_id"))
)


def rounds_of(release: Release) -> list[Submission]:
    """Every round of the review with remarks, the newest first."""
    return reviewing.rounds(release.seller.account_id, kind=KIND, subject=release.public_id)


def remarks_of(release: Release) -> dict[str, list[Remark]]:
    """What the reviewer said in the latest round, by path of the field; empty while nothing was said (S-APP-T3)."""
    rounds = rounds_of(release)
    return reviewing.remarks_by_field(rounds[0]) if rounds else {}


def revisions_of(release: Release) -> list[Revision]:
    """What was submitted in each round."""
    return list(release.revisions.all())


def open_release_of(actor: Actor, product_id: str) -> Release | None:
    """The release of a product that is being written, waits, or was rejected; the latest one."""
    product = product_of(actor, product_id)
    rows = Release.objects.filter(product=product, state__in=("draft", "pending", "rejected"))
    return rows.order_by("-changed_at").first()


def agreement_templates() -> list[tuple[str, str]]:
    """Key and name of the agreements that a document can name as its `licence`."""
    return [(each.key, each.name.en.replace("{product}", "…")) for each in templates.agreements()]


def counts_of(actor: Actor) -> dict[str, int]:
    """How many releases there are in each state."""
    rows = releases_of(actor).order_by().values_list("state").annotate(number=Count("pk"))
    return dict(rows)


# ----- products -----


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as its seller sees it in a list, with what waits for it."""

    product: Product
    draft: Release | None = None
    pending: Release | None = None
    rejected: Release | None = None
    removal: RemovalRequest | None = None
    notices: int = 0


def products_of(
    actor: Actor, *, state: str = "", delivery: str = "", sales_model: str = "", text: str = ""
) -> QuerySet[Product]:
    """The seller's released products, to be paged; `with_work` adds releases and notices of a page (S-PRD-003)."""
    actor.require(VIEW)
    rows = Product.objects.filter(seller=selling.seller_of(actor)).exclude(state__in=("draft", "pending"))
    scope = selling.product_scope(actor)
    if scope is not None:
        rows = rows.filter(public_id__in=scope)
    if state:
        rows = rows.filter(state=state)
    if delivery:
        rows = rows.filter(delivery_type=delivery)
    if sales_model:
        rows = rows.filter(sales_model=sales_model)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(public_id=text) | Q(slug=text))
    specifications = Specification.objects.only("product_id", "public_id", "name", "state", "position", "stock")
    return (
        rows.select_related("category")
        .defer("description", "guide", "acceptance_criteria", "papers", "material")
        .prefetch_related(Prefetch("specifications", queryset=specifications))
    )


def product_of(actor: Actor, product_id: str) -> Product:
    """One product of the seller, by public id or slug, with all that its document needs. Raises NotFound."""
    actor.require(VIEW)
    seller = selling.seller_of(actor)
    product: Product | None = (
        documents.with_everything().filter(Q(public_id=product_id) | Q(slug=product_id), seller=seller).first()
    )
    if product is None or product.state in {"draft", "pending"}:
        raise NotFound
    selling.require_product(actor, product.public_id)
    return product


def with_work(products: list[Product]) -> list[ProductRow]:
    """The products of a page with their open releases, removals and notices, in three queries."""
    pks = [product.pk for product in products]
    open_ = Release.objects.filter(product__in=pks, state__in=("draft", "pending", "rejected"))
    releases: dict[tuple[int, str], Release] = {}
    for release in open_.defer("document", "base").order_by("changed_at"):
        releases[release.product_id or 0, release.state] = release
    removals = {row.product_id: row for row in RemovalRequest.objects.filter(product__in=pks, state="pending")}
    notices = dict(
        ProblemNotice.objects.filter(product__in=pks, state="open").values_list("product_id").annotate(n=Count("pk"))
    )
    return [
        ProductRow(
            product,
            releases.get((product.pk, "draft")),
            releases.get((product.pk, "pending")),
            releases.get((product.pk, "rejected")),
            removals.get(product.pk),
            notices.get(product.pk, 0),
        )
        for product in products
    ]


def product_counts_of(actor: Actor) -> dict[str, int]:
    """How many products there are in each state."""
    rows = products_of(actor).order_by().prefetch_related(None).values_list("state").annotate(number=Count("pk"))
    return dict(rows)


@dataclass(frozen=True, slots=True)
class ProductDetails:
    """A product with everything its seller manages; `address` is where buyers open it (S-PRD-003)."""

    product: Product
    document: Mapping[str, Any]
    releases: list[Release]
    removals: list[RemovalRequest]
    notices: list[ProblemNotice]
    versions: list[ReleasedDocument]
    address: str = ""
    actions: list[str] = field(default_factory=list)


def product_details(actor: Actor, product_id: str) -> ProductDetails:
    """Everything about one product of the seller. Raises NotFound."""
    product = product_of(actor, product_id)
    releases = Release.objects.filter(product=product).select_related("changed_by").defer("document", "base")
    return ProductDetails(
        product=product,
        document=documents.document_of(product),
        releases=list(releases.order_by("-changed_at")),
        removals=list(product.removals.select_related("specification", "sku").order_by("-requested_at")),
        notices=list(product.problem_notices.order_by("-sent_at")),
        versions=list(ReleasedDocument.objects.filter(product=product).defer("document").order_by("-number")),
        address=f"/products/{product.slug}",
        actions=actions_of(product),
    )


_ACTIONS = {
    "on_sale": ["view", "modify", "hide", "configure", "remove"],
    "hidden": ["view", "modify", "show", "configure", "remove"],
    "suspended": ["view", "answer", "modify", "remove"],
    "removed": ["view"],
}


def actions_of(product: Product) -> list[str]:
    """What a seller can do with a product in its state (S-PRD-001); a removed one can only be viewed (S-PRD-T9)."""
    return list(_ACTIONS.get(product.state, ["view"]))


# ----- removals and notices -----


def removals_of(actor: Actor) -> QuerySet[RemovalRequest]:
    """The seller's requests to end sales."""
    rows = RemovalRequest.objects.select_related("product", "specification", "sku")
    return rows.filter(product__in=products_of(actor).prefetch_related(None).values("pk"))


def removal_of(actor: Actor, removal_id: str) -> RemovalRequest:
    """One request of the seller. Raises NotFound."""
    row = removals_of(actor).filter(public_id=removal_id).first()
    if row is None:
        raise NotFound
    return row


def removal_for_review(subject: str) -> RemovalRequest:
    """The request of a submission, whoever asks. Raises NotFound."""
    rows = RemovalRequest.objects.select_related("product__seller__account", "specification", "sku")
    row = rows.filter(public_id=subject).first()
    if row is None:
        raise NotFound
    return row


def notices_of(actor: Actor, *, open_only: bool = False) -> QuerySet[ProblemNotice]:
    """Problem notices about the seller's products."""
    rows = ProblemNotice.objects.select_related("product")
    rows = rows.filter(product__in=products_of(actor).prefetch_related(None).values("pk"))
    return rows.filter(state="open") if open_only else rows


def notice_of(actor: Actor, notice_id: str) -> ProblemNotice:
    """One notice of the seller. Raises NotFound."""
    row = notices_of(actor).filter(public_id=notice_id).first()
    if row is None:
        raise NotFound
    return row


def all_notices(actor: Actor, *, state: str = "") -> QuerySet[ProblemNotice]:
    """Problem notices for the operator."""
    actor.require("operator:release:review")
    rows = ProblemNotice.objects.select_related("product__seller")
    return rows.filter(state=state) if state else rows


def removal_queue(actor: Actor, at: datetime) -> QuerySet[ProblemNotice]:
    """Notices that were not answered in time: their products may be removed (S-APP-T4)."""
    return all_notices(actor, state="open").filter(due_at__lte=at).order_by("due_at")


def has_pending(product_pk: int) -> bool:
    """Whether a release of the product waits for a decision."""
    return Release.objects.filter(product_id=product_pk, state="pending").exists()
