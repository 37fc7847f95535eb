"""Attributes from which sellers build prices: the platform's own, and each seller's (S-ATR-001)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.publishing.models import ProductAttribute
from galleria.selling import selectors as selling
from galleria.selling import services as sellers

PRESET: Final = (
    ("choice", "appName", "Application name"),
    ("choice", "version", "Version"),
    ("choice", "os", "Operating system"),
    ("choice", "mode", "Mode"),
    ("quantity", "users", "Users"),
    ("quantity", "personDays", "Person-days"),
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
    row = rows.order_by("seller_id").first()
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
