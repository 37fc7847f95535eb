"""What can be done with the catalogue: show and hide products, favourites, requirements, the search index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.parties.models import Seller
from galleria.publishing import events, projection, search, selectors, states
from galleria.publishing.models import (
    Category,
    Favorite,
    Listing,
    PopularPick,
    Product,
    ProductPage,
    Requirement,
    SearchTerm,
    Specification,
)
from galleria.selling import selectors as selling

FAVORITES_MAX = 200
_CHUNK = 200
_LISTING_FIELDS = [field.name for field in Listing._meta.concrete_fields if not field.primary_key]


class TooManyFavorites(Refused):
    """A login keeps 200 favourites at most (B-FAV-001)."""

    code = "TOO_MANY_FAVORITES"
    status = 409
    default_message = _("You have saved 200 products, which is the most. Remove some first.")


# --- index ------------------------------------------------------------------------------------------------
@transaction.atomic
def reindex_products(product_pks: Iterable[int], *, at: datetime | None = None) -> int:
    """Make listing, card, product page and search words of these products anew; returns how many.

    Call it in the transaction that changed a product, its specifications, prices, regions, or its seller.
    """
    wanted = list(dict.fromkeys(product_pks))
    paths: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        paths |= _reindex(wanted[start : start + _CHUNK])
    _count_categories(paths)
    return len(wanted)


@transaction.atomic
def reindex_all() -> int:
    """Everything anew."""
    return reindex_products(Product.objects.order_by("pk").values_list("pk", flat=True))


def reindex_outdated() -> int:
    """What an earlier version of the program prepared, or nobody yet; part of `./galleria setup`. In steps, so that
    others can write in between; it may be broken off and run again."""
    stale = Product.objects.exclude(page__format=projection.FORMAT).order_by("pk").values_list("pk", flat=True)
    made = 0
    while pks := list(stale[:_CHUNK]):
        made += reindex_products(pks)
    return made


def reindex_seller(seller_pk: int) -> int:
    """After a change of a seller's name, contact or state."""
    return reindex_products(Product.objects.filter(seller_id=seller_pk).values_list("pk", flat=True))


def _count_categories(paths: Iterable[str]) -> None:
    for path in paths:
        number = Listing.objects.filter(is_listed=True, category_path=path).count()
        Category.objects.filter(path=path).exclude(listed_count=number).update(listed_count=number)


def _reindex(pks: Sequence[int]) -> set[str]:
    """Returns the categories that products left or came to."""
    products = list(
        Product.objects.filter(pk__in=pks)
        .select_related("seller", "category__parent__parent")
        .prefetch_related("regions", "versions", "specifications__attributes", "specifications__skus__prices")
    )
    before = dict(ProductPage.objects.filter(product_id__in=pks).values_list("product_id", "words"))
    paths = set(Listing.objects.filter(product_id__in=pks).values_list("category_path", flat=True))
    listings, pages, rows = [], [], []
    words: Counter[str] = Counter()
    for product in products:
        texts = projection.search_texts(product)
        row, page = projection.listing(product), projection.page(product, texts)
        if row.is_listed:
            rows.append((product.pk, *texts))
        else:
            page.words = ""
        words.update(page.words.split())
        words.subtract(before.get(product.pk, "").split())
        listings.append(row)
        pages.append(page)
    Listing.objects.bulk_create(
        listings, update_conflicts=True, unique_fields=["product"], update_fields=_LISTING_FIELDS
    )
    ProductPage.objects.bulk_create(
        pages, update_conflicts=True, unique_fields=["product"], update_fields=["card", "words", "detail", "format"]
    )
    search.drop(list(pks))
    search.store(rows)
    _count_words(words)
    return paths | {row.category_path for row in listings}


def _count_words(changes: Counter[str]) -> None:
    changed = {word: number for word, number in changes.items() if number}
    known = SearchTerm.objects.in_bulk(list(changed)) if changed else {}
    fresh = [
        SearchTerm(word=word, count=number) for word, number in changed.items() if word not in known and number > 0
    ]
    for word, term in known.items():
        term.count = max(0, term.count + changed[str(word)])
    SearchTerm.objects.bulk_create(fresh, ignore_conflicts=True)
    SearchTerm.objects.bulk_update(known.values(), ["count"], batch_size=500)
    SearchTerm.objects.filter(word__in=[word for word, term in known.items() if term.count == 0]).delete()


# --- what is on sale --------------------------------------------------------------------------------------
def _manageable(actor: Actor, product_id: str) -> Product:
    """The product, if the actor looks after the catalogue or sells it. Raises NotFound, PermissionMissing."""
    product = selectors.product_by_id(product_id)
    if actor.may("operator:catalogue:manage"):
        return product
    seller = Seller.objects.filter(account_id=actor.account_pk or 0).first()
    actor.require("seller:product:manage" if seller else "operator:catalogue:manage")
    if seller is None or product.seller_id != seller.pk:
        raise NotFound
    selling.require_product(actor, product.public_id)
    return product


def _move(actor: Actor, product_id: str, verb: str, reason: str, at: datetime, *, is_checked: bool = False) -> Product:
    if not is_checked:
        actor.require("operator:catalogue:manage")
    product = selectors.product_by_id(product_id)
    before = states.PRODUCT.apply(product, verb, changed_at=at, **({"state_reason": reason[:500]} if reason else {}))
    reindex_products([product.pk], at=at)
    audit.record(
        actor,
        f"product.{verb}",
        product,
        at=at,
        before={"state": before},
        after={"state": product.state, "reason": reason},
        account_id=product.seller.account.public_id,
    )
    return product


@transaction.atomic
def publish_product(actor: Actor, *, product_id: str, at: datetime) -> Product:
    """Put a draft on sale."""
    return _move(actor, product_id, "publish", "", at)


@transaction.atomic
def hide_product(actor: Actor, *, product_id: str, reason: str = "", at: datetime) -> Product:
    """Take it out of lists and search; its address still works and it can be bought there (B-CAT-005)."""
    _manageable(actor, product_id)
    product = _move(actor, product_id, "hide", reason, at, is_checked=True)
    outbox.publish(events.ProductHidden(product.public_id))
    return product


@transaction.atomic
def show_product(actor: Actor, *, product_id: str, at: datetime) -> Product:
    """List a hidden product again."""
    _manageable(actor, product_id)
    product = _move(actor, product_id, "show", "", at, is_checked=True)
    outbox.publish(events.ProductShown(product.public_id))
    return product


@transaction.atomic
def remove_product(actor: Actor, *, product_id: str, reason: str = "", at: datetime) -> Product:
    """End the sale. Owners of subscriptions keep the guide and the seller's contact (B-CAT-006)."""
    product = _move(actor, product_id, "remove", reason, at)
    outbox.publish(events.ProductRemoved(product.public_id))
    return product


@transaction.atomic
def end_product(actor: Actor, *, product_id: str, reason: str, at: datetime) -> Product:
    """End the sale for whoever has decided it: an approved request, the operator. The caller has checked that."""
    product = _move(actor, product_id, "remove", reason, at, is_checked=True)
    outbox.publish(events.ProductRemoved(product.public_id))
    return product


@transaction.atomic
def suspend_product(actor: Actor, *, product_id: str, reason: str, at: datetime) -> Product:
    """Take a product down for a violation or an unanswered problem; it can be lifted (S-PRD-001)."""
    if len(reason.strip()) < 5:
        raise Invalid(fields={"reason": _("Say why; the seller reads it.")})
    if not actor.may("operator:catalogue:manage"):
        actor.require("operator:release:review")
    product = _move(actor, product_id, "suspend", reason.strip(), at, is_checked=True)
    outbox.publish(events.ProductSuspended(product.public_id, reason.strip()[:500]))
    return product


@transaction.atomic
def lift_suspension(actor: Actor, *, product_id: str, at: datetime) -> Product:
    """Put a suspended product on sale again."""
    if not actor.may("operator:catalogue:manage"):
        actor.require("operator:release:review")
    product = _move(actor, product_id, "lift", "", at, is_checked=True)
    Product.objects.filter(pk=product.pk).update(state_reason="")
    outbox.publish(events.SuspensionLifted(product.public_id))
    return product


# --- pieces in stock (S-CFG-004) --------------------------------------------------------------------------
class OutOfStock(Refused):
    """Not so many pieces are left."""

    code = "OUT_OF_STOCK"
    status = 409
    default_message = _("This is sold out. The seller was told.")


class Taken(NamedTuple):
    """How many pieces were taken out of a stock, none where it is not counted, and whether none are left."""

    pieces: int
    is_sold_out: bool


def take_stock(specification_pk: int, quantity: int) -> Taken:
    """Take pieces for an order, in its transaction; of two who want the last one, one gets it (S-CFG-T3).

    Raises OutOfStock. Specifications whose stock is not counted have enough.
    """
    rows = Specification.objects.filter(pk=specification_pk, stock__isnull=False)
    if rows.filter(stock__gte=quantity).update(stock=F("stock") - quantity):
        return Taken(quantity, rows.filter(stock=0).exists())
    if rows.exists():
        raise OutOfStock
    return Taken(0, False)


def return_stock(specification_pk: int, quantity: int) -> None:
    """Put pieces of a canceled order back."""
    Specification.objects.filter(pk=specification_pk, stock__isnull=False).update(stock=F("stock") + quantity)


@transaction.atomic
def set_popular(actor: Actor, *, product_slugs: Sequence[str], at: datetime) -> None:
    """Choose the first places of *Popular Applications*; sales fill the rest (B-CAT-004)."""
    actor.require("operator:catalogue:manage")
    known = dict(Product.objects.filter(slug__in=product_slugs).values_list("slug", "pk"))
    missing = [slug for slug in product_slugs if slug not in known]
    if missing:
        raise NotFound(_("There is no product %(slug)s.") % {"slug": missing[0]})
    PopularPick.objects.all().delete()
    PopularPick.objects.bulk_create(
        PopularPick(product_id=known[slug], position=position)
        for position, slug in enumerate(dict.fromkeys(product_slugs))
    )
    audit.record(actor, "catalogue.popular", audit.Subject("catalogue", "popular", ""), at=at,
                 after={"products": list(product_slugs)})  # fmt: skip


@transaction.atomic
def set_sales(counts: Mapping[int, int]) -> int:
    """Sales of the last 30 days by row number of the product; products that are not named have none. Returns how many
    figures changed."""
    rows = Product.objects.filter(Q(sales_30d__gt=0) | Q(pk__in=counts)).only("sales_30d")
    changed = [row for row in rows if row.sales_30d != counts.get(row.pk, 0)]
    for row in changed:
        row.sales_30d = counts.get(row.pk, 0)
    Product.objects.bulk_update(changed, ["sales_30d"], batch_size=500)
    listings = [Listing(product_id=row.pk, sales_30d=row.sales_30d) for row in changed]
    Listing.objects.bulk_update(listings, ["sales_30d"], batch_size=500)
    return len(changed)


@transaction.atomic
def set_rating(product_id: str, *, rating_e2: int, review_count: int) -> None:
    """A new mean score and number of reviews."""
    pk = Product.objects.filter(public_id=product_id).values_list("pk", flat=True).first()
    if pk is not None:
        Product.objects.filter(pk=pk).update(rating_e2=rating_e2, review_count=review_count)
        reindex_products([pk])


# --- favourites -------------------------------------------------------------------------------------------
@transaction.atomic
def save_favorite(
    actor: Actor, *, slug: str, specification_id: str = "", configuration: dict[str, Any] | None = None, at: datetime
) -> Favorite:
    """Save a product with what was chosen, for this login; saving again keeps the newest choice (B-FAV-001)."""
    user_pk = _login(actor)
    product = selectors.product_by_slug(slug)
    specification = Specification.objects.filter(product=product, public_id=specification_id).first()
    values = {"specification": specification, "configuration": configuration or {}, "saved_at": at}
    others = Favorite.objects.filter(user_id=user_pk).exclude(product=product).count()
    if others >= FAVORITES_MAX:
        raise TooManyFavorites
    favorite, _created = Favorite.objects.update_or_create(user_id=user_pk, product=product, defaults=values)
    return favorite


@transaction.atomic
def remove_favorite(actor: Actor, *, slug: str) -> None:
    """Take a product off the list; nothing happens when it is not on it."""
    Favorite.objects.filter(user_id=_login(actor), product__slug=slug).delete()


def _login(actor: Actor) -> int:
    if actor.user_pk is None:
        raise NotFound
    return actor.user_pk


# --- requirements -----------------------------------------------------------------------------------------
@transaction.atomic
def submit_requirement(
    actor: Actor,
    *,
    title: str,
    description: str,
    category: str = "",
    budget: str = "",
    wanted_by: date | None = None,
    may_contact: bool = False,
    at: datetime,
) -> Requirement:
    """Tell the operator what was looked for and not found (B-CAT-007, B-OFR-003).

    Raises Invalid, naming the fields: title up to 100 characters, description up to 2,000, both needed.
    """
    user_pk = _login(actor)
    title, description = title.strip(), description.strip()
    problems: dict[str, Any] = {}
    if not 0 < len(title) <= 100:
        problems["title"] = _("Say in up to 100 characters what you need.")
    if not 0 < len(description) <= 2000:
        problems["description"] = _("Describe it in up to 2,000 characters.")
    if len(budget) > 80:
        problems["budget"] = _("Use up to 80 characters.")
    if wanted_by is not None and wanted_by < at.date():
        problems["wanted_by"] = _("Choose a day that is still to come.")
    if problems:
        raise Invalid(fields=problems)
    requirement = Requirement.objects.create(
        user_id=user_pk,
        account_id=actor.account_pk,
        title=title,
        description=description,
        category=Category.objects.filter(path=category).first() if category else None,
        budget=budget.strip(),
        wanted_by=wanted_by,
        may_contact=may_contact,
        created_at=at,
    )
    audit.record(actor, "requirement.submitted", audit.Subject("requirement", str(requirement.pk), title), at=at)
    outbox.publish(events.RequirementSubmitted(requirement.pk, title))
    return requirement
