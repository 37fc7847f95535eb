"""Attributes from which sellers build prices: the platform's own, and each seller's (S-ATR-001)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext, gettext_noop, override
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.publishing.models import ProductAttribute, SkuAttribute
from galleria.selling import selectors as selling
from galleria.selling import services as sellers

PRESET: Final = (
    ("choice", "appName", gettext_noop("Application name")),
    ("choice", "version", gettext_noop("Version")),
    ("choice", "os", gettext_noop("Operating system")),
    ("choice", "mode", gettext_noop("Mode")),
    ("quantity", "users", gettext_noop("Users")),
    ("quantity", "personDays", gettext_noop("Person-days")),
)
"""Kind, code and name of what belongs to the platform; nobody edits or deletes it."""

_CODE: Final = re.compile(r"^[a-zA-Z][a-zA-Z0-9_]{0,31}$", re.ASCII)
MANAGE: Final = "seller:product:manage"


def install_presets(*, at: datetime) -> None:
    """Make the platform's attributes; those that are there stay."""
    known = set(ProductAttribute.objects.filter(seller=None).values_list("code", flat=True))
    ProductAttribute.objects.bulk_create(
        ProductAttribute(kind=kind, code=code, name=name, created_at=at)
        for kind, code, name in PRESET
        if code not in known
    )


def attributes_of(actor: Actor, *, kind: str = "", text: str = "") -> QuerySet[ProductAttribute]:
    """The platform's attributes and the seller's own, by type and by a part of the name."""
    actor.require("seller:product:view")
    rows = ProductAttribute.objects.filter(Q(seller=None) | Q(seller=selling.seller_of(actor)))
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(Q(name__icontains=text) | Q(code__icontains=text)) if text else rows


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """An attribute with what a page says of it. `products`: how many released ones use it, each with its own copy."""

    row: ProductAttribute
    products: int

    @property
    def is_preset(self) -> bool:
        return self.row.seller_id is None

    @property
    def name(self) -> str:
        """Its name; that of a preset in the reader's language."""
        return gettext(self.row.name) if self.is_preset else self.row.name

    @property
    def words(self) -> Any:
        """Its name as a document has it: that of a preset in both languages."""
        if not self.is_preset:
            return self.row.name
        found = {}
        for key, language in (("en", "en"), ("zh", "zh-hans")):
            with override(language):
                found[key] = gettext(self.row.name)
        return found if found["zh"] != found["en"] else found["en"]

    @property
    def key(self) -> str:
        """Its code as documents write it."""
        return document_key(self.row.code)


def library_of(actor: Actor, *, kind: str = "", text: str = "") -> list[LibraryEntry]:
    """The attributes with their uses, the seller's own first; three queries."""
    rows = list(attributes_of(actor, kind=kind, text=text))
    used = SkuAttribute.objects.filter(specification__product__seller=selling.seller_of(actor))
    counts = dict(
        used.exclude(specification__product__state="removed")
        .values_list("key")
        .annotate(count=Count("specification__product", distinct=True))
        .order_by()
    )
    rows.sort(key=lambda row: (row.seller_id is None, row.name.casefold(), row.pk))
    return [LibraryEntry(row, counts.get(document_key(row.code), 0)) for row in rows]


def attribute_of(actor: Actor, code: str) -> ProductAttribute:
    """One attribute of the seller's own, or of the platform. Raises NotFound."""
    row = attributes_of(actor).filter(code=code).order_by(F("seller_id").asc(nulls_last=True)).first()
    if row is None:
        raise NotFound
    return row


def document_key(code: str) -> str:
    """The code of an attribute as documents write it: `personDays` is `person-days`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", "-", code).strip("-").lower()


@transaction.atomic
def create_attribute(
    actor: Actor, *, kind: str, code: str, name: str, description: str = "", at: datetime
) -> ProductAttribute:
    """Make an attribute of the seller. Raises Invalid, naming the fields."""
    seller = sellers.require_seller(actor, MANAGE)
    values = _checked(kind, code, name, description)
    try:
        with transaction.atomic():
            row = ProductAttribute.objects.create(seller=seller, created_at=at, **values)
    except IntegrityError:
        raise Invalid(fields={"code": _("You have an attribute with this code already.")}) from None
    audit.record(actor, "attribute.created", row, at=at, after=values)
    return row


@transaction.atomic
def change_attribute(actor: Actor, *, code: str, name: str, description: str = "", at: datetime) -> ProductAttribute:
    """Rename it or describe it anew; released products keep their own copy (S-SKU-T3)."""
    row = _own(actor, code)
    values = _checked(row.kind, row.code, name, description)
    before = {"name": row.name, "description": row.description}
    row.name, row.description = values["name"], values["description"]
    row.save(update_fields=["name", "description"])
    audit.record(actor, "attribute.changed", row, at=at, before=before, after=values)
    return row


@transaction.atomic
def delete_attribute(actor: Actor, *, code: str, at: datetime) -> None:
    """Forget it; released products that used it are not touched (S-PRD-T12)."""
    row = _own(actor, code)
    audit.record(actor, "attribute.deleted", row, at=at)
    row.delete()


def _own(actor: Actor, code: str) -> ProductAttribute:
    seller = sellers.require_seller(actor, MANAGE)
    rows = ProductAttribute.objects.filter(Q(seller=seller) | Q(seller=None), code=code)
    row = rows.order_by(F("seller_id").asc(nulls_last=True)).first()
    if row is None:
        raise NotFound
    if row.seller_id is None:
        raise NotAllowed(_("This attribute belongs to the marketplace and cannot be changed."))
    return row


def _checked(kind: str, code: str, name: str, description: str) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if kind not in {"choice", "quantity"}:
        problems["kind"] = _("Choose enumeration or quantity.")
    if not _CODE.match(code):
        problems["code"] = _("Use a letter, then up to 31 letters, digits or underscores.")
    taken = {each.casefold() for _kind, preset, label in PRESET for each in (preset, label)}
    for field, value in (("code", code), ("name", name)):
        if value.strip().casefold() in taken:
            problems[field] = _("The marketplace uses “%(word)s” itself. Choose another one.") % {"word": value.strip()}
    if not 1 <= len(name.strip()) <= 30:
        problems.setdefault("name", _("Use 1 to 30 characters."))
    if len(description.strip()) > 200:
        problems["description"] = _("Use up to 200 characters.")
    if problems:
        raise Invalid(fields=problems)
    return {"kind": kind, "code": code, "name": name.strip(), "description": description.strip()}
