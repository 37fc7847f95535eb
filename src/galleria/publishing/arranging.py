"""The operator arranges the catalogue: rooms and categories, the first places of *Popular Applications* (screen O5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import jobs
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound, Text
from galleria.publishing import selectors, services
from galleria.publishing.models import Category, PopularPick, Product, ProductAttribute

MANAGE: Final = "operator:catalogue:manage"
ROOMS: Final = ("data", "security", "develop", "business", "network", "ai", "services", "systems")
MOST_PICKS: Final = 24
_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)


class NotEmpty(NotAllowed):
    """There are still products or categories in it."""

    code = "CATEGORY_NOT_EMPTY"
    default_message = _("There are products or categories in it. Move them first.")


@dataclass
class Branch:
    """A category as its arranger sees it: names in every language, products exactly here and with all below."""

    path: str
    name_en: str
    name_zh: str
    room: str
    own: int
    count: int = 0
    depth: int = 0
    is_first: bool = False
    is_last: bool = False
    children: list[Branch] = field(default_factory=list)


def tree(actor: Actor) -> list[Branch]:
    """All categories, parents before their children, in the order of the storefront; one query."""
    actor.require(MANAGE)
    found: dict[int, Branch] = {}
    tops: list[Branch] = []
    parents: dict[int, int | None] = {}
    for row in Category.objects.order_by("position", "id"):
        names = _names_of(row)
        found[row.pk] = Branch(row.path, names["name_en"], names["name_zh_hans"], row.room, row.listed_count)
        parents[row.pk] = row.parent_id
    for pk, branch in found.items():
        above = found.get(parents[pk] or 0)
        (above.children if above else tops).append(branch)
    flat: list[Branch] = []
    _flatten(tops, 0, flat)
    return flat


def _flatten(branches: list[Branch], depth: int, flat: list[Branch]) -> int:
    total = 0
    for place, branch in enumerate(branches):
        branch.depth, branch.is_first, branch.is_last = depth, place == 0, place == len(branches) - 1
        flat.append(branch)
        branch.count = branch.own + _flatten(branch.children, depth + 1, flat)
        total += branch.count
    return total


def category(actor: Actor, path: str) -> Category:
    """One category. Raises NotFound."""
    actor.require(MANAGE)
    row = Category.objects.select_related("parent").filter(path=path).first()
    if row is None:
        raise NotFound
    return row


def _names_of(row: Category) -> dict[str, str]:
    """The names in both languages; the fields are made by the library of languages."""
    return {name: getattr(row, name) or ("" if name != "name_en" else row.name) for name in ("name_en", "name_zh_hans")}


def _names(name_en: str, name_zh: str) -> dict[str, str]:
    names = {"name_en": " ".join(name_en.split())[:80], "name_zh_hans": " ".join(name_zh.split())[:80]}
    wrong: dict[str, Text] = {}
    if not names["name_en"]:
        wrong["name_en"] = _("Give the name in English.")
    if not names["name_zh_hans"]:
        wrong["name_zh"] = _("Give the name in Chinese.")
    if wrong:
        raise Invalid(fields=wrong)
    return names


@transaction.atomic
def add_category(
    actor: Actor, *, parent: str, key: str, name_en: str, name_zh: str, room: str = "", at: datetime
) -> Category:
    """Add a category at the end of its siblings; a top one has a room, the wall colour, all others have their top's.

    Raises Invalid with the fields, NotFound for an unknown parent, PermissionMissing.
    """
    actor.require(MANAGE)
    above = category(actor, parent) if parent else None
    wrong: dict[str, Text] = {}
    path = f"{parent}/{key}" if parent else key
    if not _KEY.fullmatch(key):
        wrong["key"] = _("Use small letters, digits and hyphens; a letter first.")
    elif len(path) > 160 or Category.objects.filter(path=path).exists():
        wrong["key"] = _("There is such a category already.")
    if above is None and room not in ROOMS:
        wrong["room"] = _("Choose a room.")
    try:
        names = _names(name_en, name_zh)
    except Invalid as refusal:
        wrong.update(refusal.fields)
    if wrong:
        raise Invalid(fields=wrong)
    last = Category.objects.filter(parent=above).aggregate(last=Max("position"))["last"]
    row = Category.objects.create(
        path=path, parent=above, room=above.room if above else room, position=0 if last is None else last + 1, **names
    )
    audit.record(actor, "category.added", row, at=at, after={"path": path})
    return row


@transaction.atomic
def rename_category(actor: Actor, *, path: str, name_en: str, name_zh: str, room: str = "", at: datetime) -> Category:
    """Change the names, and the room of a top category; what is prepared of its products is made anew in a job."""
    row = category(actor, path)
    names = _names(name_en, name_zh)
    before: dict[str, Any] = {**_names_of(row), "room": row.room}
    after = {**names, "room": room if room in ROOMS and row.parent_id is None else row.room}
    if before == after:
        return row
    for name, value in after.items():
        setattr(row, name, value)
    row.save()
    Category.objects.filter(path__startswith=f"{path}/").update(room=row.room)
    audit.record(actor, "category.changed", row, at=at, before=before, after=after)
    jobs.enqueue("publishing.reindex_category", path=path, dedupe=f"reindex:{path}")
    return row


@transaction.atomic
def move_category(actor: Actor, *, path: str, by: int, at: datetime) -> None:
    """One place up (-1) or down (1) among its siblings; at the end nothing happens."""
    row = category(actor, path)
    siblings = list(Category.objects.filter(parent_id=row.parent_id).order_by("position", "id"))
    place = next(index for index, each in enumerate(siblings) if each.pk == row.pk)
    if not 0 <= place + by < len(siblings):
        return
    siblings.insert(place + by, siblings.pop(place))
    for position, each in enumerate(siblings):
        each.position = position
    Category.objects.bulk_update(siblings, ["position"])
    audit.record(actor, "category.moved", row, at=at, before={"place": place + 1}, after={"place": place + by + 1})


@transaction.atomic
def remove_category(actor: Actor, *, path: str, at: datetime) -> None:
    """Remove an empty category. Raises NotEmpty, NotFound."""
    row = category(actor, path)
    if row.children.exists() or row.products.exists():
        raise NotEmpty
    audit.record(actor, "category.removed", row, at=at, before={"path": path})
    row.delete()


def reindex_category(path: str) -> int:
    """Make anew what is prepared of the products in a category and below, in steps; returns how many."""
    rows = Product.objects.filter(category__path=path) | Product.objects.filter(category__path__startswith=f"{path}/")
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), 200):
        services.reindex_products(pks[start : start + 200])
    return len(pks)


# ----- Popular Applications -----


def picks(actor: Actor) -> list[PopularPick]:
    """The chosen first places in their order, with products and sellers."""
    actor.require(MANAGE)
    return list(PopularPick.objects.select_related("product__seller", "product__category").order_by("position", "id"))


def add_pick(actor: Actor, *, text: str, at: datetime) -> Product:
    """Add a product by its address name or its whole name at the end. Raises Invalid."""
    slugs = _slugs(actor)
    found = selectors.product_named(text)
    if found is None or found.state != "on_sale":
        raise Invalid(fields={"product": _("No product on sale has this name.")})
    if found.slug in slugs:
        raise Invalid(fields={"product": _("It has a place already.")})
    if len(slugs) >= MOST_PICKS:
        raise Invalid(fields={"product": _("There are 24 places at most.")})
    services.set_popular(actor, product_slugs=[*slugs, found.slug], at=at)
    return found


def move_pick(actor: Actor, *, slug: str, by: int, at: datetime) -> None:
    """One place up or down. Raises NotFound."""
    slugs = _slugs(actor)
    place = _place(slugs, slug)
    if 0 <= place + by < len(slugs):
        slugs.insert(place + by, slugs.pop(place))
        services.set_popular(actor, product_slugs=slugs, at=at)


def remove_pick(actor: Actor, *, slug: str, at: datetime) -> None:
    """Take it out; sales fill the place. Raises NotFound."""
    slugs = _slugs(actor)
    slugs.pop(_place(slugs, slug))
    services.set_popular(actor, product_slugs=slugs, at=at)


def _slugs(actor: Actor) -> list[str]:
    return [each.product.slug for each in picks(actor)]


def _place(slugs: Sequence[str], slug: str) -> int:
    if slug not in slugs:
        raise NotFound
    return slugs.index(slug)


# ----- attributes -----


def preset_attributes(actor: Actor) -> list[ProductAttribute]:
    """The platform's attributes, which nobody edits (S-ATR-001)."""
    actor.require(MANAGE)
    return list(ProductAttribute.objects.filter(seller=None).order_by("kind", "code"))
